// Signing up: nobody is told which addresses have accounts, and nobody gets one for an address that is not theirs.
import { describe, expect, test } from 'vitest';
import { registrations, sessions, users } from '../../../drizzle/schema/index.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { codeLifetimeMs } from './domain.ts';
import { defaultAuthLimits } from './rate-limits.ts';

const ann = { ...build.newcomer, timeZone: 'Europe/London' };
const { email, password } = ann;
type App = Awaited<ReturnType<typeof testAuth>>;
/** Signs up and gives the code that was mailed. */
async function asked(app: App, over: Partial<typeof ann> = {}, ip = '192.0.2.1'): Promise<string> {
  await (await app.call({}, { ip })).auth.register({ ...ann, ...over });
  return (await app.letters())[0]!.code!;
}

describe('signing up', () => {
  test('makes an account once the code of the mail and the chosen password are sent, and not before', async () => {
    await using app = await testAuth();
    const { auth } = await app.call();
    expect(await auth.register({ ...ann, email: ' Ann@Example.COM' })).toEqual({ ok: true });
    expect(await app.database.db.select().from(users)).toEqual([]);
    expect(await failure(auth.login(build.login))).toMatchObject({ code: 'auth.invalid_credentials' });
    const [letter] = await app.letters();
    expect(letter).toMatchObject({ to: email, subject: 'FTrader: confirm your e-mail address' });
    expect(await auth.verifyEmail({ code: letter!.code!, password })).toEqual({ ok: true });
    const { user } = await auth.login(build.login);
    expect(user).toEqual({
      id: expect.stringMatching(/^user_/),
      email,
      name: 'Ann',
      timeZone: 'Europe/London',
      isAdmin: false,
      emailVerified: true,
      createdAt: app.clock.now(),
    });
    expect(await app.database.db.select().from(registrations)).toEqual([]);
    expect(await failure(auth.verifyEmail({ code: letter!.code!, password }))).toMatchObject({
      code: 'auth.code_invalid',
    });
    const [session] = await app.database.db.select().from(sessions);
    expect(session).toMatchObject({ ip: '192.0.2.1', userAgent: 'test', provedAt: app.clock.now() });
  });

  test('with an address that has an account is answered, stored, hashed and mailed as for one that has none', async () => {
    await using app = await testAuth();
    await app.signUp();
    const { auth } = await app.call();
    const hashes = async () =>
      Number(/^ftrader_password_hashes_total (\d+)$/m.exec(await app.metrics.text())?.[1]);
    const seen = [];
    for (const address of [email, 'bob@example.com']) {
      const before = await hashes();
      const answer = await auth.register({ ...ann, email: address, name: 'Mallory' });
      seen.push({ answer, orders: app.orders.length, hashes: (await hashes()) - before });
      const letters = await app.letters();
      expect(letters.map(({ to }) => to)).toEqual([address]);
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]).toEqual({ answer: { ok: true }, orders: 1, hashes: 1 });
    expect((await app.database.db.select().from(users)).map(({ name }) => name)).toEqual(['Ann']);
  });

  test('whose address it is learns that somebody tried; the mail holds nothing that opens the account', async () => {
    await using app = await testAuth();
    await app.signUp();
    await (await app.call()).auth.register({ ...ann, password: 'another choice' });
    expect(await app.letters()).toMatchObject([
      { to: email, subject: 'FTrader: you have an account already', code: undefined },
    ]);
  });

  test('a code confirms nothing without the password that was chosen with it: not what somebody else asked for with my address', async () => {
    await using app = await testAuth();
    const mallorys = await asked(app, { password: 'known to mallory' }, '198.51.100.1');
    const { auth } = await app.call();
    expect(await failure(auth.verifyEmail({ code: mallorys, password }))).toMatchObject({
      code: 'auth.code_invalid',
    });
    expect(await failure(auth.verifyEmail({ code: mallorys }))).toMatchObject({
      code: 'request.invalid',
      options: { fields: { password: expect.stringContaining('is needed') } },
    });
    const mine = await asked(app);
    await auth.verifyEmail({ code: mine, password });
    expect(await auth.login(build.login)).toMatchObject({ user: { email } });
    expect(await failure(auth.verifyEmail({ code: mallorys, password: 'known to mallory' }))).toMatchObject({
      code: 'auth.code_invalid',
    });
  });

  test('of two confirmed at once, whatever the case of their address, one becomes the account', async () => {
    await using app = await testAuth();
    const codes = [await asked(app), await asked(app, { email: 'ANN@example.com' })];
    const { auth } = await app.call();
    await app.openConnections();
    const results = await Promise.allSettled(codes.map((code) => auth.verifyEmail({ code, password })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await app.database.db.select().from(users)).toHaveLength(1);
  });

  test('the code is sent again when asked for, is too old after a day, and is gone with its row', async () => {
    await using app = await testAuth();
    const first = await asked(app);
    const { auth } = await app.call();
    app.clock.advance(1);
    await auth.resendVerification({ email });
    const again = (await app.letters())[0]!.code!;
    app.clock.advance(codeLifetimeMs.verify_email);
    for (const code of [first, again])
      expect(await failure(auth.verifyEmail({ code, password }))).toMatchObject({
        code: 'auth.code_invalid',
      });
    await app.auth.deleteExpired();
    expect(await app.database.db.select().from(registrations)).toEqual([]);
    await auth.resendVerification({ email });
    expect(await app.letters()).toEqual([]);
  });

  test('an address is mailed ten times an hour at most, whoever signs up with it', async () => {
    await using app = await testAuth();
    const letters = [];
    for (let n = 0; n < 12; n++) {
      await (await app.call({}, { ip: `198.51.100.${n}` })).auth.register(ann);
      letters.push(...(await app.letters()));
    }
    expect(letters).toHaveLength(10);
    app.clock.advance(3_600_000);
    await (await app.call()).auth.register(ann);
    expect(await app.letters()).toHaveLength(1);
  });

  test('is closed where REGISTRATION is off, whatever is sent', async () => {
    await using app = await testAuth({ registration: false });
    const { auth } = await app.call();
    for (const sent of [ann, { email: 'ann', password: 'short', name: ' ', timeZone: 'Mars/Base' }])
      expect(await failure(auth.register(sent))).toMatchObject({ code: 'auth.registration_closed' });
    expect(await app.database.db.select().from(registrations)).toEqual([]);
  });

  test('names the fields that cannot be used, and says why a password is refused', async () => {
    await using app = await testAuth({ passwordJudge: { weaknessOf: async () => 'is easy to guess' } });
    const { auth } = await app.call();
    const unusable = { email: 'ann', password: 'short', name: ' ', timeZone: 'Mars/Base' };
    expect(await failure(auth.register(unusable))).toMatchObject({
      options: { fields: Object.fromEntries(Object.keys(unusable).map((name) => [name, expect.anything()])) },
    });
    expect(await failure(auth.register(ann))).toMatchObject({
      options: { fields: { password: 'is easy to guess' } },
    });
    expect(await app.database.db.select().from(registrations)).toEqual([]);
  });

  test('is limited per network, over all processes', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, registrations: { points: 1, seconds: 600 } },
    });
    await app.signUp();
    const bob = { email: 'bob@example.com' };
    expect(await failure(app.signUp(bob))).toMatchObject({ code: 'request.limited' });
    await app.signUp(bob, { ip: '192.0.2.2' });
  });
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
