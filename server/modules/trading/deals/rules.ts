// The rules a request to deal must pass before it is sent, each a reason with its numbers. Pure; reading what they judge is in request.ts.
import { decimal, type Rounding } from '../../../../shared/decimal.ts';
import type { Market } from '../../../../shared/market-data.ts';
import type { UnknownBecause } from '../../../../shared/preview.ts';
import type { DealReason, Direction } from '../../../../shared/trading.ts';
import type { MarketPrice } from '../ports.ts';
import { ruled, unjudged, type Rulings } from './ruling.ts';

export interface Order {
  direction: Direction;
  size: string;
  stopLevel?: string | undefined;
  stopDistancePoints?: string | undefined;
  limitLevel?: string | undefined;
  limitDistancePoints?: string | undefined;
  /** Of the stop. */
  guaranteedStop?: boolean | undefined;
  /** The stop follows the price in such steps. */
  trailingIncrementPoints?: string | undefined;
}

const below = (a: string, b: string) => decimal.compare(a, b) < 0;

const decimalsOf = (text: string): number => decimal.canonical(text).split('.')[1]?.length ?? 0;

/** How finely the market's levels are written. Its own prices may be finer than it says. */
export const placesOf = ({ market, tick }: MarketPrice): number =>
  Math.max(market.decimalPlaces, ...[tick.bid, tick.offer].map((price) => decimalsOf(price ?? '0')));

