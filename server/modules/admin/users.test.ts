// What administrators see of users and do to them, over real PostgreSQL and the real auth module.
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { apiKeys, brokerAccounts, notifications, users } from '../../../drizzle/schema/index.ts';
import type { Scope } from '../../../shared/auth.ts';
import type { DealingHalts } from '../../../shared/admin.ts';
import { sessionCacheMs } from '../auth/authenticate.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { addAccount } from '../../testing/people.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import { createAdminModule } from './index.ts';

/** What users need nothing of. */
const notAsked = {} as Parameters<typeof createAdminModule>[0];

/** Ann is a user, Root an administrator who signed in after she did. */
async function setUp() {
  const app = await testAuth();
  const { db } = app.database;
  const halts: DealingHalts['halts'] = [];
  const { router } = createAdminModule({
    ...notAsked,
    dealing: { ...notAsked.dealing, halts: async () => halts },
    people: app.auth.people,
    users: app.auth,
    accounts: { everOf: async (id) => db.select().from(brokerAccounts).where(eq(brokerAccounts.userId, id)) },
  });
  /** By an API key, which is asked for no proof: that of logins is in compose/administration.test.ts. */
  const as = (scopes: readonly Scope[], id: string) =>
    createCallerFactory(router)(
      build.context({ principal: { ...build.principal(scopes, { id }), sessionId: 'key_1' } }),
    );
  /** Somebody who signs up, with an administrator's calls from `admin`. */
  async function join(name: string, { isAdmin = false, email = `${name}@example.com` } = {}) {
    app.clock.advance(1_000);
    const { user, accessToken } = await app.signUp({ email, name });
    if (isAdmin) await db.update(users).set({ isAdmin }).where(eq(users.id, user.id));
    return { id: user.id, accessToken, admin: as(['admin'], user.id) };
  }
  const ann = await join('ann');
  const root = await join('root', { isAdmin: true });
  return Object.assign(app, {
    db,
    halts,
    as,
    join,
    ann,
    root,
    admin: root.admin,
    works: async (bearer: string) => (await app.auth.authenticate({ bearer })).principal !== null,
    row: async (id: string) => (await db.select().from(users).where(eq(users.id, id)))[0]!,
    async makeKey({ accessToken }: { accessToken: string }, scopes: ('market' | 'admin')[] = ['market']) {
      const caller = await app.call({ bearer: accessToken });
      return (await caller.auth.createApiKey({ name: 'bot', scopes })).key;
    },
  });
}

test('users are listed newest first in pages that no newcomer shifts, by role, by state and by any part of an address or name', async () => {
  await using app = await setUp();
  const { admin, ann, root } = app;
  await app.join('100%_sure', { email: 'sure@example.com' });
  const listed = async (asked: object = {}) => (await admin.listUsers(asked)).users.map(({ name }) => name);
  expect(await listed()).toEqual(['100%_sure', 'root', 'ann']);
  const first = await admin.listUsers({ limit: 2 });
  await app.join('zoe');
  expect(await admin.listUsers({ limit: 2, cursor: first.nextCursor! })).toMatchObject({
    users: [{ id: ann.id, isAdmin: false, emailVerified: true, disabledAt: null, sessions: 1 }],
    nextCursor: null,
  });
  expect(await listed({ role: 'admin' })).toEqual(['root']);
  expect(await listed({ query: 'ANN@EX' })).toEqual(['ann']);
  for (const query of ['%', '_', '100%_S']) expect(await listed({ query })).toEqual(['100%_sure']);
  expect(await listed({ query: '\\' })).toEqual([]);
  await admin.disableUser({ id: ann.id });
  expect([await listed({ disabled: true }), await listed({ disabled: false, role: 'admin' })]).toEqual([
    ['ann'],
    ['root'],
  ]);
  await app.db.update(users).set({ deletedAt: app.clock.now() }).where(eq(users.id, ann.id));
  expect(await listed({ disabled: true })).toEqual([]);
  for (const asked of [{ cursor: 'made up' }, { limit: 501 }, { query: ' ' }, { role: 'root' }])
    expect(await failure(admin.listUsers(asked as object))).toMatchObject({ code: 'request.invalid' });
  expect((await app.as(['admin'], root.id).getUser({ id: root.id })).isAdmin).toBe(true);
});

