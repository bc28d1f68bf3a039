// What every bus promises, as one suite for all of them. What only one of them can do is tested next to it.
import { describe, expect, test, vi } from 'vitest';
import { InvalidKey, SendFailed, type Bus, type CreateBus, type TickMessage } from '../messaging/index.ts';
import { shardOf } from '../messaging/topology.ts';
import { createInbox } from './inbox.ts';

/** Two buses that reach each other: two processes as far as they know, or the same one twice where there is only one process. */
export interface BusPair extends AsyncDisposable {
  bus: Bus;
  peer: Bus;
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

async function subscribeTo(bus: Bus, keys: string[]) {
  const inbox = createInbox<{ key: string; seq: number }>();
  const subscription = await bus.subscribe('prices', (message, key) => inbox.put({ key, seq: message.seq }));
  await subscription.setKeys(keys);
  return { ...inbox, subscription };
}

/** Accounts that fall into different shards. */
const [anna, bert] = ['account_a', 'account_b'] as const;
const event = (accountId: string, eventId: string) => ({ accountId, eventId });

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
      await expect(pair.bus.send('account', anna, event(anna, '1'))).rejects.toThrow(SendFailed);
      await expect(pair.bus.subscribe('prices', () => {})).rejects.toThrow('closed');
    });
  });

  describe(`${name}: durable messages`, () => {
    test('the accounts of these tests fall into different shards', () =>
      expect(shardOf(anna)).not.toBe(shardOf(bert)));

    test('what is sent before a consumer exists is kept, and arrives in order per account', async () => {
      await using pair = await open();
      const accounts = Array.from({ length: 5 }, (_, i) => `account_${i}`);
      await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          pair.bus.send('account', accounts[i % 5]!, event(accounts[i % 5]!, String(i))),
        ),
      );
      const inbox = createInbox<{ accountId: string; eventId: string }>();
      await pair.peer.consume('account', async (message) => inbox.put(message));
      await inbox.until(count(50));
      for (const account of accounts) {
        const ids = inbox.items
          .filter(({ accountId }) => accountId === account)
          .map(({ eventId }) => Number(eventId));
        expect(ids).toEqual([...ids].sort((a, b) => a - b));
      }
      expect(new Set(inbox.items.map(({ eventId }) => eventId)).size).toBe(50);
    });

    test('a failed message is tried again before its successor is seen', async () => {
      await using pair = await open();
      const seen = createInbox<string>();
      await pair.peer.consume('account', async ({ eventId }) => {
        seen.put(eventId);
        if (seen.items.length < 3) throw new Error('broken on purpose');
      });
      for (const id of ['1', '2']) await pair.bus.send('account', anna, event(anna, id));
      await seen.until(count(4));
      expect(seen.items).toEqual(['1', '1', '1', '2']);
    });

    test('after maxDeliveries failures a message is a dead letter, once, and its shard goes on', async () => {
      await using pair = await open();
      const seen = createInbox<string>();
      await pair.peer.consume('account', async ({ eventId }) => {
        seen.put(eventId);
        if (eventId === 'poison') throw new Error('broken on purpose');
      });
      for (const id of ['poison', 'good']) await pair.bus.send('account', anna, event(anna, id));
      await seen.until((items) => items.includes('good'));
      expect(seen.items).toEqual(['poison', 'poison', 'poison', 'good']);
      const letters: unknown[] = [];
      const take = () =>
        pair.bus.takeDeadLetters('account', async (body) => void letters.push(JSON.parse(body)));
      await vi.waitFor(async () => expect(await take()).toBe(1), { timeout: 5_000 });
      expect(letters).toEqual([event(anna, 'poison')]);
      expect(await take()).toBe(0);
      expect(pair.peer.stats()).toMatchObject({ failed: 3, deadLettered: 1 });
    });

    test('a dead letter that cannot be dealt with stays', async () => {
      await using pair = await open({ ...quickRetries, maxDeliveries: 1 });
      await pair.peer.consume('account', async () => Promise.reject(new Error('broken on purpose')));
      await pair.bus.send('account', anna, event(anna, '1'));
      const refuse = () =>
        pair.bus.takeDeadLetters('account', async () => Promise.reject(new Error('not now')));
      await vi.waitFor(() => expect(refuse()).rejects.toThrow('not now'), { timeout: 5_000 });
      await vi.waitFor(
        async () => expect(await pair.bus.takeDeadLetters('account', async () => {})).toBe(1),
        { timeout: 5_000 },
      );
    });

    test('an error that is not the message’s fault never buries it', async () => {
      await using pair = await open();
      const seen = createInbox<string>();
      const handler = async ({ eventId }: { eventId: string }) => {
        seen.put(eventId);
        if (seen.items.length < 10) throw new Error('database unreachable');
      };
      await pair.peer.consume('account', handler, { countsAsFailure: () => false });
      await pair.bus.send('account', anna, event(anna, '1'));
      await seen.until(count(10));
      expect(pair.peer.stats().deadLettered).toBe(0);
    });

    test('each shard has one consumer at a time; when it goes, the other takes over and nothing is lost', async () => {
      await using pair = await open();
      const [first, second] = [createInbox<string>(), createInbox<string>()];
      const active = await pair.bus.consume('account', async ({ eventId }) => first.put(eventId));
      await pair.peer.consume('account', async ({ eventId }) => second.put(eventId));
      for (const account of [anna, bert])
        for (const id of ['1', '2', '3']) await pair.bus.send('account', account, event(account, id));
      await first.until(count(6));
      expect(second.items).toEqual([]);
      await active.close();
      await pair.bus.send('account', anna, event(anna, '4'));
      await second.until(count(1));
      expect(second.items).toEqual(['4']);
      expect(first.items).toHaveLength(6);
    });

    test('close waits for the handler, and a message is acked only when its handler has resolved', async () => {
      await using pair = await open();
      const [started, letGo] = [gate(), gate()];
      const order: string[] = [];
      const consumer = await pair.bus.consume('account', async () => {
        started.resolve();
        await letGo.promise;
        order.push('handled');
        throw new Error('broken on purpose'); // so it is not acked
      });
      await pair.bus.send('account', anna, event(anna, '1'));
      await started.promise;
      const next = createInbox<string>();
      await pair.peer.consume('account', async ({ eventId }) => next.put(eventId));
      const closing = consumer.close().then(() => order.push('closed'));
      // One that has nothing in hand comes and goes meanwhile: so would this one, if it did not wait.
      await (await pair.bus.consume('account', async () => {})).close();
      letGo.resolve();
      await closing;
      expect(order).toEqual(['handled', 'closed']);
      await next.until(count(1));
      expect(next.items).toEqual(['1']);
    });

    test('a slow account holds up no other shard', async () => {
      await using pair = await open();
      const letGo = gate();
      const seen = createInbox<string>();
      await pair.peer.consume('account', async ({ accountId }) => {
        if (accountId === anna) await letGo.promise;
        seen.put(accountId);
      });
      await pair.bus.send('account', anna, event(anna, '1'));
      await pair.bus.send('account', bert, event(bert, '2'));
      await seen.until(count(1));
      expect(seen.items).toEqual([bert]);
      letGo.resolve();
      await seen.until(count(2));
    });
  });
}
