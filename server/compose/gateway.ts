// The gateway role: the streams of feeds and accounts, from whichever process holds their leases.
import { HealthState } from '../../shared/accounts.ts';
import { createDatabase } from '../db/client.ts';
import { createGateway } from '../ig/index.ts';
import type { PriceTap } from '../modules/market-data/ports.ts';
import { createStandingInterest } from '../realtime/standing-interest.ts';
import type { Brokers } from './broker.ts';
import type { Ground } from './ground.ts';
import type { Writers } from './money.ts';
import type { ComposeOptions } from './options.ts';

/** What sees raw ticks here. Before the jobs are started: a tap names those that it enqueues. */
export function composeTaps(
  ground: Ground,
  writers: Writers,
  taps: NonNullable<ComposeOptions['taps']>,
): readonly PriceTap[] {
  const { lifecycle, bus, clock, ids } = ground;
  const interest = createStandingInterest({ bus, clock, source: ids.next('taps'), class: 'alerts' });
  lifecycle.onClose('interest of taps', () => interest.close());
  return taps({ ...ground, ...writers, interest });
}

/** Resolves without waiting for IG. After the jobs are started: a tap may enqueue from its first tick on. */
export async function startGateway(
  { lifecycle, logger, clock, ids, databaseUrl, database, bus, metrics }: Ground,
  { clients, accounts, accountChanges, accountClients }: Brokers,
  taps: readonly PriceTap[],
): Promise<void> {
  const leaseDatabase = createDatabase({
    url: databaseUrl,
    name: 'ftrader leases',
    max: 1,
    logger: logger.child({ part: 'leases' }),
    clock,
  });
  lifecycle.onClose('leases', () => leaseDatabase.close());
  const gateway = createGateway({
    feeds: { clients, taps },
    accounts: {
      all: accounts.all,
      ofFeed: accounts.ofFeed,
      changes: accountChanges,
      clients: accountClients,
      reportHealth: accounts.reportHealth,
    },
    database,
    leaseDatabase,
    bus,
    clock,
    ids,
    logger,
  });
  type AccountStatus = ReturnType<typeof gateway.accountStatus>[number];
  type Status = ReturnType<typeof gateway.status>[number];
  const ofFeeds = (name: string, help: string, value: (status: Status) => number) =>
    metrics.gauge(name, help, ['feed'], () =>
      gateway.status().map((status) => ({ labels: { feed: status.feed }, value: value(status) })),
    );
  ofFeeds(
    'ftrader_gateway_holds_feed',
    '1 while this process streams the feed, 0 while another may',
    (status) => Number(status.held),
  );
  ofFeeds('ftrader_gateway_feed_up', '1 while the feed is up here', ({ state }) => Number(state === 'up'));
  ofFeeds('ftrader_gateway_feed_items', 'Markets streamed here', ({ streamed }) => streamed);
  metrics.gauge(
    'ftrader_gateway_accounts',
    'Accounts that this process holds, by how the broker treats them',
    ['state'],
    () =>
      HealthState.options.map((state) => ({
        labels: { state },
        value: gateway.accountStatus().filter(({ health }) => health === state).length,
      })),
  );
  const ofAccounts = (name: string, help: string, value: (status: AccountStatus) => number) =>
    metrics.gauge(name, help, [], () => [
      { labels: {}, value: gateway.accountStatus().reduce((sum, status) => sum + value(status), 0) },
    ]);
  ofAccounts(
    'ftrader_gateway_account_events_waiting',
    'Events of accounts held here that the bus has not taken yet',
    ({ waiting }) => waiting,
  );
  ofAccounts(
    'ftrader_gateway_accounts_overdue',
    'Accounts held here whose news the bus has refused for long: it is tried on, and nobody is told of them meanwhile',
    ({ overdue }) => Number(overdue),
  );
  lifecycle.onClose('gateway', () => gateway.stop());
  await gateway.start();
}
