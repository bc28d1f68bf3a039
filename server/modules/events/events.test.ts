// Event rows on a real PostgreSQL: offsets, what a reader sees, and what retention leaves.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { NewEvent } from '../../../shared/events.ts';
import { inTransaction } from '../../db/transaction.ts';
import { createDatabase, type Database } from '../../db/client.ts';
import { silentLogger } from '../../lib/logger.ts';
import { numberIn, numbered } from '../../testing/numbered-events.ts';
import { testBus } from '../../testing/price-rig.ts';
import { testDb } from '../../testing/test-db.ts';
import { createUserEvents, toldChange, type UserEvents } from './index.ts';
import { maxEventsPerAppend } from './store.ts';

const start = new Date('2026-01-05T09:00:00Z');
const appendAll = (database: Database, events: UserEvents, userId: string, ...list: NewEvent<'trading'>[]) =>
  inTransaction(database.db, (tx) => events.append(tx, userId, 'trading', list));

async function setUp() {
  const db = await testDb();
  const bus = testBus();
  return {
    ...db,
    bus,
    events: createUserEvents({ database: db.database, bus, logger: silentLogger }),
    [Symbol.asyncDispose]: async () => (await bus.close(), db[Symbol.asyncDispose]()),
  };
}
const rolledBack = new Error('rolled back by the test');
/** Seeded, printed with a failure. */
const dice = (seed: number) => () => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;

test('twenty transactions at once, some rolled back, leave offsets without a gap in the order of their commits', async () => {
  await using app = await setUp();
  const { events } = app;
  const database = createDatabase({ url: app.url, logger: silentLogger, max: 20 });
  await database.pool.query('create table committed (place serial, n int)');
  const seed = 7;
  const roll = dice(seed);
  const kept: number[] = [];
  await Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      for (let round = 0; round < 5; round++) {
        const [size, fails, waits] = [1 + Math.floor(roll() * 3), roll() < 0.3, roll() < 0.5];
        const list = Array.from({ length: size }, (__, i) => n * 1_000 + round * 10 + i);
        await inTransaction(database.db, async (tx) => {
          if (waits) await tx.execute(sql`select pg_sleep(0.003)`);
          await events.append(tx, 'user_1', 'trading', list.map(numbered));
          // A number taken while the counter is locked: the order of the commits.
          await tx.execute(sql`insert into committed (n) values (${list[0]})`);
          if (fails) throw rolledBack;
        }).then(
          () => kept.push(...list),
          (error: unknown) => expect(error).toBe(rolledBack),
        );
      }
    }),
  );
  const { head, events: rows } = await events.read({ userId: 'user_1', stream: 'trading' }, 0, 10_000);
  expect(
    rows.map(({ id }) => Number(id)),
    `seed ${seed}`,
  ).toEqual(Array.from({ length: kept.length }, (_, i) => i + 1));
  expect(head).toBe(kept.length);
  expect(rows.map(numberIn).sort((a, b) => a - b)).toEqual(kept.sort((a, b) => a - b));
  const order = await database.pool.query<{ n: number }>('select n from committed order by place');
  const firsts = rows.map(numberIn).filter((n) => n % 10 === 0);
  expect(firsts).toEqual(order.rows.map(({ n }) => n));
  await database.close();
});

