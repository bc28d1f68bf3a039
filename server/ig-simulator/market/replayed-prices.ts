// The price of one instrument as its recordings are played: the last quote, the figures of the recorded day, its listeners and its history.
import { candleStart } from './candles.ts';
import type { Instrument } from './instrument.ts';
import { createPlayedCandles, type SideQuote } from './played-candles.ts';
import { changes, type Price, type PriceListener, type PriceSource } from './price.ts';
import type { Row } from './recording.ts';

export interface ReplayedPrices extends PriceSource {
  /** Streams a row. Nothing while one side has never been quoted; afterwards a side without a quote keeps its last one. */
  play(row: Row, dueMs: number): void;
  busy(): Promise<void>;
  rewind(): void;
  /** Rows streamed. */
  rows(): number;
}
export interface ReplayedPricesDeps {
  instrument: Instrument;
  /** What REST shows until the replay begins. */
  first: { atMs: number; bid: string; offer: string };
  time: 'rebased' | 'original';
  nowMs(): number;
  onSubscribe(): void;
  stop(): void;
}

const quoteOf = (text: string | null): SideQuote | null =>
  text === null ? null : { text, value: Number(text) };

export function createReplayedPrices({
  instrument,
  first,
  time,
  nowMs,
  onSubscribe,
  stop,
}: ReplayedPricesDeps): ReplayedPrices {
  const original = time === 'original';
  const listeners = new Set<PriceListener>();
  let candles = createPlayedCandles();
  let rows = 0;
  let bid: SideQuote | null = null;
  let offer: SideQuote | null = null;
  let shownMs = -Infinity;
  let day: { startMs: number; midOpen: number; high: SideQuote; low: SideQuote } | undefined;
  let current: Price | undefined;
  const mid = (one: SideQuote, other: SideQuote) => (one.value + other.value) / 2;

  const priceOf = (
    atMs: number,
    clockMs: number,
    at: { bid: SideQuote; offer: SideQuote },
    { midOpen, high, low }: Omit<NonNullable<typeof day>, 'startMs'>,
  ): Price => ({
    atMs,
    clockMs,
    bid: at.bid.text,
    offer: at.offer.text,
    high: high.text,
    low: low.text,
    ...changes(mid(at.bid, at.offer), midOpen, instrument.decimals),
    status: 'TRADEABLE',
  });
  function shown(): Price {
    const [firstBid, firstOffer, now] = [quoteOf(first.bid)!, quoteOf(first.offer)!, nowMs()];
    return priceOf(
      original ? first.atMs : now,
      now,
      { bid: firstBid, offer: firstOffer },
      { midOpen: mid(firstBid, firstOffer), high: firstOffer, low: firstBid },
    );
  }

  return {
    instrument,
    play(row, dueMs) {
      const [newBid, newOffer] = [quoteOf(row.bid), quoteOf(row.offer)];
      const midBefore = bid && offer && mid(bid, offer);
      bid = newBid ?? bid;
      offer = newOffer ?? offer;
      if (!bid || !offer) return;
      rows++;
      shownMs = Math.max(shownMs, original ? row.atMs : dueMs);
      candles.add(shownMs, newBid, newOffer);
      const startMs = candleStart('DAY', row.atMs); // the recorded day, not ours: a fast replay crosses many of them
      if (day?.startMs !== startMs)
        day = { startMs, midOpen: midBefore ?? mid(bid, offer), high: offer, low: bid };
      if (offer.value > day.high.value) day.high = offer;
      if (bid.value < day.low.value) day.low = bid;
      current = { ...priceOf(shownMs, dueMs, { bid, offer }, day), recordedMs: row.atMs };
      for (const listener of listeners) listener.onPrice(current);
    },
    async busy() {
      for (const listener of listeners) await listener.busy();
    },
    rewind() {
      if (!original) return; // by the clock it goes on
      candles = createPlayedCandles();
      shownMs = -Infinity;
    },
    rows: () => rows,
    current: () => current ?? shown(),
    subscribe(listener) {
      listeners.add(listener);
      onSubscribe();
      return { snapshot: current, unsubscribe: () => void listeners.delete(listener) };
    },
    candleStarts: (...range) => candles.candleStarts(...range),
    lastCandleStarts: (...range) => candles.lastCandleStarts(...range),
    candle: (...which) => candles.candle(...which),
    stop,
  };
}
