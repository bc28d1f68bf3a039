// What one network may ask for, over the real edge; time is the test's own.
import { afterEach, expect, test, vi } from 'vitest';
import type { IncomingMessage } from 'node:http';
import * as build from '../testing/build.ts';
import type { ClientSocket } from '../trpc/context.ts';
import { startEdge } from '../testing/edge.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import { defaultRequestLimits, type RequestLimits } from './limiter.ts';

const authenticate = async () => ({ principal: build.principal() });
const things = router({ things: router({ open: publicProcedure.query(() => 1) }) });

/** The limiter's windows follow the system's clock, in which only the instants are the test's. */
async function limited(limits: Partial<RequestLimits>) {
  vi.useFakeTimers({ toFake: ['Date'] });
  const clock = createManualClock();
  const app = await startEdge({
    router: things,
    table: [],
    authenticate,
    requestLimits: { ...defaultRequestLimits, ...limits },
    over: { clock },
  });
  return {
    /** The status of an answer and its headers, to somebody behind the proxy on this machine. */
    from: (address: string, path = '/trpc/things.open') =>
      app.ask(path, { headers: { 'x-forwarded-for': address } }),
    /** Somebody's WebSocket: counts one call over it. */
    async socketFrom(address: string) {
      const req = {
        headers: { host: 'localhost', 'x-forwarded-for': address },
        socket: { remoteAddress: '127.0.0.1' },
        httpVersion: '1.1',
      } as unknown as IncomingMessage;
      const socket = {} as ClientSocket;
      const context = await app.contexts.forSocket({ req, socket, connectionParams: { token: 'any' } });
      return () => context.spend!();
    },
    local: () => app.ask('/trpc/things.open'),
    pass(ms: number) {
      clock.advance(ms);
      vi.setSystemTime(Date.now() + ms);
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}
afterEach(() => void vi.useRealTimers());
const batchOf = (calls: number, comma = ',') =>
  `/trpc/${Array<string>(calls).fill('things.open').join(comma)}?batch=1`;

test('an address that asks without end is limited for the rest of the window, and others are not', async () => {
  await using app = await limited({ calls: 3 });
  for (const left of [2, 1, 0])
    expect(await app.from('203.0.113.7')).toMatchObject({
      status: 200,
      headers: { ratelimit: `"requests";r=${left};t=60` },
    });
  app.pass(15_000);
  expect(await app.from('203.0.113.7', '/api/nothing')).toMatchObject({
    status: 429,
    headers: { 'retry-after': '45', ratelimit: '"request.limited";r=0;t=45' },
    json: { code: 'request.limited', retryable: true, retryAfterMs: 45_000 },
  });
  expect((await app.from('203.0.113.8')).status).toBe(200);
  expect((await app.local()).status).toBe(200);
  app.pass(45_000);
  expect((await app.from('203.0.113.7')).status).toBe(200);
});

test.each([',', '%2C', '%2c'])('a batch of 50 is 50 calls, however its %s is written', async (comma) => {
  await using app = await limited({ calls: 60 });
  expect((await app.from('203.0.113.7', batchOf(50, comma))).headers.ratelimit).toBe('"requests";r=10;t=60');
  expect((await app.from('203.0.113.7', batchOf(11, comma))).status).toBe(429);
});

test('a port, another spelling or another address of the same IPv6 network begins no new count', async () => {
  await using app = await limited({ calls: 2 });
  for (const same of ['203.0.113.7', '203.0.113.7:40001']) expect((await app.from(same)).status).toBe(200);
  for (const same of ['203.0.113.7:40002', '::ffff:203.0.113.7', '[::ffff:cb00:7107]:1'])
    expect((await app.from(same)).status).toBe(429);
  for (const same of ['2001:db8::1', '[2001:DB8::2]:5']) expect((await app.from(same)).status).toBe(200);
  expect((await app.from('2001:db8:0:0:ffff::1')).status).toBe(429);
  expect((await app.from('2001:db8:0:1::1')).status).toBe(200);
});

test('a flood of networks forgets nobody’s count; newcomers are counted with their neighbours', async () => {
  await using app = await limited({ calls: 2, networks: 3 });
  for (let n = 0; n < 3; n++) await app.from('203.0.113.7');
  for (const other of ['2001:db8:0:1::1', '2001:db8:0:2::1'])
    expect((await app.from(other)).status).toBe(200);
  expect((await app.from('203.0.113.7')).status).toBe(429);
  const flood = ['2001:db8:0:3::1', '2001:db8:0:4::1', '2001:db8:0:5::1'];
  const answers = await Promise.all(flood.map((address) => app.from(address)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 429]);
  expect((await app.from('2001:db9::1')).status).toBe(200);
  expect((await app.from('198.51.100.1')).status).toBe(200);
  expect((await app.from('203.0.113.7')).status).toBe(429);
});

test('calls over the sockets of a network and its requests are one count', async () => {
  await using app = await limited({ calls: 3 });
  const [one, other] = [await app.socketFrom('203.0.113.7'), await app.socketFrom('203.0.113.7:9')];
  await one();
  await other();
  expect((await app.from('203.0.113.7')).status).toBe(200);
  await expect(one()).rejects.toMatchObject({ code: 'request.limited', options: { retryAfterMs: 60_000 } });
  expect((await app.from('203.0.113.7')).status).toBe(429);
  await (
    await app.socketFrom('203.0.113.8')
  )();
});

test('the status is answered without limit, but looks up who asks within it only', async () => {
  let asked = 0;
  const authenticate = async () => ({ principal: (asked++, build.principal(['admin'])) });
  await using app = await startEdge({
    router: things,
    table: [],
    authenticate,
    requestLimits: { ...defaultRequestLimits, calls: 2 },
  });
  const headers = { 'x-forwarded-for': '203.0.113.7', cookie: 'ftrader_session=any' };
  const answers = [];
  for (let n = 0; n < 4; n++) answers.push(await app.ask('/status', { headers }));
  expect(answers.map(({ status, json }) => [status, 'memory' in json])).toEqual([
    [200, true],
    [200, true],
    [200, false],
    [200, false],
  ]);
  expect(asked).toBe(2);
});
