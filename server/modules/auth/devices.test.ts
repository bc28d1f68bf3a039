// Where a user is signed in: seen, and ended.
import { expect, test } from 'vitest';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { cookieJar, testAuth } from '../../testing/test-auth.ts';

const minute = 60_000;

test('sessions are told with when and whence, newest first, and which one asks; when they were last seen counts the use of tokens, cookies and sockets', async () => {
  await using app = await testAuth();
  const { clock } = app;
  const signedUpAt = clock.now();
  const jar = cookieJar();
  const laptop = await app.signUp({}, { ip: '2001:db8:1:2:3::4', userAgent: 'laptop', cookie: jar });
  await app.signUp({ email: 'bob@example.com' });
  clock.advance(minute);
  const phoneAt = clock.now();
  const phone = await (await app.call({}, { ip: '192.0.2.7', userAgent: 'phone' })).auth.login(build.login);
  const list = async () =>
    (await (await app.call({ bearer: phone.accessToken })).auth.listSessions()).sessions;
  const [first, second] = await list();
  expect([first, second]).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      current: true,
      createdAt: phoneAt,
      lastSeenAt: phoneAt,
      userAgent: 'phone',
      network: '192.0.2.7',
    },
    {
      id: expect.any(String),
      current: false,
      createdAt: signedUpAt,
      lastSeenAt: signedUpAt,
      userAgent: 'laptop',
      network: '2001:db8:1:2',
    },
  ]);
  expect(await list()).toHaveLength(2); // none of Bob's
  for (const use of [
    () => app.auth.authenticate({ bearer: laptop.accessToken }),
    () => app.auth.authenticate({ cookie: jar.token }),
    () => app.auth.liveSessions([second!.id]),
  ]) {
    clock.advance(2 * minute);
    await use();
    expect((await list())[1]).toMatchObject({ lastSeenAt: clock.now() });
  }
  const seen = (await list())[1]!.lastSeenAt;
  clock.advance(minute / 2);
  await app.auth.authenticate({ bearer: laptop.accessToken });
  expect((await list())[1]).toMatchObject({ lastSeenAt: seen }); // to a minute
});

test('a session that is revoked ends here and in other processes, with its tokens and its cookie, and those who hold its sockets are told', async () => {
  await using app = await testAuth();
  const jar = cookieJar();
  const lost = await app.signUp({}, { cookie: jar });
  const mine = await app.call({ bearer: (await (await app.call()).auth.login(build.login)).accessToken });
  const { sessionId } = (await app.auth.authenticate({ bearer: lost.accessToken })).principal!;
  const other = app.startProcess();
  await other.ready();
  expect((await other.authenticate({ bearer: lost.accessToken })).principal).not.toBeNull(); // now kept there
  const toldThere = new Promise((resolve) => other.onSessionEnded(resolve));
  expect(await mine.auth.revokeSession({ id: sessionId })).toEqual({ ok: true });
  expect(await toldThere).toBe(sessionId);
  for (const auth of [app.auth, other])
    for (const credentials of [{ bearer: lost.accessToken }, { cookie: jar.token }])
      expect(await auth.authenticate(credentials)).toMatchObject({ principal: null });
  expect(await failure((await app.call()).auth.refresh({ refreshToken: lost.refreshToken }))).toMatchObject({
    code: 'auth.token_invalid',
  });
  expect((await mine.auth.listSessions()).sessions).toHaveLength(1);
  expect(await failure(mine.auth.revokeSession({ id: sessionId }))).toMatchObject({
    code: 'auth.session_not_found',
  });
  await other.close();
});

test('another’s session is no session of mine', async () => {
  await using app = await testAuth();
  const ann = await app.signUp();
  const bob = await app.signUp({ email: 'bob@example.com' });
  const { sessionId } = (await app.auth.authenticate({ bearer: bob.accessToken })).principal!;
  const call = await app.call({ bearer: ann.accessToken });
  expect(await failure(call.auth.revokeSession({ id: sessionId }))).toMatchObject({
    code: 'auth.session_not_found',
  });
  expect((await app.auth.authenticate({ bearer: bob.accessToken })).principal?.user).toEqual(bob.user);
  for (const act of ['listSessions', 'revokeSession'] as const)
    expect(await failure((await app.call()).auth[act]({ id: sessionId } as never))).toMatchObject({
      code: 'auth.required',
    });
});
