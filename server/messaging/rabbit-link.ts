// One connection to RabbitMQ, from the moment it opens until it is lost. Making it again is rabbit-connection.ts's part.
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib';
import type { Logger } from '../lib/logger.ts';
import type { Topology } from './topology.ts';

/** One live connection. Everything on it ends together: a channel that fails takes the connection down, and all is built anew. */
export interface Link {
  /** Aborts when the connection is lost. */
  signal: AbortSignal;
  openChannel(): Promise<Channel>;
  openConfirmChannel(): Promise<ConfirmChannel>;
  /** Closes a channel on purpose, after what it had to write. Never rejects. */
  closeChannel(channel: Channel): Promise<void>;
  /** Gives the connection up, so that recovery builds everything again. */
  rebuild(reason: string): void;
}

export interface Part {
  /** Builds this part on a fresh connection; called again after each loss. */
  attach(link: Link): Promise<void>;
}

/** The link over a connection that has just opened. */
export function createLink(model: ChannelModel, logger: Logger): Link {
  const lost = new AbortController();
  const retired = new WeakSet<Channel>();
  const rebuild = (reason: string) => {
    if (lost.signal.aborted) return;
    logger.error({ reason }, 'giving up the connection to RabbitMQ to build it again');
    model.close().catch(() => {});
  };
  model.on('close', () => lost.abort(new Error('the connection to RabbitMQ was lost')));
  model.on('blocked', (reason) =>
    logger.warn({ reason }, 'RabbitMQ is short of memory or disk and takes no messages'),
  );
  model.on('unblocked', () => logger.info('RabbitMQ takes messages again'));
  function watch<C extends Channel>(channel: C): C {
    let reason = 'a channel was closed';
    channel.on('error', (err) => (reason = err.message));
    // Later, because a lost connection closes its channels first.
    channel.on('close', () => setImmediate(() => !retired.has(channel) && rebuild(reason)));
    return channel;
  }
  return {
    signal: lost.signal,
    openChannel: async () => watch(await model.createChannel()),
    openConfirmChannel: async () => watch(await model.createConfirmChannel()),
    async closeChannel(channel) {
      retired.add(channel);
      // No time limit: amqplib never answers a close that the loss of the connection overtakes, and then the channel says so itself.
      const gone = new Promise((resolve) => channel.once('close', resolve));
      await Promise.race([gone, channel.close().catch(() => {})]);
    },
    rebuild,
  };
}

/** Declares every exchange and durable queue. They outlive connections: what is sent before a consumer exists is kept. */
export async function declare(link: Link, topology: Topology): Promise<void> {
  const channel = await link.openChannel();
  for (const { name, type, durable } of topology.exchanges)
    await channel.assertExchange(name, type, { durable });
  for (const queue of topology.queues) {
    await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
    await channel.bindQueue(queue.name, queue.exchange, queue.key);
  }
  await link.closeChannel(channel);
}
