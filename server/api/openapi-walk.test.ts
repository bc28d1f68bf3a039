// Somebody who has nothing but HTTP, from signing up to the end of their account: every procedure once, each answer held against the document.
import pg from 'pg';
import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { jane, janeTypes } from '../testing/account-rig.ts';
import { addUser } from '../testing/kit.ts';
import { mailedCode } from '../testing/mailed-code.ts';
import { checker } from '../testing/openapi-checker.ts';
import { createAnswerRecorder } from '../testing/recorded-answers.ts';
import { testApp } from '../testing/test-app.ts';
import { testBroker } from '../testing/test-broker.ts';
import { totpCode } from '../modules/auth/totp.ts';
import type { OpenApiDocument } from './openapi.ts';
import { restTable } from './router.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
/** Of five places, as IG's REST spells it: without zeros at the end, where its stream keeps them. */
const readPrice = /^\d\.(\d{0,4}[1-9]|0)$/;

/** A run of a schedule that failed, as a worker would leave it. */
async function failJob(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(`insert into pgboss.job (name, state) values ('auth.delete-expired', 'failed')`);
  await client.end();
}

test('a user of plain HTTP signs up, reads, deals and leaves; every answer is what the document says', async () => {
  await using live = await testBroker({ clock: systemClock, logins: [jane] });
  await using app = await testApp({ env: { IG_LIVE_BASE_URL: live.login.baseUrl } });
  expect(await app.settled(10_000)).toEqual([]); // the feed’s first heartbeat comes within a second or so
  const { origin } = new URL(app.url);
  const doc = (await (await fetch(`${app.url}/api/openapi.json`)).json()) as OpenApiDocument;
  const seen = new Set<string>();
  const recorder = createAnswerRecorder(systemClock.now);
  let headers: Record<string, string> = {};
  /** Asks, and holds the answer against the document. */
  async function ask(
    method: string,
    path: string,
    template: string,
    given: { headers?: Record<string, string>; body?: object } = {},
  ) {
    const body = given.body && { body: JSON.stringify(given.body) };
    const answer = await fetch(app.url + path, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers, ...given.headers },
      ...body,
    });
    const json = (await answer.json()) as Record<string, any>;
    const operation = doc.paths[template]![method.toLowerCase()]!;
    const { schema } = operation.responses[String(answer.status)]!.content!['application/json'] as {
      schema: object;
    };
    expect([operation.operationId, answer.status, checker(doc, schema).safeParse(json).error]).toEqual([
      operation.operationId,
      answer.status,
      undefined,
    ]);
    if (answer.ok) {
      seen.add(operation.operationId);
      recorder.note(operation.operationId, answer.status, json);
    }
    return { status: answer.status, headers: answer.headers, json };
  }
  const credentials = { email: 'ada@example.com', password: 'correct horse battery' };
  await ask('POST', '/api/auth/register', '/api/auth/register', { body: { ...credentials, name: 'Ada' } });
  expect(
    (
      await ask('POST', '/api/auth/login', '/api/auth/login', {
        body: { ...credentials, password: 'wrong password' },
      })
    ).json.code,
  ).toBe('auth.invalid_credentials');
  expect((await ask('GET', '/api/users/me', '/api/users/me')).json.code).toBe('auth.required');
  // Codes come by mail: for the address, then for a new password.
  const mailed = { body: { email: credentials.email } };
  const verify = '/api/auth/verify-email';
  await ask('POST', `${verify}/resend`, `${verify}/resend`, mailed);
  await ask('POST', verify, verify, {
    body: { code: await mailedCode(app.url, credentials.email), password: credentials.password },
  });
  const reset = '/api/auth/password-reset';
  await ask('POST', reset, reset, mailed);
  const code = await mailedCode(app.url, credentials.email, 'a new password');
  await ask('POST', `${reset}/confirm`, `${reset}/confirm`, {
    body: { ...credentials, email: undefined, code },
  });
  const signedIn = await ask('POST', '/api/auth/login/', '/api/auth/login', { body: credentials });
  const cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!;
  const renewed = await ask('POST', '/api/token/refresh', '/api/token/refresh', {
    body: { refreshToken: signedIn.json.refreshToken },
  });
  headers = { authorization: `Bearer ${renewed.json.accessToken}` };

  expect((await ask('GET', '/api/users/me', '/api/users/me')).json.email).toBe('ada@example.com');
  expect((await ask('GET', '/api/users/me/export', '/api/users/me/export')).json.table).toBe('users');
  expect(
    (await ask('PATCH', '/api/users/me', '/api/users/me', { body: { country: 'GB' } })).json.country,
  ).toBe('GB');
  const { password } = credentials;
  await ask('POST', '/api/auth/password', '/api/auth/password', {
    body: { password, newPassword: password },
  });
  await fetch(`${app.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(credentials),
  });
  const devices = '/api/auth/sessions';
  const elsewhere = (await ask('GET', devices, devices)).json.sessions.find((each: any) => !each.current);
  await ask('DELETE', `${devices}/${elsewhere.id}`, `${devices}/{id}`);
  const totp = '/api/auth/totp';
  const stepUp = '/api/auth/step-up';
  await ask('POST', stepUp, stepUp, { body: { password } });
  const { secret } = (await ask('POST', totp, totp)).json;
  await ask('POST', `${totp}/confirm`, `${totp}/confirm`, {
    body: { code: totpCode(secret, systemClock.now()) },
  });
  expect((await ask('GET', '/api/users/me', '/api/users/me')).json.twoFactor).toEqual({
    enabled: true,
    recoveryCodesLeft: 10,
  });
  const lost = await ask('POST', `${totp}/recovery-codes`, `${totp}/recovery-codes`);
  const [oneCode, anotherCode] = lost.json.recoveryCodes;
  expect((await ask('POST', '/api/auth/login', '/api/auth/login', { body: credentials })).json.code).toBe(
    'auth.code_required',
  );
  expect((await ask('POST', stepUp, stepUp, { body: { password } })).json.code).toBe('auth.code_required');
  expect((await ask('POST', stepUp, stepUp, { body: { code: oneCode } })).json.provedUntil).toMatch(/Z$/);
  await ask('POST', `${totp}/disable`, `${totp}/disable`, { body: { code: anotherCode } });
  const keys = '/api/auth/api-keys';
  const made = await ask('POST', keys, keys, { body: { name: 'bot', scopes: ['market'] } });
  expect((await ask('GET', keys, keys)).json.apiKeys).toMatchObject([{ id: made.json.id, lastUsedAt: null }]);
  await ask('DELETE', `${keys}/${made.json.id}`, `${keys}/{id}`);
  await ask('GET', '/api/market-data/markets?query=EUR', '/api/market-data/markets');
  const kind = '/api/market-data/navigation?category=FOREX&limit=1';
  expect((await ask('GET', kind, '/api/market-data/navigation')).json.markets).toHaveLength(1);
  expect(
    (await ask('GET', '/api/market-data/markets', '/api/market-data/markets')).json.fields,
  ).toHaveProperty('query');
  await ask('GET', `/api/market-data/markets/${epic}/`, '/api/market-data/markets/{epic}');
  const tagged = await ask('GET', '/api/market-data/navigation', '/api/market-data/navigation');
  expect(
    await fetch(`${app.url}/api/market-data/navigation`, {
      headers: { ...headers, 'if-none-match': tagged.headers.get('etag')! },
    }),
  ).toMatchObject({ status: 304 });
  expect(doc.paths['/api/market-data/navigation']!['get']!.responses['304']).toMatchObject({
    headers: { ETag: expect.any(Object) },
  });
  expect(
    (await ask('GET', '/api/market-data/markets/CS.D.NOTHING.CFD.IP', '/api/market-data/markets/{epic}')).json
      .code,
  ).toBe('market_data.unknown_epic');
  expect(
    (await ask('GET', `/api/market-data/prices?epics=${epic}`, '/api/market-data/prices')).json.prices,
  ).toMatchObject([{ epic, at: expect.stringMatching(/Z$/), bid: expect.stringMatching(readPrice) }]);
  const marketPath = [
    `/api/market-data/markets/${epic}/sentiment`,
    '/api/market-data/markets/{epic}/sentiment',
  ];
  expect((await ask('GET', marketPath[0]!, marketPath[1]!)).json).toMatchObject({ marketId: 'EURUSD' });
  const [lists, oneList] = ['/api/market-data/watchlists', '/api/market-data/watchlists/{id}'];
  expect((await ask('GET', lists, lists)).json.watchlists).toMatchObject([{ name: 'Popular markets' }]);
  const list = await ask('POST', lists, lists, { body: { name: 'Mine', epics: [epic] } });
  expect(list).toMatchObject({ status: 201, json: { epics: [epic], version: 1 } });
  const ofList = list.headers.get('location')!;
  expect((await ask('GET', ofList, oneList)).json).toMatchObject({ rows: [{ epic, quote: { epic } }] });
  const renamed = { version: 1, name: 'Ours', place: 0 };
  expect((await ask('PATCH', ofList, oneList, { body: renamed })).json).toMatchObject({ version: 2 });
  expect((await ask('PATCH', ofList, oneList, { body: renamed })).json.code).toBe(
    'market_data.watchlist_changed',
  );
  expect((await ask('DELETE', ofList, oneList)).json).toEqual({ id: list.json.id });
  expect((await ask('DELETE', ofList, oneList)).json.code).toBe('market_data.watchlist_not_found');
  expect((await ask('POST', `${lists}/import`, `${lists}/import`, { body: {} })).json).toEqual({
    watchlists: [],
  });
  expect(
    (await ask('GET', `/api/market-data/prices?epics=${epic}&feed=live`, '/api/market-data/prices')).json
      .code,
  ).toBe('market_data.unknown_feed');
  const candles = '/api/market-data/candles/{epic}';
  const page = await ask('GET', `/api/market-data/candles/${epic}?resolution=MINUTE&limit=20`, candles);
  expect(page.json).toMatchObject({ format: 'rows', resolution: 'MINUTE', gaps: expect.any(Array) });
  const columns = await ask(
    'GET',
    `/api/market-data/candles/${epic}?resolution=DAY&format=columns&limit=2`,
    candles,
  );
  expect(columns.json).toMatchObject({ format: 'columns', resolution: 'DAY' });
  expect(
    (await ask('GET', `/api/market-data/candles/${epic}?resolution=DAY&limit=501`, candles)).json.fields,
  ).toHaveProperty('limit');

  const {
    accounts: [account],
  } = (await ask('GET', '/api/accounts', '/api/accounts')).json;
  await ask('GET', `/api/accounts/${account.id}`, '/api/accounts/{id}');
  expect((await ask('GET', '/api/trading/summary', '/api/trading/summary')).json).toMatchObject({
    accountId: account.id,
    cash: '10000',
  });
  const order = { epic, direction: 'BUY', size: '2', waitMs: 10_000 };
  const open = (key: string, body: object = order) =>
    ask('POST', '/api/trading/positions', '/api/trading/positions', {
      body,
      headers: { 'idempotency-key': key },
    });
  expect(
    (await ask('POST', '/api/trading/positions', '/api/trading/positions', { body: order })).json.fields,
  ).toHaveProperty('idempotencyKey');
  expect((await open('refused-1', { ...order, size: '0.01' })).json).toMatchObject({
    status: 'denied',
    reason: { code: 'size_below_minimum', message: 'The size 0.01 is below the minimum of 1.0.' },
  });
  const opened = await open('intent-1');
  expect(opened).toMatchObject({ status: 200, json: { status: 'accepted', replayed: false } });
  expect((await open('intent-1')).json).toMatchObject({ id: opened.json.id, replayed: true });
  expect(await open('intent-1', { ...order, size: '3' })).toMatchObject({
    status: 422,
    json: { code: 'trading.key_reused' },
  });
  const { positions } = (await ask('GET', '/api/trading/positions', '/api/trading/positions')).json;
  expect(positions).toMatchObject([{ dealId: opened.json.dealId, size: '2' }]);
  await ask('GET', `/api/trading/deals/${opened.json.id}`, '/api/trading/deals/{id}');
  const part = await ask(
    'DELETE',
    `/api/trading/positions/${opened.json.dealId}?waitMs=10000`,
    '/api/trading/positions/{dealId}',
    { headers: { 'idempotency-key': 'intent-part' }, body: { size: '1' } },
  );
  expect(part.json).toMatchObject({ status: 'accepted', size: '1' });
  expect((await ask('GET', '/api/trading/positions', '/api/trading/positions')).json.positions).toMatchObject(
    [{ dealId: opened.json.dealId, size: '1' }],
  );
  const amended = await ask(
    'PATCH',
    `/api/trading/positions/${opened.json.dealId}`,
    '/api/trading/positions/{dealId}',
    { headers: { 'idempotency-key': 'intent-amend' }, body: { limitLevel: '1.9', waitMs: 10_000 } },
  );
  expect(amended.json).toMatchObject({ kind: 'amend', status: 'accepted', limitLevel: '1.9' });
  const placed = await ask('POST', '/api/trading/orders', '/api/trading/orders', {
    headers: { 'idempotency-key': 'intent-order' },
    body: { epic, direction: 'BUY', size: '2', type: 'limit', level: '0.9', waitMs: 10_000 },
  });
  expect(placed.json).toMatchObject({ kind: 'place_order', status: 'accepted', orderLevel: '0.9' });
  const [ofOrder, byOrder] = [`/api/trading/orders/${placed.json.dealId}`, '/api/trading/orders/{dealId}'];
  const moved = await ask('PATCH', ofOrder, byOrder, {
    headers: { 'idempotency-key': 'intent-order-amend' },
    body: { goodTillAt: '2030-01-01T00:00:00Z', waitMs: 10_000 },
  });
  expect(moved.json).toMatchObject({ status: 'accepted', goodTillAt: '2030-01-01T00:00:00.000Z' });
  expect((await ask('GET', '/api/trading/orders', '/api/trading/orders')).json.orders).toMatchObject([
    { dealId: placed.json.dealId, goodTillAt: '2030-01-01T00:00:00.000Z', state: 'open' },
  ]);
  const cancelled = await ask('DELETE', `${ofOrder}?waitMs=10000`, byOrder, {
    headers: { 'idempotency-key': 'intent-order-cancel' },
  });
  expect(cancelled.json).toMatchObject({ kind: 'cancel_order', status: 'accepted' });
  expect((await ask('GET', ofOrder, byOrder)).json).toMatchObject({ state: 'cancelled' });
  const closeQuickly = () =>
    ask(
      'DELETE',
      `/api/trading/positions/${opened.json.dealId}?waitMs=0`,
      '/api/trading/positions/{dealId}',
      { headers: { 'idempotency-key': 'intent-2' } },
    );
  let quick = await closeQuickly();
  // A busy machine may not answer in time: whoever is told so asks again.
  for (let left = 5; quick.status === 503 && left > 0; left--) quick = await closeQuickly();
  expect([quick.status, quick.headers.get('location')]).toEqual(
    ['accepted', 'rejected'].includes(quick.json.status)
      ? [200, null]
      : [202, `/api/trading/deals/${quick.json.id}`],
  );
  expect(
    (
      await ask(
        'DELETE',
        `/api/trading/positions/${opened.json.dealId}?waitMs=10000`,
        '/api/trading/positions/{dealId}',
        { headers: { 'idempotency-key': 'intent-2' } },
      )
    ).json,
  ).toMatchObject({ id: quick.json.id, replayed: true });
  expect(
    (await ask('GET', '/api/trading/deals?limit=2', '/api/trading/deals')).json.nextCursor,
  ).not.toBeNull();

  const byKey = '/api/trading/deals/by-key/{idempotencyKey}';
  expect((await ask('GET', '/api/trading/deals/by-key/intent-1', byKey)).json.id).toBe(opened.json.id);
  expect((await ask('GET', '/api/trading/deals/by-key/never-sent', byKey)).json.code).toBe(
    'trading.deal_not_found',
  );
  const [ofPosition, byPosition] = [
    `/api/trading/positions/${opened.json.dealId}`,
    '/api/trading/positions/{dealId}',
  ];
  expect((await ask('GET', ofPosition, byPosition)).json.dealId).toBe(opened.json.dealId);
  const refused = await ask('GET', '/api/trading/deals?status=denied,rejected&limit=1', '/api/trading/deals');
  expect(refused.json.deals).toMatchObject([{ status: 'denied' }]);
  const { json: firstEvents } = await ask(
    'GET',
    '/api/trading/events?after=0&limit=3',
    '/api/trading/events',
  );
  expect(firstEvents).toMatchObject({ next: '3', recovered: true });
  const { json: read } = await ask('POST', '/api/trading/reconcile', '/api/trading/reconcile', { body: {} });
  expect(read).toMatchObject({ accountId: account.id, environment: 'simulated' });

  const { activity } = (await ask('GET', '/api/trading/activity?limit=500', '/api/trading/activity')).json;
  expect(activity).toContainEqual(
    expect.objectContaining({ deal: opened.json.id, source: 'ftrader', environment: 'simulated' }),
  );
  const cashMoves = await ask('GET', '/api/trading/transactions', '/api/trading/transactions');
  // The broker dates them to the second: among those of one second no order is told.
  expect(cashMoves.json.transactions).toContainEqual(
    expect.objectContaining({ type: 'deposit', amount: '10000.00' }),
  );
  expect((await ask('GET', '/api/trading/drift', '/api/trading/drift')).json).toMatchObject({
    readAt: expect.stringMatching(/Z$/),
    openBreaks: 0,
  });
  expect((await ask('GET', '/api/trading/breaks', '/api/trading/breaks')).json.breaks).toEqual([]);

  const bounds = { epic: 'CS.D.EURUSD.CFD.IP', maxOrdersPerMinute: 50 };
  const limits = { maxSize: '2', maxDailyLoss: '500', maxOrdersPerDay: 1_000, epics: [bounds] };
  expect((await ask('PUT', '/api/trading/risk', '/api/trading/risk', { body: limits })).json).toMatchObject({
    environment: 'simulated',
    limits,
  });
  expect((await ask('GET', '/api/trading/risk', '/api/trading/risk')).json).toMatchObject({
    dealingState: 'active',
    uses: expect.arrayContaining([expect.objectContaining({ limit: 'maxOrdersPerMinute', max: '50' })]),
    today: { timeZone: 'UTC' },
  });
  const preview = (body: object, headers = {}) =>
    ask('POST', '/api/trading/preview', '/api/trading/preview', { body, headers });
  const large = { openPosition: { epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY', size: '3' } };
  expect((await preview(large)).json).toMatchObject({
    environment: 'simulated',
    wouldBe: 'denied',
    reason: { code: 'size_limit', size: '3', limit: '2', message: expect.stringContaining('3') },
    currency: 'GBP',
  });
  expect((await preview({ ...large, cancelOrder: { dealId: 'DIA' } })).json.fields).toHaveProperty('(input)');
  const halt = { dealingState: 'halted', scope: 'user', reason: 'a drill' };
  const switched = (body: object) =>
    ask('PUT', '/api/trading/dealing-state', '/api/trading/dealing-state', { body });
  expect((await switched(halt)).json.accounts).toMatchObject([{ dealingState: 'halted' }]);
  expect((await switched({ ...halt, accountId: account.id })).json.fields).toHaveProperty('accountId');
  expect((await switched({ ...halt, dealingState: 'active' })).json.accounts).toMatchObject([
    { dealingState: 'active', switches: [] },
  ]);
  const target = await ask('PUT', '/api/trading/targets/CS.D.EURUSD.CFD.IP', '/api/trading/targets/{epic}', {
    headers: { 'idempotency-key': 'intent-target' },
    body: { netSize: '0', waitMs: 10_000 },
  });
  expect(target.json).toMatchObject({ epic: 'CS.D.EURUSD.CFD.IP', netSize: '0', environment: 'simulated' });
  expect(target.status).toBe({ running: 202, done: 200, incomplete: 207 }[target.json.status as 'done']);
  for (const name of ['close-all', 'cancel-all', 'flatten']) {
    const ended = await ask('POST', `/api/trading/${name}`, `/api/trading/${name}`, {
      headers: { 'idempotency-key': `intent-${name}` },
      body: { waitMs: 10_000 },
    });
    expect(ended.json).toMatchObject({ accountId: account.id, environment: 'simulated', replayed: false });
    expect(ended.status).toBe(ended.json.status === 'running' ? 202 : 200);
    const { id } = ended.json;
    const again = await ask('GET', `/api/trading/sagas/${id}`, '/api/trading/sagas/{id}');
    expect(again.json).toMatchObject({ id, kind: ended.json.kind });
  }
  const deadMan = (method: string, body?: object) =>
    ask(method, '/api/trading/dead-man', '/api/trading/dead-man', body && { body });
  expect((await deadMan('PUT', { afterMs: 60_000, action: 'flatten' })).json.deadMan.firesAt).toMatch(/Z$/);
  expect((await deadMan('DELETE')).json.deadMan).toBeNull();
  const typed = { ...janeTypes, environment: 'live' };
  const { json: connected } = await ask('POST', '/api/accounts', '/api/accounts', { body: typed });
  expect(connected.accounts).toMatchObject([{ environment: 'live' }, { type: 'SPREADBET' }]);
  const own = `/api/accounts/${connected.accounts[0].id}`;
  const faults = `/api/accounts/${account.id}/faults`;
  const armed = await ask('PUT', `${faults}/lost_confirm`, '/api/accounts/{id}/faults/{fault}', {
    body: { on: true },
  });
  expect(armed.json.faults).toContainEqual(
    expect.objectContaining({ fault: 'lost_confirm', state: 'armed' }),
  );
  await ask('PUT', `${faults}/lost_confirm`, '/api/accounts/{id}/faults/{fault}', { body: { on: false } });
  expect((await ask('GET', faults, '/api/accounts/{id}/faults')).json.faults[0]).toMatchObject({
    state: 'off',
  });
  expect((await ask('GET', `${own}/faults`, '/api/accounts/{id}/faults')).json.code).toBe(
    'accounts.not_simulated',
  );
  expect(
    (await ask('POST', '/api/accounts', '/api/accounts', { body: { ...typed, password: 'no' } })).json.code,
  ).toBe('broker.login_failed');
  const enable = (password: string) =>
    ask('POST', `${own}/live-dealing`, '/api/accounts/{id}/live-dealing', { body: { password } });
  expect((await enable('a guess')).json.code).toBe('auth.wrong_password');
  expect((await enable(credentials.password)).json.liveDealing).toBe(true);
  expect(
    (await ask('DELETE', `${own}/live-dealing`, '/api/accounts/{id}/live-dealing')).json.liveDealing,
  ).toBe(false);
  expect((await ask('POST', `${own}/test`, '/api/accounts/{id}/test')).json.health.state).toBe('up');
  expect((await ask('POST', `${own}/default`, '/api/accounts/{id}/default')).json.isDefault).toBe(true);
  expect((await ask('GET', `${own}/allowance`, '/api/accounts/{id}/allowance')).json.buckets).not.toEqual([]);
  expect((await ask('PATCH', own, '/api/accounts/{id}', { body: { name: 'Mine' } })).json.name).toBe('Mine');
  await ask('PUT', `${own}/credentials`, '/api/accounts/{id}/credentials', {
    body: { password: jane.password },
  });
  expect((await ask('DELETE', own, '/api/accounts/{id}')).json.disconnectedAt).toMatch(/Z$/);
  expect((await ask('DELETE', own, '/api/accounts/{id}')).json.code).toBe('accounts.disconnected');

  const portfolio = await ask('POST', '/api/portfolio', '/api/portfolio', {
    body: { name: 'Shares', baseCurrency: 'GBP', startsOn: '2025-01-01' },
  });
  const folder = `/api/portfolio/${portfolio.json.id}`;
  expect(portfolio).toMatchObject({ status: 201 });
  expect(portfolio.headers.get('location')).toBe(folder);
  // The deals above may have made another one by now.
  expect((await ask('GET', '/api/portfolio', '/api/portfolio')).json.portfolios).toContainEqual(
    portfolio.json,
  );
  await ask('PATCH', folder, '/api/portfolio/{id}', { body: { tags: ['pension'] } });
  expect((await ask('GET', folder, '/api/portfolio/{id}')).json.tags).toEqual(['pension']);
  const enter = (key: string, terms: object) =>
    ask('POST', `${folder}/transactions`, '/api/portfolio/{id}/transactions', {
      headers: { 'idempotency-key': key },
      body: { at: '2025-06-02T09:00:00Z', terms },
    });
  const shares = { instrument: 'VOD', quantity: '100', price: '80.5', currency: 'GBX' };
  await enter('portfolio-buys', { kind: 'buy', ...shares, fee: '5' });
  const slip = await enter('portfolio-sells', { kind: 'sell', ...shares });
  expect((await enter('portfolio-sells-more', { kind: 'sell', ...shares })).json.fields).toHaveProperty([
    'terms.quantity',
  ]);
  const gains = `${folder}/gains?method=section_104&taxYear=uk`;
  expect((await ask('GET', gains, '/api/portfolio/{id}/gains')).json.years).toMatchObject([
    { taxYear: '2025/26', gainBase: '-5' },
  ]);
  expect((await ask('GET', `${folder}/trades`, '/api/portfolio/{id}/trades')).json.trades).toHaveLength(1);
  await ask(
    'POST',
    `${folder}/transactions/${slip.json.id}/reversal`,
    '/api/portfolio/{id}/transactions/{txId}/reversal',
    { headers: { 'idempotency-key': 'portfolio-reverses' }, body: {} },
  );
  expect(
    (await ask('GET', `${folder}/transactions`, '/api/portfolio/{id}/transactions')).json.transactions,
  ).toHaveLength(3);
  const price = { instrument: 'VOD', on: '2025-06-02', price: '81', currency: 'GBX' };
  await ask('PUT', '/api/portfolio/prices', '/api/portfolio/prices', { body: { prices: [price] } });
  expect((await ask('GET', '/api/portfolio/prices', '/api/portfolio/prices')).json.entries).toHaveLength(1);
  const held = `${folder}/holdings?asOf=2025-06-02T12:00:00Z`;
  expect((await ask('GET', held, '/api/portfolio/{id}/holdings')).json.valueBase).toBe('-4.5');
  const period = `${folder}/performance?from=2025-06-02&to=2025-06-02`;
  expect((await ask('GET', period, '/api/portfolio/{id}/performance')).json.gain).toBe('-4.5');
  const days = `${folder}/valuations?from=2025-06-02&to=2025-06-02`;
  expect((await ask('GET', days, '/api/portfolio/{id}/valuations')).json.valuations).toMatchObject([
    { on: '2025-06-02', value: '-4.5', missing: [] },
  ]);
  const gained = `${period.replace('/performance', '/explain')}&figure=gain`;
  const explained = await ask('GET', gained, '/api/portfolio/{id}/explain');
  expect(explained.json).toMatchObject({ value: '-4.5', term: { is: 'sum', value: '-4.5' } });
  const statement = `${folder}/statement?on=${price.on}`;
  expect((await ask('GET', statement, '/api/portfolio/{id}/statement')).json.noBroker).toBe('own_portfolio');
  const exported = await ask('GET', `${folder}/export?format=json`, '/api/portfolio/{id}/export');
  const ledger = { profile: 'ftrader', csv: exported.json.csv };
  expect(
    (await ask('POST', `${folder}/import/preview`, '/api/portfolio/{id}/import/preview', { body: ledger }))
      .json.found,
  ).toMatchObject([{ outcome: 'there' }, { outcome: 'there' }, { outcome: 'there' }]);
  const oneMore = { profile: 'ftrader', csv: 'at,kind,amount,currency\n2025-06-03,deposit,5,GBP\n' };
  const path = `${folder}/import`;
  expect((await ask('POST', path, '/api/portfolio/{id}/import', { body: oneMore })).json).toMatchObject({
    transactions: 1,
    lastNumber: 4,
  });
  expect((await ask('DELETE', folder, '/api/portfolio/{id}')).json.transactions).toBe(4);

  const {
    notifications: [told],
  } = (await ask('GET', '/api/notifications', '/api/notifications')).json;
  expect(
    (await ask('GET', '/api/notifications/unread-count', '/api/notifications/unread-count')).json.unreadCount,
  ).toBeGreaterThan(0);
  for (const move of ['read', 'unread', 'archive', 'unarchive'])
    await ask('POST', `/api/notifications/${told.id}/${move}`, `/api/notifications/{ids}/${move}`);
  expect(
    (await ask('GET', '/api/notifications/events?after=0', '/api/notifications/events')).json.recovered,
  ).toBe(true);
  const [ofAlerts, oneAlert] = ['/api/notifications/alerts', '/api/notifications/alerts/{id}'];
  const alert = await ask('POST', ofAlerts, ofAlerts, {
    body: { condition: { kind: 'price', epic, side: 'bid', direction: 'up', level: '9.5' } },
  });
  expect(alert).toMatchObject({ status: 201, json: { state: 'armed', condition: { level: '9.5' } } });
  expect((await ask('GET', ofAlerts, ofAlerts)).json.alerts).toMatchObject([{ id: alert.json.id }]);
  const changed = await ask('PATCH', `${ofAlerts}/${alert.json.id}`, oneAlert, { body: { note: 'high' } });
  expect(changed.json).toMatchObject({ id: alert.json.id, note: 'high' });
  expect((await ask('DELETE', `${ofAlerts}/${alert.json.id}`, oneAlert)).json).toEqual({ id: alert.json.id });
  expect((await ask('DELETE', `${ofAlerts}/${alert.json.id}`, oneAlert)).json.code).toBe(
    'notifications.alert_not_found',
  );
  expect(
    (await ask('POST', '/api/notifications/read-all', '/api/notifications/read-all')).json.unreadCount,
  ).toBe(0);

  const preferences = '/api/notifications/preferences';
  const quiet = { from: '22:30', to: '07:00', timeZone: 'Europe/London' };
  await ask('PUT', preferences, preferences, {
    body: { kinds: [{ kind: 'deal.rejected', channels: { email: false } }], quietHours: quiet },
  });
  expect((await ask('GET', preferences, preferences)).json.quietHours).toEqual(quiet);
  const hooks = '/api/notifications/webhooks';
  expect(
    (await ask('POST', hooks, hooks, { body: { name: 'bot', url: 'https://127.0.0.1/' } })).json.fields,
  ).toHaveProperty('url');
  const hook = await ask('POST', hooks, hooks, { body: { name: 'bot', url: 'https://hook.invalid/' } });
  expect(hook).toMatchObject({ status: 201, json: { secret: expect.stringMatching(/^whsec_/) } });
  const ofHook = `${hooks}/${hook.json.id}`;
  await ask('PATCH', ofHook, `${hooks}/{id}`, { body: { state: 'paused' } });
  await ask('POST', `${ofHook}/rotate-secret`, `${hooks}/{id}/rotate-secret`);
  expect((await ask('GET', hooks, hooks)).json.webhooks).toMatchObject([{ state: 'paused' }]);
  const tried = await ask('POST', '/api/notifications/test', '/api/notifications/test', {
    body: { channel: 'in_app' },
  });
  expect(tried.json.state).toBe('delivered');
  const sent = `${hooks}/deliveries`;
  expect((await ask('GET', `${sent}?state=delivered&limit=1`, sent)).json.deliveries[0].id).toBe(
    tried.json.id,
  );
  await ask('POST', `${sent}/${tried.json.id}/redeliver`, `${sent}/{id}/redeliver`);
  await ask('DELETE', ofHook, `${hooks}/{id}`);

  const [ofSignals, oneSignal] = ['/api/signals', '/api/signals/{id}'];
  const terms = { name: 'alerts', scopes: ['trade:open'], epics: [epic], maxSize: '1', dryRun: true };
  const madeSignal = await ask('POST', ofSignals, ofSignals, { body: { ...terms, accountId: account.id } });
  expect(madeSignal).toMatchObject({ status: 201, json: { secret: expect.stringMatching(/^fts_/) } });
  const mySignal = `${ofSignals}/${madeSignal.json.id}`;
  const said = { action: 'open', epic, direction: 'buy', size: '1', at: new Date().toISOString() };
  const signal = (body: object) => ask('POST', mySignal, oneSignal, { body });
  expect((await signal({ ...said, secret: madeSignal.json.secret })).json.previews).toHaveLength(1);
  expect((await signal({ ...said, secret: 'fts_wrong' })).json.code).toBe('signals.unknown');
  expect((await ask('PATCH', mySignal, oneSignal, { body: { state: 'paused' } })).json.state).toBe('paused');
  expect((await signal({ ...said, secret: madeSignal.json.secret })).json.code).toBe('signals.paused');
  expect((await ask('GET', ofSignals, ofSignals)).json.signals).toMatchObject([{ name: 'alerts' }]);
  expect((await ask('DELETE', mySignal, oneSignal)).json).toEqual({ ok: true });

  expect((await ask('GET', '/api/system/status', '/api/system/status')).json).toMatchObject({
    ready: true,
    defaultFeed: 'simulated',
  });
  await ask('GET', '/api/system/time', '/api/system/time');
  headers = { cookie, origin };
  await ask('POST', '/api/auth/logout', '/api/auth/logout');
  headers = { authorization: `Bearer ${renewed.json.accessToken}` };
  expect((await ask('GET', '/api/users/me', '/api/users/me')).json.code).toBe('auth.token_invalid');

  const operator = new pg.Client({ connectionString: app.databaseUrl });
  await operator.connect();
  await operator.query('update users set is_admin = true where email = $1', [credentials.email]);
  await operator.end();
  headers = {};
  const again = await ask('POST', '/api/auth/login', '/api/auth/login', { body: credentials });
  headers = { authorization: `Bearer ${again.json.accessToken}` };
  const everything = { for: { scope: 'everything' } };
  const halting = await ask('POST', '/api/admin/halt-dealing', '/api/admin/halt-dealing', {
    body: { ...everything, reason: 'a drill' },
  });
  expect(halting.json.halts).toMatchObject([{ scope: 'everything', reason: 'a drill' }]);
  const resuming = await ask('POST', '/api/admin/resume-dealing', '/api/admin/resume-dealing', {
    body: everything,
  });
  expect(resuming.json).toEqual({ halts: [] });

  const people = '/api/admin/users';
  await addUser(app, { ...credentials, email: 'bob@example.com', name: 'Bob' });
  const [bob] = (await ask('GET', `${people}?query=bob@`, people)).json.users;
  const ofBob = (method: string, action = '', body?: object) =>
    ask(method, `${people}/${bob.id}${action}`, `${people}/{id}${action}`, body && { body });
  expect((await ofBob('PUT', '/role', { role: 'admin' })).json.user.isAdmin).toBe(true);
  expect((await ofBob('PUT', '/role', { role: 'user' })).json.ended).toEqual({ sessions: 0, apiKeys: 0 });
  expect((await ofBob('POST', '/revoke-sessions', {})).json.ended.sessions).toBe(0);
  expect((await ofBob('POST', '/disable')).json.user.disabledAt).toMatch(/Z$/);
  expect((await ofBob('POST', '/enable')).json.user.disabledAt).toBeNull();
  expect((await ofBob('GET')).json).toMatchObject({ email: 'bob@example.com', accounts: [], halts: [] });
  expect((await ask('GET', `${people}/user_gone`, `${people}/{id}`)).json.code).toBe('admin.user_not_found');
  const feeds = (await ask('GET', '/api/admin/feeds', '/api/admin/feeds')).json;
  expect(feeds).toMatchObject({ database: { ok: true }, bus: { ok: true } });
  expect(feeds.feeds).toContainEqual(expect.objectContaining({ feed: 'simulated', state: 'up' }));
  expect(feeds.accounts).toContainEqual(
    expect.objectContaining({ accountId: account.id, environment: 'simulated', state: 'up' }),
  );
  expect(feeds.leases).toContainEqual(expect.objectContaining({ name: 'simulated', held: true }));
  const audit = '/api/admin/audit';
  const { entries } = (await ask('GET', `${audit}?action=admin.&outcome=ok&limit=2`, audit)).json;
  expect(entries.map(({ action }: any) => action)).toEqual(['admin.enableUser', 'admin.disableUser']);
  const schedules = (await ask('GET', '/api/admin/schedules', '/api/admin/schedules')).json;
  expect(schedules.schedules).toContainEqual(
    expect.objectContaining({ name: 'auth.delete-expired', nextRunAt: expect.stringMatching(/Z$/) }),
  );
  await failJob(app.databaseUrl);
  const jobs = '/api/admin/jobs';
  const [failed] = (await ask('GET', `${jobs}?name=auth.delete-expired`, jobs)).json.jobs;
  const redriven = await ask('POST', `${jobs}/${failed.id}/redrive`, `${jobs}/{id}/redrive`);
  expect(redriven.json).toMatchObject({ id: failed.id, retryLimit: 3 });

  await ofBob('PUT', '/role', { role: 'admin' }); // so that whoever goes is not the last one
  const everywhere = '/api/auth/logout-everywhere';
  expect((await ask('POST', everywhere, everywhere, { body: { apiKeys: true } })).json).toEqual({
    sessions: 1,
    apiKeys: 0,
  });

  const last = await ask('POST', '/api/auth/login', '/api/auth/login', { body: credentials });
  headers = { authorization: `Bearer ${last.json.accessToken}` };
  const [mine, next] = ['/api/users/me', 'ada@example.org'];
  await ask('POST', `${mine}/email`, `${mine}/email`, { body: { email: next } });
  const confirmed = { code: await mailedCode(app.url, next, 'confirm your new e-mail address') };
  const now = await ask('POST', `${mine}/email/confirm`, `${mine}/email/confirm`, { body: confirmed });
  expect(now.json.email).toBe(next);
  expect((await ask('DELETE', mine, mine)).json).toEqual({ ok: true });
  expect((await ask('GET', mine, mine)).json.code).toBe('auth.token_invalid');
  expect([...seen].sort()).toEqual(restTable.map(({ procedure }) => procedure).sort());
  await recorder.save();
}, 60_000);
