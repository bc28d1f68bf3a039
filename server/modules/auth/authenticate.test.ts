import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { sessions, users } from '../../../drizzle/schema/index.ts';
import { cookieJar, testAuth } from '../../testing/test-auth.ts';
import { sessionCacheMs } from './authenticate.ts';

const nobody = { principal: null, problem: 'auth.token_invalid' };

async function signedIn() {
  const app = await testAuth();
  const jar = cookieJar();
  const { accessToken, user } = await app.signUp({}, { cookie: jar });
  return Object.assign(app, { bearer: accessToken, cookie: jar.token!, user });
}
async function queriesOf(
  app: Awaited<ReturnType<typeof testAuth>>,
  work: () => Promise<unknown>,
): Promise<number> {
  let count = 0;
  const acquired = () => void count++;
  app.database.pool.on('acquire', acquired);
  await work();
  app.database.pool.off('acquire', acquired);
  return count;
}

test('a bearer wins over a cookie, and a bad bearer is not made good by a cookie', async () => {
  await using app = await signedIn();
  const bob = await app.signUp({ email: 'bob@example.com' });
  expect(
    (await app.auth.authenticate({ bearer: bob.accessToken, cookie: app.cookie })).principal?.user,
  ).toEqual(bob.user);
  expect(await app.auth.authenticate({ bearer: 'x', cookie: app.cookie })).toEqual(nobody);
  expect((await app.auth.authenticate({ cookie: app.cookie })).principal).toEqual({
    user: app.user,
    sessionId: expect.stringMatching(/^[0-9a-f]{64}$/),
    scopes: new Set(['session', 'market', 'account:read', 'trade:open', 'trade:close']),
  });
  expect(await app.auth.authenticate({})).toEqual({ principal: null });
  for (const cookie of ['', 'x', 'x'.repeat(10_000)])
    expect(await app.auth.authenticate({ cookie })).toEqual(nobody);
});

test('within a second a known caller costs no query; after it one, however many ask at once', async () => {
  await using app = await signedIn();
  await app.auth.authenticate({ bearer: app.bearer });
  app.clock.advance(sessionCacheMs - 1);
  const ask = () =>
    Promise.all(
      [{ bearer: app.bearer }, { cookie: app.cookie }, { bearer: app.bearer }].map(app.auth.authenticate),
    );
  expect(await queriesOf(app, ask)).toBe(0);
  app.clock.advance(1);
  expect(await queriesOf(app, ask)).toBe(1);
});

test('a session deleted behind our back is believed for a second at most', async () => {
  await using app = await signedIn();
  await app.auth.authenticate({ bearer: app.bearer });
  await app.database.db.delete(sessions);
  app.clock.advance(sessionCacheMs);
  expect(await app.auth.authenticate({ bearer: app.bearer })).toEqual(nobody);
});

test('what a user may do, and whether at all, follows the user’s row within a second', async () => {
  await using app = await signedIn();
  await app.auth.authenticate({ bearer: app.bearer });
  await app.database.db.update(users).set({ isAdmin: true });
  app.clock.advance(sessionCacheMs);
  expect((await app.auth.authenticate({ bearer: app.bearer })).principal?.scopes).toContain('admin');
  await app.database.db.update(users).set({ disabledAt: app.clock.now() });
  app.clock.advance(sessionCacheMs);
  expect(await app.auth.authenticate({ bearer: app.bearer })).toEqual(nobody);
  expect(await app.auth.authenticate({ cookie: app.cookie })).toEqual(nobody);
});

test('a session in use is lengthened past half of its time; one left alone ends, and its listeners hear of it', async () => {
  await using app = await signedIn();
  const hour = 3_600_000;
  app.clock.advance(13 * hour);
  expect((await app.auth.authenticate({ cookie: app.cookie })).principal).not.toBeNull();
  app.clock.advance(23 * hour); // 36 h after it began
  expect((await app.auth.authenticate({ cookie: app.cookie })).principal).not.toBeNull();
  app.clock.advance(23 * hour);
  await app.auth.authenticate({ cookie: app.cookie });
  const [session] = await app.database.db.select().from(sessions).where(eq(sessions.userId, app.user.id));
  expect(session?.expiresAt).toEqual(new Date(app.clock.now().getTime() + 24 * hour));
  const ended = new Promise((resolve) => app.auth.onSessionEnded(resolve));
  app.clock.advance(24 * hour);
  expect(await app.auth.authenticate({ cookie: app.cookie })).toEqual(nobody);
  expect(await ended).toBe(session?.id);
});

test('when the database cannot be asked the call fails, and the next one asks again', async () => {
  await using app = await signedIn();
  await app.database.pool.query('alter table sessions rename to gone');
  await expect(app.auth.authenticate({ bearer: app.bearer })).rejects.toThrow();
  await app.database.pool.query('alter table gone rename to sessions');
  expect((await app.auth.authenticate({ bearer: app.bearer })).principal?.user).toEqual(app.user);
});
