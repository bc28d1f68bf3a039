// The working orders of an account: a list that was read, and what was told of each since. Pure.
import type { StreamMessage, TradingEvent, WorkingOrder } from '../../../client/index.ts';

type OrderEvent = Extract<TradingEvent, { type: `order.${string}` }>;
/** As it is told by an event. */
export type ShownOrder = OrderEvent['data'];
export interface OrderBook {
  /** Those that rest, oldest first; undefined until read. */
  resting?: readonly ShownOrder[];
  /** Filled, cancelled and expired since the page was opened, newest first. */
  ended?: readonly ShownOrder[];
  /** By the broker's id, what was told since reading began. Dealing ids are not used again: what has ended is not taken back. */
  told?: ReadonlyMap<string, ShownOrder>;
}
/** As many that have ended are told; deals and history have the rest. */
const endedShown = 3;

export const isOrderEvent = (message: StreamMessage<TradingEvent>): message is OrderEvent =>
  message.type.startsWith('order.');

const byAge = (a: ShownOrder, b: ShownOrder) =>
  a.placedAt.getTime() - b.placedAt.getTime() || (a.dealId < b.dealId ? -1 : 1);

const merged = (list: readonly ShownOrder[], told: ReadonlyMap<string, ShownOrder>): ShownOrder[] =>
  [...new Map([...list.map((order) => [order.dealId, order] as const), ...told]).values()]
    .filter(({ state }) => state === 'open')
    .sort(byAge);

/** A list is about to be read: what is told from now on is not in it, or is in it too. */
export const beforeReading = (book: OrderBook): OrderBook => ({ ...book, told: new Map() });

export const afterReading = (book: OrderBook, list: readonly WorkingOrder[]): OrderBook => ({
  ...book,
  resting: merged(list, book.told ?? new Map()),
});

export function afterOrderEvent(book: OrderBook, { data }: Pick<OrderEvent, 'data'>): OrderBook {
  const told = new Map(book.told).set(data.dealId, data);
  return {
    told,
    ...(book.resting && { resting: merged(book.resting, told) }),
    ended:
      data.state === 'open'
        ? (book.ended ?? [])
        : [data, ...(book.ended ?? []).filter(({ dealId }) => dealId !== data.dealId)].slice(0, endedShown),
  };
}
