// Feeds, accounts and streams as administrators see them, read from PostgreSQL as it is.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { accountHealth, leases } from '../../../drizzle/schema/index.ts';
import { listLeases } from '../../ig/held-leases.ts';
import { createAccountStore } from '../accounts/store.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { addAccount, addUser } from '../../testing/people.ts';
import { testDb } from '../../testing/test-db.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import { createAdminModule } from './index.ts';

const notAsked = {} as Parameters<typeof createAdminModule>[0];

test('an administrator alone sees each connected account with its owner and state, those in trouble first, and who holds which stream; no credentials', async () => {
  await using db = await testDb();
  const { database } = db;
  const since = new Date('2026-01-05T09:00:00Z');
  await addUser(database, { id: 'user_ann' });
  await addUser(database, { id: 'user_bob' });
  await addAccount(database, 'user_ann', { id: 'acct_up', credentials: 'sealed-canary' });
  await addAccount(database, 'user_bob', { id: 'acct_down', environment: 'demo', createdAt: since });
  await addAccount(database, 'user_bob', { id: 'acct_gone', disconnectedAt: since });
  await database.db.insert(accountHealth).values({
    accountId: 'acct_down',
    environment: 'demo',
    state: 'offline',
    since,
    message: 'The broker does not answer.',
  });
  const inAMinute = sql`clock_timestamp() + interval '1 minute'` as never;
  await database.db.insert(leases).values([
    { name: 'account:acct_up', holder: 'process_1', epoch: 3, expiresAt: inAMinute },
    { name: 'demo', holder: 'process_2', epoch: 7, expiresAt: since },
  ]);
  const store = createAccountStore(database.db);
  const feeds = [
    { feed: 'demo', state: 'down', since, tickAgeMs: null, reason: 'silent', items: 0 },
  ] as const;
  const { router } = createAdminModule({
    ...notAsked,
    streams: {
      parts: async () => ({ database: { ok: true, detail: 'answers' }, bus: { ok: false, detail: 'down' } }),
      feeds: () => [...feeds],
      accountCounts: () => store.countHealth(),
      accounts: () => store.listHealth(500),
      leases: () => listLeases(database.db),
    },
  });
  const as = (principal: ReturnType<typeof build.principal> | null) =>
    createCallerFactory(router)(build.context({ principal }));
  expect(await as(build.principal(['admin'])).feeds()).toEqual({
    database: { ok: true, detail: 'answers' },
    bus: { ok: false, detail: 'down' },
    feeds,
    accountCounts: { up: 1, degraded: 0, read_only: 0, offline: 1, disconnected: 1 },
    accounts: [
      { accountId: 'acct_down', environment: 'demo', userId: 'user_bob', state: 'offline', since },
      { accountId: 'acct_up', environment: 'simulated', userId: 'user_ann', state: 'up', since: new Date(0) },
    ],
    leases: [
      { name: 'demo', holder: 'process_2', epoch: 7, expiresAt: since, held: false },
      { name: 'account:acct_up', holder: 'process_1', epoch: 3, expiresAt: expect.any(Date), held: true },
    ],
  });
  expect(await failure(as(null).feeds())).toMatchObject({ code: 'auth.required' });
  expect(await failure(as(build.principal()).feeds())).toMatchObject({ code: 'auth.scope_missing' });
});
