import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { apiKeys, auditLog, notifications, users } from '../../../drizzle/schema/index.ts';
import type { CreateApiKey } from '../../../shared/api-keys.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { maxApiKeys } from './api-keys.ts';
import { sessionCacheMs } from './authenticate.ts';

const invalid = { principal: null, problem: 'auth.key_invalid' };
const minute = 60_000;

async function withKeys() {
  const app = await testAuth({ accountsOf: async () => ['acct_1', 'acct_2'] });
  const { accessToken, user } = await app.signUp();
  const ann = await app.call({ bearer: accessToken });
  return Object.assign(app, {
    ann,
    user,
    bearer: accessToken,
    make: (over: Partial<CreateApiKey> = {}) =>
      ann.auth.createApiKey({ name: 'bot', scopes: ['account:read'], ...over }),
  });
}

test('a key is shown once, stored as a hash, and lets its bearer do what it names and no more', async () => {
  await using app = await withKeys();
  const { key, ...made } = await app.make({ scopes: ['market', 'trade:close'], accountIds: ['acct_1'] });
  expect(key).toMatch(/^ft_[0-9a-z]{26}_[\w-]{43}$/);
  expect(`key_${key.split('_')[1]}`).toBe(made.id);
  expect(await app.ann.auth.listApiKeys()).toEqual({ apiKeys: [made] });
  expect(JSON.stringify(await app.database.db.select().from(apiKeys))).not.toContain(key.slice(30));

  expect(await app.auth.authenticate({ bearer: key })).toEqual({
    principal: {
      user: app.user,
      sessionId: made.id,
      scopes: new Set(['market', 'trade:close']),
      accountIds: new Set(['acct_1']),
    },
  });
  for (const bearer of [
    `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`,
    'ft_',
    `${key}x`,
    key.slice(0, 40),
  ])
    expect(await app.auth.authenticate({ bearer })).toEqual(invalid);
  const bot = await app.call({ bearer: key });
  for (const ask of [bot.users.me, bot.auth.listApiKeys, () => bot.auth.revokeApiKey({ id: made.id })])
    await expect(ask()).rejects.toMatchObject({
      cause: { code: 'auth.scope_missing', message: expect.stringContaining('sign in as yourself') },
    });
});

test('nobody makes a key that may do more than they may, nor one for accounts of others, nor of nonsense', async () => {
  await using app = await withKeys();
  for (const [over, field] of [
    [{ scopes: ['admin'] }, 'scopes'],
    [{ scopes: ['market', 'market'] }, 'scopes'],
    [{ scopes: ['session'] as never }, 'scopes[0]'],
    [{ accountIds: ['acct_1', 'acct_3'] }, 'accountIds'],
    [{ networks: ['192.0.2.0/33'] }, 'networks'],
    [{ networks: ['0.0.0.0/0'] }, 'networks'],
    [{ networks: ['loopback'] }, 'networks'],
    [{ expiresAt: app.clock.now() }, 'expiresAt'],
  ] satisfies [Partial<CreateApiKey>, string][])
    await expect(app.make(over)).rejects.toMatchObject({
      cause: { code: 'request.invalid', options: { fields: { [field]: expect.any(String) } } },
    });
  const many = await Promise.allSettled(Array.from({ length: maxApiKeys + 3 }, () => app.make()));
  const refused = many.filter(({ status }) => status === 'rejected');
  expect(refused.map((each) => (each as PromiseRejectedResult).reason.cause.code)).toEqual(
    Array(3).fill('auth.too_many_keys'),
  );
});

test('who is no administrator any more has no key of one', async () => {
  await using app = await withKeys();
  const { db } = app.database;
  await db.update(users).set({ isAdmin: true });
  const admin = await (app.clock.advance(sessionCacheMs), app.call({ bearer: app.bearer }));
  const { key } = await admin.auth.createApiKey({ name: 'ops', scopes: ['admin', 'market'] });
  const scopes = async () => (await app.auth.authenticate({ bearer: key })).principal?.scopes;
  expect(await scopes()).toEqual(new Set(['admin', 'market']));
  await db.update(users).set({ isAdmin: false });
  app.clock.advance(sessionCacheMs);
  expect(await scopes()).toEqual(new Set(['market']));
});

