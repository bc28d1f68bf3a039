// What a grave step asks of a login, and logging out everywhere.
import { describe, expect, test } from 'vitest';
import { apiKeys, sessions } from '../../../drizzle/schema/index.ts';
import { stepMs, withTwoFactor } from '../../testing/authenticator.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { cookieJar, testAuth } from '../../testing/test-auth.ts';
import { proofHoldsMs } from './domain.ts';

const refused = (code: string) => ({ code });
const { password } = build.login;
async function signedIn() {
  const app = await testAuth();
  const { accessToken, user } = await app.signUp();
  return Object.assign(app, { user, accessToken, ann: await app.call({ bearer: accessToken }) });
}
type Calls = Awaited<ReturnType<typeof signedIn>>['ann'];
const key = { name: 'bot', scopes: ['market' as const] };
const graveSteps: [string, (ann: Calls) => Promise<unknown>][] = [
  ['createApiKey', (ann) => ann.auth.createApiKey(key)],
  ['startTotp', (ann) => ann.auth.startTotp()],
  ['regenerateRecoveryCodes', (ann) => ann.auth.regenerateRecoveryCodes()],
];

describe('a grave step', () => {
  test.each(graveSteps)(
    '%s asks for a proof of the last ten minutes: a log-in, or a step up',
    async (_name, step) => {
      await using app = await signedIn();
      const { ann } = app;
      const code = async () =>
        ((await failure(step(ann).then(() => Promise.reject(new Error('done'))))) as { code?: string }).code;
      app.clock.advance(proofHoldsMs - 1);
      expect(await code()).not.toBe('auth.step_up_required');
      app.clock.advance(1);
      expect(await failure(step(ann))).toMatchObject({
        code: 'auth.step_up_required',
        kind: 'forbidden',
        message: expect.stringContaining('POST /api/auth/step-up'),
      });
      expect(await ann.auth.stepUp({ password })).toEqual({
        provedUntil: new Date(app.clock.now().getTime() + proofHoldsMs),
      });
      expect(await code()).not.toBe('auth.step_up_required');
      app.clock.set(-2 * proofHoldsMs); // a clock that was ahead proves nothing
      expect(await failure(step(ann))).toMatchObject(refused('auth.step_up_required'));
    },
  );

  test('one login’s proof is not another’s; a refresh is none, and a log-in is', async () => {
    await using app = await signedIn();
    const signed = await (await app.call()).auth.login(build.login);
    app.clock.advance(proofHoldsMs);
    const other = await (await app.call()).auth.refresh({ refreshToken: signed.refreshToken });
    const elsewhere = await app.call({ bearer: other.accessToken });
    await app.ann.auth.stepUp({ password });
    await app.ann.auth.createApiKey(key);
    expect(await failure(elsewhere.auth.createApiKey(key))).toMatchObject(refused('auth.step_up_required'));
    const third = await (await app.call()).auth.login(build.login);
    expect(await (await app.call({ bearer: third.accessToken })).auth.createApiKey(key)).toBeDefined();
  });
});

