import { expect, test } from 'vitest';
import { z } from 'zod';
import { DecimalText, Instant } from '../../shared/primitives.ts';
import { startEdge } from '../testing/edge.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import type { RestRoute, RestRows, Success } from '../trpc/rest.ts';
import { createOpenApi } from './openapi.ts';
import { describeRouter, restTable } from './router.ts';
import { listProcedures } from './schemas.ts';

const Fields = z.object({
  id: z.string().optional(),
  count: z.number().int().optional(),
  ratio: z.number().nullish(),
  live: z.boolean().optional(),
  size: DecimalText.optional(),
  from: Instant.optional(),
  names: z.array(z.string()).max(4).optional(),
  counts: z.array(z.number()).optional(),
});
const Nested = z.object({
  deals: z.array(z.object({ at: Instant, label: z.string() })),
  either: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('a'), at: Instant }),
    z.object({ kind: z.literal('b'), until: Instant.nullable() }),
  ]),
});
/** Says what arrived, with the kind of each value. */
const kinds = (value: object) =>
  Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      item instanceof Date ? `Date ${item.toISOString()}` : item,
    ]),
  );
const echo = router({
  echo: router({
    get: publicProcedure.input(Fields).query(({ input }) => kinds(input)),
    getOne: publicProcedure.input(Fields).query(({ input }) => kinds(input)),
    putOne: publicProcedure.input(Fields).mutation(({ input }) => kinds(input)),
    put: publicProcedure.input(Fields).mutation(({ input }) => kinds(input)),
    nested: publicProcedure.input(Nested).mutation(({ input }) => ({
      ...kinds(input.either),
      dates: input.deals.map(({ at }) => at instanceof Date),
      deals: input.deals,
    })),
    bare: publicProcedure.query(() => ({ ok: true })),
    make: publicProcedure
      .input(z.object({ name: z.string(), idempotencyKey: z.string() }))
      .mutation(({ input }) => ({ id: `thing_${input.name}`, ...input })),
    byKey: publicProcedure.input(z.object({ idempotencyKey: z.string() })).query(({ input }) => input),
  }),
});
const made: Success<{ id: string }> = {
  statuses: {
    201: { description: 'Made.', location: 'where it is' },
    207: { description: 'Made by halves.' },
  },
  of: ({ id }) => (id === 'thing_half' ? { status: 207 } : { status: 201, location: `/api/things/${id}` }),
};
const table: RestRoute[] = (
  [
    ['GET', '/echo/{id}', 'echo.getOne'],
    ['GET', '/echo', 'echo.get'],
    ['PUT', '/echo/{id}', 'echo.putOne'],
    ['POST', '/echo', 'echo.put'],
    ['POST', '/nested', 'echo.nested'],
    ['GET', '/bare', 'echo.bare'],
  ] as const
).map(([method, path, procedure]) => ({ method, path, procedure, summary: procedure }));
const things: RestRoute[] = [
  { method: 'POST', path: '/things', procedure: 'echo.make', summary: 'Make one', success: made },
  { method: 'GET', path: '/things/{idempotencyKey}', procedure: 'echo.byKey', summary: 'Find one' },
];

test.each<[string, string, unknown]>([
  ['a number', 'count=12', { count: 12 }],
  ['a negative fraction', 'ratio=-0.5', { ratio: -0.5 }],
  ['true and nothing else', 'live=true', { live: true }],
  ['false is false', 'live=false', { live: false }],
  ['a decimal stays text', 'size=1.38780', { size: '1.38780' }],
  ['digits in a text field stay text', 'names=1', { names: ['1'] }],
  ['an instant with Z', 'from=2026-01-05T09:00:00Z', { from: 'Date 2026-01-05T09:00:00.000Z' }],
  [
    'an instant with an offset',
    'from=2026-01-05T09:00:00.5%2B02:00',
    { from: 'Date 2026-01-05T07:00:00.500Z' },
  ],
  ['a comma list', 'names=a,b', { names: ['a', 'b'] }],
  ['repeated keys', 'names=a&names=b,c', { names: ['a', 'b', 'c'] }],
  ['a list of numbers', 'counts=1,2.5', { counts: [1, 2.5] }],
  ['an empty list', 'names=', { names: [] }],
])('query: %s', async (_what, query, arrived) => {
  await using app = await startEdge({ router: echo, table });
  expect((await app.ask(`/api/echo?${query}`)).json).toEqual(arrived);
});

