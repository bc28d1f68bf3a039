import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { listen } from '../../testing/listen.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { createSendOnce, type OneRequest } from './send-once.ts';

/** A broker that answers as it is told, and counts what arrives. */
async function brokerThat(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const arrived: string[] = [];
  const resets: Promise<string>[] = [];
  const sockets = new Set<net.Socket>();
  const { server, url, ...rest } = await listen(async (request, response) => {
    arrived.push(Buffer.concat(await request.toArray()).toString());
    answer(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    resets.push(
      new Promise((resolve) => {
        let error = 'orderly';
        socket.on('error', (cause: NodeJS.ErrnoException) => (error = cause.code ?? cause.message));
        socket.on('close', () => resolve(error));
      }),
    );
  });
  return { ...rest, arrived, resets, sockets, baseUrl: `${url}/gateway/deal` };
}
const deal: OneRequest = {
  method: 'POST',
  path: '/positions/otc',
  version: 2,
  headers: { Authorization: 'Bearer t' },
  body: { size: 1 },
  timeoutMs: 5_000,
  mayStillSend: async () => true,
};

test('a request arrives once, with its headers, on a connection that ends with it', async () => {
  let seen: IncomingMessage | undefined;
  await using server = await brokerThat((request, response) => {
    seen = request;
    response.end('{"dealReference":"r1"}');
  });
  const send = createSendOnce({ baseUrl: server.baseUrl, apiKey: 'k1', clock: systemClock });
  expect(await send(deal)).toEqual({
    kind: 'answered',
    status: 200,
    text: '{"dealReference":"r1"}',
    closedAt: expect.any(Date),
  });
  expect(await send(deal)).toMatchObject({ kind: 'answered' });
  expect(seen).toMatchObject({
    method: 'POST',
    url: '/gateway/deal/positions/otc',
    headers: {
      'x-ig-api-key': 'k1',
      version: '2',
      authorization: 'Bearer t',
      connection: 'close',
      'content-length': '10',
    },
  });
  expect(server.arrived).toEqual(['{"size":1}', '{"size":1}']);
  expect(server.sockets.size).toBe(2);
});

test.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
  ['a reset after it was taken', (request) => request.socket.resetAndDestroy()],
  ['an orderly close without an answer', (request) => request.socket.end()],
  [
    'half an answer',
    (request, response) =>
      response.writeHead(200, { 'Content-Length': '50' }).write('{"dealRef', () => request.socket.destroy()),
  ],
])('%s is lost, arrived once, and the connection is gone when that is told', async (_case, answer) => {
  await using server = await brokerThat(answer);
  const outcome = await createSendOnce({ baseUrl: server.baseUrl, apiKey: 'k', clock: systemClock })(deal);
  expect(outcome).toEqual({ kind: 'lost', detail: expect.any(String), closedAt: expect.any(Date) });
  expect(server.arrived).toHaveLength(1);
  expect(server.sockets.size).toBe(1);
});

test('an answer that does not come is given up by a reset, which drops what the kernel still holds', async () => {
  const clock = createManualClock();
  const taken = Promise.withResolvers<void>();
  await using server = await brokerThat(() => taken.resolve());
  const sent = createSendOnce({ baseUrl: server.baseUrl, apiKey: 'k', clock })(deal);
  await taken.promise;
  clock.advance(deal.timeoutMs);
  expect(await sent).toEqual({ kind: 'lost', detail: 'no answer within 5000 ms', closedAt: clock.now() });
  expect(await server.resets[0]).toBe('ECONNRESET');
  expect(server.arrived).toHaveLength(1);
});

test.each<[string, () => Promise<boolean>, string]>([
  ['is refused', async () => false, 'forbidden'],
  ['cannot be read', () => Promise.reject(new Error('no database')), 'unreachable'],
])('no byte leaves when the permission %s on the made connection', async (_case, mayStillSend, reason) => {
  let bytes = 0;
  await using server = await brokerThat(() => expect.unreachable());
  const sent = await createSendOnce({ baseUrl: server.baseUrl, apiKey: 'k', clock: systemClock })({
    ...deal,
    async mayStillSend() {
      for (const socket of server.sockets) socket.on('data', ({ length }) => (bytes += length));
      return mayStillSend();
    },
  });
  expect(sent).toMatchObject({ kind: 'not_sent', reason });
  await server.resets[0];
  expect([bytes, server.arrived]).toEqual([0, []]);
});

test('a connection that is refused, or closed while permission was asked, has sent nothing', async () => {
  await using server = await brokerThat(() => expect.unreachable());
  const send = createSendOnce({ baseUrl: server.baseUrl, apiKey: 'k', clock: systemClock });
  const closed = await send({
    ...deal,
    async mayStillSend() {
      while (server.sockets.size === 0) await new Promise(setImmediate);
      for (const socket of server.sockets) socket.resetAndDestroy();
      await server.resets[0];
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate); // our end hears of it
      return true;
    },
  });
  expect(closed).toMatchObject({ kind: 'not_sent', reason: 'unreachable' });
  expect(server.arrived).toEqual([]);
});

test('where nobody listens nothing is sent', async () => {
  let address: string;
  {
    await using server = await brokerThat(() => expect.unreachable());
    address = server.baseUrl;
  }
  expect(await createSendOnce({ baseUrl: address, apiKey: 'k', clock: systemClock })(deal)).toMatchObject({
    kind: 'not_sent',
    reason: 'unreachable',
    detail: 'ECONNREFUSED',
  });
});

test('a broker that takes the connection but never shakes hands is given up without a byte of the request', async () => {
  const clock = createManualClock();
  const taken = Promise.withResolvers<net.Socket>();
  const server = net.createServer((socket) => taken.resolve(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sent = createSendOnce({
    baseUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    apiKey: 'k',
    clock,
  })(deal);
  const socket = await taken.promise;
  socket.on('error', () => undefined);
  await once(socket, 'readable'); // its ClientHello
  clock.advance(4_000);
  expect(await sent).toMatchObject({
    kind: 'not_sent',
    reason: 'unreachable',
    detail: 'no connection within 4000 ms',
  });
  socket.destroy();
  server.close();
  await once(server, 'close');
});
