import { expect, test } from 'vitest';
import * as build from '../server/testing/build.ts';
import { startEdge } from '../server/testing/edge.ts';
import { testAuth } from '../server/testing/test-auth.ts';
import { router } from '../server/trpc/init.ts';
import { createUsersModule } from '../server/modules/users/index.ts';
import { createFTraderClient, createTokenSource, errorOf, retryDelayMs } from './index.ts';

const { email, password } = build.newcomer;
const login = { email, password };

const caught = (call: Promise<unknown>) => call.then(() => undefined, errorOf);

/** Real auth over real HTTP, with one user; `now` is the server's clock. */
async function start() {
  const auth = await testAuth();
  await auth.signUp();
  const users = createUsersModule({ database: auth.database });
  const edge = await startEdge({
    router: router({ auth: auth.auth.router, users: users.router }),
    authenticate: auth.auth.authenticate,
    table: [],
  });
  return {
    url: edge.url,
    now: () => auth.clock.now().getTime(),
    advance: (minutes: number) => auth.clock.advance(minutes * 60_000),
    async [Symbol.asyncDispose]() {
      await edge[Symbol.asyncDispose]();
      await auth[Symbol.asyncDispose]();
    },
  };
}

test('a program signs in once for all its calls, stays signed in past the token’s end, and past the refresh token’s', async () => {
  await using server = await start();
  const token = createTokenSource({ ...server, ...login });
  const { api } = createFTraderClient({ url: server.url, token });
  const first = new Set(await Promise.all([token(), token(), token()]));
  expect(first.size).toBe(1);
  expect(await api.users.me.query()).toMatchObject({ email: login.email });
  for (const minutes of [16, 60 * 24 * 30]) {
    await server.advance(minutes);
    expect(await api.users.me.query()).toMatchObject({ email: login.email });
    expect(first.has(await token())).toBe(false);
    first.add(await token());
  }
});

test('a refused call carries the typed error object, also when the sign-in behind it was refused', async () => {
  await using server = await start();
  const anonymous = createFTraderClient({ url: `${server.url}/` });
  expect(await caught(anonymous.api.users.me.query())).toMatchObject({
    code: 'auth.required',
    requestId: expect.stringMatching(/^req_/),
    retryable: false,
  });
  expect(await caught(anonymous.api.auth.login.mutate({ email: 'nobody', password: '' }))).toMatchObject({
    code: 'request.invalid',
    fields: { email: expect.any(String) },
  });
  const { api } = createFTraderClient({
    url: server.url,
    token: createTokenSource({ ...server, ...login, password: 'wrong' }),
  });
  expect(await caught(api.users.me.query())).toMatchObject({ code: 'auth.invalid_credentials' });
});

test('no answer at all is no typed error', async () => {
  const { api } = createFTraderClient({ url: 'http://127.0.0.1:1' });
  expect(errorOf(await api.system.time.query().catch((error: unknown) => error))).toBeUndefined();
  expect(errorOf(new Error('mine'))).toBeUndefined();
});

test('reconnects back off to ten seconds, spread so that many clients do not return at once', () => {
  expect([0, 1, 2, 6, 500].map((attempt) => retryDelayMs(attempt, () => 0.5))).toEqual([
    250, 500, 1000, 10_000, 10_000,
  ]);
  expect(retryDelayMs(0, () => 0)).toBeLessThan(retryDelayMs(0, () => 0.99));
});
