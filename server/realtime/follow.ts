// One reader of one money stream: what is there and what comes, from rows alone; wake-ups only say when to look. Who wakes it is in followers.ts.
import type { EventStream, StreamEvent, StreamMessage } from '../../shared/events.ts';
import type { Clock } from '../lib/clock.ts';
import {
  hasHole,
  type EventPage,
  type EventSource,
  type FollowOptions,
  type StreamKey,
} from '../modules/events/ports.ts';
import type { FollowLimits } from './limits.ts';
import { roomOn } from './room.ts';

/** How a reader is told that there may be news. Each of these may come late, twice or never, except that `look` comes again and again. */
export interface Follower {
  wake(): void;
  /** The newest offset, as of a look just done for all readers. */
  look(head: number): void;
  /** Ends it; with an `error` it throws that. */
  end(error: Error): void;
}

export interface FollowDeps<S extends EventStream> {
  source: {
    read(key: StreamKey<S>, after: number, limit: number): Promise<EventPage<S>>;
    heads: EventSource['heads'];
  };
  clock: Clock;
  limits: FollowLimits;
  /** Puts the reader on the list of those who are told; returns how to take it off. */
  register: (key: StreamKey, reader: Follower) => () => void;
  onReadFailed: (error: unknown) => void;
}

/**
 * Every event after `after`, once and in order. The position is the only state: whatever wakes it, it reads the rows after that
 * position and moves on by exactly one offset per event, so lost, doubled and reordered wake-ups change nothing but the moment.
 * It is registered before it reads: an event is either in the rows read, or committed later and then told, or seen by the next look.
 *
 * Memory: a batch at most, because rows are read only when the one before is used up, and that is pulled. tRPC pulls without
 * waiting for its socket, so on a socket nothing is handed over while more than `backlogBytes` wait there: the rest stays where it
 * is kept anyway, in the database. Money events are never skipped; who takes nothing for `stalledAfterMs` is closed with 4490 and
 * resumes.
 *
 * What resumes without a loss begins with its next event, not with a greeting: one that repeated the place would put a stock
 * client, which gets the last events from its old socket while it moves to a new one, back behind what it has. For the same reason the
 * first heartbeat comes after a whole period, and only when a look has found nothing new.
 */
export function followRows<S extends EventStream>(
  key: StreamKey<S>,
  { after, signal, socket }: FollowOptions,
  { source, clock, limits, register, onReadFailed }: FollowDeps<S>,
): AsyncIterable<StreamMessage<StreamEvent<S>>> {
  function begin(): AsyncIterator<StreamMessage<StreamEvent<S>>, undefined> {
    let last = after === null || after === undefined ? undefined : Number(after);
    let unread = true;
    let looked: number | undefined;
    let beatAt = clock.monotonicMs() + limits.heartbeatEveryMs;
    let failure: Error | undefined;
    let awaken = () => {};
    let unregister = () => {};
    const over = new AbortController();

    const beatIsDue = () => clock.monotonicMs() >= beatAt;
    function end(error?: Error) {
      if (over.signal.aborted) return;
      failure = error;
      over.abort();
      signal?.removeEventListener('abort', onAbort);
      unregister();
      awaken();
    }
    const onAbort = () => end();
    const reader: Follower = {
      wake() {
        unread = true;
        awaken();
      },
      look(head) {
        looked = head;
        if (head !== last) unread = true;
        if (unread || beatIsDue()) awaken();
      },
      end,
    };
    const news = () =>
      new Promise<void>((resolve) => {
        awaken = resolve;
        if (over.signal.aborted) resolve();
      });

    /** The next events, or where to go on when there is no way from here; undefined when the database did not answer. */
    async function readOn(): Promise<(EventPage<S> & { lost: boolean }) | undefined> {
      try {
        if (last === undefined) return { head: (await source.heads([key]))[0] ?? 0, events: [], lost: true };
        const from = last;
        const page = await source.read(key, from, limits.batch);
        return { ...page, lost: hasHole(page, from) };
      } catch (error) {
        if (!over.signal.aborted) onReadFailed(error);
        return undefined;
      }
    }
    const room = () => roomOn(socket, { clock, limits, over: over.signal });
    async function* run(): AsyncGenerator<StreamMessage<StreamEvent<S>>, undefined> {
      while (!over.signal.aborted) {
        if (unread) {
          unread = false;
          const page = await readOn();
          if (!page) {
            unread = true;
            await news(); // of the next look: one attempt a second while the database is away
          } else if (page.lost) {
            if (!(await room())) return;
            last = page.head;
            yield { id: String(last), type: 'snapshot.needed', at: clock.now(), recovered: false };
          } else {
            for (const event of page.events) {
              if (!(await room())) return;
              last = Number(event.id);
              yield event;
            }
            if (page.head !== last) unread = true;
          }
        } else if (last !== undefined && looked === last && beatIsDue()) {
          if (!(await room())) return;
          beatAt = clock.monotonicMs() + limits.heartbeatEveryMs;
          yield { id: String(last), type: 'heartbeat', at: clock.now(), head: String(looked) };
        } else await news();
      }
    }

    const messages = run();
    if (signal?.aborted) end();
    else {
      signal?.addEventListener('abort', onAbort, { once: true });
      unregister = register(key, reader);
    }
    return {
      async next() {
        const result = await messages.next();
        if (!result.done) return result;
        end();
        if (!failure) return { done: true, value: undefined };
        const error = failure;
        failure = undefined;
        throw error;
      },
      async return() {
        end();
        await messages.return(undefined);
        return { done: true, value: undefined };
      },
    };
  }
  return { [Symbol.asyncIterator]: begin };
}
