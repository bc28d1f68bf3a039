// Readers of money streams over a real PostgreSQL and an unmodified @trpc/client: every event once, in order, whatever breaks.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { NewEvent, StreamMessage, TradingEvent } from '../../shared/events.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Bus } from '../messaging/bus.ts';
import { eventRig, stockClient, type EventRig, type StockClient } from '../testing/event-rig.ts';
import { createWaiters } from '../testing/inbox.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { numbered } from '../testing/numbered-events.ts';
import { testBus } from '../testing/price-rig.ts';
import { recordStatements } from '../testing/statements.ts';
import { testDb } from '../testing/test-db.ts';
import { noted } from '../testing/leftovers.ts';

const dice = (seed: number) => () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

/** A bus whose wake-ups are lost, doubled, or overtaken by later ones. */
function lossyBus(bus: Bus, roll: () => number) {
  const held: (() => void)[] = [];
  const fate = { lost: 0, doubled: 0, late: 0 };
  const publish: Bus['publish'] = (channel, key, message) => {
    const send = () => bus.publish(channel, key, message);
    const luck = roll();
    if (luck < 0.3) fate.lost++;
    else if (luck < 0.5) {
      fate.late++;
      held.push(send);
    } else {
      send();
      if (luck < 0.7) {
        fate.doubled++;
        send();
      }
      if (held.length > 3) for (const each of held.splice(0).reverse()) each();
    }
  };
  return {
    fate,
    bus: new Proxy(bus, {
      get: (target, name) => (name === 'publish' ? publish : Reflect.get(target, name)),
    }),
  };
}

/** Collects what a subscription of a stock client brings. */
function collect(client: StockClient, lastEventId?: string) {
  const messages: StreamMessage<TradingEvent>[] = [];
  const { changed, until } = createWaiters();
  const state = { starts: 0, error: undefined as unknown, ended: false };
  const subscription = client.api.trading.onEvents.subscribe(
    { ...(lastEventId !== undefined && { lastEventId }) },
    {
      onStarted: () => (state.starts++, changed()),
      onData: ({ data }) => (messages.push(data), changed()),
      onError: (error) => ((state.error = error), changed()),
      onComplete: () => ((state.ended = true), changed()),
    },
  );
  return {
    messages,
    get starts() {
      return state.starts;
    },
    get error() {
      return state.error;
    },
    get ended() {
      return state.ended;
    },
    events: () =>
      messages
        .filter(({ type }) => type !== 'heartbeat' && type !== 'snapshot.needed')
        .map(({ id }) => Number(id)),
    until,
    stop: () => subscription.unsubscribe(),
  };
}

test('fifty who follow one stream from the same place read its rows once for all, and each gets every event', async () => {
  await using db = await testDb();
  await using rig = await eventRig({ databaseUrl: db.url });
  await rig.tell('user_one', ...upTo(3).map(numbered));
  const statements = recordStatements(rig.database);
  const stop = new AbortController();
  const { changed, until } = createWaiters();
  const readers = upTo(50).map(() => {
    const got: number[] = [];
    void (async () => {
      for await (const { id, type } of rig.followers.follow('user_one', 'trading', {
        after: '0',
        signal: stop.signal,
      })) {
        if (type !== 'heartbeat') got.push(Number(id));
        changed();
      }
    })();
    return got;
  });
  await until(() => readers.every((got) => got.length === 3));
  for (const n of upTo(10, 4)) {
    await rig.tell('user_one', numbered(n));
    await until(() => readers.every((got) => got.length === n));
  }
  stop.abort();
  for (const got of readers) expect(got).toEqual(upTo(10));
  const reads = statements.take().filter(({ text }) => / from user_events /.test(text));
  expect(reads.length).toBeLessThan(50); // 8 turns of news for 50 readers, and what wakes them besides
});

