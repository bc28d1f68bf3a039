import { asc } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { auditLog, users } from '../../../drizzle/schema/index.ts';
import { createDatabase } from '../../db/client.ts';
import { systemClock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { testDb } from '../../testing/test-db.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { createAuditModule } from './index.ts';

test('each mutation leaves one row with who, what, where and its outcome; a query leaves none', async () => {
  await using app = await testAuth();
  const { accessToken, user } = await app.signUp();
  app.clock.advance(1_000);
  await (await app.call()).auth.login({ ...build.newcomer, password: 'wrong horse' }).catch(() => undefined);
  app.clock.advance(1_000);
  const call = await app.call({ bearer: accessToken });
  await call.users.me();
  await call.auth.logout();
  const rows = await app.database.db.select().from(auditLog).orderBy(asc(auditLog.at));
  const anyone = { requestId: 'req_1', ip: '192.0.2.1', finishedAt: expect.any(Date) };
  expect(rows).toMatchObject([
    {
      ...anyone,
      action: 'auth.register',
      subject: build.newcomer.email,
      userId: user.id,
      sessionId: expect.stringMatching(/^[0-9a-f]{64}$/),
      outcome: 'ok',
    },
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
  expect(await seen).toMatchObject([{ action: 'auth.register' }]);
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
  const audit = createAuditModule({ database, ids, clock: systemClock, logger: silentLogger });
  const close = await audit.begin({ action: 'a.b', userId: null, sessionId: null, requestId: 'r', ip: null });
  await close('ok');
  expect((await pool.query('select setting from seen')).rows).toEqual([
    { setting: 'off' },
    { setting: 'off' },
  ]);
  expect((await pool.query('show synchronous_commit')).rows).toEqual([{ synchronous_commit: 'local' }]);
  await database.close();
});
