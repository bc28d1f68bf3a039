import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { testLogin, testSimulator, type CallOptions } from '../testing/test-simulator.ts';
import { demoAllowances } from './allowances.ts';
import { instruments } from './market/instruments.ts';
import { maxFailures } from './sessions.ts';

const clock = createManualClock();
const simulator = await testSimulator({ clock });
afterAll(() => simulator.stop());
const { call } = simulator;
const tokens = await simulator.logIn();
const get = (path: string, version = 1, headers: Record<string, string> = {}) => call('GET', path, { version, headers: { ...tokens, ...headers } });
const credentials = { identifier: testLogin.identifier, password: testLogin.password };
const epic = 'CS.D.EURUSD.CFD.IP';

describe('logging in', () => {
  test.each([1, 2])('v%i answers tokens in headers and the account in the body', async (version) => {
    const { status, headers, body } = await call('POST', '/session', { version, body: credentials });
    expect(status).toBe(200);
    expect(headers.get('cst')).toMatch(/^[0-9A-F]{64}\w+$/);
    expect(headers.get('x-security-token')).toMatch(/^[0-9A-F]{64}\w+$/);
    expect(headers.get('x-request-id')).toMatch(/^req_/);
    expect(headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(body).toMatchObject({
      currentAccountId: 'ABC12', clientId: expect.stringMatching(/^\d{9}$/), timezoneOffset: 0, reroutingEnvironment: null, lightstreamerEndpoint: simulator.baseUrl.replace('/gateway/deal', ''),
      accounts: [{ accountId: 'ABC12', preferred: true }, { accountId: 'XYZ99', preferred: false }], accountInfo: { balance: 10_000, deposit: 0, profitLoss: 0, available: 10_000 },
    });
  });

  test('v3 answers an OAuth pair whose expires_in is text', async () => {
    const { body } = await call('POST', '/session', { version: 3, body: credentials });
    expect(body).toMatchObject({ accountId: 'ABC12', oauthToken: { scope: 'profile', token_type: 'Bearer', expires_in: '60' } });
  });

  test('an encrypted password logs in, a wrongly encrypted one does not', async () => {
    const { body } = await call('GET', '/session/encryptionKey', { version: '' });
    const key = createPublicKey({ key: Buffer.from(body.encryptionKey, 'base64'), format: 'der', type: 'spki' });
    const plain = Buffer.from(Buffer.from(`${testLogin.password}|${body.timeStamp}`).toString('base64'));
    const password = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, plain).toString('base64');
    expect((await call('POST', '/session', { version: 2, body: { ...credentials, password, encryptedPassword: true } })).status).toBe(200);
    expect((await call('POST', '/session', { version: 2, body: { ...credentials, encryptedPassword: true } })).body).toEqual({ errorCode: 'error.security.invalid-details' });
  });

  test('too many wrong passwords lock a login for a while, also against the right one', async () => {
    await using locked = await testSimulator({ clock });
    const attempt = (password: string) => locked.call('POST', '/session', { version: 2, body: { ...credentials, password } });
    for (let i = 0; i < maxFailures; i++) expect((await attempt('wrong')).body.errorCode).toBe('error.security.invalid-details');
    expect(await attempt(testLogin.password)).toMatchObject({ status: 401, body: { errorCode: 'error.security.too-many-failed-attempts' } });
    clock.advance(301_000);
    expect((await attempt(testLogin.password)).status).toBe(200);
  });
});

