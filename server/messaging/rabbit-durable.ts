// Durable messages on RabbitMQ: a sender that waits for the broker's confirm, consumers of the shards, and dead letters.
import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { TooLate, waitAtMost, within } from '../lib/within.ts';
import { SendFailed, type ConsumeOptions } from './bus.ts';
import type { DurableChannel, DurableMessage } from './channels.ts';
import { deliver, shardFor } from './deliver.ts';
import type { Link, Part } from './rabbit-link.ts';
import { parseBody, type Shared } from './rabbit-transient.ts';
import { shards } from './topology.ts';

/** A durable channel and the name it goes by. */
export interface NamedChannel<M extends DurableMessage> extends DurableChannel<M> {
  name: string;
}

export interface Sender extends Part {
  send<M extends DurableMessage>(channel: NamedChannel<M>, message: M): Promise<void>;
  /** Waits for the confirms that are due, then stops. */
  close(link: Link): Promise<void>;
}

export function createSender({ topology, stats, clock, limits }: Shared): Sender {
  let target: ConfirmChannel | undefined;
  let lastId = 0;
  /** Sends without a verdict, by message id; called with nothing when the broker has the message. */
  const waiting = new Map<string, (failure?: SendFailed) => void>();
  return {
    async attach(link) {
      const channel = await link.openConfirmChannel();
      // A message that fits no queue comes back first and is confirmed after: without this it would be lost while the send resolves.
      channel.on('return', ({ properties }) =>
        waiting.get(String(properties.messageId))?.(
          new SendFailed('the broker has no queue for this message', 'no'),
        ),
      );
      link.signal.addEventListener('abort', () => (target = undefined), { once: true });
      target = channel;
    },
    async send(channel, message) {
      const shard = shardFor(channel, message);
      const confirming = target;
      if (!confirming) throw new SendFailed('RabbitMQ is not connected', 'no');
      if (waiting.size >= limits.unconfirmedSends)
        throw new SendFailed(`${waiting.size} sends already wait for a confirm`, 'no');
      const body = Buffer.from(JSON.stringify(message));
      const messageId = String(++lastId);
      const { promise: confirmed, resolve, reject } = Promise.withResolvers<void>();
      waiting.set(messageId, (failure) => (failure ? reject(failure) : resolve()));
      const options = { persistent: true, mandatory: true, messageId, contentType: 'application/json' };
      const publish = () => {
        try {
          confirming.publish(
            topology.exchange(channel.name),
            String(shard),
            body,
            options,
            (cause: unknown) =>
              waiting.get(messageId)?.(
                cause ? new SendFailed('the broker did not confirm', 'unknown', { cause }) : undefined,
              ),
          );
        } catch (cause) {
          throw new SendFailed('RabbitMQ is not connected', 'no', { cause });
        }
        return confirmed;
      };
      const { confirmTimeoutMs } = limits;
      try {
        await within(clock, confirmTimeoutMs, publish, `no confirm within ${confirmTimeoutMs} ms`);
        stats.published++;
      } catch (error) {
        throw error instanceof TooLate ? new SendFailed(error.message, 'unknown') : error;
      } finally {
        waiting.delete(messageId);
      }
    },
    async close(link) {
      const channel = target;
      target = undefined;
      if (!channel) return;
      await waitAtMost(clock, limits.confirmTimeoutMs, channel.waitForConfirms());
      await link.closeChannel(channel);
    },
  };
}

export interface ShardConsumer extends Part {
  close(link: Link | undefined): Promise<void>;
}

/** Consumes every shard of a channel; the broker makes one consumer of each shard active and keeps the others standing by. */
export function consumeShards<M extends DurableMessage>(
  shared: Shared,
  { name, schema }: NamedChannel<M>,
  { handler, ...options }: ConsumeOptions & { handler: (message: M) => Promise<void> },
): ShardConsumer {
  const { topology, stats, guard } = shared;
  /** The work of each shard, one after another, also across a reconnection: the broker delivers again what is still in hand. */
  const inHand: Promise<void>[] = Array.from({ length: shards }, () => Promise.resolve());
  const stopping = new AbortController();
  let live: { channel: Channel; tags: string[] } | undefined;

  async function process(channel: Channel, delivery: ConsumeMessage, signal: AbortSignal) {
    if (signal.aborted) return;
    const { data: message, error } = schema.safeParse(parseBody(delivery.content));
    if (error) {
      stats.malformed++;
      stats.deadLettered++;
      guard.once(`a body on ${name} is not a message of it and is now a dead letter`, {
        key: delivery.fields.routingKey,
        problem: error.message,
      });
      await guard.told(options.onDead, { message: undefined, error });
    }
    const verdict = message ? await deliver({ message, handler, signal, ...options }, shared) : 'dead';
    try {
      if (verdict === 'done') channel.ack(delivery);
      else if (verdict === 'dead') channel.nack(delivery, false, false);
    } catch {
      // The channel closed meanwhile: the broker delivers the message again.
    }
  }
  return {
    async attach(link) {
      if (stopping.signal.aborted) return;
      const channel = await link.openChannel();
      if (stopping.signal.aborted) return link.closeChannel(channel); // meanwhile
      const signal = AbortSignal.any([link.signal, stopping.signal]);
      const mine = { channel, tags: [] as string[] };
      live = mine;
      link.signal.addEventListener('abort', () => live === mine && (live = undefined), { once: true });
      // One message per shard in hand: a worker that is killed is blamed on that one only, and the rest stays in order.
      await channel.prefetch(1);
      for (let shard = 0; shard < shards; shard++) {
        const { consumerTag } = await channel.consume(topology.shardQueue(name, shard), (delivery) => {
          if (!delivery) return link.rebuild(`a queue of ${name} was deleted`);
          inHand[shard] = inHand[shard]!.then(() => process(channel, delivery, signal));
        });
        mine.tags.push(consumerTag);
      }
    },
    async close(link) {
      stopping.abort();
      const mine = live;
      live = undefined;
      // Cancelled first, so that a standby takes over; what was not begun is returned when the channel closes.
      await Promise.all(mine?.tags.map((tag) => mine.channel.cancel(tag).catch(() => {})) ?? []);
      await Promise.all(inHand);
      if (mine && link) await link.closeChannel(mine.channel);
    },
  };
}

/** Takes what the queue holds now, oldest first. A letter whose handler rejects goes back, and the error is thrown. */
export async function takeDeadLetters(
  link: Link,
  queue: string,
  handler: (body: string) => Promise<void>,
): Promise<number> {
  const channel = await link.openChannel();
  try {
    const { messageCount } = await channel.checkQueue(queue);
    let taken = 0;
    while (taken < messageCount) {
      const letter = await channel.get(queue);
      if (!letter) break;
      await handler(letter.content.toString());
      channel.ack(letter);
      taken++;
    }
    return taken;
  } finally {
    await link.closeChannel(channel);
  }
}
