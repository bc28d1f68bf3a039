// The door of trading: builds its parts. What it deals with, and whose events it writes, are ports.
import type { Database } from '../../db/client.ts';
import type { Jobs } from '../../jobs/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { inTransaction, type Tx, type Transaction } from '../../db/transaction.ts';
import { createAccountTransaction } from './account-transaction.ts';
import { createAcknowledge } from './deals/acknowledge.ts';
import { createKinds, kindsThat, type Kinds } from './deals/kinds.ts';
import { createDealReads } from './deals/read.ts';
import { createRecord } from './deals/record.ts';
import { createRequestDeal } from './deals/request.ts';
import { createSender } from './deals/send.ts';
import { createSettle } from './deals/settle.ts';
import { createDealStore } from './deals/store.ts';
import { createSweep } from './deals/sweep.ts';
import { createDecisions } from './deals/wait.ts';
import { createAccountEvents, createAccountIndex } from './evidence/account-events.ts';
import { createInbox } from './evidence/inbox.ts';
import { createApplyPosition } from './evidence/position-news.ts';
import { createReconcile } from './evidence/reconcile.ts';
import { createTradingJobs } from './jobs.ts';
import type { Accounts, Carry, Dealing, Evidence, Notify, PriceFeed, UserEvents } from './ports.ts';
import { createPositions } from './positions/positions.ts';
import { createPositionStore } from './positions/store.ts';
import { createDays } from './risk/days.ts';
import { refuseUnavailable } from './risk/availability.ts';
import { createApplyFunds, createFunds } from './risk/funds.ts';
import { createRiskLimits } from './risk/limits.ts';
import { createRiskStore } from './risk/store.ts';
import { tradingRest } from './rest.ts';
import { createTradingRouter } from './router.ts';
import { createAccountValues } from './valuation/account.ts';
import { createWatchAccount } from './valuation/watch.ts';

export { createAccountUse } from './account-use.ts';
export { createPriceFeed } from './valuation/prices.ts';

export interface TradingModuleDeps {
  database: Database;
  accounts: Accounts;
  dealing: Dealing;
  evidence: Evidence;
  prices: PriceFeed;
  events: UserEvents;
  notify: Notify;
  carry: Carry;
  /** Not started yet: the module defines its jobs here. It enqueues, so every process that deals starts them, `work` or not. */
  jobs: Jobs;
  /** Whether this process applies the broker's account events. Without it verdicts are awaited as another process's. */
  appliesEvents?: boolean;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  metrics?: Metrics;
}
export type TradingModule = ReturnType<typeof createTradingModule>;

export const tradingFace = {
  about: 'Deals, positions and the figures of an account.',
  createRouter: createTradingRouter,
  rest: tradingRest,
};

export function createTradingModule(deps: TradingModuleDeps) {
  const { db } = deps.database;
  const transaction: Transaction = (work) => inTransaction(db, work);
  const dealStore = createDealStore(db);
  const positionStore = createPositionStore(db);
  const riskStore = createRiskStore(db);
  const inbox = createInbox(db);

  const decisions = createDecisions({ ...deps, dealStore });
  const record = createRecord({ ...deps, dealStore });
  const committed = (told: Parameters<typeof record>[0]) => {
    decisions.committed(told);
    record(told);
  };
  const inAccount = createAccountTransaction({ ...deps, transaction, riskStore, committed });
  const positions = createPositions({
    store: positionStore,
    isExplained: ({ tx }, position, since) =>
      dealStore.hasChanged(tx, position, kindsThat('reducesPosition', kinds), since),
  });
  const isAway = async (accountId: string) => {
    const risk = await riskStore.find(accountId);
    return risk !== undefined && refuseUnavailable(risk, deps.clock.now()) !== null;
  };
  const kinds: Kinds = createKinds({ ...deps, dealStore, positionStore, positions, isAway });
  const settle = createSettle({ dealStore, kinds });
  const accountOf = createAccountIndex(deps.accounts);
  const enqueueReconcile = (tx: Tx, accountId: string): Promise<void> => work.enqueue(tx, accountId);
  const days = createDays(db);
  const applyFunds = createApplyFunds({ dealStore, days, enqueueReconcile });
  const parts = {
    ...deps,
    transaction,
    dealStore,
    positionStore,
    riskStore,
    inbox,
    inAccount,
    kinds,
    settle,
    days,
    applyFunds,
  };

  const applyPosition = createApplyPosition({ dealStore, kinds, positions, settle });
  const reconcile = createReconcile({ ...parts, positions, applyPosition, accountOf });
  const sweep = createSweep({ ...parts, accountOf, enqueueReconcile });
  const work = createTradingJobs({ ...parts, reconcile, sweep });
  const accountEvents = createAccountEvents({ ...parts, applyPosition, accountOf, enqueueReconcile });

  const acknowledge = createAcknowledge({ ...parts, committed });
  const sender = createSender({ ...parts, acknowledge, decisions, enqueueReconcile });
  const funds = createFunds(parts);
  const requestDeal = createRequestDeal({ ...parts, funds, decisions, sender });
  const values = createAccountValues(parts);
  const watchAccount = createWatchAccount({ ...deps, values });
  const deals = createDealReads(parts);
  const limits = createRiskLimits(parts);
  return {
    router: createTradingRouter({ ...deps, kinds, requestDeal, deals, values, watchAccount, limits }),
    /** For the consumer of the bus channel `account`: applies one event, once. */
    applyAccountEvent: accountEvents.apply,
    /** Reads what the broker lists of one account now. */
    reconcileAccount: (accountId: string): Promise<number> => reconcile.account(accountId),
    sweep: (): Promise<void> => sweep.run(),
    /** Resolves when no request to the broker is under way any more; at most `maxDealingMs`. For a stop, after the API takes no more calls. */
    settled: sender.settled,
    /** For workers, after the jobs are started: sweeps at once and every few seconds. Returns how to stop. */
    startSweeping: work.start,
  };
}
