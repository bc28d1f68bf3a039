// Timers that can be cancelled together when the simulator stops, and how long one may be. Knows no trading.
import type { Clock } from '../lib/clock.ts';

/** Waits are cut to this length; the next look at the clock sets another. */
export const longestWaitMs = 3_600_000;

export interface Timers {
  /** As `Clock.after`; does nothing once stopped. */
  after(ms: number, run: () => void): () => void;
  stop(): void;
}

export function createTimers(clock: Clock): Timers {
  const pending = new Set<() => void>();
  let stopped = false;
  return {
    after(ms, run) {
      if (stopped) return () => {};
      const clear = clock.after(ms, () => {
        pending.delete(cancel);
        run();
      });
      const cancel = () => {
        pending.delete(cancel);
        clear();
      };
      pending.add(cancel);
      return cancel;
    },
    stop() {
      stopped = true;
      for (const cancel of pending) cancel();
    },
  };
}
