// Instants for things that nobody else dates and of which the newest counts: of two within one millisecond the later one must not look as old.
import type { Clock } from './clock.ts';

/** A clock that shows this much less than before was set: what it shows now counts. */
const setBackMs = 1_000;

/** Gives the clock's instant, or where that is not after the one it gave before, a millisecond more than that one. */
export function risingInstants(clock: Pick<Clock, 'now'>): () => Date {
  let lastMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = clock.now().getTime();
    const isSet = nowMs < lastMs - setBackMs;
    lastMs = isSet ? nowMs : Math.max(nowMs, lastMs + 1);
    return new Date(lastMs);
  };
}
