// The bus inside one process: the promises of bus.ts without a broker. Durable here means "until this process ends".
import { waitAtMost } from '../lib/within.ts';
import {
  BusClosed,
  SendFailed,
  emptyStats,
  parseKeys,
  type Bus,
  type BusStats,
  type TransientChannel,
  type TransientMessages,
} from './bus.ts';
import { durableChannels, type DurableKinds, type DurableMessages, type DurableTable } from './channels.ts';
import { createGuard, type BusDeps, type Guard } from './deliver.ts';
import { createMemoryDurable } from './memory-durable.ts';

export const createMemoryBus = (deps: BusDeps): Bus<DurableMessages> =>
  createMemoryBusWith({ ...deps, durable: durableChannels });

export function createMemoryBusWith<Durable extends DurableKinds>({
  durable: table,
  ...deps
}: BusDeps & { durable: DurableTable<Durable> }): Bus<Durable> {
  const stats = emptyStats();
  const shared = { ...deps, stats, guard: createGuard(deps.logger, stats) };
  const transient = createTransientChannels(shared);
  const durable = createMemoryDurable(table, shared);
  const listeners = new Set<(connected: boolean) => void>();
  let closed = false;
  return {
    publish(channel, key, message) {
      if (closed) stats.dropped++;
      else transient.publish(channel, key, message);
    },
    async subscribe(channel, handler) {
      if (closed) throw new BusClosed('the bus is closed');
      return transient.subscribe(channel, handler as Handler);
    },
    async send(channel, message) {
      if (closed) throw new SendFailed('the bus is closed', 'no');
      durable.channel(channel).send(frozenCopy(message));
    },
    async consume(channel, handler, options = {}) {
      if (closed) throw new BusClosed('the bus is closed');
      return durable.channel(channel).consume({ ...options, handler });
    },
    takeDeadLetters: (channel, handler) => durable.channel(channel).takeDeadLetters(handler),
    get connected() {
      return !closed;
    },
    ready: () => (closed ? Promise.reject(new BusClosed('the bus is closed')) : Promise.resolve()),
    onConnectionChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stats: () => ({ ...stats }),
    async close() {
      if (closed) return;
      closed = true;
      transient.close();
      await waitAtMost(deps.clock, deps.limits.closeTimeoutMs, durable.close());
      for (const listener of listeners)
        shared.guard.call('a listener of the connection threw', () => listener(false));
    },
  };
}

interface Shared extends BusDeps {
  stats: BusStats;
  guard: Guard;
}
type Handler = (message: TransientMessages[TransientChannel], key: string) => void;
interface Waiting {
  message: TransientMessages[TransientChannel];
  key: string;
}
interface Subscriber {
  channel: TransientChannel;
  handler: Handler;
  keys: Set<string>;
  queue: Waiting[];
  oldest: number;
}

/** One publish costs a copy, a map look-up and a push per subscriber; handlers run together in the next turn of the event loop. */
function createTransientChannels({ limits, stats, guard }: Shared) {
  const byKey: Record<TransientChannel, Map<string, Set<Subscriber>>> = {
    prices: new Map(),
    interest: new Map(),
    feeds: new Map(),
    wakeups: new Map(),
  };
  const pending = new Set<Subscriber>();

  function flush() {
    const batch = [...pending];
    pending.clear();
    for (const subscriber of batch) {
      const { queue, oldest, channel, handler } = subscriber;
      subscriber.queue = [];
      subscriber.oldest = 0;
      for (let i = 0; i < queue.length; i++) {
        const { message, key } = queue[(oldest + i) % queue.length]!;
        if (subscriber.keys.has(key) || subscriber.keys.has('#')) guard.run(channel, handler, message, key);
      }
    }
  }
  /** The queue is a ring once it is full: the newest takes the place of the oldest. */
  function enqueue(subscriber: Subscriber, waiting: Waiting, limit: number) {
    if (subscriber.queue.length < limit) subscriber.queue.push(waiting);
    else {
      subscriber.queue[subscriber.oldest] = waiting;
      subscriber.oldest = (subscriber.oldest + 1) % limit;
      stats.overflowed++;
    }
    if (pending.size === 0) setImmediate(flush);
    pending.add(subscriber);
  }
  function setKeys(subscriber: Subscriber, keys: Set<string>) {
    const subscribers = byKey[subscriber.channel];
    for (const key of subscriber.keys) {
      const set = subscribers.get(key);
      set?.delete(subscriber);
      if (set?.size === 0) subscribers.delete(key);
    }
    // '#' holds every other key: bound to it alone, a message comes once.
    subscriber.keys = keys.has('#') ? new Set('#') : keys;
    for (const key of subscriber.keys) {
      const set = subscribers.get(key);
      if (set) set.add(subscriber);
      else subscribers.set(key, new Set([subscriber]));
    }
  }
  return {
    publish(channel: TransientChannel, key: string, message: TransientMessages[TransientChannel]) {
      stats.published++;
      const exact = byKey[channel].get(key);
      const all = byKey[channel].get('#');
      if (!exact && !all) return;
      let waiting: Waiting;
      try {
        waiting = { message: frozenCopy(message), key };
      } catch (err) {
        stats.dropped++;
        return guard.once(`a message for ${channel} could not be copied`, { err, key });
      }
      const limit = limits.queueLength[channel];
      if (exact) for (const subscriber of exact) enqueue(subscriber, waiting, limit);
      if (all) for (const subscriber of all) enqueue(subscriber, waiting, limit);
    },
    subscribe(channel: TransientChannel, handler: Handler) {
      const subscriber: Subscriber = { channel, handler, keys: new Set(), queue: [], oldest: 0 };
      return {
        setKeys: async (keys: Iterable<string>) => setKeys(subscriber, parseKeys(keys)),
        close: async () => setKeys(subscriber, new Set()),
      };
    },
    close() {
      for (const subscribers of Object.values(byKey))
        for (const set of subscribers.values()) for (const each of set) each.keys = new Set();
      for (const subscribers of Object.values(byKey)) subscribers.clear();
    },
  };
}

/**
 * A copy no subscriber can change, so that one copy serves all and the publisher may go on using its own. It is what JSON makes of it,
 * as on RabbitMQ: an instant is text.
 */
function frozenCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toJSON() as T;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T;
  const copy: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) copy[key] = frozenCopy(each);
  return Object.freeze(copy) as T;
}
