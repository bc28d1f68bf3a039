// The seeded market: which quote an instrument shows at which instant, as a pure function of seed, epic and time.
import { halfHourMs, isOpen, localTime } from './hours.ts';
import type { Instrument } from './instrument.ts';
import { hashText, mix } from '../random.ts';
import { createNoise, type Noise } from './noise.ts';

/** One quote in whole units of the instrument's last decimal. */
export interface Tick {
  atMs: number;
  bid: number;
  offer: number;
}
/** Such units as IG's text, trailing zeros kept: (117450, 5) is `1.17450`. */
export const toText = (units: number, decimals: number) => (units / 10 ** decimals).toFixed(decimals);
/** The outermost quotes of a span, in the same units. */
export interface Extremes {
  highBid: number;
  lowBid: number;
  highOffer: number;
  lowOffer: number;
}

/** How far a search for the neighbouring open half hour goes: two weeks, longer than any weekend. */
const searchHalfHours = 14 * 48;
/** Below this many slots a span is walked tick by tick. */
const leafSlots = 12;
/** Ticks looked at first, so that most of a long span can be ruled out unseen. */
const probes = 48;

export interface SeededMarket {
  /** Mid price in quote units, unrounded. */
  mid(atMs: number): number;
  /** The last tick at or before `atMs`; undefined only where the market was shut for two weeks before. */
  lastTick(atMs: number): Tick | undefined;
  /** The first tick after `atMs`. */
  nextTick(atMs: number): Tick | undefined;
  /** Ticks within [fromMs, toMs), in order. */
  ticks(fromMs: number, toMs: number): Generator<Tick>;
  /** Highest and lowest quotes among the ticks of [fromMs, toMs) without walking them all; undefined without ticks. */
  extremes(fromMs: number, toMs: number): Extremes | undefined;
  /** The number of ticks within [fromMs, toMs). */
  tickCount(fromMs: number, toMs: number): number;
  isOpen(atMs: number): boolean;
  /** The next instant at which the market opens or closes; undefined when it never does. */
  nextChange(atMs: number): number | undefined;
}

export interface MarketOptions {
  seed: string;
  realHours: boolean;
}

