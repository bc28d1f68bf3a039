// Waiting for something, but not for ever. No trading word lives here.
import type { Clock } from './clock.ts';

/** Waits for `work`, but no longer than `ms`. Never rejects. */
export function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    const done = () => {
      cancel();
      resolve();
    };
    work.then(done, done);
  });
}
