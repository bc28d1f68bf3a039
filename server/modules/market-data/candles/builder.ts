// Candles of one market from its raw ticks, in memory. Pure; when they are written and who is told is recorder.ts's.
import type { StoredResolution } from '../../../../drizzle/schema/index.ts';
import { decimal } from '../../../../shared/decimal.ts';
import type { TickMessage } from '../../../messaging/index.ts';
import type { BoughtCandle, Span } from '../ports.ts';
import { storedLengthMs, storedResolutions } from './pieces.ts';

/** A late tick still changes a candle that ended so long ago; one that is later is counted and left out. */
export const lateForMs = 5 * 60_000;
/** A tick ahead of our clock by more than any clock error makes no candle: it would stand in the future for ever. */
const aheadForMs = 60_000;
/** A market without a tick for so long was quiet: had its stream been stuck, the gateway would have found out by then. */
export const quietAfterMs = 150_000;

/** A candle as it is stored. */
export interface BuiltCandle extends BoughtCandle {
  resolution: StoredResolution;
  complete: boolean;
  revision: number;
}
interface Growing extends BuiltCandle {
  endMs: number;
  openedMs: { bid: number; offer: number };
  closedMs: { bid: number; offer: number };
  /** Its end has been seen: from then on a change is a revision. */
  over: boolean;
  changed: boolean;
}

/** Everything there was to see within [`startMs`, `endMs`) was seen, in whole candles. */
export interface Seen extends Span {
  resolution: StoredResolution;
}

export type CandleBuilder = ReturnType<typeof createCandleBuilder>;

/** Of one market under one lease. What was streamed before its first tick, and around each interruption, is taken for missed. */
export function createCandleBuilder() {
  const growing = Object.fromEntries(storedResolutions.map((each) => [each, new Map()])) as Record<
    StoredResolution,
    Map<number, Growing>
  >;
  /** Since when nothing was missed; null: it is not streamed, or was not yet. */
  let wholeFromMs: number | null = null;
  /** Of the newest tick: what a new subscription begins with may be what the one before ended with. */
  let lastMs = -Infinity;
  /** Up to where what was seen has been given away, for each resolution. */
  let toldMs: Partial<Record<StoredResolution, number>> = {};

  function grow(resolution: StoredResolution, atMs: number, tick: Readonly<TickMessage>) {
    const length = storedLengthMs[resolution];
    const startMs = Math.floor(atMs / length) * length;
    const candle = growing[resolution].get(startMs) ?? begin(resolution, startMs);
    for (const side of ['bid', 'offer'] as const) {
      const price = tick[side];
      if (price === null) continue;
      const { high, low } = candle;
      if (atMs < candle.openedMs[side]) {
        candle.open[side] = price;
        candle.openedMs[side] = atMs;
      }
      if (atMs >= candle.closedMs[side]) {
        candle.close[side] = price;
        candle.closedMs[side] = atMs;
      }
      if (high[side] === null || isAbove(price, high[side])) high[side] = price;
      if (low[side] === null || isAbove(low[side], price)) low[side] = price;
    }
    candle.ticks++;
    if (candle.over) candle.revision++;
    candle.changed = true;
  }
  function begin(resolution: StoredResolution, startMs: number): Growing {
    const none = () => ({ bid: null, offer: null });
    const candle: Growing = {
      resolution,
      startMs,
      endMs: startMs + storedLengthMs[resolution],
      open: none(),
      high: none(),
      low: none(),
      close: none(),
      openedMs: { bid: Infinity, offer: Infinity },
      closedMs: { bid: -Infinity, offer: -Infinity },
      ticks: 0,
      complete: false,
      revision: 0,
      over: false,
      changed: false,
    };
    growing[resolution].set(startMs, candle);
    return candle;
  }

  return {
    /**
     * Takes a tick at `nowMs`; false when it is too late, or ahead of our clock, and was left out. The first one, and the first after an
     * interruption, is the price that a subscription begins with: however old it is, what follows is seen.
     */
    add(tick: Readonly<TickMessage>, nowMs: number): boolean {
      const atMs = Date.parse(tick.at);
      const isFirst = wholeFromMs === null;
      wholeFromMs ??= nowMs;
      const isLate = !(atMs > nowMs - lateForMs);
      if (isLate || atMs >= nowMs + aheadForMs) return isFirst && isLate;
      if (isFirst && atMs <= lastMs) return true;
      lastMs = Math.max(lastMs, atMs);
      for (const resolution of storedResolutions) grow(resolution, atMs, tick);
      return true;
    },
    /** Ticks may have been missed from the last one until the next one: what was taken for whole since then is not. */
    interrupt() {
      wholeFromMs = null;
      toldMs = {};
      for (const resolution of storedResolutions)
        for (const candle of growing[resolution].values()) {
          if (!candle.complete || candle.endMs <= lastMs) continue;
          candle.complete = false;
          candle.revision++;
          candle.changed = true;
        }
    },
    /**
     * What changed since the last call, and of what all was seen since then. A candle is over once `nowMs` is behind its end: its `ticks`
     * may still be changed by late ones. One that is too old for those is forgotten.
     */
    take(nowMs: number): { candles: BuiltCandle[]; seen: Seen[] } {
      const candles: BuiltCandle[] = [];
      for (const resolution of storedResolutions)
        for (const candle of growing[resolution].values()) {
          const isOver = candle.endMs <= nowMs;
          if (isOver && !candle.over) {
            candle.over = candle.changed = true;
            candle.complete = wholeFromMs !== null && wholeFromMs <= candle.startMs;
          }
          // A second that forms is over by the next look.
          if (candle.changed && (isOver || resolution !== 'SECOND')) {
            candle.changed = false;
            candles.push(copyOf(candle));
          }
          if (candle.endMs <= nowMs - lateForMs) growing[resolution].delete(candle.startMs);
        }
      return { candles, seen: takeSeen(nowMs) };
    },
  };

  /** Up to the last tick, or what was quiet for long. Once a minute, and only whole ones, so that it is written once a minute too. */
  function takeSeen(nowMs: number): Seen[] {
    if (wholeFromMs === null) return [];
    const minute = storedLengthMs.MINUTE;
    const untilMs = Math.floor(Math.max(Math.min(lastMs, nowMs), nowMs - quietAfterMs) / minute) * minute;
    return storedResolutions.flatMap((resolution) => {
      const length = storedLengthMs[resolution];
      const startMs = Math.ceil((toldMs[resolution] ?? wholeFromMs!) / length) * length;
      const endMs = Math.floor(untilMs / length) * length;
      if (startMs >= endMs) return [];
      toldMs[resolution] = endMs;
      return [{ resolution, startMs, endMs }];
    });
  }
}

/** Floats decide unless they are equal: they keep the order of what differs in them. A tenth of the time. */
function isAbove(a: string, b: string): boolean {
  if (a === b) return false;
  const [left, right] = [Number(a), Number(b)];
  return left === right ? decimal.compare(a, b) > 0 : left > right;
}

const copyOf = ({
  resolution,
  startMs,
  open,
  high,
  low,
  close,
  ticks,
  complete,
  revision,
}: Growing): BuiltCandle => ({
  resolution,
  startMs,
  open: { ...open },
  high: { ...high },
  low: { ...low },
  close: { ...close },
  ticks,
  complete,
  revision,
});
