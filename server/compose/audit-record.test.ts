// What the audit log of a whole server holds after its users changed this and that: what stood before, what stands now, and none of their secrets.
import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import { createFTraderClient } from '../../client/index.ts';
import { auditLog, users } from '../../drizzle/schema/index.ts';
import { createDatabase } from '../db/client.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import * as build from '../testing/build.ts';
import { createCanaries } from '../testing/canaries.ts';
import { addAccount } from '../testing/people.ts';
import { addUser } from '../testing/kit.ts';
import { testApp } from '../testing/test-app.ts';

const timeoutMs = 120_000;

async function start() {
  const app = await testApp();
  const database = createDatabase({ url: app.databaseUrl, logger, max: 2 });
  onTestFinished(() => database.close());
  const api = (token?: string) =>
    createFTraderClient({ url: app.url, ...(token && { token: () => token }) }).api;
  await addUser(app);
  const signedUp = await api().auth.login.mutate(build.login);
  return {
    database,
    api,
    signedUp,
    mine: api(signedUp.accessToken),
    /** The rows of an action, the first one first, once each has its outcome. */
    async rows(action: string, count = 1) {
      const read = () =>
        database.db
          .select()
          .from(auditLog)
          .where(eq(auditLog.action, action))
          .orderBy(auditLog.at, auditLog.id);
      await expect.poll(async () => (await read()).filter(({ finishedAt }) => finishedAt).length).toBe(count);
      return (await read()).map(({ before, after, outcome }) => ({ before, after, outcome }));
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

test(
  'a row tells how what was changed or removed stood before, and how it stands; of a deal its id and fate',
  async () => {
    await using app = await start();
    const { mine, rows, database, signedUp } = app;
    const { accounts } = await mine.accounts.list.query();
    const accountId = accounts[0]!.id;
    await addAccount(database, signedUp.user.id, { id: 'acct_second', name: 'Second' });
    const ok = (before: object | null, after: object) => ({ before, after, outcome: 'ok' });

    await mine.users.updateProfile.mutate({ name: 'Ann of before' });
    await mine.users.updateProfile.mutate({ name: 'Ann of now' });
    expect((await rows('users.updateProfile', 2))[1]).toMatchObject(
      ok({ name: 'Ann of before' }, { name: 'Ann of now' }),
    );

    await mine.accounts.update.mutate({ id: accountId, name: 'Renamed' });
    expect(await rows('accounts.update')).toMatchObject([
      ok({ id: accountId, name: accounts[0]!.name }, { name: 'Renamed' }),
    ]);
    await mine.accounts.setDefault.mutate({ id: 'acct_second' });
    expect(await rows('accounts.setDefault')).toMatchObject([ok({ id: accountId }, { id: 'acct_second' })]);

    const list = await mine.marketData.createWatchlist.mutate({ name: 'Mine', epics: [] });
    await mine.marketData.updateWatchlist.mutate({ id: list.id, version: list.version, name: 'Ours' });
    expect(await rows('marketData.updateWatchlist')).toMatchObject([ok({ name: 'Mine' }, { name: 'Ours' })]);
    await mine.marketData.deleteWatchlist.mutate({ id: list.id });
    expect(await rows('marketData.deleteWatchlist')).toMatchObject([ok({ name: 'Ours' }, { id: list.id })]);

    await mine.trading.setRiskLimits.mutate({ accountId, maxSize: '7' });
    expect(await rows('trading.setRiskLimits')).toMatchObject([
      ok({ accountId, limits: { maxSize: null } }, { accountId, limits: { maxSize: '7' } }),
    ]);
    for (const [dealingState, reason] of [
      ['reduce_only', 'first'],
      ['active', 'second'],
    ] as const)
      await mine.trading.setDealingState.mutate({ accountId, scope: 'account', dealingState, reason });
    expect(await rows('trading.setDealingState', 2)).toMatchObject([
      ok({ accountId, dealingState: 'active' }, [{ accountId, dealingState: 'reduce_only' }]),
      ok({ accountId, dealingState: 'reduce_only', reason: 'first' }, [
        { accountId, dealingState: 'active' },
      ]),
    ]);
    await mine.trading.armDeadMan.mutate({ accountId, afterMs: 3_600_000, action: 'halt' });
    await mine.trading.disarmDeadMan.mutate({ accountId });
    expect(await rows('trading.disarmDeadMan')).toMatchObject([
      ok({ deadMan: { action: 'halt', afterMs: 3_600_000 } }, { accountId, deadMan: null }),
    ]);
    const deal = await mine.trading.openPosition.mutate(build.openPosition({ accountId, waitMs: 10_000 }));
    expect(await rows('trading.openPosition')).toEqual([
      ok(null, { id: deal.id, status: 'accepted', reason: null, dealId: deal.dealId, replayed: false }),
    ]);

    const price = { instrument: 'HOUSE', on: '2026-01-05', currency: 'GBP' };
    await mine.portfolio.setPrices.mutate({ prices: [{ ...price, price: '1' }] });
    await mine.portfolio.setPrices.mutate({ prices: [{ ...price, price: '2' }] });
    expect((await rows('portfolio.setPrices', 2))[1]).toMatchObject({
      before: [{ of: 'HOUSE', on: '2026-01-05', value: '1' }],
      after: { prices: [{ instrument: 'HOUSE', price: '2' }] },
    });

    const { id: keyId } = await mine.auth.createApiKey.mutate({ name: 'bot', scopes: ['market'] });
    await mine.auth.revokeApiKey.mutate({ id: keyId });
    expect(await rows('auth.revokeApiKey')).toMatchObject([ok({ id: keyId, name: 'bot' }, { ok: true })]);
    await app.api().auth.login.mutate(build.login);
    const { sessions } = await mine.auth.listSessions.query();
    const other = sessions.find(({ current }) => !current)!;
    await mine.auth.revokeSession.mutate({ id: other.id });
    expect(await rows('auth.revokeSession')).toMatchObject([ok({ id: other.id }, { ok: true })]);

    await database.db.update(users).set({ isAdmin: true });
    const admin = app.api((await app.api().auth.login.mutate(build.login)).accessToken).admin;
    await admin.haltDealing.mutate({ for: { scope: 'everything' }, reason: 'a drill' });
    await admin.resumeDealing.mutate({ for: { scope: 'everything' } });
    expect(await rows('admin.resumeDealing')).toMatchObject([
      ok({ halts: [{ scope: 'everything', reason: 'a drill' }] }, { halts: [] }),
    ]);
  },
  timeoutMs,
);

test(
  'no password, token, key or code that a user typed or was given is in the log, whatever became of it',
  async () => {
    await using app = await start();
    const { api, signedUp } = app;
    const canaries = createCanaries({
      password: build.newcomer.password,
      access: signedUp.accessToken,
      refresh: signedUp.refreshToken,
      mistyped: 'CANARY mistyped password',
      another: 'CANARY another password',
      code: 'CANARY-code-of-a-mail-1234567890',
      broker: 'CANARY password of a broker',
      brokerKey: 'CANARYkeyofabroker',
    });
    await api()
      .auth.login.mutate({ ...build.login, password: 'CANARY mistyped password' })
      .catch(() => undefined);
    const login = await api().auth.login.mutate(build.login);
    canaries.add('access 2', login.accessToken);
    canaries.add('refresh 2', login.refreshToken);
    const on = await api().auth.refresh.mutate({ refreshToken: login.refreshToken });
    canaries.add('access 3', on.accessToken);
    canaries.add('refresh 3', on.refreshToken);
    const mine = api(on.accessToken);
    canaries.add('API key', (await mine.auth.createApiKey.mutate({ name: 'bot', scopes: ['market'] })).key);
    await mine.auth.changePassword.mutate({
      password: build.login.password,
      newPassword: 'CANARY another password',
    });
    const code = 'CANARY-code-of-a-mail-1234567890';
    await api()
      .auth.resetPassword.mutate({ code, password: 'CANARY another password' })
      .catch(() => undefined);
    await api()
      .auth.verifyEmail.mutate({ code })
      .catch(() => undefined);
    const broker = {
      identifier: 'jane',
      password: 'CANARY password of a broker',
      apiKey: 'CANARYkeyofabroker',
    };
    await mine.accounts.connect.mutate({ environment: 'demo', ...broker }).catch(() => undefined);
    await app.rows('auth.createApiKey');
    await app.rows('auth.changePassword');
    await app.rows('accounts.connect');
    const { rows } = await app.database.pool.query<{ row: string }>('select t::text as row from audit_log t');
    const text = rows.map(({ row }) => row).join('\n');
    for (const told of [signedUp.user.id, '"bot"', 'auth.refresh'])
      expect(text.replaceAll('""', '"')).toContain(told);
    canaries.wrote('audit_log', text);
    expect(canaries.find()).toEqual([]);
  },
  timeoutMs,
);