test('a key works from its networks and until its end, and nowhere where no address is known', async () => {
  await using app = await withKeys();
  const expiresAt = new Date(app.clock.now().getTime() + 10 * minute);
  const { key } = await app.make({ networks: ['192.0.2.0/24', '2001:db8::/32'], expiresAt });
  const from = async (ip?: string) => (await app.auth.authenticate({ bearer: key, ip })).principal !== null;
  for (const ip of ['192.0.2.9', '2001:db8:1::1']) expect([ip, await from(ip)]).toEqual([ip, true]);
  for (const ip of ['192.0.3.9', '2001:db9::1', '::1', undefined])
    expect([ip, await from(ip)]).toEqual([ip, false]);
  app.clock.advance(10 * minute);
  expect(await from('192.0.2.9')).toBe(false);
});

test('a key asks the database once a second, and its use is written once a minute, over all processes', async () => {
  await using app = await withKeys();
  const { key } = await app.make();
  const other = app.startProcess();
  const usedAt = async () => (await app.ann.auth.listApiKeys()).apiKeys[0]!.lastUsedAt;
  const use = (auth = app.auth) => auth.authenticate({ bearer: key });
  const first = app.clock.now();
  await use();
  await use(other);
  expect(await usedAt()).toEqual(first);

  let queries = 0;
  app.database.pool.on('acquire', () => void queries++);
  await Promise.all([use(), use(), use(other)]);
  expect(queries).toBe(0);

  app.clock.advance(minute - 1);
  await Promise.all([use(), use(other)]);
  expect(await usedAt()).toEqual(first);
  app.clock.advance(1);
  await Promise.all([use(), use(other)]);
  expect(await usedAt()).toEqual(app.clock.now());
  await other.close();
});

test('a revoked key is dead at once in every process and is told to what it holds open; so is one whose user is disabled', async () => {
  await using app = await withKeys();
  const other = app.startProcess();
  await other.ready();
  const [revoked, kept] = [await app.make(), await app.make()];
  const ended = new Promise((resolve) => other.onSessionEnded(resolve));
  const alive = () => other.liveSessions([revoked.id, kept.id]);
  const works = async ({ key }: { key: string }) =>
    (await other.authenticate({ bearer: key })).principal !== null;
  expect([await works(revoked), await works(kept), await alive()]).toEqual([
    true,
    true,
    new Set([revoked.id, kept.id]),
  ]);

  const bob = await app.call({ bearer: (await app.signUp({ email: 'bob@example.com' })).accessToken });
  await expect(bob.auth.revokeApiKey({ id: revoked.id })).rejects.toMatchObject({
    cause: { code: 'auth.key_not_found' },
  });
  await app.ann.auth.revokeApiKey({ id: revoked.id });
  expect(await ended).toBe(revoked.id);
  expect(
    (await app.database.db.select().from(notifications).where(eq(notifications.userId, app.user.id)))
      .map(({ title }) => title)
      .sort(),
  ).toEqual(['An API key was made', 'An API key was made', 'An API key was revoked']);
  expect([await works(revoked), await works(kept), await alive()]).toEqual([false, true, new Set([kept.id])]);

  await app.auth.administration.disable(app.user.email);
  app.clock.advance(sessionCacheMs);
  expect([await works(kept), await alive()]).toEqual([false, new Set()]);
  await other.close();
});

test('the audit names the key that acted', async () => {
  await using app = await withKeys();
  const { id, key } = await app.make();
  const { principal } = await app.auth.authenticate({ bearer: key });
  await app.audit.begin({
    action: 'trading.closePosition',
    userId: principal!.user.id,
    sessionId: principal!.sessionId,
    requestId: 'req_1',
    ip: null,
  });
  const rows = await app.database.db.select().from(auditLog).where(eq(auditLog.sessionId, id));
  expect(rows).toMatchObject([{ userId: app.user.id, action: 'trading.closePosition' }]);
});