const login = (body: unknown): [string, string, CallOptions] => ['POST', '/session', { version: 2, body }];
test.each<[status: number, code: string, method: string, path: string, options: CallOptions]>([
  [404, 'invalid.url', 'GET', '/nowhere', { headers: tokens }],
  [404, 'invalid.url', 'GET', '/accounts', { version: 2, headers: tokens }],
  [404, 'invalid.url', 'GET', '/accounts', { version: 'two', headers: tokens }],
  [404, 'invalid.url', 'PATCH', '/accounts', { headers: tokens }],
  [404, 'invalid.url', 'GET', `/markets/${epic}`, { version: 5, headers: tokens }],
  [404, 'invalid.url', 'GET', '/markets/%E0%A4%A', { version: 3, headers: tokens }],
  [400, 'error.security.api-key-missing', 'GET', '/accounts', { headers: { ...tokens, 'X-IG-API-KEY': '' } }],
  [403, 'error.security.api-key-invalid', 'GET', '/accounts', { headers: { ...tokens, 'X-IG-API-KEY': 'nobody' } }],
  [401, 'error.security.client-token-missing', 'GET', '/accounts', {}],
  [401, 'error.security.account-token-missing', 'GET', '/accounts', { headers: { CST: tokens.CST } }],
  [401, 'error.security.client-token-invalid', 'GET', '/accounts', { headers: { ...tokens, CST: 'no' } }],
  [401, 'error.security.account-token-invalid', 'GET', '/accounts', { headers: { ...tokens, 'X-SECURITY-TOKEN': 'no' } }],
  [401, 'error.security.oauth-token-invalid', 'GET', '/accounts', { headers: { Authorization: 'Bearer no' } }],
  [401, 'error.security.oauth-token-invalid', 'POST', '/session/refresh-token', { body: { refresh_token: 'no' } }],
  [401, 'error.security.invalid-details', ...login({ identifier: 'nobody', password: 'x' })],
  [400, 'validation.null-not-allowed.request', 'POST', '/session', { version: 2 }],
  [400, 'validation.null-not-allowed.request', 'POST', '/session', { version: 2, text: 'null' }],
  [400, 'validation.null-not-allowed.request.identifier', ...login({ password: 'x' })],
  [400, 'validation.null-not-allowed.request.password', ...login({ identifier: 'trader', password: null })],
  [400, 'validation.pattern.invalid.request.identifier', ...login({ identifier: 'a b', password: 'x' })],
  [400, 'invalid.request.password', ...login({ identifier: 'trader', password: 7 })],
  [400, 'invalid request', 'POST', '/session', { version: 2, text: '{"identifier":' }],
  [400, 'invalid request', 'POST', '/session', { version: 2, text: '[1]' }],
  [400, 'invalid request', 'POST', '/session', { version: 2, text: `"${'x'.repeat(200_000)}"` }],
  [400, 'invalid request', 'POST', '/session', { version: 2, text: '{}', headers: { 'Content-Type': 'application/json; charset=nonsense' } }],
  [404, 'error.public-api.epic-not-found', 'GET', '/markets/CS.D.NOTHING.CFD.IP', { version: 3, headers: tokens }],
  [404, 'error.public-api.epic-not-found', 'GET', `/markets?epics=${epic},CS.D.NOTHING.CFD.IP`, { version: 2, headers: tokens }],
  [400, 'error.public-api.too-many-epics', 'GET', `/markets?epics=${Array.from({ length: 51 }, (_, i) => `CS.D.X${i}.IP`).join()}`, { headers: tokens }],
  [400, 'invalid.input', 'GET', '/markets?epics=<b>', { headers: tokens }],
  [400, 'invalid.input', 'GET', '/markets', { headers: tokens }],
  [400, 'error.unsupported.epic', 'GET', '/prices/CS.D.NOTHING.CFD.IP', { version: 3, headers: tokens }],
  [400, 'invalid.input', 'GET', `/prices/${epic}?resolution=MINUTES`, { version: 3, headers: tokens }],
  [400, 'invalid.input', 'GET', `/prices/${epic}?pageSize=-1`, { version: 3, headers: tokens }],
  [400, 'error.malformed.date', 'GET', `/prices/${epic}?from=2026-01-05`, { version: 3, headers: tokens }],
  [400, 'error.malformed.date', 'GET', `/prices/${epic}?from=2026-02-30T00:00:00`, { version: 3, headers: tokens }],
  [400, 'error.invalid.daterange', 'GET', `/prices/${epic}?from=2026-01-05T09:00:00&to=2026-01-05T08:00:00`, { version: 3, headers: tokens }],
  [404, 'invalid.url', 'GET', '/marketnavigation/1', { headers: tokens }],
  [400, 'error.switch.accountId-must-be-different', 'PUT', '/session', { headers: tokens, body: { accountId: 'ABC12' } }],
  [400, 'error.switch.invalid-accountId', 'PUT', '/session', { headers: tokens, body: { accountId: 'QQQQQ' } }],
])('%i %s: %s %s', async (status, code, method, path, options) => {
  const answer = await call(method, path, options);
  expect([answer.status, answer.body]).toEqual([status, { errorCode: code }]);
  expect(answer.headers.get('x-request-id')).toBeTruthy();
});

