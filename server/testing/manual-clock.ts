// A clock that stands still until a test advances it.
import type { Clock } from '../lib/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on by `ms`, running due timers in order of their instants. */
  advance(ms: number): void;
  /** Sets the time told by `ms`, back when negative, as somebody sets a machine's clock: timers and `monotonicMs` know nothing of it. */
  set(ms: number): void;
}

/** A clock starting at `start` (default 2026-01-05T09:00:00Z, a Monday). Timers run inside `advance`. */
export function createManualClock(start = new Date('2026-01-05T09:00:00Z')): ManualClock {
  let now = start.getTime();
  let setMs = 0;
  let order = 0;
  const timers = new Map<number, { at: number; every?: number; run: () => void }>();
  const add = (at: number, run: () => void, every?: number) => {
    const id = order++;
    timers.set(id, every === undefined ? { at, run } : { at, run, every });
    return () => void timers.delete(id);
  };
  const next = (until: number) =>
    [...timers].filter(([, timer]) => timer.at <= until).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
  return {
    now: () => new Date(now + setMs),
    monotonicMs: () => now,
    after: (ms, run) => add(now + ms, run),
    every: (ms, run) => add(now + ms, run, ms),
    set: (ms) => void (setMs += ms),
    advance(ms) {
      const until = now + ms;
      for (let due = next(until); due; due = next(until)) {
        const [id, timer] = due;
        now = timer.at;
        if (timer.every === undefined) timers.delete(id);
        else timer.at += timer.every;
        timer.run();
      }
      now = until;
    },
  };
}
