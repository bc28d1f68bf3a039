// A clock on which nobody waits: time jumps to the end of what is paused for.
import type { Clock } from '../lib/clock.ts';
import type { ManualClock } from './manual-clock.ts';

/**
 * `clock`, which goes on by itself by what somebody pauses for, up to `mostMs` at a time. Time limits are left alone: `limitsMs` tells
 * them from pauses, and what is longer than `mostMs` is one too.
 */
export const jumpingClock = (
  clock: ManualClock,
  { mostMs, limitsMs = [] }: { mostMs: number; limitsMs?: readonly number[] },
): Clock => ({
  ...clock,
  after(ms, run) {
    if (ms <= mostMs && !limitsMs.includes(ms)) setImmediate(() => clock.advance(ms));
    return clock.after(ms, run);
  },
});
