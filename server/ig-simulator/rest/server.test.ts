import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testSimulator, type CallOptions } from '../../testing/test-simulator.ts';
import { demoAllowances } from '../access/allowances.ts';
import { instruments } from '../market/instruments.ts';

const clock = createManualClock();
clock.advance(30_000); // into a running candle
const simulator = await testSimulator({ clock });
afterAll(() => simulator.stop());
const { call } = simulator;
const tokens = await simulator.logIn();
const get = (path: string, version = 1, headers: Record<string, string> = {}) =>
  call('GET', path, { version, headers: { ...tokens, ...headers } });
const epic = 'CS.D.EURUSD.CFD.IP';

const sprint = (body: object): [string, string, CallOptions] => [
  'POST',
  '/positions/sprintmarkets',
  {
    headers: tokens,
    body: { dealReference: 's', epic, direction: 'BUY', size: 10, expiryPeriod: 'ONE_MINUTE', ...body },
  },
];
const login = (body: unknown, version = 2): [string, string, CallOptions] => [
  'POST',
  '/session',
  { version, body },
];
type Refused = [status: number, code: string, method: string, path: string, options: CallOptions];
test.each<Refused>([
  [404, 'invalid.url', 'GET', '/nowhere', { headers: tokens }],
  [404, 'invalid.url', 'GET', '/accounts', { version: 2, headers: tokens }],
  [404, 'invalid.url', 'GET', '/accounts', { version: 'two', headers: tokens }],
  [404, 'invalid.url', 'GET', '/accounts', { version: '1.0', headers: tokens }],
  [404, 'invalid.url', 'GET', '/accounts', { version: '0x1', headers: tokens }],
  [404, 'invalid.url', 'OPTIONS', '/accounts', { headers: tokens }],
  [404, 'invalid.url', 'POST', '/session', { headers: { ...tokens, _method: 'VANISH' } }],
  [404, 'invalid.url', 'PATCH', '/accounts', { headers: tokens }],
  [404, 'invalid.url', 'GET', `/markets/${epic}`, { version: 5, headers: tokens }],
  [404, 'invalid.url', 'GET', '/markets/%E0%A4%A', { version: 3, headers: tokens }],
  [400, 'error.security.api-key-missing', 'GET', '/accounts', { headers: { ...tokens, 'X-IG-API-KEY': '' } }],
  [
    403,
    'error.security.api-key-invalid',
    'GET',
    '/accounts',
    { headers: { ...tokens, 'X-IG-API-KEY': 'nobody' } },
  ],
  [401, 'error.security.client-token-missing', 'GET', '/accounts', {}],
  [401, 'error.security.account-token-missing', 'GET', '/accounts', { headers: { CST: tokens.CST } }],
  [401, 'error.security.client-token-invalid', 'GET', '/accounts', { headers: { ...tokens, CST: 'no' } }],
  [
    401,
    'error.security.account-token-invalid',
    'GET',
    '/accounts',
    { headers: { ...tokens, 'X-SECURITY-TOKEN': 'no' } },
  ],
  [
    401,
    'error.security.oauth-token-invalid',
    'GET',
    '/accounts',
    { headers: { Authorization: 'Bearer no' } },
  ],
  [
    401,
    'error.security.oauth-token-invalid',
    'POST',
    '/session/refresh-token',
    { body: { refresh_token: 'no' } },
  ],
  [401, 'error.security.invalid-details', ...login({ identifier: 'nobody', password: 'x' })],
  [400, 'validation.null-not-allowed.authenticationRequest', 'POST', '/session', { version: 2 }],
  [
    400,
    'validation.null-not-allowed.authenticationRequest',
    'POST',
    '/session',
    { version: 2, text: 'null' },
  ],
  [400, 'validation.null-not-allowed.authenticationRequest.identifier', ...login({ password: 'x' })],
  [
    400,
    'validation.null-not-allowed.authenticationRequest.password',
    ...login({ identifier: 'trader', password: null }),
  ],
  ...['a b', 'me@example.com', 'x'.repeat(31)].map((identifier): Refused => [
    400,
    'validation.pattern.invalid.authenticationRequest.identifier',
    ...login({ identifier, password: 'x' }),
  ]),
  ...[1, 3].flatMap((version): Refused[] => [
    [
      400,
      'validation.pattern.invalid.authenticationRequest.identifier',
      ...login({ identifier: 'me@example.com', password: 'x' }, version),
    ],
    [400, 'validation.null-not-allowed.authenticationRequest', ...login(undefined, version)],
  ]),
  [400, 'invalid.authenticationRequest.password', ...login({ identifier: 'trader', password: 7 })],
  [400, 'invalid request', 'POST', '/session', { version: 2, text: '{"identifier":' }],
  [400, 'invalid request', 'POST', '/session', { version: 2, text: '[1]' }],
  [400, 'invalid request', 'POST', '/session', { version: 2, text: `"${'x'.repeat(200_000)}"` }],
  [
    400,
    'invalid request',
    'POST',
    '/session',
    { version: 2, text: '{}', headers: { 'Content-Type': 'application/json; charset=nonsense' } },
  ],
  [
    404,
    'error.public-api.epic-not-found',
    'GET',
    '/markets/CS.D.NOTHING.CFD.IP',
    { version: 3, headers: tokens },
  ],
  [
    404,
    'error.public-api.epic-not-found',
    'GET',
    `/markets?epics=${epic},CS.D.NOTHING.CFD.IP`,
    { version: 2, headers: tokens },
  ],
  [
    400,
    'error.public-api.too-many-epics',
    'GET',
    `/markets?epics=${Array.from({ length: 51 }, (_, i) => `CS.D.X${i}.IP`).join()}`,
    { headers: tokens },
  ],
  [400, 'invalid.input', 'GET', '/markets?epics=<b>', { headers: tokens }],
  ...['/markets', '/markets/', '/markets?searchTerm=', '/markets?epics=', '/markets?filter=ALL'].map(
    (path): Refused => [400, 'validation.null-not-allowed.epics', 'GET', path, { headers: tokens }],
  ),
  ...['/markets', '/markets?searchTerm='].map((path): Refused => [
    400,
    'validation.null-not-allowed.epics',
    'GET',
    path,
    { version: 2, headers: tokens },
  ]),
  [400, 'validation.pattern.invalid.epic', 'GET', '/markets/123', { version: 3, headers: tokens }],
  [400, 'error.unsupported.epic', 'GET', '/prices/CS.D.NOTHING.CFD.IP', { version: 3, headers: tokens }],
  [400, 'invalid.input', 'GET', `/prices/${epic}?resolution=MINUTES`, { version: 3, headers: tokens }],
  [400, 'invalid.input', 'GET', `/prices/${epic}?pageSize=-1`, { version: 3, headers: tokens }],
  [400, 'error.malformed.date', 'GET', `/prices/${epic}?from=2026-01-05`, { version: 3, headers: tokens }],
  [
    400,
    'error.malformed.date',
    'GET',
    `/prices/${epic}?from=2026-02-30T00:00:00`,
    { version: 3, headers: tokens },
  ],
  [
    400,
    'error.invalid.daterange',
    'GET',
    `/prices/${epic}?from=2026-01-05T09:00:00&to=2026-01-05T08:00:00`,
    { version: 3, headers: tokens },
  ],
  [400, 'invalid.input', 'GET', '/history/transactions?type=toString', { version: 2, headers: tokens }],
  [404, 'invalid.url', 'GET', '/categories/NOTHING/instruments', { headers: tokens }],
  [400, 'invalid.input', 'GET', '/categories/FOREX/instruments?pageSize=0', { headers: tokens }],
  [400, 'invalid.input', 'GET', '/categories/FOREX/instruments?pageSize=1001', { headers: tokens }],
  [400, 'invalid.input', 'GET', '/categories/FOREX/instruments?pageNumber=-1', { headers: tokens }],
  [404, 'invalid.url', 'GET', '/markets?searchTerm=euro', { version: 2, headers: tokens }],
  [400, 'validation.null-not-allowed.marketIds', 'GET', '/clientsentiment', { headers: tokens }],
  [400, 'invalid.input', 'GET', '/clientsentiment?marketIds=EURUSD,,FT100', { headers: tokens }],
  [
    400,
    'invalid.input.too.many.markets',
    'GET',
    `/clientsentiment?marketIds=${Array.from({ length: 501 }, (_, i) => `M${i}`).join()}`,
    { headers: tokens },
  ],
  [400, 'error.sprintmarket.create-position.failure', ...sprint({})],
  [
    400,
    'error.sprintmarket.create-position.expiry.outside-valid-range',
    ...sprint({ expiryPeriod: 'TEN_MINUTES' }),
  ],
  [400, 'error.sprintmarket.create-position.order-size.invalid', ...sprint({ size: '-1' })],
  [400, 'validation.null-not-allowed.request.epic', ...sprint({ epic: null })],
  [400, 'validation.pattern.invalid.request.epic', ...sprint({ epic: '' })],
  [
    400,
    'validation.null-not-allowed.accountSwitchRequest.accountId',
    'PUT',
    '/session',
    { headers: tokens, body: {} },
  ],
  [
    400,
    'validation.pattern.invalid.accountSwitchRequest.accountId',
    'PUT',
    '/session',
    { headers: tokens, body: { accountId: '' } },
  ],
  [
    400,
    'invalid.accountSwitchRequest.defaultAccount',
    'PUT',
    '/session',
    { headers: tokens, body: { accountId: 'XYZ99', defaultAccount: '' } },
  ],
  [
    400,
    'invalid.authenticationRequest.encryptedPassword',
    ...login({ identifier: 'trader', password: 'x', encryptedPassword: 'perhaps' }),
  ],
  [
    400,
    'invalid.authenticationRequest.encryptedPassword',
    ...login({ identifier: 'trader', password: 'x', encryptedPassword: { toString: 1 } }),
  ],
  [
    400,
    'validation.null-not-allowed.request.trailingStopsEnabled',
    'PUT',
    '/accounts/preferences',
    { headers: tokens, body: {} },
  ],
  [
    400,
    'invalid.request.trailingStopsEnabled',
    'PUT',
    '/accounts/preferences',
    { headers: tokens, body: { trailingStopsEnabled: '' } },
  ],
  [
    412,
    'error.switch.accountId-must-be-different',
    'PUT',
    '/session',
    { headers: tokens, body: { accountId: 'ABC12' } },
  ],
  [
    400,
    'error.switch.invalid-accountId',
    'PUT',
    '/session',
    { headers: tokens, body: { accountId: 'QQQQQ' } },
  ],
])('%i %s: %s %s', async (status, code, method, path, options) => {
  const answer = await call(method, path, options);
  expect([answer.status, answer.body]).toEqual([status, { errorCode: code }]);
  expect(answer.headers.get('x-request-id')).toBeTruthy();
});

