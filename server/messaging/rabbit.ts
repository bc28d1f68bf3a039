// The bus on RabbitMQ: one connection that is kept (rabbit-connection.ts), and the parts that are attached to it anew each time.
// What a connection is lives in rabbit-link.ts, what the parts do in rabbit-transient.ts and rabbit-durable.ts.
import type { ChannelModel } from 'amqplib';
import { waitAtMost } from '../lib/within.ts';
import { BusClosed, SendFailed, emptyStats, type Bus } from './bus.ts';
import type { DurableKinds, DurableTable } from './channels.ts';
import { createGuard, type BusDeps } from './deliver.ts';
import { consumeShards, createSender, takeDeadLetters } from './rabbit-durable.ts';
import { keepConnected } from './rabbit-connection.ts';
import { createLink, declare, type Link, type Part } from './rabbit-link.ts';
import { createPublisher, createSubscription } from './rabbit-transient.ts';
import { createTopology } from './topology.ts';
import { inWords, placeOf } from './unreachable.ts';

/** A dead peer is noticed within two of these; RabbitMQ's own default, 60 s, is too long for prices. */
const heartbeatSeconds = 10;

/**
 * A bus on the broker at `amqpUrl`. Returns before it is connected (see `ready`) and keeps trying for as long as it is open.
 * Names on the broker begin with `prefix`; two prefixes never meet.
 */
export function createRabbitBus<Durable extends DurableKinds>({
  amqpUrl,
  prefix,
  durable,
  ...deps
}: BusDeps & { amqpUrl: string; prefix: string; durable: DurableTable<Durable> }): Bus<Durable> {
  const { logger, clock, limits } = deps;
  const topology = createTopology(prefix, Object.keys(durable));
  const stats = emptyStats();
  const shared = { ...deps, topology, stats, guard: createGuard(logger, stats) };
  const publisher = createPublisher(shared);
  const sender = createSender(shared);
  const parts = new Set<Part>([publisher, sender]);
  const consumers = new Set<{ close(): Promise<void> }>();
  const listeners = new Set<(connected: boolean) => void>();
  let link: Link | undefined;
  let connected = false;
  let closing: Promise<void> | undefined;

  if (!/^amqps?:$/.test(URL.parse(amqpUrl)?.protocol ?? ''))
    throw new TypeError('the address of RabbitMQ must begin with amqp:// or amqps://');
  const url = new URL(amqpUrl);
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(heartbeatSeconds));

  async function setup(model: ChannelModel) {
    const fresh = createLink(model, logger);
    await declare(fresh, topology);
    for (const part of parts) await part.attach(fresh); // also visits what is added meanwhile
    fresh.signal.throwIfAborted();
    link = fresh;
    fresh.signal.addEventListener('abort', () => (link = undefined), { once: true });
  }
  function setConnected(now: boolean) {
    if (connected === now) return;
    connected = now;
    for (const listener of listeners)
      shared.guard.call('a listener of the connection threw', () => listener(now));
  }
  let failing = false;
  const connection = keepConnected({
    url: url.href,
    name: prefix,
    clock,
    setup,
    onConnected() {
      failing = false;
      logger.info('connected to RabbitMQ');
      setConnected(true);
    },
    onLost(err) {
      stats.disconnects++;
      logger.warn(`lost RabbitMQ at ${placeOf(url)}, reconnecting: ${err.message}`);
      setConnected(false);
    },
    onFailed(err) {
      const words = inWords(url, err);
      const goesOn = 'trying again until it can be used (said once)';
      if (!failing && words) logger.warn(`${words}; ${goesOn}`);
      else if (!failing) logger.warn({ err }, `RabbitMQ at ${placeOf(url)} cannot be used, ${goesOn}`);
      failing = true;
    },
  });

  /** Adds a part, now if there is a connection, else with the next one. */
  async function add(part: Part) {
    if (closing) throw new BusClosed('the bus is closed');
    parts.add(part);
    const current = link;
    try {
      if (current) await part.attach(current);
    } catch (err) {
      if (!current!.signal.aborted) current!.rebuild('a part could not be attached');
      logger.debug({ err }, 'a part is attached with the next connection');
    }
  }
  async function shutDown() {
    const current = link;
    await waitAtMost(
      clock,
      limits.closeTimeoutMs,
      Promise.all([...consumers].map((consumer) => consumer.close())),
    );
    if (current)
      await waitAtMost(
        clock,
        limits.closeTimeoutMs,
        Promise.all([publisher.close(current), sender.close(current)]),
      );
    await waitAtMost(clock, limits.closeTimeoutMs, connection.close());
    setConnected(false);
  }

  return {
    publish: publisher.publish,
    async subscribe(channel, handler) {
      const subscription = createSubscription(shared, channel, handler);
      await add(subscription);
      return {
        setKeys: subscription.setKeys,
        async close() {
          parts.delete(subscription);
          await subscription.close(link);
        },
      };
    },
    async send(name, message) {
      if (closing) throw new SendFailed('the bus is closed', 'no');
      await sender.send({ name, ...durable[name] }, message);
    },
    async consume(name, handler, options = {}) {
      const part = consumeShards(shared, { name, ...durable[name] }, { ...options, handler });
      await add(part);
      const consumer = {
        async close() {
          parts.delete(part);
          consumers.delete(consumer);
          await part.close(link);
        },
      };
      consumers.add(consumer);
      return consumer;
    },
    async takeDeadLetters(channel, handler) {
      if (!link) throw new Error('RabbitMQ is not connected');
      return takeDeadLetters(link, topology.deadQueue(channel), handler);
    },
    get connected() {
      return connected;
    },
    ready: connection.ready,
    onConnectionChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stats: () => ({ ...stats }),
    close: () => (closing ??= shutDown()),
  };
}
