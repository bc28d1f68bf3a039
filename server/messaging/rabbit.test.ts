// The bus on a real RabbitMQ: the contract, and what only a broker can do to us: lose the line, stall, refuse, send rubbish.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { connect } from 'amqplib';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import {
  busContract,
  contractChannels,
  count,
  createInbox,
  gate,
  quickRetries,
  tick,
  type ContractBus,
  type Limits,
} from '../testing/bus.contract.ts';
import { noteLeftover, removeTopology } from '../testing/leftovers.ts';
import { describeWith, requirement } from '../testing/requires.ts';
import { createBusWith } from './index.ts';
import { createTopology, shardOf } from './topology.ts';

const { where: amqpUrl } = await requirement('rabbitmq');

const openBus = (url: string, prefix: string, limits: Limits = {}) =>
  createBusWith(contractChannels, {
    amqpUrl: url,
    prefix,
    logger: silentLogger,
    clock: systemClock,
    limits: { ...quickRetries, ...limits },
  });

/** Runs `use` on a channel of its own, beside the bus. */
async function onBroker<T>(
  use: (
    channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createConfirmChannel']>>,
  ) => Promise<T>,
): Promise<T> {
  const connection = await connect(amqpUrl);
  const channel = await connection.createConfirmChannel();
  return use(channel).finally(() => connection.close());
}

/** Two connected buses under a prefix of their own; the peer's line goes through a proxy that can be cut or stalled. */
async function open(limits: Limits = {}) {
  const prefix = `ftrader-test-${randomUUID()}`;
  const topology = { amqpUrl, prefix, channels: Object.keys(contractChannels) };
  const strikeOut = noteLeftover(topology);
  const line = await createLine();
  const bus = await openBus(amqpUrl, prefix, limits);
  const peer = await openBus(line.url, prefix, limits);
  await Promise.all([bus.ready(), peer.ready()]);
  return {
    bus,
    peer,
    line,
    prefix,
    topology: createTopology(prefix, Object.keys(contractChannels)),
    async [Symbol.asyncDispose]() {
      await Promise.all([bus.close(), peer.close()]);
      await line.close();
      await removeTopology(topology);
      strikeOut();
    },
  };
}

