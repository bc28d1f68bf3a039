// Confirming an address, and getting or choosing another password.
import { describe, expect, test } from 'vitest';
import { emailCodes, sessions, users } from '../../../drizzle/schema/index.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { codeLifetimeMs, demoLogin } from './domain.ts';
import { maxLiveCodes } from './mails.ts';
import { noticed } from '../../testing/noticed.ts';

const { email, password } = build.newcomer;
const fresh = 'battery staple horse';
const nobody = 'nobody@example.com';
type App = Awaited<ReturnType<typeof testAuth>>;
/** Ann, of before addresses were confirmed at once, has been mailed a code for hers. */
async function withAnn(options: Parameters<typeof testAuth>[0] = {}) {
  const app = await testAuth(options);
  const ann = await app.signUp();
  await app.database.db.update(users).set({ emailVerifiedAt: null });
  const call = await app.call({}, { ip: '198.51.100.200' });
  await call.auth.resendVerification({ email });
  const [welcome] = await app.letters();
  return {
    app,
    ann,
    welcome: welcome!,
    call: await app.call(),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}
/** What a code asked for is, from a network of its own: no limit is met. */
async function resetCode(app: App, network = 1): Promise<string> {
  await (await app.call({}, { ip: `198.51.100.${network}` })).auth.requestPasswordReset({ email });
  return (await app.letters())[0]!.code!;
}

describe('verifyEmail', () => {
  test('takes the code of the mail once, in the form it was mailed; a second one that was asked for goes with it', async () => {
    await using rig = await withAnn();
    const { app, ann, welcome, call } = rig;
    expect(welcome).toMatchObject({ to: email, subject: 'FTrader: confirm your e-mail address' });
    expect(welcome.html).toContain(`<pre>${welcome.code}</pre>`);
    await call.auth.resendVerification({ email });
    const [again] = await app.letters();
    expect(await call.auth.verifyEmail({ code: again!.code! })).toEqual({ ok: true });
    for (const used of [again, welcome])
      expect(await failure(call.auth.verifyEmail({ code: used!.code! }))).toMatchObject({
        code: 'auth.code_invalid',
      });
    expect(await app.auth.isEmailVerified(ann.user.id)).toBe(true);
    expect((await call.auth.login(build.login)).user.emailVerified).toBe(true);
    await call.auth.resendVerification({ email });
    expect(await app.letters()).toEqual([]); // nothing is left to confirm
  });

  test('refuses a code alike that is made up, too old, for something else, or sent to an address that is no longer the user’s', async () => {
    await using rig = await withAnn();
    const { app, welcome, call } = rig;
    const verify = (code: string) => failure(call.auth.verifyEmail({ code }));
    const refused = { code: 'auth.code_invalid' };
    expect(await verify('x'.repeat(43))).toMatchObject(refused);
    expect(await verify(await resetCode(app))).toMatchObject(refused);
    await app.database.db.update(users).set({ email: 'ann@example.org' });
    expect(await verify(welcome.code!)).toMatchObject(refused);
    await app.database.db.update(users).set({ email });
    app.clock.advance(codeLifetimeMs.verify_email);
    expect(await verify(welcome.code!)).toMatchObject(refused);
    await app.auth.deleteExpired();
    expect(await app.database.db.select().from(emailCodes)).toEqual([]);
  });
});

describe('resetPassword', () => {
  test('ends every login, lets in with the new password alone, confirms the address, forgives wrong passwords, and tells the owner', async () => {
    await using rig = await withAnn();
    const { app, ann, call } = rig;
    const other = await call.auth.login(build.login);
    const code = await resetCode(app);
    for (let n = 0; n < 10; n++) await failure(call.auth.login({ email, password: 'wrong horse' }));
    expect(await failure(call.auth.login(build.login))).toMatchObject({ code: 'request.limited' });
    const ended: string[] = [];
    app.auth.onSessionEnded((id) => ended.push(id));

    expect(await call.auth.resetPassword({ code, password: fresh })).toEqual({ ok: true });
    expect(new Set(ended).size).toBe(2);
    for (const { accessToken, refreshToken } of [ann, other]) {
      expect((await app.auth.authenticate({ bearer: accessToken })).principal).toBeNull();
      expect(await failure(call.auth.refresh({ refreshToken }))).toMatchObject({
        code: 'auth.token_invalid',
      });
    }
    expect(await failure(call.auth.login(build.login))).toMatchObject({ code: 'auth.invalid_credentials' });
    expect((await call.auth.login({ email, password: fresh })).user.emailVerified).toBe(true);
    expect(await app.letters()).toMatchObject([
      { to: email, subject: 'FTrader: your password was changed', code: undefined },
    ]);
    expect(await noticed(app.database, ann.user.id)).toEqual(['security.event']);
    expect(await failure(call.auth.resetPassword({ code, password }))).toMatchObject({
      code: 'auth.code_invalid',
    });
  });

  test('of many who use one code at once one gets it', async () => {
    await using rig = await withAnn();
    const { app, call } = rig;
    const code = await resetCode(app);
    await app.openConnections();
    const answers = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => call.auth.resetPassword({ code, password: `${fresh} ${n}` })),
    );
    const won = answers.findIndex(({ status }) => status === 'fulfilled');
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await call.auth.login({ email, password: `${fresh} ${won}` })).toBeDefined();
    expect(await app.letters()).toHaveLength(1);
  });

  test('does nothing by a code that is too old, for an account that was disabled, or with a password that everybody knows', async () => {
    await using rig = await withAnn({ production: true });
    const { app, call } = rig;
    const code = await resetCode(app);
    expect(await failure(call.auth.resetPassword({ code, password: 'short' }))).toMatchObject({
      code: 'request.invalid',
    });
    await app.auth.administration.disable(email);
    expect(await failure(call.auth.resetPassword({ code, password: fresh }))).toMatchObject({
      code: 'auth.code_invalid',
    });
    await app.auth.administration.enable(email);
    app.clock.advance(codeLifetimeMs.reset_password);
    expect(await failure(call.auth.resetPassword({ code, password: fresh }))).toMatchObject({
      code: 'auth.code_invalid',
    });
    expect(await call.auth.login(build.login)).toBeDefined();
    await app.signUp({ email: demoLogin.email });
    await call.auth.requestPasswordReset({ email: demoLogin.email });
    const published = (await app.letters()).find(({ subject }) => subject.includes('new password'))!.code!;
    expect(
      await failure(call.auth.resetPassword({ code: published, password: demoLogin.password })),
    ).toMatchObject({ code: 'request.invalid', options: { fields: { password: expect.any(String) } } });
  });
});

