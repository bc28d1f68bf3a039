// Transient messages on RabbitMQ: a publisher that keeps only the latest when the connection is full, and subscribers with a queue each.
import type { Channel, ConsumeMessage } from 'amqplib';
import { parseKeys, type BusStats, type TransientChannel, type TransientMessages } from './bus.ts';
import type { BusDeps, Guard } from './deliver.ts';
import type { Link, Part } from './rabbit-link.ts';
import type { Topology } from './topology.ts';

export interface Shared extends BusDeps {
  topology: Topology;
  stats: BusStats;
  guard: Guard;
}

export interface Publisher extends Part {
  publish<C extends TransientChannel>(channel: C, key: string, message: TransientMessages[C]): void;
  /** Writes what is held and what is buffered, then stops. */
  close(link: Link): Promise<void>;
}

export function createPublisher({ topology, stats, guard, limits }: Shared): Publisher {
  /** The latest message of each exchange and key, oldest key first, while amqplib's buffer (1,024 messages) is full. */
  const held = new Map<string, { exchange: string; key: string; body: Buffer }>();
  let target: Channel | undefined;
  let full = false;

  function write(exchange: string, key: string, body: Buffer) {
    try {
      full = !target!.publish(exchange, key, body);
      stats.published++;
    } catch (err) {
      stats.dropped++; // the channel has just closed, or the key is too long
      guard.once('a transient message could not be written', { err, exchange });
    }
  }
  function flush() {
    full = false;
    for (const [slot, { exchange, key, body }] of held) {
      if (full || !target) return;
      held.delete(slot);
      write(exchange, key, body);
    }
  }
  function hold(exchange: string, key: string, body: Buffer) {
    const slot = `${exchange} ${key}`;
    if (held.has(slot)) stats.dropped++;
    else if (held.size >= limits.heldPublishes) {
      stats.dropped++;
      for (const oldest of held.keys()) {
        held.delete(oldest);
        break;
      }
    }
    held.set(slot, { exchange, key, body });
  }
  function detach() {
    target = undefined;
    stats.dropped += held.size;
    held.clear();
  }
  return {
    publish(channel, key, message) {
      if (!target) return void stats.dropped++;
      const exchange = topology.exchange(channel);
      let body: Buffer;
      try {
        body = Buffer.from(JSON.stringify(message));
      } catch (err) {
        stats.dropped++;
        return guard.once(`a message for ${channel} is not JSON`, { err, key });
      }
      if (full || held.size > 0) hold(exchange, key, body);
      else write(exchange, key, body);
    },
    async attach(link) {
      const channel = await link.openChannel();
      channel.on('drain', () => channel === target && flush());
      link.signal.addEventListener('abort', detach, { once: true });
      full = false;
      target = channel;
    },
    async close(link) {
      const channel = target;
      if (!channel) return;
      for (const { exchange, key, body } of held.values()) write(exchange, key, body); // full or not: it is the end
      held.clear();
      detach();
      await link.closeChannel(channel);
    },
  };
}

export interface RabbitSubscription extends Part {
  setKeys(keys: Iterable<string>): Promise<void>;
  close(link: Link | undefined): Promise<void>;
}

/** A subscriber: its own channel and its own queue, which the broker names, bounds and deletes with the channel. */
export function createSubscription<C extends TransientChannel>(
  { topology, stats, guard, limits, logger }: Shared,
  name: C,
  handler: (message: TransientMessages[C], key: string) => void,
): RabbitSubscription {
  const exchange = topology.exchange(name);
  let wanted = new Set<string>();
  let live: { channel: Channel; queue: string; bound: Set<string>; link: Link } | undefined;
  let closed = false;
  let binding = Promise.resolve();

  /** Brings the queue's bindings to the wanted set; new keys first, so that no kept key has a gap. One at a time. */
  async function bind() {
    if (!live) return;
    const { channel, queue, bound, link } = live;
    const target = wanted;
    try {
      for (const key of target) {
        if (bound.has(key)) continue;
        await channel.bindQueue(queue, exchange, key);
        bound.add(key);
      }
      for (const key of bound) {
        if (target.has(key)) continue;
        await channel.unbindQueue(queue, exchange, key);
        bound.delete(key);
      }
    } catch (err) {
      // A failed call has closed the channel, so the connection goes too, and the next one binds the whole set.
      logger.debug({ err }, `binding ${name} was interrupted`);
      if (!closed) link.rebuild(`binding ${name} failed`);
    }
  }
  const applyKeys = () => (binding = binding.then(bind));

  function receive(delivery: ConsumeMessage | null) {
    if (!delivery) return live?.link.rebuild(`the queue of a subscriber to ${name} was deleted`);
    const key = delivery.fields.routingKey;
    if (!wanted.has(key) && !wanted.has('#')) return; // queued before its key was removed
    const message = parseBody(delivery.content);
    if (message) return guard.run(name, handler, message as TransientMessages[C], key);
    stats.malformed++;
    guard.once(`a message on ${name} is not a JSON object`, { key });
  }
  return {
    async setKeys(keys) {
      const set = parseKeys(keys);
      if (closed) return;
      wanted = set.has('#') ? new Set('#') : set;
      await applyKeys();
    },
    async attach(link) {
      if (closed) return;
      const channel = await link.openChannel();
      const { queue } = await channel.assertQueue('', topology.subscriberQueue(limits.queueLength[name]));
      if (closed) return link.closeChannel(channel); // meanwhile
      const mine = { channel, queue, bound: new Set<string>(), link };
      live = mine;
      link.signal.addEventListener('abort', () => live === mine && (live = undefined), { once: true });
      await applyKeys();
      await channel.consume(queue, receive, { noAck: true });
    },
    async close(link) {
      closed = true;
      wanted = new Set();
      const channel = live?.channel;
      live = undefined;
      if (channel && link) await link.closeChannel(channel);
    },
  };
}

/** The JSON object in a body, or undefined when it is none. */
export function parseBody(body: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
