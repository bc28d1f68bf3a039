// The clocks of a rehearsal by steps: the recording's time for everybody, while waiting takes as long as it takes.
import { systemClock, type Clock } from '../../lib/clock.ts';

export interface DrivenClock extends Clock {
  /** Never back. */
  set(atMs: number): void;
}
/** Stands at `startMs` until it is set. Timers and what durations are measured by are the system's, so that connections live. */
export function createDrivenClock(startMs: number): DrivenClock {
  let nowMs = startMs;
  return {
    ...systemClock,
    isDriven: true,
    now: () => new Date(nowMs),
    set: (atMs) => void (nowMs = Math.max(nowMs, atMs)),
  };
}
/** The same time for the market: it measures by it too, so that nothing of what it decides depends on how fast this machine is. */
export const marketClock = (clock: DrivenClock): Clock => ({
  ...clock,
  monotonicMs: () => clock.now().getTime(),
});
