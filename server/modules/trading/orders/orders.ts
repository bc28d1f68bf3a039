// Our copy of an account's working orders: how news of the broker changes it, with the events that say so. Reads nothing from the broker.
import { decimal } from '../../../../shared/decimal.ts';
import type { OrderState, WorkingOrder } from '../../../../shared/trading.ts';
import { isAhead } from '../../../lib/instants.ts';
import type { Entry } from '../account-transaction.ts';
import type { DealRow } from '../deals/life.ts';
import type { BrokerAccount, OrderEvidence } from '../ports.ts';
import type { OrderRow, OrderStore } from './store.ts';

/** What is known of an order that rests. */
export interface OrderNews extends Omit<OrderEvidence, 'expiry'> {
  dealReference: string | null;
  expiry: string | null;
  /** The venue's instant of this news. */
  at: Date;
}
type Placing = Pick<DealRow, 'name' | 'currency' | 'guaranteedStop' | 'tag' | 'note'>;
/** Why an order rests no more. */
export type OrderEnd = Extract<OrderState, 'filled' | 'cancelled' | 'expired'>;
export type Orders = ReturnType<typeof createOrders>;

/** What a change may change. */
const terms = ['level', 'goodTillAt', 'stopDistance', 'limitDistance', 'guaranteedStop'] as const;
export type OrderTerms = Pick<OrderRow, (typeof terms)[number]>;

export function createOrders({ store }: { store: OrderStore }) {
  /** Locked once in a transaction; undefined for one that is not known here. */
  async function lock({ tx, account, orders }: Entry, dealId: string): Promise<OrderRow | undefined> {
    if (!orders.has(dealId)) orders.set(dealId, (await store.lock(tx, account.id, dealId)) ?? null);
    return orders.get(dealId) ?? undefined;
  }
  const lockOpenAmong = ({ tx, account }: Entry, dealIds: readonly string[]) =>
    store.lockOpenAmong(tx, account.id, dealIds);
  function save({ tx, orders }: Entry, row: OrderRow): void {
    orders.set(row.dealId, row);
    store.save(tx, row);
  }

  /**
   * An order that rests at the broker, as it is there. News may come in any order and twice: what rests no more does not rest again (a
   * deal id is never used twice), and of an order that rests the newest news counts. `placing` is the deal of ours that placed it,
   * asked for when the order is new to us. True when it was new.
   */
  async function applyNews(
    entry: Entry,
    news: OrderNews,
    placingOf: () => Promise<Placing | undefined>,
  ): Promise<boolean> {
    const known = await lock(entry, news.dealId);
    if (!known) {
      insert(entry, rowOf(entry.account, news, await placingOf()));
      return true;
    }
    if (known.state === 'open') change(entry, known, { ...termsOf(news, known), at: news.at });
    return false;
  }

  function insert({ tx, orders, tell }: Entry, row: OrderRow): void {
    orders.set(row.dealId, row);
    store.insert(tx, row);
    if (row.state === 'open') tell('order.placed', toOrderEvent(row));
  }

  /** Terms that the broker has taken; older than what is known, they change nothing. */
  function change(entry: Entry, row: OrderRow, { at, ...news }: OrderTerms & { at: Date }): void {
    const isNewer = at >= row.updatedAt || isAhead(row.updatedAt, entry.at);
    if (row.state !== 'open' || !isNewer || isSameTerms(row, news)) return;
    // The broker's list has the minute only: the second that is known stays.
    const goodTillAt = isSameMinute(row.goodTillAt, news.goodTillAt) ? row.goodTillAt : news.goodTillAt;
    const next = { ...row, ...news, goodTillAt, updatedAt: at };
    save(entry, next);
    entry.tell('order.amended', toOrderEvent(next));
  }

  /** An order rests no more, and this is why; null: not known yet. What is known already stays. */
  function end(entry: Entry, row: OrderRow, how: OrderEnd | null, at: Date): void {
    if (row.state !== 'open' && (row.state !== 'gone' || how === null)) return;
    const next: OrderRow = { ...row, state: how ?? 'gone', closedAt: row.closedAt ?? at, lastSeenAt: null };
    save(entry, next);
    if (how === null) return;
    entry.tell(endings[how], toOrderEvent(next));
    // One that is cancelled has its deal's notice.
    if (how !== 'cancelled') entry.notice({ kind: endings[how], data: next });
  }

  /** The broker's list lacks it, and nothing says why yet. */
  const missed = (entry: Entry, row: OrderRow): void => save(entry, { ...row, lastSeenAt: row.updatedAt });

  /** It was placed by a deal of ours, which an order that was listed first does not tell. */
  function adopt(
    entry: Entry,
    row: OrderRow,
    { dealReference, tag, note }: Pick<DealRow, 'dealReference' | 'tag' | 'note'>,
  ): void {
    if (row.source === 'ftrader') return;
    save(entry, { ...row, source: 'ftrader', dealReference, tag, note });
  }

  return { lock, lockOpenAmong, applyNews, insert, change, end, missed, adopt };
}

