import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { startEmbeddedPostgres } from './embedded/index.ts';
import { silentLogger } from '../lib/logger.ts';
import { testDb } from '../testing/test-db.ts';
import { createDatabase } from './client.ts';
import { folder, query } from './embedded/testing/kit.ts';
import { inTransaction, sqlState } from './transaction.ts';

/** Resolves for everybody once `count` have arrived. */
function barrier(count: number): () => Promise<void> {
  const gate = Promise.withResolvers<void>();
  let arrived = 0;
  return () => (++arrived >= count ? gate.resolve() : undefined, gate.promise);
}

test('two transactions that deadlock both commit: the loser runs again', async () => {
  await using fresh = await testDb();
  const { db, pool } = fresh.database;
  await pool.query(
    'create table purses (id int primary key, cash int); insert into purses values (1, 0), (2, 0)',
  );
  const bothHoldOne = barrier(2);
  let runs = 0;
  const pay = (first: number, second: number) =>
    inTransaction(db, async (tx) => {
      runs++;
      await tx.execute(sql`update purses set cash = cash + 1 where id = ${first}`);
      await bothHoldOne();
      await tx.execute(sql`update purses set cash = cash + 1 where id = ${second}`);
    });
  await Promise.all([pay(1, 2), pay(2, 1)]);
  expect((await pool.query('select cash from purses')).rows).toEqual([{ cash: 2 }, { cash: 2 }]);
  expect(runs).toBeGreaterThanOrEqual(3); // its second run may meet the winner once more
});

test('two serializable transactions that read before they write end as if one after the other', async () => {
  await using fresh = await testDb();
  const { db, pool } = fresh.database;
  await pool.query('create table counters (n int); insert into counters values (0)');
  const bothHaveRead = barrier(2);
  const increment = () =>
    inTransaction(
      db,
      async (tx) => {
        const { rows } = await tx.execute<{ n: number }>(sql`select n from counters`);
        await bothHaveRead();
        await tx.execute(sql`update counters set n = ${(rows[0]?.n ?? 0) + 1}`);
      },
      { isolation: 'serializable' },
    );
  await Promise.all([increment(), increment()]);
  expect((await pool.query('select n from counters')).rows).toEqual([{ n: 2 }]);
});

test('one that loses every time is given up after five runs with PostgreSQL’s error, and others are not repeated', async () => {
  await using fresh = await testDb();
  const { db } = fresh.database;
  for (const [state, expected] of [
    ['40001', 5],
    ['23505', 1],
  ] as const) {
    let runs = 0;
    const failing = inTransaction(db, async (tx) => {
      runs++;
      await tx.execute(sql.raw(`do $$ begin raise exception 'lost' using errcode = '${state}'; end $$`));
    });
    await expect(failing.catch(sqlState)).resolves.toBe(state);
    expect(runs).toBe(expected);
  }
});

test('a pool outlives a restart of its server', async () => {
  const dataDir = folder();
  const first = await startEmbeddedPostgres({ dataDir, logger: silentLogger, durable: false });
  const database = createDatabase({ url: first.url, logger: silentLogger, name: 'survivor' });
  expect((await database.pool.query(`select current_setting('application_name') as name`)).rows).toEqual([
    { name: 'survivor' },
  ]);
  await first.stop();
  const second = await startEmbeddedPostgres({ dataDir, logger: silentLogger, durable: false });
  expect(second.url).toBe(first.url);
  expect((await database.db.execute(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
  await database.close();
  await database.close();
  await expect
    .poll(() => query(second.url, `select 1 from pg_stat_activity where application_name = 'survivor'`))
    .toEqual([]);
  await second.stop();
});
