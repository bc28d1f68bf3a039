import { expect, test } from 'vitest';
import { silentLogger } from '../lib/logger.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { testDb, type TestDb } from '../testing/test-db.ts';
import { createDatabase } from './client.ts';

/** A database as a process opens it, on a clock that stands still. */
function open({ url }: TestDb) {
  const clock = createManualClock();
  const database = createDatabase({ url, logger: silentLogger, clock, max: 2 });
  return Object.assign(database, { clock, [Symbol.asyncDispose]: () => database.close() });
}
const raise = (code: string) => `do $$ begin raise exception using errcode = '${code}'; end $$`;

test('a database that works is in no trouble, whatever mistakes statements made', async () => {
  await using db = await testDb();
  await using database = open(db);
  await database.pool.query('select nonsense').catch(() => undefined);
  await database.pool.query(raise('23505')).catch(() => undefined);
  expect(await database.trouble()).toBeNull();
});

test('a database that takes no writes says so', async () => {
  await using db = await testDb({ settings: { default_transaction_read_only: 'on' } });
  await using database = open(db);
  expect(await database.trouble()).toBe('takes no writes (read-only)');
});

test.each([
  ['53100', 'its disk is full'],
  ['53200', 'it is out of memory'],
  ['53400', 'is short of resources (53400)'],
])('what a statement met (%s) is told for some seconds, whoever sent it', async (code, text) => {
  await using db = await testDb();
  await using database = open(db);
  await expect(database.db.transaction((tx) => tx.execute(raise(code)))).rejects.toThrow();
  expect(await database.trouble()).toBe(text);
  database.clock.advance(14_999);
  expect(await database.trouble()).toBe(text);
  database.clock.advance(1);
  expect(await database.trouble()).toBeNull();
});

test('a database that is not there rejects', async () => {
  const database = createDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', logger: silentLogger });
  await expect(database.trouble()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await database.close();
});
