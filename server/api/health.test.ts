// What is told of this server's state, and to whom: readiness, status, metrics.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { healthySystem, startEdge, tokensByName, type EdgeOptions } from '../testing/edge.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { router } from '../trpc/init.ts';

const edge = (over?: EdgeOptions['over']) =>
  startEdge({ router: router({}), table: [], authenticate: tokensByName, ...(over && { over }) });
const bearer = { authorization: 'Bearer good' };

test('ready when the database, the bus and the default feed are known; 503 and which part when not', async () => {
  await using well = await edge();
  expect(await well.ask('/readyz')).toMatchObject({
    status: 200,
    json: { ready: true, parts: { database: { ok: true }, bus: { ok: true }, feed: { ok: true } } },
  });
  await using ill = await edge({
    system: healthySystem({
      database: async () => {
        throw new Error('password=hunter2');
      },
      bus: () => false,
      defaultFeed: () => 'simulated',
    }),
  });
  const answer = await ill.ask('/readyz');
  expect(answer).toMatchObject({
    status: 503,
    json: {
      ready: false,
      parts: {
        database: { ok: false, detail: 'does not answer' },
        bus: { ok: false },
        feed: { ok: false, detail: 'simulated is unknown' },
      },
    },
  });
  expect(answer.text).not.toContain('hunter2');
  expect((await ill.ask('/livez')).status).toBe(200);
});

test('a feed that is down is never ok, nor a database that takes no writes: each says what it is', async () => {
  const down = {
    feed: 'simulated',
    state: 'down' as const,
    since: null,
    tickAgeMs: null,
    reason: null,
    items: 0,
  };
  await using edgeOf = await edge({
    system: healthySystem({
      database: async () => 'takes no writes (read-only)',
      defaultFeed: () => 'simulated',
      feeds: () => [down],
    }),
  });
  expect(await edgeOf.ask('/readyz')).toMatchObject({
    status: 503,
    json: {
      ready: false,
      parts: {
        database: { ok: false, detail: 'takes no writes (read-only)' },
        feed: { ok: false, detail: 'simulated is down' },
      },
    },
  });
});

test('a database that never answers is not ready after two seconds, asked once however many ask', async () => {
  const clock = createManualClock();
  let asked = 0;
  const system = healthySystem({
    clock,
    database: () => {
      asked++;
      return new Promise(() => undefined);
    },
  });
  const both = Promise.all([system.readiness(), system.readiness()]);
  clock.advance(2_000);
  expect((await both).map(({ parts }) => parts.database.detail)).toEqual([
    'no answer within 2000 ms',
    'no answer within 2000 ms',
  ]);
  expect(asked).toBe(1);
});

const since = new Date('2026-01-05T09:00:00Z');
const feed = {
  feed: 'simulated',
  state: 'up',
  since,
  tickAgeMs: 250,
  reason: 'as told',
  items: 12,
} as const;

test('the status tells anybody the feeds and their age and how many accounts are well, and its figures to an admin, this machine and who bears the token', async () => {
  const clock = createManualClock();
  const system = healthySystem({ clock, feeds: () => [feed] });
  await using app = await startEdge({
    router: router({}),
    table: [],
    authenticate: tokensByName,
    metricsToken: 'a-token-of-some-length',
    over: { clock, system, open: () => ({ sockets: 3, eventStreams: 2, subscriptions: 7 }) },
  });
  clock.advance(61_000);
  const behindProxy = { 'x-forwarded-for': '203.0.113.7' };
  const status = async (headers: Record<string, string>) => (await app.ask('/status', { headers })).json;
  const toAll = {
    name: 'FTrader',
    accounts: { up: 2, degraded: 0, read_only: 0, offline: 1, disconnected: 0 },
    loginFeeds: { up: 0, down: 0, unknown: 0 },
    feeds: [{ feed: 'simulated', state: 'up', ageMs: 61_000, tickAgeMs: 250 }],
  };
  for (const authorization of [
    '',
    'Bearer good',
    'Bearer bad',
    'Bearer broken',
    'Bearer a-token-of-some-lengthX',
  ])
    expect(await status({ ...behindProxy, authorization })).toEqual(toAll);
  expect(await status({ host: 'ftrader.example' })).toEqual(toAll);
  for (const headers of [
    {},
    { authorization: 'Bearer broken' },
    { ...behindProxy, authorization: 'Bearer root' },
    { ...behindProxy, cookie: 'ftrader_session=root' },
    { ...behindProxy, authorization: 'Bearer a-token-of-some-length' },
  ] as Record<string, string>[])
    expect(await status(headers)).toEqual({
      name: 'FTrader',
      version: '1.2.3',
      startedAt: '2026-01-05T09:00:00.000Z',
      uptimeSeconds: 61,
      accounts: { up: 2, degraded: 0, read_only: 0, offline: 1, disconnected: 0 },
      loginFeeds: { up: 0, down: 0, unknown: 0 },
      feeds: [{ ...feed, since: since.toISOString(), ageMs: 61_000 }],
      sockets: 3,
      eventStreams: 2,
      subscriptions: 7,
      memory: { rssBytes: expect.any(Number), heapUsedBytes: expect.any(Number) },
    });
});

