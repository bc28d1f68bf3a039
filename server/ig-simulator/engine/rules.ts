// When IG refuses a deal, one rule per function: the reason code, or undefined when the rule is kept. No effects.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { rounded } from '../numbers.ts';
import type { Attached } from './commands.ts';
import type { Position, Reason } from './decisions.ts';
import type { Account, Quote } from './types.ts';
import type { Direction, OrderKind } from './words.ts';
import { behind, fillLevel, moveOf, opposite } from './value.ts';

/** Smallest step of a size; IG publishes none (plausible: hundredths of a contract, whole shares). */
const sizeStep = { AMOUNT: 2, CONTRACTS: 2, SHARES: 0 } as const;
/** Furthest stop or limit unless the instrument says otherwise, in per cent of the level. */
const usualMaxStopPct = 75;

type Refusal = Reason | undefined;
const less = (a: string, b: string) => decimal.compare(a, b) < 0;
const part = (of: string, pct: string) => decimal.divide(decimal.multiply(of, pct), '100', 10, 'half-up');

/** The same reference again: the same order is a duplicate, another one conflicts. Remembered as long as the history. */
export function referenceRefusal(
  { references }: Account,
  {
    dealReference,
    epic,
    direction,
    size,
  }: { dealReference?: string; epic: string; direction: Direction; size: string },
): Refusal {
  const known = dealReference === undefined ? undefined : references.get(dealReference);
  if (!known) return undefined;
  return known.epic === epic && known.direction === direction && decimal.compare(known.size, size) === 0
    ? 'DUPLICATE_ORDER_ERROR'
    : 'CONFLICTING_ORDER';
}

/** Account kind against expiry (`-` is a CFD, anything else a bet), then expiry and currency against the instrument. */
export function productRefusal(
  { accountType }: Account,
  { expiry, currencyCode }: { expiry: string; currencyCode: string },
  instrument: Instrument,
): Refusal {
  if (accountType === 'SPREADBET' && expiry === '-') return 'REJECT_CFD_ORDER_ON_SPREADBET_ACCOUNT';
  if (accountType === 'CFD' && expiry !== '-') return 'REJECT_SPREADBET_ORDER_ON_CFD_ACCOUNT';
  if (expiry !== instrument.expiry) return 'INSTRUMENT_NOT_FOUND';
  return currencyCode === instrument.currency || instrument.otherCurrencies?.includes(currencyCode)
    ? undefined
    : 'INSTRUMENT_NOT_TRADEABLE_IN_THIS_CURRENCY';
}

export function sizeRefusal(instrument: Instrument, size: string): Refusal {
  if (less(size, String(instrument.minDealSize))) return 'MINIMUM_ORDER_SIZE_ERROR';
  // An instrument whose smallest deal is finer is dealt as finely: shares in parts.
  const finest = String(instrument.minDealSize).split('.')[1]?.length ?? 0;
  const places = Math.max(sizeStep[instrument.unit], finest);
  return decimal.compare(decimal.round(size, places, 'down'), size) === 0 ? undefined : 'SIZE_INCREMENT';
}

/** Instruments that take no stops and limits, and those that are not dealt at market (`level` absent). */
export function kindRefusal(
  { stopsLimitsAllowed = true, marketOrderPreference }: Instrument,
  order: Attached & { level?: string },
): Refusal {
  if (
    !stopsLimitsAllowed &&
    (order.stopLevel ?? order.stopDistance ?? order.limitLevel ?? order.limitDistance) !== undefined
  )
    return 'STOP_OR_LIMIT_NOT_ALLOWED';
  return marketOrderPreference === 'NOT_AVAILABLE' && order.level === undefined
    ? 'MARKET_ORDERS_NOT_ALLOWED_ON_INSTRUMENT'
    : undefined;
}

/** A LIMIT order (`level` given) that the market does not reach right now; `fill` is what it would get. */
export function limitOrderRefusal(direction: Direction, level: string | undefined, fill: string): Refusal {
  if (level === undefined) return undefined;
  return (direction === 'BUY' ? less(level, fill) : less(fill, level))
    ? 'LIMIT_ORDER_WRONG_SIDE_OF_MARKET'
    : undefined;
}

/** A stop and a limit of a position: what there is of them. */
export interface Levels {
  stopLevel: string | null;
  limitLevel: string | null;
}
interface Wanted {
  direction: Direction;
  stopLevel?: string | undefined;
  stopDistance?: string | null | undefined;
  limitLevel?: string | undefined;
  limitDistance?: string | null | undefined;
}

