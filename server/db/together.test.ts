// Statements of one turn on one connection of a real PostgreSQL.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { testDb } from '../testing/test-db.ts';
import { run, runTogether, statement } from './statement.ts';

const backend = statement('test_backend', 'select pg_backend_pid()', ([pid]) => Number(pid));
const quotient = statement('test_quotient', 'select 1 / $1::int', ([value]) => Number(value));

test('what is asked for together in one turn goes out on one connection, which is free again after the last answer', async () => {
  await using db = await testDb();
  const { pool, db: on } = db.database;
  const ask = () => Promise.all([runTogether(on, backend, []), runTogether(on, backend, [])]);
  const [first, second] = await ask();
  expect(first).toEqual(second);
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
  await Promise.all([ask(), run(on, backend, [])]);
  expect([pool.totalCount, pool.idleCount]).toEqual([2, 2]);
});

test('one that fails fails alone', async () => {
  await using db = await testDb();
  const { db: on } = db.database;
  const [before, failed, after] = await Promise.allSettled(
    [1, 0, 1].map((by) => runTogether(on, quotient, [by])),
  );
  for (const other of [before, after]) expect(other).toEqual({ status: 'fulfilled', value: [1] });
  expect(failed).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
});

test('a connection that is lost fails what shared it and nothing later', async () => {
  await using db = await testDb();
  const { pool, db: on } = db.database;
  const slow = statement('test_slow', 'select pg_sleep(60)');
  const asked = [runTogether(on, backend, []), runTogether(on, slow, [])];
  const settled = Promise.allSettled(asked);
  const [pid] = (await asked[0]) as number[];
  await on.execute(sql`select pg_terminate_backend(${pid})`);
  expect((await settled)[1]).toMatchObject({ status: 'rejected' });
  expect(await runTogether(on, quotient, [1])).toEqual([1]);
  expect(pool.idleCount).toBe(pool.totalCount);
});
