import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import type { IgError } from './errors.ts';
import { createIgHttp, requestTimeoutMs } from './http.ts';

/** What a simulator does not do on the wire: odd answers, byte by byte. */
async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable(),
    (error: IgError) => error,
  );

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
  const http = createIgHttp({ baseUrl: server.baseUrl, apiKey: 'k1', clock: systemClock });
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
  const error = await failure(
    createIgHttp({ baseUrl: server.baseUrl, apiKey: 'k', clock: systemClock })({
      method: 'GET',
      path: '/markets?epics=secret',
      version: 1,
    }),
  );
  expect(error.facts).toMatchObject({ status, errorCode, path: '/markets' });
  expect(error.isPassing).toBe(isPassing);
});

test('a connection reset after sending may have been received; one that was never made was not', async () => {
  let address: string;
  {
    await using server = await listen((request) => request.socket.resetAndDestroy());
    address = server.baseUrl;
    const reset = await failure(
      createIgHttp({ baseUrl: address, apiKey: 'k', clock: systemClock })({
        method: 'POST',
        path: '/session',
        version: 3,
        body: {},
      }),
    );
    expect(reset.facts).toMatchObject({ status: null, errorCode: 'connection', neverSent: false });
    expect(reset.isAmbiguous).toBe(true);
  }
  const refused = await failure(
    createIgHttp({ baseUrl: address, apiKey: 'k', clock: systemClock })({
      method: 'POST',
      path: '/session',
      version: 3,
      body: {},
    }),
  );
  expect(refused.facts.neverSent).toBe(true);
  expect(refused.isAmbiguous).toBe(false);
});

test('an answer that does not come is given up after the time-out', async () => {
  const clock = createManualClock();
  const arrived = Promise.withResolvers<void>();
  await using server = await listen(() => arrived.resolve());
  const waiting = failure(
    createIgHttp({ baseUrl: server.baseUrl, apiKey: 'k', clock })({
      method: 'GET',
      path: '/markets',
      version: 1,
    }),
  );
  await arrived.promise;
  clock.advance(requestTimeoutMs);
  expect((await waiting).facts).toMatchObject({ status: null, errorCode: 'timeout', neverSent: false });
});
