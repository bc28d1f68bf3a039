// The audit log as administrators read it.
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { auditLog } from '../../../drizzle/schema/index.ts';
import { auditPage, createAuditReads, newestAudit } from '../audit/read.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { testDb } from '../../testing/test-db.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import { createAdminModule } from './index.ts';

/** What the log needs nothing of. */
const notAsked = {} as Parameters<typeof createAdminModule>[0];
const startMs = Date.parse('2026-01-05T09:00:00Z');
const at = (seconds: number) => new Date(startMs + seconds * 1_000);
const row = (n: number, over: Partial<typeof auditLog.$inferInsert> = {}) => ({
  id: `audit_${String(n).padStart(3, '0')}`,
  at: at(Math.floor(n / 3)), // three of each instant
  action: 'auth.login',
  requestId: `req_${n}`,
  outcome: 'ok',
  ...over,
});

async function setUp(rows: (typeof auditLog.$inferInsert)[]) {
  const db = await testDb();
  await db.database.db.insert(auditLog).values(rows);
  const { router } = createAdminModule({ ...notAsked, audit: createAuditReads(db.database) });
  const as = (principal: ReturnType<typeof build.principal> | null) =>
    createCallerFactory(router)(build.context({ principal }));
  return {
    db: db.database.db,
    as,
    admin: as(build.principal(['admin'])),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

test('the log is read newest first in pages that new rows do not shift, each row with what it changed and its place', async () => {
  const change = { before: { name: 'Ann' }, after: { name: 'Anna' } };
  const sealed = { place: 7, hash: 'ab12' };
  await using app = await setUp([
    ...Array.from({ length: 9 }, (_, n) => row(n)),
    row(9, { userId: 'user_1', sessionId: 'key_1', ip: '192.0.2.1', finishedAt: at(4), ...change }),
  ]);
  await app.db.update(auditLog).set(sealed).where(eq(auditLog.id, 'audit_009'));
  const first = await app.admin.listAudit({ limit: 4 });
  expect(first.entries[0]).toEqual({
    id: 'audit_009',
    at: at(3),
    userId: 'user_1',
    sessionId: 'key_1',
    action: 'auth.login',
    subject: null,
    requestId: 'req_9',
    ip: '192.0.2.1',
    outcome: 'ok',
    finishedAt: at(4),
    ...change,
    ...sealed,
  });
  await app.db.insert(auditLog).values(row(30));
  const second = await app.admin.listAudit({ limit: 4, cursor: first.nextCursor! });
  const third = await app.admin.listAudit({ limit: 4, cursor: second.nextCursor! });
  expect([first, second, third].flatMap(({ entries }) => entries.map(({ requestId }) => requestId))).toEqual(
    Array.from({ length: 10 }, (_, n) => `req_${9 - n}`),
  );
  expect(third.nextCursor).toBeNull();
});

test('it is read of one user, request, outcome and span, of one action, and of all whose names begin alike', async () => {
  await using app = await setUp([
    row(0, { action: 'auth.login', outcome: 'auth.invalid_credentials', subject: 'ann@example.com' }),
    row(1, { action: 'auth.logout', userId: 'user_ann' }),
    row(3, { action: 'authority.x', userId: 'user_bob' }),
    row(6, { action: 'trading.openPosition', userId: 'user_ann', outcome: 'started' }),
  ]);
  const found = async (asked: object) =>
    (await app.admin.listAudit(asked)).entries.map(({ requestId }) => Number(requestId.slice(4)));
  for (const [asked, rows] of [
    [{}, [6, 3, 1, 0]],
    [{ userId: 'user_ann' }, [6, 1]],
    [{ requestId: 'req_3' }, [3]],
    [{ outcome: 'auth.invalid_credentials' }, [0]],
    [{ outcome: 'started', userId: 'user_ann' }, [6]],
    [{ action: 'auth.login' }, [0]],
    [{ action: 'auth.' }, [1, 0]],
    [{ action: 'auth' }, []],
    [{ action: '%.' }, []],
    [{ from: at(1) }, [6, 3]],
    [{ to: at(1) }, [1, 0]],
    [{ from: at(1), to: at(2) }, [3]],
  ] as const)
    expect([asked, await found(asked)]).toEqual([asked, rows]);
  for (const asked of [{ from: at(2), to: at(1) }, { cursor: 'made up' }, { action: '' }, { limit: 501 }])
    expect(await failure(app.admin.listAudit(asked))).toMatchObject({ code: 'request.invalid' });
});

test('a page of a long log is found by an index, of everybody and of one user', async () => {
  await using app = await setUp([row(0)]);
  await app.db.execute(sql`insert into audit_log (id, at, user_id, action, request_id, outcome)
    select 'audit_' || lpad(n::text, 6, '0'), timestamptz '2026-01-05 09:00Z' + n * interval '1 second',
      'user_' || n % 100, 'auth.login', 'req_' || n, 'ok' from generate_series(1, 20000) n`);
  await app.db.execute(sql`analyze audit_log`);
  const { nextCursor: cursor } = await app.admin.listAudit({ limit: 50 });
  for (const [asked, page] of [
    [{}, {}],
    [{}, { cursor: cursor! }],
    [{ userId: 'user_7' }, { cursor: cursor! }],
    [{ from: at(100), to: at(200) }, {}],
  ] as const) {
    let plan = '';
    await newestAudit({ limit: 50, ...page }, async (window) => {
      const { rows } = await app.db.execute<{ 'QUERY PLAN': string }>(
        sql`explain ${auditPage(app.db, asked, window)}`,
      );
      plan = rows.map((each) => each['QUERY PLAN']).join('\n');
      return [];
    });
    expect(plan).toMatch(/Index Scan|Bitmap Index Scan/);
    expect(plan).not.toContain('Seq Scan');
  }
});

test('nobody but an administrator reads it', async () => {
  await using app = await setUp([row(0)]);
  expect(await failure(app.as(null).listAudit({}))).toMatchObject({ code: 'auth.required' });
  expect(await failure(app.as(build.principal()).listAudit({}))).toMatchObject({
    code: 'auth.scope_missing',
  });
});
