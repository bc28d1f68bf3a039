import { expect, onTestFinished, test, vi } from 'vitest';
import { refreshTokens } from '../drizzle/schema/index.ts';
import * as build from '../server/testing/build.ts';
import { startEdge } from '../server/testing/edge.ts';
import { createInbox } from '../server/testing/inbox.ts';
import { priceRig } from '../server/testing/price-rig.ts';
import { testAuth } from '../server/testing/test-auth.ts';
import { router } from '../server/trpc/init.ts';
import { createUsersModule } from '../server/modules/users/index.ts';
import { createFTraderClient, createTokenSource, errorOf, retryDelayMs, type Tick } from './index.ts';

const { email, password } = build.newcomer;
const login = { email, password };

const caught = (call: Promise<unknown>) => call.then(() => undefined, errorOf);

/** Real auth over real HTTP, with one user. */
async function start() {
  const auth = await testAuth();
  await auth.signUp();
  const users = createUsersModule({
    database: auth.database,
    signIn: auth.auth,
    leaveAccounts: async () => undefined,
  });
  const edge = await startEdge({
    router: router({ auth: auth.auth.router, users: users.router }),
    authenticate: auth.auth.authenticate,
    table: [],
  });
  return {
    url: edge.url,
    clock: auth.clock,
    advance: (minutes: number) => auth.clock.advance(minutes * 60_000),
    /** How many there have been: one for each sign-in and each refresh. */
    refreshTokens: async () => (await auth.database.db.select().from(refreshTokens)).length,
    async [Symbol.asyncDispose]() {
      await edge[Symbol.asyncDispose]();
      await auth[Symbol.asyncDispose]();
    },
  };
}

test('a program signs in once for all its calls, stays signed in past the token’s end, and past the refresh token’s', async () => {
  await using server = await start();
  const token = createTokenSource({ url: server.url, ...login });
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

const minute = 60_000;
const day = 24 * 60 * minute;
test.each([-day, -minute, minute, day])(
  'the time of day does not matter, nor that it is set by %i ms: a token is kept while it lives and replaced before it ends',
  async (offMs) => {
    await using server = await start();
    vi.useFakeTimers({ toFake: ['Date'], now: server.clock.now().getTime() + offMs });
    onTestFinished(() => void vi.useRealTimers());
    const { monotonicMs } = server.clock;
    const token = createTokenSource({ url: server.url, ...login, monotonicMs });
    const first = await token();
    await server.advance(14);
    expect(await token()).toBe(first);
    vi.setSystemTime(server.clock.now().getTime() - offMs);
    expect(await token()).toBe(first);
    await server.advance(0.6);
    const second = await token();
    expect(second).not.toBe(first);
    await server.advance(14);
    expect(await token()).toBe(second);
  },
);

test('a token that the server does not take is replaced by one refresh for all calls, which are then made again', async () => {
  await using server = await start();
  const token = createTokenSource({ url: server.url, ...login, monotonicMs: () => 0 });
  const { api } = createFTraderClient({ url: server.url, token });
  await api.users.me.query();
  const before = await server.refreshTokens();
  await server.advance(16);
  const calls = Array.from({ length: 30 }, () => api.users.me.query()); // two batches
  expect((await Promise.all(calls)).map(({ email }) => email)).toEqual(calls.map(() => login.email));
  expect(await server.refreshTokens()).toBe(before + 1);
});

test('a call whose new token is refused as well is told so', async () => {
  await using server = await start();
  const asked: (string | undefined)[] = [];
  const { api } = createFTraderClient({
    url: server.url,
    token: (refused) => (asked.push(refused), `wrong${asked.length}`),
  });
  expect(await caught(api.users.me.query())).toMatchObject({ code: 'auth.token_invalid' });
  expect(asked).toEqual([undefined, 'wrong1']);
});

test('on a socket too: a refused token is replaced and the subscription goes on, also when its login ends later', async () => {
  await using rig = await priceRig({ wsLimits: { refuseWithinMs: 50 } });
  const [epic] = ['CS.D.EURUSD.CFD.IP'];
  rig.gateway.tick(epic!, { bid: '1' });
  rig.expired.add('late');
  const tokens = ['late', 'session_one', 'session_two'];
  const { api, close } = createFTraderClient({
    url: `http://127.0.0.1:${rig.port}`,
    token: (refused) => tokens[tokens.indexOf(refused ?? '') + 1] ?? 'none',
  });
  const told = createInbox<Tick>();
  const errors = createInbox<unknown>();
  api.marketData.onPrices.subscribe(
    { epics: [epic!] },
    {
      onData: (ticks) => ticks.forEach(told.put),
      onError: errors.put,
    },
  );
  await told.until(({ length }) => length === 1);
  rig.gateway.tick(epic!, { bid: '2' });
  await told.until((ticks) => ticks.at(-1)?.bid === '2');
  rig.endSession('session_one');
  rig.gateway.tick(epic!, { bid: '3' });
  await told.until((ticks) => ticks.at(-1)?.bid === '3');
  expect(errors.items).toEqual([]);
  rig.endSession('session_two'); // and the source has no other
  await errors.until(({ length }) => length > 0);
  expect(errorOf(errors.items[0])).toMatchObject({ code: 'auth.token_invalid' });
  await close();
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
    token: createTokenSource({ url: server.url, ...login, password: 'wrong' }),
  });
  const refused = await caught(api.users.me.query());
  expect(refused).toMatchObject({ code: 'auth.invalid_credentials' });
  // Asked for once: each try would count against the limit of wrong passwords.
  expect(await caught(api.users.me.query())).toMatchObject({ requestId: refused!.requestId });
  const told = createInbox<unknown>();
  api.marketData.onPrices.subscribe({ epics: ['CS.D.EURUSD.CFD.IP'] }, { onError: told.put });
  await told.until(({ length }) => length > 0);
  expect(errorOf(told.items[0])).toEqual(refused);
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
