// Background jobs as administrators see them, on a real PostgreSQL with pg-boss as it is.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createJobDesk } from '../../jobs/desk.ts';
import { createJobs } from '../../jobs/index.ts';
import { silentLogger as logger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { testDb } from '../../testing/test-db.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import { createAdminModule } from './index.ts';

/** What jobs need nothing of. */
const notAsked = {} as Parameters<typeof createAdminModule>[0];
const patience = { timeout: 20_000 };

/** A worker whose `test.mail` fails until `mends` was called. */
async function setUp() {
  const db = await testDb();
  const jobs = createJobs({ databaseUrl: db.url, logger });
  let isBroken = true;
  const ran: string[] = [];
  const kind = {
    about: 'is tried',
    payload: z.object({ to: z.string() }),
    retryLimit: 0,
    retryDelaySeconds: 0,
    expireInSeconds: 30,
    cron: '0 4 * * *',
  };
  const job = jobs.define({
    ...kind,
    name: 'test.mail',
    run: async ({ to }) => {
      if (isBroken) throw new Error('the mail server is away\nand says more that nobody needs');
      ran.push(to);
    },
  });
  await jobs.start({ work: true });
  const { router } = createAdminModule({ ...notAsked, jobs: createJobDesk(db.database.db, jobs) });
  const as = (principal: ReturnType<typeof build.principal> | null) =>
    createCallerFactory(router)(build.context({ principal }));
  return {
    db: db.database.db,
    ran,
    admin: as(build.principal(['admin'])),
    others: [
      [as(null), 'auth.required'],
      [as(build.principal()), 'auth.scope_missing'],
    ] as const,
    mends: () => (isBroken = false),
    enqueue: (to: string) => db.database.db.transaction((tx) => job.enqueue(tx, { to })),
    async [Symbol.asyncDispose]() {
      await jobs.close();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('a failed job is shown with a line of its error and nothing of what it is about, and runs once more when it is asked to: by two at once, one time', async () => {
  await using app = await setUp();
  const { admin } = app;
  await app.enqueue('ann@example.com');
  const failed = async () => (await admin.listJobs({})).jobs;
  await expect.poll(async () => (await failed()).length, patience).toBe(1);
  const [job] = await failed();
  expect(job).toEqual({
    id: expect.any(String),
    name: 'test.mail',
    state: 'failed',
    createdAt: expect.any(Date),
    startedAt: expect.any(Date),
    completedAt: expect.any(Date),
    retryCount: 0,
    retryLimit: 0,
    error: 'the mail server is away',
  });
  app.mends();
  const { id } = job!;
  const answers = await Promise.allSettled([admin.redriveJob({ id }), admin.redriveJob({ id })]);
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  await expect.poll(() => app.ran, patience).toEqual(['ann@example.com']);
  await expect
    .poll(async () => (await admin.listJobs({ state: 'completed' })).jobs, patience)
    .toMatchObject([{ id, retryLimit: 1, error: null }]);
  expect(await failed()).toEqual([]);
  expect(await failure(admin.redriveJob({ id }))).toMatchObject({ code: 'admin.job_not_failed' });
});

test('jobs are listed in pages by state and name, newest first, also where many were made in one millisecond; pg-boss’s own are nobody’s', async () => {
  await using app = await setUp();
  const { admin, db } = app;
  // Microseconds apart, as PostgreSQL's clock dates them.
  await db.execute(sql`insert into pgboss.job (name, state, created_on, output)
    select 'test.mail', 'failed', timestamptz '2026-01-05 09:00:00.123Z' + n * interval '300 microseconds',
      '{"value": {"message": "job timed out"}}'
    from generate_series(1, 9) n`);
  const seen: string[] = [];
  for (let cursor: string | undefined; seen.length < 20;) {
    const page = await admin.listJobs({ name: 'test.mail', limit: 2, ...(cursor && { cursor }) });
    seen.push(...page.jobs.map(({ id }) => id));
    expect(page.jobs[0]?.error).toBe('job timed out');
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect([seen.length, new Set(seen).size]).toEqual([9, 9]);
  const whole = (await admin.listJobs({})).jobs;
  expect(whole.map(({ id }) => id)).toEqual(seen);
  expect(whole.map(({ createdAt }) => createdAt.getTime())).toEqual(
    whole.map(({ createdAt }) => createdAt.getTime()).toSorted((a, b) => b - a),
  );
  expect((await admin.listJobs({ name: 'test.other' })).jobs).toEqual([]);
  for (const state of ['created', 'active', 'completed', 'retry', 'cancelled'] as const)
    expect((await admin.listJobs({ state })).jobs.filter(({ name }) => name.startsWith('__'))).toEqual([]);
  for (const asked of [{ state: 'done' }, { cursor: 'made up' }, { limit: 0 }])
    expect(await failure(admin.listJobs(asked as object))).toMatchObject({ code: 'request.invalid' });
});

test('a schedule says when it ran last, how that went, and when it runs next', async () => {
  await using app = await setUp();
  const { admin, db } = app;
  const shown = { name: 'test.mail', cron: '0 4 * * *', zone: 'UTC' };
  const { schedules } = await admin.listSchedules();
  expect(schedules).toMatchObject([{ ...shown, lastRun: null }]);
  expect(schedules[0]!.nextRunAt!.toISOString()).toMatch(/T04:00:00\.000Z$/);
  await db.execute(sql`with made as (
      insert into pgboss.job (name, state, created_on, completed_on)
      values ('test.mail', 'failed', '2026-01-05T04:00:01Z', '2026-01-05T04:00:07Z') returning id
    ) update pgboss.schedule set last_job_id = made.id from made`);
  const { jobs } = await admin.listJobs({});
  expect((await admin.listSchedules()).schedules).toMatchObject([
    { ...shown, lastRun: { jobId: jobs[0]!.id, state: 'failed', at: new Date('2026-01-05T04:00:07Z') } },
  ]);
});

test('nobody but an administrator sees or redrives jobs; one that is not there is not found', async () => {
  await using app = await setUp();
  for (const [who, code] of app.others)
    for (const call of [who.listJobs({}), who.redriveJob({ id: 'x' }), who.listSchedules()])
      expect(await failure(call)).toMatchObject({ code });
  for (const id of ['x', '00000000-0000-4000-8000-000000000000'])
    expect(await failure(app.admin.redriveJob({ id }))).toMatchObject({ code: 'admin.job_not_found' });
});