test('both spellings of a path, a trailing slash and an absent version are answered alike; HEAD has no body', async () => {
  const answers = await Promise.all(
    ['/clientsentiment/EURUSD', '/client-sentiment/EURUSD', '/clientsentiment/EURUSD/'].map((path) =>
      call('GET', path, { version: '', headers: tokens }),
    ),
  );
  expect(answers.map(({ status, text }) => [status, text])).toEqual(
    answers.map(() => [200, answers[0]!.text]),
  );
  expect(await call('HEAD', '/accounts', { headers: tokens })).toMatchObject({ status: 404, text: '' });
});

test('a request without a Host and without any header is answered, not dropped', async () => {
  const socket = connect(simulator.port, '127.0.0.1');
  socket.write('GET /gateway/deal/accounts HTTP/1.0\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 .*\{"errorCode":"error.security.api-key-missing"\}$/s);
});

describe('price history', () => {
  test('the three versions give the same candles with their own dates', async () => {
    const [v1, v2, v3] = [
      await get(`/prices/${epic}/MINUTE/3`, 1),
      await get(`/prices/${epic}/MINUTE/3`, 2),
      await get(`/prices/${epic}?resolution=MINUTE&max=3`, 3),
    ];
    const strip = (answer: typeof v1) =>
      answer.body.prices.map(
        ({ snapshotTime: _, snapshotTimeUTC: __, ...row }: Record<string, unknown>) => row,
      );
    expect(strip(v1)).toEqual(strip(v2));
    expect(strip(v3)).toEqual(strip(v2));
    const now = clock.now().toISOString();
    expect(v3.body.prices[2].snapshotTimeUTC).toBe(`${now.slice(0, 16)}:00`);
    expect(v2.body.prices[2].snapshotTime).toBe(
      `${now.slice(0, 10).replaceAll('-', '/')} ${now.slice(11, 16)}:00`,
    );
    expect(v1.body.prices[2].snapshotTime).toBe(
      `${now.slice(0, 10).replaceAll('-', ':')}-${now.slice(11, 16)}:00`,
    );
    expect(v1.body.allowance.totalAllowance).toBeGreaterThan(0);
    expect(v3.body).toMatchObject({
      instrumentType: 'CURRENCIES',
      metadata: { size: 3, pageData: { pageSize: 20, pageNumber: 1, totalPages: 1 } },
    });
  });

  test('a range by dates is the same in all three forms and includes both ends', async () => {
    const bodies = [
      await get(`/prices/${epic}?resolution=HOUR&from=2026-01-05T03:00:00&to=2026-01-05T05:00:00`, 3),
      await get(`/prices/${epic}/HOUR/2026-01-05%2003:00:00/2026-01-05%2005:00:00`, 2),
      await get(`/prices/${epic}/HOUR?startdate=2026:01:05-03:00:00&enddate=2026:01:05-05:00:00`, 1),
    ].map(({ body }) => body.prices.map((row: { snapshotTime: string }) => row.snapshotTime.slice(-8)));
    expect(bodies).toEqual([
      ['03:00:00', '04:00:00', '05:00:00'],
      ['03:00:00', '04:00:00', '05:00:00'],
      ['03:00:00', '04:00:00', '05:00:00'],
    ]);
  });

  test('pages join up to the whole; page size 0 is everything at once', async () => {
    const query = `/prices/${epic}?resolution=MINUTE_5&from=2026-01-05T00:00:00&to=2026-01-05T03:55:00`;
    const all = (await get(`${query}&pageSize=0`, 3)).body;
    expect(all.prices).toHaveLength(48);
    const pages = await Promise.all(
      [1, 2, 3, 4].map(async (page) => (await get(`${query}&pageNumber=${page}`, 3)).body),
    );
    expect(pages.map(({ metadata }) => metadata.size)).toEqual([20, 20, 8, 0]);
    expect(pages[0].metadata.pageData).toEqual({ pageSize: 20, pageNumber: 1, totalPages: 3 });
    expect(pages.flatMap(({ prices }) => prices)).toEqual(all.prices);
  });

  test("the running candle closes at the snapshot's quote", async () => {
    const { snapshot } = (await get(`/markets/${epic}`, 3)).body;
    const { prices } = (await get(`/prices/${epic}?max=1`, 3)).body;
    expect(prices[0].closePrice).toEqual({ bid: snapshot.bid, ask: snapshot.offer, lastTraded: null });
  });
});

describe('allowances', () => {
  test('with demo figures each bucket refuses with its code and fills again in the next minute', async () => {
    await using demo = await testSimulator({ clock, allowances: demoAllowances });
    clock.advance(60_000 - (clock.now().getTime() % 60_000));
    const headers = await demo.logIn();
    const codes = async (n: number, path: string) => {
      const seen: string[] = [];
      for (let i = 0; i < n; i++)
        seen.push((await demo.call('GET', path, { headers })).body.errorCode ?? 'ok');
      return seen;
    };
    expect(await codes(11, '/accounts')).toEqual([
      ...Array(10).fill('ok'),
      'error.public-api.exceeded-account-allowance',
    ]);
    expect((await codes(10, '/session')).at(-1)).toBe('error.public-api.exceeded-api-key-allowance');
    clock.advance(60_000);
    expect(await codes(1, '/accounts')).toEqual(['ok']);
  });

  test('history spends a point a row; an empty week is refused and a new week starts afresh', async () => {
    await using demo = await testSimulator({
      clock,
      allowances: { ...demoAllowances, historicalPoints: 12 },
    });
    const headers = await demo.logIn();
    const prices = (n: number) =>
      demo.call('GET', `/prices/${epic}?max=${n}&pageSize=0`, { version: 3, headers });
    const { allowance } = (await prices(10)).body.metadata;
    expect(allowance).toMatchObject({ remainingAllowance: 2, totalAllowance: 12 });
    expect(await prices(3)).toMatchObject({
      status: 403,
      body: { errorCode: 'error.public-api.exceeded-account-historical-data-allowance' },
    });
    expect((await prices(2)).status).toBe(200);
    clock.advance(allowance.allowanceExpiry * 1_000);
    const again = await demo.logIn();
    expect((await demo.call('GET', `/prices/${epic}?max=1`, { version: 3, headers: again })).status).toBe(
      200,
    );
  });
});

test('two simulators with one seed agree on every price at one instant', async () => {
  await using other = await testSimulator({ clock });
  const headers = await other.logIn();
  const fresh = await simulator.logIn();
  for (const { epic: name } of instruments) {
    const theirs = await other.call('GET', `/markets/${name}`, { version: 3, headers });
    expect((await call('GET', `/markets/${name}`, { version: 3, headers: fresh })).body.snapshot).toEqual(
      theirs.body.snapshot,
    );
  }
});