/** IG publishes no step of the size. Whole shares, hundredths of all else, or the last decimal of a finer minimum: never stricter than what was seen dealt. */
export function sizeStep(unit: string, minimum: string): string {
  const decimals = Math.max(unit === 'SHARES' ? 0 : 2, decimalsOf(minimum));
  return decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`;
}
const isMultiple = (size: string, step: string) =>
  decimal.compare(decimal.multiply(decimal.divide(size, step, 0, 'down'), step), size) === 0;

/** The price at which a deal in this direction is filled. */
export const filledAt = (direction: Direction, { tick }: Pick<MarketPrice, 'tick'>): string | null =>
  direction === 'BUY' ? tick.offer : tick.bid;
/** The level by which a deal at this price is judged; null: none may be acted on. */
export const usable = (level: string | null, { tick }: Pick<MarketPrice, 'tick'>): string | null =>
  tick.stale ? null : level;
/** Why there is no level by which a rule could be judged. */
export const withoutLevel = (price: Pick<MarketPrice, 'tick'> | null) =>
  price?.tick.stale ? 'stale_price' : 'no_price';

/** Whether a market takes what is new, and at a price that may be acted on. */
export function* judgeMarket(level: string | null, { tick }: Pick<MarketPrice, 'tick'>): Rulings {
  const { marketState } = tick;
  yield ruled(
    'market_state',
    marketState === 'tradeable' ? null : { code: 'market_not_tradeable', marketState },
  );
  yield ruled('price', level === null ? { code: 'price_stale', at: tick.at } : null);
}
/** An opening, as far as market, price, size, stop and limit go. `worstLevel`: where it is to be filled at worst; null: at market. */
export function* judgeOpening(order: Order, worstLevel: string | null, price: MarketPrice): Rulings {
  const level = usable(filledAt(order.direction, price), price);
  yield* judgeMarket(level, price);
  yield ruled('size', refuseSize(order.size, price.market));
  yield level === null
    ? unjudged('fill', withoutLevel(price))
    : ruled('fill', refuseFill(order.direction, worstLevel, level, price));
  yield* judgeAttached(order, level, price);
}
/** A level so many points worse than `level` for who deals in `direction`. */
export const worseBy = (
  direction: Direction,
  level: string,
  points: string,
  { market }: MarketPrice,
): string =>
  (direction === 'BUY' ? decimal.add : decimal.subtract)(
    level,
    decimal.divide(points, market.scalingFactor, 20, 'half-even'),
  );
/** Whether a deal that is to be filled now is filled: at market (`worstLevel` null), or no worse than a level. `level` is the price. */
export function refuseFill(
  direction: Direction,
  worstLevel: string | null,
  level: string,
  price: MarketPrice,
): DealReason | null {
  if (worstLevel === null)
    return price.market.dealingRules.marketOrders ? null : { code: 'market_orders_not_allowed' };
  // Towards the worse side, so that what was asked for is still within it.
  const nearest = decimal.round(worstLevel, placesOf(price), direction === 'BUY' ? 'up' : 'down');
  if (decimal.compare(nearest, worstLevel) !== 0) return { code: 'level_too_fine', worstLevel, nearest };
  const isWorse = direction === 'BUY' ? below(worstLevel, level) : below(level, worstLevel);
  return isWorse ? { code: 'level_not_reached', worstLevel, level } : null;
}
const attachments = ['stopLevel', 'stopDistancePoints', 'limitLevel', 'limitDistancePoints'] as const;
/** A stop and a limit, measured from `level`; null: there is none that may be acted on. */
export function* judgeAttached(order: Order, level: string | null, price: MarketPrice): Rulings {
  yield ruled('stop_type', refuseStopType(order, price.market));
  if (level === null) {
    yield* unmeasured(withoutLevel(price));
    return;
  }
  yield ruled('stop', refuseStop(order, level, price.market));
  yield ruled('limit', refuseLimit(order, level, price.market));
  yield ruled('fineness', refuseTooFine(order, level, price));
}
/** Where there is nothing from which a stop and a limit could be measured. */
export function* unmeasured(because: UnknownBecause): Rulings {
  for (const rule of ['stop', 'limit', 'fineness'] as const) yield unjudged(rule, because);
}

/** What the market does not take at all. */
function refuseStopType(order: Order, { stopsLimitsAllowed, ...market }: Market): DealReason | null {
  if (!stopsLimitsAllowed && attachments.some((name) => order[name] !== undefined))
    return { code: 'stops_limits_not_allowed' };
  if (order.guaranteedStop && !market.guaranteedStopsAllowed) return { code: 'guaranteed_stop_not_allowed' };
  const increment = order.trailingIncrementPoints;
  if (increment === undefined) return null;
  const { trailingStops, minStepDistance } = market.dealingRules;
  if (!trailingStops) return { code: 'trailing_stop_not_allowed' };
  // A step that is not told in points is left to the broker.
  const minimum = minStepDistance?.unit === 'points' ? minStepDistance.value : '0';
  return below(increment, minimum) ? { code: 'trailing_step_too_small', increment, minimum } : null;
}

/** A size that is too small, or off its step. */
export function refuseSize(size: string, { unit, dealingRules }: Market): DealReason | null {
  const minimum = dealingRules.minDealSize.value;
  if (below(size, minimum)) return { code: 'size_below_minimum', size, minimum };
  const step = sizeStep(unit, minimum);
  return isMultiple(size, step) ? null : { code: 'size_off_step', size, step };
}

/** Whether a part of a position may be closed: a part obeys minimum and step like a deal of its own; the whole always may. */
export function refusePart(size: string, position: string, { market }: MarketPrice): DealReason | null {
  if (decimal.compare(size, position) >= 0) return null;
  return refuseSize(size, market);
}

/** `edits_only`: IG's GET /markets below version 4 says so of a market that takes closings too; of one that does not, it refuses itself. */
const closable: ReadonlySet<string> = new Set(['tradeable', 'closings_only', 'edits_only', 'deal_no_edits']);

/** Whether a position may be closed now. No price is asked for: getting out must not depend on our feed. */
export const refuseClosing = (marketState: string): DealReason | null =>
  closable.has(marketState) ? null : { code: 'market_not_tradeable', marketState };

/** The price at which a position in this direction is closed. */
export const closingLevel = (direction: Direction, { tick }: MarketPrice): string | null =>
  direction === 'BUY' ? tick.bid : tick.offer;

/** The states of a market in which stops, limits and orders may be changed. */
const editable: ReadonlySet<string> = new Set(['tradeable', 'closings_only', 'edits_only', 'auction']);
/** Whether stops, limits and orders may be changed at a price. While none may be acted on the broker's own check is the one that holds. */
export function* judgeEditing(level: string | null, price: MarketPrice | null): Rulings {
  if (!price || level === null) {
    yield unjudged('market_state', withoutLevel(price));
    return;
  }
  const { marketState } = price.tick;
  yield ruled(
    'market_state',
    editable.has(marketState) ? null : { code: 'market_not_tradeable', marketState },
  );
}
/** A new stop and limit (null: it stays, or goes) of a position, measured from the price that closes it. */
export function* judgeAmending(
  direction: Direction,
  {
    stopLevel,
    limitLevel,
    ...type
  }: { stopLevel: string | null; limitLevel: string | null } & Pick<
    Order,
    'stopDistancePoints' | 'guaranteedStop' | 'trailingIncrementPoints'
  >,
  price: MarketPrice,
): Rulings {
  const level = usable(closingLevel(direction, price), price);
  yield* judgeEditing(level, price);
  if (level === null) {
    yield* unmeasured(withoutLevel(price));
    return;
  }
  const order: Order = {
    direction,
    size: '0',
    stopLevel: stopLevel ?? undefined,
    limitLevel: limitLevel ?? undefined,
    ...type,
  };
  yield* judgeAttached(order, level, price);
}

type Distances = Pick<Market, 'dealingRules' | 'scalingFactor'>;
/** A distance of the dealing rules in points at `level`. */
const pointsOf = (
  { unit, value }: Market['dealingRules']['minNormalStopOrLimitDistance'],
  scalingFactor: string,
  level: string,
  rounding: Rounding,
): string =>
  unit === 'points'
    ? value
    : decimal.divide(decimal.multiply(decimal.multiply(level, scalingFactor), value), '100', 6, rounding);
/** The nearest a stop or limit may be, in points. */
export const minimumDistance = ({ dealingRules, scalingFactor }: Distances, level: string): string =>
  pointsOf(dealingRules.minNormalStopOrLimitDistance, scalingFactor, level, 'up');
/** The nearest a guaranteed stop may be, in points. */
export const minimumGuaranteedDistance = (
  { dealingRules, scalingFactor }: Distances,
  level: string,
): string => pointsOf(dealingRules.minGuaranteedStopDistance, scalingFactor, level, 'up');
/** The furthest, in points. */
export const maximumDistance = ({ dealingRules, scalingFactor }: Distances, level: string): string =>
  pointsOf(dealingRules.maxStopOrLimitDistance, scalingFactor, level, 'down');

/** A stop lies where the deal loses, a limit where it wins: below and above for a BUY, the reverse for a SELL. Points from `level`, negative on the wrong side. */
export function pointsAway(
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
  { direction, stopLevel, stopDistancePoints, guaranteedStop }: Order,
  level: string,
  market: Market,
): DealReason | null {
  const distance =
    stopLevel === undefined
      ? stopDistancePoints
      : pointsAway(direction, 'stop', stopLevel, level, market.scalingFactor);
  if (distance === undefined) return null;
  if (stopLevel !== undefined && !below('0', distance)) return { code: 'stop_wrong_side', stopLevel, level };
  const minimum = (guaranteedStop ? minimumGuaranteedDistance : minimumDistance)(market, level);
  if (below(distance, minimum))
    return { code: guaranteedStop ? 'guaranteed_stop_too_near' : 'stop_too_near', distance, minimum };
  const maximum = maximumDistance(market, level);
  return below(maximum, distance) ? { code: 'stop_too_far', distance, maximum } : null;
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
  if (below(distance, minimum)) return { code: 'limit_too_near', distance, minimum };
  const maximum = maximumDistance(market, level);
  return below(maximum, distance) ? { code: 'limit_too_far', distance, maximum } : null;
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
