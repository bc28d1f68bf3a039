// Jobs that failed for good, told over real PostgreSQL and pg-boss.
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs/index.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createUserEvents } from '../modules/events/index.ts';
import { createNotify } from '../modules/notifications/index.ts';
import { noticed } from '../testing/noticed.ts';
import { addUser } from '../testing/people.ts';
import { testBus } from '../testing/price-rig.ts';
import { testDb } from '../testing/test-db.ts';
import { tellFailedJobs } from './failures.ts';

test('a job of somebody that failed for good is told to them, one of nobody to the administrators that are not shut out', async () => {
  await using db = await testDb();
  const { database } = db;
  await addUser(database, { id: 'user_ann' });
  await addUser(database, { id: 'user_root', isAdmin: true });
  await addUser(database, { id: 'user_former', isAdmin: true, disabledAt: new Date(0) });
  const clock = systemClock;
  const events = createUserEvents({ database, bus: testBus(clock), logger: silentLogger });
  const notify = createNotify({ database, events, ids: createIds(clock), clock });
  const jobs = createJobs({ databaseUrl: db.url, logger: silentLogger });
  const hopeless = {
    about: 'fails',
    retryLimit: 0,
    retryDelaySeconds: 0,
    expireInSeconds: 30,
    pollSeconds: 0.5,
  };
  const run = () => Promise.reject(new Error('no hope'));
  const payload = z.object({ userId: z.string().optional() });
  const job = jobs.define({
    ...hopeless,
    name: 'test.hopeless',
    payload,
    ownerOf: async ({ userId }) => userId,
    run,
  });
  tellFailedJobs({ database, clock }, { jobs, notifications: { notify } as never, events });
  await jobs.start({ work: true });
  for (const whose of [{ userId: 'user_ann' }, {}])
    await database.db.transaction((tx) => job.enqueue(tx, whose));
  const told = () => Promise.all(['user_ann', 'user_root', 'user_former'].map((id) => noticed(database, id)));
  await vi.waitFor(async () => expect((await told()).flat()).toHaveLength(2), 15_000);
  expect(await told()).toEqual([['job.failed'], ['job.failed'], []]);
  // Again within the hour it is not told again.
  await database.db.transaction((tx) => job.enqueue(tx, { userId: 'user_ann' }));
  await vi.waitFor(async () => {
    const { rows } = await database.pool.query(
      `select count(*)::int as n from pgboss.job where name = 'jobs.tell-failed' and state = 'completed'`,
    );
    expect(rows).toEqual([{ n: 3 }]);
  }, 15_000);
  expect(await told()).toEqual([['job.failed'], ['job.failed'], []]);
  await jobs.close();
});
