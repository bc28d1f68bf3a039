// The gateway role in a process of its own, with a tap that writes: what candles and alerts will need of it.
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { notifications as notices, userEvents } from '../../drizzle/schema/index.ts';
import { readConfig } from '../config.ts';
import { inTransaction } from '../db/transaction.ts';
import { createLifecycle } from '../lib/lifecycle.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import type { FeedLease, PriceTap } from '../modules/market-data/ports.ts';
import * as people from '../testing/people.ts';
import { testSecrets } from '../testing/test-app.ts';
import { testDb } from '../testing/test-db.ts';
import { compose } from './index.ts';
import type { ComposeOptions, TapParts } from './options.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
const userId = 'user_1';

const lookCloser = {
  name: 'test.look-closer',
  payload: z.object({ epoch: z.number() }),
  retryLimit: 0,
  retryDelaySeconds: 1,
  expireInSeconds: 60,
};

/** With its first tick it writes an event, a notification and a job in one transaction, all under the lease's epoch. */
function writingTap({ database: { db }, interest, jobs, events, notifications, clock }: TapParts) {
  let release = () => {};
  const written = Promise.withResolvers<FeedLease>();
  const job = jobs.queue(lookCloser);
  let done = false;
  const tap: PriceTap = {
    name: 'writing',
    begin: ({ feed }) => void (release = interest.want(feed, [epic])),
    async ticks({ lease, ticks: [tick] }) {
      if (done) return;
      done = true;
      const told = { at: clock.now(), accountId: null, environment: null };
      const data = { cash: '1', previousCash: '0', change: '1', currency: 'GBP' };
      await inTransaction(db, async (tx) => {
        await job.enqueue(tx, { epoch: lease.epoch });
        await events.append(tx, userId, 'trading', [{ ...told, type: 'cash.changed', data }]);
        const difference = `${tick!.epic} of epoch ${lease.epoch}.`;
        await notifications.notify(tx, { ...told, kind: 'break.opened', data: { difference }, userId });
      });
      events.wake(userId, 'trading');
      written.resolve(lease);
    },
    end: () => release(),
  };
  return { tap, written: written.promise };
}

/** Processes over one database, each with the roles it is given; the taps write under `userId`. */
async function arrange() {
  const db = await testDb();
  const lifecycle = createLifecycle(logger);
  lifecycle.onClose('test database', () => db[Symbol.asyncDispose]());
  onTestFinished(() => lifecycle.close());
  await people.addUser(db.database, { id: userId });
  return {
    ...db.database,
    start: async (options: Pick<ComposeOptions, 'roles' | 'taps' | 'tapJobs'>) => {
      const process = createLifecycle(logger);
      lifecycle.onClose(`process of ${options.roles.join()}`, () => process.close());
      await compose({
        config: readConfig({ NODE_ENV: 'test' }),
        databaseUrl: db.url,
        secrets: testSecrets,
        version: '0.0.0-test',
        lifecycle: process,
        logger,
        ...options,
      });
      return process;
    },
  };
}
/** `taps` for compose, and the lease under which they have written. */
function createWritingTap() {
  const made = Promise.withResolvers<Promise<FeedLease>>();
  const taps = (parts: TapParts) => {
    const { tap, written } = writingTap(parts);
    made.resolve(written);
    return [tap];
  };
  return { taps, written: made.promise.then((written) => written) };
}

test('a tap in the gateway role writes rows, events, notifications and jobs, with neither worker nor API beside it', async () => {
  const { db: rows, pool, start } = await arrange();
  const { taps, written } = createWritingTap();
  const gateway = await start({ roles: ['simulator', 'gateway'], taps });
  const { feed, epoch, signal } = await written;
  expect({ feed, epoch, aborted: signal.aborted }).toEqual({ feed: 'simulated', epoch: 1, aborted: false });
  expect(await rows.select().from(userEvents).orderBy(userEvents.stream)).toMatchObject([
    { userId, stream: 'notifications', offset: 1, type: 'notification.created' },
    { userId, stream: 'trading', offset: 1, type: 'cash.changed' },
  ]);
  expect(await rows.select().from(notices)).toMatchObject([
    { userId, body: expect.stringContaining(`${epic} of epoch ${epoch}.`) },
  ]);
  const queued = await pool.query(`select data, state from pgboss.job where name = $1`, [lookCloser.name]);
  expect(queued.rows).toEqual([{ data: { epoch }, state: 'created' }]);
  await gateway.close();
  expect(signal.aborted).toBe(true);
}, 60_000);

test('a job that a tap enqueues in a gateway process is run by a worker process beside it', async () => {
  const { start } = await arrange();
  const { taps, written } = createWritingTap();
  const ran = Promise.withResolvers<number>();
  await start({
    roles: ['worker'],
    tapJobs: ({ jobs }) =>
      void jobs.define({
        ...lookCloser,
        about: 'looks closer',
        run: async ({ epoch }) => ran.resolve(epoch),
      }),
  });
  await start({ roles: ['simulator', 'gateway'], taps });
  expect(await ran.promise).toBe((await written).epoch);
}, 60_000);
