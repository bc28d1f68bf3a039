import { asc, desc, eq, and, sql } from 'drizzle-orm';
import { pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { testDb } from '../testing/test-db.ts';
import { keyset, type Order, type Window } from './keyset.ts';

const things = pgTable('things', {
  owner: text('owner').notNull(),
  madeAt: timestamp('made_at', { withTimezone: true, precision: 3, mode: 'date' }).notNull(),
  id: text('id').primaryKey(),
});
const firstMs = Date.parse('2026-01-05T09:00:00.123Z');
const thing = (n: number, owner = 'ann') => ({
  owner,
  madeAt: new Date(firstMs + Math.floor(n / 7)), // seven of each instant: the id decides among them
  id: `thing_${String(n * 7919).padStart(9, '0')}`,
});
const orders = ['newest first', 'oldest first'] as const;

async function arrange(count: number) {
  const db = await testDb();
  const { db: drizzle } = db.database;
  await drizzle.execute(
    sql`create table things (owner text not null, made_at timestamptz(3) not null, id text primary key)`,
  );
  await drizzle.execute(sql`create index things_owner_idx on things (owner, made_at, id)`);
  await drizzle
    .insert(things)
    .values(Array.from({ length: count }, (_, n) => [thing(n), thing(n + 0.5, 'bob')]).flat());
  const query = ({ after, orderBy, limit }: Window) =>
    drizzle
      .select()
      .from(things)
      .where(and(eq(things.owner, 'ann'), after))
      .orderBy(...orderBy)
      .limit(limit);
  const page = (order: Order) => keyset(things, { at: 'madeAt', id: 'id', order });
  return {
    drizzle,
    page: (order: Order, limit: number, cursor?: string) => page(order)({ limit, cursor }, query),
    /** What PostgreSQL does for the page at `cursor`. */
    async plan(order: Order, cursor: string | undefined) {
      let plan = '';
      await page(order)({ limit: 50, cursor }, async (window) => {
        const { rows } = await drizzle.execute<{ 'QUERY PLAN': string }>(sql`explain ${query(window)}`);
        plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        return [];
      });
      return plan;
    },
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
    },
  };
}

test.each(orders)(
  'pages, %s, hold every row once and in order, also where many share an instant',
  async (order) => {
    await using list = await arrange(40);
    const by = order === 'newest first' ? desc : asc;
    const all = await list.drizzle
      .select()
      .from(things)
      .where(eq(things.owner, 'ann'))
      .orderBy(by(things.madeAt), by(things.id));
    for (const limit of [1, 3, 7, 20, 39, 40, 41]) {
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const { rows, nextCursor } = await list.page(order, limit, cursor);
        expect(rows).toHaveLength(Math.min(limit, all.length - seen.length));
        seen.push(...rows);
        expect([limit, nextCursor === null]).toEqual([limit, seen.length === all.length]);
        cursor = nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual(all);
    }
  },
);

test('rows that arrive between two pages shift nothing', async () => {
  await using list = await arrange(20);
  const first = await list.page('newest first', 8);
  await list.drizzle.insert(things).values([thing(90), thing(91)]);
  const second = await list.page('newest first', 8, first.nextCursor!);
  expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(
    Array.from({ length: 16 }, (_, n) => thing(19 - n).id),
  );
});

test('an empty list has no next page', async () => {
  await using list = await arrange(1);
  await list.drizzle.delete(things);
  expect(await list.page('newest first', 10)).toEqual({ rows: [], nextCursor: null });
});

test.each(orders)(
  'the place of a cursor is found in the index, %s: nothing is sorted or filtered',
  async (order) => {
    await using list = await arrange(2_000);
    await list.drizzle.execute(sql`analyze things`);
    const { nextCursor } = await list.page(order, 500);
    for (const cursor of [undefined, nextCursor!]) {
      const plan = await list.plan(order, cursor);
      expect(plan).toContain('things_owner_idx');
      expect(plan).not.toMatch(/Sort|Filter/);
      if (cursor !== undefined) expect(plan).toMatch(/Index Cond: .*ROW\(made_at, id\)/);
    }
  },
);

test.each([
  '',
  'x',
  ...['12', '12.', 'ab.c', '12.a b', '999999999999999.x', `1.${'x'.repeat(101)}`].map((text) =>
    Buffer.from(text).toString('base64url'),
  ),
])('%j, which no list gave out, is refused before anything is read', async (cursor) => {
  const page = keyset(things, { at: 'madeAt', id: 'id', order: 'newest first' });
  let read = false;
  const asked = page({ limit: 10, cursor }, async () => {
    read = true;
    return [];
  });
  await expect(asked).rejects.toMatchObject({
    code: 'request.invalid',
    message: 'cursor must be the nextCursor of the page before: leave it out to start at the first page.',
  });
  expect(read).toBe(false);
});
