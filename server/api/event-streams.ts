// HTTP event streams as connections that a caller holds: each is one response. What is written to it is tRPC's.
import type { ServerResponse } from 'node:http';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/app-error.ts';
import type { Places } from '../trpc/context.ts';
import type { Holder, Holdings } from './holdings.ts';

export const defaultStreamLimits = {
  /** How long one that is ended has to say so to its client before its connection is cut. */
  closeWithinMs: 500,
  /** One whose client takes nothing for so long is cut: as long as on a socket. */
  stalledAfterMs: 15_000,
  checkEveryMs: 1_000,
};
export type StreamLimits = typeof defaultStreamLimits;

export interface EventStreams {
  /** Where the subscriptions of one HTTP request have their places. The first makes its response an event stream. */
  placesOf(holder: Holder, res: ServerResponse): Places;
  close(): void;
}

export function createEventStreams({
  holdings,
  clock,
  limits = defaultStreamLimits,
}: {
  holdings: Pick<Holdings, 'hold'>;
  clock: Clock;
  limits?: StreamLimits;
}): EventStreams {
  /** Bytes that have left for each, and since when no more have although some wait. */
  const open = new Map<ServerResponse, { bytes: number; sinceMs: number }>();
  function cutStalled() {
    const now = clock.monotonicMs();
    for (const [res, known] of open) {
      const bytes = res.socket?.bytesWritten ?? 0;
      if (!res.writableNeedDrain || bytes !== known.bytes) open.set(res, { bytes, sinceMs: now });
      else if (now - known.sinceMs >= limits.stalledAfterMs) res.destroy();
    }
  }
  const stop = clock.every(limits.checkEveryMs, cutStalled);

  return {
    placesOf: (holder, res) => ({
      take(left) {
        if (res.closed) throw new AppError('server.unavailable'); // nobody is there to read it
        let cancelCut = () => {};
        const held = holdings.hold(holder, 'stream', () => {
          cancelCut = clock.after(limits.closeWithinMs, () => res.destroy());
        });
        open.set(res, { bytes: 0, sinceMs: clock.monotonicMs() });
        res.once('close', () => {
          cancelCut();
          open.delete(res);
          held.release();
        });
        try {
          return held.take(left);
        } catch (thrown) {
          held.release();
          throw thrown;
        }
      },
    }),
    close: stop,
  };
}
