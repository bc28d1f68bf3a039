// The rules a request to deal must pass before it is sent, each a reason with its numbers. Pure; reading what they judge is in request.ts.
import { decimal, type Rounding } from '../../../../shared/decimal.ts';
import type { Market } from '../../../../shared/market-data.ts';
import type { DealReason, Direction } from '../../../../shared/trading.ts';
import type { MarketPrice } from '../ports.ts';

export interface Order {
  direction: Direction;
  size: string;
  stopLevel?: string | undefined;
  stopDistancePoints?: string | undefined;
  limitLevel?: string | undefined;
  limitDistancePoints?: string | undefined;
}

const below = (a: string, b: string) => decimal.compare(a, b) < 0;

const decimalsOf = (text: string): number => decimal.canonical(text).split('.')[1]?.length ?? 0;

/** How finely the market's levels are written. Its own prices may be finer than it says. */
const placesOf = ({ market, tick }: MarketPrice): number =>
  Math.max(market.decimalPlaces, ...[tick.bid, tick.offer].map((price) => decimalsOf(price ?? '0')));

/** IG publishes no step of the size. Whole shares, hundredths of all else, or the last decimal of a finer minimum: never stricter than what was seen dealt. */
export function sizeStep(unit: string, minimum: string): string {
  const decimals = Math.max(unit === 'SHARES' ? 0 : 2, decimalsOf(minimum));
  return decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`;
}
const isMultiple = (size: string, step: string) =>
  decimal.compare(decimal.multiply(decimal.divide(size, step, 0, 'down'), step), size) === 0;

/** The first rule that an opening breaks, null when it may be sent as far as market, price, size, stop and limit go. */
export function refuseOpening(order: Order, { market, tick }: MarketPrice): DealReason | null {
  if (tick.marketState !== 'tradeable')
    return { code: 'market_not_tradeable', marketState: tick.marketState };
  const level = order.direction === 'BUY' ? tick.offer : tick.bid;
  if (tick.stale || level === null) return { code: 'price_stale', at: tick.at };
  const minimum = market.dealingRules.minDealSize.value;
  if (below(order.size, minimum)) return { code: 'size_below_minimum', size: order.size, minimum };
  const step = sizeStep(market.unit, minimum);
  if (!isMultiple(order.size, step)) return { code: 'size_off_step', size: order.size, step };
  return (
    refuseStop(order, level, market) ??
    refuseLimit(order, level, market) ??
    refuseTooFine(order, level, { market, tick })
  );
}

/** Whether a part of a position may be closed: a part obeys minimum and step like a deal of its own; the whole always may. */
export function refusePart(size: string, position: string, { market }: MarketPrice): DealReason | null {
  if (decimal.compare(size, position) >= 0) return null;
  const minimum = market.dealingRules.minDealSize.value;
  if (below(size, minimum)) return { code: 'size_below_minimum', size, minimum };
  const step = sizeStep(market.unit, minimum);
  return isMultiple(size, step) ? null : { code: 'size_off_step', size, step };
}

/** Whether a position may be closed now. No price is asked for: getting out must not depend on our feed. */
export const refuseClosing = (marketState: string): DealReason | null =>
  marketState === 'tradeable' || marketState === 'closings_only'
    ? null
    : { code: 'market_not_tradeable', marketState };

/** The nearest a stop or limit may be, in points. */
export function minimumDistance(
  { dealingRules, scalingFactor }: Pick<Market, 'dealingRules' | 'scalingFactor'>,
  level: string,
): string {
  const { unit, value } = dealingRules.minNormalStopOrLimitDistance;
  return unit === 'points'
    ? value
    : decimal.divide(decimal.multiply(decimal.multiply(level, scalingFactor), value), '100', 6, 'up');
}

/** A stop lies where the deal loses, a limit where it wins: below and above for a BUY, the reverse for a SELL. Points from `level`, negative on the wrong side. */
function pointsAway(
  direction: Direction,
  side: 'stop' | 'limit',
  at: string,
  level: string,
  scalingFactor: string,
): string {
  const beneath = (direction === 'BUY') === (side === 'stop');
  return decimal.multiply(beneath ? decimal.subtract(level, at) : decimal.subtract(at, level), scalingFactor);
}

function refuseStop(
  { direction, stopLevel, stopDistancePoints }: Order,
  level: string,
  market: Market,
): DealReason | null {
  const distance =
    stopLevel === undefined
      ? stopDistancePoints
      : pointsAway(direction, 'stop', stopLevel, level, market.scalingFactor);
  if (distance === undefined) return null;
  if (stopLevel !== undefined && !below('0', distance)) return { code: 'stop_wrong_side', stopLevel, level };
  const minimum = minimumDistance(market, level);
  return below(distance, minimum) ? { code: 'stop_too_near', distance, minimum } : null;
}
function refuseLimit(
  { direction, limitLevel, limitDistancePoints }: Order,
  level: string,
  market: Market,
): DealReason | null {
  const distance =
    limitLevel === undefined
      ? limitDistancePoints
      : pointsAway(direction, 'limit', limitLevel, level, market.scalingFactor);
  if (distance === undefined) return null;
  if (limitLevel !== undefined && !below('0', distance))
    return { code: 'limit_wrong_side', limitLevel, level };
  const minimum = minimumDistance(market, level);
  return below(distance, minimum) ? { code: 'limit_too_near', distance, minimum } : null;
}

/** A stop or limit in the terms in which it was given: how those are written as finely as the market, its rule, and the reason. */
interface Written {
  round(text: string, market: Market, places: number, rounding: Rounding): string;
  refuse(order: Order, level: string, market: Market): DealReason | null;
  reason(given: string, nearest: string): DealReason;
}
const roundLevel: Written['round'] = (text, _market, places, rounding) =>
  decimal.round(text, places, rounding);
/** IG makes the level of a distance: fill ∓ distance ÷ scaling factor. So the distance decides how fine that is. */
const roundPoints: Written['round'] = (text, { scalingFactor }, places, rounding) =>
  decimal.multiply(decimal.divide(text, scalingFactor, places, rounding), scalingFactor);
const written = {
  stopLevel: {
    round: roundLevel,
    refuse: refuseStop,
    reason: (stopLevel, nearest) => ({ code: 'stop_too_fine', stopLevel, nearest }),
  },
  stopDistancePoints: {
    round: roundPoints,
    refuse: refuseStop,
    reason: (distance, nearest) => ({ code: 'stop_distance_too_fine', distance, nearest }),
  },
  limitLevel: {
    round: roundLevel,
    refuse: refuseLimit,
    reason: (limitLevel, nearest) => ({ code: 'limit_too_fine', limitLevel, nearest }),
  },
  limitDistancePoints: {
    round: roundPoints,
    refuse: refuseLimit,
    reason: (distance, nearest) => ({ code: 'limit_distance_too_fine', distance, nearest }),
  },
} satisfies Partial<Record<keyof Order, Written>>;
const fields = Object.keys(written) as (keyof typeof written)[];

/** Of an order whose stop and limit are far enough away; the nearest that is named is so too. */
function refuseTooFine(order: Order, level: string, price: MarketPrice): DealReason | null {
  const { market } = price;
  for (const field of fields) {
    const given = order[field];
    if (given === undefined) continue;
    const { round, refuse, reason } = written[field];
    const [nearest, ...others] = (['half-even', 'down', 'up'] as const).map((rounding) =>
      round(given, market, placesOf(price), rounding),
    );
    if (decimal.compare(given, nearest!) === 0) continue;
    const fits = [nearest!, ...others].find((text) => !refuse({ ...order, [field]: text }, level, market));
    return reason(given, fits ?? nearest!);
  }
  return null;
}
