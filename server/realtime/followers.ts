// All readers of money streams in this process: their wake-ups from the bus, and the one look at every head for when those are lost.
import type { EventStream } from '../../shared/events.ts';
import { again } from '../lib/again.ts';
import { AppError } from '../lib/app-error.ts';
import { pause, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { once } from '../lib/once.ts';
import { together } from '../lib/together.ts';
import type { Bus, KeyedSubscription } from '../messaging/bus.ts';
import {
  wakeupKey,
  type EventFollower,
  type EventSource,
  type FollowOptions,
  type StreamKey,
} from '../modules/events/ports.ts';
import { followRows, type Follower } from './follow.ts';
import { defaultFollowLimits, type FollowLimits } from './limits.ts';

export interface Followers extends EventFollower {
  start(): Promise<void>;
  /** Ends what is still followed with server.unavailable; close the sockets before, so that their clients resume elsewhere. */
  close(): Promise<void>;
  stats(): { streams: number; readers: number };
}

interface Followed {
  key: StreamKey;
  readers: Set<Follower>;
}

export function createFollowers({
  source,
  bus,
  clock,
  logger,
  limits = defaultFollowLimits,
}: {
  source: EventSource;
  bus: Bus;
  clock: Clock;
  logger: Logger;
  limits?: FollowLimits;
}): Followers {
  const streams = new Map<string, Followed>();
  const closing = new AbortController();
  let subscription: KeyedSubscription | undefined;
  const stops: (() => unknown)[] = [];

  let failing = false;
  function onReadFailed(err: unknown) {
    if (!failing) logger.error({ err }, 'events cannot be read: readers wait');
    failing = true;
  }
  /** Those who are woken together at the same place read the same rows: once for all. */
  const shared: EventSource = {
    read: together(source.read, ({ userId, stream }, after, limit) =>
      [userId, stream, after, limit].join(' '),
    ) as EventSource['read'],
    heads: together(source.heads, (keys) => keys.map(wakeupKey).join(' ')),
  };
  const wakeAll = () => streams.forEach(({ readers }) => readers.forEach((reader) => reader.wake()));

  /** Keys whose binding is not known to be in force. */
  let unbound = new Set<string>();
  const bind = again(async () => {
    if (closing.signal.aborted) return;
    const fresh = unbound;
    unbound = new Set();
    try {
      await subscription?.setKeys(streams.keys());
    } catch (err) {
      logger.warn({ err }, 'wake-ups do not arrive: events come with the look at the head');
    }
    // What was committed between the first read and the binding woke nobody.
    for (const name of fresh) streams.get(name)?.readers.forEach((reader) => reader.wake());
    await pause(clock, limits.bindEveryMs, closing.signal);
  });

  function register(key: StreamKey, reader: Follower): () => void {
    if (closing.signal.aborted) throw new AppError('server.unavailable');
    const name = wakeupKey(key);
    const followed = streams.get(name) ?? { key, readers: new Set() };
    followed.readers.add(reader);
    if (!streams.has(name)) {
      streams.set(name, followed);
      unbound.add(name);
      bind();
    }
    return () => {
      followed.readers.delete(reader);
      if (followed.readers.size > 0 || streams.get(name) !== followed) return;
      streams.delete(name);
      bind();
    };
  }

  const look = once(async () => {
    const all = [...streams.values()];
    try {
      for (let first = 0; first < all.length && !closing.signal.aborted; first += limits.headsPerQuery) {
        const some = all.slice(first, first + limits.headsPerQuery);
        const heads = await source.heads(some.map(({ key }) => key));
        some.forEach(({ readers }, index) => readers.forEach((reader) => reader.look(heads[index] ?? 0)));
      }
      if (failing) logger.info('events can be read again');
      failing = false;
    } catch (err) {
      onReadFailed(err);
    }
  });

  return {
    follow: <S extends EventStream>(userId: string, stream: S, options: FollowOptions) =>
      followRows<S>({ userId, stream }, options, {
        source: shared,
        clock,
        limits,
        register,
        onReadFailed,
      }),
    stats: () => ({
      streams: streams.size,
      readers: [...streams.values()].reduce((sum, { readers }) => sum + readers.size, 0),
    }),
    async start() {
      subscription = await bus.subscribe('wakeups', (_, key) =>
        streams.get(key)?.readers.forEach((reader) => reader.wake()),
      );
      stops.push(
        clock.every(limits.lookEveryMs, () => void look()),
        bus.onConnectionChange((connected) => connected && wakeAll()),
        () => subscription?.close(),
      );
    },
    async close() {
      closing.abort();
      for (const { readers } of [...streams.values()])
        for (const reader of [...readers]) reader.end(new AppError('server.unavailable'));
      await Promise.all([look.idle(), bind.idle(), ...stops.splice(0).map((stop) => stop())]);
    },
  };
}
