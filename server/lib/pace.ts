// How long to wait after each failure in a row, where there is no end to trying. No trading word lives here.
import type { Clock } from './clock.ts';
import { backoffMs } from './retry.ts';

/** Doubling, with jitter, up to the longest pause. */
export interface Pauses {
  firstMs: number;
  maxMs: number;
}
export interface Pace {
  /** It failed (again): milliseconds until it is tried again. */
  failed(): number;
  /** Failures in a row. */
  failures(): number;
  /** It works: the next failure is the first. */
  worked(): void;
}

/** Where nobody can say that it works, a time of three longest pauses without a failure says so. */
export function createPace(
  clock: Pick<Clock, 'monotonicMs'>,
  pauses: Pauses,
  random: () => number = Math.random,
): Pace {
  const forgottenAfterMs = 3 * pauses.maxMs;
  let failures = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    failed() {
      const nowMs = clock.monotonicMs();
      if (nowMs - lastMs > forgottenAfterMs) failures = 0;
      lastMs = nowMs;
      return backoffMs(failures++, pauses, random);
    },
    failures: () => failures,
    worked() {
      failures = 0;
    },
  };
}
