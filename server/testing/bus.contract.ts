// What every bus promises, as one suite for all of them. What only one of them can do is tested next to it.
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { durableChannel, durableChannels } from '../messaging/channels.ts';
import {
  InvalidKey,
  SendFailed,
  type Bus,
  type ConsumeOptions,
  type CreateBus,
  type TickMessage,
} from '../messaging/index.ts';
import { shardOf } from '../messaging/topology.ts';
import { createInbox } from './inbox.ts';

/** The product's channel, keyed by account, and one that is keyed by something else. */
export const contractChannels = {
  account: durableChannels.account,
  letters: durableChannel(z.object({ eventId: z.string(), userId: z.string() }), ({ userId }) => userId),
};
type Kinds = { [Name in keyof typeof contractChannels]: z.output<(typeof contractChannels)[Name]['schema']> };
export type ContractBus = Bus<Kinds>;

/** Two buses that reach each other: two processes as far as they know, or the same one twice where there is only one process. */
export interface BusPair extends AsyncDisposable {
  bus: ContractBus;
  peer: ContractBus;
}
export type Limits = NonNullable<CreateBus['limits']>;

/** Quick retries, so that a failing handler is a matter of milliseconds. */
export const quickRetries = { maxDeliveries: 3, retryFirstMs: 1, retryMaxMs: 2 };

export function tick(epic: string, seq: number): TickMessage {
  const at = '2026-01-05T09:00:00.000Z';
  return {
    feed: 'demo',
    epic,
    seq,
    bid: '1.38780',
    offer: '1.38790',
    high: null,
    low: null,
    netChange: null,
    netChangePct: null,
    marketState: 'TRADEABLE',
    at,
    receivedAt: at,
  };
}

export { createInbox };
export const count = (n: number) => (items: unknown[]) => items.length >= n;

/** A promise and its resolver: holds a handler until the test lets go. */
export const gate = () => Promise.withResolvers<void>();

async function subscribeTo(bus: ContractBus, keys: string[]) {
  const inbox = createInbox<{ key: string; seq: number }>();
  const subscription = await bus.subscribe('prices', (message, key) => inbox.put({ key, seq: message.seq }));
  await subscription.setKeys(keys);
  return { ...inbox, subscription };
}

/** Keys that fall into different shards. */
const [anna, bert] = ['account_a', 'account_b'] as const;
interface Kept {
  key: string;
  eventId: string;
}
type Handler = (message: Kept) => Promise<void>;
/** The same calls on either durable channel, so that both keep the same promises. */
const durableSides = {
  account: {
    send: (bus: ContractBus, accountId: string, eventId: string) =>
      bus.send('account', { accountId, eventId }),
    consume: (bus: ContractBus, handler: Handler, options?: ConsumeOptions) =>
      bus.consume('account', ({ accountId, eventId }) => handler({ key: accountId, eventId }), options),
  },
  letters: {
    send: (bus: ContractBus, userId: string, eventId: string) => bus.send('letters', { userId, eventId }),
    consume: (bus: ContractBus, handler: Handler, options?: ConsumeOptions) =>
      bus.consume('letters', ({ userId, eventId }) => handler({ key: userId, eventId }), options),
  },
};
const sides = (['account', 'letters'] as const).map((channel) => ({ channel, ...durableSides[channel] }));

