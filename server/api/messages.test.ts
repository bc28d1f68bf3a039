import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { errorCodes, errorRegistry } from '../../shared/errors.ts';
import { AppError } from '../lib/app-error.ts';
import * as build from '../testing/build.ts';
import { startEdge, tokensByName, type Ask } from '../testing/edge.ts';
import { publicProcedure, router, sessionProcedure } from '../trpc/init.ts';
import { z } from 'zod';
import { describeRouter, restTable } from './router.ts';

/** The real procedures with nothing behind them, for somebody who may call all of them. */
const everything = () =>
  startEdge({ router: describeRouter(), authenticate: async () => ({ principal: build.principal() }) });
const json = { 'content-type': 'application/json' };
const order = { epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY', size: '1' };
const keyed = { 'idempotency-key': 'a-new-one' };

describe('a request to deal that cannot be used is answered by what to write instead, the same on both faces', () => {
  test.each<[string, object, Record<string, string>, string]>([
    ['a size as a number', { ...order, size: 1 }, keyed, 'size must be text: write "1".'],
    [
      'a size that is no number',
      { ...order, size: 'abc' },
      keyed,
      'size must be a decimal number written as text, such as "1.25": at most 15 digits before the point and 10 behind it.',
    ],
    ['a size of nothing', { ...order, size: '0.0' }, keyed, 'size must be greater than zero.'],
    ['a level with a fraction', { ...order, stopLevel: 1.5 }, keyed, 'stopLevel must be text: write "1.5".'],
    [
      'no key',
      order,
      {},
      'idempotencyKey is required: send a new one for each intent, over REST in the header Idempotency-Key.',
    ],
    ['no epic', { direction: 'BUY', size: '1' }, keyed, 'epic is required.'],
    ['a direction in small letters', { ...order, direction: 'buy' }, keyed, 'direction must be BUY or SELL.'],
    ['a size of none', { ...order, size: '0' }, keyed, 'size must be greater than zero.'],
    [
      'a currency in words',
      { ...order, currency: 'pounds' },
      keyed,
      'currency must be a currency code such as GBP.',
    ],
    [
      'a slip of the pen',
      { ...order, stopDistancePoint: '20' },
      keyed,
      'stopDistancePoint is not a field of this request: did you mean stopDistancePoints?',
    ],
    [
      'a field of somebody else’s API',
      { ...order, orderType: 'MARKET' },
      keyed,
      'orderType is not a field of this request: leave it out.',
    ],
    [
      'a wait in quotes',
      { ...order, waitMs: '5' },
      keyed,
      'waitMs must be a number: write 5 without quotes.',
    ],
    ['too long a wait', { ...order, waitMs: 60_000 }, keyed, 'waitMs must be at most 10000.'],
    [
      'several faults',
      { size: 1, direction: 'UP', epic: 'x', waitMs: 'x' },
      keyed,
      'epic must be an IG epic such as CS.D.EURUSD.CFD.IP; direction must be BUY or SELL; size must be text: write "1"; see fields for 1 more.',
    ],
  ])('%s', async (_what, body, headers, message) => {
    await using app = await everything();
    const rest = await app.ask('/api/trading/positions', { method: 'POST', headers, body });
    const key = headers['idempotency-key'];
    const trpc = await app.ask('/trpc/trading.openPosition', {
      method: 'POST',
      body: { json: { ...body, ...(key && { idempotencyKey: key }) } },
    });
    expect(rest).toMatchObject({ status: 400, json: { code: 'request.invalid', message } });
    expect(trpc).toMatchObject({ status: 400, json: { error: { json: { message } } } });
  });
  test('no body', async () => {
    await using app = await everything();
    expect((await app.ask('/api/auth/login', { method: 'POST' })).json.message).toBe(
      'The body is required: write {"email":"…","password":"…"}.',
    );
    const bare = { method: 'POST', headers: json };
    expect((await app.ask('/trpc/auth.login', bare)).json.error.json.message).toBe(
      'The input is required: write {"json":{"email":"…","password":"…"}}.',
    );
  });
  test('a secret that was written as a number is not repeated', async () => {
    await using app = await everything();
    const body = { email: 'ann@example.com', password: 12345678 };
    expect((await app.ask('/api/auth/login', { method: 'POST', body })).json.message).toBe(
      'password must be text in double quotes.',
    );
  });
});

describe('a value of another type is told with one that fits, the same on both faces', () => {
  test.each<[string, object | string, string]>([
    ['a list', { ...order, size: ['1'] }, 'size must be text, such as "1.25".'],
    ['an object', { ...order, size: { amount: '1' } }, 'size must be text, such as "1.25".'],
    ['true', { ...order, size: true }, 'size must be text, such as "1.25".'],
    ['nothing where text is needed', { ...order, size: null }, 'size must be text, such as "1.25".'],
    [
      'nothing where the field may be missing',
      { ...order, stopLevel: null },
      'stopLevel must be text, such as "1.25", or leave it out.',
    ],
    [
      'a number beyond all numbers',
      '{"epic":"CS.D.EURUSD.CFD.IP","direction":"BUY","size":1e999}',
      'size must be text, such as "1.25".',
    ],
    [
      'a number that is not written as it was sent',
      '{"epic":"CS.D.EURUSD.CFD.IP","direction":"BUY","size":1e21}',
      'size must be text, such as "1.25".',
    ],
    ['a number as an epic', { ...order, epic: null }, 'epic must be text, such as "CS.D.EURUSD.CFD.IP".'],
    ['a list as a wait', { ...order, waitMs: [1] }, 'waitMs must be a number, such as 2000.'],
    [
      'a wait beyond all numbers',
      '{"epic":"CS.D.EURUSD.CFD.IP","direction":"BUY","size":"1","waitMs":1e999}',
      'waitMs must be a number, such as 2000.',
    ],
    ['a part of a millisecond', { ...order, waitMs: 1.5 }, 'waitMs must be a whole number, such as 2000.'],
    [
      'two ways to say where the stop is',
      { ...order, stopLevel: '1', stopDistancePoints: '1' },
      'stopDistancePoints cannot stand beside stopLevel: write one of the two.',
    ],
  ])('%s', async (_what, body, message) => {
    await using app = await everything();
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const rest = await app.ask('/api/trading/positions', {
      method: 'POST',
      headers: { ...json, ...keyed },
      body: text,
    });
    const trpc = await app.ask('/trpc/trading.openPosition', {
      method: 'POST',
      headers: json,
      body: `{"json":${text.slice(0, -1)},"idempotencyKey":"a-new-one"}}`,
    });
    expect([rest.json.message, trpc.json.error.json.message]).toEqual([message, message]);
  });
  test('a body that is no object, and an input that is none', async () => {
    await using app = await everything();
    const how = { method: 'POST', headers: { ...json, ...keyed } };
    const example = '{"epic":"CS.D.EURUSD.CFD.IP","direction":"BUY","size":"1.25"';
    for (const body of ['[1]', '"BUY"', '5', 'null', 'true'])
      expect((await app.ask('/api/trading/positions', { ...how, body })).json.message).toBe(
        `The body must be a JSON object: write ${example}}.`,
      );
    const input = { ...how, body: '{"json":[1]}' };
    expect((await app.ask('/trpc/trading.openPosition', input)).json.error.json.message).toBe(
      `The input must be a JSON object: write {"json":${example},"idempotencyKey":"…"}}.`,
    );
  });
});

describe('a query that cannot be used is answered by what to write instead', () => {
  test.each<[string, string]>([
    ['markets?query=a&query=b', 'query is given twice: write it once.'],
    ['navigation?category=a&category=b&category=c', 'category is given 3 times: write it once.'],
    ['navigation?categorie=a', 'categorie is not a parameter of this call: did you mean category?'],
    ['navigation?cat=a', 'cat is not a parameter of this call: leave it out.'],
    ['navigation?limit=x', 'limit must be a number, such as 50.'],
    ['markets?query=%FF', 'Write the query in UTF-8 and in valid percent-encoding: a % is written %25.'],
    ['markets?query=50%', 'Write the query in UTF-8 and in valid percent-encoding: a % is written %25.'],
  ])('%s', async (query, message) => {
    await using app = await everything();
    expect(await app.ask(`/api/market-data/${query}`)).toMatchObject({ status: 400, json: { message } });
  });
  test('a field of the body that stands in the query', async () => {
    await using app = await everything();
    const answer = await app.ask('/api/auth/register?name=Ann', { method: 'POST', body: {} });
    expect(answer.json.message).toBe('name is not read in the query: write it into the body.');
  });
  test('a list may be repeated', async () => {
    await using app = await everything();
    const { json: answer } = await app.ask('/api/market-data/prices?epics=x&epics=y');
    expect(Object.keys(answer.fields)).toEqual(['epics[0]', 'epics[1]']);
  });
});

test('an input over tRPC that is no JSON is told what the parameter holds, and one that is missing that it is the input', async () => {
  await using app = await everything();
  const said = async (query: string) => (await app.ask(`/trpc/${query}`)).json.error.json.message;
  const one = '{"json":{"epics":["CS.D.EURUSD.CFD.IP"]}}';
  for (const input of ['', 'EURUSD', '%22x%22', '[1]', 'null'])
    expect(await said(`marketData.onPrices?input=${input}`)).toBe(
      `input must hold JSON: write ${one}, in percent-encoding.`,
    );
  expect(await said('marketData.prices?batch=1&input=')).toBe(
    `input must hold JSON: write {"0":${one}}, in percent-encoding.`,
  );
  expect(await said('system.time?input=')).toBe(
    'input must hold JSON: leave it out, since this call takes no input.',
  );
  expect(await said('marketData.prices')).toBe(`The input is required: write ${one}.`);
  expect(await said('marketData.prices?input={')).toContain('not valid JSON');
});

const small = router({
  t: router({
    put: publicProcedure.input(z.object({ name: z.string() })).mutation(({ input }) => input),
    mine: sessionProcedure.query(() => 'ok'),
    limited: publicProcedure.query(() => {
      throw new AppError('request.limited', { retryAfterMs: 11_200 });
    }),
  }),
});
const table = [
  { method: 'POST', path: '/put', procedure: 't.put', summary: 'Put' } as const,
  { method: 'GET', path: '/mine', procedure: 't.mine', summary: 'Mine' } as const,
  { method: 'GET', path: '/limited', procedure: 't.limited', summary: 'Limited' } as const,
];
const edge = () => startEdge({ router: small, table, authenticate: tokensByName });
type Edge = Awaited<ReturnType<typeof edge>>;
/** The status and the message of one request over each face, told to be the same. */
async function both(app: Edge, name: string, how: Ask & { body?: Buffer | string } = {}) {
  const rest = await app.ask(`/api/${name}`, how);
  const trpc = await app.ask(`/trpc/t.${name}`, how);
  const said = [rest.status, rest.json.message ?? rest.json];
  expect([trpc.status, trpc.json.error?.json.message ?? trpc.json.result.data.json]).toEqual(said);
  return said;
}

test('a token without its word Bearer, an expired one and none are each told what to do', async () => {
  await using app = await edge();
  const said = async (authorization?: string) =>
    both(app, 'mine', authorization === undefined ? {} : { headers: { authorization } });
  expect(await said('good')).toEqual([
    401,
    expect.stringContaining('write "Authorization: Bearer <accessToken>"'),
  ]);
  expect(await said('Token good')).toEqual([401, expect.stringContaining('Bearer')]);
  expect(await said('Bearer old')).toEqual([401, expect.stringContaining('POST /api/token/refresh')]);
  expect(await said('Bearer bad')).toEqual([401, expect.stringContaining('sign in again')]);
  expect(await said()).toEqual([401, expect.stringContaining('auth.login')]);
  expect(await said('Bearer good')).toEqual([200, 'ok']);
  // A proxy may ask for a password of its own: the cookie counts beside it.
  const proxied = { authorization: 'Basic eDp5', cookie: 'ftrader_session=good' };
  expect((await app.ask('/api/mine', { headers: proxied })).json).toBe('ok');
});

test('a limit is told with its end', async () => {
  await using app = await edge();
  expect(await both(app, 'limited')).toEqual([429, 'Too many requests of this kind. Try again in 12 s.']);
});

describe('a body is read alike on both faces', () => {
  const post = { method: 'POST', headers: json };
  const name = (text: string) => ({ name: text });
  test('in UTF-8, with or without a byte order mark and whatever the spelling of its charset', async () => {
    await using app = await edge();
    for (const type of ['', '; charset=utf-8', '; charset="UTF8"', ';charset=us-ascii'])
      for (const mark of type.includes('ascii') ? [''] : ['', '\uFEFF']) {
        const how = (body: string) => {
          const headers = { 'content-type': `application/json${type}` };
          return { method: 'POST', headers, body: `${mark}${body}` };
        };
        const said = type.includes('ascii') ? 'Zoe' : 'Zoë';
        expect((await app.ask('/api/put', how(`{"name":"${said}"}`))).json, type).toEqual(name(said));
        const trpc = await app.ask('/trpc/t.put', how(`{"json":{"name":"${said}"}}`));
        expect(trpc.json.result.data.json, type).toEqual(name(said));
      }
  });
  test('compressed', async () => {
    await using app = await edge();
    const headers = { ...json, 'content-encoding': 'gzip' };
    const rest = await app.ask('/api/put', { method: 'POST', headers, body: gzipSync('{"name":"Zoë"}') });
    const trpc = await app.ask('/trpc/t.put', {
      method: 'POST',
      headers,
      body: gzipSync('{"json":{"name":"Zoë"}}'),
    });
    expect([rest.json, trpc.json.result.data.json]).toEqual([name('Zoë'), name('Zoë')]);
    const bomb = gzipSync('x'.repeat(200_000));
    expect((await both(app, 'put', { method: 'POST', headers, body: bomb }))[0]).toBe(413);
  });
  test.each<[string, Record<string, string>, string | Buffer, string]>([
    [
      'of another charset',
      { 'content-type': 'application/json; charset=utf-16' },
      '{}',
      'Send the body in UTF-8 instead of utf-16.',
    ],
    [
      'not as compressed as it says',
      { ...json, 'content-encoding': 'gzip' },
      '{}',
      'not what its Content-Encoding says',
    ],
    [
      'compressed in an unknown way',
      { ...json, 'content-encoding': 'zip' },
      '{}',
      'Send the body uncompressed',
    ],
    ['of another type', { 'content-type': 'text/plain' }, '{}', 'Content-Type: application/json'],
    ['that is no JSON', json, "{'name':1}", 'not valid JSON from its character 2 on'],
    ['cut off', json, '{"name":', 'not valid JSON'],
  ])('one %s is refused in the same words', async (_what, headers, body, message) => {
    await using app = await edge();
    expect(await both(app, 'put', { ...post, headers, body })).toEqual([
      400,
      expect.stringContaining(message),
    ]);
  });
});

test('headers that are too large are answered with 431 and the bound', async () => {
  await using app = await edge();
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(app.port, '127.0.0.1', () =>
      socket.write(`GET /api/mine HTTP/1.1\r\nHost: localhost\r\nCookie: a=${'x'.repeat(20_000)}\r\n\r\n`),
    );
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large/);
  expect(answer).toContain('request.headers_too_large');
  expect(answer).toContain('at most 16 kB');
});

test('the message of every code is one sentence that says more than that something is wrong', () => {
  for (const code of errorCodes) {
    const { message } = errorRegistry[code];
    expect(message, code).toMatch(/^[A-Z].{20,}\.$/);
    expect(message, code).not.toMatch(/[.] [A-Z]/);
    if (!/limited|refused$/.test(code) && code !== 'request.invalid' && code !== 'request.malformed')
      expect(message, code).toContain(':');
  }
});

test('whoever is sent to another call is told its path as well as its procedure', () => {
  const said = errorCodes.flatMap((code) => [errorRegistry[code].message, errorRegistry[code].help]);
  expect(said.filter((text) => text.includes('/api/trading/deals'))).toHaveLength(4);
  const known = new Map(restTable.map(({ procedure, method, path }) => [procedure, `${method} /api${path}`]));
  for (const text of said) {
    const rest = text.replaceAll(/(\w+ \/api[\w/{}-]+) \((\w+\.\w+)\)/g, (_whole, path, procedure) => {
      expect(path).toBe(known.get(procedure));
      return '';
    });
    for (const name of known.keys()) expect(rest).not.toContain(name);
    expect(rest).not.toContain('/api/t');
  }
});
