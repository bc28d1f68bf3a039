// Every fault as a client without any help sees it, and what the broker had really booked.
import { once } from 'node:events';
import http from 'node:http';
import { expect, test, vi } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { closingOrder, marketOrder, testLogin, testSimulator, type TestSimulator } from '../testing/test-simulator.ts';
import type { FaultSetting } from './faults/settings.ts';
import type { FaultName } from './faults/table.ts';

const clock = createManualClock();
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
const booked = (simulator: TestSimulator) => {
  const { deals, closes } = simulator.snapshot().accounts['ABC12']!;
  return Object.values(deals).reduce((sum, count) => sum + count, 0) + Object.values(closes).reduce((sum, { count }) => sum + count, 0);
};

/** One POST on a connection of its own; `outcome` settles with status and text, or with the socket's error code. */
async function send(simulator: TestSimulator, body: object, headers: Record<string, string> = {}) {
  const tokens = await simulator.logIn();
  const request = http.request(`${simulator.baseUrl}/positions/otc`, { method: 'POST', agent: false, headers: { 'X-IG-API-KEY': testLogin.apiKey, Version: headers['_method'] ? '1' : '2', 'Content-Type': 'application/json', ...tokens, ...headers } });
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
  ['time-out-before', silence, 0], ['accept-then-time-out', silence, 1],
  ['reset-before', { text: 'ECONNRESET' }, 0], ['reset-after', { text: 'ECONNRESET' }, 1],
  ['5xx-before', { status: 500, text: /system\.error/ }, 0], ['5xx-after', { status: 500, text: /system\.error/ }, 1],
  ['html-after', { status: 503, text: /^<html>/ }, 1], ['empty-200-after', { status: 200, text: /^$/ }, 1],
  ['expired-before', { status: 401, text: /client-token-invalid/ }, 0], ['throttled-before', { status: 403, text: /exceeded-account-trading-allowance/ }, 0],
])('%s: an open and a close see it once, and it is booked or not as it says', async (name, seen, count) => {
  await using simulator = await testSimulator({ clock });
  const { dealReference } = (await simulator.open()).body;
  clock.advance(250);
  const { dealId } = (await simulator.read(`/confirms/${dealReference}`)).body;
  for (const [kind, body, headers] of [['open', marketOrder, {}], ['close', closingOrder(dealId), { _method: 'DELETE' }]] as const) {
    const before = booked(simulator);
    simulator.setFaults([{ name, on: [kind], count: 1 }]);
    const { outcome, hangUp } = await send(simulator, body, headers);
    if (seen === silence) {
      await until(() => expect([simulator.faults()[0]!.hits, booked(simulator)]).toEqual([1, before + count]));
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
    const again = await send(simulator, kind === 'open' ? marketOrder : closingOrder('DIAAAABNOTHINGX'), headers);
    expect(await again.outcome).toMatchObject({ status: 200 }); // spent
  }
});

test('delayed-execution: nothing is booked before the caller hung up, and it is within the delay after', async () => {
  await using simulator = await testSimulator({ clock, faults: [{ name: 'delayed-execution', count: 1, ms: [20_000, 25_000] }] });
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

/** A deal and what is then to be read and was heard on the stream within `ms`. */
async function dealUnder(faults: FaultSetting[], ms = 250) {
  const simulator = await testSimulator({ clock, faults });
  const tokens = await simulator.logIn();
  const socket = new WebSocket(simulator.baseUrl.replace('http', 'ws').replace('/gateway/deal', '/lightstreamer'), 'TLCP-2.4.0.lightstreamer.com');
  const lines: string[] = [];
  socket.addEventListener('message', ({ data }) => void lines.push(...String(data).split('\r\n').filter(Boolean)));
  await once(socket, 'open');
  socket.send(`create_session\r\n${new URLSearchParams({ LS_user: 'ABC12', LS_password: `CST-${tokens.CST}|XST-${tokens['X-SECURITY-TOKEN']}`, LS_cid: 'x' })}`);
  socket.send(`control\r\n${new URLSearchParams({ LS_reqId: '1', LS_subId: '1', LS_op: 'add', LS_mode: 'DISTINCT', LS_group: 'TRADE:ABC12', LS_schema: 'CONFIRMS OPU' })}`);
  await until(() => expect(lines.some((line) => line.startsWith('SUBOK'))).toBe(true));
  const { dealReference } = (await simulator.open({ dealReference: 'mine' })).body;
  clock.advance(ms);
  const confirm = async () => (await simulator.read(`/confirms/${dealReference}`)).status;
  return {
    simulator, confirm,
    /** Updates so far: a field's value, or nothing when it is the one before. */
    heard: () => lines.filter((line) => line.startsWith('U,')).length,
    async [Symbol.asyncDispose]() {
      socket.close();
      await simulator.stop();
    },
  };
}

test('late-confirm: neither stream nor REST has it before its time; the position is there at once', async () => {
  await using deal = await dealUnder([{ name: 'late-confirm', ms: [30_000, 30_000] }], 29_000);
  await until(() => expect(deal.heard()).toBe(1)); // the OPU
  expect([await deal.confirm(), booked(deal.simulator)]).toEqual([404, 1]);
  clock.advance(1_500);
  await until(() => expect(deal.heard()).toBe(2));
  expect(await deal.confirm()).toBe(200);
});

test('lost-confirm: it never comes, on the stream or over REST', async () => {
  await using deal = await dealUnder([{ name: 'lost-confirm' }]);
  for (let i = 0; i < 30; i++) {
    clock.advance(10_000);
    expect(await deal.confirm()).toBe(404);
  }
  expect([deal.heard(), booked(deal.simulator)]).toEqual([1, 1]);
});

test.each<[name: FaultName, heard: number]>([['doubled-confirm', 3], ['doubled-opu', 3], ['lost-opu', 1]])('%s: %i messages are heard, REST is right', async (name, heard) => {
  await using deal = await dealUnder([{ name }]);
  await until(() => expect(deal.heard()).toBe(heard));
  expect([await deal.confirm(), booked(deal.simulator)]).toEqual([200, 1]);
});

test('a probability is seeded: the same seed strikes the same requests, another one others', async () => {
  const statuses = async (seed: string) => {
    await using simulator = await testSimulator({ clock, faults: [{ name: '5xx-before', probability: 0.4, seed, accountId: 'ABC12' }] });
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

test('reads are struck only when named, and another account never', async () => {
  await using simulator = await testSimulator({ clock, faults: [{ name: '5xx-before', accountId: 'XYZ99' }] });
  expect((await simulator.open()).status).toBe(200);
  simulator.setFaults([{ name: '5xx-before', on: ['read'], count: 1 }]);
  expect([(await simulator.open()).status, (await simulator.read('/positions', 2)).status, (await simulator.read('/positions', 2)).status]).toEqual([200, 500, 200]);
});
