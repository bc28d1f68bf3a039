import { asc } from 'drizzle-orm';
import { describe, expect, test, vi } from 'vitest';
import { auditLog, users } from '../../../drizzle/schema/index.ts';
import { createDatabase } from '../../db/client.ts';
import { systemClock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createMetrics } from '../../lib/metrics.ts';
import * as build from '../../testing/build.ts';
import { testDb } from '../../testing/test-db.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { defaultAuthLimits } from '../auth/rate-limits.ts';
import { createAuditModule, createAuditRetention, createAuditSealing } from './index.ts';

/** All rows, oldest first and those of one instant by their action, once each has its outcome: that is written after the answer. */
const closedRows = ({ database }: Awaited<ReturnType<typeof testAuth>>) =>
  vi.waitFor(async () => {
    const rows = await database.db.select().from(auditLog).orderBy(asc(auditLog.at), asc(auditLog.action));
    expect(rows.filter(({ finishedAt }) => !finishedAt)).toEqual([]);
    return rows;
  }, 10_000);

test('each mutation leaves one row with who, what, where and its outcome; a query leaves none', async () => {
  await using app = await testAuth();
  const { accessToken, user } = await app.signUp();
  app.clock.advance(1_000);
  await (await app.call()).auth.login({ ...build.login, password: 'wrong horse' }).catch(() => undefined);
  app.clock.advance(1_000);
  const call = await app.call({ bearer: accessToken });
  await call.users.me();
  await call.auth.logout();
  const rows = await closedRows(app);
  const anyone = { requestId: 'req_1', ip: '192.0.2.1', finishedAt: expect.any(Date) };
  expect(rows).toMatchObject([
    {
      ...anyone,
      action: 'auth.login',
      subject: build.newcomer.email,
      userId: user.id,
      sessionId: expect.stringMatching(/^[0-9a-f]{64}$/),
      outcome: 'ok',
    },
    { ...anyone, action: 'auth.register', subject: build.newcomer.email, userId: null, outcome: 'ok' },
    { ...anyone, action: 'auth.verifyEmail', subject: build.newcomer.email, userId: user.id, outcome: 'ok' },
    {
      ...anyone,
      action: 'auth.login',
      subject: build.newcomer.email,
      userId: null,
      outcome: 'auth.invalid_credentials',
    },
    {
      ...anyone,
      action: 'auth.logout',
      userId: user.id,
      sessionId: expect.stringMatching(/^[0-9a-f]{64}$/),
      outcome: 'ok',
    },
  ]);
});

test('a mutation that a crash cut off stays started', async () => {
  await using app = await testAuth();
  await app.audit.begin({
    action: 'auth.logout',
    userId: 'user_1',
    sessionId: null,
    requestId: 'req_1',
    ip: null,
  }); // and never closed
  expect(await app.database.db.select().from(auditLog)).toMatchObject([
    { outcome: 'started', finishedAt: null, at: app.clock.now() },
  ]);
});

test('while it runs its row is there already, to other connections too', async () => {
  await using app = await testAuth();
  let seen: unknown;
  const cookie = {
    set: () => {
      seen = app.database.db.select().from(auditLog).execute();
    },
    clear: () => undefined,
  };
  await app.signUp({}, { cookie });
  expect(await seen).toContainEqual(expect.objectContaining({ action: 'auth.login' }));
});

test('no mutation runs whose row cannot be written', async () => {
  await using app = await testAuth();
  const call = await app.call();
  await app.database.pool.query('drop table audit_log');
  await expect(call.auth.register(build.newcomer)).rejects.toMatchObject({ cause: { code: 'server.bug' } });
  expect(await app.database.db.select().from(users)).toEqual([]);
});

test('a row that cannot be closed does not turn what was done into a failure', async () => {
  await using app = await testAuth();
  const close = await app.audit.begin({
    action: 'auth.logout',
    userId: null,
    sessionId: null,
    requestId: 'req_1',
    ip: null,
  });
  await app.database.pool.query('drop table audit_log');
  await expect(close('ok')).resolves.toBeUndefined();
});

test('a row waits for no disk of its own, and what follows on its connection does', async () => {
  await using db = await testDb();
  const database = createDatabase({ url: db.url, logger: silentLogger, max: 1 });
  const { pool } = database;
  await pool.query(`
    set synchronous_commit = 'local';
    create table seen (setting text);
    create function see() returns trigger language plpgsql as
      $$ begin insert into seen values (current_setting('synchronous_commit')); return null; end $$;
    create trigger see after insert or update on audit_log for each row execute function see()`);
  const ids = createIds(systemClock);
  const audit = createAuditModule({
    database,
    ids,
    clock: systemClock,
    logger: silentLogger,
    metrics: createMetrics(),
  });
  const close = await audit.begin({ action: 'a.b', userId: null, sessionId: null, requestId: 'r', ip: null });
  await close('ok');
  expect((await pool.query('select setting from seen')).rows).toEqual([
    { setting: 'off' },
    { setting: 'off' },
  ]);
  expect((await pool.query('show synchronous_commit')).rows).toEqual([{ synchronous_commit: 'local' }]);
  await database.close();
});

