// When a delivery that failed is tried again, and when it is given up. Pure.
import { backoffMs } from '../../../lib/retry.ts';

const [second, minute, hour] = [1_000, 60_000, 3_600_000];
/** After the first failure, the second …; the last one repeats. */
const pausesMs = [
  5 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  8 * hour,
];
/** After the first attempt. The last one is made then, or as soon as somebody can after it. */
export const givenUpAfterMs = 24 * hour;

/** When to try again after `failures` in a row, ± 20 %; null: it is given up. */
export function nextAttempt(
  { failures, triedSince }: { failures: number; triedSince: Date },
  now: Date,
  random?: () => number,
): Date | null {
  const lastMs = triedSince.getTime() + givenUpAfterMs;
  if (now.getTime() >= lastMs) return null;
  const pauseMs = pausesMs[Math.min(failures, pausesMs.length) - 1]!;
  const jittered = backoffMs(0, { firstMs: pauseMs, maxMs: pauseMs }, random);
  return new Date(Math.min(now.getTime() + jittered, lastMs));
}