describe('tokens by the clock', () => {
  test('a CST lives six hours after its last use and 72 at most', async () => {
    const headers = await simulator.logIn();
    const status = async () => (await call('GET', '/accounts', { headers })).status;
    clock.advance(5 * 3_600_000);
    expect(await status()).toBe(200);
    clock.advance(6 * 3_600_000);
    expect(await status()).toBe(401);
    const used = await simulator.logIn();
    for (let hour = 0; hour < 70; hour += 5) {
      clock.advance(5 * 3_600_000);
      expect((await call('GET', '/accounts', { headers: used })).status).toBe(200);
    }
    clock.advance(3 * 3_600_000);
    expect((await call('GET', '/accounts', { headers: used })).body).toEqual({ errorCode: 'error.security.client-token-invalid' });
    Object.assign(tokens, await simulator.logIn());
  });

  test('an access token lives 60 s; refreshing replaces both tokens and kills the old pair; the refresh token lives ten minutes more', async () => {
    const first = (await call('POST', '/session', { version: 3, body: credentials })).body.oauthToken;
    const accounts = (token: string, headers = {}) => call('GET', '/accounts', { headers: { Authorization: `Bearer ${token}`, 'IG-ACCOUNT-ID': 'ABC12', ...headers } });
    const refresh = (token: string) => call('POST', '/session/refresh-token', { body: { refresh_token: token } });
    expect((await accounts(first.access_token)).status).toBe(200);
    expect((await accounts(first.access_token, { 'IG-ACCOUNT-ID': 'XYZ99' })).body.accounts.map(({ balance }: { balance: unknown }) => balance === null)).toEqual([true, false]);
    expect((await accounts(first.access_token, { 'IG-ACCOUNT-ID': 'OTHER' })).body.errorCode).toBe('error.security.account-access-denied');
    clock.advance(60_000);
    expect((await accounts(first.access_token)).body.errorCode).toBe('error.security.oauth-token-invalid');
    const second = (await refresh(first.refresh_token)).body;
    expect(second).toMatchObject({ expires_in: '60', token_type: 'Bearer' });
    expect((await refresh(first.refresh_token)).status).toBe(401);
    const fetched = await call('GET', '/session?fetchSessionTokens=true', { headers: { Authorization: `Bearer ${second.access_token}` } });
    const pair = { CST: fetched.headers.get('cst')!, 'X-SECURITY-TOKEN': fetched.headers.get('x-security-token')! };
    expect((await call('GET', '/session', { headers: pair })).body).toMatchObject({ accountId: 'ABC12', locale: 'en_GB', currency: 'GBP' });
    clock.advance(660_000);
    expect((await refresh(second.refresh_token)).status).toBe(401);
  });

  test('switching moves the session and replaces the account token; logging out ends it, by DELETE or by _method', async () => {
    const headers = await simulator.logIn();
    const switched = await call('PUT', '/session', { headers, body: { accountId: 'XYZ99' } });
    expect(switched.body).toEqual({ trailingStopsEnabled: true, dealingEnabled: true, hasActiveDemoAccounts: true, hasActiveLiveAccounts: false });
    expect((await call('GET', '/session', { headers })).body.errorCode).toBe('error.security.account-token-invalid');
    const renewed = { CST: headers.CST, 'X-SECURITY-TOKEN': switched.headers.get('x-security-token')! };
    expect((await call('GET', '/session/', { headers: renewed })).body.accountId).toBe('XYZ99');
    expect(await call('POST', '/session', { headers: { ...renewed, _method: 'DELETE' } })).toMatchObject({ status: 204, text: '' });
    expect((await call('GET', '/session', { headers: renewed })).status).toBe(401);
    const other = await simulator.logIn();
    expect((await call('DELETE', '/session', { headers: other })).status).toBe(204);
    expect((await call('GET', '/session', { headers: other })).status).toBe(401);
  });
});

