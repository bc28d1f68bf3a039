// Requests to deal drawn from a seed, about where the rules of a market turn: at a minimum, a little to either side of it, far, too far. Deals nothing.
import { decimal } from '../../../shared/decimal.ts';
import type { Market } from '../../../shared/market-data.ts';
import type { Direction } from '../../../shared/trading.ts';
import { fraction, seededRandom } from '../../ig-simulator/random.ts';
import { placesOf } from '../../modules/trading/deals/rules.ts';
import type { MarketPrice } from '../../modules/trading/ports.ts';

export const seed = process.env['FTRADER_SEED'] ?? '20261129';

export type Random = () => number;
export const randomFor = (name: string): Random => {
  const bytes = seededRandom(`${seed}/${name}`);
  return () => fraction(bytes);
};
export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
export const maybe = <T>(random: Random, share: number, make: () => T): T | undefined =>
  random() < share ? make() : undefined;

export const quotedFor = (direction: Direction, { tick }: MarketPrice) =>
  (direction === 'BUY' ? tick.offer : tick.bid) ?? '1';

/** Points about where a rule turns. */
export function pointsNear(
  random: Random,
  rule: Market['dealingRules']['minDealSize'],
  level: string,
  market: Market,
) {
  const minimum =
    rule.unit === 'points'
      ? rule.value
      : decimal.round(
          decimal.multiply(
            decimal.multiply(level, market.scalingFactor),
            decimal.divide(rule.value, '100', 8, 'up'),
          ),
          1,
          'up',
        );
  const share = pick(random, ['0.5', '0.9', '1', '1', '1.1', '2', '5', '20']);
  const text = decimal.multiply(minimum, share);
  return random() < 0.8 ? decimal.round(text, 0, 'up') : text;
}
const farPoints = (random: Random, level: string, market: Market) =>
  decimal.round(
    decimal.multiply(decimal.multiply(level, market.scalingFactor), pick(random, ['0.7', '0.76', '0.95'])),
    0,
    'up',
  );
export const sizeNear = (random: Random, { dealingRules }: Market) =>
  decimal.multiply(
    dealingRules.minDealSize.value,
    pick(random, ['0.5', '1', '1', '1', '1', '2', '3', '1.001']),
  );
/** How far away a stop or a limit is to be: by its rule, now and then very far. */
export function distanceNear(
  random: Random,
  level: string,
  { market }: MarketPrice,
  guaranteed = false,
): string {
  const { minGuaranteedStopDistance, minNormalStopOrLimitDistance } = market.dealingRules;
  const rule = guaranteed ? minGuaranteedStopDistance : minNormalStopOrLimitDistance;
  return random() < 0.1 ? farPoints(random, level, market) : pointsNear(random, rule, level, market);
}
/** The level so many points beneath or above; now and then one that is finer than the market. Undefined: there is none above zero. */
export function levelAt(
  random: Random,
  from: string,
  { points, beneath }: { points: string; beneath: boolean },
  price: MarketPrice,
): string | undefined {
  const away = decimal.divide(points, price.market.scalingFactor, 10, 'half-even');
  const exact = (beneath ? decimal.subtract : decimal.add)(from, away);
  const rounded = random() < 0.9 ? decimal.round(exact, placesOf(price), 'half-even') : exact;
  return decimal.compare(rounded, '0') > 0 ? rounded : undefined;
}
/** The worst fill that is taken: a level near the price on either side of it, half the time with a tolerance. */
export const worstNear = (random: Random, now: string, price: MarketPrice) => ({
  level: levelAt(random, now, { points: '5', beneath: random() < 0.5 }, price)!,
  tolerancePoints: maybe(random, 0.5, () => pick(random, ['1', '5', '10'])),
});
/** A stop or a limit as a level, now and then on the wrong side. */
export function levelNear(
  random: Random,
  direction: Direction,
  side: 'stop' | 'limit',
  from: string,
  price: MarketPrice,
  guaranteed = false,
): string | undefined {
  const beneath = ((direction === 'BUY') === (side === 'stop')) !== random() < 0.1;
  const points = distanceNear(random, from, price, side === 'stop' && guaranteed);
  return levelAt(random, from, { points, beneath }, price);
}
export const trailNear = (random: Random, level: string, { market }: MarketPrice) => ({
  distancePoints: pointsNear(random, market.dealingRules.minNormalStopOrLimitDistance, level, market),
  incrementPoints: pick(random, ['0.5', '1', '5', '10']),
});

/** A stop and a limit of something new, each as a level or as a distance. */
export function attachments(random: Random, direction: Direction, level: string, price: MarketPrice) {
  const guaranteedStop = random() < 0.2;
  const one = (side: 'stop' | 'limit', share: number): Record<string, string | undefined> => {
    if (random() >= share) return {};
    const guaranteed = side === 'stop' && guaranteedStop;
    return random() < 0.5
      ? { [`${side}Level`]: levelNear(random, direction, side, level, price, guaranteed) }
      : { [`${side}DistancePoints`]: distanceNear(random, level, price, guaranteed) };
  };
  const stop = one('stop', 0.6);
  const hasStop = Object.values(stop).some((each) => each !== undefined);
  return {
    ...stop,
    ...one('limit', 0.5),
    ...(hasStop && guaranteedStop && { guaranteedStop: true as const }),
  };
}