test('a password that was reset by a code, or given by an operator, leaves no API key; one that its owner changed leaves them all', async () => {
  await using rig = await withAnn();
  const { app, ann } = rig;
  let mine = await app.call({ bearer: ann.accessToken });
  const makeKey = async () => (await mine.auth.createApiKey({ name: 'bot', scopes: ['market'] })).key;
  const works = async (bearer: string) => (await app.auth.authenticate({ bearer })).principal !== null;
  const key = await makeKey();
  await mine.auth.changePassword({ password, newPassword: fresh });
  expect(await works(key)).toBe(true);
  const code = await resetCode(app);
  expect(await works(key)).toBe(true);
  await rig.call.auth.resetPassword({ code, password });
  expect(await works(key)).toBe(false); // the clock stands still: it was told
  mine = await app.call({ bearer: (await rig.call.auth.login(build.login)).accessToken });
  const second = await makeKey();
  expect(await works(second)).toBe(true);
  expect(await app.auth.administration.setPassword(email, fresh)).toEqual({ sessions: 1, apiKeys: 1 });
  expect(await works(second)).toBe(false);
});

describe('changePassword', () => {
  test('asks for the present one, ends all other logins and codes, keeps this one, and tells the owner', async () => {
    await using rig = await withAnn();
    const { app, ann, call } = rig;
    const other = await call.auth.login(build.login);
    const code = await resetCode(app);
    const mine = await app.call({ bearer: ann.accessToken });
    expect(
      await failure(mine.auth.changePassword({ password: 'wrong horse', newPassword: fresh })),
    ).toMatchObject({ code: 'auth.wrong_password' });
    await mine.auth.changePassword({ password, newPassword: fresh });
    expect((await app.auth.authenticate({ bearer: other.accessToken })).principal).toBeNull();
    expect((await app.auth.authenticate({ bearer: ann.accessToken })).principal?.user.id).toBe(ann.user.id);
    expect(await call.auth.refresh({ refreshToken: ann.refreshToken })).toBeDefined();
    expect(await failure(call.auth.resetPassword({ code, password }))).toMatchObject({
      code: 'auth.code_invalid',
    });
    expect(await call.auth.login({ email, password: fresh })).toBeDefined();
    expect((await app.letters()).map(({ subject }) => subject)).toEqual([
      'FTrader: your password was changed',
    ]);
    expect(await failure(call.auth.changePassword({ password: fresh, newPassword: password }))).toMatchObject(
      { code: 'auth.required' },
    );
  });

  test('wrong present passwords count as log-ins that failed', async () => {
    await using rig = await withAnn();
    const mine = await rig.app.call({ bearer: rig.ann.accessToken });
    const change = () => failure(mine.auth.changePassword({ password: 'wrong horse', newPassword: fresh }));
    for (let n = 0; n < 10; n++) expect(await change()).toMatchObject({ code: 'auth.wrong_password' });
    expect(await change()).toMatchObject({ code: 'request.limited' });
  });

  test('of two who change it at once one does', async () => {
    await using rig = await withAnn();
    const { app, ann, call } = rig;
    const mine = await app.call({ bearer: ann.accessToken });
    await app.openConnections();
    const answers = await Promise.allSettled(
      [0, 1, 2].map((n) => mine.auth.changePassword({ password, newPassword: `${fresh} ${n}` })),
    );
    const won = answers.findIndex(({ status }) => status === 'fulfilled');
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await call.auth.login({ email, password: `${fresh} ${won}` })).toBeDefined();
  });
});