const endings = {
  filled: 'order.filled',
  cancelled: 'order.cancelled',
  expired: 'order.expired',
} as const satisfies Record<OrderEnd, string>;

/** The stream names neither market nor, always, currency: our own deal knows them, and the broker's next list corrects the guess. */
export function rowOf(
  { id, environment, currency }: Pick<BrokerAccount, 'id' | 'environment' | 'currency'>,
  news: OrderNews,
  placing: Placing | undefined,
): OrderRow {
  const { dealId, dealReference, epic, direction, size, type, at } = news;
  return {
    ...termsOf(news, placing),
    tag: placing?.tag ?? null,
    note: placing?.note ?? null,
    accountId: id,
    environment,
    dealId,
    dealReference,
    epic,
    direction,
    size,
    type,
    expiry: news.expiry ?? '-',
    name: placing?.name ?? news.name ?? epic,
    currency: news.currency ?? placing?.currency ?? currency,
    source: placing ? 'ftrader' : 'external',
    state: 'open',
    placedAt: news.placedAt,
    updatedAt: at,
    closedAt: null,
    lastSeenAt: null,
  };
}

/** Of what news does not tell, what is `known` stays. */
export const termsOf = (
  {
    level,
    goodTillAt,
    stopDistancePoints,
    limitDistancePoints,
    guaranteedStop,
  }: Pick<
    OrderNews,
    'level' | 'goodTillAt' | 'stopDistancePoints' | 'limitDistancePoints' | 'guaranteedStop'
  >,
  known: Pick<OrderRow, 'guaranteedStop'> | undefined,
): OrderTerms => ({
  level,
  goodTillAt,
  stopDistance: stopDistancePoints,
  limitDistance: limitDistancePoints,
  guaranteedStop: guaranteedStop ?? known?.guaranteedStop ?? false,
});

const isSameNumber = (one: string | null, two: string | null) =>
  one === null || two === null ? one === two : decimal.compare(one, two) === 0;
/** To the minute: the broker's list knows no seconds. */
const isSameMinute = (one: Date | null, two: Date | null) =>
  one === null || two === null
    ? one === two
    : Math.floor(one.getTime() / 60_000) === Math.floor(two.getTime() / 60_000);

/** Whether two say the same of an order, as far as the broker's list tells. */
export const isSameTerms = (one: OrderTerms, two: OrderTerms): boolean =>
  isSameNumber(one.level, two.level) &&
  isSameNumber(one.stopDistance, two.stopDistance) &&
  isSameNumber(one.limitDistance, two.limitDistance) &&
  one.guaranteedStop === two.guaranteedStop &&
  isSameMinute(one.goodTillAt, two.goodTillAt);

export const toOrderEvent = ({
  stopDistance,
  limitDistance,
  updatedAt: _updatedAt,
  expiry: _expiry,
  lastSeenAt: _lastSeenAt,
  ...row
}: OrderRow): Omit<WorkingOrder, 'environment'> => ({
  ...row,
  stopDistancePoints: stopDistance,
  limitDistancePoints: limitDistance,
});
export const toOrder = (
  row: OrderRow,
  { environment }: Pick<BrokerAccount, 'environment'>,
): WorkingOrder => ({
  ...toOrderEvent(row),
  environment,
});