export function busContract(name: string, open: (limits?: Limits) => Promise<BusPair>) {
  describe(`${name}: transient messages`, () => {
    test('a key matches only itself: neither a longer key, nor a shorter one, nor another feed', async () => {
      await using pair = await open();
      const watched = await subscribeTo(pair.peer, ['demo.CS.D.EURUSD.CFD']);
      for (const key of [
        'demo.CS.D.EURUSD',
        'demo.CS.D.EURUSD.CFD.IP',
        'live.CS.D.EURUSD.CFD',
        'demo.CS.D.GBPUSD.CFD',
      ])
        pair.bus.publish('prices', key, tick('CS.D.EURUSD.CFD', 1));
      pair.bus.publish('prices', 'demo.CS.D.EURUSD.CFD', tick('CS.D.EURUSD.CFD', 2));
      await watched.until(count(1));
      expect(watched.items).toEqual([{ key: 'demo.CS.D.EURUSD.CFD', seq: 2 }]);
    });

    test('a message arrives as JSON writes it: an instant in it is text', async () => {
      await using pair = await open();
      const seen = createInbox<unknown>();
      const subscription = await pair.peer.subscribe('feeds', (message) => seen.put(message));
      await subscription.setKeys(['#']);
      const at = new Date('2026-01-05T09:00:00Z');
      const told = { feed: 'demo', epoch: 1, state: 'up' as const, at: at as unknown as string };
      pair.bus.publish('feeds', 'demo', told);
      await seen.until(count(1));
      expect(seen.items).toEqual([{ ...told, at: at.toISOString() }]);
    });

    test('# alone means everything, each message once; channels do not mix', async () => {
      await using pair = await open();
      const watched = await subscribeTo(pair.peer, ['#', 'demo.A.B']);
      pair.bus.publish('feeds', 'demo', { feed: 'demo', epoch: 1, state: 'up', at: '2026-01-05T09:00:00Z' });
      pair.bus.publish('prices', 'demo.A.B', tick('A.B', 1));
      pair.bus.publish('prices', 'live.C', tick('C', 2));
      await watched.until(count(2));
      expect(watched.items).toEqual([
        { key: 'demo.A.B', seq: 1 },
        { key: 'live.C', seq: 2 },
      ]);
    });

    test('setKeys replaces the set: removed keys are silent, kept keys have no gap', async () => {
      await using pair = await open();
      const watched = await subscribeTo(pair.peer, ['demo.kept', 'demo.removed']);
      const changing = watched.subscription.setKeys(['demo.kept', 'demo.added']);
      for (let seq = 1; seq <= 50; seq++) pair.bus.publish('prices', 'demo.kept', tick('kept', seq));
      await changing;
      for (const key of ['removed', 'added']) pair.bus.publish('prices', `demo.${key}`, tick(key, 51));
      await watched.until(count(51));
      expect(watched.items.map(({ seq }) => seq)).toEqual(Array.from({ length: 51 }, (_, i) => i + 1));
      expect(watched.items.at(-1)!.key).toBe('demo.added');
    });

    test('a removed key is silent at once, also for what was already on its way', async () => {
      await using pair = await open();
      const watched = await subscribeTo(pair.peer, ['demo.removed', 'demo.kept']);
      for (let seq = 1; seq <= 100; seq++) pair.bus.publish('prices', 'demo.removed', tick('removed', seq));
      await watched.subscription.setKeys(['demo.kept']);
      const before = watched.items.length;
      pair.bus.publish('prices', 'demo.kept', tick('kept', 1));
      await watched.until((items) => items.at(-1)?.key === 'demo.kept');
      expect(watched.items).toHaveLength(before + 1);
    });

    test('overlapping setKeys end with the last set', async () => {
      await using pair = await open();
      const watched = await subscribeTo(pair.peer, []);
      await Promise.all(
        [['demo.a'], ['#'], ['demo.b'], ['demo.c']].map((keys) => watched.subscription.setKeys(keys)),
      );
      for (const key of ['a', 'b', 'c']) pair.bus.publish('prices', `demo.${key}`, tick(key, 1));
      await watched.until(count(1));
      expect(watched.items.map(({ key }) => key)).toEqual(['demo.c']);
    });

    test('a key with a wildcard in it is refused, so that no epic opens a whole feed', async () => {
      await using pair = await open();
      const watched = await subscribeTo(pair.peer, ['demo.A']);
      for (const key of ['demo.#', 'demo.*', '*', '#.A', '', 'x'.repeat(256)])
        await expect(watched.subscription.setKeys([key])).rejects.toThrow(InvalidKey);
      pair.bus.publish('prices', 'demo.A', tick('A', 1));
      await watched.until(count(1));
    });

    test('messages of one publisher and key arrive in order, text unchanged', async () => {
      await using pair = await open();
      const inbox = createInbox<TickMessage>();
      const subscription = await pair.peer.subscribe('prices', inbox.put);
      await subscription.setKeys(['demo.A', 'demo.B']);
      for (let seq = 1; seq <= 400; seq++)
        pair.bus.publish('prices', seq % 2 ? 'demo.A' : 'demo.B', tick(seq % 2 ? 'A' : 'B', seq));
      await inbox.until(count(400));
      expect(inbox.items).toEqual(Array.from({ length: 400 }, (_, i) => tick(i % 2 ? 'B' : 'A', i + 1)));
    });

    test('a burst beyond every bound loses the oldest, in order, and never the last', async () => {
      await using pair = await open({ queueLength: { prices: 5, interest: 5, feeds: 5, wakeups: 5 } });
      const watched = await subscribeTo(pair.peer, ['demo.A']);
      for (let seq = 1; seq <= 5_000; seq++) pair.bus.publish('prices', 'demo.A', tick('A', seq));
      await watched.until((items) => items.at(-1)?.seq === 5_000);
      const seen = watched.items.map(({ seq }) => seq);
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
      expect(seen.length).toBeLessThan(5_000);
    });

    test('a handler never runs inside the call of the publisher, not even when it publishes itself', async () => {
      await using pair = await open();
      let publishing = false;
      const inside = createInbox<boolean>();
      const publish = (seq: number) => {
        publishing = true;
        pair.bus.publish('prices', 'demo.A', tick('A', seq));
        publishing = false;
      };
      const subscription = await pair.bus.subscribe('prices', ({ seq }) => {
        inside.put(publishing);
        if (seq < 3) publish(seq + 1);
      });
      await subscription.setKeys(['demo.A']);
      publish(1);
      await inside.until(count(3));
      expect(inside.items).toEqual([false, false, false]);
    });

    test('what the publisher does to a message afterwards changes nothing', async () => {
      await using pair = await open();
      const inbox = createInbox<string[]>();
      const subscription = await pair.peer.subscribe('interest', ({ epics }) => inbox.put([...epics]));
      await subscription.setKeys(['demo']);
      const message = { source: 'api-1', feed: 'demo', epics: ['A'] };
      pair.bus.publish('interest', 'demo', message);
      message.epics.push('B');
      await inbox.until(count(1));
      expect(inbox.items).toEqual([['A']]);
    });

    test('a subscriber that throws harms neither itself nor another', async () => {
      await using pair = await open();
      const broken = await pair.peer.subscribe('prices', () => {
        throw new Error('broken on purpose');
      });
      await broken.setKeys(['#']);
      const watched = await subscribeTo(pair.peer, ['#']);
      for (const seq of [1, 2]) pair.bus.publish('prices', 'demo.A', tick('A', seq));
      await watched.until(count(2));
      await vi.waitFor(() => expect(pair.peer.stats().failed).toBe(2));
    });

    test('a closed subscription hears nothing more', async () => {
      await using pair = await open();
      const [left, stays] = [
        await subscribeTo(pair.peer, ['demo.A']),
        await subscribeTo(pair.peer, ['demo.A']),
      ];
      await left.subscription.close();
      await left.subscription.close();
      for (const seq of [1, 2]) pair.bus.publish('prices', 'demo.A', tick('A', seq));
      await stays.until(count(2));
      expect(left.items).toEqual([]);
    });

    test('publish never throws: not for a message that cannot be copied, nor for a key too long, nor when closed', async () => {
      await using pair = await open();
      const watched = await subscribeTo(pair.peer, ['#']);
      const endless: Record<string, unknown> = {};
      endless.self = endless;
      pair.bus.publish('wakeups', 'session', endless as never);
      pair.bus.publish('prices', 'x'.repeat(300), tick('A', 1));
      pair.bus.publish('prices', 'demo.A', tick('A', 2));
      await watched.until((items) => items.at(-1)?.seq === 2);
      await pair.bus.close();
      await pair.bus.close();
      pair.bus.publish('prices', 'demo.A', tick('A', 3));
      expect(pair.bus.connected).toBe(false);
      expect(pair.bus.stats().dropped).toBeGreaterThan(0);
      await expect(durableSides.account.send(pair.bus, anna, '1')).rejects.toThrow(SendFailed);
      await expect(pair.bus.subscribe('prices', () => {})).rejects.toThrow('closed');
    });
  });

  test(`${name}: the keys of these tests fall into different shards`, () =>
    expect(shardOf(anna)).not.toBe(shardOf(bert)));

  describe.each(sides)(`${name}: durable messages of $channel`, ({ channel, send, consume }) => {
    test('what is sent before a consumer exists is kept, and arrives in order per key', async () => {
      await using pair = await open();
      const keys = Array.from({ length: 5 }, (_, i) => `key_${i}`);
      await Promise.all(Array.from({ length: 50 }, (_, i) => send(pair.bus, keys[i % 5]!, String(i))));
      const inbox = createInbox<Kept>();
      await consume(pair.peer, async (message) => inbox.put(message));
      await inbox.until(count(50));
      for (const key of keys) {
        const ids = inbox.items.filter((item) => item.key === key).map(({ eventId }) => Number(eventId));
        expect(ids).toEqual([...ids].sort((a, b) => a - b));
      }
      expect(new Set(inbox.items.map(({ eventId }) => eventId)).size).toBe(50);
    });

    test('a failed message is tried again before its successor is seen', async () => {
      await using pair = await open();
      const seen = createInbox<string>();
      await consume(pair.peer, async ({ eventId }) => {
        seen.put(eventId);
        if (seen.items.length < 3) throw new Error('broken on purpose');
      });
      for (const id of ['1', '2']) await send(pair.bus, anna, id);
      await seen.until(count(4));
      expect(seen.items).toEqual(['1', '1', '1', '2']);
    });

    test('after maxDeliveries failures a message is a dead letter, once, and its shard goes on', async () => {
      await using pair = await open();
      const seen = createInbox<string>();
      const dead: unknown[] = [];
      await consume(
        pair.peer,
        async ({ eventId }) => {
          seen.put(eventId);
          if (eventId === 'poison') throw new Error('broken on purpose');
        },
        {
          async onDead({ message, error }) {
            dead.push([message?.eventId, String(error)]);
            throw new Error('nobody can be told now');
          },
        },
      );
      for (const id of ['poison', 'good']) await send(pair.bus, anna, id);
      await seen.until((items) => items.includes('good'));
      expect(seen.items).toEqual(['poison', 'poison', 'poison', 'good']);
      expect(dead).toEqual([['poison', 'Error: broken on purpose']]);
      const letters: unknown[] = [];
      const take = () =>
        pair.bus.takeDeadLetters(channel, async (body) => void letters.push(JSON.parse(body)));
      await vi.waitFor(async () => expect(await take()).toBe(1), { timeout: 5_000 });
      expect(letters).toMatchObject([{ eventId: 'poison' }]);
      expect(await take()).toBe(0);
      expect(pair.peer.stats()).toMatchObject({ failed: 3, deadLettered: 1 });
    });

    test('a dead letter that cannot be dealt with stays', async () => {
      await using pair = await open({ ...quickRetries, maxDeliveries: 1 });
      await consume(pair.peer, async () => Promise.reject(new Error('broken on purpose')));
      await send(pair.bus, anna, '1');
      const refuse = () =>
        pair.bus.takeDeadLetters(channel, async () => Promise.reject(new Error('not now')));
      await vi.waitFor(() => expect(refuse()).rejects.toThrow('not now'), { timeout: 5_000 });
      await vi.waitFor(async () => expect(await pair.bus.takeDeadLetters(channel, async () => {})).toBe(1), {
        timeout: 5_000,
      });
    });

    test('an error that is not the message’s fault never buries it', async () => {
      await using pair = await open();
      const seen = createInbox<string>();
      const handler = async ({ eventId }: { eventId: string }) => {
        seen.put(eventId);
        if (seen.items.length < 10) throw new Error('database unreachable');
      };
      await consume(pair.peer, handler, { countsAsFailure: () => false });
      await send(pair.bus, anna, '1');
      await seen.until(count(10));
      expect(pair.peer.stats().deadLettered).toBe(0);
    });

    test('each shard has one consumer at a time; when it goes, the other takes over and nothing is lost', async () => {
      await using pair = await open();
      const [first, second] = [createInbox<string>(), createInbox<string>()];
      const active = await consume(pair.bus, async ({ eventId }) => first.put(eventId));
      await consume(pair.peer, async ({ eventId }) => second.put(eventId));
      for (const key of [anna, bert]) for (const id of ['1', '2', '3']) await send(pair.bus, key, id);
      await first.until(count(6));
      expect(second.items).toEqual([]);
      await active.close();
      await send(pair.bus, anna, '4');
      await second.until(count(1));
      expect(second.items).toEqual(['4']);
      expect(first.items).toHaveLength(6);
    });

    test('close waits for the handler, and a message is acked only when its handler has resolved', async () => {
      await using pair = await open();
      const [started, letGo] = [gate(), gate()];
      const order: string[] = [];
      const consumer = await consume(pair.bus, async () => {
        started.resolve();
        await letGo.promise;
        order.push('handled');
        throw new Error('broken on purpose'); // so it is not acked
      });
      await send(pair.bus, anna, '1');
      await started.promise;
      const next = createInbox<string>();
      await consume(pair.peer, async ({ eventId }) => next.put(eventId));
      const closing = consumer.close().then(() => order.push('closed'));
      // One that has nothing in hand comes and goes meanwhile: so would this one, if it did not wait.
      await (await consume(pair.bus, async () => {})).close();
      letGo.resolve();
      await closing;
      expect(order).toEqual(['handled', 'closed']);
      await next.until(count(1));
      expect(next.items).toEqual(['1']);
    });

    test('a slow key holds up no other shard', async () => {
      await using pair = await open();
      const letGo = gate();
      const seen = createInbox<string>();
      await consume(pair.peer, async ({ key }) => {
        if (key === anna) await letGo.promise;
        seen.put(key);
      });
      await send(pair.bus, anna, '1');
      await send(pair.bus, bert, '2');
      await seen.until(count(1));
      expect(seen.items).toEqual([bert]);
      letGo.resolve();
      await seen.until(count(2));
    });
  });

  describe(`${name}: two durable channels`, () => {
    test('neither sees the other’s messages, and one that is stuck does not hold up the other', async () => {
      await using pair = await open();
      const { account, letters } = durableSides;
      const letGo = gate();
      const [stuck, seen] = [createInbox<Kept>(), createInbox<Kept>()];
      await account.consume(pair.peer, async (message) => {
        stuck.put(message);
        await letGo.promise;
      });
      await letters.consume(pair.peer, async (message) => seen.put(message));
      await account.send(pair.bus, anna, 'of the account');
      await stuck.until(count(1));
      for (const id of ['1', '2', '3']) await letters.send(pair.bus, anna, id);
      await seen.until(count(3));
      expect(seen.items).toEqual(['1', '2', '3'].map((eventId) => ({ key: anna, eventId })));
      letGo.resolve();
      expect(stuck.items).toEqual([{ key: anna, eventId: 'of the account' }]);
    });

    test('what is not a message of the channel does not leave', async () => {
      await using pair = await open();
      const wrong = { eventId: '1', accountId: 'of the other channel' };
      await expect(pair.bus.send('letters', wrong as never)).rejects.toMatchObject({
        name: 'SendFailed',
        stored: 'no',
      });
    });
  });
}
