// Trading's evidence path as the module builds it, over stores in memory: for a million sequences. evidence/sequences.test.ts ties it to the real database.
import { isDecided } from '../../../shared/deal-words.ts';
import { silentLogger as logger } from '../../lib/logger.ts';
import { createAccountTransaction } from '../../modules/trading/account-transaction.ts';
import { createKinds, kindsThat, type KindDeps, type Kinds } from '../../modules/trading/deals/kinds.ts';
import type { DealRow } from '../../modules/trading/deals/life.ts';
import { createSettle } from '../../modules/trading/deals/settle.ts';
import { createAccountEvents } from '../../modules/trading/evidence/account-events.ts';
import { createApplyOrder } from '../../modules/trading/evidence/order-news.ts';
import { createApplyPosition } from '../../modules/trading/evidence/position-news.ts';
import { createReconcile } from '../../modules/trading/evidence/reconcile.ts';
import { createOrders } from '../../modules/trading/orders/orders.ts';
import type { OrderRow } from '../../modules/trading/orders/store.ts';
import type { BrokerAccount, Evidence } from '../../modules/trading/ports.ts';
import { createPositions } from '../../modules/trading/positions/positions.ts';
import type { PositionRow } from '../../modules/trading/positions/store.ts';
import { createApplyFunds } from '../../modules/trading/risk/funds.ts';
import type { RiskRow } from '../../modules/trading/risk/store.ts';
import type { createManualClock } from '../manual-clock.ts';
import type { World } from './play.ts';

const account: BrokerAccount = {
  id: 'acct_1',
  userId: 'user_1',
  environment: 'simulated',
  feed: 'simulated',
  brokerAccountId: 'S1',
  type: 'CFD',
  name: 'Simulated',
  currency: 'GBP',
  isDefault: true,
  disconnectedAt: null,
} as BrokerAccount;

const isTakenForLost = ({ status, reason }: DealRow) =>
  status === 'rejected' && reason?.code === 'never_reached_broker';
const judgedFirst = (one: DealRow, two: DealRow) =>
  Number(isDecided(one.status)) - Number(isDecided(two.status)) ||
  two.createdAt.getTime() - one.createdAt.getTime();

