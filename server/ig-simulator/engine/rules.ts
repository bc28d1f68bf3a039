// When IG refuses a deal, one rule per function: the reason code, or undefined when the rule is kept. No effects.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instruments.ts';
import { opposite, fillLevel } from './value.ts';
import type { Account, Direction, OpenPosition, Quote, Reason } from './types.ts';

/** Smallest step of a size; IG publishes none (plausible: hundredths of a contract, whole shares). */
const sizeStep = { AMOUNT: 2, CONTRACTS: 2, SHARES: 0 } as const;
/** Furthest stop or limit, as the dealing rules of GET /markets say. */
const maxStopPct = '75';

type Refusal = Reason | undefined;
const less = (a: string, b: string) => decimal.compare(a, b) < 0;

/** The same reference again: the same order is a duplicate, another one conflicts. Remembered as long as the history. */
export function referenceRefusal({ references }: Account, { dealReference, epic, direction, size }: OpenPosition): Refusal {
  const known = dealReference === undefined ? undefined : references.get(dealReference);
  if (!known) return undefined;
  return known.epic === epic && known.direction === direction && decimal.compare(known.size, size) === 0 ? 'DUPLICATE_ORDER_ERROR' : 'CONFLICTING_ORDER';
}

/** Account kind against expiry (`-` is a CFD, anything else a bet), then expiry and currency against the instrument. */
export function productRefusal({ accountType }: Account, { expiry, currencyCode }: OpenPosition, instrument: Instrument): Refusal {
  if (accountType === 'SPREADBET' && expiry === '-') return 'REJECT_CFD_ORDER_ON_SPREADBET_ACCOUNT';
  if (accountType === 'CFD' && expiry !== '-') return 'REJECT_SPREADBET_ORDER_ON_CFD_ACCOUNT';
  if (expiry !== instrument.expiry) return 'INSTRUMENT_NOT_FOUND';
  return currencyCode === instrument.currency ? undefined : 'INSTRUMENT_NOT_TRADEABLE_IN_THIS_CURRENCY';
}

export function sizeRefusal(instrument: Instrument, size: string): Refusal {
  if (less(size, String(instrument.minDealSize))) return 'MINIMUM_ORDER_SIZE_ERROR';
  return decimal.compare(decimal.round(size, sizeStep[instrument.unit], 'down'), size) === 0 ? undefined : 'SIZE_INCREMENT';
}

/** A LIMIT order (`level` given) that the market does not reach right now; `fill` is what it would get. */
export function limitOrderRefusal(direction: Direction, level: string | undefined, fill: string): Refusal {
  if (level === undefined) return undefined;
  return (direction === 'BUY' ? less(level, fill) : less(fill, level)) ? 'LIMIT_ORDER_WRONG_SIDE_OF_MARKET' : undefined;
}

/** Distances of points become levels: a stop lies behind the fill, a limit ahead of it. Null where none is wanted. */
export function attachedLevels({ scaling }: Instrument, { direction, stopLevel, stopDistance, limitLevel, limitDistance }: OpenPosition, fill: string) {
  const away = (points: string, ahead: boolean) => {
    const move = decimal.divide(points, String(scaling), 10, 'half-up');
    return (direction === 'BUY') === ahead ? decimal.add(fill, move) : decimal.subtract(fill, move);
  };
  const level = (text: string | undefined, points: string | undefined, ahead: boolean) =>
    text !== undefined ? decimal.canonical(text) : points !== undefined ? away(points, ahead) : null;
  return { stopLevel: level(stopLevel, stopDistance, false), limitLevel: level(limitLevel, limitDistance, true) };
}

/**
 * Stop and limit must lie on their side of the fill, at least the minimum and at most the maximum distance from it,
 * and a stop beyond the price that would trigger it (inside a wide spread it would be hit at once).
 */
export function attachedRefusal(instrument: Instrument, direction: Direction, fill: string, levels: { stopLevel: string | null; limitLevel: string | null }, quote: Quote): Refusal {
  const { stopUnit, minStopPoints, scaling } = instrument;
  const part = (pct: string) => decimal.divide(decimal.multiply(fill, pct), '100', 10, 'half-up');
  const least = stopUnit === 'PERCENTAGE' ? part(String(minStopPoints)) : decimal.divide(String(minStopPoints), String(scaling), 10, 'half-up');
  const most = part(maxStopPct);
  const behind = (level: string, from: string) => (direction === 'BUY' ? decimal.subtract(from, level) : decimal.subtract(level, from));
  const outside = (distance: string) => less(distance, least) || less(most, distance);
  const { stopLevel, limitLevel } = levels;
  const badStop = stopLevel !== null && (outside(behind(stopLevel, fill)) || !less('0', behind(stopLevel, fillLevel(quote, opposite(direction)))));
  const badLimit = limitLevel !== null && outside(behind(fill, limitLevel));
  return badStop || badLimit ? 'ATTACHED_ORDER_LEVEL_ERROR' : undefined;
}
