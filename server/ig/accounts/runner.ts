// One account in this process: holds its lease, keeps its stream, and hands its events to the bus. Every connection begins with `reconnected`.
import { accountLease } from '../../../drizzle/schema/index.ts';
import type { HealthState } from '../../../shared/accounts.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createPace } from '../../lib/pace.ts';
import { risingInstants } from '../../lib/rising-instants.ts';
import type { Bus } from '../../messaging/bus.ts';
import type { BrokerAccount, ReportHealth } from '../../modules/accounts/ports.ts';
import type { AccountEvent } from '../../modules/trading/ports.ts';
import type { AccountClient } from './client.ts';
import type { AccountClients } from './clients.ts';
import { eventsOfTrade, fundsEvent, reconnectedEvent } from './events.ts';
import { createHealthWatch } from './health-watch.ts';
import { createOutbox } from './outbox.ts';
import type { LeasedStreams } from '../leased-stream.ts';
import type { GatewayLimits } from '../limits.ts';
import { createAccountItems } from './items.ts';
import { fromAccountItem } from './translate.ts';

export interface AccountStatus {
  accountId: string;
  held: boolean;
  state: 'up' | 'down';
  reason: string | null;
  /** Null while it is not held here, or nothing was found yet. */
  health: HealthState | null;
  /** Events that the bus has not taken yet; `overdue`: for so long that it is told. */
  waiting: number;
  overdue: boolean;
}
export type AccountRunner = ReturnType<typeof createAccountRunner>;
export interface AccountRunnerDeps {
  account: BrokerAccount;
  clients: AccountClients;
  streams: LeasedStreams;
  bus: Bus;
  clock: Clock;
  logger: Logger;
  limits: GatewayLimits;
  reportHealth: ReportHealth;
}

/** A deal that was refused for the account it was asked for on (IG REST: GET /confirms `reason`): whether the account deals is asked now. */
const speaksOfAccount = (event: AccountEvent) =>
  event.kind === 'confirm' && event.data.brokerCode === 'ACCOUNT_NOT_ENABLED_TO_TRADING';

export function createAccountRunner({
  account,
  clients,
  streams,
  bus,
  clock,
  logger: parent,
  limits,
  reportHealth,
}: AccountRunnerDeps) {
  const logger = parent.child({ account: account.id });
  let state: 'up' | 'down' = 'down';
  let reason: string | null = 'not connected yet';
  let cash: string | undefined;
  let fundsToldMs = 0;
  /** IG dates no figures, and those that are not newer are taken for a repetition. */
  const inTurn = risingInstants(clock);
  /** Of items, by connections that were taken: that one subscription is accepted says nothing of the other. */
  const refusals = createPace(clock, { firstMs: limits.retryItemsMs, maxMs: limits.retryItemsMaxMs });
  let retrying = false;
  let cancelRetry: () => void = () => undefined;
  /** The client whose tokens the stream was opened with. */
  let streamed: Promise<AccountClient> | undefined;

  const reconnected = () => {
    cash = undefined; // told again after a gap
    return reconnectedEvent(account.id, streams.occurrence(), clock.now());
  };
  const outbox = createOutbox({
    bus,
    clock,
    logger,
    limits,
    epoch: () => stream.epoch(),
    onGap: reconnected,
  });
  function enter(next: 'up' | 'down', why: string | null) {
    if (state !== next) logger.info({ reason: why ?? undefined }, `the stream of the account is ${next}`);
    state = next;
    reason = why;
  }
  const items = createAccountItems({
    logger,
    // Not before: what happened between the reads and the subscription would be told by nobody.
    onReady() {
      enter('up', null);
      outbox.add(reconnected());
      health.streamUp();
    },
    onTrade(values) {
      if (stream.epoch() !== undefined)
        for (const event of eventsOfTrade(account.id, values)) {
          outbox.add(event);
          if (speaksOfAccount(event)) health.suspect();
        }
    },
    /** Cash is told at once; margin and profit move with every price and are told now and then. */
    onFunds(values) {
      const nowMs = clock.monotonicMs();
      const funds = fromAccountItem(values, inTurn());
      if (
        !funds ||
        stream.epoch() === undefined ||
        (funds.cash === cash && nowMs - fundsToldMs < limits.figuresEveryMs)
      )
        return;
      cash = funds.cash;
      fundsToldMs = nowMs;
      outbox.add(fundsEvent(account.id, streams.occurrence(), funds));
    },
    onGap(why) {
      logger.warn({ reason: why }, 'the stream of an account has a gap');
      outbox.add(reconnected());
    },
    onRefused(why) {
      logger.warn({ reason: why }, 'an item of an account is not streamed');
      enter('down', why);
      health.streamDown();
      // One connection may be refused both items.
      if (retrying) return;
      retrying = true;
      cancelRetry = clock.after(refusals.failed(), () => stream.restart(why));
    },
  });
  const stream = streams.create({
    name: accountLease(account.id),
    logger,
    async fetchTokens() {
      streamed = clients.of(account);
      return (await streamed).fetchStreamTokens();
    },
    onHeld(epoch) {
      logger.debug({ epoch }, 'this process streams the account');
      health.start();
    },
    onLost(why) {
      void health.stop();
      logger.warn({ reason: why }, 'this process no longer streams the account');
      disconnected(why);
      outbox.clear();
    },
    onUp: (connection) => items.attach(connection),
    onDown: disconnected,
  });
  function disconnected(why: string) {
    cancelRetry();
    retrying = false;
    items.detach();
    enter('down', why);
    health.streamDown();
  }
  const health = createHealthWatch({
    account,
    ask: async () => (await clients.of(account)).mayDeal(),
    report: reportHealth,
    epoch: () => stream.epoch(),
    onAnswers: () => stream.restart('the broker answers again'),
    clock,
    logger,
    limits,
  });
  return {
    start: () => stream.start(),
    /** Opens the stream anew when its credentials are no longer those of the account. Throws what reading them throws. */
    async refresh() {
      if (!streamed) return;
      const client = await clients.of(account);
      if (client === (await streamed.catch(() => undefined))) return;
      stream.restart('the credentials of the account have changed', { fresh: true });
      health.suspect();
    },
    /** Somebody had no answer for the account: it is looked at now. */
    suspect: () => health.suspect(),
    status: (): AccountStatus => ({
      accountId: account.id,
      held: stream.epoch() !== undefined,
      state,
      reason,
      health: health.found(),
      waiting: outbox.waiting(),
      overdue: outbox.overdue(),
    }),
    async stop(why: string) {
      await health.stop();
      stream.close();
      disconnected(why);
      await outbox.close();
      await stream.release();
    },
  };
}
