// What a price source offers to REST and to the streams, whether seeded or replayed. Text of quotes is final here.
import type { Candle, Resolution } from './candles.ts';
import type { Instrument, MarketStatus } from './instrument.ts';

/** One quote with its day's figures; every number is text as IG sends it. */
export interface Price {
  /** The instant shown, UTC epoch ms. */
  atMs: number;
  /** When it was quoted by the simulator's clock: `atMs`, unless a replay shows the recorded instants. */
  clockMs: number;
  /** The recorded instant, of a replay: the market's own time, however fast it is played. */
  recordedMs?: number;
  bid: string;
  offer: string;
  high: string;
  low: string;
  midOpen: string;
  netChange: string;
  pctChange: string;
  status: MarketStatus;
}

export interface PriceListener {
  onPrice(price: Price): void;
  /** Undefined when the listener can take more, else a promise of that moment: the back-pressure of a fast replay. */
  busy(): Promise<void> | undefined;
}

export interface PriceSource {
  instrument: Instrument;
  /** What REST shows now; undefined when the market was never open. */
  current(): Price | undefined;
  /** Adds a listener and returns the price it starts from (undefined: none was streamed yet). */
  subscribe(listener: PriceListener): { snapshot: Price | undefined; unsubscribe: () => void };
  /** Starts of the candles of [fromMs, toMs) that have ticks, oldest first; at most `limit + 1`. */
  candleStarts(resolution: Resolution, fromMs: number, toMs: number, limit: number): number[];
  /** Starts of the last `count` candles that began before `toMs` (Infinity: up to now), oldest first; the running one included. */
  lastCandleStarts(resolution: Resolution, toMs: number, count: number): number[];
  /** The candle that starts at `startMs`, up to now. */
  candle(resolution: Resolution, startMs: number): Candle | undefined;
  stop(): void;
}

/** Day figures in IG's text: net change of `mid` since `midOpen`, both in quote units, and in per cent to two places. */
export function changes(mid: number, midOpen: number, decimals: number) {
  const plain = (value: number, digits: number) => value.toFixed(digits).replace(/^-(0(?:\.0*)?)$/, '$1');
  return {
    midOpen: midOpen.toFixed(decimals),
    netChange: plain(mid - midOpen, decimals),
    pctChange: plain(((mid - midOpen) / midOpen) * 100, 2),
  };
}
