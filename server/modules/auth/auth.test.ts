import { Writable } from 'node:stream';
import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { refreshTokens, sessions, users } from '../../../drizzle/schema/index.ts';
import { createLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { cheapHash, cookieJar, testAuth } from '../../testing/test-auth.ts';
import { refreshGraceMs } from './domain.ts';
import { defaultAuthLimits } from './rate-limits.ts';

const ann = { ...build.newcomer, timeZone: 'Europe/London' };
const refusal = (code: string) => ({ cause: { code } });
const day = 24 * 3_600_000;

describe('register', () => {
  test('opens an account, signs in, and never shows the password', async () => {
    await using app = await testAuth();
    const jar = cookieJar();
    const signedIn = await (
      await app.call({}, { cookie: jar })
    ).auth.register({ ...ann, email: ' Ann@Example.COM' });
    expect(signedIn.user).toEqual({
      id: expect.stringMatching(/^user_/),
      email: 'ann@example.com',
      name: 'Ann',
      timeZone: 'Europe/London',
      isAdmin: false,
      createdAt: app.clock.now(),
    });
    expect(await (await app.call({ bearer: signedIn.accessToken })).users.me()).toEqual(signedIn.user);
    expect(await (await app.call({ cookie: jar.token })).users.me()).toEqual(signedIn.user);
    expect(signedIn.expiresAt).toEqual(new Date(app.clock.now().getTime() + 15 * 60_000));
    const [session] = await app.database.db.select().from(sessions);
    expect(session).toMatchObject({
      ip: '192.0.2.1',
      userAgent: 'test',
      createdAt: app.clock.now(),
      expiresAt: new Date(app.clock.now().getTime() + day),
    });
  });

  test('opens no account where REGISTRATION is off', async () => {
    await using app = await testAuth({ registration: false });
    await expect(app.signUp()).rejects.toMatchObject(refusal('auth.registration_closed'));
    const unusable = { email: 'ann', password: 'short', name: ' ', timeZone: 'Mars/Base' };
    await expect((await app.call()).auth.register(unusable)).rejects.toMatchObject(
      refusal('auth.registration_closed'),
    );
    expect(await app.database.db.select().from(users)).toEqual([]);
  });

  test('names the fields that cannot be used', async () => {
    await using app = await testAuth();
    const call = (await app.call()).auth.register({
      email: 'ann',
      password: 'short',
      name: ' ',
      timeZone: 'Mars/Base',
    });
    await expect(call).rejects.toMatchObject({
      cause: {
        options: {
          fields: {
            email: expect.anything(),
            password: expect.anything(),
            name: expect.anything(),
            timeZone: expect.anything(),
          },
        },
      },
    });
  });

  test('of two who register one address at once, whatever its case, one gets it', async () => {
    await using app = await testAuth();
    const call = await app.call();
    await app.openConnections();
    const results = await Promise.allSettled(
      ['ann@example.com', 'ANN@example.com'].map((email) => call.auth.register({ ...ann, email })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: refusal('auth.email_taken'),
    });
    await expect(call.auth.register(ann)).rejects.toMatchObject(refusal('auth.email_taken'));
    expect(await app.database.db.select().from(users)).toHaveLength(1);
    expect(await app.database.db.select().from(sessions)).toHaveLength(1);
  });

  test('the database itself refuses an address in capitals', async () => {
    await using app = await testAuth();
    const row = {
      id: 'user_1',
      email: 'Ann@example.com',
      passwordHash: 'x',
      name: 'Ann',
      createdAt: app.clock.now(),
    };
    await expect(app.database.db.insert(users).values(row)).rejects.toMatchObject({
      cause: { constraint: 'users_email_lower_case' },
    });
  });

  test('is limited per network, over all processes', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, registrations: { points: 1, seconds: 600 } },
    });
    await app.signUp();
    const again = app.signUp({ email: 'bob@example.com' });
    await expect(again).rejects.toMatchObject(refusal('request.limited'));
    await app.signUp({ email: 'bob@example.com' }, { ip: '192.0.2.2' });
  });
});

