// Jobs that failed for good, told over real PostgreSQL and pg-boss.
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { notifications } from '../../drizzle/schema/index.ts';
import { AppError } from '../lib/app-error.ts';
import { createJobs } from '../jobs/index.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createUserEvents } from '../modules/events/index.ts';
import { createNotify } from '../modules/notifications/index.ts';
import { createMemoryBus } from '../messaging/memory.ts';
import { defaultLimits } from '../messaging/topology.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { noticed } from '../testing/noticed.ts';
import { addAccount, addUser } from '../testing/people.ts';
import { testBus } from '../testing/price-rig.ts';
import { testDb } from '../testing/test-db.ts';
import { createDeadLetterNews, tellFailedJobs } from './failures.ts';

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
  const payload = z.object({ userId: z.string().optional(), accountId: z.string().optional() });
  const run = ({ accountId }: z.output<typeof payload>) =>
    Promise.reject(
      accountId === undefined
        ? new Error('Failed query: select secrets')
        : new AppError('broker.unavailable'),
    );
  const job = jobs.define({
    ...hopeless,
    name: 'test.hopeless',
    payload,
    ownerOf: async ({ userId, accountId }) =>
      userId === undefined
        ? undefined
        : {
            userId,
            ...(accountId !== undefined && { account: { id: accountId, environment: 'demo' as const } }),
          },
    run,
  });
  tellFailedJobs({ database, clock }, { jobs, notifications: { notify } as never, events });
  await jobs.start({ work: true });
  for (const whose of [{ userId: 'user_ann' }, {}])
    await database.db.transaction((tx) => job.enqueue(tx, whose));
  const told = () => Promise.all(['user_ann', 'user_root', 'user_former'].map((id) => noticed(database, id)));
  await vi.waitFor(async () => expect((await told()).flat()).toHaveLength(2), 15_000);
  expect(await told()).toEqual([['job.failed'], ['job.failed'], []]);
  const bodies = async () =>
    (await database.db.select().from(notifications).orderBy(notifications.userId, notifications.id)).map(
      ({ userId, accountId, body }) => [userId, accountId, /at last: (.*?)\. An admin/.exec(body)![1]],
    );
  // Its owner is told nothing of the inside of this server; whoever administers it is.
  expect(await bodies()).toEqual([
    ['user_ann', null, 'a fault of this server, which its log tells'],
    ['user_root', null, 'Failed query: select secrets'],
  ]);
  // Again within the hour it is not told again.
  await database.db.transaction((tx) => job.enqueue(tx, { userId: 'user_ann' }));
  await vi.waitFor(async () => {
    const { rows } = await database.pool.query(
      `select count(*)::int as n from pgboss.job where name = 'jobs.tell-failed' and state = 'completed'`,
    );
    expect(rows).toEqual([{ n: 3 }]);
  }, 15_000);
  expect(await told()).toEqual([['job.failed'], ['job.failed'], []]);
  // Of each account by itself, in words that are made to be shown.
  for (const accountId of ['acct_1', 'acct_2'])
    await database.db.transaction((tx) => job.enqueue(tx, { userId: 'user_ann', accountId }));
  await vi.waitFor(async () => expect((await told())[0]).toHaveLength(3), 15_000);
  expect((await bodies()).filter(([, accountId]) => accountId !== null).sort()).toEqual(
    ['acct_1', 'acct_2'].map((id) => [
      'user_ann',
      id,
      new AppError('broker.unavailable').message.replace(/\.$/, ''),
    ]),
  );
  await jobs.close();
});

test('an event of the broker that becomes a dead letter is told to the owner of its account and to administrators, once an hour; one that cannot be read to them alone', async () => {
  await using db = await testDb();
  const { database } = db;
  await addUser(database, { id: 'user_ann' });
  await addUser(database, { id: 'user_root', isAdmin: true });
  await addAccount(database, 'user_ann', { id: 'acct_ann' });
  const clock = createManualClock();
  const bus = createMemoryBus({
    logger: silentLogger,
    clock,
    limits: { ...defaultLimits, maxDeliveries: 1 },
  });
  const events = createUserEvents({ database, bus, logger: silentLogger });
  const notify = createNotify({ database, events, ids: createIds(clock), clock });
  const onDead = createDeadLetterNews({ database, clock }, { notifications: { notify } as never, events });
  await bus.consume('account', () => Promise.reject(new Error('no sense')), { onDead });
  const told = () => Promise.all(['user_ann', 'user_root'].map((id) => noticed(database, id)));
  const failed = 'account.event_failed';
  await bus.send('account', { eventId: '1', accountId: 'acct_ann' });
  await bus.send('account', { eventId: '2', accountId: 'acct_ann' });
  await vi.waitFor(() => expect(bus.stats().deadLettered).toBe(2));
  await vi.waitFor(async () => expect(await told()).toEqual([[failed], [failed]]));
  clock.advance(3_600_001);
  await onDead({ message: undefined, error: new Error('no JSON') });
  expect(await told()).toEqual([[failed], [failed, failed]]);
  await onDead({ message: { accountId: 'acct_ann' }, error: new Error('no sense') });
  expect(await told()).toEqual([
    [failed, failed],
    [failed, failed],
  ]);
  await bus.close();
});
