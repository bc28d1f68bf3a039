import { expect, test } from 'vitest';
import { z } from 'zod';
import { errorCodes } from '../../shared/errors.ts';
import { systemClock } from '../lib/clock.ts';
import { jane, janeTypes } from '../testing/account-rig.ts';
import { testApp } from '../testing/test-app.ts';
import { testBroker } from '../testing/test-broker.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import { createOpenApi, type OpenApiDocument } from './openapi.ts';
import { describeRouter, restTable, restTags } from './router.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
const document = () =>
  createOpenApi({ router: describeRouter(), table: restTable, tags: restTags, version: '1.2.3' });

/** Every object of a tree, with its path. */
function* walk(value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>];
  for (const [key, item] of Object.entries(value)) yield* walk(item, `${at}/${key}`);
}
const lookUp = (tree: unknown, ref: string) =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], tree);

/** Of five places, as IG's REST spells it: without zeros at the end, where its stream keeps them. */
const readPrice = /^\d\.(\d{0,4}[1-9]|0)$/;

test('every $ref leads somewhere, every operation has its own id, path fields and answers', () => {
  const doc = document();
  const refs = [...walk(doc)].flatMap(([at, { $ref }]) => (typeof $ref === 'string' ? [{ at, $ref }] : []));
  expect(refs.length).toBeGreaterThan(restTable.length);
  expect(refs.filter(({ $ref }) => typeof lookUp(doc, $ref) !== 'object')).toEqual([]);
  const operations = Object.entries(doc.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
    restTable.map(({ procedure }) => procedure).sort(),
  );
  for (const { path, parameters = [], summary, responses, security, 'x-scope': scope } of operations) {
    const inPath = (parameters as { in: string; name: string; required: boolean }[]).filter(
      (parameter) => parameter.in === 'path',
    );
    expect(inPath).toEqual(
      [...path.matchAll(/\{(\w+)\}/g)].map((match) =>
        expect.objectContaining({ name: match[1], required: true }),
      ),
    );
    expect(summary).not.toBe('');
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining([
        Object.keys(responses).find((status) => status.startsWith('2')) ?? 'an answer',
        '400',
        '429',
        '500',
        '503',
        ...(scope === 'public' ? [] : ['401', '403']),
      ]),
    );
    expect(security).toEqual(scope === 'public' ? [] : [{ bearer: [] }, { cookie: [] }]);
  }
  expect(doc.components.schemas['Instant']).toMatchObject({ type: 'string', format: 'date-time' });
  expect(Object.keys(doc.components.examples)).toEqual(errorCodes);
});

test('wherever an answer or an event names an account, it says whether that is simulated, demo or live', () => {
  const { components } = document();
  const schemas = Object.entries(components.schemas).filter(([name]) => !name.endsWith('Input'));
  const naming = [...walk(Object.fromEntries(schemas))].flatMap(([at, { properties }]) =>
    typeof properties === 'object' && properties !== null && 'accountId' in properties
      ? [{ at, says: 'environment' in properties }]
      : [],
  );
  expect(naming.length).toBeGreaterThan(5);
  expect(naming.filter(({ says }) => !says)).toEqual([]);
});

test('two schemas of one name that differ, and a row without a procedure, are refused when the document is made', () => {
  const [one, other] = [
    z.object({ a: z.string() }).meta({ id: 'SameName' }),
    z.object({ b: z.string() }).meta({ id: 'SameName' }),
  ];
  const both = router({
    t: router({
      a: publicProcedure.output(one).query(() => ({ a: '' })),
      b: publicProcedure.output(other).query(() => ({ b: '' })),
    }),
  });
  const rows = (...names: string[]) =>
    names.map(
      (name) => ({ method: 'GET', path: `/${name}`, procedure: `t.${name}`, summary: name }) as const,
    );
  const making = (...names: string[]) => {
    createOpenApi({ router: both, table: rows(...names), tags: {}, version: '1' });
  };
  expect(() => making('a')).not.toThrow();
  expect(() => making('a', 'b')).toThrow('SameName');
  expect(() => making('c')).toThrow('there is no procedure t.c');
});

test('the examples of inputs fit the schemas they stand beside', () => {
  const doc = document();
  const bodies = Object.values(doc.paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ operationId, requestBody }) => {
      const body = requestBody as
        { content: Record<string, { schema: object; example?: unknown }> } | undefined;
      return body ? [{ operationId, ...body.content['application/json']! }] : [];
    });
  expect(bodies.map(({ operationId }) => operationId)).toEqual(
    expect.arrayContaining(['auth.register', 'trading.openPosition']),
  );
  for (const { operationId, schema, example } of bodies)
    expect([operationId, checker(doc, schema).safeParse(example).error]).toEqual([operationId, undefined]);
});

/** The document's schema as a check, its components beside it. */
const checker = (doc: OpenApiDocument, schema: object) =>
  z.fromJSONSchema(
    JSON.parse(
      JSON.stringify({ ...schema, $defs: doc.components.schemas }).replaceAll(
        '#/components/schemas/',
        '#/$defs/',
      ),
    ),
  );