test.each<[string, string, string]>([
  ['1 is not true', 'live=1', 'live'],
  ['TRUE is not true', 'live=TRUE', 'live'],
  ['an empty flag', 'live=', 'live'],
  ['hexadecimal', 'count=0x10', 'count'],
  ['an exponent', 'count=1e3', 'count'],
  ['spaces', 'count=%2012', 'count'],
  ['a fraction for a whole number', 'count=1.5', 'count'],
  ['an instant without offset', 'from=2026-01-05T09:00:00', 'from'],
  ['a day for an instant', 'from=2026-01-05', 'from'],
  ['a day that does not exist', 'from=2026-02-30T09:00:00Z', 'from'],
  ['milliseconds for an instant', 'from=1767603600000', 'from'],
  ['two values for one', 'count=1&count=2', 'count'],
  ['too many', 'names=a,b,c,d,e', 'names'],
])('query: %s is refused by name', async (_what, query, field) => {
  await using app = await startEdge({ router: echo, table });
  const answer = await app.ask(`/api/echo?${query}`);
  expect(answer).toMatchObject({ status: 400, json: { code: 'request.invalid' } });
  expect(Object.keys(answer.json.fields)).toEqual([field]);
});

test('an answer that its caller has is not sent again: its tag is of exactly the bytes, whoever asks, and errors have none', async () => {
  const rows: RestRoute[] = table.map((row) =>
    row.path === '/echo/{id}' && row.method === 'GET' ? { ...row, revalidates: true } : row,
  );
  await using app = await startEdge({ router: echo, table: rows });
  const read = (path: string, condition?: string, method = 'GET') =>
    app.ask(path, { method, headers: condition === undefined ? {} : { 'if-none-match': condition } });
  const first = await read('/api/echo/a?count=1');
  const tag = first.headers.etag!;
  expect(tag).toMatch(/^"[\w-]{43}"$/);
  expect(first.headers['cache-control']).toBe('private, no-cache');
  for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
    const again = await read('/api/echo/a?count=1', condition);
    expect(again).toMatchObject({ status: 304, text: '', headers: { etag: tag } });
    expect(again.headers['x-request-id']).toMatch(/^req_/);
    expect(again.headers).not.toHaveProperty('content-type');
  }
  expect(await read('/api/echo/a?count=1', tag, 'HEAD')).toMatchObject({ status: 304 });
  for (const condition of ['"other"', tag.replaceAll('"', ''), ''])
    expect(await read('/api/echo/a?count=1', condition)).toMatchObject({ status: 200, text: first.text });
  const other = await read('/api/echo/a?count=2', tag);
  expect(other).toMatchObject({ status: 200, json: { count: 2 } });
  expect(other.headers.etag).not.toBe(tag);
  const refused = await read('/api/echo/a?count=x', '*');
  expect(refused).toMatchObject({ status: 400, headers: { 'cache-control': 'no-store' } });
  expect(refused.headers).not.toHaveProperty('etag');
  // What does not say so has no tag.
  expect((await read('/api/echo?count=1')).headers).not.toHaveProperty('etag');
});

test('only a GET that always answers 200 may say that it revalidates', () => {
  const wrong = { ...things[0]!, revalidates: true } as const;
  return expect(startEdge({ router: echo, table: [wrong] })).rejects.toThrow('only a GET');
});

test('unknown query parameters are refused by name, also where there are none at all or the input is a body', async () => {
  await using app = await startEdge({ router: echo, table });
  expect((await app.ask('/api/echo?count=1&limitt=5&__proto__=x')).json.fields).toEqual({
    limitt: 'is not a parameter of this call: leave it out',
    ['__proto__']: 'is not a parameter of this call: leave it out',
  });
  expect(await app.ask('/api/bare?x=1')).toMatchObject({
    status: 400,
    json: { fields: { x: expect.any(String) } },
  });
  expect(await app.ask('/api/echo?count=1', { method: 'POST', body: {} })).toMatchObject({
    status: 400,
    json: { fields: { count: expect.any(String) } },
  });
});