test.each([1, 2, 3])(
  'readers that stop and resume at random get every event of twenty writers once, in order, while wake-ups are lost, doubled and reordered (seed %i)',
  async (seed) => {
    await using db = await testDb();
    const roll = dice(seed);
    const bus = testBus();
    const lossy = lossyBus(bus, roll);
    await using rig = await eventRig({
      databaseUrl: db.url,
      bus: lossy.bus,
      limits: { lookEveryMs: 15, batch: 7, bindEveryMs: 5 },
    });
    let committed = 0;
    const writers = Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        for (let round = 0; round < 8; round++) {
          const size = 1 + Math.floor(roll() * 3);
          const fails = roll() < 0.25;
          await inTransaction(rig.database.db, async (tx) => {
            await rig.events.append(
              tx,
              'user_one',
              'trading',
              Array.from({ length: size }, () => numbered(n)),
            );
            if (fails) throw new Error('rolled back');
          }).then(
            () => (committed += size),
            () => undefined,
          );
          rig.events.wake('user_one', 'trading');
        }
      }),
    );
    let all: number | undefined;
    const done = writers.then(() => (all = committed));
    const readings = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const got: number[] = [];
        let resumed = 0;
        while (all === undefined || got.length < all) {
          const stop = new AbortController();
          const budget = 1 + Math.floor(roll() * 25);
          let taken = 0;
          void done.then(() => got.length === all && stop.abort());
          for await (const { id, type } of rig.followers.follow('user_one', 'trading', {
            after: String(got.at(-1) ?? 0),
            signal: stop.signal,
          })) {
            expect(type).toBe('cash.changed');
            got.push(Number(id));
            if (++taken === budget || got.length === all) break;
          }
          resumed++;
        }
        return { got, resumed };
      }),
    );
    for (const { got, resumed } of readings) {
      expect(got).toEqual(upTo(committed));
      expect(resumed).toBeGreaterThan(3);
    }
    expect(rig.followers.stats()).toEqual({ streams: 0, readers: 0 });
    await bus.close();
    console.log(
      `seed ${seed}: ${committed} events × ${readings.length} readers, resumed ${readings.map(({ resumed }) => resumed).join(', ')} times; wake-ups`,
      lossy.fate,
    );
  },
);

test('an event whose wake-up died with the process comes with the next look at the head', async () => {
  await using db = await testDb();
  const clock = createManualClock();
  await using rig = await eventRig({ databaseUrl: db.url, clock });
  const messages = rig.followers.follow('user_one', 'trading', { after: '0' })[Symbol.asyncIterator]();
  const next = messages.next();
  await inTransaction(rig.database.db, (tx) => rig.events.append(tx, 'user_one', 'trading', [numbered(1)]));
  let seen = false;
  void next.then(() => (seen = true));
  while (!seen) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await next).toMatchObject({ value: { id: '1', ...numbered(1) } });
  await messages.return!();
});

test('resuming is possible from every offset kept; from one deleted it says so and goes on from the head', async () => {
  await using db = await testDb();
  await using rig = await eventRig({ databaseUrl: db.url, limits: { batch: 3 } });
  await rig.tell('user_one', ...upTo(12).map(numbered));
  const after = async (offset: number, count: number) => {
    const got: string[] = [];
    for await (const { id, type } of rig.followers.follow('user_one', 'trading', { after: String(offset) })) {
      got.push(type === 'snapshot.needed' ? `from ${id}` : id);
      if (got.length === count) break;
    }
    return got;
  };
  for (const offset of upTo(11, 0))
    expect(await after(offset, 12 - offset)).toEqual(upTo(12, offset + 1).map(String));
  await rig.database.pool.query(`delete from user_events where "offset" <= 5`);
  expect(await after(4, 1)).toEqual(['from 12']);
  expect(await after(5, 7)).toEqual(upTo(12, 6).map(String));
});

test('a database that goes away and comes back delays a stream and does not end it', async () => {
  await using db = await testDb();
  await using rig = await eventRig({ databaseUrl: db.url, limits: { lookEveryMs: 20 } });
  await using client = stockClient(rig.port, 'session_one');
  const reading = collect(client, '0');
  await rig.tell('user_one', numbered(1));
  await reading.until(() => reading.events().length === 1);
  await db.database.pool.query('alter table user_events rename to away');
  await db.database.pool.query('update user_event_heads set head = head'); // looks still succeed, reads do not
  rig.events.wake('user_one', 'trading');
  await db.database.pool.query('select pg_sleep(0.1)');
  await db.database.pool.query(
    `insert into away select user_id, stream, 2, type, at, account_id, environment, data from away`,
  );
  await db.database.pool.query(`update user_event_heads set head = 2`);
  await db.database.pool.query('select pg_sleep(0.1)');
  await db.database.pool.query('alter table away rename to user_events');
  await reading.until(() => reading.events().length === 2);
  await db.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await db.database.db
    .transaction((tx) => rig.events.append(tx, 'user_one', 'trading', [numbered(3)]))
    .catch(() => rig.tell('user_one', numbered(3)));
  await reading.until(() => reading.events().length === 3);
  expect([reading.events(), reading.error, reading.ended, reading.starts]).toEqual([
    [1, 2, 3],
    undefined,
    false,
    1,
  ]);
});

