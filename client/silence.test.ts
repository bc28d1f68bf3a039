// A connection that is there and dead: nothing comes, nothing ends. With limits of tenths of a second instead of the kit's own.
import { WebSocket } from 'ws';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventRig, type EventRig } from '../server/testing/event-rig.ts';
import { createInbox } from '../server/testing/inbox.ts';
import { numbered, numberIn } from '../server/testing/numbered-events.ts';
import { openSilentWire } from '../server/testing/silent-wire.ts';
import { testDb, type TestDb } from '../server/testing/test-db.ts';
import { createFTraderClient, defaultLimits, type FTraderClientOptions, type SocketState } from './index.ts';

let db: TestDb;
let rig: EventRig;
beforeAll(async () => {
  db = await testDb();
  rig = await eventRig({ databaseUrl: db.url });
});
afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const limits = { silentMs: 200, answerMs: 100, connectMs: 100, attemptMs: 50, callMs: 200 };

/** One user's numbers as they come, over a wire that can fall silent. */
async function follow(user: string, options: Partial<FTraderClientOptions> = {}) {
  const wire = await openSilentWire(rig.port);
  const ftrader = createFTraderClient({ url: wire.url, token: () => `session_${user}`, limits, ...options });
  const states = createInbox<SocketState>();
  const numbers = createInbox<number>();
  const ends: unknown[] = [];
  ftrader.onSocketState((state, closed) => {
    states.put(state);
    if (closed) ends.push(closed);
  });
  ftrader.api.trading.onEvents.subscribe(
    { lastEventId: '0' },
    { onData: ({ data }) => data.type === 'cash.changed' && numbers.put(numberIn(data)) },
  );
  return {
    ...ftrader,
    wire,
    states,
    ends,
    numbers,
    tell: (...list: number[]) => rig.tell(`user_${user}`, ...list.map(numbered)),
    async [Symbol.asyncDispose]() {
      await ftrader.close();
      await wire[Symbol.asyncDispose]();
    },
  };
}

test('a socket on which nothing comes is open for less than 20 s', () => {
  expect(defaultLimits.silentMs + defaultLimits.answerMs).toBeLessThan(20_000);
});

test.each([
  ['the platform’s WebSocket', {}],
  ['that of the package ws', { WebSocket }],
])(
  'behind a proxy that falls silent the state leaves open, a new connection follows, and no event is lost or told twice: %s',
  async (name, options) => {
    await using client = await follow(name.replaceAll(/\W/g, ''), options);
    await client.tell(1, 2, 3);
    await client.numbers.until(({ length }) => length === 3);
    expect(client.states.items.at(-1)).toBe('open');
    client.wire.fallSilent();
    await client.tell(4, 5, 6); // on their way on the dead connection; they arrive there once the proxy speaks again
    await client.states.until((states) => states.at(-1) === 'connecting');
    expect(client.numbers.items).toEqual([1, 2, 3]);
    client.wire.speak();
    await client.states.until((states) => states.at(-1) === 'open');
    await client.tell(7);
    await client.numbers.until((numbers) => numbers.includes(7));
    expect(client.numbers.items).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(client.ends[0]).toEqual({
      code: 1005,
      reason: 'it was closed on this side: nothing needed it, or the server was silent',
    });
  },
);

test.each([
  ['the platform’s WebSocket', {}],
  ['that of the package ws', { WebSocket }],
])(
  'when every connection there was is dead, idle ones of HTTP calls as well, the next is open without waiting for one of them: %s',
  async (name, options) => {
    const never = 3_600_000;
    await using client = await follow(`idle${name.replaceAll(/\W/g, '')}`, {
      ...options,
      limits: { ...limits, connectMs: never },
    });
    await client.tell(1);
    await client.numbers.until((numbers) => numbers.includes(1));
    await (await fetch(client.wire.url)).text(); // its connection is kept for the next request
    client.wire.forget();
    await client.states.until((states) => states.at(-1) === 'connecting');
    await client.states.until((states) => states.at(-1) === 'open');
    await client.tell(2);
    await client.numbers.until((numbers) => numbers.includes(2));
    expect(client.numbers.items).toEqual([1, 2]);
    expect(client.states.items).toEqual(['idle', 'connecting', 'open', 'connecting', 'open']);
  },
);

test('a call over HTTP that gets no answer is given up', async () => {
  await using client = await follow('caller');
  client.wire.fallSilent();
  await expect(client.api.notifications.unreadCount.query()).rejects.toThrow('did not answer within 200 ms');
});
