// Faults of requests and sessions as a client without any help sees them, and what the broker had really booked.
import http from 'node:http';
import { expect, test, vi } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { rawStream } from '../../testing/raw-stream.ts';
import {
  closingOrder,
  marketOrder,
  testLogin,
  testSimulator,
  type TestSimulator,
} from '../../testing/test-simulator.ts';
import type { FaultSetting } from './settings.ts';
import { faultNames, type FaultName } from './table.ts';

const clock = createManualClock();
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const booked = (simulator: TestSimulator) => {
  const { deals, closes } = simulator.snapshot().accounts['ABC12']!;
  return (
    Object.values(deals).reduce((sum, count) => sum + count, 0) +
    Object.values(closes).reduce((sum, { count }) => sum + count, 0)
  );
};

/** One POST on a connection of its own; `outcome` settles with status and text, or with the socket's error code. */
async function send(simulator: TestSimulator, body: object, headers: Record<string, string> = {}) {
  const tokens = await simulator.logIn();
  const request = http.request(`${simulator.baseUrl}/positions/otc`, {
    method: 'POST',
    agent: false,
    headers: {
      'X-IG-API-KEY': testLogin.apiKey,
      Version: headers['_method'] ? '1' : '2',
      'Content-Type': 'application/json',
      ...tokens,
      ...headers,
    },
  });
  const outcome = new Promise<{ status?: number; text: string }>((resolve) => {
    request.on('error', (error: NodeJS.ErrnoException) => resolve({ text: error.code ?? error.message }));
    request.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode!, text });
    });
  });
  request.end(JSON.stringify(body));
  return { outcome, hangUp: () => request.destroy() };
}

