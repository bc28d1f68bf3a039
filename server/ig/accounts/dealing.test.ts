import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { systemClock, type Clock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { listen } from '../../testing/listen.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { noAccountNews } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import type { OpenRequest } from '../../modules/trading/ports.ts';
import { createAccountClients } from './clients.ts';
import { createDealing } from './dealing.ts';

const account = build.account();
const order = build.openRequest({ stopDistancePoints: '20' });
const taken = '{"dealReference":"ftr_1"}';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;
interface Seen {
  method: string | undefined;
  headers: IncomingMessage['headers'];
  body: unknown;
  token: string;
}
const json =
  (status: number, text: string): Answer =>
  (response) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
const refusal = (status: number, errorCode: string) => json(status, JSON.stringify({ errorCode }));

/** IG as documented: logins, and for each deal the next of `answers` (then the last again). It keeps what arrived. */
async function arrange(answers: Answer[], clock: Clock = systemClock) {
  const db = await testDb();
  const deals: Seen[] = [];
  const ended: Promise<unknown>[] = [];
  let logins = 0;
  const session = () =>
    JSON.stringify({
      accountId: 'OTHER',
      lightstreamerEndpoint: 'http://127.0.0.1',
      timezoneOffset: 0,
      clientId: '1',
      oauthToken: {
        access_token: `token-${++logins}`,
        refresh_token: `refresh-${logins}`,
        expires_in: '60',
        scope: 'profile',
        token_type: 'Bearer',
      },
    });
  const server = await listen(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (request.url === '/session') return void response.end(session());
    if (request.url === '/session/refresh-token')
      return void response.end(JSON.stringify((JSON.parse(session()) as { oauthToken: object }).oauthToken));
    ended.push(new Promise((resolve) => request.socket.on('error', () => undefined).on('close', resolve)));
    deals.push({
      method: request.method,
      headers: request.headers,
      body: JSON.parse(body),
      token: request.headers.authorization ?? '',
    });
    answers[Math.min(deals.length, answers.length) - 1]!(response, request);
  });
  const clients = createAccountClients({
    endpoints: { simulated: server.url },
    credentialsOf: async () => ({ identifier: 'i', password: 'p', apiKey: 'k1' }),
    changes: noAccountNews,
    database: db.database,
    sealer: build.sealer(),
    clock,
    logger: silentLogger,
  });
  return {
    deals,
    ended,
    dealing: createDealing({ clients, clock, logger: silentLogger }),
    logins: () => logins,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('an order goes out once as IG documents it, for this account, and its reference comes back', async () => {
  await using ig = await arrange([json(200, taken)]);
  expect(await ig.dealing.send(account, order)).toEqual({
    kind: 'submitted',
    dealReference: 'ftr_1',
  });
  expect(ig.deals).toEqual([
    {
      method: 'POST',
      token: 'Bearer token-1',
      headers: expect.objectContaining({
        version: '2',
        'ig-account-id': 'ABC12',
        'x-ig-api-key': 'k1',
        connection: 'close',
      }),
      body: {
        epic: 'CS.D.EURUSD.CFD.IP',
        expiry: '-',
        direction: 'BUY',
        size: 1,
        orderType: 'MARKET',
        currencyCode: 'USD',
        forceOpen: true,
        guaranteedStop: false,
        dealReference: 'ftr_1',
        stopDistance: 20,
      },
    },
  ]);
});

test.each([
  [
    'PUT',
    '2',
    undefined,
    { kind: 'amend_order', dealId: 'DI1', type: 'limit', level: '1.2', goodTillAt: null },
  ],
  ['POST', '2', 'DELETE', { kind: 'cancel_order', dealId: 'DI1' }],
] as const)(
  'a change is a %s v%s (%s), and takes whatever reference the broker answers with: of what is gone it makes one up',
  async (method, version, stands, request) => {
    await using ig = await arrange([json(200, '{"dealReference":"K7Q2HX4MTVW09ZB"}')]);
    const terms = {
      stopDistancePoints: null,
      limitDistancePoints: null,
      guaranteedStop: false,
      stopLevel: null,
    };
    expect(await ig.dealing.send(account, { ...terms, ...request })).toEqual({
      kind: 'submitted',
      dealReference: 'K7Q2HX4MTVW09ZB',
    });
    expect(ig.deals).toMatchObject([{ method, headers: { version, ...(stands && { _method: stands }) } }]);
  },
);

test('a close is a POST that stands for a DELETE, and takes the broker’s reference', async () => {
  await using ig = await arrange([json(200, '{"dealReference":"K7Q2HX4MTVW09ZB"}')]);
  expect(await ig.dealing.send(account, build.closeRequest({ size: '0.5' }))).toEqual({
    kind: 'submitted',
    dealReference: 'K7Q2HX4MTVW09ZB',
  });
  expect(ig.deals).toMatchObject([
    {
      method: 'POST',
      headers: { version: '1', _method: 'DELETE' },
      body: { dealId: 'DIAAAABCDEFGH01', direction: 'SELL', size: 0.5, orderType: 'MARKET' },
    },
  ]);
});

test.each<[string, Answer]>([
  ['a reset after it arrived', (_response, request) => request.socket.resetAndDestroy()],
  ['a close without an answer', (_response, request) => request.socket.end()],
  [
    'half an answer',
    (response, request) =>
      void response
        .writeHead(200, { 'Content-Length': '50' })
        .write('{"deal', () => request.socket.destroy()),
  ],
  ['an empty 200', json(200, '')],
  ['a 200 without a reference', json(200, '{}')],
  ['a 200 with somebody else’s reference', json(200, '{"dealReference":"other"}')],
  ['an HTML 200', json(200, '<html>ok</html>')],
  ['a 201', json(201, taken)],
  ['a 302', json(302, '')],
  ['IG’s own 500', refusal(500, 'system.error')],
  ['an HTML 503', json(503, '<html>back soon</html>')],
  ['a 504 of a gateway', json(504, '')],
  ['an empty 405', json(405, '')],
  ['an HTML 403', json(403, '<html>blocked</html>')],
  ['a 400 whose code is known to be transient', refusal(400, 'error.service.execution.find')],
  ['a 400 with a code nobody knows', refusal(400, 'something.new')],
  ['a 408', refusal(408, 'validation.pattern.invalid.request.size')],
])(
  '%s leaves the deal unknown: one request arrived, none follows, and its connection is gone',
  async (_case, answer) => {
    await using ig = await arrange([answer, json(200, taken)]);
    expect(await ig.dealing.send(account, order)).toEqual({
      kind: 'unknown',
      detail: expect.any(String),
      closedAt: expect.any(Date),
    });
    await ig.ended[0];
    expect(ig.deals).toHaveLength(1);
  },
);

test('an answer that does not come within the time leaves the deal unknown, closed at that moment', async () => {
  const clock = createManualClock();
  const arrived = Promise.withResolvers<void>();
  await using ig = await arrange([() => arrived.resolve()], clock);
  const opening = ig.dealing.send(account, order);
  await arrived.promise;
  clock.advance(8_000);
  expect(await opening).toEqual({
    kind: 'unknown',
    detail: 'no answer within 8000 ms',
    closedAt: clock.now(),
  });
  expect(ig.deals).toHaveLength(1);
});

test.each([
  [400, 'validation.pattern.invalid.request.expiry'],
  [400, 'invalid.request.size'],
  [400, 'error.trading.otc.market-orders.not-supported'],
  [401, 'error.public-api.failure.kyc.required'],
  [403, 'error.public-api.exceeded-account-trading-allowance'],
  [403, 'error.security.api-key-disabled'],
  [404, 'error.trading.otc.instrument-not-found'],
])('%i %s is refused: it proves that nothing was booked, and is not sent again', async (status, code) => {
  await using ig = await arrange([refusal(status, code), json(200, taken)]);
  expect(await ig.dealing.send(account, order)).toEqual({ kind: 'refused', brokerCode: code });
  expect(ig.deals).toHaveLength(1);
});

test('an expired token costs one renewal and one more request; a third refusal is final', async () => {
  const expired = refusal(401, 'error.security.oauth-token-invalid');
  {
    await using ig = await arrange([expired, json(200, taken)]);
    let asked = 0;
    expect(await ig.dealing.send(account, order, { mayStillSend: async () => ++asked > 0 })).toEqual({
      kind: 'submitted',
      dealReference: 'ftr_1',
    });
    expect(ig.deals.map(({ token }) => token)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(asked).toBe(2);
  }
  await using ig = await arrange([expired]);
  expect(await ig.dealing.send(account, order)).toEqual({
    kind: 'refused',
    brokerCode: 'error.security.oauth-token-invalid',
  });
  expect(ig.deals).toHaveLength(3);
});

test('a halt between the refused token and the repetition stops the repetition', async () => {
  await using ig = await arrange([refusal(401, 'error.security.client-token-invalid'), json(200, taken)]);
  let asked = 0;
  expect(await ig.dealing.send(account, order, { mayStillSend: async () => ++asked === 1 })).toMatchObject({
    kind: 'not_sent',
    reason: 'halted',
  });
  expect(ig.deals).toHaveLength(1);
});

test('an ambiguous repetition is unknown, not refused', async () => {
  await using ig = await arrange([
    refusal(401, 'error.security.client-token-invalid'),
    (_response, request) => request.socket.resetAndDestroy(),
  ]);
  expect(await ig.dealing.send(account, order)).toMatchObject({ kind: 'unknown' });
  expect(ig.deals).toHaveLength(2);
});

test('halted, without a database, without a broker, or after too long a wait nothing is sent', async () => {
  const clock = createManualClock();
  await using ig = await arrange([json(200, taken)], clock);
  const send = (mayStillSend: () => Promise<boolean>) => ig.dealing.send(account, order, { mayStillSend });
  expect(await send(async () => false)).toMatchObject({ kind: 'not_sent', reason: 'halted' });
  expect(await send(() => Promise.reject(new Error('no database')))).toMatchObject({
    kind: 'not_sent',
    reason: 'unreachable',
  });
  expect(
    await send(async () => {
      clock.advance(7_001);
      return true;
    }),
  ).toMatchObject({ kind: 'not_sent', reason: 'unreachable', detail: expect.stringContaining('too long') });
  expect(await ig.dealing.send({ ...account, id: 'acct_2', environment: 'demo' }, order)).toMatchObject({
    kind: 'not_sent',
    reason: 'unreachable',
  });
  expect(ig.deals).toEqual([]);
  const permission = Promise.withResolvers<boolean>();
  const asked = Promise.withResolvers<void>();
  const waiting = send(() => {
    asked.resolve();
    return permission.promise;
  });
  await asked.promise;
  clock.advance(7_001);
  expect(await waiting).toMatchObject({ kind: 'not_sent', reason: 'unreachable' });
  permission.resolve(true);
  const next = { ...order, dealReference: 'ftr_next' };
  await ig.dealing.send(account, next);
  expect(ig.deals).toMatchObject([{ body: { dealReference: 'ftr_next' } }]); // and not what was allowed too late
});

test('of many orders at once each goes out once, on one login', async () => {
  await using ig = await arrange([
    (response) => {
      response.end(JSON.stringify({ dealReference: (ig.deals.at(-1)!.body as OpenRequest).dealReference }));
    },
  ]);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => ig.dealing.send(account, { ...order, dealReference: `ftr_${i}` })),
  );
  expect(answers.map((answer) => answer.kind)).toEqual(Array(20).fill('submitted'));
  expect(new Set(ig.deals.map(({ body }) => (body as OpenRequest).dealReference)).size).toBe(20);
  expect([ig.deals.length, ig.logins()]).toEqual([20, 1]);
});
