import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { failure } from '../../testing/failure.ts';
import { listen } from '../../testing/listen.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { createIgHttp, requestTimeoutMs } from './http.ts';

test('a request carries the key, the version and a JSON body; the answer keeps its numbers as text', async () => {
  let seen: unknown;
  await using server = await listen(async (request, response) => {
    seen = {
      method: request.method,
      url: request.url,
      key: request.headers['x-ig-api-key'],
      version: request.headers.version,
      auth: request.headers.authorization,
      body: Buffer.concat(await request.toArray()).toString(),
    };
    response.setHeader('CST', 'abc').end('{"bid":1.0E10}');
  });
  const http = createIgHttp({ environment: 'demo', baseUrl: server.url, apiKey: 'k1', clock: systemClock });
  const { body, headers } = await http({
    method: 'POST',
    path: '/session?x=1',
    version: 3,
    headers: { Authorization: 'Bearer t' },
    body: { identifier: 'a£' },
  });
  expect(seen).toEqual({
    method: 'POST',
    url: '/session?x=1',
    key: 'k1',
    version: '3',
    auth: 'Bearer t',
    body: '{"identifier":"a£"}',
  });
  expect(body).toEqual({ bid: '1.0E10' });
  expect(headers.get('cst')).toBe('abc');
});

test.each([
  [
    'IG’s own refusal',
    403,
    '{"errorCode":"error.security.api-key-invalid"}',
    'error.security.api-key-invalid',
    false,
  ],
  ['a maintenance page', 503, '<html>back soon</html>', 'unreadable', true],
  ['an empty 405 while a confirm is pending', 405, '', 'pending', true],
  ['half an answer', 200, '{"markets":[', 'unreadable', true],
])('%s is an IgError with its code', async (_case, status, text, errorCode, isPassing) => {
  await using server = await listen((_request, response) => response.writeHead(status).end(text));
  const http = createIgHttp({ environment: 'demo', baseUrl: server.url, apiKey: 'k', clock: systemClock });
  expect(await failure(http({ method: 'GET', path: '/markets?epics=secret', version: 1 }))).toMatchObject({
    facts: { status, errorCode, path: '/markets' },
    isPassing,
  });
});

test('a connection reset after sending may have been received; one that was never made was not', async () => {
  const login = { method: 'POST', path: '/session', version: 3, body: {} } as const;
  let http: ReturnType<typeof createIgHttp>;
  {
    await using server = await listen((request) => request.socket.resetAndDestroy());
    http = createIgHttp({ environment: 'demo', baseUrl: server.url, apiKey: 'k', clock: systemClock });
    expect(await failure(http(login))).toMatchObject({
      facts: { status: null, errorCode: 'connection', neverSent: false },
      isAmbiguous: true,
    });
  }
  expect(await failure(http(login))).toMatchObject({ facts: { neverSent: true }, isAmbiguous: false });
});

test('an answer that does not come is given up after the time-out', async () => {
  const clock = createManualClock();
  const arrived = Promise.withResolvers<void>();
  await using server = await listen(() => arrived.resolve());
  const http = createIgHttp({ environment: 'demo', baseUrl: server.url, apiKey: 'k', clock });
  const waiting = failure(http({ method: 'GET', path: '/markets', version: 1 }));
  await arrived.promise;
  clock.advance(requestTimeoutMs);
  expect(await waiting).toMatchObject({ facts: { status: null, errorCode: 'timeout', neverSent: false } });
});

test('requests that follow one another share a connection', async () => {
  const sockets = new Set<unknown>();
  await using server = await listen((request, response) => {
    sockets.add(request.socket);
    response.end('{}');
  });
  const http = createIgHttp({ environment: 'demo', baseUrl: server.url, apiKey: 'k', clock: systemClock });
  for (let i = 0; i < 10; i++) await http({ method: 'GET', path: '/markets', version: 1 });
  expect(sockets.size).toBeLessThanOrEqual(2); // one is not free again at once
});

test('an answer without an end is not read to its end', async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await listen((_request, response) => {
    response.on('close', closed.resolve);
    const more = () => {
      while (!response.destroyed && response.write(' '.repeat(100_000)));
    };
    response.on('drain', more);
    more();
  });
  const http = createIgHttp({ environment: 'demo', baseUrl: server.url, apiKey: 'k', clock: systemClock });
  expect(await failure(http({ method: 'GET', path: '/markets', version: 1 }))).toMatchObject({
    facts: { errorCode: 'unreadable', reason: 'TOO_LARGE' },
  });
  await closed.promise;
});
