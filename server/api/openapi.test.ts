import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Market, MarketSummary, Tick } from '../../shared/market-data.ts';
import { errorCodes } from '../../shared/errors.ts';
import { describeRouter } from '../../scripts/openapi.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createBus } from '../messaging/index.ts';
import { createAuditModule } from '../modules/audit/index.ts';
import { createAuthModule } from '../modules/auth/index.ts';
import { createMarketDataModule } from '../modules/market-data/index.ts';
import type { LivePrices, MarketCatalogue } from '../modules/market-data/ports.ts';
import { createUsersModule } from '../modules/users/index.ts';
import { edgeOrigin, healthySystem, startEdge } from '../testing/edge.ts';
import { testDb } from '../testing/test-db.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import { createOpenApi, type OpenApiDocument } from './openapi.ts';
import { restTable } from './rest-table.ts';
import { createAppRouter } from './router.ts';

const document = () => createOpenApi({ router: describeRouter(), table: restTable, version: '1.2.3' });

/** Every object of a tree, with its path. */
function* walk(value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>];
  for (const [key, item] of Object.entries(value)) yield* walk(item, `${at}/${key}`);
}
const lookUp = (tree: unknown, ref: string) => ref.slice(2).split('/').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], tree);

test('every $ref leads somewhere, every operation has its own id, path fields and answers', () => {
  const doc = document();
  for (const [at, { $ref }] of walk(doc)) if (typeof $ref === 'string') expect([at, typeof lookUp(doc, $ref)]).toEqual([at, 'object']);
  const operations = Object.entries(doc.paths).flatMap(([path, methods]) => Object.values(methods).map((operation) => ({ path, ...operation })));
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(restTable.map(({ procedure }) => procedure).sort());
  for (const { path, parameters = [], summary, responses, security, 'x-scope': scope } of operations) {
    const inPath = (parameters as { in: string; name: string; required: boolean }[]).filter((parameter) => parameter.in === 'path');
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => expect.objectContaining({ name: match[1], required: true })));
    expect(summary).not.toBe('');
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '429', '500', '503', ...(scope === 'public' ? [] : ['401', '403'])]));
    expect(security).toEqual(scope === 'public' ? [] : [{ bearer: [] }, { cookie: [] }]);
  }
  expect(doc.components.schemas['Instant']).toMatchObject({ type: 'string', format: 'date-time' });
  expect(Object.keys(doc.components.examples)).toEqual(errorCodes);
});

test('two schemas of one name that differ, and a row without a procedure, are refused when the document is made', () => {
  const [one, other] = [z.object({ a: z.string() }).meta({ id: 'SameName' }), z.object({ b: z.string() }).meta({ id: 'SameName' })];
  const both = router({ t: router({ a: publicProcedure.output(one).query(() => ({ a: '' })), b: publicProcedure.output(other).query(() => ({ b: '' })) }) });
  const rows = (...names: string[]) => names.map((name) => ({ method: 'GET', path: `/${name}`, procedure: `t.${name}`, summary: name }) as const);
  expect(() => createOpenApi({ router: both, table: rows('a'), version: '1' })).not.toThrow();
  expect(() => createOpenApi({ router: both, table: rows('a', 'b'), version: '1' })).toThrow('SameName');
  expect(() => createOpenApi({ router: both, table: rows('c'), version: '1' })).toThrow('there is no procedure t.c');
});

test('the examples of inputs fit the schemas they stand beside', () => {
  const doc = document();
  for (const methods of Object.values(doc.paths)) {
    for (const operation of Object.values(methods)) {
      const body = (operation.requestBody as { content: Record<string, { schema: object; example?: unknown }> } | undefined)?.content['application/json'];
      if (body) expect([operation.operationId, checker(doc, body.schema).safeParse(body.example).error]).toEqual([operation.operationId, undefined]);
    }
  }
});

/** The document's schema as a check, its components beside it. */
const checker = (doc: OpenApiDocument, schema: object) =>
  z.fromJSONSchema(JSON.parse(JSON.stringify({ ...schema, $defs: doc.components.schemas }).replaceAll('#/components/schemas/', '#/$defs/')));

const summary: MarketSummary = {
  feed: 'simulated', epic: 'CS.D.EURUSD.CFD.IP', name: 'EUR/USD', type: 'CURRENCIES', expiry: '-', bid: '1.10000', offer: '1.10006', high: null, low: '1.09', netChange: '-0.001', netChangePct: '-0.1',
  marketState: 'tradeable', delayMinutes: 0, streaming: true,
};
const points = { unit: 'points', value: '1' } as const;
const market: Market = {
  ...summary, currencies: [{ code: 'USD', isDefault: true }], unit: 'CONTRACTS', lotSize: '1', contractSize: '100000', valueOfOnePip: '10', onePipMeans: '0.0001 USD/EUR', decimalPlaces: 5, scalingFactor: '10000',
  marginFactor: '3.33', marginFactorUnit: 'percentage', forceOpenAllowed: true, stopsLimitsAllowed: true, guaranteedStopsAllowed: true,
  dealingRules: { minDealSize: points, minStepDistance: null, minNormalStopOrLimitDistance: points, maxStopOrLimitDistance: points, minGuaranteedStopDistance: points, marketOrders: true, trailingStops: false },
};
const tick: Tick = { feed: 'simulated', epic: summary.epic, seq: 7, bid: '1.10000', offer: '1.10006', high: null, low: null, netChange: null, netChangePct: null, marketState: 'tradeable', at: new Date('2026-01-05T09:00:00Z'), receivedAt: new Date('2026-01-05T09:00:00.010Z'), stale: false };
const catalogue: MarketCatalogue = { feeds: ['simulated'], search: async () => [summary], getMany: async (_feed, epics) => (epics.includes(summary.epic) ? [market] : []), quotes: async () => [tick] };
const prices: LivePrices = { latest: () => undefined, subscribe: () => (async function* () {})(), health: () => [{ feed: 'simulated', state: 'up', since: tick.at, reason: null, items: 1 }] };

