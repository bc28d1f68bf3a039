// Of when the prices of one market were seen: what was missed is kept until candles have told it. Pure.
import type { AlertGap } from '../../../drizzle/schema/index.ts';

/** More gaps of a market than these are joined. */
const maxGaps = 20;
/** That prices were seen is said of what is older than this: what has just come may still wait in a queue. */
const marginMs = 5_000;
/** By then the last minute of a gap is over, and what was missed of it is known to be missing. */
const wholeAfterMs = 75_000;
/** What candles did not tell of a gap by then they never will. */
const giveUpAfterMs = 24 * 3_600_000;

/**
 * Whether candles were asked often enough, the last time with this answer: that of a minute that still runs, or is just being written,
 * holds what was seen and not what was missed.
 */
export const isTold = ({ toMs }: AlertGap, isWhole: boolean, nowMs: number): boolean =>
  isWhole ? nowMs - toMs >= wholeAfterMs : nowMs - toMs > giveUpAfterMs;

/** What is met by the first value after so long without one is told late: it may have been met before. */
const lateAfterMs = 10_000;
export const isLate = (sight: Sight, nowMs: number): boolean => nowMs - sight.seenMs(nowMs) > lateAfterMs;
/**
 * Of a price that comes now: whether what it meets may have been met before, by an alert that is as it is since `sinceMs`. Prices that
 * nobody saw count, and not that none came.
 */
export function lateFor(sight: Sight | undefined, nowMs: number): (sinceMs: number) => boolean {
  const lostMs = sight?.lostMs() ?? Infinity;
  return (sinceMs) => nowMs - Math.max(lostMs, sinceMs) > lateAfterMs;
}

export type Sight = ReturnType<typeof createSight>;

/** `missedFromMs`: since when prices were missed, before the first one here; `isStreamed`: or none has come since then. */
export function createSight(
  missedFromMs: number,
  { gaps = [], isStreamed = false }: { gaps?: readonly AlertGap[] | undefined; isStreamed?: boolean } = {},
) {
  let open: number | undefined = missedFromMs;
  let lost = isStreamed ? undefined : missedFromMs;
  let closed = [...gaps];
  function close(gap: AlertGap): void {
    closed.push(gap);
    while (closed.length > maxGaps) closed.splice(0, 2, joined(closed[0]!, closed[1]!));
  }
  return {
    fromMs: missedFromMs,
    /** A price came. */
    saw(atMs: number): void {
      lost = undefined;
      if (open === undefined) return;
      if (open < atMs) close({ fromMs: open, toMs: atMs });
      open = undefined;
    },
    /** Prices came, but an alert did not see them. */
    missed(gap: AlertGap): void {
      if (!closed.some(({ fromMs, toMs }) => fromMs <= gap.fromMs && gap.toMs <= toMs)) close(gap);
    },
    /** From now on prices may be missing. */
    lost(atMs: number): void {
      open ??= atMs - marginMs;
      lost ??= atMs - marginMs;
    },
    /** Since when prices are missed, until the next comes. */
    lostMs: (): number | undefined => lost,
    /** All up to then is evaluated, but for the gaps. */
    seenMs: (nowMs: number): number => open ?? nowMs - marginMs,
    gaps: (): readonly AlertGap[] => closed,
    checked(gap: AlertGap): void {
      closed = closed.filter((each) => each !== gap);
    },
  };
}

const joined = (one: AlertGap, other: AlertGap): AlertGap => ({
  fromMs: Math.min(one.fromMs, other.fromMs),
  toMs: Math.max(one.toMs, other.toMs),
});
