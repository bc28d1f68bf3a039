// What alerts are to do, written as plainly as can be: each alert by itself, over all prices one after the other. It shares nothing with the engine.
import type { AlertSide, MarketAlertCondition } from '../../shared/alerts.ts';

export interface RecordedTick {
  atMs: number;
  bid: string;
  offer: string;
}
/** Which price did it, by its place in the recording. */
export interface Told {
  index: number;
  turn: 'armed' | 'fired';
}
export interface ReferenceAlert {
  condition: MarketAlertCondition;
  repeat: 'once' | 'every';
  rearmBand: string;
  /** In which state it begins. */
  state: 'armed' | 'waiting';
}
const scale = 1e6;
/** Twice the price in millionths: a whole number, also of a mid. */
const whole = (text: string) => Math.round(Number(text) * scale) * 2;
const lengths: Record<string, number> = {
  MINUTE: 60_000,
  MINUTE_5: 300_000,
  MINUTE_15: 900_000,
  HOUR: 3_600_000,
  HOUR_4: 14_400_000,
  DAY: 86_400_000,
};

export type AlertReference = ReturnType<typeof createAlertReference>;
export function createAlertReference(ticks: readonly RecordedTick[]) {
  const bids = Float64Array.from(ticks, ({ bid }) => whole(bid));
  const offers = Float64Array.from(ticks, ({ offer }) => whole(offer));
  const mids = Float64Array.from(ticks, (_, index) => (bids[index]! + offers[index]!) / 2);
  const of: Record<AlertSide, Float64Array> = { bid: bids, offer: offers, mid: mids };
  /** A price is in force until the next one comes; times never go back. */
  const times: number[] = [];
  for (const { atMs } of ticks) times.push(Math.max(atMs, times.at(-1) ?? -Infinity));
  const [keep, keepRanges] = [createKept<Float64Array>(), createKept<ReturnType<typeof rangesOf>>()];

  /** By how many per cent each price is above the lowest (`sign` 1), or below the highest (−1), that was in force in the window it ends. */
  function moves(side: AlertSide, windowMs: number, sign: 1 | -1): Float64Array {
    const prices = of[side];
    const extreme = keepRanges(`${side} ${sign}`, () => rangesOf(prices, sign === 1 ? Math.min : Math.max));
    let first = 0;
    return prices.map((price, index) => {
      while (first < index && times[first + 1]! <= times[index]! - windowMs) first++;
      const from = extreme(first, index);
      return ((sign * (price - from)) / from) * 100;
    });
  }
  /** With what each candle closed, at the first price behind it; nothing elsewhere. */
  function closes(side: AlertSide, lengthMs: number): Float64Array {
    const candles = times.map((atMs) => Math.floor(atMs / lengthMs));
    return of[side].map((_, index) =>
      index > 0 && candles[index]! > candles[index - 1]! ? of[side][index - 1]! : Number.NaN,
    );
  }
  /** What each tick has to say to an alert: a number to be compared with that of its condition; NaN: nothing. */
  function valuesOf(condition: MarketAlertCondition): Float64Array {
    const { side } = condition;
    if (condition.kind === 'price') return of[side];
    if (condition.kind === 'candle_close')
      return keep(`${side} ${condition.resolution}`, () => closes(side, lengths[condition.resolution]!));
    const { windowSeconds, direction } = condition;
    const moved = (sign: 1 | -1) =>
      keep(`${side} ${windowSeconds} ${sign}`, () => moves(side, windowSeconds * 1_000, sign));
    if (direction !== 'either') return moved(direction === 'up' ? 1 : -1);
    const [up, down] = [moved(1), moved(-1)];
    return keep(`${side} ${windowSeconds}`, () => up.map((value, index) => Math.max(value, down[index]!)));
  }

  /** All that an alert does from `from` on. */
  return function run({ condition, repeat, rearmBand, state: begins }: ReferenceAlert, from = 0): Told[] {
    const values = valuesOf(condition);
    const sign = condition.kind === 'move' || condition.direction === 'up' ? 1 : -1;
    const at = condition.kind === 'move' ? Number(condition.percent) : whole(condition.level);
    const band = condition.kind === 'move' ? Number(rearmBand) : whole(rearmBand);
    return toldBy(values, { sign, at, band, repeat, state: begins }, from);
  };
}

/** Each value is made once, when it is first asked for. */
function createKept<Value>() {
  const known = new Map<string, Value>();
  return (key: string, make: () => Value): Value => {
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  };
}

/** All that an alert does by values of which each is compared with `at`, from `from` on; beyond is above by a `sign` of 1, below by −1. */
export function toldBy(
  values: ArrayLike<number>,
  {
    sign,
    at,
    band,
    repeat,
    state,
  }: Pick<ReferenceAlert, 'repeat' | 'state'> & { sign: 1 | -1; at: number; band: number },
  from = 0,
): Told[] {
  const told: Told[] = [];
  let armed = state === 'armed';
  let back = 0;
  for (let index = from; index < values.length; index++) {
    const beyond = (values[index]! - at) * sign;
    if (armed && beyond >= 0) {
      told.push({ index, turn: 'fired' });
      if (repeat === 'once') return told;
      armed = false;
      back = -band;
    } else if (!armed && beyond < back) {
      told.push({ index, turn: 'armed' });
      armed = true;
    }
  }
  return told;
}

/** Answers for ranges of places, by those of twice the length each. */
function rangesOf(values: Float64Array, better: (a: number, b: number) => number) {
  const levels = [values];
  for (let size = 1; size * 2 <= values.length; size *= 2) {
    const below = levels.at(-1)!;
    const level = new Float64Array(values.length - size * 2 + 1);
    for (let i = 0; i < level.length; i++) level[i] = better(below[i]!, below[i + size]!);
    levels.push(level);
  }
  return (from: number, to: number): number => {
    const level = Math.floor(Math.log2(to - from + 1));
    return better(levels[level]![from]!, levels[level]![to - 2 ** level + 1]!);
  };
}