test('one user is shown with their accounts, keys, last sign of life and what holds for them, and nothing that proves who they are', async () => {
  await using app = await setUp();
  const { ann, admin } = app;
  await app.makeKey(ann);
  await addAccount(app.database, ann.id, { id: 'acct_ann' });
  const halt = {
    dealingState: 'halted',
    by: 'administrator',
    at: app.clock.now(),
    reason: 'a drill',
  } as const;
  app.halts.push({ scope: 'everything', userId: null, ...halt }, { scope: 'user', userId: ann.id, ...halt });
  const shown = await admin.getUser({ id: ann.id });
  expect(shown).toEqual({
    id: ann.id,
    email: 'ann@example.com',
    name: 'ann',
    isAdmin: false,
    emailVerified: true,
    createdAt: expect.any(Date),
    disabledAt: null,
    lastSeenAt: expect.any(Date),
    sessions: 1,
    apiKeys: 1,
    accounts: [{ id: 'acct_ann', environment: 'simulated', name: expect.any(String), disconnectedAt: null }],
    halts: [{ scope: 'user', userId: ann.id, ...halt }],
  });
});

test('nobody but an administrator may, also with an API key; who is not there, or was deleted, is not found', async () => {
  await using app = await setUp();
  const { ann, admin } = app;
  await app.db.update(users).set({ deletedAt: app.clock.now() }).where(eq(users.id, ann.id));
  const nobody = createCallerFactory(createAdminModule(notAsked).router)(build.context());
  const key = app.as(['market', 'account:read', 'trade:open'], app.root.id);
  for (const id of ['user_gone', ann.id]) {
    const calls = (who: typeof admin) => [
      () => who.getUser({ id }),
      () => who.setRole({ id, role: 'admin' }),
      () => who.setRole({ id, role: 'user' }),
      () => who.disableUser({ id }),
      () => who.enableUser({ id }),
      () => who.revokeSessions({ id }),
    ];
    for (const call of calls(admin))
      expect(await failure(call())).toMatchObject({ code: 'admin.user_not_found' });
    for (const call of [...calls(nobody), () => nobody.listUsers({})])
      expect(await failure(call())).toMatchObject({ code: 'auth.required' });
    for (const call of [...calls(key), () => key.listUsers({})])
      expect(await failure(call())).toMatchObject({ code: 'auth.scope_missing' });
  }
  expect((await app.row(ann.id)).isAdmin).toBe(false);
  expect(await failure(admin.setRole({ id: ann.id, role: 'root' as 'admin' }))).toMatchObject({
    code: 'request.invalid',
  });
});

test('who is made an administrator stays signed in and is one within a second; who is one no more has no login left in any process, and no key that could do as much', async () => {
  await using app = await setUp();
  const { ann, admin } = app;
  const other = app.startProcess();
  await other.ready();
  const scopes = async () =>
    (await other.authenticate({ bearer: ann.accessToken })).principal?.scopes.has('admin');
  expect(await scopes()).toBe(false);
  expect(await admin.setRole({ id: ann.id, role: 'admin' })).toMatchObject({
    user: { id: ann.id, isAdmin: true },
    ended: { sessions: 0, apiKeys: 0 },
  });
  app.clock.advance(sessionCacheMs);
  expect(await scopes()).toBe(true);
  const [ops, bot] = [await app.makeKey(ann, ['admin', 'market']), await app.makeKey(ann)];
  const asKey = (bearer: string) =>
    other.authenticate({ bearer }).then(({ principal }) => principal !== null);
  expect([await asKey(ops), await asKey(bot)]).toEqual([true, true]);
  // The clock stands still: what is remembered would be believed on.
  expect(await admin.setRole({ id: ann.id, role: 'user' })).toMatchObject({
    user: { isAdmin: false, sessions: 0 },
    ended: { sessions: 1, apiKeys: 1 },
  });
  expect([await scopes(), await asKey(ops), await asKey(bot)]).toEqual([undefined, false, true]);
  await admin.setRole({ id: ann.id, role: 'admin' });
  await admin.setRole({ id: ann.id, role: 'admin' });
  expect(await asKey(ops)).toBe(false);
  const told = (await app.db.select().from(notifications).where(eq(notifications.userId, ann.id))).map(
    ({ title }) => title,
  );
  expect(told.filter((title) => title.includes('administrator')).sort()).toEqual([
    'You are an administrator now',
    'You are an administrator now',
    'You are no administrator any more, and were signed out',
  ]);
  await other.close();
});