test('a field of the path may hold dots and escapes, and stands there alone', async () => {
  await using app = await startEdge({ router: echo, table });
  expect((await app.ask('/api/echo/CS.D.EURUSD.CFD.IP')).json).toEqual({ id: 'CS.D.EURUSD.CFD.IP' });
  expect((await app.ask('/api/echo/a%2Fb/')).json).toEqual({ id: 'a/b' });
  expect((await app.ask('/api/echo/one', { method: 'PUT', body: { count: 1 } })).json).toEqual({
    id: 'one',
    count: 1,
  });
  for (const refused of [
    await app.ask('/api/echo/one?id=one'),
    await app.ask('/api/echo/one', { method: 'PUT', body: { id: 'one', count: 1 } }),
  ])
    expect(refused).toMatchObject({ status: 400, json: { fields: { id: expect.any(String) } } });
  expect((await app.ask('/api/echo/one', { method: 'PUT' })).json).toEqual({ id: 'one' });
});

test('in a body only instants are read from text: a number in quotes is refused', async () => {
  await using app = await startEdge({ router: echo, table });
  const post = (body: object | string) =>
    app.ask('/api/echo', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(
    (await post({ from: '2026-01-05T10:00:00+01:00', count: 1, live: false, names: ['a,b'] })).json,
  ).toEqual({ from: 'Date 2026-01-05T09:00:00.000Z', count: 1, live: false, names: ['a,b'] });
  for (const body of [
    { count: '1' },
    { live: 'false' },
    { names: 'a,b' },
    { from: '2026-01-05' },
    '[]',
    '"x"',
    'null',
  ])
    expect(await post(body)).toMatchObject({ status: 400, json: { code: 'request.invalid' } });
  expect(
    await app.ask('/api/echo', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }),
  ).toMatchObject({ status: 400, json: { code: 'request.malformed' } });
});

test('instants deep in a body are read, whichever shape of a union holds them, and leave as RFC 3339 with Z', async () => {
  await using app = await startEdge({ router: echo, table });
  const deals = [{ at: '2026-01-05T10:00:00+01:00', label: '2026-01-05T10:00:00Z' }];
  const post = async (either: object) =>
    (await app.ask('/api/nested', { method: 'POST', body: { deals, either } })).json;
  expect(await post({ kind: 'a', at: '2026-01-05T09:00:00Z' })).toMatchObject({
    at: 'Date 2026-01-05T09:00:00.000Z',
    dates: [true],
    deals: [{ at: '2026-01-05T09:00:00.000Z', label: '2026-01-05T10:00:00Z' }],
  });
  expect(await post({ kind: 'b', until: '2026-01-05T09:00:00Z' })).toMatchObject({
    until: 'Date 2026-01-05T09:00:00.000Z',
  });
  expect(await post({ kind: 'b', until: null })).toMatchObject({ until: null });
});

test('a row says with which status and Location a success leaves, and the document lists them', async () => {
  await using app = await startEdge({ router: echo, table: things });
  const make = (name: string) =>
    app.ask('/api/things', { method: 'POST', headers: { 'idempotency-key': 'k' }, body: { name } });
  expect(await make('whole')).toMatchObject({
    status: 201,
    headers: { location: '/api/things/thing_whole' },
    json: { id: 'thing_whole' },
  });
  const half = await make('half');
  expect([half.status, half.headers.location]).toEqual([207, undefined]);
  const { paths } = createOpenApi({ router: echo, table: things, tags: {}, version: '1' });
  const { responses } = paths['/api/things']!['post']!;
  expect(Object.keys(responses).filter((status) => status < '300')).toEqual(['201', '207']);
  expect(responses['201']).toMatchObject({
    description: 'Made.',
    headers: { Location: { description: 'where it is' } },
  });
});