describe('what was refused before it could do anything', () => {
  const rowsOf = async (app: Awaited<ReturnType<typeof testAuth>>) => {
    const rows = await closedRows(app);
    return rows.map(({ action, subject, outcome }) => [action, subject, outcome]);
  };
  const counted = async ({ metrics }: Awaited<ReturnType<typeof testAuth>>) =>
    [...(await metrics.text()).matchAll(/^ftrader_mutations_refused_total\{(.*)\} (\d+)$/gm)].map(
      ([, labels, count]) => `${labels} ${count}`,
    );
  const guess = async (app: Awaited<ReturnType<typeof testAuth>>, n: number, ip: string) =>
    (await app.call({}, { ip })).auth
      .login({ email: `user${n}@example.com`, password: 'wrong horse' })
      .catch(() => undefined);

  test('an input that cannot be used, a call that needs a login and one that came too often are counted and leave no row', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, registrations: { points: 0, seconds: 600 } },
    });
    const call = await app.call();
    for (let n = 0; n < 50; n++) {
      await call.auth.login({ email: 'nobody', password: '' }).catch(() => undefined);
      await call.auth.logout().catch(() => undefined);
      await call.auth.register(build.newcomer).catch(() => undefined);
    }
    expect(await rowsOf(app)).toEqual([]);
    expect(await counted(app)).toEqual([
      'procedure="auth.login",code="request.invalid" 50',
      'procedure="auth.logout",code="auth.required" 50',
      'procedure="auth.register",code="request.limited" 50',
    ]);
  });

  test('a refresh token whose login is over leaves no more rows however often it comes', async () => {
    await using app = await testAuth({
      refusals: { rows: 5, rowsPerNetwork: 2, windowSeconds: 600 },
    });
    const { accessToken, refreshToken } = await app.signUp();
    await (await app.call({ bearer: accessToken })).auth.logout();
    app.clock.advance(1); // rows are in the order of their instants
    const call = await app.call();
    for (let n = 0; n < 10; n++) await call.auth.refresh({ refreshToken }).catch(() => undefined);
    app.clock.advance(48 * 3_600_000);
    for (let n = 0; n < 10; n++) await call.auth.refresh({ refreshToken }).catch(() => undefined);
    expect((await rowsOf(app)).map(([action, , outcome]) => `${action} ${outcome}`)).toEqual([
      'auth.login ok',
      'auth.logout ok',
      'auth.register ok',
      'auth.verifyEmail ok',
      'auth.refresh auth.token_invalid',
      'auth.refresh auth.token_invalid',
    ]);
    expect(await counted(app)).toEqual([
      'procedure="auth.refresh",code="auth.token_invalid" 10',
      'procedure="auth.refresh",code="auth.token_expired" 10',
    ]);
  });

  test('wrong passwords and tokens are kept up to a bound for their network and one in all, whoever writes them', async () => {
    await using app = await testAuth({ refusals: { rows: 5, rowsPerNetwork: 2, windowSeconds: 600 } });
    for (let n = 1; n <= 4; n++) await guess(app, n, '203.0.113.7');
    expect(await rowsOf(app)).toEqual(
      [1, 2].map((n) => ['auth.login', `user${n}@example.com`, 'auth.invalid_credentials']),
    );
    const call = await app.call({}, { ip: '2001:db8::1' });
    for (let n = 0; n < 3; n++)
      await call.auth.refresh({ refreshToken: 'x'.repeat(43) }).catch(() => undefined);
    for (let n = 1; n <= 4; n++) await guess(app, n, `198.51.100.${n}`);
    expect((await rowsOf(app)).map(([action]) => action)).toEqual([
      'auth.login',
      'auth.login',
      'auth.login',
      'auth.refresh',
      'auth.refresh',
    ]);
    expect(await counted(app)).toEqual([
      'procedure="auth.login",code="auth.invalid_credentials" 8',
      'procedure="auth.refresh",code="auth.token_invalid" 3',
    ]);
  });

  test('beyond the bound a right password still signs in under a row of its own', async () => {
    await using app = await testAuth({ refusals: { rows: 1, rowsPerNetwork: 1, windowSeconds: 600 } });
    await app.signUp();
    app.clock.advance(1);
    for (let n = 1; n <= 3; n++) await guess(app, n, '192.0.2.1');
    app.clock.advance(1);
    await (await app.call()).auth.login(build.login);
    expect(await rowsOf(app)).toEqual([
      ['auth.login', build.newcomer.email, 'ok'],
      ['auth.register', build.newcomer.email, 'ok'],
      ['auth.verifyEmail', build.newcomer.email, 'ok'],
      ['auth.login', 'user1@example.com', 'auth.invalid_credentials'],
      ['auth.login', build.newcomer.email, 'ok'],
    ]);
  });

  test('a refusal that cannot be kept is answered all the same', async () => {
    await using app = await testAuth();
    const call = await app.call();
    await app.database.pool.query('drop table audit_log');
    await expect(call.auth.login({ ...build.login, password: 'wrong horse' })).rejects.toMatchObject({
      cause: { code: 'auth.invalid_credentials' },
    });
  });
});

test('rows are kept for the days that were set, and no longer; what is not sealed is kept', async () => {
  await using app = await testAuth();
  const { database, clock } = app;
  const deleteExpired = createAuditRetention({ database, clock, days: 30 });
  const seal = createAuditSealing({ database, clock, logger: silentLogger });
  const begin = (requestId: string) =>
    app.audit.begin({ action: 'auth.logout', userId: null, sessionId: null, requestId, ip: null });
  const kept = async () => (await database.db.select().from(auditLog)).map(({ requestId }) => requestId);
  for (const requestId of ['old', 'at the edge', 'not sealed']) {
    const close = await begin(requestId);
    if (requestId !== 'not sealed') await close('ok');
    await seal();
    clock.advance(1);
  }
  clock.advance(30 * 24 * 3_600_000 - 2);
  await begin('new');
  await deleteExpired();
  expect(await kept()).toEqual(['at the edge', 'not sealed', 'new']);
  clock.advance(1);
  await deleteExpired();
  expect(await kept()).toEqual(['not sealed', 'new']);
});
