// Timers that can be cancelled together when the simulator stops. Knows no trading.
import type { Clock } from '../lib/clock.ts';

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
