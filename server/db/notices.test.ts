import { Writable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { createLogger } from '../lib/logger.ts';
import { count, createInbox } from '../testing/bus.contract.ts';
import { databaseLine } from '../testing/database-line.ts';
import { testDb, withAdmin, type TestDb } from '../testing/test-db.ts';
import { createDatabase } from './client.ts';
import { createNotices } from './notices.ts';

const ids = createIds(systemClock);
/** Probes so often that a test need not wait for one; patient with the answer, so that a busy machine breaks no line that is well. */
const quick = { retryFirstMs: 5, retryMaxMs: 20, probeEveryMs: 50, probeWithinMs: 15_000 };
/** For a line on which no answer ever comes. */
const impatient = { ...quick, probeWithinMs: 200 };

/** One process: its own pool and notices over `url`, what it hears, how often it may have missed something, its warnings. */
async function startProcess({ url }: TestDb, { line = url, channel = 'test', limits = quick } = {}) {
  const said = createInbox<string>();
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      said.put((JSON.parse(chunk.toString()) as { msg: string }).msg);
      done();
    },
  });
  const logger = createLogger({ level: 'info', pretty: false, destination });
  const database = createDatabase({ url: line, logger, max: 2 });
  const notices = createNotices({
    database,
    url: line,
    channel,
    name: ids.next('process'),
    clock: systemClock,
    logger,
    limits,
  });
  const heard = createInbox<string>();
  const gaps = createInbox<true>();
  return {
    ...notices,
    database,
    said,
    heard,
    gaps,
    /** Resolves when it hears. */
    async listening() {
      notices.listen({ onText: heard.put, onGap: () => gaps.put(true) });
      await gaps.until(count(1));
      return this;
    },
    async [Symbol.asyncDispose]() {
      await notices.close();
      await database.close();
    },
  };
}

test('a text reaches every process that listens to the same database and channel, its own too, in order', async () => {
  await using db = await testDb();
  await using one = await startProcess(db);
  await using two = await startProcess(db);
  await using elsewhere = await startProcess(db, { channel: 'another' });
  for (const each of [one, two, elsewhere]) await each.listening();
  const texts = Array.from({ length: 1_200 }, (_, n) => `text ${n}`);
  for (const text of texts) one.send(text);
  await one.heard.until(count(1_200));
  await two.heard.until(count(1_200));
  expect(two.heard.items).toEqual(texts);
  elsewhere.send('the only one here');
  await elsewhere.heard.until(count(1));
  expect(elsewhere.heard.items).toEqual(['the only one here']);
  expect([...one.said.items, ...two.said.items]).toEqual([]);
});

test('a text too long for PostgreSQL breaks neither its sender nor the next one', async () => {
  await using db = await testDb();
  await using one = await startProcess(db);
  await one.listening();
  one.send('x'.repeat(8_000));
  one.send('x'.repeat(7_999));
  await one.heard.until(count(1));
  expect(one.heard.items.map((text) => text.length)).toEqual([7_999]);
});

test('a listening connection that PostgreSQL ends comes back, and says that something may have been missed', async () => {
  await using db = await testDb();
  await using one = await startProcess(db);
  await one.listening();
  await withAdmin(db.url, (admin) =>
    admin.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ftrader-listen'`,
    ),
  );
  await one.gaps.until(count(2));
  one.send('after');
  await one.heard.until(count(1));
});

test('without the database nothing throws; it is said once, and when the database is back texts arrive again', async () => {
  await using db = await testDb();
  await using line = await databaseLine(db.url);
  await using one = await startProcess(db, { line: line.url });
  await one.listening();
  const asked = line.accepted();
  line.break();
  for (let n = 0; n < 3; n++) one.send('lost');
  while (line.accepted() < asked + 10) await new Promise(setImmediate);
  line.mend();
  await one.gaps.until(count(2));
  one.send('back');
  await one.heard.until((texts) => texts.at(-1) === 'back');
  expect(one.said.items.filter((text) => text.startsWith('the database cannot be listened to'))).toHaveLength(
    1,
  );
});

test('behind a pooler that swallows notifications it warns once and keeps saying that something may have been missed', async () => {
  await using db = await testDb();
  await using line = await databaseLine(db.url);
  line.swallow(true);
  await using one = await startProcess(db, { line: line.url, limits: impatient });
  await one.listening();
  await one.gaps.until(count(3));
  const warnings = () => one.said.items.filter((text) => text.includes('pooler in transaction mode'));
  expect(warnings()).toHaveLength(1);
  await using two = await startProcess(db);
  await two.listening();
  one.send('still told to others');
  await two.heard.until(count(1));
  line.swallow(false);
  await one.said.until((texts) => texts.some((text) => text.includes('heard again')));
  two.send('heard again');
  await one.heard.until(count(1));
});

test('a line that died without a word is found by a probe and replaced', async () => {
  await using db = await testDb();
  await using line = await databaseLine(db.url);
  await using one = await startProcess(db, { line: line.url, limits: impatient });
  await one.listening();
  line.muteThese();
  await vi.waitFor(() => {
    one.send('after');
    expect(one.heard.items).toContain('after');
  }, 15_000);
});