export function memoryWorld(clock: ReturnType<typeof createManualClock>, evidence: Evidence): World {
  const deals = new Map<string, DealRow>();
  const positions = new Map<string, PositionRow>();
  const orders = new Map<string, OrderRow>();
  const inboxed = new Set<string>();
  let risk = {
    accountId: account.id,
    cash: null,
    margin: null,
    runningProfit: null,
    fundsAt: null,
    reserved: '0',
    positionsReadAt: null,
    dayEndsAt: null,
    breachedAt: null,
    maxDailyLoss: null,
  } as unknown as RiskRow;
  const all = (fits: (deal: DealRow) => boolean) => [...deals.values()].filter(fits).sort(judgedFirst);

  const dealStore = {
    lock: async (_tx: unknown, id: string) => deals.get(id)!,
    save: (_tx: unknown, row: DealRow) => void deals.set(row.id, row),
    lockByReference: async (_tx: unknown, _account: string, reference: string) =>
      all(({ dealReference }) => dealReference === reference),
    lockChanging: async (_tx: unknown, _account: string, id: string, kinds: readonly string[]) =>
      all(
        (deal) =>
          deal.dealId === id &&
          kinds.includes(deal.kind) &&
          (!isDecided(deal.status) || isTakenForLost(deal)),
      ),
    lockBearers: async (_tx: unknown, _account: string, references: readonly string[]) =>
      all((deal) => deal.referenceOf !== 'positions' && references.includes(deal.dealReference ?? '')),
    othersAmong: async (_tx: unknown, { id }: DealRow, references: readonly string[]) =>
      new Set(
        all((deal) => deal.id !== id && deal.referenceOf !== 'positions')
          .flatMap(({ dealReference }) => dealReference ?? [])
          .filter((reference) => references.includes(reference)),
      ),
    hasChanged: async (_tx: unknown, { dealId }: { dealId: string }, kinds: readonly string[], since: Date) =>
      all((deal) => deal.dealId === dealId && kinds.includes(deal.kind)).some(
        ({ status, statusAt }) => !isDecided(status) || (status === 'accepted' && statusAt >= since),
      ),
    hasAccepted: async (_tx: unknown, { dealId }: { dealId: string }, kinds: readonly string[]) =>
      all((deal) => deal.dealId === dealId && kinds.includes(deal.kind)).some(
        ({ status }) => status === 'accepted',
      ),
    hasNetted: async (_tx: unknown, { direction }: PositionRow, kinds: readonly string[], since: Date) =>
      all(
        (deal) => kinds.includes(deal.kind) && deal.direction !== direction && deal.createdAt >= since,
      ).some(({ status }) => !isDecided(status) || status === 'accepted'),
    lockReserving: async () => [],
    listJudged: async () =>
      all((deal) => !isDecided(deal.status) || isTakenForLost(deal)).sort(
        (one, two) =>
          Number(isDecided(one.status)) - Number(isDecided(two.status)) ||
          one.createdAt.getTime() - two.createdAt.getTime(),
      ),
  };
  const positionStore = {
    lock: async (_tx: unknown, _account: string, id: string) => positions.get(id),
    lockMany: async (_tx: unknown, _account: string, ids: readonly string[]) =>
      ids.flatMap((id) => positions.get(id) ?? []),
    save: (_tx: unknown, row: PositionRow) => void positions.set(row.dealId, row),
    insert: (_tx: unknown, rows: readonly PositionRow[]) =>
      rows.forEach((row) => positions.set(row.dealId, row)),
    listOpen: async () => [...positions.values()].filter(({ closedAt }) => closedAt === null),
    seenAgain(_tx: unknown, _account: string, ids: readonly string[]) {
      for (const id of ids) positions.set(id, { ...positions.get(id)!, lastSeenAt: null });
    },
  };
  const isUnsettled = ({ state }: OrderRow) => state === 'open' || state === 'gone';
  const orderStore = {
    lock: async (_tx: unknown, _account: string, id: string) => orders.get(id),
    lockOpenAmong: async (_tx: unknown, _account: string, ids: readonly string[]) =>
      ids.flatMap((id) => orders.get(id) ?? []).filter(isUnsettled),
    save: (_tx: unknown, row: OrderRow) => void orders.set(row.dealId, row),
    insert: (_tx: unknown, row: OrderRow) => void orders.set(row.dealId, row),
    listUnsettled: async () => [...orders.values()].filter(isUnsettled),
  };
  const riskStore = {
    lock: async () => risk,
    find: async () => risk,
    save: (_tx: unknown, row: RiskRow) => void (risk = row),
    saveFigures: async () => false,
  };
  const booksStore = { open: () => {}, resolve: () => {}, listOpen: async () => [], saveReading: () => {} };
  const days = {
    readAhead: async () => undefined,
    knows: () => undefined,
    change: async (_entry: unknown, _after: unknown, replace: () => void) => (replace(), false),
    gone: async () => null,
    judge: async () => {},
  };
  const inbox = {
    insert: async (_tx: unknown, { eventId }: { eventId: string }) =>
      !inboxed.has(eventId) && (inboxed.add(eventId), true),
  };
  let ids = 0;
  const enqueueReconcile = async () => {};
  const stores = {
    dealStore,
    positionStore,
    orderStore,
    riskStore,
    booksStore,
    inbox,
    days,
  } as unknown as Parameters<typeof createReconcile>[0] & Parameters<typeof createAccountEvents>[0];
  const inAccount = createAccountTransaction({
    transaction: ((work: (tx: unknown) => unknown) => work({})) as never,
    riskStore: riskStore as never,
    booksStore: booksStore as never,
    events: { append: async () => 1, wake: () => {} } as never,
    notify: async () => {},
    ids: { next: (prefix: string) => `${prefix}_${++ids}` } as never,
    clock,
    committed: () => {},
  });
  const store = positionStore as never;
  const positionsOf = createPositions({
    store,
    isExplained: async ({ tx }, position, since) =>
      (await dealStore.hasChanged(tx, position, kindsThat('reducesPosition', 'its own', kinds), since)) ||
      dealStore.hasNetted(tx, position, kindsThat('reducesPosition', 'facing', kinds), since),
  });
  const ordersOf = createOrders({ store: orderStore as never });
  const kinds: Kinds = createKinds({
    ...stores,
    positions: positionsOf,
    orders: ordersOf,
    enqueueReconcile,
    clock,
    logger,
  } as unknown as KindDeps);
  const settle = createSettle({ dealStore: stores.dealStore, kinds });
  const parts = {
    ...stores,
    inAccount,
    kinds,
    settle,
    enqueueReconcile,
    clock,
    logger,
    evidence,
    accountOf: async () => account,
  };
  const applyFunds = createApplyFunds(parts as never);
  const applyOrder = createApplyOrder({ ...parts, orders: ordersOf, positions: positionsOf });
  const applyPosition = createApplyPosition({ ...parts, positions: positionsOf, applyOrder });
  const reconcile = createReconcile({
    ...parts,
    positions: positionsOf,
    applyFunds,
    applyPosition,
    applyOrder,
  });
  const events = createAccountEvents({ ...parts, applyFunds, applyPosition, applyOrder });
  return {
    account,
    prefix: '',
    apply: events.apply,
    reconcile: async () => void (await reconcile.account(account.id)),
    admit: async (row) => void deals.set(row.id, row),
    state: async () => ({
      deals: [...deals.values()],
      positions: [...positions.values()],
      orders: [...orders.values()],
      cash: risk.cash,
    }),
  };
}
