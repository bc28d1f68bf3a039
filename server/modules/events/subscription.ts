// A money stream as a tRPC subscription: every message tracked, so that a stock client never forgets its place.
import { tracked, type TrackedEnvelope } from '@trpc/server';
import type { EventStream, StreamEvent, StreamMessage } from '../../../shared/events.ts';
import type { EventFollower, FollowOptions } from './ports.ts';

/**
 * What a subscription procedure returns: `({ ctx, input, signal }) => eventSubscription(follower, { userId: ctx.principal.user.id,
 * stream: 'trading', after: input.lastEventId, signal, socket: ctx.socket })`. Not a generator: that would listen only once it is pulled from.
 */
export function eventSubscription<S extends EventStream>(
  follower: EventFollower,
  {
    userId,
    stream,
    only = () => true,
    ...options
  }: FollowOptions & {
    userId: string;
    stream: S;
    /** The messages that are told; without it all. */
    only?: ((message: { type: string; accountId?: string | null }) => boolean) | undefined;
  },
): AsyncIterable<TrackedEnvelope<StreamMessage<StreamEvent<S>>>> {
  const messages = follower.follow(userId, stream, options);
  return {
    [Symbol.asyncIterator]() {
      const iterator = messages[Symbol.asyncIterator]();
      return {
        async next() {
          let { done, value } = await iterator.next();
          while (!done && !only(value)) ({ done, value } = await iterator.next());
          return done ? { done, value: undefined } : { done: false, value: tracked(value.id, value) };
        },
        async return() {
          await iterator.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
