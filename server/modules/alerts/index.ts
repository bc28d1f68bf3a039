// The door of alerts: what evaluates them in the gateway and the worker, and what the API changes. Their procedures are part of notifications.
import type { Database } from '../../db/client.ts';
import { inTransaction, type Transaction } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Bus } from '../../messaging/index.ts';
import type { UserEvents } from '../events/index.ts';
import { createStandingWants, spanAt } from '../market-data/index.ts';
import type { PriceInterest, PriceTap } from '../market-data/ports.ts';
import { createAccountAlerts } from './account-alerts.ts';
import { listenForAlerts, wakeAlerts } from './news.ts';
import type { Notify } from '../notifications/ports.ts';
import type { AlertMarkets, AlertValuations, PastCandles, Wake } from './ports.ts';
import { createAlertService } from './service.ts';
import { createAlertStore } from './store.ts';
import { createAlertTap } from './tap.ts';

export { alertProcedures } from './procedures.ts';
export { alertsRest } from './rest.ts';
export { noAlerts, type AlertService } from './service.ts';

interface AlertDeps {
  database: Database;
  bus: Bus;
  clock: Clock;
  logger: Logger;
}
interface Telling extends AlertDeps {
  notify: Notify;
  /** After a commit in which somebody was told something. */
  wake: Wake;
}
const transactionOf =
  ({ db }: Database): Transaction =>
  (work) =>
    inTransaction(db, work);

/** What sees raw ticks in the gateway. To be closed before the database is. */
export function createAlertsTap({
  database,
  bus,
  ...deps
}: Telling & { candles: PastCandles }): PriceTap & { close(): Promise<void> } {
  const tap = createAlertTap({
    ...deps,
    store: createAlertStore(database.db),
    transaction: transactionOf(database),
    spanAt: ({ resolution, zone }, atMs) => spanAt(resolution, zone, atMs),
  });
  const news = listenForAlerts(bus, { onFeed: (feed) => tap.changed(feed) });
  return {
    ...tap,
    async close() {
      await news.close();
      await tap.close();
    },
  };
}

/** What a worker does: compares alerts on accounts, ends those whose time is up, and has the prices of those on markets streamed. */
export function startAlertWork({
  database,
  bus,
  valuations,
  candles,
  interest,
  ...deps
}: Telling & {
  valuations: AlertValuations;
  candles: PastCandles;
  interest: PriceInterest;
}): () => Promise<void> {
  const store = createAlertStore(database.db);
  const accounts = createAccountAlerts({
    ...deps,
    store,
    transaction: transactionOf(database),
    valuations,
    candles,
  });
  const news = listenForAlerts(bus, { onAccounts: () => accounts.changed() });
  const want = createStandingWants({
    ...deps,
    of: 'alerts',
    read: async () => {
      const live = Map.groupBy(await store.liveEpics(), ({ feed }) => feed);
      return new Map([...live].map(([feed, all]) => [feed, new Set(all.map(({ epic }) => epic))]));
    },
  });
  const release = want(interest);
  return async () => {
    await news.close();
    await release();
    await accounts.close();
  };
}

/** Whose alerts rest on the prices of a feed. */
export function createAlertHolders({ database }: Pick<AlertDeps, 'database'>) {
  const store = createAlertStore(database.db);
  return { feeds: () => store.feeds(), holders: (feed: string) => store.holdersOn(feed) };
}

/** Removes alerts that ended so many days ago; a job. */
export const createAlertRetention =
  ({ database, clock, days }: Pick<AlertDeps, 'database' | 'clock'> & { days: number }) =>
  async (): Promise<void> => {
    const store = createAlertStore(database.db);
    const before = new Date(clock.now().getTime() - days * 86_400_000);
    while ((await store.deleteSomeEndedBefore(before)).length > 0);
  };

/** What the API asks. */
export const createAlerts = ({
  database,
  bus,
  ...deps
}: Omit<AlertDeps, 'logger'> & {
  markets: AlertMarkets;
  valuations: AlertValuations;
  events: UserEvents;
  ids: Ids;
}) =>
  createAlertService({
    ...deps,
    store: createAlertStore(database.db),
    transaction: transactionOf(database),
    wake: (condition) => wakeAlerts(bus, condition),
  });
