// Subscriptions whose messages are made one by one, each when its reader has room for it, and written to tRPC sockets as text. What they say is made elsewhere.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../lib/clock.ts';
import type { Carry } from '../modules/trading/ports.ts';
import { defaultFollowLimits, type FollowLimits } from './limits.ts';
import { roomOn } from './room.ts';

export function createCarry({
  clock,
  limits = defaultFollowLimits,
}: {
  clock: Clock;
  limits?: Pick<FollowLimits, 'backlogBytes' | 'stalledAfterMs' | 'drainCheckMs'>;
}): Carry {
  return (messages, { signal, socket, toText }) => ({
    [Symbol.asyncIterator]() {
      // Off a socket, on a plain one, or where tRPC's adapter has changed, whoever asks pulls and sends: slower, and right.
      const started = socket?.takeStarted();
      if (!socket || started?.form !== 'trpc') return messages;
      const { opening } = started;
      const over = new AbortController();
      const end = () => over.abort();
      signal?.addEventListener('abort', end, { once: true });
      if (signal?.aborted) end();
      async function write() {
        try {
          while (await roomOn(socket, { clock, limits, over: over.signal })) {
            const { done, value } = await messages.next();
            if (done) return;
            const text = await toText(value);
            await setImmediate(); // a large one is copied to the socket in a turn of its own
            if (over.signal.aborted) return;
            socket!.send(`${opening}"result":{"type":"data","data":${text}}}`);
          }
        } finally {
          signal?.removeEventListener('abort', end);
          await messages.return();
        }
      }
      let written: Promise<void> | undefined;
      return {
        async next() {
          await (written ??= write());
          return { done: true, value: undefined };
        },
        async return() {
          end();
          return { done: true, value: undefined };
        },
      };
    },
  });
}