const move = toldChange(
  'test_move',
  (from) => `update moving set done = true where n = $${from} and not done returning n`,
);
test('of many at once that make one change one makes it and tells of it; the others change and tell nothing, and the offsets have no gap', async () => {
  await using app = await setUp();
  const { database, events } = app;
  await database.pool.query('create table moving as select n, false as done from generate_series(1, 5) n');
  const key = { userId: 'user_1', stream: 'trading' } as const;
  const change = async (n: number) => {
    const { offset } = await inTransaction(database.db, async (tx) => ({
      offset: events.appendChange(tx, key, numbered(n), move, [n]), // sent, and left to the COMMIT
    }));
    return offset;
  };
  const offsets = await Promise.all(
    [1, 2, 3, 4, 5].flatMap((n) => Array.from({ length: 4 }, () => change(n))),
  );
  const told = offsets.filter((offset) => offset !== undefined);
  expect(told.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  const { events: rows } = await events.read(key, 0, 100);
  expect(rows.map(numberIn).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
});

test('a reader never sees an offset before the one below it, however the commits fall', async () => {
  await using app = await setUp();
  const { database, events } = app;
  const key = { userId: 'user_1', stream: 'trading' } as const;
  let writing = true;
  const writers = Promise.all(
    Array.from({ length: 6 }, async (_, n) => {
      for (let i = 0; i < 25; i++) await appendAll(database, events, key.userId, numbered(n), numbered(n));
    }),
  ).then(() => (writing = false));
  let last = 0;
  let reads = 0;
  while (writing || last < 300) {
    const { head, events: rows } = await events.read(key, last, 50);
    reads++;
    expect(rows.map(({ id }) => Number(id))).toEqual(
      Array.from({ length: Math.min(50, head - last) }, (_, i) => last + i + 1),
    );
    last += rows.length;
  }
  await writers;
  expect(last).toBe(300);
  expect(reads).toBeGreaterThan(5);
});

test('streams and users have offsets of their own, and nobody reads another’s', async () => {
  await using app = await setUp();
  const { database, events } = app;
  await appendAll(database, events, 'user_1', numbered(1), numbered(2));
  await appendAll(database, events, 'user_2', numbered(3));
  await inTransaction(database.db, (tx) =>
    events.append(tx, 'user_1', 'notifications', [
      {
        ...numbered(4),
        type: 'notification.read',
        data: { notificationIds: null, readAt: start, unreadCount: 0 },
      },
    ]),
  );
  expect(
    await events.heads([
      { userId: 'user_2', stream: 'trading' },
      { userId: 'user_9', stream: 'trading' },
      { userId: 'user_1', stream: 'trading' },
      { userId: 'user_1', stream: 'notifications' },
    ]),
  ).toEqual([1, 0, 2, 1]);
  expect((await events.read({ userId: 'user_2', stream: 'trading' }, 0, 10)).events.map(numberIn)).toEqual([
    3,
  ]);
  expect(await events.read({ userId: 'user_9', stream: 'trading' }, 0, 10)).toEqual({ head: 0, events: [] });
  expect(await events.head('user_1', 'trading')).toBe('2');
  expect(await events.head('user_9', 'notifications')).toBe('0');
});

test('nothing to append changes nothing; too much at once is refused and rolls back', async () => {
  await using app = await setUp();
  await appendAll(app.database, app.events, 'user_1');
  await expect(
    appendAll(
      app.database,
      app.events,
      'user_1',
      ...Array.from({ length: maxEventsPerAppend + 1 }, (_, n) => numbered(n)),
    ),
  ).rejects.toThrow(RangeError);
  expect(await app.events.head('user_1', 'trading')).toBe('0');
  await appendAll(
    app.database,
    app.events,
    'user_1',
    ...Array.from({ length: maxEventsPerAppend }, (_, n) => numbered(n)),
  );
  expect(await app.events.head('user_1', 'trading')).toBe(String(maxEventsPerAppend));
});

test('retention deletes a beginning and never makes a hole: what follows an older-looking event stays', async () => {
  await using app = await setUp();
  const { database, events } = app;
  const day = (n: number) => new Date(start.getTime() + n * 86_400_000);
  const at = (n: number) => ({ ...numbered(n), at: day(n) });
  // The venue's time need not rise: day 9 came before day 2.
  await appendAll(database, events, 'user_1', ...[1, 3, 9, 2, 10].map((n) => at(n)));
  await appendAll(database, events, 'user_2', ...[1, 2].map((n) => at(n)));
  await appendAll(database, events, 'user_3', at(8));
  expect(await events.deleteBefore('trading', day(5))).toBe(4);
  const left = async (userId: string) => {
    const { head, events: rows } = await events.read({ userId, stream: 'trading' }, 0, 10);
    return [head, rows.map(({ id }) => id)];
  };
  expect([await left('user_1'), await left('user_2'), await left('user_3')]).toEqual([
    [5, ['3', '4', '5']],
    [2, []],
    [1, ['1']],
  ]);
  await appendAll(database, events, 'user_2', at(11));
  expect(await left('user_2')).toEqual([3, ['3']]);
  expect(await events.deleteBefore('trading', day(5))).toBe(0);
});

test('a wake-up goes to the readers of that stream of that user', async () => {
  await using app = await setUp();
  const heard: string[] = [];
  const arrived = Promise.withResolvers<void>();
  const subscription = await app.bus.subscribe('wakeups', (message, key) => {
    heard.push(`${key} ${message.kind} ${message.id}`);
    if (message.id === 'user_end') arrived.resolve();
  });
  await subscription.setKeys(['trading.user_1', 'trading.user_end']);
  app.events.wake('user_1', 'notifications');
  app.events.wake('user_2', 'trading');
  app.events.wake('user_1', 'trading');
  app.events.wake('user_end', 'trading');
  await arrived.promise;
  expect(heard).toEqual(['trading.user_1 trading user_1', 'trading.user_end trading user_end']);
});
