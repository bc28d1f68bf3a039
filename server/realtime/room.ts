// Waiting until a client has read what it was sent. What is sent, and what happens meanwhile, is its callers' business.
import { pause, type Clock } from '../lib/clock.ts';
import type { ClientSocket } from '../trpc/context.ts';
import type { FollowLimits } from './limits.ts';

/**
 * Resolves with true once at most `backlogBytes` wait in the socket (at once without one), with false when `over` aborts or the client
 * has taken nothing for `stalledAfterMs`: then it is closed with 4490.
 */
export async function roomOn(
  socket: ClientSocket | undefined,
  {
    clock,
    limits: { backlogBytes, stalledAfterMs, drainCheckMs },
    over,
  }: {
    clock: Clock;
    limits: Pick<FollowLimits, 'backlogBytes' | 'stalledAfterMs' | 'drainCheckMs'>;
    over: AbortSignal;
  },
): Promise<boolean> {
  if (socket && socket.bufferedAmount > backlogBytes) {
    let [since, least] = [clock.monotonicMs(), socket.bufferedAmount];
    while (!over.aborted && socket.bufferedAmount > backlogBytes) {
      if (socket.bufferedAmount < least) [since, least] = [clock.monotonicMs(), socket.bufferedAmount];
      if (clock.monotonicMs() - since >= stalledAfterMs) {
        socket.close(4490, 'too slow, resume');
        return false;
      }
      await pause(clock, drainCheckMs, over);
    }
  }
  return !over.aborted;
}
