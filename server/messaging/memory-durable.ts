// Durable messages inside one process: shards with one active consumer each, dead letters, bounds. Kept until the process ends.
import { SendFailed, type BusStats, type ConsumeOptions, type Subscription } from './bus.ts';
import type { DurableChannel, DurableKinds, DurableMessage, DurableTable } from './channels.ts';
import { deliver, shardFor, type BusDeps, type Guard } from './deliver.ts';
import { shards } from './topology.ts';

interface Shared extends BusDeps {
  stats: BusStats;
  guard: Guard;
}
interface Consumer<M> extends ConsumeOptions {
  handler: (message: M) => Promise<void>;
}
/** `consumers[0]` is the active one, the others stand by. */
interface Shard<M> {
  backlog: M[];
  consumers: { consumer: Consumer<M>; signal: AbortSignal; inHand: Set<Promise<unknown>> }[];
  running?: boolean;
}

interface MemoryChannel<M> {
  /** Throws SendFailed: not a message of the channel, or too many wait. */
  send(message: M): void;
  consume(consumer: Consumer<M>): Subscription;
  takeDeadLetters(handler: (body: string) => Promise<void>): Promise<number>;
  close(): Promise<unknown>;
}

export function createMemoryDurable<Durable extends DurableKinds>(
  table: DurableTable<Durable>,
  shared: Shared,
) {
  const channels: { [Name in keyof Durable]?: MemoryChannel<Durable[Name]> } = {};
  return {
    channel: <Name extends keyof Durable>(name: Name): MemoryChannel<Durable[Name]> =>
      (channels[name] ??= createMemoryChannel(table[name], shared)),
    close: () => Promise.all(Object.values(channels).map((channel) => channel?.close())),
  };
}

function createMemoryChannel<M extends DurableMessage>(
  definition: DurableChannel<M>,
  shared: Shared,
): MemoryChannel<M> {
  const { limits, stats } = shared;
  const all = Array.from({ length: shards }, (): Shard<M> => ({ backlog: [], consumers: [] }));
  const dead: M[] = [];
  const stops = new Set<() => Promise<void>>();

  async function run(shard: Shard<M>) {
    await null; // never inside the sender's call
    for (let active = shard.consumers[0]; active && shard.backlog.length > 0; active = shard.consumers[0]) {
      const message = shard.backlog[0]!;
      const delivery = deliver({ ...active.consumer, message, signal: active.signal }, shared);
      active.inHand.add(delivery);
      const verdict = await delivery;
      active.inHand.delete(delivery);
      if (verdict === 'abandoned') continue; // its consumer is gone: the next one starts with the same message
      shard.backlog.shift();
      if (verdict === 'dead' && dead.push(message) > limits.memoryDeadLetters) dead.shift();
    }
    shard.running = false;
  }
  function wake(shard: Shard<M>) {
    if (shard.running) return;
    shard.running = true;
    void run(shard);
  }

  return {
    send(message) {
      const shard = all[shardFor(definition, message)]!;
      if (shard.backlog.length >= limits.memoryBacklog)
        throw new SendFailed(`${limits.memoryBacklog} messages already wait`, 'no');
      stats.published++;
      shard.backlog.push(message);
      wake(shard);
    },
    consume(consumer) {
      const stopping = new AbortController();
      const entry = { consumer, signal: stopping.signal, inHand: new Set<Promise<unknown>>() };
      for (const shard of all) {
        shard.consumers.push(entry);
        wake(shard);
      }
      const close = async () => {
        stops.delete(close);
        stopping.abort();
        for (const shard of all) shard.consumers = shard.consumers.filter((each) => each !== entry);
        await Promise.all(entry.inHand);
      };
      stops.add(close);
      return { close };
    },
    async takeDeadLetters(handler) {
      let taken = 0;
      for (const left = dead.length; taken < left && dead.length > 0; taken++) {
        await handler(JSON.stringify(dead[0]));
        dead.shift();
      }
      return taken;
    },
    close: () => Promise.all([...stops].map((stop) => stop())),
  };
}