test('of two administrators who take the role from each other, or shut each other out, at the same moment one is left', async () => {
  await using app = await setUp();
  await app.openConnections();
  const { root, ann, db } = app;
  const changes = [
    (by: typeof root, id: string) => by.admin.setRole({ id, role: 'user' }),
    (by: typeof root, id: string) => by.admin.disableUser({ id }),
  ];
  for (const first of changes)
    for (const second of changes) {
      await db.update(users).set({ isAdmin: true, disabledAt: null });
      const answers = await Promise.allSettled([first(root, ann.id), second(ann, root.id)]);
      expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const refused = answers.find((each) => each.status === 'rejected') as PromiseRejectedResult;
      expect(refused.reason.cause).toMatchObject({ code: 'admin.last_administrator' });
      const left = (await db.select().from(users)).filter((each) => each.isAdmin && !each.disabledAt);
      expect(left).toHaveLength(1);
    }
});

test('the last administrator keeps the role, whoever else is disabled; nobody disables themselves', async () => {
  await using app = await setUp();
  const { root, ann, admin } = app;
  await admin.setRole({ id: ann.id, role: 'admin' });
  await admin.disableUser({ id: ann.id });
  expect(await failure(admin.setRole({ id: root.id, role: 'user' }))).toMatchObject({
    code: 'admin.last_administrator',
  });
  // A key that is remembered speaks for somebody who is one no more.
  expect(await failure(ann.admin.disableUser({ id: root.id }))).toMatchObject({
    code: 'admin.last_administrator',
  });
  expect(await failure(admin.disableUser({ id: root.id }))).toMatchObject({ code: 'admin.own_account' });
  expect(await app.row(root.id)).toMatchObject({ isAdmin: true, disabledAt: null });
  await admin.setRole({ id: ann.id, role: 'user' });
});

test('who is disabled has no login and no key left at once, and when let in again gets none of them back', async () => {
  await using app = await setUp();
  const { ann, admin } = app;
  const other = app.startProcess();
  await other.ready();
  const key = await app.makeKey(ann);
  const works = async () =>
    Promise.all(
      [ann.accessToken, key].map(async (bearer) => (await other.authenticate({ bearer })).principal !== null),
    );
  expect(await works()).toEqual([true, true]);
  const disabled = await admin.disableUser({ id: ann.id });
  expect(disabled).toMatchObject({
    user: { disabledAt: app.clock.now(), sessions: 0 },
    ended: { sessions: 1, apiKeys: 1 },
  });
  expect(await works()).toEqual([false, false]);
  app.clock.advance(60_000);
  expect((await admin.disableUser({ id: ann.id })).user.disabledAt).toEqual(disabled.user.disabledAt);
  expect(await admin.enableUser({ id: ann.id })).toMatchObject({
    user: { disabledAt: null },
    ended: { sessions: 0, apiKeys: 0 },
  });
  app.clock.advance(sessionCacheMs);
  expect(await works()).toEqual([false, false]);
  expect(await app.db.select().from(apiKeys)).toEqual([]);
  await (await app.call()).auth.login(build.login);
  await other.close();
});

test('somebody is signed out everywhere, and their keys go too where that is asked for; who was under way makes no key any more', async () => {
  await using app = await setUp();
  const { ann, admin } = app;
  const underWay = await app.call({ bearer: ann.accessToken });
  const key = await app.makeKey(ann);
  expect((await admin.revokeSessions({ id: ann.id })).ended).toEqual({ sessions: 1, apiKeys: 0 });
  expect([await app.works(ann.accessToken), await app.works(key)]).toEqual([false, true]);
  expect(await failure(underWay.auth.createApiKey({ name: 'late', scopes: ['market'] }))).toMatchObject({
    code: 'auth.token_invalid',
  });
  expect((await admin.revokeSessions({ id: ann.id, apiKeys: true })).ended).toEqual({
    sessions: 0,
    apiKeys: 1,
  });
  expect(await app.works(key)).toBe(false);
});
