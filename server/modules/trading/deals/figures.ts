// What a deal takes, costs and risks, in the account's currency, and how far its stop and limit lie: for a preview. Pure; null where something is not known, with why.
import { decimal } from '../../../../shared/decimal.ts';
import type { Market } from '../../../../shared/market-data.ts';
import type { DealPreview, Figure, UnknownBecause } from '../../../../shared/preview.ts';
import { exposureAt, quoteUnitValue, toMoney } from '../../../../shared/worth.ts';
import type { MarketPrice } from '../ports.ts';
import type { Admission } from './kind.ts';
import {
  maximumDistance,
  minimumDistance,
  minimumGuaranteedDistance,
  pointsAway,
  withoutLevel,
} from './rules.ts';

type Terms = Admission['terms'];
type Judged = Pick<Admission, 'terms' | 'outlook' | 'exposure'>;
/** A figure, or why it is not known; null: the deal has none. */
type Known<Value = string> = { value: Value } | { because: UnknownBecause } | null;
const whole = <Value>(value: Value | null, because: UnknownBecause): Known<Value> =>
  value === null ? { because } : { value };

/** Of the worth of a point: it is multiplied by points. */
const pointPlaces = 6;
const ratePlaces = 20;

/** What `points` are worth at this size, in the market's currency, unrounded. */
function worthOfPoints(points: string, size: string, market: Market): string {
  const quote = decimal.divide(points, market.scalingFactor, ratePlaces, 'half-even');
  return decimal.multiply(decimal.multiply(quote, size), quoteUnitValue(market));
}

/** From `level` to the stop, or to the limit, in points; below 0 on the other side, null where there is none. */
function pointsTo(side: 'stop' | 'limit', terms: Terms, level: string, { scalingFactor }: Market) {
  const [at, distance] =
    side === 'stop' ? [terms.stopLevel, terms.stopDistance] : [terms.limitLevel, terms.limitDistance];
  if (at == null) return distance ?? null;
  return pointsAway(terms.direction, side, at, level, scalingFactor);
}
const hasOne = (side: 'stop' | 'limit', terms: Terms) =>
  (side === 'stop' ? (terms.stopLevel ?? terms.stopDistance) : (terms.limitLevel ?? terms.limitDistance)) !=
  null;

/** What is lost at the stop, or gained at the limit. */
function atEnd(side: 'stop' | 'limit', { terms, outlook }: Judged, rate: string | null): Known {
  const { price, openLevel } = outlook;
  if (openLevel === undefined || !hasOne(side, terms)) return null;
  if (!price || openLevel === null) return { because: 'no_price' };
  const points = pointsTo(side, terms, openLevel, price.market)!;
  return whole(toMoney(worthOfPoints(points, terms.size, price.market), rate), 'no_rate');
}

/** What closing at once would cost. */
function spreadCost({ tick: { bid, offer }, market }: MarketPrice, size: string, rate: string | null): Known {
  if (bid === null || offer === null) return { because: 'no_price' };
  return whole(toMoney(exposureAt(size, decimal.subtract(offer, bid), market), rate), 'no_rate');
}

type Premium = NonNullable<DealPreview['guaranteedStopPremium']>;
function premiumOf({ terms, outlook }: Judged, { market }: MarketPrice, rate: string | null): Known<Premium> {
  const { guaranteedStopPremium: told } = market;
  if (!told) return { because: 'not_told' };
  const { openLevel } = outlook;
  if (told.unit === 'points')
    return { value: { ...told, amount: toMoney(worthOfPoints(told.value, terms.size, market), rate) } };
  const share = (level: string) =>
    decimal.divide(
      decimal.multiply(exposureAt(terms.size, level, market), told.value),
      '100',
      ratePlaces,
      'half-up',
    );
  return { value: { ...told, amount: openLevel == null ? null : toMoney(share(openLevel), rate) } };
}

type Distances = NonNullable<DealPreview['distances']>;
function distancesOf({ terms, outlook }: Judged): Known<Distances> {
  const { price, stopsFrom } = outlook;
  if (stopsFrom === undefined) return null;
  if (!price || stopsFrom === null) return { because: withoutLevel(price) };
  const { market } = price;
  return {
    value: {
      fromLevel: stopsFrom,
      stopPoints: pointsTo('stop', terms, stopsFrom, market),
      limitPoints: pointsTo('limit', terms, stopsFrom, market),
      minimumPoints: minimumDistance(market, stopsFrom),
      minimumGuaranteedStopPoints: minimumGuaranteedDistance(market, stopsFrom),
      maximumPoints: maximumDistance(market, stopsFrom),
    },
  };
}

/** `opens`: it opens a position, now or once it is filled. `rate`: how much of the account's currency one of the deal's is. */
export function figuresOf(judged: Judged, opens: boolean, rate: string | null) {
  const { terms, outlook, exposure } = judged;
  const { price, fillLevel } = outlook;
  const priced = <Value>(make: (price: MarketPrice) => Known<Value>): Known<Value> =>
    price ? make(price) : { because: 'no_price' };
  const point = ({ market }: MarketPrice) =>
    rate &&
    decimal.round(decimal.multiply(worthOfPoints('1', terms.size, market), rate), pointPlaces, 'half-up');
  const known = {
    level: fillLevel === undefined ? null : whole(fillLevel, 'no_price'),
    spreadCost: opens ? priced((found) => spreadCost(found, terms.size, rate)) : null,
    valueOfPoint: priced((found) => whole(point(found), 'no_rate')),
    guaranteedStopPremium: terms.guaranteedStop ? priced((found) => premiumOf(judged, found, rate)) : null,
    exposureAdded: whole(exposure, fillLevel == null ? 'no_price' : 'no_rate'),
    lossAtStop: atEnd('stop', judged, rate),
    profitAtLimit: atEnd('limit', judged, rate),
    distances: distancesOf(judged),
  } satisfies { [Name in Figure]?: Known<unknown> };
  return {
    level: valueOf(known.level),
    spreadCost: valueOf(known.spreadCost),
    valueOfPoint: valueOf(known.valueOfPoint),
    guaranteedStopPremium: valueOf(known.guaranteedStopPremium),
    exposureAdded: valueOf(known.exposureAdded),
    lossAtStop: valueOf(known.lossAtStop),
    profitAtLimit: valueOf(known.profitAtLimit),
    distances: valueOf(known.distances),
    unknown: Object.entries(known).flatMap(([figure, each]) =>
      each && 'because' in each ? [{ figure: figure as Figure, because: each.because }] : [],
    ),
  };
}
const valueOf = <Value>(known: Known<Value>): Value | null =>
  known && 'value' in known ? known.value : null;
