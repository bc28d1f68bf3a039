// The door of trading: builds its parts. What it deals with, and whose events it writes, are ports.
import { decimal } from '../../../shared/decimal.ts';
import type { RequestOf } from '../../../shared/deal-requests.ts';
import type { DealKindName } from '../../../shared/trading.ts';
import type { Database } from '../../db/client.ts';
import type { Jobs } from '../../jobs/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { inTransaction, type Tx, type Transaction } from '../../db/transaction.ts';
import { createAccountLook, createAccountTransaction } from './account-transaction.ts';
import { createBooksReads } from './books/read.ts';
import { createBooksStore } from './books/store.ts';
import { createAcknowledge } from './deals/acknowledge.ts';
import type { DealKind } from './deals/kind.ts';
import { createKinds, kindsThat, openingKind, type Kinds } from './deals/kinds.ts';
import { createPriceIfThere, createRateIfThere } from './deals/price-if-there.ts';
import { createPreview } from './deals/preview.ts';
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
import { createApplyOrder } from './evidence/order-news.ts';
import { createApplyPosition } from './evidence/position-news.ts';
import { createReconcileOnDemand } from './evidence/on-demand.ts';
import { createReconcile } from './evidence/reconcile.ts';
import { createHistoryReads } from './history/read.ts';
import { createHistoryStore } from './history/store.ts';
import { createTradingJobs } from './jobs.ts';
import type { Accounts, Carry, Dealing, Evidence, PriceFeed, UserEvents } from './ports.ts';
import { createOrders } from './orders/orders.ts';
import { createOrderReads } from './orders/read.ts';
import { createOrderStore } from './orders/store.ts';
import { createPositions } from './positions/positions.ts';
import { createPricesWanted } from './prices-wanted.ts';
import { createPositionStore } from './positions/store.ts';
import { createRiskCheck } from './risk/check.ts';
import { createDays } from './risk/days.ts';
import { createWorths } from './risk/exposure.ts';
import { refuseUnavailable } from './risk/availability.ts';
import { createApplyFunds, createFunds } from './risk/funds.ts';
import { createDeadMen } from './risk/dead-man.ts';
import { createFormer } from './risk/former.ts';
import { createRiskLimits } from './risk/limits.ts';
import { createRiskStore } from './risk/store.ts';
import { createSwitches } from './risk/switches.ts';
import { createReadUsed } from './risk/used.ts';
import { createBeginSaga } from './sagas/begin.ts';
import { createEndingCourse } from './sagas/ending.ts';
import { holdings } from './sagas/holdings.ts';
import { createRunSaga, type RunSaga } from './sagas/run.ts';
import { createSagaJob, createSagas } from './sagas/sagas.ts';
import { createSagaStore } from './sagas/store.ts';
import { createBeginTarget, createTargetCourse } from './sagas/target.ts';
import { tradingRest } from './rest.ts';
import { createTradingRouter } from './router.ts';
import { createAccountValues } from './valuation/account.ts';
import { createFollowAccount } from './valuation/each-tick.ts';
import { createWatchAccount } from './valuation/watch.ts';
import type { Notify } from '../notifications/index.ts';

