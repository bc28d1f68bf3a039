import { describe, expect, test } from 'vitest';
import { sessions, users } from '../../../drizzle/schema/index.ts';
import * as build from '../../testing/build.ts';
import { noticed } from '../../testing/noticed.ts';
import { cheapHash, testAuth } from '../../testing/test-auth.ts';
import { defaultAuthLimits } from './rate-limits.ts';

const ann = { ...build.newcomer, timeZone: 'Europe/London' };
const refusal = (code: string) => ({ cause: { code } });
const day = 24 * 3_600_000;

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

  test('from a device or network that is not signed in is told to its user, and no other', async () => {
    await using app = await testAuth();
    const first = await app.signUp();
    const from = async (ip: string, userAgent: string) =>
      void (await (await app.call({}, { ip, userAgent })).auth.login(build.login));
    const told = async () => (await noticed(app.database, first.user.id)).length;
    expect(await told()).toBe(0); // the first login of a new account
    await from('2001:db8:1:2::1', 'Browser/1');
    expect(await told()).toBe(1);
    await from('2001:db8:1:2::9', 'Browser/1'); // the same customer's network
    expect(await told()).toBe(1);
    await from('2001:db8:1:3::1', 'Browser/1');
    await from('2001:db8:1:2::1', 'Script/1');
    expect(await told()).toBe(3);
    await app.database.db.delete(sessions);
    await from('2001:db8:1:2::1', 'Browser/1');
    expect(await told()).toBe(3);
    app.clock.advance(day + 1);
    await app.database.db.delete(sessions);
    await from('2001:db8:1:2::1', 'Browser/1'); // nobody knows any more which it was
    expect(await told()).toBe(4);
    await from('127.0.0.1', 'Browser/1');
    await from('::ffff:127.0.0.1', 'Script/1'); // another program of this machine
    expect(await told()).toBe(5);
    expect((await app.letters()).map(({ subject }) => subject)).toContain('FTrader: a new login');
  });

  test('says the same of a wrong password, an unknown address and a disabled account', async () => {
    await using app = await testAuth();
    const call = await app.call();
    await app.signUp();
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
    await app.signUp();
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
    await app.signUp();
    await app.signUp({ email: 'bob@example.com' });
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
    await app.signUp();
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
