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
  const known = new Map<string, ReturnType<typeof windows>>();

  /** For each tick the lowest and the highest price in force within the window that it ends. */
  function windows(side: AlertSide, windowMs: number) {
    const [lows, highs] = [rangesOf(of[side], Math.min), rangesOf(of[side], Math.max)];
    let first = 0;
    return times.map((atMs, index) => {
      while (first < index && times[first + 1]! <= atMs - windowMs) first++;
      return { low: lows(first, index), high: highs(first, index) };
    });
  }
  /** What each tick has to say to an alert: a number to be compared with that of its condition; undefined: nothing. */
  function valuesOf(
    condition: MarketAlertCondition,
  ): ((index: number) => number | undefined) & { at: number } {
    const prices = of[condition.side];
    if (condition.kind === 'price')
      return Object.assign((index: number) => prices[index], { at: whole(condition.level) });
    if (condition.kind === 'candle_close') {
      const length = lengths[condition.resolution]!;
      const candle = (index: number) => Math.floor(times[index]! / length);
      return Object.assign(
        (index: number) => (index > 0 && candle(index) > candle(index - 1) ? prices[index - 1] : undefined),
        { at: whole(condition.level) },
      );
    }
    const key = `${condition.side} ${condition.windowSeconds}`;
    if (!known.has(key)) known.set(key, windows(condition.side, condition.windowSeconds * 1_000));
    const all = known.get(key)!;
    const up = (index: number) => ((prices[index]! - all[index]!.low) / all[index]!.low) * 100;
    const down = (index: number) => ((all[index]!.high - prices[index]!) / all[index]!.high) * 100;
    const moved = {
      up,
      down,
      either: (index: number) => Math.max(up(index), down(index)),
    }[condition.direction];
    return Object.assign(moved, { at: Number(condition.percent) });
  }

  /** All that an alert does from `from` on. */
  return function run({ condition, repeat, rearmBand, state: begins }: ReferenceAlert, from = 0): Told[] {
    const value = valuesOf(condition);
    const sign = condition.kind === 'move' || condition.direction === 'up' ? 1 : -1;
    const band = condition.kind === 'move' ? Number(rearmBand) : whole(rearmBand);
    const told: Told[] = [];
    let state = begins;
    let fired = 0;
    for (let index = from; index < ticks.length; index++) {
      const found = value(index);
      if (found === undefined) continue;
      const beyond = (found - value.at) * sign;
      if (state === 'armed' && beyond >= 0) {
        told.push({ index, turn: 'fired' });
        if (repeat === 'once') return told;
        fired++;
        state = 'waiting';
      } else if (state === 'waiting' && beyond < (fired > 0 ? -band : 0)) {
        told.push({ index, turn: 'armed' });
        state = 'armed';
      }
    }
    return told;
  };
}

/** Answers for ranges of places, by those of twice the length each. */
function rangesOf(values: Float64Array, better: (a: number, b: number) => number) {
  const levels = [values];
  for (let size = 1; size * 2 <= values.length; size *= 2) {
    const below = levels.at(-1)!;
    levels.push(
      Float64Array.from({ length: values.length - size * 2 + 1 }, (_, i) =>
        better(below[i]!, below[i + size]!),
      ),
    );
  }
  return (from: number, to: number): number => {
    const level = Math.floor(Math.log2(to - from + 1));
    return better(levels[level]![from]!, levels[level]![to - 2 ** level + 1]!);
  };
}