test('the status is a page to a browser, with the age of the last tick, and no more to a stranger than JSON tells', async () => {
  const clock = createManualClock();
  const mute = { ...feed, feed: 'demo' as const, state: 'down' as const, tickAgeMs: null, reason: '<b>' };
  const system = healthySystem({ clock, feeds: () => [{ ...feed, tickAgeMs: 125_000 }, mute] });
  await using app = await startEdge({
    router: router({}),
    table: [],
    over: { clock, system, open: () => ({ sockets: 3, eventStreams: 2, subscriptions: 7 }) },
  });
  clock.advance(61_000);
  const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
  const page = await app.ask('/status', { headers: browser });
  expect(page.headers['content-type']).toContain('text/html');
  expect(page.text).toMatch(/simulated<\/th><td class="up">up<\/td><td>61 s<\/td><td>2 min ago, 12 markets</);
  expect(page.text).toMatch(/demo<\/th><td class="down">down<.*nobody here watches it/);
  expect(page.text).not.toContain('<b>');
  expect(page.text).toContain('&lt;b&gt;');
  const figures = [...page.text.matchAll(/<th scope="row">([^<]+)<\/th><td>([^<]*)<\/td><\/tr>/g)].map(
    ([, title, value]) => `${title}: ${value}`,
  );
  expect(figures).toEqual([
    'Version: 1.2.3',
    'Started: 2026-01-05 09:00:00 UTC',
    'Running for: 61 s',
    'WebSockets: 3',
    'HTTP event streams: 2',
    'Subscriptions on both: 7',
    expect.stringMatching(/^Memory: \d+ MB in all, \d+ MB of JavaScript values in use$/),
  ]);
  const stranger = await app.ask('/status', { headers: { ...browser, 'x-forwarded-for': '203.0.113.7' } });
  expect(stranger.text).not.toMatch(/Running for|Memory|markets|&lt;b|as told|This process/);
  expect((await app.ask('/status', { headers: { accept: '*/*' } })).json.feeds).toHaveLength(2);
});

test('the feed of one’s own login stands in the status with its state, since when and why, also while nobody watches it; of others’ logins only how many are in which state', async () => {
  const clock = createManualClock();
  const own = { ...feed, feed: 'login_ada', state: 'down' as const };
  const others = { ...feed, feed: 'login_bob', reason: 'a secret of Bob’s' };
  const system = healthySystem({
    clock,
    feeds: () => [feed, own, others],
    feedsOf: async () => ['login_ada', 'login_ada2', 'simulated'],
  });
  await using app = await startEdge({
    router: router({ system: system.router }),
    table: [{ method: 'GET', path: '/system/status', procedure: 'system.status', summary: 'status' }],
    authenticate: tokensByName,
    over: { clock, system },
  });
  clock.advance(61_000);
  const behindProxy = { 'x-forwarded-for': '203.0.113.7' };
  const ask = async (headers: Record<string, string>, path = '/status') =>
    (await app.ask(path, { headers: { ...behindProxy, ...headers } })).json;
  const counts = { up: 1, down: 1, unknown: 0 };
  const mine = [
    { ...own, since: since.toISOString(), ageMs: 61_000 },
    {
      ...{ feed: 'login_ada2', state: 'unknown', since: null, ageMs: null, tickAgeMs: null, items: 0 },
      reason: 'nobody watches a market of it: it is opened as soon as somebody does',
    },
  ];
  expect(await ask(bearer)).toMatchObject({
    loginFeeds: counts,
    feeds: [{ feed: 'simulated' }, ...mine],
  });
  const { feeds } = await ask(bearer, '/api/system/status');
  expect(feeds).toMatchObject([{ feed: 'simulated' }, { reason: 'as told' }, { reason: mine[1]!.reason }]);
  // A program on this machine that bears a user's token sees the figures and that user's feeds.
  expect((await app.ask('/status', { headers: bearer })).json).toMatchObject({
    version: '1.2.3',
    feeds: [{ feed: 'simulated' }, { feed: 'login_ada' }, { feed: 'login_ada2' }],
  });
  for (const told of [await ask({}), (await app.ask('/status')).json]) {
    expect(told).toMatchObject({ loginFeeds: counts, feeds: [{ feed: 'simulated' }] });
    expect(JSON.stringify(told)).not.toMatch(/login_|Bob/);
  }
  const page = await app.ask('/status', { headers: { ...behindProxy, ...bearer, accept: 'text/html' } });
  expect(page.text).toMatch(/login_ada<\/th><td class="down">down<\/td><td>61 s<.*as told/);
  expect(page.text).toContain('Feeds of accounts’ own logins: 1 up, 1 down');
  expect(page.text).not.toMatch(/login_bob|Bob’s/);
});