const silence = undefined;
test.each<[name: FaultName, seen: { status?: number; text: string | RegExp } | undefined, booked: number]>([
  ['time-out-before', silence, 0],
  ['accept-then-time-out', silence, 1],
  ['reset-before', { text: 'ECONNRESET' }, 0],
  ['reset-after', { text: 'ECONNRESET' }, 1],
  ['5xx-before', { status: 500, text: /system\.error/ }, 0],
  ['5xx-after', { status: 500, text: /system\.error/ }, 1],
  ['html-before', { status: 503, text: /^<html>/ }, 0],
  ['html-after', { status: 503, text: /^<html>/ }, 1],
  ['malformed-json-before', { status: 200, text: /^\{"dealRef[^}]*$/ }, 0],
  ['malformed-json-after', { status: 200, text: /^\{"dealRef[^}]*$/ }, 1],
  ['empty-405', { status: 405, text: /^$/ }, 0],
  ['empty-200-after', { status: 200, text: /^$/ }, 1],
  ['expired-before', { status: 401, text: /client-token-invalid/ }, 0],
  ['throttled-before', { status: 403, text: /exceeded-account-trading-allowance/ }, 0],
])('%s: an open and a close see it once, and it is booked or not as it says', async (name, seen, count) => {
  await using simulator = await testSimulator({ clock });
  const { dealReference } = (await simulator.open()).body;
  clock.advance(250);
  const { dealId } = (await simulator.read(`/confirms/${dealReference}`)).body;
  for (const [kind, body, headers] of [
    ['open', marketOrder, {}],
    ['close', closingOrder(dealId), { _method: 'DELETE' }],
  ] as const) {
    const before = booked(simulator);
    simulator.setFaults([{ name, on: [kind], count: 1 }]);
    const { outcome, hangUp } = await send(simulator, body, headers);
    if (seen === silence) {
      await until(() =>
        expect([simulator.faults()[0]!.hits, booked(simulator)]).toEqual([1, before + count]),
      );
      hangUp();
      expect((await outcome).status).toBeUndefined();
    } else {
      const { status, text } = await outcome;
      expect(status).toBe(seen.status);
      expect(text).toMatch(seen.text);
      expect(booked(simulator)).toBe(before + count);
    }
    clock.advance(60_000);
    expect([simulator.faults()[0]!.hits, booked(simulator)]).toEqual([1, before + count]);
    const again = await send(
      simulator,
      kind === 'open' ? marketOrder : closingOrder('DIAAAABNOTHINGX'),
      headers,
    );
    expect(await again.outcome).toMatchObject({ status: 200 }); // spent
  }
});

test('duplicate-check-off and confirm-first are spent only where they change something', async () => {
  await using simulator = await testSimulator({ confirmDelayMs: [0, 0] });
  simulator.setFaults([
    { name: 'duplicate-check-off', count: 1 },
    { name: 'confirm-first', count: 1 },
  ]);
  await simulator.open({ size: 0.1 }); // refused: it has no position to be overtaken
  expect(simulator.faults().map(({ hits }) => hits)).toEqual([0, 0]);
  for (let i = 0; i < 3; i++) await simulator.open({ dealReference: 'again' });
  expect(simulator.faults().map(({ hits }) => hits)).toEqual([1, 1]);
  expect(simulator.snapshot().accounts['ABC12']!.deals).toEqual({ again: 2 });
});

test('delayed-execution: nothing is booked before the caller hung up, and it is within the delay after', async () => {
  await using simulator = await testSimulator({
    clock,
    faults: [{ name: 'delayed-execution', count: 1, ms: [20_000, 25_000] }],
  });
  const { hangUp, outcome } = await send(simulator, { ...marketOrder, dealReference: 'late' });
  await until(() => expect(simulator.faults()[0]!.hits).toBe(1));
  clock.advance(60_000);
  expect(booked(simulator)).toBe(0);
  hangUp();
  await outcome;
  await until(() => {
    clock.advance(25_000);
    expect(simulator.snapshot().accounts['ABC12']!.deals).toEqual({ late: 1 });
  });
  clock.advance(250);
  expect((await simulator.read('/confirms/late')).body).toMatchObject({ dealStatus: 'ACCEPTED' });
});

test('slow: the deal is booked at once, and its answer, a refusal too, comes late and right', async () => {
  await using simulator = await testSimulator({ clock, faults: [{ name: 'slow', ms: [4_000, 4_000] }] });
  for (const [body, count, answer] of [
    [{}, 1, { status: 200 }],
    [
      { epic: 'XX.D.NOTHING.CFD.IP' },
      1,
      { status: 404, text: '{"errorCode":"error.trading.otc.instrument-not-found"}' },
    ],
  ] as const) {
    const { outcome } = await send(simulator, { ...marketOrder, ...body });
    let answered = false;
    void outcome.then(() => (answered = true));
    const hits = simulator.faults()[0]!.hits;
    await until(() => expect([simulator.faults()[0]!.hits, booked(simulator)]).toEqual([hits + 1, count]));
    clock.advance(3_999);
    await simulator.read('/positions', 2);
    expect(answered).toBe(false);
    await until(() => {
      clock.advance(1);
      expect(answered).toBe(true);
    });
    expect(await outcome).toMatchObject(answer);
  }
});

test.each([
  ...(['account-trading', 'account', 'api-key', 'account-historical-data'] as const).map(
    (which) => ['throttled-before', 403, `error.public-api.exceeded-${which}-allowance`] as const,
  ),
  ...(['client', 'account', 'oauth'] as const).map(
    (which) => ['expired-before', 401, `error.security.${which}-token-invalid`] as const,
  ),
  ['expired-before', 401, 'service.security.authentication.failure-invalid-client-security-token'] as const,
])('%s: a read is refused %i %s, once, and the tokens stay good', async (name, status, code) => {
  await using simulator = await testSimulator({ clock });
  await simulator.read('/positions', 2);
  simulator.setFaults([{ name, on: ['read'], code, count: 1 }]);
  const refused = await simulator.read('/positions', 2);
  expect([refused.status, refused.body, (await simulator.read('/positions', 2)).status]).toEqual([
    status,
    { errorCode: code },
    200,
  ]);
});

test('empty-405 strikes confirms unless told otherwise, and reads include them', async () => {
  await using simulator = await testSimulator({ clock });
  const { dealReference } = (await simulator.open()).body;
  clock.advance(250);
  const statuses = async () => [
    (await simulator.read(`/confirms/${dealReference}`)).status,
    (await simulator.read('/positions', 2)).status,
  ];
  simulator.setFaults([{ name: 'empty-405' }]);
  expect(await statuses()).toEqual([405, 200]);
  simulator.setFaults([{ name: 'empty-405', on: ['read'] }]);
  expect(await statuses()).toEqual([405, 405]);
});

test('a login is struck when named, and never by a fault of one account', async () => {
  await using simulator = await testSimulator({
    clock,
    faults: [{ name: 'html-before', on: ['login'], count: 1 }],
  });
  const logIn = async () =>
    (
      await fetch(`${simulator.baseUrl}/session`, {
        method: 'POST',
        headers: { 'X-IG-API-KEY': testLogin.apiKey, Version: '2' },
        body: JSON.stringify({ identifier: testLogin.identifier, password: testLogin.password }),
      })
    ).status;
  expect([await logIn(), await logIn()]).toEqual([503, 200]);
  simulator.setFaults([{ name: 'html-before', on: ['login'], accountId: 'ABC12' }]);
  expect(await logIn()).toBe(200);
});

test('maintenance: every token is void at once, every request gets the page for its time, then a new login works', async () => {
  await using simulator = await testSimulator({ clock });
  const headers = await simulator.logIn();
  const status = async () =>
    (
      await fetch(`${simulator.baseUrl}/positions`, {
        headers: { 'X-IG-API-KEY': testLogin.apiKey, Version: '2', ...headers },
      })
    ).status;
  expect(await status()).toBe(200);
  simulator.setFaults([{ name: 'maintenance' }]);
  expect((await simulator.call('GET', '/positions', { version: 2, headers })).body).toEqual({
    errorCode: 'error.security.client-token-invalid',
  });
  simulator.setFaults([{ name: 'maintenance', ms: [60_000, 60_000] }]);
  expect(await status()).toBe(503);
  await expect(simulator.logIn()).rejects.toThrow('JSON'); // the page
  clock.advance(60_000);
  expect(await status()).toBe(401);
  expect(
    (await simulator.call('GET', '/positions', { version: 2, headers: await simulator.logIn() })).status,
  ).toBe(200);
});

test('clock-skew: everything that is dated is off by it, and nothing comes later or earlier for it, nor when it ends', async () => {
  const hour = 3_600_000;
  await using simulator = await testSimulator({ clock, confirmDelayMs: [20, 200] });
  using stream = await rawStream(simulator);
  await stream.create();
  const trades = await stream.trade();
  const off = (text: string) => Date.parse(`${text}Z`) - clock.now().getTime();
  for (const skewMs of [hour, -hour, 0]) {
    simulator.setFaults(skewMs === 0 ? [] : [{ name: 'clock-skew', skewMs }]);
    const {
      body: { dealReference },
      headers,
    } = await simulator.open();
    const before = trades.length;
    expect(Date.parse(headers.get('date')!) - Math.floor(clock.now().getTime() / 1_000) * 1_000).toBe(skewMs);
    const position = (await simulator.read('/positions', 2)).body.positions.at(-1).position;
    expect(Math.abs(off(position.createdDateUTC) - skewMs)).toBeLessThan(1_000);
    expect((await simulator.read(`/confirms/${dealReference}`)).status).toBe(404);
    clock.advance(250);
    await stream.until(() => trades.length === before + 2);
    for (const [confirms, opu] of trades.slice(before))
      expect(
        Math.abs(off(confirms ? JSON.parse(confirms).date : JSON.parse(opu!).timestamp) - skewMs),
      ).toBeLessThan(1_000);
    expect((await simulator.read(`/confirms/${dealReference}`)).status).toBe(200);
    const { updateTime } = (await simulator.read(`/markets/${marketOrder.epic}`, 3)).body.snapshot;
    expect(
      Math.abs(
        off(`${new Date(clock.now().getTime() + skewMs).toISOString().slice(0, 11)}${updateTime}`) - skewMs,
      ),
    ).toBeLessThan(10_000);
  }
  const text = (ms: number) => new Date(clock.now().getTime() + ms).toISOString().slice(0, 19);
  const seen = async (fromMs: number) =>
    (await simulator.read(`/history/activity?from=${text(fromMs)}&to=${text(2 * hour)}`, 3)).body.activities
      .length;
  expect([await seen(-hour / 2), await seen(-2 * hour)]).toEqual([2, 3]); // a deal dated an hour back hides none before it
});

test.each([3_600_000, -3_600_000])(
  'clock-skew by %i ms: a stop is filled all the same, of a position from before, from under it, and from under it once it is over',
  async (skewMs) => {
    await using simulator = await testSimulator({ clock });
    const skew: FaultSetting[] = [{ name: 'clock-skew', skewMs }];
    for (const [opened, met] of [
      [[], skew],
      [skew, skew],
      [skew, []],
    ] as const) {
      simulator.setFaults(opened);
      await simulator.open({ stopDistance: 20 });
      clock.advance(5_000);
      simulator.setFaults([...met, { name: 'price-gap', points: -60 }]);
      clock.advance(5_000);
      await simulator.read('/positions');
      expect(simulator.snapshot().accounts['ABC12']!.positions).toEqual([]);
    }
  },
);

test('a probability is seeded: the same seed strikes the same requests, another one others', async () => {
  const statuses = async (seed: string) => {
    await using simulator = await testSimulator({
      clock,
      faults: [{ name: '5xx-before', probability: 0.4, seed, accountId: 'ABC12' }],
    });
    const seen: number[] = [];
    for (let i = 0; i < 30; i++) seen.push((await simulator.open({ size: 0.1 })).status);
    expect(simulator.faults()[0]!.hits).toBe(seen.filter((status) => status === 500).length);
    return seen.join();
  };
  const first = await statuses('a');
  expect(first).toMatch(/200.*500/);
  expect(await statuses('a')).toBe(first);
  expect(await statuses('b')).not.toBe(first);
});

test('malformed-json-after: a read is cut off in the middle', async () => {
  await using simulator = await testSimulator({ clock });
  const whole = (await simulator.read('/accounts')).text;
  simulator.setFaults([{ name: 'malformed-json-after', on: ['read'] }]);
  const { CST, ...xst } = await simulator.logIn();
  const answer = await fetch(`${simulator.baseUrl}/accounts`, {
    headers: { 'X-IG-API-KEY': testLogin.apiKey, CST, ...xst },
  });
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    200,
    'application/json; charset=UTF-8',
    whole.slice(0, Math.floor(Buffer.byteLength(whole) / 2)),
  ]);
});

test('reads are struck only when named, and another account never', async () => {
  await using simulator = await testSimulator({
    clock,
    faults: [{ name: '5xx-before', accountId: 'XYZ99' }],
  });
  expect((await simulator.open()).status).toBe(200);
  simulator.setFaults([{ name: '5xx-before', on: ['read'], count: 1 }]);
  expect([
    (await simulator.open()).status,
    (await simulator.read('/positions', 2)).status,
    (await simulator.read('/positions', 2)).status,
  ]).toEqual([200, 500, 200]);
});

test('faults taken back strike no more: no pulse, no suspension an order began, and what is set anew begins anew', async () => {
  await using simulator = await testSimulator({ clock });
  using stream = await rawStream(simulator);
  await stream.create();
  simulator.setFaults([{ name: 'stream-drop', ms: [1_000, 1_000], recoverable: false }]);
  clock.advance(500);
  simulator.setFaults([{ name: 'suspended-mid-order' }]);
  clock.advance(5_000);
  expect(simulator.stats().streams).toBe(1);
  const status = async () =>
    (await simulator.read(`/markets/${marketOrder.epic}`, 3)).body.snapshot.marketStatus;
  await simulator.open();
  const before = await status();
  simulator.setFaults([{ name: 'suspended-mid-order' }]);
  expect([before, await status(), simulator.faults()]).toEqual([
    'SUSPENDED',
    'TRADEABLE',
    [{ name: 'suspended-mid-order', hits: 0 }],
  ]);
});

test('an account that is suspended from dealing reads and streams, and whatever is asked of it is refused, until it is suspended no more', async () => {
  await using simulator = await testSimulator({ clock });
  const { dealReference } = (await simulator.open()).body;
  clock.advance(250);
  const confirm = async (reference: string) => {
    clock.advance(250);
    return (await simulator.read(`/confirms/${reference}`)).body;
  };
  const { dealId } = await confirm(dealReference);
  const status = async () => (await simulator.read('/accounts')).body.accounts[0].status;
  simulator.setFaults([{ name: 'dealing-suspended', accountId: 'XYZ99' }]);
  expect(await status()).toBe('ENABLED');
  simulator.setFaults([{ name: 'dealing-suspended' }]);
  expect(await status()).toBe('SUSPENDED_FROM_DEALING');
  const before = booked(simulator);
  for (const [body, headers] of [
    [marketOrder, {}],
    [closingOrder(dealId), { _method: 'DELETE' }],
  ] as const) {
    const { outcome } = await send(simulator, body, headers);
    const answered = await outcome;
    expect(answered.status).toBe(200);
    expect(await confirm(JSON.parse(answered.text).dealReference)).toMatchObject({
      dealStatus: 'REJECTED',
      reason: 'ACCOUNT_NOT_ENABLED_TO_TRADING',
    });
  }
  expect(booked(simulator)).toBe(before);
  expect((await simulator.read('/positions', 2)).body.positions).toHaveLength(1);
  simulator.setFaults([]);
  expect(await status()).toBe('ENABLED');
  expect(await confirm((await simulator.open()).body.dealReference)).toMatchObject({
    dealStatus: 'ACCEPTED',
  });
});

test('after faults were set and taken back everything is as if none had been', async () => {
  const life = async (faults: FaultSetting[]) => {
    const own = createManualClock();
    await using simulator = await testSimulator({ clock: own, logins: [testLogin] });
    using stream = await rawStream(simulator);
    await stream.create();
    simulator.setFaults(faults);
    simulator.setFaults([]);
    const [prices, trades] = [await stream.prices(marketOrder.epic), await stream.trade()];
    own.advance(5_000);
    const { body } = await simulator.open();
    own.advance(5_000);
    const read = [
      await simulator.read(`/confirms/${body.dealReference}`),
      await simulator.read('/positions', 2),
      await simulator.read(`/markets/${marketOrder.epic}`, 3),
      await simulator.read('/operations/application'),
    ];
    await stream.until(() => trades.length === 2);
    return JSON.stringify([body, read.map(({ status, text }) => [status, text]), prices, trades]);
  };
  const all: FaultSetting[] = faultNames
    .filter((name) => !['stream-drop', 'stream-loop', 'stream-end', 'maintenance'].includes(name))
    .map((name) => ({
      name,
      ...(name === 'price-gap' && { points: 5 }),
      ...(name === 'clock-skew' && { skewMs: 1_000 }),
    }));
  expect(await life(all)).toBe(await life([]));
});
