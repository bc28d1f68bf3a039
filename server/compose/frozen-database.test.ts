// PostgreSQL that stands still without closing a connection, as a stopped process or a stalled disk does.
import { expect, test } from 'vitest';
import { errorOf } from '../../client/index.ts';
import * as build from '../testing/build.ts';
import { databaseLine } from '../testing/database-line.ts';
import { signIn } from '../testing/kit.ts';
import { testApp } from '../testing/test-app.ts';
import { testDb } from '../testing/test-db.ts';

/** The product over a line to its database, with somebody signed in who has dealt before. */
async function arrange() {
  const db = await testDb();
  const line = await databaseLine(db.url);
  const app = await testApp({ databaseUrl: line.url });
  const client = signIn(app.url);
  const first = await client.api.trading.openPosition.mutate({ ...build.openPosition(), waitMs: 10_000 });
  expect(first.status).toBe('accepted');
  return {
    app,
    line,
    ...client,
    deals: async () => (await client.api.trading.listDeals.query({})).deals.length,
    async [Symbol.asyncDispose]() {
      line.thaw();
      await client[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
      await line[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('a deal asked for while the database stands still is answered before it moves again, and its key tells later what became of it', async () => {
  await using rig = await arrange();
  rig.line.freeze();
  const order = { ...build.openPosition(), waitMs: 100 };
  const error = errorOf(await rig.api.trading.openPosition.mutate(order).catch((thrown: unknown) => thrown));
  expect(error).toMatchObject({ code: 'server.unavailable', retryable: true }); // before the thaw below
  rig.line.thaw();
  await expect
    .poll(
      async () =>
        (await rig.api.trading.openPosition.mutate({ ...order, waitMs: 5_000 }).catch(() => undefined))
          ?.status,
      { timeout: 30_000 },
    )
    .toMatch(/^(accepted|rejected)$/);
  expect(await rig.deals()).toBe(2); // the first one, and this, once
}, 60_000);

test('a deal that was admitted before the database stood still is answered in time as it was admitted', async () => {
  await using rig = await arrange();
  rig.app.simulator!.setFaults([{ name: 'late-confirm', ms: [60_000, 60_000] }]);
  const booked = () =>
    Object.values(rig.app.simulator!.snapshot().accounts).reduce(
      (sum, { positions }) => sum + positions.length,
      0,
    );
  const before = booked();
  const asked = rig.api.trading.openPosition.mutate({ ...build.openPosition(), waitMs: 1_500 });
  await expect.poll(booked, { timeout: 10_000, interval: 5 }).toBe(before + 1);
  rig.line.freeze();
  expect((await asked).status).toMatch(/^(submitting|submitted)$/); // before the thaw
  rig.line.thaw();
}, 60_000);
