// Candles of the seeded market, computed from its tick function, and the calendar of IG's resolutions (UTC).
import type { Instrument } from './instrument.ts';
import { toText, type SeededMarket } from './seeded-market.ts';

/** A side is null where it was not quoted. */
export interface Sides {
  bid: string | null;
  ask: string | null;
}
/** `startMs` is the start of the candle (UTC epoch ms); `ticks` is what IG calls lastTradedVolume. */
export interface Candle {
  startMs: number;
  open: Sides;
  high: Sides;
  low: Sides;
  close: Sides;
  ticks: number;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const fixed = {
  SECOND: 1_000,
  MINUTE: minute,
  MINUTE_2: 2 * minute,
  MINUTE_3: 3 * minute,
  MINUTE_5: 5 * minute,
  MINUTE_10: 10 * minute,
  MINUTE_15: 15 * minute,
  MINUTE_30: 30 * minute,
  HOUR: hour,
  HOUR_2: 2 * hour,
  HOUR_3: 3 * hour,
  HOUR_4: 4 * hour,
  DAY: day,
  WEEK: 7 * day,
} as const;
export type Resolution = keyof typeof fixed | 'MONTH';
export const isResolution = (text: string): text is Resolution =>
  Object.hasOwn(fixed, text) || text === 'MONTH';

/** The first Monday of the epoch: weeks start there. */
const firstMondayMs = 4 * day;

/** Start of the candle that holds `atMs`. Days start at 00:00 UTC for all markets, as the accounts' zone is UTC (IG starts them at the session's boundary in it), weeks on Monday. */
export function candleStart(resolution: Resolution, atMs: number): number {
  if (resolution === 'MONTH') {
    const date = new Date(atMs);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  }
  const offset = resolution === 'WEEK' ? firstMondayMs : 0;
  return Math.floor((atMs - offset) / fixed[resolution]) * fixed[resolution] + offset;
}

/** End (exclusive) of the candle that starts at `startMs`. */
export function candleEnd(resolution: Resolution, startMs: number): number {
  if (resolution !== 'MONTH') return startMs + fixed[resolution];
  const date = new Date(startMs);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
}

/** The simulated world begins here; there is no history before. */
const historyStartMs = Date.UTC(2015, 0, 1);

/** Starts within [fromMs, toMs) of the candles with ticks up to `nowMs`, oldest first; stops after `limit + 1`. */
export function candleStarts(
  market: SeededMarket,
  resolution: Resolution,
  fromMs: number,
  toMs: number,
  limit: number,
  nowMs: number,
): number[] {
  const starts: number[] = [];
  let start = candleStart(resolution, Math.max(fromMs, historyStartMs));
  if (start < fromMs) start = candleEnd(resolution, start); // a candle belongs to the range by its start
  while (starts.length <= limit) {
    const next = market.nextTick(start - 1); // leaps over shut spells
    if (!next || next.atMs > nowMs) break;
    start = candleStart(resolution, next.atMs);
    if (start >= toMs) break;
    starts.push(start);
    start = candleEnd(resolution, start);
  }
  return starts;
}

/** Starts before `toMs` of the last `count` candles with ticks up to `nowMs`, oldest first. */
export function lastCandleStarts(
  market: SeededMarket,
  resolution: Resolution,
  toMs: number,
  count: number,
  nowMs: number,
): number[] {
  const starts: number[] = [];
  let last = market.lastTick(
    toMs > nowMs ? nowMs : candleEnd(resolution, candleStart(resolution, toMs - 1)) - 1,
  );
  while (last && starts.length < count && last.atMs >= historyStartMs) {
    const start = candleStart(resolution, last.atMs);
    starts.push(start);
    last = market.lastTick(start - 1);
  }
  return starts.reverse();
}

/** The candle from `startMs`, of ticks up to and including `nowMs`; undefined without ticks. */
export function candle(
  market: SeededMarket,
  instrument: Instrument,
  resolution: Resolution,
  startMs: number,
  nowMs: number,
): Candle | undefined {
  const endMs = Math.min(candleEnd(resolution, startMs), nowMs + 1);
  const first = market.nextTick(startMs - 1);
  const last = market.lastTick(endMs - 1);
  const range = market.extremes(startMs, endMs);
  if (!first || !last || !range) return undefined;
  const quote = (bid: number, offer: number) => ({
    bid: toText(bid, instrument.decimals),
    ask: toText(offer, instrument.decimals),
  });
  return {
    startMs,
    open: quote(first.bid, first.offer),
    high: quote(range.highBid, range.highOffer),
    low: quote(range.lowBid, range.lowOffer),
    close: quote(last.bid, last.offer),
    ticks: market.tickCount(startMs, endMs),
  };
}
