// Work that has a time limit. No trading word lives here.
import type { Clock } from './clock.ts';

/** The time was up. */
export class TooLate extends Error {}

/**
 * What `work` gives, or after `ms` a rejection with TooLate, whose message is `problem`. The signal aborts at that moment, for work
 * that can be ended; what cannot goes on, and nobody learns how it ends.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => T | PromiseLike<T>,
  problem = `no answer within ${ms} ms`,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const aborter = new AbortController();
  const cancel = clock.after(Math.max(0, ms), () => {
    late.reject(new TooLate(problem)); // first, so that work which ends by the signal does not win with its own error
    aborter.abort();
  });
  try {
    return await Promise.race([work(aborter.signal), late.promise]);
  } finally {
    cancel();
  }
}

/**
 * As `within`, for an answer that may have come while this process was busy with something else: when the time is up, what has come
 * meanwhile is read first, for a tenth of the time.
 */
export function answerWithin<T>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => T | PromiseLike<T>,
  problem = `no answer within ${ms} ms`,
): Promise<T> {
  const lastMs = ms / 10;
  let rest: Promise<T> | undefined;
  return within(clock, ms - lastMs, (signal) => (rest = Promise.resolve(work(signal))), problem).catch(
    (error: unknown) => {
      if (error instanceof TooLate && rest) return within(clock, lastMs, () => rest!, problem);
      throw error;
    },
  );
}

/** Waits for `work` to end, well or not, but for `ms` at most. Never rejects. */
export const waitAtMost = (clock: Clock, ms: number, work: Promise<unknown>): Promise<void> =>
  within(clock, ms, () => work).then(
    () => undefined,
    () => undefined,
  );
