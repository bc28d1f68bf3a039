// Two-factor authentication: setting it up, signing in with it, and losing the authenticator.
import { describe, expect, test } from 'vitest';
import { recoveryCodes as codesTable, sessions, totpSecrets } from '../../../drizzle/schema/index.ts';
import { stepMs, withTwoFactor } from '../../testing/authenticator.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { resealRows } from '../../db/sealed-rows.ts';
import { createKeyring, createSealer, keyNameOf } from '../../lib/seal.ts';
import { proofHoldsMs } from './domain.ts';
import { defaultAuthLimits } from './rate-limits.ts';
import { hashToken } from './tokens.ts';
import { totpCode } from './totp.ts';
import { sealedAuthenticators } from './two-factor-store.ts';
import { noticed } from '../../testing/noticed.ts';

const refused = (code: string) => ({ code });
const subjects = (letters: readonly { subject: string }[]) =>
  letters.map(({ subject }) => subject).filter((subject) => !subject.includes('confirm'));

describe('setting up', () => {
  test('nothing changes before a code of the authenticator confirms it; ten recovery codes are shown once, and only hashes are kept', async () => {
    await using app = await testAuth();
    const { accessToken } = await app.signUp();
    const ann = await app.call({ bearer: accessToken });
    expect((await ann.users.me()).twoFactor).toEqual({ enabled: false, recoveryCodesLeft: 0 });
    expect(await failure(ann.auth.confirmTotp({ code: '123456' }))).toMatchObject(
      refused('auth.totp_not_started'),
    );
    const first = await ann.auth.startTotp();
    const { secret, uri } = await ann.auth.startTotp(); // in the place of the first
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(uri).toContain(`secret=${secret}`);
    expect(await (await app.call()).auth.login(build.login)).toBeDefined();
    expect((await ann.users.me()).twoFactor.enabled).toBe(false);
    for (const code of [totpCode(first.secret, app.clock.now()), totpCode(secret, new Date(0))])
      expect(await failure(ann.auth.confirmTotp({ code }))).toMatchObject(refused('auth.code_wrong'));

    const { recoveryCodes } = await ann.auth.confirmTotp({ code: totpCode(secret, app.clock.now()) });
    expect(new Set(recoveryCodes).size).toBe(10);
    for (const each of recoveryCodes)
      expect(each).toMatch(/^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    expect((await ann.users.me()).twoFactor).toEqual({ enabled: true, recoveryCodesLeft: 10 });
    expect(await failure(ann.auth.startTotp())).toMatchObject(refused('auth.totp_enabled'));
    expect(await failure(ann.auth.confirmTotp({ code: '123456' }))).toMatchObject(
      refused('auth.totp_enabled'),
    );
    const kept = JSON.stringify([
      await app.database.db.select().from(totpSecrets),
      await app.database.db.select().from(codesTable),
    ]);
    for (const text of [secret, ...recoveryCodes, ...recoveryCodes.map((code) => code.replaceAll('-', ''))])
      expect(kept).not.toContain(text);
    expect(kept).toContain(hashToken(recoveryCodes[0]!.replaceAll('-', '')));
    expect(subjects(await app.letters())).toEqual(['FTrader: two-factor authentication is on']);
    expect(await noticed(app.database, (await ann.users.me()).id)).toEqual(['security.event']);
  });

  test('other logins stay, but what their password alone had proved is forgotten', async () => {
    await using app = await testAuth();
    await app.signUp();
    const other = await (await app.call()).auth.login(build.login);
    const elsewhere = await app.call({ bearer: other.accessToken });
    await elsewhere.auth.createApiKey({ name: 'bot', scopes: ['market'] });
    const here = await app.call({ bearer: (await (await app.call()).auth.login(build.login)).accessToken });
    const { secret } = await here.auth.startTotp();
    await here.auth.confirmTotp({ code: totpCode(secret, app.clock.now()) });
    expect((await elsewhere.users.me()).email).toBe(build.login.email);
    expect(await failure(elsewhere.auth.createApiKey({ name: 'bot', scopes: ['market'] }))).toMatchObject(
      refused('auth.step_up_required'),
    );
    expect(await here.auth.regenerateRecoveryCodes()).toBeDefined();
  });

  test('new recovery codes take the place of the old ones; who has no authenticator has none', async () => {
    await using app = await testAuth();
    const { ann, recoveryCodes, login } = await withTwoFactor(app);
    const { recoveryCodes: fresh } = await ann.auth.regenerateRecoveryCodes();
    expect(fresh).toHaveLength(10);
    expect(await failure(login({ code: recoveryCodes[0]! }))).toMatchObject(refused('auth.code_wrong'));
    expect(await login({ code: fresh[0]! })).toBeDefined();
    const bob = await app.signUp({ email: 'bob@example.com' });
    const call = await app.call({ bearer: bob.accessToken });
    for (const asked of [
      () => call.auth.regenerateRecoveryCodes(),
      () => call.auth.disableTotp({ code: '123456' }),
      () => call.auth.stepUp({ code: '123456' }),
    ])
      expect(await failure(asked())).toMatchObject(refused('auth.totp_not_enabled'));
    expect(subjects(await app.letters())).toContain('FTrader: you have new recovery codes');
  });

  test('a code switches it off, whatever the login proved before, and a password alone signs in again', async () => {
    await using app = await testAuth();
    const { ann, code, login } = await withTwoFactor(app);
    await app.letters();
    app.clock.advance(proofHoldsMs);
    for (const wrong of [code(-3), 'aaaa-bbbb-cccc-dddd'])
      expect(await failure(ann.auth.disableTotp({ code: wrong }))).toMatchObject(refused('auth.code_wrong'));
    expect(await ann.auth.disableTotp({ code: code() })).toEqual({ ok: true });
    expect((await ann.users.me()).twoFactor).toEqual({ enabled: false, recoveryCodesLeft: 0 });
    expect(await app.database.db.select().from(codesTable)).toEqual([]);
    expect(await login()).toBeDefined();
    expect(subjects(await app.letters())).toEqual(['FTrader: two-factor authentication is off']);
  });
});

describe('login', () => {
  test('needs a code too, and says so only to whoever knows the password', async () => {
    await using app = await testAuth();
    const { login, code, user } = await withTwoFactor(app);
    expect(await failure(login({ password: 'wrong horse' }))).toMatchObject(
      refused('auth.invalid_credentials'),
    );
    expect(await failure(login({ password: 'wrong horse', code: code() }))).toMatchObject(
      refused('auth.invalid_credentials'),
    );
    expect(await failure(login())).toMatchObject({
      code: 'auth.code_required',
      kind: 'unauthenticated',
      message: expect.stringContaining('send a code of your authenticator'),
    });
    expect(await failure(login({ code: code(-2) }))).toMatchObject(refused('auth.code_wrong'));
    for (const odd of ['12345', '1234567', 'not a code', ''])
      expect(await failure(login({ code: odd }))).toMatchObject({
        code: 'request.invalid',
        options: { fields: { code: expect.stringContaining('6 digits') } },
      });
    expect((await login({ code: ` ${code().slice(0, 3)} ${code().slice(3)} ` })).user).toEqual(user);
  });

  test('a code is good once, and none of a step before it; the next one is', async () => {
    await using app = await testAuth();
    const { login, code } = await withTwoFactor(app);
    const before = code(-1); // it switched it on
    expect(await failure(login({ code: before }))).toMatchObject(refused('auth.code_wrong'));
    const used = code();
    await login({ code: used });
    expect(await failure(login({ code: used }))).toMatchObject(refused('auth.code_wrong'));
    expect(await login({ code: code(1) })).toBeDefined();
    expect(await failure(login({ code: used }))).toMatchObject(refused('auth.code_wrong'));
    app.clock.advance(2 * stepMs);
    expect(await login({ code: code() })).toBeDefined();
  });

  test.each(['authenticator', 'recovery'] as const)(
    'of many who show one code of the %s at once one gets in',
    async (by) => {
      await using app = await testAuth();
      const { login, code, recoveryCodes } = await withTwoFactor(app);
      await app.openConnections();
      const shown = by === 'recovery' ? recoveryCodes[0]! : code();
      const answers = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) => login({ code: shown, ip: `198.51.100.${n}` })),
      );
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await app.database.db.select().from(sessions)).toHaveLength(2);
      for (const answer of answers)
        if (answer.status === 'rejected')
          expect(answer.reason).toMatchObject({ cause: { code: 'auth.code_wrong' } });
    },
  );

  test('a recovery code signs in once, however it is written, and a mail tells of it', async () => {
    await using app = await testAuth();
    const { ann, login, recoveryCodes } = await withTwoFactor(app);
    await app.letters();
    const [first, second] = recoveryCodes;
    expect(
      await login({ code: first!.toUpperCase().replaceAll('-', ' ').replaceAll('0', 'O') }),
    ).toBeDefined();
    expect(await failure(login({ code: first! }))).toMatchObject(refused('auth.code_wrong'));
    expect((await ann.users.me()).twoFactor).toEqual({ enabled: true, recoveryCodesLeft: 9 });
    const letters = await app.letters();
    expect(letters).toMatchObject([{ to: build.login.email, subject: 'FTrader: a recovery code was used' }]);
    expect(JSON.stringify(letters)).not.toContain(first);
    expect(await login({ code: second! })).toBeDefined();
  });

  test('wrong codes are limited for the account, from whatever networks; the password alone sets no limit back, and nobody else is kept out', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, codeFailures: { points: 3, seconds: 3_600 } },
    });
    const { ann, login, code, recoveryCodes } = await withTwoFactor(app);
    await app.signUp({ email: 'bob@example.com' });
    for (const n of [1, 2, 3])
      expect(await failure(login({ code: code(-3), ip: `198.51.100.${n}` }))).toMatchObject(
        refused('auth.code_wrong'),
      );
    for (const each of [code(), recoveryCodes[0]!])
      expect(await failure(login({ code: each, ip: '198.51.100.9' }))).toMatchObject({
        code: 'request.limited',
        options: { retryAfterMs: expect.any(Number) },
      });
    expect(await failure(login())).toMatchObject(refused('auth.code_required'));
    expect(await failure(ann.auth.stepUp({ code: code() }))).toMatchObject(refused('request.limited'));
    expect(await (await app.call()).auth.login({ ...build.login, email: 'bob@example.com' })).toBeDefined();
    await app.database.pool.query(`delete from rate_limits where key like 'codeFailures:%'`); // its hour is over
    expect(await login({ code: code() })).toBeDefined();
  });

  test('a missing and a wrong code count as log-ins that failed; one that succeeds forgives both', async () => {
    await using app = await testAuth({
      limits: { ...defaultAuthLimits, loginFailures: { points: 3, seconds: 600 } },
    });
    const { login, code } = await withTwoFactor(app);
    const fail = async () => {
      await failure(login());
      await failure(login({ code: code(-3) }));
    };
    await fail();
    await login({ code: code() });
    app.clock.advance(stepMs);
    await fail();
    await failure(login());
    expect(await failure(login({ code: code() }))).toMatchObject(refused('request.limited'));
  });

  test('a new password by a mailed code keeps it on', async () => {
    await using app = await testAuth();
    const { login, code } = await withTwoFactor(app);
    await app.letters();
    const call = await app.call();
    await call.auth.requestPasswordReset({ email: build.login.email });
    const [letter] = await app.letters();
    const password = 'battery staple horse';
    await call.auth.resetPassword({ code: letter!.code!, password });
    expect(await failure(login({ password }))).toMatchObject(refused('auth.code_required'));
    expect(await login({ password, code: code() })).toBeDefined();
  });

  test('whoever was admitted by the password alone does not get in once it is on', async () => {
    await using app = await testAuth();
    const ann = await app.call({ bearer: (await app.signUp()).accessToken });
    await ann.auth.startTotp();
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    const client = await app.database.pool.connect();
    await client.query('begin');
    await client.query('select from users for update'); // the log-in waits here for its session
    const late = failure((await app.call()).auth.login(build.login));
    await expect.poll(async () => (await app.database.pool.query(waiting)).rowCount).toBeGreaterThan(0);
    await client.query('update totp_secrets set confirmed_at = created_at');
    await client.query('commit');
    client.release();
    expect(await late).toMatchObject(refused('auth.code_required'));
  });

  test('a clock that was ahead when a code was used keeps nobody out', async () => {
    await using app = await testAuth();
    const { login, code } = await withTwoFactor(app);
    const year = 365 * 24 * 3_600_000;
    app.clock.set(year);
    await login({ code: code() });
    app.clock.set(-year);
    expect(await login({ code: code() })).toBeDefined();
  });
});

