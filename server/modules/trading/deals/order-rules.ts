// The rules a working order must pass before it is sent, each a reason with its numbers. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { DealReason, Direction, OrderType } from '../../../../shared/trading.ts';
import type { OrderTerms } from '../orders/orders.ts';
import type { OrderRow } from '../orders/store.ts';
import type { MarketPrice } from '../ports.ts';
import type { DealTerms } from './kind.ts';
import { ruled, unjudged, type Rulings } from './ruling.ts';
import {
  filledAt,
  judgeAttached,
  judgeEditing,
  judgeMarket,
  minimumDistance,
  placesOf,
  refuseSize,
  unmeasured,
  usable,
  withoutLevel,
  type Order,
} from './rules.ts';

const below = (a: string, b: string) => decimal.compare(a, b) < 0;

/** A new order, at the price and the instant of now. */
export function* judgeOrder(terms: DealTerms, price: MarketPrice, now: Date): Rulings {
  const { direction, size, orderType: type, orderLevel } = terms;
  if (!type || !orderLevel) throw new Error('invariant: an order without its level');
  const level = usable(filledAt(direction, price), price);
  yield* judgeMarket(level, price);
  yield ruled('size', refuseSize(size, price.market));
  yield ruled('good_till', refuseDate(terms.goodTillAt ?? null, now));
  yield level === null
    ? unjudged('order_level', withoutLevel(price))
    : ruled('order_level', refuseLevel({ direction, type, orderLevel }, level, price));
  yield* judgeAttached(attached(direction, terms), orderLevel, price);
}

/** The same of an order that rests; a level that stays need not keep its distance. Without a price the broker's own check holds. */
export function* judgeAmendedOrder(
  { direction, type, level: before }: OrderRow,
  { level: orderLevel, goodTillAt, ...distances }: OrderTerms,
  price: MarketPrice | null,
  now: Date,
): Rulings {
  yield ruled('good_till', refuseDate(goodTillAt, now));
  const level = price && usable(filledAt(direction, price), price);
  yield* judgeEditing(level, price);
  if (!price || level === null) {
    yield unjudged('order_level', withoutLevel(price));
    yield* unmeasured(withoutLevel(price));
    return;
  }
  const moved = decimal.compare(orderLevel, before) !== 0;
  yield ruled('order_level', moved ? refuseLevel({ direction, type, orderLevel }, level, price) : null);
  yield* judgeAttached(attached(direction, distances), orderLevel, price);
}

const attached = (
  direction: Direction,
  {
    stopDistance,
    limitDistance,
    guaranteedStop,
  }: Pick<DealTerms, 'stopDistance' | 'limitDistance' | 'guaranteedStop'>,
): Order => ({
  direction,
  size: '0',
  stopDistancePoints: stopDistance ?? undefined,
  limitDistancePoints: limitDistance ?? undefined,
  guaranteedStop,
});

const refuseDate = (goodTillAt: Date | null, now: Date): DealReason | null =>
  goodTillAt !== null && goodTillAt <= now ? { code: 'good_till_past', goodTillAt } : null;

/** A limit order waits where the deal would be better than now, a stop order where it would be worse, both so far away at least. */
function refuseLevel(
  { direction, type, orderLevel }: { direction: Direction; type: OrderType; orderLevel: string },
  level: string,
  price: MarketPrice,
): DealReason | null {
  const { scalingFactor } = price.market;
  const beneath = (direction === 'BUY') === (type === 'limit');
  const distance = decimal.multiply(
    beneath ? decimal.subtract(level, orderLevel) : decimal.subtract(orderLevel, level),
    scalingFactor,
  );
  if (!below('0', distance)) return { code: 'order_wrong_side', orderLevel, level };
  const minimum = minimumDistance(price.market, level);
  if (below(distance, minimum)) return { code: 'order_too_near', distance, minimum };
  // Away from the price, so that the nearest is not too near.
  const nearest = decimal.round(orderLevel, placesOf(price), beneath ? 'down' : 'up');
  return decimal.compare(nearest, orderLevel) === 0 ? null : { code: 'order_too_fine', orderLevel, nearest };
}