describe('whether an address has an account', () => {
  test('shows in no answer about mail, in no row that it leaves, in no work, and a login hashes as much for nobody', async () => {
    await using rig = await withAnn();
    const { app, call } = rig;
    const hashes = async () =>
      Number(/^ftrader_password_hashes_total (\d+)$/m.exec(await app.metrics.text())?.[1]);
    /** The answer, the hashes it cost, and what was ordered by it. */
    async function asked(act: () => Promise<unknown>) {
      const before = await hashes();
      const answer = await act().catch((error: { message: string }) => error.message);
      return { answer, hashes: (await hashes()) - before, orders: app.orders.splice(0).length };
    }
    for (const act of [
      (of: string) => call.auth.requestPasswordReset({ email: of }),
      (of: string) => call.auth.resendVerification({ email: of }),
    ]) {
      const known = await asked(() => act(email));
      expect(known).toEqual({ answer: { ok: true }, hashes: 0, orders: 1 });
      expect(await asked(() => act(nobody))).toEqual(known);
      for (let n = 1; n < 5; n++) await Promise.all([act(email), act(nobody)]);
      const limited = await Promise.all([failure(act(email)), failure(act(nobody))]);
      for (const refusal of limited) expect(refusal).toMatchObject({ code: 'request.limited' });
      app.orders.splice(0);
    }
    const wrong = (of: string) => call.auth.login({ email: of, password: 'wrong horse' });
    const known = await asked(() => wrong(email));
    expect(known.hashes).toBe(1);
    expect(await asked(() => wrong(nobody))).toEqual(known);
  });

  test('mail to nobody, and to an account that was disabled, goes nowhere', async () => {
    await using rig = await withAnn();
    const { app, call } = rig;
    await app.auth.administration.disable(email);
    for (const of of [email, nobody]) {
      await call.auth.requestPasswordReset({ email: of });
      await call.auth.resendVerification({ email: of });
    }
    expect(app.orders).toHaveLength(4);
    expect(await app.letters()).toEqual([]);
  });
});

describe('asking for mail', () => {
  test('is limited for an address from a network, IPv6 by its first half, and to nobody elsewhere', async () => {
    await using rig = await withAnn();
    const { app } = rig;
    const ask = async (ip: string) => (await app.call({}, { ip })).auth.requestPasswordReset({ email });
    for (let n = 1; n <= 5; n++) await ask(`2001:db8::${n}`);
    expect(await failure(ask('2001:db8::6'))).toMatchObject({
      code: 'request.limited',
      options: { retryAfterMs: expect.any(Number) },
    });
    expect(await ask('2001:db8:0:1::1')).toEqual({ ok: true });
  });

  test('by others keeps nobody from a new password: no more mails than so many come, and while none comes one of them works', async () => {
    await using rig = await withAnn();
    const { app, call } = rig;
    const codes: string[] = [];
    for (let network = 1; network <= 2 * maxLiveCodes; network++) {
      await (await app.call({}, { ip: `198.51.100.${network}` })).auth.requestPasswordReset({ email });
      codes.push(...(await app.letters()).map(({ code }) => code!));
    }
    expect(codes).toHaveLength(maxLiveCodes);
    app.clock.advance(codeLifetimeMs.reset_password - 1);
    await call.auth.resetPassword({ code: codes[0]!, password: fresh });
    app.clock.advance(1);
    expect(await app.database.db.select().from(sessions)).toEqual([]);
    await app.letters();
    expect(await resetCode(app, 99)).toMatch(/^[\w-]{43}$/);
  });

  test('a mail that could not be handed over leaves no code behind', async () => {
    await using rig = await withAnn();
    const { app } = rig;
    const failing = app.startProcess({
      sendLetter: async () => {
        throw new Error('no mail server');
      },
    });
    for (let n = 0; n <= maxLiveCodes; n++)
      await expect(failing.sendMail({ kind: 'reset_password', email })).rejects.toThrow('no mail server');
    expect(await resetCode(app)).toMatch(/^[\w-]{43}$/);
    await failing.close();
  });
});
