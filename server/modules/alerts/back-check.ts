// What alerts would have done while no prices were seen, as far as candles tell it for certain. Pure.
import type { Candle } from '../../../shared/candles.ts';
import type { AlertSide, MarketAlertCondition } from '../../../shared/alerts.ts';
import { createExtremes } from './extremes.ts';
import { pricesOf, type LiveAlert } from './engine.ts';
import { after, triggerOf, turnOf, type Course, type Trigger, type Turn } from './trigger.ts';
import { percentAbove, textOfUnits } from './units.ts';

/** A turn, and by when it happened. */
export interface LateTurn {
  turn: Turn;
  value: string;
  atMs: number;
  course: Course;
}
type Path = { open: bigint; high: bigint; low: bigint; close: bigint };

/**
 * One side of a candle; undefined where a price is missing. Of the mid only open and close are known: the highest bid and the highest offer
 * of a candle need not have stood together.
 */
export function pathOf(
  candle: Pick<Candle, 'open' | 'high' | 'low' | 'close'>,
  side: AlertSide,
): Path | undefined {
  const [open, high, low, close] = (['open', 'high', 'low', 'close'] as const).map(
    (name) => pricesOf(candle[name])[side],
  );
  if (open === undefined || high === undefined || low === undefined || close === undefined) return undefined;
  if (side !== 'mid') return { open, high, low, close };
  return { open, close, high: open > close ? open : close, low: open < close ? open : close };
}

/**
 * What candles, the oldest first, do to an alert that is as it is since `sinceMs`: a candle that began before may hold only what was
 * seen then. Which of the highest and the lowest price of a candle came first is not told: of both orders the one with fewer
 * turns counts. Nothing of it is told twice, however often it is asked.
 */
export function createBackCheck(candles: readonly Candle[]) {
  const known = new Map<string, readonly Values[]>();
  function valuesFor(condition: MarketAlertCondition): readonly Values[] {
    const key = [
      condition.kind,
      condition.side,
      ...(condition.kind === 'move' ? [condition.windowSeconds, condition.direction] : []),
    ].join(' ');
    const found = known.get(key) ?? [...valuesOf(condition, candles)];
    known.set(key, found);
    return found;
  }
  return function check(alert: LiveAlert & { sinceMs: number }): LateTurn[] {
    const trigger = triggerOf(alert.condition, alert.rearmBand);
    const told: LateTurn[] = [];
    let { sinceMs } = alert;
    let course: Course = { state: alert.state, firedCount: alert.firedCount };
    for (const { orders, atMs, beganMs, atLeast } of valuesFor(alert.condition)) {
      if (beganMs < sinceMs) continue;
      if (alert.expiresAt && atMs > alert.expiresAt.getTime()) return told; // what it holds may have come later
      if (atLeast && course.state !== 'armed') continue; // whether it was low enough to be armed is not known
      const turns = fewest(orders.map((values) => follow(trigger, course, values, alert.repeat === 'once')));
      for (const { turn, value, course: next } of turns) {
        told.push({ turn, value: textOfUnits(value), atMs, course: next });
        course = next;
        sinceMs = atMs;
        if (turn === 'fired' && alert.repeat === 'once') return told;
      }
    }
    return told;
  };
}

/**
 * What an alert did in a gap into which it went waiting, though a price behind it has armed it since: from its first firing on, which
 * leaves it armed again.
 */
export function untoldOf(
  turns: readonly LateTurn[],
  { repeat }: Pick<LiveAlert, 'repeat'>,
  nowMs: number,
): LateTurn[] {
  const first = turns.findIndex(({ turn }) => turn === 'fired');
  const told = first < 0 ? [] : turns.slice(first);
  const last = told.at(-1);
  if (last?.turn !== 'fired' || repeat === 'once') return told;
  return [...told, { ...last, turn: 'armed', atMs: nowMs, course: after('armed', last.course) }];
}

interface Followed {
  turn: Turn;
  value: bigint;
  course: Course;
}
function follow(trigger: Trigger, begins: Course, values: readonly bigint[], isOnce: boolean): Followed[] {
  const turns: Followed[] = [];
  let course = begins;
  for (const value of values) {
    const turn = turnOf(trigger, course, value);
    if (!turn) continue;
    course = after(turn, course);
    turns.push({ turn, value, course });
    if (turn === 'fired' && isOnce) break;
  }
  return turns;
}
/** Turns alternate, so that of two courses over the same prices the one behind never gets ahead, whatever else was seen between them. */
const fewest = ([one, other = one!]: Followed[][]): Followed[] => (other.length < one!.length ? other : one!);

interface Values {
  /** The same values in each order that they may have come in. */
  orders: bigint[][];
  beganMs: number;
  /** By when they had come. */
  atMs: number;
  /** They may have been higher: that they were reached is certain, that they were left is not. */
  atLeast?: true;
}
function* valuesOf(condition: MarketAlertCondition, candles: readonly Candle[]): Generator<Values> {
  const window = condition.kind === 'move' ? createExtremes(condition.windowSeconds * 1_000) : undefined;
  for (const candle of candles) {
    const path = pathOf(candle, condition.side);
    if (!path) continue;
    const [beganMs, atMs] = [candle.startAt.getTime(), candle.endAt.getTime()];
    const { open, high, low, close } = path;
    if (condition.kind === 'price')
      yield {
        beganMs,
        atMs,
        orders: [
          [open, low, high, close],
          [open, high, low, close],
        ],
      };
    // Its close alone counts, and that comes at its end.
    else if (condition.kind === 'candle_close') {
      if (candle.complete) yield { beganMs: atMs - 1, atMs, orders: [[close]] };
    } else {
      // It counts where it is in the window however late in this candle the other price was.
      const began = { atMs: beganMs, untilMs: beganMs + 1 };
      window!.past({ ...began, low: open, high: open });
      window!.pass(atMs);
      const moved = movedBy(condition.direction, { low: window!.low!, high: window!.high! }, path);
      if (moved !== undefined) yield { beganMs, atMs, orders: [[moved]], atLeast: true };
      window!.past({ ...began, low, high });
    }
  }
}
function movedBy(
  direction: 'up' | 'down' | 'either',
  before: { low: bigint; high: bigint },
  { high, low }: Path,
): bigint | undefined {
  const up = percentAbove(before.low, high);
  const down = percentAbove(before.high, before.high + (before.high - low));
  if (up === undefined || down === undefined) return undefined;
  if (direction === 'either') return up > down ? up : down;
  return direction === 'up' ? up : down;
}
