// Jobs on a real PostgreSQL: enqueued with the transaction, tried again, run after a worker comes back.
import { expect, test as testAlone } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../lib/logger.ts';
import { testDb } from '../testing/test-db.ts';
import { pullBack } from './ahead.ts';
import { createJobs, type FailedJob } from './index.ts';

/** Each has a database of its own, and waits for most of its time. */
const test = testAlone.concurrent;

function once<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}
const definition = {
  about: 'is tried',
  payload: z.object({ n: z.number() }),
  retryLimit: 2,
  retryDelaySeconds: 0,
  expireInSeconds: 30,
  pollSeconds: 0.5,
};

test('a job exists when its transaction commits, and not when it rolls back', async () => {
  await using db = await testDb();
  const ran: number[] = [];
  const second = once<void>();
  const jobs = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const job = jobs.define({
    ...definition,
    name: 'test.count',
    run: async ({ n }) => {
      ran.push(n);
      if (n === 2) second.resolve();
    },
  });
  await jobs.start({ work: true });
  await db.database.db
    .transaction(async (tx) => {
      await job.enqueue(tx, { n: 1 });
      throw new Error('undone');
    })
    .catch(() => undefined);
  await db.database.db.transaction((tx) => job.enqueue(tx, { n: 2 }));
  await second.promise;
  expect(ran).toEqual([2]);
  await jobs.close();
});

test('of those under one key one waits: one that is wanted sooner brings it forward, one that is wanted later or rolled back leaves it', async () => {
  await using db = await testDb();
  const { database } = db;
  const jobs = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const ran = once<void>();
  const job = jobs.define({
    ...definition,
    name: 'test.keyed',
    oneWaitingPerKey: true,
    run: async () => ran.resolve(),
  });
  const worker = createJobs({ databaseUrl: db.url, logger: silentLogger });
  worker.define(job.definition);
  await jobs.start({ work: false });
  const enqueue = (afterSeconds: number) =>
    database.db.transaction((tx) => job.enqueue(tx, { n: 1 }, { key: 'a', afterSeconds }));
  const waitsSeconds = async () =>
    (
      await database.pool.query<{ s: number }>(
        `select round(extract(epoch from start_after - created_on))::int as s from pgboss.job where name = 'test.keyed'`,
      )
    ).rows.map(({ s }) => s);
  await enqueue(7_200);
  await enqueue(3_600);
  await enqueue(7_200);
  await database.db
    .transaction(async (tx) => {
      await job.enqueue(tx, { n: 1 }, { key: 'a' });
      throw new Error('undone');
    })
    .catch(() => undefined);
  expect(await waitsSeconds()).toEqual([expect.closeTo(3_600, -1)]);
  await enqueue(0);
  await worker.start({ work: true });
  await ran.promise;
  await worker.close();
  await jobs.close();
});

test('jobs that wait for a clock that was two days ahead run, and so do schedules', async () => {
  await using db = await testDb();
  const { pool } = db.database;
  const sender = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const waiting = sender.define({ ...definition, name: 'test.ahead', run: async () => undefined });
  await sender.start({ work: false });
  await db.database.db.transaction((tx) => waiting.enqueue(tx, { n: 3 }));
  await sender.close();
  await pool.query(
    `update pgboss.job set start_after = now() + interval '2 days', created_on = now() + interval '2 days'`,
  );
  await pool.query(`update pgboss.version set cron_on = now() + interval '2 days'`);
  await pool.query(`update pgboss.queue set maintain_on = now() + interval '2 days'`);

  const ran = once<number>();
  const worker = createJobs({ databaseUrl: db.url, logger: silentLogger });
  worker.define({ ...definition, name: 'test.ahead', run: async ({ n }) => ran.resolve(n) });
  await worker.start({ work: true });
  expect(await ran.promise).toBe(3);
  const ahead = `select (select cron_on > now() from pgboss.version) or (select bool_or(maintain_on > now()) from pgboss.queue) as ahead`;
  expect((await pool.query(ahead)).rows).toEqual([{ ahead: false }]);
  await worker.close();
});

test('a job that is due later, also one that was put off by hand, still waits', async () => {
  await using db = await testDb();
  const jobs = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const job = jobs.define({ ...definition, name: 'test.later', run: async () => undefined });
  await jobs.start({ work: true });
  await db.database.db.transaction((tx) => job.enqueue(tx, { n: 1 }, { afterSeconds: 3_600 }));
  for (const text of pullBack) await db.database.pool.query(text);
  const { rows } = await db.database.pool.query<{ later: boolean }>(
    `select start_after > now() + interval '50 minutes' as later from pgboss.job where name = 'test.later'`,
  );
  expect(rows).toEqual([{ later: true }]);
  await jobs.close();
});