describe('login', () => {
  test('opens a second session beside the first', async () => {
    await using app = await testAuth();
    const first = await app.signUp();
    const second = await (await app.call()).auth.login({ email: 'ANN@example.com', password: ann.password });
    expect(second.user).toEqual(first.user);
    for (const { accessToken } of [first, second])
      expect((await app.auth.authenticate({ bearer: accessToken })).principal?.user).toEqual(first.user);
    expect(await app.database.db.select().from(sessions)).toHaveLength(2);
  });

  test('says the same of a wrong password, an unknown address and a disabled account', async () => {
    await using app = await testAuth();
    const call = await app.call();
    await call.auth.register(ann);
    await expect(call.auth.login({ ...build.login, password: 'wrong horse' })).rejects.toMatchObject(
      refusal('auth.invalid_credentials'),
    );
    await expect(call.auth.login({ ...build.login, email: 'bob@example.com' })).rejects.toMatchObject(
      refusal('auth.invalid_credentials'),
    );
    await app.database.db.update(users).set({ disabledAt: app.clock.now() });
    await expect(call.auth.login(build.login)).rejects.toMatchObject(refusal('auth.invalid_credentials'));
    await expect(call.auth.login({ email: 'ann', password: '' })).rejects.toMatchObject(
      refusal('request.invalid'),
    );
  });

  test('is refused after too many wrong passwords in a row, also with the right one, and says for how long', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, loginFailures: { points: 3, seconds: 600 } },
    });
    const call = await app.call();
    await call.auth.register(ann);
    const fail = () =>
      call.auth
        .login({ ...build.login, password: 'wrong horse' })
        .catch((error: { cause: unknown }) => error.cause);
    for (let i = 0; i < 2; i++) expect(await fail()).toMatchObject({ code: 'auth.invalid_credentials' });
    await call.auth.login(build.login); // forgives the two
    for (let i = 0; i < 3; i++) expect(await fail()).toMatchObject({ code: 'auth.invalid_credentials' });
    const refused = await call.auth
      .login(build.login)
      .catch((error: { cause: { options: { retryAfterMs: number } } }) => error.cause);
    expect(refused).toMatchObject({ code: 'request.limited', options: { retryAfterMs: expect.any(Number) } });
    await (await app.call({}, { ip: '192.0.2.2' })).auth.login(build.login); // the owner elsewhere is not locked out
  });

  test('wrong passwords are counted over all processes', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, loginFailures: { points: 3, seconds: 600 } },
    });
    await app.signUp();
    const other = app.startProcess();
    const [here, there] = [await app.call(), other.router.createCaller(build.context())];
    const wrong = { ...build.login, password: 'wrong horse' };
    for (const login of [here.auth.login, there.login, here.auth.login])
      await expect(login(wrong)).rejects.toMatchObject(refusal('auth.invalid_credentials'));
    await expect(there.login(build.login)).rejects.toMatchObject(refusal('request.limited'));
    await other.close();
  });

  test('guesses made all at once are counted before they are looked at', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, loginFailures: { points: 3, seconds: 600 } },
    });
    const call = await app.call();
    await app.openConnections();
    const guesses = await Promise.allSettled(
      Array.from({ length: 12 }, () => call.auth.login({ ...build.login, password: 'wrong horse' })),
    );
    const codes = guesses.map((guess) =>
      guess.status === 'rejected' ? (guess.reason as { cause: { code: string } }).cause.code : 'ok',
    );
    expect(codes.filter((code) => code === 'auth.invalid_credentials')).toHaveLength(3);
    expect(codes.filter((code) => code === 'request.limited')).toHaveLength(9);
  });

  test('guessing over many accounts from one IPv6 network is refused for a while, but to those who are signed in from there', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, networkFailures: { points: 3, seconds: 60 } },
    });
    const from = (ip: string) => app.call({}, { ip });
    const guess = async (n: number) =>
      (await from(`2001:db8::${n}`)).auth.login({ email: `user${n}@example.com`, password: 'wrong horse' });
    await app.signUp({}, { ip: '2001:db8::a' });
    await app.signUp({ email: 'bob@example.com' }, { ip: '192.0.2.9' });
    for (let n = 1; n <= 3; n++)
      await expect(guess(n)).rejects.toMatchObject(refusal('auth.invalid_credentials'));
    await expect(guess(4)).rejects.toMatchObject(refusal('request.limited'));
    const office = await from('2001:db8::b');
    for (let n = 0; n < 12; n++)
      await expect(office.auth.login({ ...build.login, email: 'bob@example.com' })).rejects.toMatchObject(
        refusal('request.limited'),
      );
    expect(await office.auth.login(build.login)).toMatchObject({ user: { email: ann.email } });
    await app.database.pool.query(`delete from rate_limits where key like 'networkFailures:%'`); // its minute is over
    expect(await office.auth.login({ ...build.login, email: 'bob@example.com' })).toMatchObject({
      user: { email: 'bob@example.com' }, // what was refused for the network was not counted for the account
    });
  });

  test('a batch of wrong passwords slows the accounts it tried from that network, and nobody else there or elsewhere', async () => {
    await using app = await testAuth();
    const call = await app.call();
    await call.auth.register(ann);
    await call.auth.register({ ...ann, email: 'bob@example.com' });
    await app.database.db.delete(sessions); // nobody is known by being signed in
    await app.openConnections();
    await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        call.auth.login({ email: n % 2 ? ann.email : `user${n}@example.com`, password: 'wrong horse' }),
      ),
    );
    await expect(call.auth.login(build.login)).rejects.toMatchObject(refusal('request.limited'));
    expect(await call.auth.login({ ...build.login, email: 'bob@example.com' })).toBeDefined();
    expect(await (await app.call({}, { ip: '192.0.2.2' })).auth.login(build.login)).toBeDefined();
  });

  test('a password that nobody could look at is no wrong one', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, loginFailures: { points: 2, seconds: 600 } },
    });
    const call = await app.call();
    await call.auth.register(ann);
    await app.database.db.update(users).set({ passwordHash: 'no hash at all' });
    for (let n = 0; n < 4; n++)
      await expect(call.auth.login(build.login)).rejects.toMatchObject(refusal('server.bug'));
  });

  test('replaces a hash that was made at another cost', async () => {
    await using app = await testAuth();
    await app.signUp();
    const next = app.startProcess({ hashCost: { ...cheapHash, passes: 2 } });
    await next.router.createCaller(build.context()).login(build.login);
    await next.close();
    expect((await app.database.db.select().from(users))[0]?.passwordHash).toContain('t=2');
    await (await app.call()).auth.login(build.login);
  });

  test('beyond 200 sessions of one user the oldest end', async () => {
    await using app = await testAuth();
    const { user, accessToken } = await app.signUp();
    const later = new Date(app.clock.now().getTime() + 1_000);
    await app.database.db.insert(sessions).values(
      Array.from({ length: 199 }, (_, n) => ({
        id: `s${n}`,
        userId: user.id,
        createdAt: later,
        expiresAt: new Date(later.getTime() + day),
      })),
    );
    app.clock.advance(2_000);
    const ended: string[] = [];
    app.auth.onSessionEnded((id) => ended.push(id));
    await (await app.call()).auth.login(build.login);
    expect(ended).toHaveLength(1);
    expect(await app.auth.authenticate({ bearer: accessToken })).toEqual({
      principal: null,
      problem: 'auth.token_invalid',
    });
  });
});

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
    expect(await (await app.call({ bearer: second.accessToken })).users.me()).toEqual(first.user);
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
  expect(await app.auth.administration.disable(first.user.email)).toBe(2);
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
  const first = await call.register(ann);
  await call.login({ ...build.login, password: 'wrong horse' }).catch(() => undefined);
  const second = await call.refresh({ refreshToken: first.refreshToken });
  app.clock.advance(refreshGraceMs);
  await call.refresh({ refreshToken: first.refreshToken }).catch(() => undefined);
  const [user] = await app.database.db.select().from(users);
  await auth.close();
  expect(log).toContain('used a second time');
  for (const secret of [
    ann.password,
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

describe('the demo login', () => {
  const demo = { email: 'demo@ftrader.local', password: 'ftrader-demo' };
  test('is made once, also by two processes at once, and is known as long as its password is the published one', async () => {
    await using app = await testAuth();
    expect(await app.auth.demo.isDefault()).toBe(false);
    await Promise.all([app.auth.demo.prepare(), app.auth.demo.prepare()]);
    await app.auth.demo.prepare();
    expect(await app.database.db.select().from(users)).toHaveLength(1);
    expect(await app.auth.demo.isDefault()).toBe(true);
    const { user } = await (await app.call()).auth.login(demo);
    expect(user.isAdmin).toBe(false);
    const other = await app.signUp();
    const [row] = await app.database.db.select().from(users).where(eq(users.id, other.user.id));
    await app.database.db.update(users).set({ passwordHash: row!.passwordHash }).where(eq(users.id, user.id));
    expect(await app.auth.demo.isDefault()).toBe(false);
    await app.auth.demo.prepare(); // does not bring the old password back
    expect(await app.auth.demo.isDefault()).toBe(false);
  });

  test('is no danger once disabled', async () => {
    await using app = await testAuth();
    await app.auth.demo.prepare();
    await app.database.db.update(users).set({ disabledAt: app.clock.now() });
    expect(await app.auth.demo.isDefault()).toBe(false);
  });

  test('is never made in production, and one that was made before is shut there with its sessions', async () => {
    await using app = await testAuth({ production: true });
    await app.auth.demo.prepare();
    expect(await app.database.db.select().from(users)).toEqual([]);
    const secretKey = 'a test key that has more than 32 characters';
    const settings = {
      secretKey,
      accessTokenMinutes: 15,
      refreshTokenMinutes: 1440,
      production: false,
      registration: true,
    };
    const before = app.startProcess({ settings });
    await before.demo.prepare();
    expect(await before.demo.shown()).toEqual(demo);
    const signedIn = await before.router.createCaller(build.context()).login(demo);
    await before.close();

    expect(await app.auth.demo.shown()).toBeNull();
    const call = await app.call();
    await expect(call.auth.login(demo)).rejects.toMatchObject(refusal('auth.invalid_credentials')); // also before it is shut
    const ended: string[] = [];
    app.auth.onSessionEnded((id) => ended.push(id));
    await Promise.all([app.auth.demo.prepare(), app.auth.demo.prepare()]);
    expect(ended).toHaveLength(1);
    expect(await app.auth.demo.isDefault()).toBe(false);
    expect((await app.auth.authenticate({ bearer: signedIn.accessToken })).principal).toBeNull();
    await expect(call.auth.refresh({ refreshToken: signedIn.refreshToken })).rejects.toMatchObject(
      refusal('auth.token_invalid'),
    );
    await expect(call.auth.login(demo)).rejects.toMatchObject(refusal('auth.invalid_credentials'));
  });

  test('is left alone in production once its password is somebody’s own, and cannot be made there by signing up', async () => {
    await using app = await testAuth({ production: true });
    const call = await app.call();
    await expect(call.auth.register({ ...demo, name: 'Eve' })).rejects.toMatchObject({
      cause: { code: 'request.invalid', options: { fields: { password: expect.any(String) } } },
    });
    const own = { ...demo, password: 'correct horse' };
    await call.auth.register({ ...own, name: 'Owner' });
    await app.auth.demo.prepare();
    expect(await call.auth.login(own)).toMatchObject({ user: { name: 'Owner' } });
  });
});