test('a user of plain HTTP signs up, reads everything and leaves; every answer is what the document says', async () => {
  await using db = await testDb();
  const { database } = db;
  const ids = createIds(systemClock);
  const bus = await createBus({ logger: silentLogger, clock: systemClock });
  const auth = createAuthModule({ database, ids, clock: systemClock, bus, logger: silentLogger, settings: { secretKey: 'a secret of thirty-two characters!', accessTokenMinutes: 15, refreshTokenMinutes: 60, production: false } });
  const system = healthySystem({ defaultFeed: () => 'simulated', feeds: prices.health, database: () => database.pool.query('select 1') });
  const app = createAppRouter({ auth, users: createUsersModule({ database }), marketData: createMarketDataModule({ catalogue, prices }), system });
  try {
    await using edge = await startEdge({ router: app, authenticate: auth.authenticate, audit: createAuditModule({ database, ids, clock: systemClock, logger: silentLogger }), over: { system } });
    const doc = (await edge.ask('/api/openapi.json')).json as OpenApiDocument;
    expect(doc.info.version).toBe('1.2.3');
    const seen = new Set<string>();
    /** Asks, and holds the answer against the document. */
    async function ask(method: string, path: string, template: string, given: { headers?: Record<string, string>; body?: object } = {}) {
      const answer = await edge.ask(path, { method, ...given });
      const operation = doc.paths[template]![method.toLowerCase()]!;
      const schema = (operation.responses[String(answer.status)]!.content['application/json'] as { schema: object }).schema;
      expect([operation.operationId, answer.status, checker(doc, schema).safeParse(answer.json).error]).toEqual([operation.operationId, answer.status, undefined]);
      if (answer.status === 200) seen.add(operation.operationId);
      return answer;
    }
    const credentials = { email: 'ada@example.com', password: 'correct horse battery' };
    await ask('POST', '/api/auth/register', '/api/auth/register', { body: { ...credentials, name: 'Ada' } });
    expect((await ask('POST', '/api/auth/register', '/api/auth/register', { body: { ...credentials, name: 'Ada' } })).json.code).toBe('auth.email_taken');
    expect((await ask('POST', '/api/auth/login', '/api/auth/login', { body: { ...credentials, password: 'wrong password' } })).json.code).toBe('auth.invalid_credentials');
    const signedIn = await ask('POST', '/api/auth/login/', '/api/auth/login', { body: credentials });
    const renewed = await ask('POST', '/api/token/refresh', '/api/token/refresh', { body: { refreshToken: signedIn.json.refreshToken } });
    const headers = { authorization: `Bearer ${renewed.json.accessToken}` };
    const cookie = String(signedIn.headers['set-cookie']![0]).split(';')[0]!;

    expect((await ask('GET', '/api/users/me', '/api/users/me', { headers })).json.email).toBe('ada@example.com');
    expect((await ask('GET', '/api/users/me', '/api/users/me')).json.code).toBe('auth.required');
    await ask('GET', '/api/market-data/markets?query=EUR', '/api/market-data/markets', { headers });
    expect((await ask('GET', '/api/market-data/markets', '/api/market-data/markets', { headers })).json.fields).toHaveProperty('query');
    await ask('GET', `/api/market-data/markets/${market.epic}/`, '/api/market-data/markets/{epic}', { headers });
    expect((await ask('GET', '/api/market-data/markets/CS.D.NOTHING.CFD.IP', '/api/market-data/markets/{epic}', { headers })).json.code).toBe('market_data.unknown_epic');
    expect((await ask('GET', `/api/market-data/prices?epics=${market.epic}`, '/api/market-data/prices', { headers })).json.prices).toMatchObject([{ at: '2026-01-05T09:00:00.000Z', bid: '1.10000' }]);
    expect((await ask('GET', `/api/market-data/prices?epics=${market.epic}&feed=live`, '/api/market-data/prices', { headers })).json.code).toBe('market_data.unknown_feed');
    expect((await ask('GET', '/api/system/status', '/api/system/status')).json).toMatchObject({ ready: true, defaultFeed: 'simulated' });
    await ask('GET', '/api/system/time', '/api/system/time');
    await ask('POST', '/api/auth/logout', '/api/auth/logout', { headers: { cookie, origin: edgeOrigin } });
    expect((await ask('GET', '/api/users/me', '/api/users/me', { headers })).json.code).toBe('auth.token_invalid');
    expect([...seen].sort()).toEqual(restTable.map(({ procedure }) => procedure).sort());
    const { rows } = await database.pool.query<{ action: string; outcome: string }>('select action, outcome from audit_log');
    expect(rows.map(({ action, outcome }) => `${action} ${outcome}`).sort()).toEqual(['auth.login auth.invalid_credentials', 'auth.login ok', 'auth.logout ok', 'auth.refresh ok', 'auth.register auth.email_taken', 'auth.register ok']);
  } finally {
    await auth.close();
    await bus.close();
  }
});