/** Distances of points become levels: a stop lies behind the fill, a limit ahead of it. Null where none is wanted. */
export function attachedLevels(
  instrument: Instrument,
  { direction, stopLevel, stopDistance, limitLevel, limitDistance }: Wanted,
  fill: string,
): Levels {
  const away = (points: string, ahead: boolean) =>
    ((direction === 'BUY') === ahead ? decimal.add : decimal.subtract)(fill, moveOf(instrument, points));
  const level = (text: string | undefined, points: string | null | undefined, ahead: boolean) =>
    text !== undefined ? rounded(text) : points != null ? away(points, ahead) : null;
  return {
    stopLevel: level(stopLevel, stopDistance, false),
    limitLevel: level(limitLevel, limitDistance, true),
  };
}

/** Whether `distance` (of the quote) from `fill` is less than the instrument's minimum. */
function tooNear(instrument: Instrument, fill: string, distance: string, guaranteed = false): boolean {
  const { stopUnit, minStopPoints, minGuaranteedStop, guaranteedStopUnit = stopUnit } = instrument;
  const [minimum, unit] = guaranteed ? [minGuaranteedStop, guaranteedStopUnit] : [minStopPoints, stopUnit];
  return less(
    distance,
    unit === 'PERCENTAGE' ? part(fill, String(minimum)) : moveOf(instrument, String(minimum)),
  );
}
/** Or more than the maximum, which is for stops and limits alone. */
const outside = (instrument: Instrument, fill: string, distance: string, guaranteed = false) =>
  tooNear(instrument, fill, distance, guaranteed) ||
  less(part(fill, String(instrument.maxStopPct ?? usualMaxStopPct)), distance);
/**
 * Stop and limit must lie on their side of the fill, at least the minimum and at most the maximum distance from it,
 * and a stop beyond the price that would trigger it (inside a wide spread it would be hit at once).
 */
export function attachedRefusal(
  instrument: Instrument,
  direction: Direction,
  fill: string,
  { stopLevel, limitLevel }: Levels,
  quote: Quote,
  guaranteed = false,
): Refusal {
  const closing = fillLevel(quote, opposite(direction));
  const badStop =
    stopLevel !== null &&
    (outside(instrument, fill, behind(direction, stopLevel, fill), guaranteed) ||
      !less('0', behind(direction, stopLevel, closing)));
  const badLimit = limitLevel !== null && outside(instrument, fill, behind(direction, fill, limitLevel));
  return badStop || badLimit ? 'ATTACHED_ORDER_LEVEL_ERROR' : undefined;
}

/** Trailing must be switched on for the account, its steps no smaller than the instrument's, and its distance one a stop may have. */
export function trailingRefusal(
  { trailingStopsEnabled }: Account,
  instrument: Instrument,
  { distance, step }: { distance: string; step: string },
  fill: string,
): Refusal {
  if (!trailingStopsEnabled) return 'TRAILING_STOP_NOT_ALLOWED';
  return less(step, String(instrument.minStepPoints)) ||
    outside(instrument, fill, moveOf(instrument, distance))
    ? 'ATTACHED_ORDER_TRAILING_STOP_ERROR'
    : undefined;
}

/** While a market is EDITS_ONLY a level may only be moved away from it. */
export function moveAwayRefusal({ direction, stopLevel, limitLevel }: Position, levels: Levels): Refusal {
  const nearer = (now: string | null, wanted: string | null, forward: Direction) =>
    now !== null && wanted !== null && less('0', behind(forward, now, wanted));
  if (nearer(stopLevel, levels.stopLevel, direction)) return 'MOVE_AWAY_ONLY_STOP';
  return nearer(limitLevel, levels.limitLevel, opposite(direction)) ? 'MOVE_AWAY_ONLY_LIMIT' : undefined;
}

/** How far an order's level lies on its waiting side of the price that would fill it; positive where it belongs. */
export const waitingDistance = (kind: OrderKind, direction: Direction, level: string, quote: Quote) =>
  kind === 'LIMIT'
    ? behind(direction, level, fillLevel(quote, direction))
    : behind(opposite(direction), level, fillLevel(quote, direction));
/** An order's level must be on its side of the market, and no nearer than the minimum distance; it may be as far as it likes. Recorded: ATTACHED_ORDER_LEVEL_ERROR also for the wrong side. */
export const triggerRefusal = (
  instrument: Instrument,
  kind: OrderKind,
  direction: Direction,
  level: string,
  quote: Quote,
): Refusal =>
  !less('0', level) ||
  tooNear(instrument, fillLevel(quote, direction), waitingDistance(kind, direction, level, quote))
    ? 'ATTACHED_ORDER_LEVEL_ERROR'
    : undefined;
/** Distances attached to an order, measured from its level. */
export function distanceRefusal(
  instrument: Instrument,
  level: string,
  distances: { stopDistance: string | null; limitDistance: string | null },
  guaranteed: boolean,
): Refusal {
  const bad = (points: string | null, isStop: boolean) =>
    points !== null && outside(instrument, level, moveOf(instrument, points), guaranteed && isStop);
  return bad(distances.stopDistance, true) || bad(distances.limitDistance, false)
    ? 'ATTACHED_ORDER_LEVEL_ERROR'
    : undefined;
}
