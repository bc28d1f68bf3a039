// Of when the prices of one market were seen: what was missed is kept until candles have told it. Pure.
import type { AlertGap } from '../../../drizzle/schema/index.ts';

/** More gaps of a market than these are joined. */
const maxGaps = 20;
/** That prices were seen is said of what is older than this: what has just come may still wait in a queue. */
const marginMs = 5_000;

export type Sight = ReturnType<typeof createSight>;

/** `missedFromMs`: since when prices were missed, before the first one here. */
export function createSight(missedFromMs: number, gaps: readonly AlertGap[] = []) {
  let open: number | undefined = missedFromMs;
  let closed = [...gaps];
  return {
    /** A price came. */
    saw(atMs: number): void {
      if (open === undefined) return;
      if (open < atMs) closed.push({ fromMs: open, toMs: atMs });
      open = undefined;
      while (closed.length > maxGaps)
        closed.splice(0, 2, { fromMs: closed[0]!.fromMs, toMs: closed[1]!.toMs });
    },
    /** From now on prices may be missing. */
    lost(atMs: number): void {
      open ??= atMs - marginMs;
    },
    /** All up to then is evaluated, but for the gaps. */
    seenMs: (nowMs: number): number => open ?? nowMs - marginMs,
    gaps: (): readonly AlertGap[] => closed,
    checked(gap: AlertGap): void {
      closed = closed.filter((each) => each !== gap);
    },
  };
}
