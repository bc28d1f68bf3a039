// A refresh token for its successor: once, whatever comes twice, at once or too late.
import { expect, test } from 'vitest';
import { refreshTokens, sessions, users } from '../../../drizzle/schema/index.ts';
import * as build from '../../testing/build.ts';
import { noticed } from '../../testing/noticed.ts';
import { cookieJar, testAuth, testSecretKeys } from '../../testing/test-auth.ts';
import { refreshGraceMs } from './domain.ts';
import { defaultAuthLimits } from './rate-limits.ts';

const refusal = (code: string) => ({ cause: { code } });
const day = 24 * 3_600_000;

test('gives a working access token and a new refresh token, and lengthens the session', async () => {
  await using app = await testAuth();
  const first = await app.signUp();
  app.clock.advance(20 * 60_000);
  await expect((await app.call({ bearer: first.accessToken })).users.me()).rejects.toMatchObject(
    refusal('auth.token_expired'),
  );
  const second = await (
    await app.call({ bearer: first.accessToken })
  ).auth.refresh({ refreshToken: first.refreshToken });
  expect(second.refreshToken).not.toBe(first.refreshToken);
  expect(await (await app.call({ bearer: second.accessToken })).users.me()).toMatchObject(first.user);
  expect((await app.database.db.select().from(sessions))[0]?.expiresAt).toEqual(
    new Date(app.clock.now().getTime() + day),
  );
});

test('refuses an expired token as expired, an unknown one as invalid, a short one as malformed', async () => {
  await using app = await testAuth();
  const { refreshToken } = await app.signUp();
  const call = await app.call();
  app.clock.advance(day);
  await expect(call.auth.refresh({ refreshToken })).rejects.toMatchObject(refusal('auth.token_expired'));
  await expect(call.auth.refresh({ refreshToken: `${refreshToken}x` })).rejects.toMatchObject(
    refusal('auth.token_invalid'),
  );
  await expect(call.auth.refresh({ refreshToken: 'x' })).rejects.toMatchObject(refusal('request.invalid'));
});

test('a used token that comes back ends the session: nothing given out for it works any more, and its user is told', async () => {
  await using app = await testAuth();
  const jar = cookieJar();
  const first = await app.signUp({}, { cookie: jar });
  const call = await app.call();
  const second = await call.auth.refresh({ refreshToken: first.refreshToken });
  app.clock.advance(refreshGraceMs);
  const ended: string[] = [];
  app.auth.onSessionEnded((id) => ended.push(id));
  await expect(call.auth.refresh({ refreshToken: first.refreshToken })).rejects.toMatchObject(
    refusal('auth.token_invalid'),
  );
  expect(ended).toHaveLength(1);
  await expect(call.auth.refresh({ refreshToken: second.refreshToken })).rejects.toMatchObject(
    refusal('auth.token_invalid'),
  );
  for (const credentials of [
    { bearer: first.accessToken },
    { bearer: second.accessToken },
    { cookie: jar.token },
  ]) {
    expect(await app.auth.authenticate(credentials)).toEqual({
      principal: null,
      problem: 'auth.token_invalid',
    });
  }
  expect(await app.database.db.select().from(sessions)).toEqual([]);
  // Its owner is told, once.
  expect(await noticed(app.database, first.user.id)).toEqual(['security.event']);
  expect((await app.letters()).map(({ subject }) => subject)).toContain('FTrader: a login was ended');
});

test('a client that lost the answer gets the same successor within the grace, also from another process', async () => {
  await using app = await testAuth();
  const first = await app.signUp();
  const second = await (await app.call()).auth.refresh({ refreshToken: first.refreshToken });
  app.clock.advance(refreshGraceMs - 1);
  const other = app.startProcess();
  const again = await other.router
    .createCaller(build.context())
    .refresh({ refreshToken: first.refreshToken });
  await other.close();
  expect(again.refreshToken).toBe(second.refreshToken);
  app.clock.advance(15 * 60_000);
  const third = await (await app.call()).auth.refresh({ refreshToken: again.refreshToken });
  expect(await (await app.call({ bearer: third.accessToken })).users.me()).toMatchObject(first.user);
});

test('a token used while the clock was ahead has no grace left once it is right: whoever brings it ends the session', async () => {
  await using app = await testAuth();
  const first = await app.signUp();
  app.clock.set((2 * day) / 4);
  const second = await (await app.call()).auth.refresh({ refreshToken: first.refreshToken });
  app.clock.set((-2 * day) / 4);
  await expect((await app.call()).auth.refresh({ refreshToken: first.refreshToken })).rejects.toMatchObject(
    refusal('auth.token_invalid'),
  );
  await expect((await app.call()).auth.refresh({ refreshToken: second.refreshToken })).rejects.toMatchObject(
    refusal('auth.token_invalid'),
  );
});

