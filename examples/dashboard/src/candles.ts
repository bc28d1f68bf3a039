// Candles as a chart takes them in: pages and updates, put together in any order. Pure.
import type { Candle } from '../../../client/index.ts';

/** By their start in milliseconds. */
export type Candles = ReadonlyMap<number, Candle>;

/** Of two tellings of one candle the later one: updates and pages overtake each other. */
export function newerCandle(known: Candle, told: Candle): Candle {
  if (told.revision !== known.revision) return told.revision > known.revision ? told : known;
  if (told.complete !== known.complete) return told.complete ? told : known;
  return told.ticks >= known.ticks ? told : known;
}

export function withCandles(known: Candles, told: readonly Candle[]): Candles {
  const all = new Map(known);
  for (const candle of told) {
    const at = candle.startAt.getTime();
    const before = all.get(at);
    all.set(at, before ? newerCandle(before, candle) : candle);
  }
  return all;
}

export interface Bar {
  /** Seconds since 1970, UTC. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
}

/** Oldest first, of the bid, at which what was bought is sold; those without one are left out. */
export const barsOf = (candles: Candles): Bar[] =>
  [...candles.values()]
    .flatMap(({ startAt, open, high, low, close }) =>
      open.bid === null || high.bid === null || low.bid === null || close.bid === null
        ? []
        : [
            {
              time: startAt.getTime() / 1000,
              open: Number(open.bid),
              high: Number(high.bid),
              low: Number(low.bid),
              close: Number(close.bid),
            },
          ],
    )
    .sort((a, b) => a.time - b.time);