/** The path of one instrument. Instruments that share a factor (a currency, `equities`) move together. */
export function createMarket(
  instrument: Instrument,
  { seed, realHours }: MarketOptions,
  noiseOf: (factor: string) => Noise = (factor) => createNoise(`${seed}/${factor}`),
): SeededMarket {
  const { slotMs, hours, spreads } = instrument;
  const unit = 10 ** instrument.decimals;
  const factors = instrument.factors.map(([name, pct]) => ({ noise: noiseOf(name), weight: pct / 100 }));
  const slotSeed = hashText(`${seed}/${instrument.epic}/slots`);

  const level = (exponent: number) => instrument.base * Math.exp(exponent) * unit;
  const bidFor = (exponent: number, spread: number) => Math.floor(level(exponent) - spread / 2 + 0.5);
  const exponentAt = (atMs: number) =>
    factors.reduce((sum, { noise, weight }) => sum + weight * noise.at(atMs), 0);

  /** Opening and spread (in last-decimal units) of one half hour; they change only between half hours. */
  let known = { halfHour: -1, open: true, spread: 1 };
  function band(halfHour: number) {
    if (known.halfHour === halfHour) return known;
    const { weekMinute, hour } = localTime(hours, halfHour * halfHourMs);
    let points = spreads[0]![1];
    for (const [from, value] of spreads) if (hour >= from) points = value;
    const spread = Math.max(1, Math.round((points / instrument.scaling) * unit));
    return (known = { halfHour, open: !realHours || isOpen(hours, weekMinute), spread });
  }
  let change = { fromMs: 0, atMs: 0 };
  const bandAt = (atMs: number) => band(Math.floor(atMs / halfHourMs));

  /** The instant of slot `i`, or undefined: in each block of four slots one, chosen by hash, stays silent. */
  function instant(i: number): number | undefined {
    const block = Math.floor(i / 4);
    if (i - block * 4 === mix(slotSeed, block) % 4) return undefined;
    const atMs = i * slotMs + (mix(slotSeed + 1, i) % slotMs);
    return bandAt(atMs).open ? atMs : undefined;
  }
  function tickAt(atMs: number): Tick {
    const { spread } = bandAt(atMs);
    const bid = bidFor(exponentAt(atMs), spread);
    return { atMs, bid, offer: bid + spread };
  }

  function* instants(fromMs: number, toMs: number): Generator<number> {
    for (let i = Math.floor(fromMs / slotMs); i * slotMs < toMs; i++) {
      const atMs = instant(i);
      if (atMs !== undefined && atMs >= fromMs && atMs < toMs) yield atMs;
    }
  }
  /** The instant nearest to `atMs` in direction `step`; leaps over shut half hours. */
  function seek(atMs: number, step: 1 | -1): number | undefined {
    let halfHour = Math.floor(atMs / halfHourMs);
    for (let n = 0; n < searchHalfHours; n++, halfHour += step) {
      if (!band(halfHour).open) continue;
      const from = Math.max(halfHour * halfHourMs, step === 1 ? atMs + 1 : 0);
      const to = Math.min((halfHour + 1) * halfHourMs, step === -1 ? atMs + 1 : Infinity);
      const [first, last] = [Math.floor(from / slotMs), Math.floor((to - 1) / slotMs)];
      for (let i = step === 1 ? first : last; i >= first && i <= last; i += step) {
        const found = instant(i);
        if (found !== undefined && found >= from && found < to) return found;
      }
    }
    return undefined;
  }

  /** Spans of one opening state and one spread that make up [fromMs, toMs). */
  function* spans(fromMs: number, toMs: number): Generator<{ fromMs: number; toMs: number; spread: number }> {
    let current: { fromMs: number; toMs: number; spread: number } | undefined;
    for (let halfHour = Math.floor(fromMs / halfHourMs); halfHour * halfHourMs < toMs; halfHour++) {
      const { open, spread } = band(halfHour);
      const end = Math.min(toMs, (halfHour + 1) * halfHourMs);
      if (current && open && spread === current.spread) current.toMs = end;
      else {
        if (current) yield current;
        current = open ? { fromMs: Math.max(fromMs, halfHour * halfHourMs), toMs: end, spread } : undefined;
      }
    }
    if (current) yield current;
  }

  function extremes(fromMs: number, toMs: number): Extremes | undefined {
    const best: Extremes = { highBid: -Infinity, lowBid: Infinity, highOffer: -Infinity, lowOffer: Infinity };
    const include = (low: number, high: number, spread: number) => {
      best.highBid = Math.max(best.highBid, high);
      best.lowBid = Math.min(best.lowBid, low);
      best.highOffer = Math.max(best.highOffer, high + spread);
      best.lowOffer = Math.min(best.lowOffer, low + spread);
    };
    const adds = (low: number, high: number, spread: number) =>
      high > best.highBid ||
      low < best.lowBid ||
      high + spread > best.highOffer ||
      low + spread < best.lowOffer;
    const look = (atMs: number, spread: number) => {
      const bid = bidFor(exponentAt(atMs), spread);
      include(bid, bid, spread);
    };
    /** Branch and bound: the noise bounds its own range over a span, so most spans need no look. */
    function search(first: number, end: number, span: { fromMs: number; toMs: number; spread: number }) {
      if (end - first <= leafSlots) {
        for (const atMs of instants(Math.max(first * slotMs, span.fromMs), Math.min(end * slotMs, span.toMs)))
          look(atMs, span.spread);
        return;
      }
      let [low, high] = [0, 0];
      for (const { noise, weight } of factors) {
        const range = noise.range(first * slotMs, end * slotMs);
        low += weight * (weight > 0 ? range.low : range.high);
        high += weight * (weight > 0 ? range.high : range.low);
      }
      if (!adds(bidFor(low, span.spread), bidFor(high, span.spread), span.spread)) return;
      const middle = Math.floor((first + end) / 2);
      search(first, middle, span);
      search(middle, end, span);
    }
    const parts = [...spans(fromMs, toMs)];
    for (const span of parts) {
      const step = Math.max(slotMs, (span.toMs - span.fromMs) / probes);
      for (let at = span.fromMs; at < span.toMs; at += step) {
        const found = instant(Math.floor(at / slotMs));
        if (found !== undefined && found >= span.fromMs && found < span.toMs) look(found, span.spread);
      }
    }
    for (const span of parts)
      search(Math.floor(span.fromMs / slotMs), Math.floor((span.toMs - 1) / slotMs) + 1, span);
    return best.highBid === -Infinity ? undefined : best;
  }

  function countBetween(fromMs: number, toMs: number): number {
    const blockMs = 4 * slotMs;
    const [first, end] = [Math.ceil(fromMs / blockMs), Math.floor(toMs / blockMs)];
    if (end <= first) return [...instants(fromMs, toMs)].length;
    return (
      (end - first) * 3 +
      [...instants(fromMs, first * blockMs)].length +
      [...instants(end * blockMs, toMs)].length
    );
  }

  return {
    mid: (atMs) => level(exponentAt(atMs)) / unit,
    lastTick(atMs) {
      const found = seek(atMs, -1);
      return found === undefined ? undefined : tickAt(found);
    },
    nextTick(atMs) {
      const found = seek(atMs, 1);
      return found === undefined ? undefined : tickAt(found);
    },
    *ticks(fromMs, toMs) {
      for (const atMs of instants(fromMs, toMs)) yield tickAt(atMs);
    },
    extremes,
    tickCount(fromMs, toMs) {
      let count = 0;
      for (const span of spans(fromMs, toMs)) count += countBetween(span.fromMs, span.toMs);
      return count;
    },
    isOpen: (atMs) => bandAt(atMs).open,
    nextChange(atMs) {
      if (!realHours) return undefined;
      if (atMs >= change.fromMs && atMs < change.atMs) return change.atMs;
      const start = Math.floor(atMs / halfHourMs);
      const { open } = band(start);
      for (let n = 1; n < searchHalfHours; n++)
        if (band(start + n).open !== open)
          return (change = { fromMs: start * halfHourMs, atMs: (start + n) * halfHourMs }).atMs;
      return undefined;
    },
  };
}
