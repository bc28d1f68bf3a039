// A process that is told to stop: once is enough, and once more means at once.
import { systemClock, type Clock } from '../lib/clock.ts';

/** Whoever signals a process and its group, as `timeout`, npm and a terminal together do, means one signal. */
export const sameMs = 2_000;

/** Gives what to call for each signal, or whatever else tells the process to stop: `stop` the first time, `end` for one that comes later than `sameMs` after it. */
export function whenTold({
  stop,
  end,
  clock = systemClock,
}: {
  stop: (why: string) => unknown;
  end: (why: string) => unknown;
  clock?: Clock;
}): (why: string) => void {
  let since: number | undefined;
  return (why) => {
    const now = clock.monotonicMs();
    if (since === undefined) {
      since = now;
      stop(why);
    } else if (now - since >= sameMs) end(why);
  };
}
