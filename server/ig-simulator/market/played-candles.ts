// Candles of what a replay has streamed, as far back as a bound allows. Knows no file and no clock.
import { candleEnd, candleStart, type Candle, type Resolution } from './candles.ts';

/**
 * Candles kept at least of each base resolution, from which the others are made: an hour of seconds, a week of minutes, 13 months of hours, 27 years of days
 * (about 400 bytes each). What is older is not shown, rather than shown in part.
 */
export const keptCandles = { SECOND: 3_600, MINUTE: 10_000, HOUR: 10_000, DAY: 10_000 };
/** How many more there may be before the oldest are dropped in one go. */
const slack = 1_000;

type Base = keyof typeof keptCandles;
const bases = Object.keys(keptCandles) as Base[];
const baseOf = (resolution: Resolution): Base =>
  resolution === 'WEEK' || resolution === 'MONTH' ? 'DAY' : (resolution.split('_')[0] as Base);

/** A side has no figures in a candle in which it was not quoted. */
interface Side {
  open: string;
  high: string;
  low: string;
  close: string;
  most: number;
  least: number;
}
interface Bar {
  startMs: number;
  ticks: number;
  bid: Side | null;
  offer: Side | null;
}
export interface SideQuote {
  text: string;
  value: number;
}

const opened = ({ text, value }: SideQuote): Side => ({
  open: text,
  high: text,
  low: text,
  close: text,
  most: value,
  least: value,
});
function moved(side: Side, { text, value }: SideQuote): Side {
  side.close = text;
  if (value > side.most) [side.most, side.high] = [value, text];
  if (value < side.least) [side.least, side.low] = [value, text];
  return side;
}
const joined = (a: Side | null, b: Side | null): Side | null =>
  a && b
    ? {
        open: a.open,
        close: b.close,
        high: b.most > a.most ? b.high : a.high,
        most: Math.max(a.most, b.most),
        low: b.least < a.least ? b.low : a.low,
        least: Math.min(a.least, b.least),
      }
    : (a ?? b);

export function createPlayedCandles() {
  const kept = Object.fromEntries(
    bases.map((base) => [base, { bars: [] as Bar[], dropped: false }]),
  ) as Record<Base, { bars: Bar[]; dropped: boolean }>;

  /** Starts of all whole candles, oldest first. */
  function* starts(resolution: Resolution): Generator<number> {
    const { bars, dropped } = kept[baseOf(resolution)];
    const oldest = dropped ? candleStart(resolution, bars[0]!.startMs) : -Infinity;
    let last = dropped && oldest < bars[0]!.startMs ? oldest : -Infinity;
    for (const { startMs } of bars) {
      const start = candleStart(resolution, startMs);
      if (start > last) yield (last = start);
    }
  }
  /** Index of the first bar at or after `atMs`. */
  function firstAt(bars: Bar[], atMs: number): number {
    let [low, high] = [0, bars.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (bars[middle]!.startMs < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    /** Adds a quote; `atMs` never falls. A side that was not quoted is null. */
    add(atMs: number, bid: SideQuote | null, offer: SideQuote | null): void {
      for (const base of bases) {
        const store = kept[base];
        const startMs = candleStart(base, atMs);
        const last = store.bars.at(-1);
        if (last?.startMs === startMs) {
          last.ticks++;
          if (bid) last.bid = last.bid ? moved(last.bid, bid) : opened(bid);
          if (offer) last.offer = last.offer ? moved(last.offer, offer) : opened(offer);
        } else if (
          store.bars.push({ startMs, ticks: 1, bid: bid && opened(bid), offer: offer && opened(offer) }) >
          keptCandles[base] + slack
        ) {
          store.bars.splice(0, slack);
          store.dropped = true;
        }
      }
    },
    candleStarts(resolution: Resolution, fromMs: number, toMs: number, limit: number): number[] {
      return [...starts(resolution)].filter((at) => at >= fromMs && at < toMs).slice(0, limit + 1);
    },
    lastCandleStarts(resolution: Resolution, toMs: number, count: number): number[] {
      return [...starts(resolution)].filter((at) => at < toMs).slice(-count);
    },
    candle(resolution: Resolution, startMs: number): Candle | undefined {
      const { bars } = kept[baseOf(resolution)];
      const parts = bars.slice(firstAt(bars, startMs), firstAt(bars, candleEnd(resolution, startMs)));
      if (parts.length === 0) return undefined;
      const { ticks, bid, offer } = parts.reduce((a, b) => ({
        startMs,
        ticks: a.ticks + b.ticks,
        bid: joined(a.bid, b.bid),
        offer: joined(a.offer, b.offer),
      }));
      const quote = (point: 'open' | 'high' | 'low' | 'close') => ({
        bid: bid && bid[point],
        ask: offer && offer[point],
      });
      return {
        startMs,
        open: quote('open'),
        high: quote('high'),
        low: quote('low'),
        close: quote('close'),
        ticks,
      };
    },
  };
}