test('a job that fails is tried again; what was enqueued while no worker ran is run when one is back', async () => {
  await using db = await testDb();
  const sender = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const enqueued = sender.define({ ...definition, name: 'test.retry', run: async () => undefined });
  await sender.start({ work: false });
  await db.database.db.transaction((tx) => enqueued.enqueue(tx, { n: 7 }));
  await sender.close();

  const attempts: number[] = [];
  const done = once<void>();
  const worker = createJobs({ databaseUrl: db.url, logger: silentLogger });
  worker.define({
    ...definition,
    name: 'test.retry',
    run: async ({ n }) => {
      attempts.push(n);
      if (attempts.length === 1) throw new Error('the first attempt fails');
      done.resolve();
    },
  });
  await worker.start({ work: true });
  await done.promise;
  expect(attempts).toEqual([7, 7]);
  await worker.close();
});

test('a process that names a job enqueues it and never runs it, also as a worker of others; one that defines it runs it', async () => {
  await using db = await testDb();
  const kind = { ...definition, name: 'test.elsewhere' };
  const namer = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const own = once<void>();
  const ownJob = namer.define({ ...definition, name: 'test.own', run: async () => own.resolve() });
  const elsewhere = namer.queue(kind);
  await namer.start({ work: true });
  await db.database.db.transaction(async (tx) => {
    await elsewhere.enqueue(tx, { n: 7 });
    await ownJob.enqueue(tx, { n: 1 });
  });
  await own.promise;
  const { rows } = await db.database.pool.query(`select state from pgboss.job where name = 'test.elsewhere'`);
  expect(rows).toEqual([{ state: 'created' }]);

  const ran = once<number>();
  const definer = createJobs({ databaseUrl: db.url, logger: silentLogger });
  definer.define({ ...kind, run: async ({ n }) => ran.resolve(n) });
  await definer.start({ work: true });
  expect(await ran.promise).toBe(7);
  await namer.close();
  await definer.close();
});

test('a payload of the wrong shape is refused when it is enqueued', async () => {
  await using db = await testDb();
  const jobs = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const job = jobs.define({ ...definition, name: 'test.shape', run: async () => undefined });
  await jobs.start({ work: false });
  await expect(db.database.db.transaction((tx) => job.enqueue(tx, { n: 'seven' } as never))).rejects.toThrow(
    'expected number',
  );
  await jobs.close();
});

test('a job that failed for good is told once, with whose it is, why and after how many tries, also when who tells it fails at first', async () => {
  await using db = await testDb();
  const jobs = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const job = jobs.define({
    ...definition,
    name: 'test.hopeless',
    retryLimit: 1,
    ownerOf: async ({ n }) => ({ userId: `user_${n}` }),
    run: async () => {
      throw new Error('no hope\n    at somewhere');
    },
  });
  const told: Omit<FailedJob, 'settle'>[] = [];
  const settled = once<void>();
  let tries = 0;
  jobs.whenFailed(async ({ settle, ...failed }) => {
    if (tries++ === 0) throw new Error('the database is away');
    told.push(failed);
    await db.database.db.transaction((tx) => settle(tx));
    settled.resolve();
  });
  await jobs.start({ work: true });
  await db.database.db.transaction((tx) => job.enqueue(tx, { n: 7 }));
  await settled.promise;
  expect(told).toEqual([
    { name: 'test.hopeless', error: 'no hope', said: undefined, tries: 2, owner: { userId: 'user_7' } },
  ]);
  const { rows } = await db.database.pool.query(
    `select name, state from pgboss.job where name in ('test.hopeless', 'jobs.tell-failed') order by name`,
  );
  expect(rows).toEqual([
    { name: 'jobs.tell-failed', state: 'completed' },
    { name: 'test.hopeless', state: 'failed' },
  ]);
  await jobs.close();
});

test('a job that fails every time holds up no other of its queue', async () => {
  await using db = await testDb();
  const jobs = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const ran: number[] = [];
  const all = once<void>();
  const job = jobs.define({
    ...definition,
    name: 'test.poison',
    retryLimit: 1_000,
    async run({ n }) {
      if (n === 0) throw new Error('poison');
      if (ran.push(n) === 5) all.resolve();
    },
  });
  await jobs.start({ work: true });
  for (const n of [0, 1, 0, 2, 3, 0, 4, 5]) await db.database.db.transaction((tx) => job.enqueue(tx, { n }));
  await all.promise;
  expect(ran.sort()).toEqual([1, 2, 3, 4, 5]);
  await jobs.close();
});
