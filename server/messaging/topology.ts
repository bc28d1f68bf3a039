// Every exchange, queue, key, durability and limit, in one table. Both buses read it; only rabbit.ts declares it.
import type { TransientChannel } from './bus.ts';

/** Bounds and delays; tests lower some of them. */
export const defaultLimits = {
  /** Messages waiting for one subscriber before the oldest is dropped: some 250 ticks of each of 40 epics, 3 MB. */
  queueLength: { prices: 10_000, interest: 1_000, feeds: 1_000, wakeups: 10_000 } as Record<
    TransientChannel,
    number
  >,
  /** Keys of which the latest message is kept while the connection is full; beyond, the longest waiting is dropped. */
  heldPublishes: 10_000,
  /** Sends waiting for their confirm; beyond, `send` refuses. */
  unconfirmedSends: 1_000,
  /** A confirm takes some 2 ms here; a broker that is out of disk or memory gives none at all. */
  confirmTimeoutMs: 10_000,
  /** Failures of the handler before a message is a dead letter: 0.2 + 0.4 + … + 3.2 s, so 6.2 s during which its shard waits. */
  maxDeliveries: 6,
  retryFirstMs: 200,
  retryMaxMs: 5_000,
  /** Undelivered durable messages per shard in memory; beyond, `send` refuses. RabbitMQ keeps what fits on its disk. */
  memoryBacklog: 100_000,
  /** Dead letters kept in memory; beyond, the oldest is dropped. */
  memoryDeadLetters: 1_000,
  /** How long `close` waits for handlers, and again for the connection. */
  closeTimeoutMs: 3_000,
};
export type BusLimits = typeof defaultLimits;

/**
 * Shards per durable channel: how many workers can share the work. Part of the contract between processes: change it only with
 * all senders stopped and the queues empty, or the order of a key breaks.
 */
export const shards = 8;

/**
 * Deliveries after which the broker itself buries a message: it stops one that kills the worker before the handler can fail.
 * Far above `maxDeliveries`, because every lost connection counts too.
 */
const crashDeliveries = 20;
/** Dead letters stay until taken; RabbitMQ 4 would otherwise drop them after 20 attempts. */
const deadLetterDeliveries = 1_000_000;

export interface ExchangeDeclaration {
  name: string;
  type: 'topic' | 'direct' | 'fanout';
  durable: boolean;
}
export interface QueueDeclaration {
  name: string;
  exchange: string;
  key: string;
  arguments: Record<string, unknown>;
}

/**
 * | channel                          | exchange                 | queues                                             | key                       |
 * |----------------------------------|--------------------------|----------------------------------------------------|---------------------------|
 * | prices, interest, feeds, wakeups | topic, not kept         | one per subscriber: exclusive, auto-delete, bounded, drop-head, no acks | exact, or `#` |
 * | each durable channel             | direct, durable          | 8 shards: quorum, single active consumer, no length limit | hash of its key |
 * | its dead letters (CHANNEL.dead)  | fanout, durable          | 1: quorum                                          | -                         |
 *
 * Shards are quorum, not classic: replicated where the broker is a cluster (RabbitMQ 4 replicates nothing else), fsynced
 * before the confirm, they count deliveries (a classic queue says only "redelivered"), and hand a returned message out again
 * at the head because they have a delivery limit. Dead-lettering is at-least-once (needs RabbitMQ 3.10 and `reject-publish`):
 * the shard keeps the message until the dead-letter queue has it. Their cost, a file per queue and some 10 ms to declare, is
 * nothing for nine queues a channel. They have no maximum length: full means the broker's disk alarm, which blocks senders, not a loss.
 */
export function createTopology(prefix: string, durableChannels: readonly string[]) {
  const name = (...parts: (string | number)[]) => [prefix, ...parts].join('.');
  const quorum = { 'x-queue-type': 'quorum' };
  const transientChannels = Object.keys(defaultLimits.queueLength) as TransientChannel[];
  return {
    exchange: (channel: string) => name(channel),
    shardQueue: (channel: string, shard: number) => name(channel, shard),
    deadQueue: (channel: string) => name(channel, 'dead'),
    exchanges: [
      ...transientChannels.map((channel): ExchangeDeclaration => ({
        name: name(channel),
        type: 'topic',
        durable: false,
      })),
      ...durableChannels.flatMap((channel): ExchangeDeclaration[] => [
        { name: name(channel), type: 'direct', durable: true },
        { name: name(channel, 'dead'), type: 'fanout', durable: true },
      ]),
    ],
    queues: durableChannels.flatMap((channel): QueueDeclaration[] => [
      {
        name: name(channel, 'dead'),
        exchange: name(channel, 'dead'),
        key: '',
        arguments: { ...quorum, 'x-delivery-limit': deadLetterDeliveries },
      },
      ...Array.from({ length: shards }, (_, shard) => ({
        name: name(channel, shard),
        exchange: name(channel),
        key: String(shard),
        arguments: {
          ...quorum,
          'x-single-active-consumer': true,
          'x-delivery-limit': crashDeliveries,
          'x-overflow': 'reject-publish',
          'x-dead-letter-exchange': name(channel, 'dead'),
          'x-dead-letter-strategy': 'at-least-once',
        },
      })),
    ]),
    /** A subscriber's own queue. */
    subscriberQueue: (queueLength: number) => ({
      exclusive: true,
      autoDelete: true,
      durable: false,
      maxLength: queueLength,
      overflow: 'drop-head',
    }),
  };
}
export type Topology = ReturnType<typeof createTopology>;

/** Which shard the messages of a key go to, `[0, shards)`: FNV-1a, the same in every process and version. */
export function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0) % shards;
}