describe('markets', () => {
  test('one market in three versions: v1 names currencies IG\'s own way and has a plain margin, later ones differ', async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map(async (version) => (await get(`/markets/${epic}`, version)).body));
    expect(one.instrument).toMatchObject({ margin: 3.33, currencies: [{ code: '$.', name: 'USD' }] });
    expect(one.instrument).not.toHaveProperty('limitedRiskPremium');
    expect(one.dealingRules).not.toHaveProperty('trailingStopsPreference');
    expect(three).toEqual(two);
    expect(three.instrument).toMatchObject({ name: 'EUR/USD ', type: 'CURRENCIES', unit: 'CONTRACTS', expiry: '-', lotSize: 10, contractSize: '100000', valueOfOnePip: '10.00', marginFactor: 3.33, marginFactorUnit: 'PERCENTAGE', limitedRiskPremium: { value: 1.2, unit: 'POINTS' }, openingHours: null });
    expect(three.snapshot).toMatchObject({ marketStatus: 'TRADEABLE', decimalPlacesFactor: 5, scalingFactor: 10_000, binaryOdds: null });
  });

  test('quotes are JSON numbers that keep their trailing zeros', async () => {
    for (const { epic: name, decimals } of instruments) {
      const { text } = await get(`/markets/${name}`, 3);
      const [, bid = ''] = /"bid":([\d.]+)/.exec(text)!;
      expect((bid.split('.')[1] ?? '').length, name).toBe(decimals);
    }
  });

  test('many markets come in an order of their own; SNAPSHOT_ONLY empties the instrument', async () => {
    const epics = [epic, 'CS.D.CFDGOLD.CFDGC.IP', 'CS.D.BITCOIN.CFD.IP'];
    const { body } = await get(`/markets?epics=${epics.join()}`, 2);
    const names = body.marketDetails.map(({ instrument }: { instrument: { epic: string } }) => instrument.epic);
    expect(names).not.toEqual(epics);
    expect([...names].sort()).toEqual([...epics].sort());
    const only = (await get(`/markets?epics=${epic}&filter=SNAPSHOT_ONLY`, 2)).body.marketDetails[0];
    expect(only.dealingRules).toBeNull();
    expect(only.instrument).toMatchObject({ epic, type: 'CURRENCIES', name: null, currencies: null, forceOpenAllowed: false });
    expect(only.snapshot.bid).toBeGreaterThan(1);
  });

  test('search finds by name, epic or market id; no match is an empty list', async () => {
    const found = async (term: string) => (await get(`/markets?searchTerm=${encodeURIComponent(term)}`)).body.markets.map((market: { epic: string }) => market.epic);
    expect(await found('eur/usd')).toContain(epic);
    expect(await found('bitcoin')).toEqual(['CS.D.BITCOIN.CFD.IP']);
    expect(await found('US500')).toEqual(['IX.D.SPTRD.IFMM.IP', 'IX.D.SPTRD.IFM.IP']);
    expect(await found('nothing like it')).toEqual([]);
  });

  test('the tree has nodes without markets and leaves without nodes', async () => {
    const { nodes, markets } = (await get('/marketnavigation')).body;
    expect(markets).toBeNull();
    const leaf = (await get(`/marketnavigation/${nodes[0].id}`)).body;
    expect(leaf.nodes).toBeNull();
    expect(leaf.markets[0]).toMatchObject({ epic, lotSize: 10, otcTradeable: true });
  });

  test('accounts show a balance for the active one only, and the application its allowances', async () => {
    expect((await get('/accounts/')).body.accounts).toMatchObject([{ accountId: 'ABC12', status: 'ENABLED', accountAlias: null, balance: { balance: 10_000 } }, { accountId: 'XYZ99', balance: null }]);
    expect((await get('/operations/application')).body).toMatchObject([{ status: 'ENABLED', concurrentSubscriptionsLimit: 40 }]);
  });
});