export { createAccountUse } from './account-use.ts';
export { reconcileAccountJob } from './jobs.ts';
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
  const orderStore = createOrderStore(db);
  const riskStore = createRiskStore(db);
  const booksStore = createBooksStore(db);
  const inbox = createInbox(db);

  const decisions = createDecisions({ ...deps, dealStore });
  const record = createRecord({ ...deps, dealStore });
  const committed = (told: Parameters<typeof record>[0]) => {
    decisions.committed(told);
    record(told);
  };
  const inAccount = createAccountTransaction({ ...deps, transaction, riskStore, booksStore, committed });
  const positions = createPositions({
    store: positionStore,
    isExplained: async ({ tx }, position, since) =>
      (await dealStore.hasChanged(tx, position, kindsThat('reducesPosition', 'its own', kinds), since)) ||
      dealStore.hasNetted(tx, position, kindsThat('reducesPosition', 'facing', kinds), since),
  });
  const isAway = async (accountId: string) => {
    const risk = await riskStore.find(accountId);
    return risk !== undefined && refuseUnavailable(risk, deps.clock.now()) !== null;
  };
  const orders = createOrders({ store: orderStore });
  const [priceIfThere, rateIfThere] = [createPriceIfThere(deps), createRateIfThere(deps)];
  const kinds: Kinds = createKinds({
    ...deps,
    dealStore,
    positionStore,
    positions,
    orderStore,
    orders,
    isAway,
    priceIfThere,
    enqueueReconcile: (tx, accountId) => work.enqueue(tx, accountId),
    rateIfThere,
  });
  const settle = createSettle({ dealStore, kinds });
  const accountOf = createAccountIndex(deps.accounts);
  const enqueueReconcile = (tx: Tx, accountId: string): Promise<void> => work.enqueue(tx, accountId);
  const days = createDays(db);
  const worths = createWorths(deps);
  const riskCheck = createRiskCheck({ days, worths });
  const applyFunds = createApplyFunds({ dealStore, days, enqueueReconcile });
  const parts = {
    ...deps,
    transaction,
    dealStore,
    positionStore,
    orderStore,
    riskStore,
    booksStore,
    inbox,
    inAccount,
    kinds,
    settle,
    days,
    worths,
    riskCheck,
    applyFunds,
  };

  const applyOrder = createApplyOrder({ dealStore, orders, positions, settle, enqueueReconcile });
  const applyPosition = createApplyPosition({ dealStore, kinds, positions, applyOrder, settle });
  const reconcile = createReconcile({ ...parts, positions, applyPosition, applyOrder, accountOf });
  const sweep = createSweep({ ...parts, accountOf, enqueueReconcile });
  const accountEvents = createAccountEvents({
    ...parts,
    applyPosition,
    applyOrder,
    accountOf,
    enqueueReconcile,
  });

  const acknowledge = createAcknowledge({ ...parts, committed });
  const sender = createSender({ ...parts, acknowledge, decisions, enqueueReconcile });
  const funds = createFunds(parts);
  const requestDeal = createRequestDeal({ ...parts, funds, decisions, sender });
  const values = createAccountValues(parts);
  const watchAccount = createWatchAccount({ ...deps, values });
  const deals = createDealReads(parts);
  const orderReads = createOrderReads(parts);
  const books = createBooksReads(parts);
  const history = createHistoryReads({ ...parts, historyStore: createHistoryStore(db) });
  const reconcileNow = createReconcileOnDemand({ ...parts, reconcile });
  const switches = createSwitches({ ...parts, db });
  const sagaStore = createSagaStore(db);
  const enqueue = createSagaJob({
    ...deps,
    transaction,
    sagaStore,
    run: (id, budgetMs) => runSaga(id, budgetMs),
  });
  const dealOf = <Name extends DealKindName>(name: Name, userId: string, input: RequestOf[Name]) => {
    const kind = kinds[name] as unknown as DealKind<RequestOf[Name]>;
    return requestDeal.deal(kind, userId, input, requestDeal.ahead(kind, userId, input));
  };
  const deal = async <Name extends DealKindName>(name: Name, userId: string, input: RequestOf[Name]) => {
    await dealOf(name, userId, input);
  };
  const sagaParts = { ...parts, db, sagaStore, holdings, decisions, reconcile, enqueue, deal };
  const ending = createEndingCourse(sagaParts);
  const courses = {
    close_all: ending,
    cancel_all: ending,
    flatten: ending,
    set_target: createTargetCourse(sagaParts),
  };
  const runSaga: RunSaga = createRunSaga({ ...sagaParts, courses });
  const beginSaga = createBeginSaga(sagaParts);
  const beginTarget = createBeginTarget(sagaParts);
  const sagas = createSagas({ ...sagaParts, beginSaga, beginTarget, runSaga });
  const deadMen = createDeadMen({ ...sagaParts, accountOf, switches, beginSaga });
  const work = createTradingJobs({ ...parts, reconcile, sweep, sagas, deadMen });
  const limits = createRiskLimits({ ...parts, db, switches, deadMen });
  const unkeptDays = createDays(db, { keeps: false });
  const preview = createPreview({
    ...parts,
    lookAt: createAccountLook({ ...deps, db }),
    days: unkeptDays,
    riskCheck: createRiskCheck({ days: unkeptDays, worths }),
    applyFunds: createApplyFunds({
      dealStore: { ...dealStore, save: () => undefined },
      days: unkeptDays,
      enqueueReconcile: async () => undefined,
    }),
    readUsed: createReadUsed({ days: unkeptDays, worths }),
    rateIfThere,
  });
  return {
    router: createTradingRouter({
      ...deps,
      kinds,
      requestDeal,
      deals,
      orders: orderReads,
      values,
      watchAccount,
      limits,
      reconcileNow,
      books,
      history,
      switches,
      sagas,
      deadMen,
      former: createFormer({ ...parts, db, deadMen }),
      preview,
    }),
    /** For portfolios: what the broker tells of an account's cash, its history as it is kept here, and its balance. */
    brokerCash: {
      history: history.transactions,
      /** As it was told last; null before. Throws accounts.*. */
      async balance(userId: string, accountId: string): Promise<{ cash: string; at: Date } | null> {
        const { id } = await deps.accounts.forUser(userId, accountId);
        const { cash = null, fundsAt = null } = (await riskStore.find(id)) ?? {};
        return cash === null || fundsAt === null ? null : { cash: decimal.canonical(cash), at: fundsAt };
      },
    },
    /** For signals: the ways of their owner's own calls. */
    forSignals: {
      open: (userId: string, order: RequestOf['open']) => dealOf(openingKind(order), userId, order),
      setTarget: sagas.setTarget,
      preview,
      openIn: async (accountId: string, epic: string): Promise<string[]> =>
        (await holdings.positions(db, accountId))
          .filter((held) => held.epic === epic)
          .map(({ dealId }) => dealId),
      isKeyUsed: async (userId: string, key: string): Promise<boolean> =>
        Boolean((await dealStore.findByKey(userId, key)) ?? (await sagaStore.findByKey(userId, key))),
    },
    /** For administrators: what may be dealt on all accounts of a user, or on every one here. */
    setDealingState: switches.setWide,
    halts: switches.halts,
    /** For workers, every second: what a silent client wanted done is done. */
    fireDeadMen: (): Promise<void> => deadMen.sweep(),
    /** Goes on with each saga that runs, as its job does. */
    runSagas: async (): Promise<void> => {
      for (const id of await sagaStore.listRunning(deps.clock.now())) await runSaga(id, 0);
    },
    /** For the consumer of the bus channel `account`: applies one event, once. */
    applyAccountEvent: accountEvents.apply,
    /** Reads what the broker lists of one account now. */
    reconcileAccount: async (accountId: string): Promise<void> => void (await reconcile.account(accountId)),
    sweep: (): Promise<void> => sweep.run(),
    /** Resolves when no request to the broker is under way any more; at most `maxDealingMs`. For a stop, after the API takes no more calls. */
    async settled(): Promise<void> {
      await sagas.settled();
      await sender.settled();
    },
    /** For workers, after the jobs are started: sweeps at once and every few seconds. Returns how to stop. */
    startSweeping: work.start,
    /** An account and its open positions, at the prices of this moment and as they move. */
    valuation: {
      now: values.whole,
      watch: watchAccount,
      follow: createFollowAccount({ ...deps, values }),
      realised: values.realised,
    },
    /** The markets in which accounts have a position or a resting order. */
    openEpics: async (): Promise<{ accountId: string; epic: string }[]> =>
      (await Promise.all([positionStore.openEpics(), orderStore.openEpics()])).flat(),
    /** For workers: has the prices of open positions streamed though nobody watches them. Returns how to stop. */
    wantPrices: {
      positions: createPricesWanted({ ...parts, openEpics: positionStore.openEpics }),
      orders: createPricesWanted({ ...parts, openEpics: orderStore.openEpics }),
    },
  };
}