test('wrong passwords counted while the clock was two days ahead keep nobody out once it is right', async () => {
  await using app = await testAuth();
  await app.signUp();
  const { email } = build.newcomer;
  const call = await app.call();
  for (let n = 0; n <= defaultAuthLimits.loginFailures.points; n++)
    await call.auth.login({ email, password: 'wrong password' }).catch(() => undefined);
  await expect(call.auth.login(build.login)).rejects.toMatchObject(refusal('request.limited'));
  await app.database.pool.query('update rate_limits set expire = expire + 2 * 86400000');
  expect((await call.auth.login({ email, password: build.newcomer.password })).user.email).toBe(email);
});

test('sessions and tokens of a clock that was days ahead live no longer than others', async () => {
  await using app = await testAuth();
  app.clock.set(30 * day);
  await app.signUp();
  app.clock.set(-30 * day);
  await app.auth.deleteExpired();
  const latest = app.clock.now().getTime() + day + 10_000;
  for (const rows of [
    await app.database.db.select().from(sessions),
    await app.database.db.select().from(refreshTokens),
  ]) {
    expect(rows).toHaveLength(1);
    for (const { expiresAt } of rows) expect(expiresAt.getTime()).toBeLessThanOrEqual(latest);
  }
});

test('of a thief and an owner who both hold a successor, the later to use it ends the session', async () => {
  await using app = await testAuth();
  const first = await app.signUp();
  const call = await app.call();
  const [owner, thief] = [
    await call.auth.refresh({ refreshToken: first.refreshToken }),
    await call.auth.refresh({ refreshToken: first.refreshToken }),
  ];
  app.clock.advance(15 * 60_000);
  const stolen = await call.auth.refresh({ refreshToken: thief.refreshToken });
  app.clock.advance(refreshGraceMs);
  await expect(call.auth.refresh({ refreshToken: owner.refreshToken })).rejects.toMatchObject(
    refusal('auth.token_invalid'),
  );
  await expect(call.auth.refresh({ refreshToken: stolen.refreshToken })).rejects.toMatchObject(
    refusal('auth.token_invalid'),
  );
});

test('two tabs that refresh at once stay signed in, with one chain of tokens between them', async () => {
  await using app = await testAuth();
  const first = await app.signUp();
  const call = await app.call();
  await app.openConnections();
  const tabs = await Promise.all(
    Array.from({ length: 8 }, () => call.auth.refresh({ refreshToken: first.refreshToken })),
  );
  expect(new Set(tabs.map(({ refreshToken }) => refreshToken)).size).toBe(1);
  expect(await app.database.db.select().from(refreshTokens)).toHaveLength(2);
});

test('a refresh and a logout at once leave no session behind', async () => {
  await using app = await testAuth();
  await app.openConnections();
  for (let round = 0; round < 10; round++) {
    const { accessToken, refreshToken } = await app.signUp({ email: `ann${round}@example.com` });
    const call = await app.call({ bearer: accessToken });
    const [refreshed, left] = await Promise.allSettled([
      call.auth.refresh({ refreshToken }),
      call.auth.logout(),
    ]);
    expect(left).toEqual({ status: 'fulfilled', value: { ok: true } });
    expect(refreshed).toMatchObject(
      refreshed.status === 'fulfilled'
        ? { value: { user: { name: 'Ann' } } }
        : { reason: refusal('auth.token_invalid') },
    );
    expect(await app.database.db.select().from(sessions)).toEqual([]);
  }
});

test('a disabled user gets none', async () => {
  await using app = await testAuth();
  const { refreshToken } = await app.signUp();
  await app.database.db.update(users).set({ disabledAt: app.clock.now() });
  await expect((await app.call()).auth.refresh({ refreshToken })).rejects.toMatchObject(
    refusal('auth.token_invalid'),
  );
});

test('one that is repeated after the signing key was replaced gets the successor that the first got', async () => {
  await using app = await testAuth();
  const { refreshToken } = await app.signUp();
  const first = await (await app.call()).auth.refresh({ refreshToken });
  const next = app.startProcess({
    settings: {
      secretKeys: ['another test key that has more than 32 characters', ...testSecretKeys],
      accessTokenMinutes: 15,
      refreshTokenMinutes: 1440,
      production: false,
      registrationClosed: undefined,
    },
  });
  const call = next.router.createCaller(build.context());
  expect((await call.refresh({ refreshToken })).refreshToken).toBe(first.refreshToken);
  expect((await next.authenticate({ bearer: first.accessToken })).principal).not.toBeNull();
  expect((await call.refresh({ refreshToken: first.refreshToken })).user).toEqual(first.user);
  await next.close();
});