describe('price history', () => {
  test('the three versions give the same candles with their own dates', async () => {
    const [v1, v2, v3] = [await get(`/prices/${epic}/MINUTE/3`, 1), await get(`/prices/${epic}/MINUTE/3`, 2), await get(`/prices/${epic}?resolution=MINUTE&max=3`, 3)];
    const strip = (answer: typeof v1) => answer.body.prices.map(({ snapshotTime: _, snapshotTimeUTC: __, ...row }: Record<string, unknown>) => row);
    expect(strip(v1)).toEqual(strip(v2));
    expect(strip(v3)).toEqual(strip(v2));
    const now = clock.now().toISOString();
    expect(v3.body.prices[2].snapshotTimeUTC).toBe(`${now.slice(0, 16)}:00`);
    expect(v2.body.prices[2].snapshotTime).toBe(`${now.slice(0, 10).replaceAll('-', '/')} ${now.slice(11, 16)}:00`);
    expect(v1.body.prices[2].snapshotTime).toBe(`${now.slice(0, 10).replaceAll('-', ':')}-${now.slice(11, 16)}:00`);
    expect(v1.body.allowance.totalAllowance).toBeGreaterThan(0);
    expect(v3.body).toMatchObject({ instrumentType: 'CURRENCIES', metadata: { size: 3, pageData: { pageSize: 20, pageNumber: 1, totalPages: 1 } } });
  });

  test('a range by dates is the same in all three forms and includes both ends', async () => {
    const bodies = [
      await get(`/prices/${epic}?resolution=HOUR&from=2026-01-05T03:00:00&to=2026-01-05T05:00:00`, 3),
      await get(`/prices/${epic}/HOUR/2026-01-05%2003:00:00/2026-01-05%2005:00:00`, 2),
      await get(`/prices/${epic}/HOUR?startdate=2026:01:05-03:00:00&enddate=2026:01:05-05:00:00`, 1),
    ].map(({ body }) => body.prices.map((row: { snapshotTime: string }) => row.snapshotTime.slice(-8)));
    expect(bodies).toEqual([['03:00:00', '04:00:00', '05:00:00'], ['03:00:00', '04:00:00', '05:00:00'], ['03:00:00', '04:00:00', '05:00:00']]);
  });

  test('pages join up to the whole; page size 0 is everything at once', async () => {
    const query = `/prices/${epic}?resolution=MINUTE_5&from=2026-01-05T00:00:00&to=2026-01-05T03:55:00`;
    const all = (await get(`${query}&pageSize=0`, 3)).body;
    expect(all.prices).toHaveLength(48);
    const pages = await Promise.all([1, 2, 3, 4].map(async (page) => (await get(`${query}&pageNumber=${page}`, 3)).body));
    expect(pages.map(({ metadata }) => metadata.size)).toEqual([20, 20, 8, 0]);
    expect(pages[0].metadata.pageData).toEqual({ pageSize: 20, pageNumber: 1, totalPages: 3 });
    expect(pages.flatMap(({ prices }) => prices)).toEqual(all.prices);
  });

  test('the running candle closes at the snapshot\'s quote', async () => {
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
      for (let i = 0; i < n; i++) seen.push((await demo.call('GET', path, { headers })).body.errorCode ?? 'ok');
      return seen;
    };
    expect(await codes(11, '/accounts')).toEqual([...Array(10).fill('ok'), 'error.public-api.exceeded-account-allowance']);
    expect((await codes(10, '/session')).at(-1)).toBe('error.public-api.exceeded-api-key-allowance');
    clock.advance(60_000);
    expect(await codes(1, '/accounts')).toEqual(['ok']);
  });

  test('history spends a point a row; an empty week is refused and a new week starts afresh', async () => {
    await using demo = await testSimulator({ clock, allowances: { ...demoAllowances, historicalPoints: 12 } });
    const headers = await demo.logIn();
    const prices = (n: number) => demo.call('GET', `/prices/${epic}?max=${n}&pageSize=0`, { version: 3, headers });
    const { allowance } = (await prices(10)).body.metadata;
    expect(allowance).toMatchObject({ remainingAllowance: 2, totalAllowance: 12 });
    expect(await prices(3)).toMatchObject({ status: 403, body: { errorCode: 'error.public-api.exceeded-account-historical-data-allowance' } });
    expect((await prices(2)).status).toBe(200);
    clock.advance(allowance.allowanceExpiry * 1_000);
    const again = await demo.logIn();
    expect((await demo.call('GET', `/prices/${epic}?max=1`, { version: 3, headers: again })).status).toBe(200);
  });
});

