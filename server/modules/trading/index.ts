// The door of trading: builds its parts. What it deals with, and whose events it writes, are ports.
import type { Database } from '../../db/client.ts';
import type { Tx } from '../../db/transaction.ts';
import type { Jobs } from '../../jobs/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { createAccountEvents, createAccountIndex } from './evidence/account-events.ts';
import { createBooks } from './positions/positions.ts';
import { createDecisions } from './deals/wait.ts';
import { createTradingJobs } from './jobs.ts';
import { createExchange } from './deals/send.ts';
import { createLedger } from './account-transaction.ts';
import { createPortfolio } from './valuation/account.ts';
import type { Accounts, Dealing, Evidence, Notify, PriceFeed, UserEvents } from './ports.ts';
import { createReconcile } from './evidence/reconcile.ts';
import { tradingRest } from './rest.ts';
import { createTradingRouter } from './router.ts';
import { createTradingService } from './deals/request.ts';
import { createTradingStore } from './store.ts';
import { createSweep } from './deals/sweep.ts';

export { createPriceFeed } from './valuation/prices.ts';

export interface TradingModuleDeps {
  database: Database;
  accounts: Accounts;
  dealing: Dealing;
  evidence: Evidence;
  prices: PriceFeed;
  events: UserEvents;
  notify: Notify;
  /** Not started yet: the module defines its jobs here. It enqueues, so every process that deals starts them, `work` or not. */
  jobs: Jobs;
  clock: Clock;
  ids: Ids;
  logger: Logger;
}
export type TradingModule = ReturnType<typeof createTradingModule>;

export const tradingFace = {
  about: 'Deals, positions and the figures of an account.',
  createRouter: createTradingRouter,
  rest: tradingRest,
};

export function createTradingModule({
  database,
  accounts,
  dealing,
  evidence,
  prices,
  events,
  notify,
  jobs,
  clock,
  ids,
  logger,
}: TradingModuleDeps) {
  const store = createTradingStore(database.db);
  const decisions = createDecisions({ store, events, clock, logger });
  const ledger = createLedger({ store, events, notify, clock, committed: decisions.committed });
  const books = createBooks(store);
  const accountOf = createAccountIndex(accounts);
  const reconcile = createReconcile({ store, ledger, books, evidence, clock, logger });
  const enqueueReconcile = (tx: Tx, accountId: string): Promise<void> => work.enqueue(tx, accountId);
  const sweep = createSweep({ store, ledger, books, accountOf, enqueueReconcile, clock });
  const work = createTradingJobs({ jobs, store, reconcile, sweep, accounts, accountOf, clock, logger });
  const accountEvents = createAccountEvents({ store, ledger, books, accountOf, enqueueReconcile, logger });
  const exchange = createExchange({ store, ledger, books, decisions, enqueueReconcile, clock, logger });
  const trading = createTradingService({
    store,
    ledger,
    books,
    accounts,
    dealing,
    evidence,
    prices,
    decisions,
    exchange,
    clock,
    ids,
    logger,
  });
  const portfolio = createPortfolio({ store, accounts, prices, events, clock, logger });
  return {
    router: createTradingRouter({ trading, portfolio, events }),
    /** For the consumer of the bus channel `account`: applies one event, once. */
    applyAccountEvent: accountEvents.apply,
    /** Reads the broker's books of one account now. */
    reconcileAccount: async (accountId: string): Promise<number> =>
      reconcile.account(await accountOf(accountId)),
    sweep: (): Promise<void> => sweep.run(),
    /** Resolves when no request to the broker is under way any more; at most `maxDealingMs`. For a stop, after the API takes no more calls. */
    settled: exchange.settled,
    /** For workers, after the jobs are started: sweeps at once and every few seconds. Returns how to stop. */
    startSweeping: work.start,
  };
}