test('an input with an idempotency key takes it in the header and nowhere else, unless the path asks for it', async () => {
  await using app = await startEdge({ router: echo, table: things });
  const make = (headers: Record<string, string>, body: object) =>
    app.ask('/api/things', { method: 'POST', headers, body });
  expect((await make({ 'idempotency-key': 'k' }, { name: 'a' })).json).toMatchObject({ idempotencyKey: 'k' });
  for (const refused of [
    await make({}, { name: 'a' }),
    await make({ 'idempotency-key': 'k' }, { name: 'a', idempotencyKey: 'k' }),
  ])
    expect(refused).toMatchObject({ status: 400, json: { fields: { idempotencyKey: expect.any(String) } } });
  expect((await app.ask('/api/things/k')).json).toEqual({ idempotencyKey: 'k' });
  const { paths } = createOpenApi({ router: echo, table: things, tags: {}, version: '1' });
  expect(paths['/api/things']!['post']!.parameters).toMatchObject([
    { name: 'Idempotency-Key', in: 'header' },
  ]);
  expect(paths['/api/things/{idempotencyKey}']!['get']!.parameters).toMatchObject([
    { name: 'idempotencyKey', in: 'path' },
  ]);
});

test('a row without its procedure, a procedure without its row, a row for a subscription and a misread output do not compile', () => {
  const pair = router({
    one: publicProcedure.query(() => ({ id: 'a' })),
    news: publicProcedure.subscription(async function* () {
      yield 1;
    }),
  });
  type Rows = RestRows<typeof pair>;
  const one: Rows['one'] = { method: 'GET', path: '/one', summary: 'One', success: made };
  const named = ({ name }: { name: string }) => ({ status: 200 as const, location: name });
  // @ts-expect-error its output has no name
  const misread: Rows['one'] = { ...one, success: { ...made, of: named } };
  const rows: Rows[] = [
    { one },
    // @ts-expect-error there is no procedure `two`
    { one, two: one },
    // @ts-expect-error a subscription is no call
    { one, news: one },
    // @ts-expect-error `one` has no row
    {},
  ];
  expect([...rows, misread]).toHaveLength(5);
});

/** They change nothing, and ask too much for a query. */
const readsByBody: readonly string[] = ['trading.preview'];

