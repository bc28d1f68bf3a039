// A money stream as a tRPC subscription: every message tracked, so that a stock client never forgets its place.
import { tracked, type TrackedEnvelope } from '@trpc/server';
import type { EventStream, StreamMessage, UserEvent } from '../../../shared/events.ts';
import type { EventFollower, FollowOptions } from './ports.ts';

/**
 * What a subscription procedure returns: `({ ctx, input, signal }) => eventSubscription(follower, { userId: ctx.principal.user.id,
 * stream: 'trading', after: input.lastEventId, signal, socket: ctx.socket })`. `Event` narrows what the rows of a stream hold: for the
 * module that alone writes them. Not a generator: that would listen only once it is pulled from.
 */
export function eventSubscription<Event extends { id: string } = UserEvent>(
  follower: EventFollower,
  { userId, stream, ...options }: FollowOptions & { userId: string; stream: EventStream },
): AsyncIterable<TrackedEnvelope<StreamMessage<Event>>> {
  const messages = follower.follow(userId, stream, options) as AsyncIterable<StreamMessage<Event>>;
  return {
    [Symbol.asyncIterator]() {
      const iterator = messages[Symbol.asyncIterator]();
      return {
        async next() {
          const { done, value } = await iterator.next();
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