test('a user of plain HTTP signs up, reads, deals and leaves; every answer is what the document says', async () => {
  await using live = await testBroker({ clock: systemClock, logins: [jane] });
  await using app = await testApp({ env: { IG_LIVE_BASE_URL: live.login.baseUrl } });
  expect(await app.settled(10_000)).toEqual([]); // the feed’s first heartbeat comes within a second or so
  const { origin } = new URL(app.url);
  const doc = (await (await fetch(`${app.url}/api/openapi.json`)).json()) as OpenApiDocument;
  const seen = new Set<string>();
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
    const { schema } = operation.responses[String(answer.status)]!.content['application/json'] as {
      schema: object;
    };
    expect([operation.operationId, answer.status, checker(doc, schema).safeParse(json).error]).toEqual([
      operation.operationId,
      answer.status,
      undefined,
    ]);
    if (answer.ok) seen.add(operation.operationId);
    return { status: answer.status, headers: answer.headers, json };
  }
  const credentials = { email: 'ada@example.com', password: 'correct horse battery' };
  await ask('POST', '/api/auth/register', '/api/auth/register', { body: { ...credentials, name: 'Ada' } });
  expect(
    (await ask('POST', '/api/auth/register', '/api/auth/register', { body: { ...credentials, name: 'Ada' } }))
      .json.code,
  ).toBe('auth.email_taken');
  expect(
    (
      await ask('POST', '/api/auth/login', '/api/auth/login', {
        body: { ...credentials, password: 'wrong password' },
      })
    ).json.code,
  ).toBe('auth.invalid_credentials');
  expect((await ask('GET', '/api/users/me', '/api/users/me')).json.code).toBe('auth.required');
  const signedIn = await ask('POST', '/api/auth/login/', '/api/auth/login', { body: credentials });
  const cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!;
  const renewed = await ask('POST', '/api/token/refresh', '/api/token/refresh', {
    body: { refreshToken: signedIn.json.refreshToken },
  });
  headers = { authorization: `Bearer ${renewed.json.accessToken}` };

  expect((await ask('GET', '/api/users/me', '/api/users/me')).json.email).toBe('ada@example.com');
  await ask('GET', '/api/market-data/markets?query=EUR', '/api/market-data/markets');
  const kind = '/api/market-data/navigation?category=FOREX&limit=1';
  expect((await ask('GET', kind, '/api/market-data/navigation')).json.markets).toHaveLength(1);
  expect(
    (await ask('GET', '/api/market-data/markets', '/api/market-data/markets')).json.fields,
  ).toHaveProperty('query');
  await ask('GET', `/api/market-data/markets/${epic}/`, '/api/market-data/markets/{epic}');
  expect(
    (await ask('GET', '/api/market-data/markets/CS.D.NOTHING.CFD.IP', '/api/market-data/markets/{epic}')).json
      .code,
  ).toBe('market_data.unknown_epic');
  expect(
    (await ask('GET', `/api/market-data/prices?epics=${epic}`, '/api/market-data/prices')).json.prices,
  ).toMatchObject([{ epic, at: expect.stringMatching(/Z$/), bid: expect.stringMatching(readPrice) }]);
  expect(
    (await ask('GET', `/api/market-data/prices?epics=${epic}&feed=live`, '/api/market-data/prices')).json
      .code,
  ).toBe('market_data.unknown_feed');

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
  const quick = await ask(
    'DELETE',
    `/api/trading/positions/${opened.json.dealId}?waitMs=0`,
    '/api/trading/positions/{dealId}',
    { headers: { 'idempotency-key': 'intent-2' } },
  );
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

  const limits = { maxSize: '2', maxDailyLoss: '500' };
  expect((await ask('PUT', '/api/trading/risk', '/api/trading/risk', { body: limits })).json).toMatchObject({
    environment: 'simulated',
    limits,
  });
  expect((await ask('GET', '/api/trading/risk', '/api/trading/risk')).json).toMatchObject({
    dealingState: 'active',
    today: { timeZone: 'UTC' },
  });
  const typed = { ...janeTypes, environment: 'live' };
  const { json: connected } = await ask('POST', '/api/accounts', '/api/accounts', { body: typed });
  expect(connected.accounts).toMatchObject([{ environment: 'live' }, { type: 'SPREADBET' }]);
  const own = `/api/accounts/${connected.accounts[0].id}`;
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
  expect((await ask('PATCH', own, '/api/accounts/{id}', { body: { name: 'Mine' } })).json.name).toBe('Mine');
  await ask('PUT', `${own}/credentials`, '/api/accounts/{id}/credentials', {
    body: { password: jane.password },
  });
  expect((await ask('DELETE', own, '/api/accounts/{id}')).json.disconnectedAt).toMatch(/Z$/);
  expect((await ask('DELETE', own, '/api/accounts/{id}')).json.code).toBe('accounts.disconnected');

  const {
    notifications: [told],
  } = (await ask('GET', '/api/notifications', '/api/notifications')).json;
  expect(
    (await ask('GET', '/api/notifications/unread-count', '/api/notifications/unread-count')).json.unreadCount,
  ).toBeGreaterThan(0);
  await ask('POST', `/api/notifications/${told.id}/read`, '/api/notifications/{id}/read');
  expect(
    (await ask('POST', '/api/notifications/read-all', '/api/notifications/read-all')).json.unreadCount,
  ).toBe(0);

  expect((await ask('GET', '/api/system/status', '/api/system/status')).json).toMatchObject({
    ready: true,
    defaultFeed: 'simulated',
  });
  await ask('GET', '/api/system/time', '/api/system/time');
  headers = { cookie, origin };
  await ask('POST', '/api/auth/logout', '/api/auth/logout');
  headers = { authorization: `Bearer ${renewed.json.accessToken}` };
  expect((await ask('GET', '/api/users/me', '/api/users/me')).json.code).toBe('auth.token_invalid');
  expect([...seen].sort()).toEqual(restTable.map(({ procedure }) => procedure).sort());
}, 60_000);