describe('stepUp', () => {
  test('takes the password where two-factor authentication is off; wrong ones prove nothing and count as log-ins', async () => {
    await using app = await signedIn();
    app.clock.advance(proofHoldsMs);
    for (const [input, problem] of [
      [{}, 'exactly one'],
      [{ password, code: '123456' }, 'exactly one'],
    ] as const)
      expect(await failure(app.ann.auth.stepUp(input))).toMatchObject({
        code: 'request.invalid',
        message: expect.stringContaining(problem),
      });
    for (let n = 0; n < 10; n++)
      expect(await failure(app.ann.auth.stepUp({ password: 'wrong horse' }))).toMatchObject(
        refused('auth.wrong_password'),
      );
    expect(await failure(app.ann.auth.stepUp({ password }))).toMatchObject(refused('request.limited'));
    expect(await failure(app.ann.auth.createApiKey(key))).toMatchObject(refused('auth.step_up_required'));
  });

  test('takes a code, once, and no password alone, where it is on', async () => {
    await using app = await testAuth();
    const { ann, code, recoveryCodes } = await withTwoFactor(app);
    app.clock.advance(proofHoldsMs);
    expect(await failure(ann.auth.stepUp({ password }))).toMatchObject(refused('auth.code_required'));
    expect(await failure(ann.auth.stepUp({ code: code(-3) }))).toMatchObject(refused('auth.code_wrong'));
    expect(await failure(ann.auth.createApiKey(key))).toMatchObject(refused('auth.step_up_required'));
    const used = code();
    await ann.auth.stepUp({ code: used });
    expect(await ann.auth.createApiKey(key)).toBeDefined();
    expect(await failure(ann.auth.stepUp({ code: used }))).toMatchObject(refused('auth.code_wrong'));
    app.clock.advance(proofHoldsMs + stepMs);
    await ann.auth.stepUp({ code: recoveryCodes[0]! });
    expect(await ann.auth.createApiKey(key)).toBeDefined();
    expect(await failure(ann.auth.stepUp({ code: recoveryCodes[0]! }))).toMatchObject(
      refused('auth.code_wrong'),
    );
  });

  test('what asks for the password itself asks those alone for a code whose two-factor authentication is on', async () => {
    await using app = await testAuth();
    const { ann, user, accessToken, code } = await withTwoFactor(app);
    const bob = await app.signUp({ email: 'bob@example.com' });
    app.clock.advance(proofHoldsMs);
    const lately = async (bearer: string, userId: string) => {
      const { principal } = await app.auth.authenticate({ bearer });
      return app.auth.requireCodeLately({ userId, sessionId: principal!.sessionId });
    };
    await lately(bob.accessToken, bob.user.id);
    expect(await failure(lately(accessToken, user.id))).toMatchObject(refused('auth.step_up_required'));
    await ann.auth.stepUp({ code: code() });
    await lately(accessToken, user.id);
  });
});

describe('logoutEverywhere', () => {
  test.each([
    [{}, 0],
    [{ apiKeys: true }, 2],
  ])(
    'with %j ends every login in every process, the calling one too, clears its cookie, and revokes %i keys',
    async (input, revoked) => {
      await using app = await signedIn();
      const other = await (await app.call()).auth.login(build.login);
      const bob = await app.signUp({ email: 'bob@example.com' });
      const theirs = await app.call({ bearer: bob.accessToken });
      const { id: bobs } = await theirs.auth.createApiKey(key);
      const mine = [await app.ann.auth.createApiKey(key), await app.ann.auth.createApiKey(key)];
      const process = app.startProcess();
      await process.ready();
      const ended = new Set<string>();
      process.onSessionEnded((id) => ended.add(id));
      const jar = cookieJar();
      jar.set('token', app.clock.now());
      const here = await app.call({ bearer: app.accessToken }, { cookie: jar });

      expect(await here.auth.logoutEverywhere(input)).toEqual({ sessions: 2, apiKeys: revoked });
      expect(jar.token).toBeUndefined();
      expect(await app.database.db.select().from(sessions)).toHaveLength(1);
      const keys = (await app.database.db.select().from(apiKeys)).map(({ id }) => id);
      expect(keys.sort()).toEqual([bobs, ...(revoked ? [] : mine.map(({ id }) => id))].sort());
      await expect.poll(() => ended.size).toBe(2 + revoked);
      for (const { accessToken } of [app, other])
        expect((await process.authenticate({ bearer: accessToken })).principal).toBeNull();
      expect((await process.authenticate({ bearer: bob.accessToken })).principal).not.toBeNull();
      await process.close();
    },
  );
});

test('none of it is done without a login, or with a key whatever it may', async () => {
  await using app = await signedIn();
  const { key: bearer } = await app.ann.auth.createApiKey({
    name: 'bot',
    scopes: ['market', 'account:read', 'trade:open', 'trade:close'],
  });
  for (const [caller, code] of [
    [await app.call(), 'auth.required'],
    [await app.call({ bearer }), 'auth.scope_missing'],
  ] as const)
    for (const asked of [
      () => caller.auth.startTotp(),
      () => caller.auth.confirmTotp({ code: '123456' }),
      () => caller.auth.disableTotp({ code: '123456' }),
      () => caller.auth.regenerateRecoveryCodes(),
      () => caller.auth.stepUp({ password }),
      () => caller.auth.logoutEverywhere({}),
    ])
      expect(await failure(asked())).toMatchObject(refused(code));
});