test('the REST table is the contract: every procedure but subscriptions has its path, and no row is without one', () => {
  const procedures = listProcedures(describeRouter());
  expect(restTable.map(({ procedure }) => procedure).sort()).toEqual(
    procedures
      .filter(({ type }) => type !== 'subscription')
      .map(({ name }) => name)
      .sort(),
  );
  const scopes = new Map(procedures.map(({ name, scope }) => [name, scope]));
  expect(
    restTable.map(({ method, path, procedure }) => `${procedure} ${method} ${path} ${scopes.get(procedure)}`),
  ).toEqual([
    'auth.register POST /auth/register public',
    'auth.login POST /auth/login public',
    'auth.refresh POST /token/refresh public',
    'auth.logout POST /auth/logout session',
    'auth.logoutEverywhere POST /auth/logout-everywhere session',
    'auth.verifyEmail POST /auth/verify-email public',
    'auth.resendVerification POST /auth/verify-email/resend public',
    'auth.requestPasswordReset POST /auth/password-reset public',
    'auth.resetPassword POST /auth/password-reset/confirm public',
    'auth.changePassword POST /auth/password session',
    'auth.listSessions GET /auth/sessions session',
    'auth.revokeSession DELETE /auth/sessions/{id} session',
    'auth.startTotp POST /auth/totp session',
    'auth.confirmTotp POST /auth/totp/confirm session',
    'auth.disableTotp POST /auth/totp/disable session',
    'auth.regenerateRecoveryCodes POST /auth/totp/recovery-codes session',
    'auth.stepUp POST /auth/step-up session',
    'auth.createApiKey POST /auth/api-keys session',
    'auth.listApiKeys GET /auth/api-keys session',
    'auth.revokeApiKey DELETE /auth/api-keys/{id} session',
    'users.me GET /users/me session',
    'users.updateProfile PATCH /users/me session',
    'users.requestEmailChange POST /users/me/email session',
    'users.confirmEmailChange POST /users/me/email/confirm session',
    'users.deleteAccount DELETE /users/me session',
    'users.exportData GET /users/me/export session',
    'marketData.search GET /market-data/markets market',
    'marketData.navigate GET /market-data/navigation market',
    'marketData.get GET /market-data/markets/{epic} market',
    'marketData.sentiment GET /market-data/markets/{epic}/sentiment market',
    'marketData.prices GET /market-data/prices market',
    'marketData.candles GET /market-data/candles/{epic} market',
    'marketData.listWatchlists GET /market-data/watchlists market',
    'marketData.importWatchlists POST /market-data/watchlists/import market',
    'marketData.getWatchlist GET /market-data/watchlists/{id} market',
    'marketData.createWatchlist POST /market-data/watchlists market',
    'marketData.updateWatchlist PATCH /market-data/watchlists/{id} market',
    'marketData.deleteWatchlist DELETE /market-data/watchlists/{id} market',
    'accounts.list GET /accounts account:read',
    'accounts.get GET /accounts/{id} account:read',
    'accounts.allowance GET /accounts/{id}/allowance account:read',
    'accounts.connect POST /accounts session',
    'accounts.test POST /accounts/{id}/test session',
    'accounts.setDefault POST /accounts/{id}/default session',
    'accounts.update PATCH /accounts/{id} session',
    'accounts.updateCredentials PUT /accounts/{id}/credentials session',
    'accounts.enableLiveDealing POST /accounts/{id}/live-dealing session',
    'accounts.disableLiveDealing DELETE /accounts/{id}/live-dealing session',
    'accounts.listFaults GET /accounts/{id}/faults session',
    'accounts.setFault PUT /accounts/{id}/faults/{fault} session',
    'accounts.disconnect DELETE /accounts/{id} session',
    'trading.openPosition POST /trading/positions trade:open',
    'trading.closePosition DELETE /trading/positions/{dealId} trade:close',
    'trading.amendPosition PATCH /trading/positions/{dealId} trade:open',
    'trading.placeOrder POST /trading/orders trade:open',
    'trading.amendOrder PATCH /trading/orders/{dealId} trade:open',
    'trading.cancelOrder DELETE /trading/orders/{dealId} trade:close',
    'trading.preview POST /trading/preview account:read',
    'trading.listOrders GET /trading/orders account:read',
    'trading.getOrder GET /trading/orders/{dealId} account:read',
    'trading.listPositions GET /trading/positions account:read',
    'trading.getPosition GET /trading/positions/{dealId} account:read',
    'trading.listDeals GET /trading/deals account:read',
    'trading.getDeal GET /trading/deals/{id} account:read',
    'trading.findDeal GET /trading/deals/by-key/{idempotencyKey} account:read',
    'trading.listEvents GET /trading/events account:read',
    'trading.listActivity GET /trading/activity account:read',
    'trading.listTransactions GET /trading/transactions account:read',
    'trading.reconcile POST /trading/reconcile account:read',
    'trading.drift GET /trading/drift account:read',
    'trading.listBreaks GET /trading/breaks account:read',
    'trading.summary GET /trading/summary account:read',
    'trading.getRisk GET /trading/risk account:read',
    'trading.setRiskLimits PUT /trading/risk session',
    'trading.setDealingState PUT /trading/dealing-state trade:close',
    'trading.setTarget PUT /trading/targets/{epic} trade:open',
    'trading.closeAll POST /trading/close-all trade:close',
    'trading.cancelAll POST /trading/cancel-all trade:close',
    'trading.flatten POST /trading/flatten trade:close',
    'trading.getSaga GET /trading/sagas/{id} account:read',
    'trading.armDeadMan PUT /trading/dead-man trade:close',
    'trading.disarmDeadMan DELETE /trading/dead-man trade:close',
    'portfolio.list GET /portfolio account:read',
    'portfolio.create POST /portfolio session',
    'portfolio.listPrices GET /portfolio/prices account:read',
    'portfolio.setPrices PUT /portfolio/prices session',
    'portfolio.get GET /portfolio/{id} account:read',
    'portfolio.update PATCH /portfolio/{id} session',
    'portfolio.delete DELETE /portfolio/{id} session',
    'portfolio.holdings GET /portfolio/{id}/holdings account:read',
    'portfolio.transactions GET /portfolio/{id}/transactions account:read',
    'portfolio.addTransaction POST /portfolio/{id}/transactions session',
    'portfolio.reverseTransaction POST /portfolio/{id}/transactions/{txId}/reversal session',
    'portfolio.trades GET /portfolio/{id}/trades account:read',
    'portfolio.gains GET /portfolio/{id}/gains account:read',
    'portfolio.performance GET /portfolio/{id}/performance account:read',
    'portfolio.valuations GET /portfolio/{id}/valuations account:read',
    'portfolio.explain GET /portfolio/{id}/explain account:read',
    'portfolio.statement GET /portfolio/{id}/statement account:read',
    'portfolio.importPreview POST /portfolio/{id}/import/preview session',
    'portfolio.importCommit POST /portfolio/{id}/import session',
    'portfolio.export GET /portfolio/{id}/export session',
    'notifications.list GET /notifications session',
    'notifications.unreadCount GET /notifications/unread-count session',
    'notifications.markRead POST /notifications/{ids}/read session',
    'notifications.markUnread POST /notifications/{ids}/unread session',
    'notifications.markAllRead POST /notifications/read-all session',
    'notifications.archive POST /notifications/{ids}/archive session',
    'notifications.unarchive POST /notifications/{ids}/unarchive session',
    'notifications.listEvents GET /notifications/events session',
    'notifications.getPreferences GET /notifications/preferences session',
    'notifications.setPreferences PUT /notifications/preferences session',
    'notifications.testChannel POST /notifications/test session',
    'notifications.listDeliveries GET /notifications/webhooks/deliveries session',
    'notifications.redeliver POST /notifications/webhooks/deliveries/{id}/redeliver session',
    'notifications.listWebhooks GET /notifications/webhooks session',
    'notifications.createWebhook POST /notifications/webhooks session',
    'notifications.updateWebhook PATCH /notifications/webhooks/{id} session',
    'notifications.deleteWebhook DELETE /notifications/webhooks/{id} session',
    'notifications.rotateWebhookSecret POST /notifications/webhooks/{id}/rotate-secret session',
    'notifications.listAlerts GET /notifications/alerts session',
    'notifications.createAlert POST /notifications/alerts session',
    'notifications.updateAlert PATCH /notifications/alerts/{id} session',
    'notifications.deleteAlert DELETE /notifications/alerts/{id} session',
    'signals.list GET /signals session',
    'signals.create POST /signals session',
    'signals.update PATCH /signals/{id} session',
    'signals.delete DELETE /signals/{id} session',
    'signals.receive POST /signals/{id} public',
    'admin.listUsers GET /admin/users admin',
    'admin.getUser GET /admin/users/{id} admin',
    'admin.setRole PUT /admin/users/{id}/role admin',
    'admin.disableUser POST /admin/users/{id}/disable admin',
    'admin.enableUser POST /admin/users/{id}/enable admin',
    'admin.revokeSessions POST /admin/users/{id}/revoke-sessions admin',
    'admin.haltDealing POST /admin/halt-dealing admin',
    'admin.resumeDealing POST /admin/resume-dealing admin',
    'admin.listJobs GET /admin/jobs admin',
    'admin.redriveJob POST /admin/jobs/{id}/redrive admin',
    'admin.listSchedules GET /admin/schedules admin',
    'admin.listAudit GET /admin/audit admin',
    'admin.feeds GET /admin/feeds admin',
    'system.status GET /system/status public',
    'system.time GET /system/time public',
  ]);
  for (const { method, procedure } of restTable)
    expect([procedure, method === 'GET' || readsByBody.includes(procedure)]).toEqual([
      procedure,
      procedures.find(({ name }) => name === procedure)?.type === 'query',
    ]);
});