test('the secret comes under another key, and the authenticator goes on', async () => {
  await using app = await testAuth();
  const { secret, code } = await withTwoFactor(app);
  const key = (name: string, byte: number) => `${name}:${Buffer.alloc(32, byte).toString('base64')}`;
  const keyring = createKeyring(() => [key('new', 8), key('test', 7)]);
  expect(await resealRows(keyring, sealedAuthenticators(app.database.db))).toBe(1);
  const [row] = await app.database.db.select().from(totpSecrets);
  expect(keyNameOf(row!.secret)).toBe('new');
  const after = app.startProcess({ sealer: createSealer([key('new', 8)]) });
  const { login } = after.router.createCaller(build.context());
  expect(await login({ ...build.login, code: code() })).toBeDefined();
  expect(JSON.stringify(row)).not.toContain(secret);
  await after.close();
});

test('an operator switches it off for whoever lost everything; their logins end, and where it is off there is nothing to do', async () => {
  await using app = await testAuth();
  const { accessToken, login } = await withTwoFactor(app);
  const { administration } = app.auth;
  expect(await administration.switchTwoFactorOff('Ann@example.com')).toEqual({ sessions: 1, apiKeys: 0 });
  expect((await app.auth.authenticate({ bearer: accessToken })).principal).toBeNull();
  expect(await login()).toBeDefined();
  await expect(administration.switchTwoFactorOff('ann@example.com')).rejects.toThrow(
    /^ann@example\.com has no two-factor authentication/,
  );
  expect(await app.database.db.select().from(sessions)).toHaveLength(1);
});
