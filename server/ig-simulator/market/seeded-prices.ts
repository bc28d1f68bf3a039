// The seeded market as a live price source: day figures, and ticks scheduled only while somebody listens.
import type { Clock } from '../../lib/clock.ts';
import { longestWaitMs } from '../timers.ts';
import { candle, candleStart, candleStarts, lastCandleStarts } from './candles.ts';
import type { Instrument } from './instrument.ts';
import { toText, type SeededMarket, type Tick } from './seeded-market.ts';
import { changes, type Price, type PriceListener, type PriceSource } from './price.ts';

/** After a pause of the process longer than this, ticks older than now are not made up for. */
export const longestCatchUpMs = 10_000;
/** A clock that was set back by more than this goes on from there: the market does not stand still until it is where it was. */
const setBackMs = 1_000;

export function createSeededPrices(instrument: Instrument, market: SeededMarket, clock: Clock): PriceSource {
  const { decimals } = instrument;
  const unit = 10 ** decimals;
  const nowMs = () => clock.now().getTime();
  const statusAt = (atMs: number) =>
    market.isOpen(atMs) ? 'TRADEABLE' : (instrument.shutStatus ?? 'CLOSED');
  const listeners = new Set<PriceListener>();
  let cancel: (() => void) | undefined;
  let streamed: Price | undefined;
  let reached = 0;

  /** Cache of a pure function: high and low of a day up to an instant, extended tick by tick. */
  let dayRange: { startMs: number; midOpen: number; untilMs: number; high: number; low: number } | undefined;
  function figures(tick: Tick) {
    const startMs = candleStart('DAY', tick.atMs);
    if (dayRange?.startMs !== startMs || tick.atMs < dayRange.untilMs - 1) {
      const before = market.lastTick(startMs - 1) ?? tick;
      dayRange = {
        startMs,
        midOpen: (before.bid + before.offer) / 2 / unit,
        untilMs: startMs,
        high: tick.offer,
        low: tick.bid,
      };
    }
    const range = market.extremes(dayRange.untilMs, tick.atMs + 1);
    dayRange.high = Math.max(dayRange.high, range?.highOffer ?? tick.offer);
    dayRange.low = Math.min(dayRange.low, range?.lowBid ?? tick.bid);
    dayRange.untilMs = tick.atMs + 1;
    return {
      high: toText(dayRange.high, decimals),
      low: toText(dayRange.low, decimals),
      ...changes((tick.bid + tick.offer) / 2 / unit, dayRange.midOpen, decimals),
    };
  }
  const priceOf = (tick: Tick, atMs: number): Price => ({
    atMs: tick.atMs,
    clockMs: tick.atMs,
    bid: toText(tick.bid, decimals),
    offer: toText(tick.offer, decimals),
    ...figures(tick),
    status: statusAt(atMs),
  });
  /** Cache of a pure function: the price of [fromMs, untilMs), within which nothing ticks, opens or closes. Margins ask for it at every row of a replay. */
  let known: { price: Price | undefined; fromMs: number; untilMs: number } | undefined;
  function priceAt(atMs: number): Price | undefined {
    if (known && atMs >= known.fromMs && atMs < known.untilMs) return known.price;
    const tick = market.lastTick(atMs);
    const untilMs = Math.min(market.nextTick(atMs)?.atMs ?? Infinity, market.nextChange(atMs) ?? Infinity);
    known = { price: tick && priceOf(tick, atMs), fromMs: atMs, untilMs };
    return known.price;
  }

  function emit(price: Price) {
    streamed = price;
    for (const listener of listeners) listener.onPrice(price);
  }
  /** Sends what is due, then waits for the next tick or for the market to open or close. */
  function run() {
    const mine = cancel;
    const now = nowMs();
    if (now - reached > longestCatchUpMs || reached - now > setBackMs) reached = now - 1;
    let next = market.nextTick(reached);
    for (; next && next.atMs <= now && cancel === mine; next = market.nextTick(reached)) {
      reached = next.atMs;
      emit(priceOf(next, next.atMs));
    }
    if (cancel !== mine) return; // a listener left, the last one: stopped, or started anew, from within
    reached = now;
    const status = statusAt(now);
    if (streamed && streamed.status !== status) emit({ ...streamed, status });
    if (cancel !== mine) return;
    const wakeMs = Math.min(next?.atMs ?? Infinity, market.nextChange(now) ?? Infinity, now + longestWaitMs);
    cancel = clock.after(wakeMs - now, run);
  }
  function stop() {
    cancel?.();
    cancel = undefined;
    streamed = undefined;
  }

  return {
    instrument,
    current: () => priceAt(nowMs()),
    subscribe(listener) {
      listeners.add(listener);
      if (!cancel) {
        reached = nowMs();
        streamed = priceAt(reached);
        cancel = clock.after(0, run);
      }
      return {
        snapshot: streamed,
        unsubscribe() {
          listeners.delete(listener);
          if (listeners.size === 0) stop();
        },
      };
    },
    candleStarts: (resolution, fromMs, toMs, limit) =>
      candleStarts(market, resolution, fromMs, toMs, limit, nowMs()),
    lastCandleStarts: (resolution, toMs, count) => lastCandleStarts(market, resolution, toMs, count, nowMs()),
    candle: (resolution, startMs) => candle(market, instrument, resolution, startMs, nowMs()),
    stop,
  };
}