/** A TCP line to the broker in our hands. */
async function createLine() {
  const target = new URL(amqpUrl);
  const pairs = new Set<{ near: Socket; far: Socket }>();
  let broken = false;
  let holding: ((pair: { near: Socket; far: Socket }) => void) | undefined;
  const server = createServer((near) => {
    if (broken) return void near.destroy();
    const far = connectSocket(Number(target.port || 5672), target.hostname);
    const pair = { near, far };
    pairs.add(pair);
    const close = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const end of [near, far]) end.on('error', close).on('close', close);
    if (holding) return holding(pair);
    near.pipe(far);
    far.pipe(near);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(amqpUrl);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = () => {
    for (const { near } of pairs) near.destroy();
  };
  return {
    url: url.href,
    cut,
    /** Cuts the line and refuses new ones until `mend`. */
    break() {
      broken = true;
      cut();
    },
    mend: () => (broken = false),
    /** Nothing moves on the next line until the function that this gives is called; that one cuts it once the near end sends `bytes`. */
    async holdNext() {
      const { near, far } = await new Promise<{ near: Socket; far: Socket }>(
        (resolve) => (holding = resolve),
      );
      holding = undefined;
      return async (bytes: Buffer) => {
        near.on('data', (chunk: Buffer) => chunk.includes(bytes) && near.destroy());
        near.pipe(far);
        far.pipe(near);
        await once(near, 'close');
      };
    },
    /** What the broker sends (`down`) or hears (`up`) stops moving until `resume`. */
    stall(direction: 'up' | 'down') {
      for (const { near, far } of pairs) (direction === 'down' ? far.unpipe(near) : near.unpipe(far)).pause();
    },
    resume() {
      for (const { near, far } of pairs) {
        far.pipe(near);
        near.pipe(far);
      }
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

/** How AMQP's method frame `connection.close` begins: class 10, method 50. */
const connectionClose = Buffer.from([0, 10, 0, 50]);

const connectionChange = (bus: ContractBus, to: boolean) =>
  new Promise<void>((resolve) => {
    const stop = bus.onConnectionChange((connected) => {
      if (connected !== to) return;
      stop();
      resolve();
    });
  });

const event = (eventId: string, accountId = 'a') => ({ accountId, eventId });
/** An account of another shard than `a`. */
const elsewhere = ['b', 'c', 'd', 'e'].find((account) => shardOf(account) !== shardOf('a'))!;

/** The sequence numbers that a bus hears of one epic. */
async function seqs(bus: ContractBus) {
  const inbox = createInbox<number>();
  const subscription = await bus.subscribe('prices', ({ seq }) => inbox.put(seq));
  await subscription.setKeys(['demo.A']);
  return inbox;
}

await describeWith('rabbitmq', 'on a real RabbitMQ', () => {
  busContract('rabbitmq', open);

  test('after a lost connection topology, keys and consumers are back and messages flow both ways', async () => {
    await using pair = await open();
    const prices = createInbox<string>();
    const subscription = await pair.peer.subscribe('prices', (_, key) => prices.put(key));
    await subscription.setKeys(['demo.A', 'demo.gone']);
    const events = createInbox<string>();
    await pair.peer.consume('account', async ({ eventId }) => events.put(eventId));
    const lost = connectionChange(pair.peer, false);
    pair.line.break();
    await lost;
    expect(pair.peer.connected).toBe(false);
    await subscription.setKeys(['demo.A', 'demo.B']); // while disconnected
    await pair.bus.send('account', event('sent meanwhile'));
    const back = connectionChange(pair.peer, true);
    pair.line.mend();
    await back;
    for (const key of ['demo.gone', 'demo.A', 'demo.B']) pair.bus.publish('prices', key, tick('A', 1));
    await prices.until(count(2));
    expect(prices.items).toEqual(['demo.A', 'demo.B']);
    await events.until(count(1));
    pair.peer.publish('prices', 'demo.A', tick('A', 2));
    await prices.until(count(3));
    await pair.peer.send('account', event('sent after'));
    await events.until(count(2));
    expect(events.items).toEqual(['sent meanwhile', 'sent after']);
    expect(pair.peer.stats().disconnects).toBe(1);
  });

  test('while disconnected a publish is dropped and counted, and a send is refused as not stored', async () => {
    await using pair = await open();
    const lost = connectionChange(pair.peer, false);
    pair.line.break();
    await lost;
    pair.peer.publish('prices', 'demo.A', tick('A', 1));
    expect(pair.peer.stats().dropped).toBe(1);
    await expect(pair.peer.send('account', event('1'))).rejects.toMatchObject({
      name: 'SendFailed',
      stored: 'no',
    });
  });

  test('a bus made while the broker is away connects when it is there', async () => {
    await using pair = await open();
    pair.line.break();
    const late = await openBus(pair.line.url, pair.prefix);
    const inbox = createInbox<string>();
    const subscription = await late.subscribe('wakeups', ({ id }) => inbox.put(id));
    await subscription.setKeys(['session']);
    expect(late.connected).toBe(false);
    pair.line.mend();
    await late.ready();
    pair.bus.publish('wakeups', 'session', { kind: 'session', id: '1' });
    await inbox.until(count(1));
    await late.close();
  });

  test('closing a bus that never reached its broker ends, and tells who waits', async () => {
    await using pair = await open();
    pair.line.break();
    const never = await openBus(pair.line.url, pair.prefix);
    const waiting = expect(never.ready()).rejects.toThrow();
    await never.close();
    await waiting;
  });

  test('a bus closed while it connects does no harm, also when the line is lost before the broker has said good-bye', async () => {
    await using pair = await open();
    const thrown: Error[] = [];
    const note = (err: Error) => void thrown.push(err);
    process.on('uncaughtException', note);
    const held = pair.line.holdNext();
    const hasty = await openBus(pair.line.url, pair.prefix);
    const carryUntil = await held;
    const closed = hasty.close();
    await carryUntil(connectionClose);
    await closed;
    await setImmediate();
    process.off('uncaughtException', note);
    expect(thrown).toEqual([]);
  });

  test('a message in hand when the line is cut comes again, but not while the first handler still runs', async () => {
    await using pair = await open();
    const letGo = gate();
    const calls = createInbox<string>();
    await pair.peer.consume('account', async ({ eventId }) => {
      calls.put(`begin ${eventId}`);
      if (calls.items.length === 1) await letGo.promise;
      calls.put(`end ${eventId}`);
    });
    await pair.bus.send('account', event('1'));
    await calls.until(count(1));
    const back = connectionChange(pair.peer, true);
    pair.line.cut();
    await back;
    await pair.bus.send('account', event('2', elsewhere)); // of another shard: what is delivered again has come by then
    await calls.until((items) => items.includes('end 2'));
    letGo.resolve();
    await calls.until(count(6));
    expect(calls.items.filter((call) => call.endsWith('1'))).toEqual([
      'begin 1',
      'end 1',
      'begin 1',
      'end 1',
    ]);
  });

  test('a send without a confirm ends as unknown', async () => {
    await using pair = await open({ confirmTimeoutMs: 20, unconfirmedSends: 1 });
    pair.line.stall('up');
    const sending = expect(pair.peer.send('account', event('1'))).rejects.toMatchObject({
      stored: 'unknown',
    });
    await expect(pair.peer.send('account', event('2'))).rejects.toMatchObject({ stored: 'no' }); // the bound
    await sending;
    pair.line.resume();
  });

  test('a send whose line is cut before the confirm ends as unknown', async () => {
    await using pair = await open();
    pair.line.stall('down');
    const sending = expect(pair.peer.send('account', event('1'))).rejects.toMatchObject({
      stored: 'unknown',
    });
    pair.line.cut();
    await sending;
  });

  test('a durable message that fits no queue is refused, not lost with a confirm', async () => {
    await using pair = await open();
    await onBroker((channel) => channel.deleteQueue(pair.topology.shardQueue('account', shardOf('a'))));
    await expect(pair.bus.send('account', event('1'))).rejects.toMatchObject({ stored: 'no' });
  });

  test('a consumer whose queue is deleted builds everything again', async () => {
    await using pair = await open();
    const seen = createInbox<string>();
    await pair.peer.consume('account', async ({ eventId }) => seen.put(eventId));
    const back = connectionChange(pair.peer, true);
    await onBroker((channel) => channel.deleteQueue(pair.topology.shardQueue('account', shardOf('a'))));
    await back;
    await pair.peer.send('account', event('1'));
    await seen.until(count(1));
  });

  test('rubbish is dropped when transient and buried when durable, and what follows arrives', async () => {
    await using pair = await open();
    const prices = createInbox<number>();
    const subscription = await pair.peer.subscribe('prices', ({ seq }) => prices.put(seq));
    await subscription.setKeys(['demo.A']);
    const events = createInbox<string>();
    await pair.peer.consume('account', async ({ eventId }) => events.put(eventId));
    await onBroker(async (channel) => {
      const publish = (exchange: string, key: string, body: string) =>
        channel.publish(pair.topology.exchange(exchange), key, Buffer.from(body, 'latin1'));
      for (const body of ['{"half":', '', '[1]', '7', '\xff']) {
        publish('prices', 'demo.A', body);
        publish('account', String(shardOf('a')), body);
      }
      publish('account', String(shardOf('a')), '{"eventId":"of no account"}');
      await channel.waitForConfirms();
    });
    pair.bus.publish('prices', 'demo.A', tick('A', 1));
    await pair.bus.send('account', event('1'));
    await prices.until(count(1));
    await events.until(count(1));
    expect(pair.peer.stats()).toMatchObject({ malformed: 11, deadLettered: 6 });
    const bodies: string[] = [];
    const take = () => pair.bus.takeDeadLetters('account', async (body) => void bodies.push(body));
    await vi.waitFor(async () => (await take(), expect(bodies).toHaveLength(6)), { timeout: 5_000 });
    expect(bodies[0]).toBe('{"half":');
  });

  test('a stalled subscriber costs the broker its bound only: it loses the oldest, never the last, and harms no other', async () => {
    await using pair = await open({ queueLength: { prices: 50, interest: 50, feeds: 50, wakeups: 50 } });
    const [stalled, other] = [await seqs(pair.peer), await seqs(pair.bus)];
    pair.line.stall('down');
    const bulky = { ...tick('A', 0), marketState: 'x'.repeat(60_000) };
    const last = 400; // 24 MB, beyond what the sockets on the way hold
    for (let seq = 1; seq <= last; seq++) {
      pair.bus.publish('prices', 'demo.A', { ...bulky, seq });
      await other.until((items) => items.at(-1) === seq);
    }
    pair.line.resume();
    await stalled.until((items) => items.at(-1) === last);
    expect(other.items).toHaveLength(last);
    expect(stalled.items.length).toBeLessThan(last);
    expect(stalled.items).toEqual([...stalled.items].sort((a, b) => a - b));
  });

  test('a publisher whose line is full keeps the latest of each key', async () => {
    await using pair = await open();
    const latest = new Map<string, number>();
    const inbox = createInbox<string>();
    const subscription = await pair.bus.subscribe('prices', ({ seq, epic }) => {
      latest.set(epic, seq);
      inbox.put(epic);
    });
    await subscription.setKeys(['#']);
    for (let seq = 1; seq <= 1_000; seq++)
      for (const epic of ['A', 'B', 'C', 'D']) pair.peer.publish('prices', `demo.${epic}`, tick(epic, seq));
    await inbox.until(() => [...latest.values()].filter((seq) => seq === 1_000).length === 4);
    const { published, dropped } = pair.peer.stats();
    expect(published + dropped).toBe(4_000);
    expect(dropped).toBeGreaterThan(0);
  });

  test('what was published before close is still written, also from a full line', async () => {
    await using pair = await open();
    const inbox = await seqs(pair.bus);
    for (let seq = 1; seq <= 3_000; seq++) pair.peer.publish('prices', 'demo.A', tick('A', seq));
    await pair.peer.close();
    await inbox.until((items) => items.at(-1) === 3_000);
  });

  test('two installations on one broker never meet', async () => {
    await using ours = await open();
    await using theirs = await open();
    const inbox = createInbox<string>();
    const subscription = await ours.peer.subscribe('prices', ({ epic }) => inbox.put(epic));
    await subscription.setKeys(['#']);
    theirs.bus.publish('prices', 'demo.A', tick('theirs', 1));
    await theirs.bus.send('account', event('theirs'));
    await ours.peer.consume('account', async ({ eventId }) => inbox.put(eventId));
    ours.bus.publish('prices', 'demo.A', tick('ours', 1));
    await ours.bus.send('account', event('ours'));
    await inbox.until(count(2));
    expect(inbox.items.sort()).toEqual(['ours', 'ours']);
  });
});
