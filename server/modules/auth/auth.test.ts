import { Writable } from 'node:stream';
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { refreshTokens, sessions, users } from '../../../drizzle/schema/index.ts';
import { createLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { cookieJar, testAuth } from '../../testing/test-auth.ts';
import { refreshGraceMs } from './domain.ts';

const ann = { ...build.newcomer, timeZone: 'Europe/London' };
const refusal = (code: string) => ({ cause: { code } });
const day = 24 * 3_600_000;

describe('logout', () => {
  test('ends bearer, cookie and refresh token here and in other processes, and tells both', async () => {
    await using app = await testAuth();
    const jar = cookieJar();
    const { accessToken, refreshToken } = await app.signUp({}, { cookie: jar });
    const cookie = jar.token;
    const other = app.startProcess();
    await other.ready();
    const sessionId = (await other.authenticate({ bearer: accessToken })).principal?.sessionId; // now cached there
    const toldHere: string[] = [];
    app.auth.onSessionEnded((id) => toldHere.push(id));
    const toldThere = new Promise((resolve) => other.onSessionEnded(resolve));

    expect(await (await app.call({ bearer: accessToken }, { cookie: jar })).auth.logout()).toEqual({
      ok: true,
    });
    expect(toldHere).toEqual([sessionId]);
    expect(await toldThere).toBe(sessionId);
    expect(jar.token).toBeUndefined();
    for (const auth of [app.auth, other]) {
      for (const credentials of [{ bearer: accessToken }, { cookie }])
        expect(await auth.authenticate(credentials)).toEqual({
          principal: null,
          problem: 'auth.token_invalid',
        });
    }
    await expect((await app.call()).auth.refresh({ refreshToken })).rejects.toMatchObject(
      refusal('auth.token_invalid'),
    );
    await other.close();
  });

  test('leaves the user’s other sessions alone, and needs one', async () => {
    await using app = await testAuth();
    const first = await app.signUp();
    const second = await (await app.call()).auth.login(build.login);
    await (await app.call({ bearer: first.accessToken })).auth.logout();
    expect(await (await app.call({ bearer: second.accessToken })).users.me()).toMatchObject(first.user);
    await expect((await app.call()).auth.logout()).rejects.toMatchObject(refusal('auth.required'));
    await expect((await app.call({ bearer: first.accessToken })).auth.logout()).rejects.toMatchObject(
      refusal('auth.token_invalid'),
    );
  });

  test('a listener that throws keeps the news from nobody', async () => {
    await using app = await testAuth();
    const { accessToken } = await app.signUp();
    const told: string[] = [];
    app.auth.onSessionEnded(() => {
      throw new Error('a listener’s own trouble');
    });
    const stop = app.auth.onSessionEnded((id) => told.push(`stopped ${id}`));
    app.auth.onSessionEnded((id) => told.push(id));
    stop();
    await (await app.call({ bearer: accessToken })).auth.logout();
    expect(told).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });
});

test('disabling a user ends all of that user’s sessions and nobody else’s', async () => {
  await using app = await testAuth();
  const first = await app.signUp();
  const second = await (await app.call()).auth.login(build.login);
  const bob = await app.signUp({ email: 'bob@example.com' });
  const ended: string[] = [];
  app.auth.onSessionEnded((id) => ended.push(id));
  expect(await app.auth.administration.disable(first.user.email)).toEqual({ sessions: 2, apiKeys: 0 });
  expect(new Set(ended).size).toBe(2);
  for (const { accessToken } of [first, second])
    expect((await app.auth.authenticate({ bearer: accessToken })).principal).toBeNull();
  expect((await app.auth.authenticate({ bearer: bob.accessToken })).principal?.user).toEqual(bob.user);
});

test('of the sessions that hold something open those are live that have neither ended nor expired, and whose user is not disabled; they are lengthened', async () => {
  await using app = await testAuth();
  const [ann1, bob1, cy1] = [
    await app.signUp(),
    await app.signUp({ email: 'bob@example.com' }),
    await app.signUp({ email: 'cy@example.com' }),
  ];
  const idOf = async ({ accessToken }: { accessToken: string }) =>
    (await app.auth.authenticate({ bearer: accessToken })).principal!.sessionId;
  const [ann, bob, cy] = [await idOf(ann1), await idOf(bob1), await idOf(cy1)];
  const live = async () => [...(await app.auth.liveSessions([ann, bob, cy, 'unknown']))];
  expect(new Set(await live())).toEqual(new Set([ann, bob, cy]));
  await (await app.call({ bearer: ann1.accessToken })).auth.logout();
  await app.database.db.update(users).set({ disabledAt: app.clock.now() }).where(eq(users.id, bob1.user.id));
  expect(await live()).toEqual([cy]);
  app.clock.advance(day * 0.6);
  expect(await live()).toEqual([cy]);
  const [row] = await app.database.db.select().from(sessions).where(eq(sessions.id, cy));
  expect(row?.expiresAt).toEqual(new Date(app.clock.now().getTime() + day));
  app.clock.advance(day);
  expect(await live()).toEqual([]);
});

test('a copy of the tables signs nobody in: no stored value works as a token or a password', async () => {
  await using app = await testAuth();
  await app.signUp({}, { cookie: cookieJar() });
  const { db } = app.database;
  const rows = [
    await db.select().from(users),
    await db.select().from(sessions),
    await db.select().from(refreshTokens),
  ].flat();
  const values = rows.flatMap((row) => Object.values(row)).filter((value) => typeof value === 'string');
  expect(values.length).toBeGreaterThan(8);
  const call = await app.call();
  for (const value of values) {
    expect((await app.auth.authenticate({ bearer: value })).principal).toBeNull();
    expect((await app.auth.authenticate({ cookie: value })).principal).toBeNull();
    await expect(call.auth.refresh({ refreshToken: value })).rejects.toThrow();
  }
  await expect(
    call.auth.login({
      email: ann.email,
      password: rows.flatMap((row) => ('passwordHash' in row ? [row.passwordHash] : []))[0]!,
    }),
  ).rejects.toMatchObject(refusal('auth.invalid_credentials'));
});

test('no password, token or hash of one gets into the log', async () => {
  await using app = await testAuth();
  let log = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log += String(chunk);
      done();
    },
  });
  const auth = app.startProcess({ logger: createLogger({ level: 'trace', pretty: false, destination }) });
  const jar = cookieJar();
  const call = auth.router.createCaller(build.context({ cookie: jar }));
  await app.signUp();
  const first = await call.login(build.login);
  await call.login({ ...build.login, password: 'wrong horse' }).catch(() => undefined);
  const second = await call.refresh({ refreshToken: first.refreshToken });
  app.clock.advance(refreshGraceMs);
  await call.refresh({ refreshToken: first.refreshToken }).catch(() => undefined);
  const [user] = await app.database.db.select().from(users);
  await auth.close();
  expect(log).toContain('used a second time');
  for (const secret of [
    build.login.password,
    'wrong horse',
    first.accessToken,
    first.refreshToken,
    second.refreshToken,
    jar.token!,
    user!.passwordHash,
  ])
    expect(log).not.toContain(secret);
});

test('rows past their time are removed, and those who hold sockets of sessions that ran out hear of it', async () => {
  await using app = await testAuth();
  const { db, pool } = app.database;
  const first = await app.signUp();
  const ended: string[] = [];
  app.auth.onSessionEnded((id) => ended.push(id));
  const [session] = await db.select().from(sessions);
  app.clock.advance(day);
  await app.auth.deleteExpired();
  expect(await db.select().from(sessions)).toEqual([]);
  expect(ended).toEqual([session?.id]);
  await expect((await app.call()).auth.refresh({ refreshToken: first.refreshToken })).rejects.toMatchObject(
    refusal('auth.token_expired'),
  ); // still known
  app.clock.advance(7 * day);
  const alive = await (await app.call()).auth.login(build.login);
  await app.auth.deleteExpired();
  expect(await db.select().from(refreshTokens)).toHaveLength(1);
  expect(await (await app.call()).auth.refresh({ refreshToken: alive.refreshToken })).toMatchObject({
    user: alive.user,
  });
  await pool.query('update rate_limits set expire = 1');
  await app.auth.deleteExpired();
  expect((await pool.query('select key from rate_limits')).rows).toEqual([]);
});