describe('an unmodified client', () => {
  test('begins at the head with snapshot.needed, and gets nothing of another user', async () => {
    await using db = await testDb();
    await using rig = await eventRig({ databaseUrl: db.url });
    await rig.tell('user_one', ...upTo(3).map(numbered));
    await rig.tell('user_two', ...upTo(5).map(numbered));
    await using one = stockClient(rig.port, 'session_one');
    await using two = stockClient(rig.port, 'session_two');
    const [mine, others, reaching] = [collect(one), collect(two), collect(two, '2')];
    await Promise.all([
      mine.until(() => mine.messages.length > 0),
      others.until(() => others.messages.length > 0),
      reaching.until(() => reaching.messages.length === 3),
    ]);
    expect(mine.messages).toMatchObject([{ id: '3', type: 'snapshot.needed', recovered: false }]);
    expect(others.messages).toMatchObject([{ id: '5', type: 'snapshot.needed' }]);
    await rig.tell('user_one', numbered(77));
    await rig.tell('user_two', numbered(88));
    await Promise.all([
      mine.until(() => mine.messages.length === 2),
      others.until(() => others.messages.length === 2),
      reaching.until(() => reaching.messages.length === 4),
    ]);
    expect(mine.messages[1]).toMatchObject({
      id: '4',
      type: 'cash.changed',
      at: new Date('2026-01-05T09:00:00Z'),
      accountId: 'acct_1',
      environment: 'simulated',
      data: numbered(77).data,
    });
    expect(others.messages[1]).toMatchObject({ id: '6', data: numbered(88).data });
    expect(reaching.messages.map(({ id }) => id)).toEqual(['3', '4', '5', '6']);
  });

  test('whose connection is cut again and again while events come resumes where it was', async () => {
    await using db = await testDb();
    await using rig = await eventRig({ databaseUrl: db.url, limits: { batch: 4 } });
    await using client = stockClient(rig.port, 'session_one');
    const reading = collect(client, '0');
    await rig.tell('user_one', numbered(0));
    await reading.until(() => reading.events().length === 1);
    for (let round = 1; round <= 12; round++) {
      const writing = Promise.all(upTo(5).map((n) => rig.tell('user_one', numbered(round * 10 + n))));
      if (round % 2) await writing;
      client.cut();
      await writing;
      await reading.until(() => reading.starts > round && reading.events().length >= round * 5);
    }
    await reading.until(() => reading.events().length >= 61);
    expect(reading.events()).toEqual(upTo(61));
    expect(reading.messages).toHaveLength(61);
    expect(rig.sockets.stats().opened).toBe(13);
  });

  test('that was only told where the head is, or only heard heartbeats, keeps that place', async () => {
    await using db = await testDb();
    const clock = createManualClock();
    await using rig = await eventRig({ databaseUrl: db.url, clock });
    await rig.tell('user_one', ...upTo(4).map(numbered));
    await using client = stockClient(rig.port, 'session_one', { retryDelayMs: () => 200 });
    const reading = collect(client);
    await reading.until(() => reading.messages.length === 1);
    client.cut();
    await rig.tell('user_one', numbered(5)); // while nobody is there
    await reading.until(() => reading.events().length === 1);
    while (!reading.messages.some(({ type }) => type === 'heartbeat')) {
      clock.advance(1_000);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(reading.messages.at(-1)).toMatchObject({ id: '5', type: 'heartbeat', head: '5' });
    client.cut();
    await rig.tell('user_one', numbered(6));
    await reading.until(() => reading.events().length === 2);
    expect(
      reading.messages.filter(({ type }) => type !== 'heartbeat').map(({ id, type }) => `${id} ${type}`),
    ).toEqual(['4 snapshot.needed', '5 cash.changed', '6 cash.changed']);
  });

  test('outlives restarts of its server (1012), some with events written while it is down', async () => {
    await using db = await testDb();
    const first = await eventRig({ databaseUrl: db.url });
    const { port } = first;
    await using client = stockClient(port, 'session_one');
    const reading = collect(client, '0');
    let rig: EventRig = first;
    for (let round = 0; round < 4; round++) {
      await rig.tell('user_one', ...upTo(3).map(numbered));
      if (round % 2) await reading.until(() => reading.events().length === round * 4 + 3);
      await rig[Symbol.asyncDispose]();
      await db.database.db.transaction((tx) => rig.events.append(tx, 'user_one', 'trading', [numbered(99)]));
      rig = await eventRig({ databaseUrl: db.url, port });
    }
    await reading.until(() => reading.events().length >= 16);
    expect(reading.events()).toEqual(upTo(16));
    expect([reading.messages.length, reading.error, reading.ended]).toEqual([16, undefined, false]);
    await reading.stop();
    await rig[Symbol.asyncDispose]();
  });

  test('outlives kill -9 of its server in the middle of commits, five times: every committed event once, in order', async () => {
    await using db = await testDb();
    const start = async (port: number) => {
      const child = noted(
        spawn(
          process.execPath,
          [fileURLToPath(new URL('../testing/event-server.ts', import.meta.url)), db.url, String(port)],
          { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
        ),
      );
      const line = await createInterface(child.stdout!)[Symbol.asyncIterator]().next();
      return { child, port: Number(line.value) };
    };
    let server = await start(0);
    await using client = stockClient(server.port, 'session_one');
    const reading = collect(client, '0');
    for (let kills = 1; kills <= 5; kills++) {
      const had = reading.events().length;
      await reading.until(() => reading.starts >= kills && reading.events().length > had + 20);
      server.child.kill('SIGKILL');
      await once(server.child, 'exit');
      if (kills < 5) server = await start(server.port);
    }
    await using rig = await eventRig({ databaseUrl: db.url, port: server.port });
    const head = Number(await rig.events.head('user_one', 'trading'));
    await reading.until(() => reading.events().length >= head);
    await rig.tell('user_one', numbered(-1));
    await reading.until(() => reading.events().length > head);
    expect(reading.events()).toEqual(upTo(head + 1));
    expect([reading.error, reading.ended, reading.starts]).toEqual([undefined, false, 6]);
    console.log(`${head + 1} events over 5 kills, each once`);
  }, 60_000);

  test('that does not read is closed with 4490 while the process holds little for it, and resumes', async () => {
    await using db = await testDb();
    await using rig = await eventRig({
      databaseUrl: db.url,
      limits: { batch: 20, stalledAfterMs: 300, drainCheckMs: 5, backlogBytes: 64 * 1024 },
    });
    await using client = stockClient(rig.port, 'session_one');
    const reading = collect(client, '0');
    await rig.tell('user_one', numbered(1));
    await reading.until(() => reading.events().length === 1);
    // Some 24 MB, far more than the system's own buffers of a connection take.
    const large: NewEvent<'trading'> = {
      ...numbered(2),
      type: 'break.opened',
      data: { kind: 'late_appearance', dealId: null, difference: 'x'.repeat(60_000) },
    };
    const socket = (client.wsClient.connection as unknown as { ws: { pause(): void; resume(): void } }).ws;
    socket.pause();
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, rig.sockets.stats().bufferedBytes)), 2);
    for (let i = 0; i < 20; i++) await rig.tell('user_one', ...Array.from({ length: 20 }, () => large));
    while (!(4490 in rig.sockets.stats().closed)) await new Promise((resolve) => setTimeout(resolve, 5));
    clearInterval(watching);
    socket.resume();
    await reading.until(() => reading.events().length >= 401);
    expect(reading.events()).toEqual(upTo(401));
    expect(most).toBeGreaterThan(60_000); // it was looked at while something waited
    expect(most).toBeLessThan(64 * 1024 + 2 * 60_200);
  }, 60_000);

  test('hears server.unavailable, never a completed stream, from a process that closes its followers first', async () => {
    await using db = await testDb();
    await using rig = await eventRig({ databaseUrl: db.url });
    await using client = stockClient(rig.port, 'session_one');
    const reading = collect(client, '0');
    await rig.tell('user_one', numbered(1));
    await reading.until(() => reading.events().length === 1);
    await rig.followers.close();
    await reading.until(() => reading.error !== undefined);
    expect(reading.error).toMatchObject({ data: { code: 'server.unavailable', retryable: true } });
  });

  test('with a place that is no event id is refused', async () => {
    await using db = await testDb();
    await using rig = await eventRig({ databaseUrl: db.url });
    await using client = stockClient(rig.port, 'session_one');
    for (const place of ['-1', '1.5', 'abc', '', '9'.repeat(16)]) {
      const reading = collect(client, place);
      await reading.until(() => reading.error !== undefined);
      expect(reading.error).toMatchObject({ data: { code: 'request.invalid' } });
    }
    expect(rig.followers.stats().readers).toBe(0);
  });
});
