// So many tries within a time, renewed as it passes. No trading word lives here.
import type { Clock } from './clock.ts';

export interface Budget {
  /** Takes one; false when none is left now. */
  take(): boolean;
  left(): number;
}

/** `count` within any `withinMs`. */
export function createBudget({
  clock,
  count,
  withinMs,
}: {
  clock: Clock;
  count: number;
  withinMs: number;
}): Budget {
  let taken: number[] = [];
  function left(): number {
    const since = clock.monotonicMs() - withinMs;
    taken = taken.filter((atMs) => atMs > since);
    return count - taken.length;
  }
  return {
    left,
    take() {
      if (left() <= 0) return false;
      taken.push(clock.monotonicMs());
      return true;
    },
  };
}