test.each(['/livez', '/readyz'])(
  'a probe of HTTP/1.0 without Host reaches %s, and nothing else',
  async (path) => {
    await using app = await edge();
    const probe = async (line: string) => {
      const socket = connect(app.port, '127.0.0.1');
      socket.end(`${line}\r\n\r\n`);
      return (await text(socket)).split('\r\n')[0];
    };
    for (const line of [path, `${path}/`, `${path}?a=1`])
      expect(await probe(`GET ${line} HTTP/1.0`)).toBe('HTTP/1.1 200 OK');
    expect(await probe(`GET ${path} HTTP/1.0\r\nHost:`)).toBe('HTTP/1.1 200 OK');
    expect(await probe('GET /status HTTP/1.0')).toBe('HTTP/1.1 400 Bad Request');
    expect(await probe(`GET ${path} HTTP/1.1`)).toBe('HTTP/1.1 400 Bad Request');
  },
);

test('system.status tells strangers neither since when it runs nor why a feed is down, those signed in the latter, operators both', async () => {
  const clock = createManualClock();
  const system = healthySystem({ clock, feeds: () => [feed] });
  await using app = await startEdge({
    router: router({ system: system.router }),
    table: [{ method: 'GET', path: '/system/status', procedure: 'system.status', summary: 'status' }],
    authenticate: tokensByName,
  });
  const ask = async (headers: Record<string, string>) => {
    const { startedAt, feeds } = (await app.ask('/api/system/status', { headers })).json;
    return [startedAt, feeds[0].reason, feeds[0].items];
  };
  const behindProxy = { 'x-forwarded-for': '203.0.113.7' };
  const started = clock.now().toISOString();
  expect(await ask(behindProxy)).toEqual([null, null, null]);
  expect(await ask({ ...behindProxy, ...bearer })).toEqual([null, 'as told', 12]);
  expect(await ask({ ...behindProxy, authorization: 'Bearer root' })).toEqual([started, 'as told', 12]);
  expect(await ask({})).toEqual([started, 'as told', 12]);
});

test('metrics are for this machine or the token, and never for those behind a proxy on this machine', async () => {
  await using app = await startEdge({
    router: router({}),
    table: [],
    metricsToken: 'a-token-of-some-length',
    over: { system: healthySystem({ feeds: () => [feed] }) },
  });
  expect((await app.ask('/metrics')).text).toMatch(/^ftrader_sockets 0$/m);
  expect((await app.ask('/metrics')).text).toMatch(
    /^ftrader_feed_tick_age_seconds\{feed="simulated"\} 0\.25$/m,
  );
  expect((await app.ask('/metrics')).text).toContain('process_cpu_seconds_total');
  for (const headers of [
    { 'x-forwarded-for': '203.0.113.7' },
    { forwarded: 'for=203.0.113.7' },
    { 'x-forwarded-for': '127.0.0.1', authorization: 'Bearer undefined' },
    { 'x-forwarded-for': 'unknown' },
    { 'x-real-ip': '127.0.0.1' },
    { via: '1.1 proxy' },
    { host: 'ftrader.example' }, // a proxy that says nothing, and passes on the name it was asked by
  ] as Record<string, string>[]) {
    expect(await app.ask('/metrics', { headers })).toMatchObject({
      status: 401,
      json: { code: 'auth.required' },
    });
  }
  expect(
    (
      await app.ask('/metrics', {
        headers: { 'x-forwarded-for': '203.0.113.7', authorization: 'Bearer a-token-of-some-length' },
      })
    ).status,
  ).toBe(200);
});