test('two simulators with one seed agree on every price at one instant', async () => {
  await using other = await testSimulator({ clock });
  const headers = await other.logIn();
  const fresh = await simulator.logIn();
  for (const { epic: name } of instruments) {
    const theirs = await other.call('GET', `/markets/${name}`, { version: 3, headers });
    expect((await call('GET', `/markets/${name}`, { version: 3, headers: fresh })).body.snapshot).toEqual(theirs.body.snapshot);
  }
});

test('whatever is sent, the answer is JSON and no server error', async () => {
  const headers = await simulator.logIn();
  const path = fc.oneof(
    fc.constantFrom('/session', '/session/refresh-token', '/markets', `/markets/${epic}`, `/prices/${epic}`, '/accounts', '/marketnavigation'),
    fc.string({ maxLength: 20 }).map((text) => `/${encodeURIComponent(text)}`),
    fc.tuple(fc.constantFrom('MINUTE', 'DAY', 'x'), fc.string({ maxLength: 12 }).filter((text) => !/^[.]{1,2}$/.test(text))).map(([resolution, text]) => `/prices/${epic}/${resolution}/${encodeURIComponent(text)}`),
    fc.tuple(fc.constantFrom('epics', 'searchTerm', 'filter'), fc.string()).map(([key, value]) => `/markets?${key}=${encodeURIComponent(value)}`),
    fc.tuple(fc.constantFrom('from', 'to', 'max', 'pageSize', 'pageNumber', 'resolution'), fc.string()).map(([key, value]) => `/prices/${epic}?${key}=${encodeURIComponent(value)}`),
  );
  const request = fc.record({
    path, method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'), version: fc.constantFrom<number | string>(1, 2, 3, 4, '', 'x', -1),
    text: fc.oneof(fc.json(), fc.string(), fc.constant(JSON.stringify({ identifier: ['x'], password: {} })), fc.record({ identifier: fc.anything(), password: fc.anything() }).map((value) => JSON.stringify(value) ?? '')),
    headers: fc.constantFrom<Record<string, string>>(headers, {}, { ...headers, _method: 'DELETE' }, { Authorization: 'Bearer x' }),
  });
  await fc.assert(fc.asyncProperty(request, async ({ path: where, method, version, text, headers: sent }) => {
    const logsOut = where.startsWith('/session') && (method === 'DELETE' || sent['_method'] === 'DELETE');
    const { status, body } = await call(method, where, { version, headers: logsOut ? {} : sent, ...(method === 'GET' ? {} : { text }) });
    expect(status).toBeLessThan(500);
    if (status >= 400) expect(body).toEqual({ errorCode: expect.any(String) });
  }), { numRuns: 300, seed: 5 });
});
