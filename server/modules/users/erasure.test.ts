// The end of an account: what of it goes, what stays and names nobody, and what keeps it from ending.
import { eq, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { expect, onTestFinished, test } from 'vitest';
import { createFTraderClient, errorOf } from '../../../client/index.ts';
import * as schema from '../../../drizzle/schema/index.ts';
import { createDatabase } from '../../db/client.ts';
import { silentLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { signUp } from '../../testing/kit.ts';
import { addAccount } from '../../testing/people.ts';
import { testApp } from '../../testing/test-app.ts';
import { cookieJar, testAuth } from '../../testing/test-auth.ts';
import { failure } from '../../testing/failure.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import { proofHoldsMs } from '../auth/domain.ts';
import { erased, keptWhenDeleted } from './erasure.ts';
import { createUsersModule } from './index.ts';

const allTables = Object.values<unknown>(schema).filter((each) => is(each, PgTable));
const timeoutMs = 60_000;

test('every table is erased when an account is deleted, or kept for a reason that stands with it', () => {
  const named = [...erased.map(({ table }) => getTableName(table)), ...Object.keys(keptWhenDeleted)];
  expect(named.toSorted()).toEqual(allTables.map((table) => getTableName(table)).toSorted());
});

test(
  'a deleted account signs nobody in, and nothing that is kept names its owner but the log of who did what; what was dealt stays',
  async () => {
    await using app = await testApp();
    const database = createDatabase({ url: app.databaseUrl, logger: silentLogger, max: 1 });
    onTestFinished(() => database.close());
    const marked = { email: 'tainted-ann@example.com', password: 'correct horse', name: 'Tainted Ann' };
    await using ann = await signUp(app, marked);
    const { api } = ann;
    await api.users.updateProfile.mutate({ phone: '+442079460000', country: 'GB' });
    const [account] = (await api.accounts.list.query()).accounts;
    const { key } = await api.auth.createApiKey.mutate({ name: 'tainted bot', scopes: ['market'] });
    await api.marketData.createWatchlist.mutate({ name: 'Tainted list', epics: [] });
    await api.portfolio.create.mutate({
      name: 'Tainted portfolio',
      baseCurrency: 'GBP',
      startsOn: '2026-01-01',
    });
    const deal = await api.trading.openPosition.mutate({
      ...build.openPosition(),
      accountId: account!.id,
      waitMs: 10_000,
    });
    expect(deal.status).toBe('accepted');
    const { id } = await api.users.me.query();

    expect(await api.users.deleteAccount.mutate()).toEqual({ ok: true });
    const { api: anybody } = createFTraderClient({ url: app.url });
    const { email, password } = marked;
    expect(await anybody.auth.login.mutate({ email, password }).catch(errorOf)).toMatchObject({
      code: 'auth.invalid_credentials',
    });
    for (const token of [key, (await ann.token())!])
      expect(
        (await fetch(`${app.url}/api/users/me`, { headers: { authorization: `Bearer ${token}` } })).status,
      ).toBe(401);

    const found = [];
    for (const table of allTables) {
      const name = getTableName(table);
      const { rows } = await database.pool.query<{ row: string }>(`select t::text as row from "${name}" t`);
      if (rows.some(({ row }) => /tainted/i.test(row) || row.includes('442079460000'))) found.push(name);
    }
    expect(found).toEqual(['audit_log']);
    const { db } = database;
    expect(await db.select().from(schema.deals)).toMatchObject([{ id: deal.id, userId: id }]);
    expect(await db.select().from(schema.users).where(eq(schema.users.id, id))).toMatchObject([
      { email: `${id}@deleted.invalid`, name: 'Deleted', deletedAt: expect.any(Date) },
    ]);
    expect(await db.select().from(schema.brokerAccounts)).toMatchObject([
      { id: account!.id, credentials: '', disconnectedAt: expect.any(Date) },
    ]);
    // The address is free again, and whoever takes it is somebody else.
    await using next = await signUp(app, marked);
    expect((await next.api.users.me.query()).id).not.toBe(id);
  },
  timeoutMs,
);

test('it asks for a recent proof, is refused to the last administrator, and is told by mail', async () => {
  await using app = await testAuth();
  const jar = cookieJar();
  const { accessToken, user } = await app.signUp({}, { cookie: jar });
  const ann = await app.call({ bearer: accessToken }, { cookie: jar });
  app.clock.advance(proofHoldsMs);
  expect(await failure(ann.users.deleteAccount())).toMatchObject({ code: 'auth.step_up_required' });
  await ann.auth.stepUp({ password: build.newcomer.password });
  await app.database.db.update(schema.users).set({ isAdmin: true });
  const root = await app.call({ bearer: accessToken });
  app.clock.advance(2_000); // what is remembered of a login
  expect(await failure((await app.call({ bearer: accessToken })).users.deleteAccount())).toMatchObject({
    code: 'admin.last_administrator',
  });
  await app.signUp({ email: 'bob@example.com' });
  await app.database.db.update(schema.users).set({ isAdmin: true });
  app.orders.length = 0;
  expect(await root.users.deleteAccount()).toEqual({ ok: true });
  expect(await app.letters()).toMatchObject([
    { to: user.email, subject: 'FTrader: your account was deleted' },
  ]);
  expect((await app.auth.authenticate({ bearer: accessToken })).principal).toBeNull();
});

test('an account that is connected while the others are left is left too, and nothing is erased while one is connected', async () => {
  await using app = await testAuth();
  const { accessToken, user } = await app.signUp();
  const { principal } = await app.auth.authenticate({ bearer: accessToken });
  const { db } = app.database;
  const { brokerAccounts } = schema;
  let left = 0;
  const leaving = (connects: (nth: number) => boolean) =>
    createCallerFactory(
      createUsersModule({
        database: app.database,
        signIn: app.auth,
        async leaveAccounts(userId) {
          left++;
          await db.update(brokerAccounts).set({ disconnectedAt: app.clock.now() });
          if (connects(left)) await addAccount(app.database, userId, { id: `acct_${left}` });
        },
      }).router,
    )(build.context({ principal }));
  expect(await failure(leaving(() => true).deleteAccount())).toMatchObject({ code: 'server.unavailable' });
  expect(await db.select().from(schema.users)).toMatchObject([{ id: user.id, deletedAt: null }]);
  expect(await app.auth.authenticate({ bearer: accessToken })).toMatchObject({ principal });
  left = 10;
  expect(await leaving((nth) => nth === 11).deleteAccount()).toEqual({ ok: true });
  expect(left).toBe(12);
  const connected = (await db.select().from(brokerAccounts)).filter((row) => row.disconnectedAt === null);
  expect(connected).toEqual([]);
});
