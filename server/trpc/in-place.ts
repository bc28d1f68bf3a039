// A subscription under way in its place: whatever ends it, it yields nothing after its place has ended, and gives the place back.
import { getTRPCErrorFromUnknown } from '@trpc/server';
import type { Place } from './context.ts';
import { toAppError, toTrpcError } from './errors.ts';

/**
 * What `begin` gives, for as long as `place` holds. Ended from here it fails with the place's `failure`, whether or not it follows the
 * signal; left by its caller it is done. Every failure is the TRPCError to answer.
 */
export async function inPlace(place: Place, begin: () => unknown): Promise<unknown> {
  try {
    const messages = await begin();
    if (isAsyncIterable(messages)) return placed(messages, place);
  } catch (thrown) {
    place.leave();
    throw place.failure ?? thrown;
  }
  place.leave();
  throw new Error('a subscription gives an async iterable');
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

/** Asks `messages` for its iterator in the very turn in which it is asked for one: what writes to sockets by itself relies on that. */
function placed(messages: AsyncIterable<unknown>, place: Place): AsyncIterable<unknown> {
  const done = { done: true, value: undefined } as const;
  const fail = (thrown: unknown): never => {
    place.leave();
    throw toTrpcError(toAppError(getTRPCErrorFromUnknown(thrown)));
  };
  const over = () => {
    place.leave();
    return place.failure ? fail(place.failure) : done;
  };
  function begin(): AsyncIterator<unknown, undefined> {
    const inner = messages[Symbol.asyncIterator]();
    let cut = () => {};
    let ended = false;
    place.signal.addEventListener('abort', () => cut(), { once: true });
    /** The next message; undefined once the place has ended, however long `inner` takes. */
    const next = () =>
      new Promise<IteratorResult<unknown, unknown> | undefined>((resolve, reject) => {
        cut = () => resolve(undefined);
        if (place.signal.aborted) cut();
        else inner.next().then(resolve, reject);
      });
    return {
      async next() {
        if (ended) return over();
        const result = await next().catch(fail);
        if (result && !result.done && !place.failure) return result;
        ended = true;
        if (!result?.done) inner.return?.().catch(() => {}); // nobody waits for how it ends
        return over();
      },
      async return() {
        place.leave();
        if (!ended) await inner.return?.();
        return done;
      },
    };
  }
  return {
    [Symbol.asyncIterator]() {
      try {
        return begin();
      } catch (thrown) {
        return fail(thrown);
      }
    },
  };
}
