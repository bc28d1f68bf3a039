// Finding that this machine's clock was set back, by the measure that nobody sets. What to do about it is the caller's.
import type { Clock } from '../lib/clock.ts';

const lookEveryMs = 1_000;
/** Less is what a clock is corrected by now and then; what waits by the clock waits that much longer at most. */
const leastMs = 1_000;

/** Calls `onSetBack` with by how much, within a second of it, until the returned function is called. */
export function watchClock(clock: Clock, onSetBack: (byMs: number) => void): () => void {
  if (clock.isDriven) return () => undefined;
  const drift = () => clock.now().getTime() - clock.monotonicMs();
  let known = drift();
  return clock.every(lookEveryMs, () => {
    const byMs = known - drift();
    known -= byMs;
    if (byMs > leastMs) onSetBack(byMs);
  });
}
