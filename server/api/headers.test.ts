// Every header of an answer, on each face: none may appear, change or go missing without somebody meaning it.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { edgeOrigin, startEdge, type Ask } from '../testing/edge.ts';
import { marketProcedure, publicProcedure, router } from '../trpc/init.ts';
import { done, type RestRoute } from '../trpc/rest.ts';

const things = router({
  things: router({
    open: publicProcedure.query(() => ({ at: new Date(0) })),
    put: publicProcedure.input(z.object({ name: z.string().min(2) })).mutation(({ input }) => input),
    priced: marketProcedure.query(() => 1),
    made: publicProcedure.mutation(() => ({ id: 'thing_1' })),
    signOut: publicProcedure.mutation(({ ctx }) => ctx.cookie?.clear()),
    onThings: publicProcedure.subscription(async function* () {
      yield 1;
    }),
  }),
});
const table: RestRoute[] = [
  { method: 'GET', path: '/things', procedure: 'things.open', summary: 'Open' },
  { method: 'POST', path: '/things', procedure: 'things.put', summary: 'Put' },
  { method: 'GET', path: '/things/priced', procedure: 'things.priced', summary: 'Priced' },
  { method: 'POST', path: '/things/sign-out', procedure: 'things.signOut', summary: 'Sign out' },
  {
    method: 'POST',
    path: '/things/made',
    procedure: 'things.made',
    summary: 'Made',
    success: {
      ...done,
      of: (output) => ({ status: 201, location: `/api/things/${(output as { id: string }).id}` }),
    },
  },
];

const sealed = {
  'content-security-policy':
    "default-src 'self';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data: blob:;font-src 'self' data:;connect-src 'self';worker-src 'self' blob:;object-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};
const onTls = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' };
const shared = {
  vary: 'Origin',
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers':
    'X-Request-Id,RateLimit,RateLimit-Policy,Retry-After,WWW-Authenticate,Location,ETag,Next-Cursor,Next-After,Gaps',
};
const allowed = { 'access-control-allow-origin': edgeOrigin };
const noStore = { 'cache-control': 'no-store' };
const json = { 'content-type': 'application/json; charset=utf-8', 'content-length': 'some' };
const challenge = { 'www-authenticate': 'Bearer realm="FTrader"' };
const asked = {
  vary: 'Origin, Access-Control-Request-Headers',
  'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
  'access-control-max-age': '600',
  'content-length': '0',
};
const onTrpc = {
  vary: 'trpc-accept, accept',
  ...noStore,
  'content-type': 'application/json',
  'transfer-encoding': 'chunked',
};
const cleared = {
  'set-cookie': ['ftrader_session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax'],
};
const every = { ...sealed, ...shared };
const origin = { origin: edgeOrigin };
const evil = { origin: 'https://evil.example' };
const preflight = {
  ...origin,
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type',
};

const cases: [string, Ask, number, object][] = [
  ['/api/things', {}, 200, { ...every, ...noStore, ...json }],
  ['/api/things/', {}, 200, { ...every, ...noStore, ...json }],
  ['/api/things', { method: 'HEAD' }, 200, { ...every, ...noStore, ...json }],
  ['/api/things', { headers: origin }, 200, { ...every, ...allowed, ...noStore, ...json }],
  ['/api/things', { headers: evil }, 200, { ...every, ...noStore, ...json }],
  ['/api/things', { headers: { origin: '' } }, 200, { ...every, ...noStore, ...json }],
  ['/api/things', { headers: { 'if-none-match': '*' } }, 304, { ...every, ...noStore }],
  ['/api/things', { headers: { 'if-none-match': '"x"' } }, 200, { ...every, ...noStore, ...json }],
  [
    '/api/things',
    { headers: { 'x-forwarded-for': '203.0.113.7' } },
    200,
    {
      ...every,
      ...noStore,
      ...json,
      ratelimit: '"requests";r=2999;t=60',
      'ratelimit-policy': '"requests";q=3000;w=60',
    },
  ],
  ['/api/things', { method: 'POST', body: { name: 'ab' } }, 200, { ...every, ...noStore, ...json }],
  ['/api/things', { method: 'POST', body: { name: 'a' } }, 400, { ...every, ...noStore, ...json }],
  ['/api/things', { method: 'POST', body: '{' }, 400, { ...every, ...noStore, ...json }],
  [
    '/api/things/made',
    { method: 'POST', headers: origin },
    201,
    { ...every, ...allowed, ...noStore, ...json, location: '/api/things/thing_1' },
  ],
  ['/api/things/sign-out', { method: 'POST' }, 200, { ...every, ...cleared, ...noStore, ...json }],
  ['/api/things/priced', {}, 401, { ...every, ...challenge, ...noStore, ...json }],
  [
    '/api/things',
    { method: 'PUT' },
    405,
    { ...every, ...noStore, ...json, allow: 'GET, HEAD, POST, OPTIONS' },
  ],
  ['/api/things', { method: 'OPTIONS' }, 204, { ...every, ...asked }],
  [
    '/api/things',
    { method: 'OPTIONS', headers: preflight },
    204,
    { ...every, ...allowed, ...asked, 'access-control-allow-headers': 'content-type' },
  ],
  ['/nothing', { method: 'OPTIONS', headers: evil }, 204, { ...every, ...asked }],
  ['/trpc/things.open', {}, 200, { ...every, ...onTrpc }],
  ['/trpc/things.open', { headers: origin }, 200, { ...every, ...allowed, ...onTrpc }],
  ['/trpc/things.open,things.open?batch=1', {}, 200, { ...every, ...onTrpc }],
  ['/trpc/things.open,things.priced?batch=1', {}, 207, { ...every, ...challenge, ...onTrpc }],
  ['/trpc/things.signOut', { method: 'POST', body: {} }, 200, { ...every, ...cleared, ...onTrpc }],
  [
    '/trpc/things.onThings',
    {},
    200,
    {
      ...every,
      ...onTrpc,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'keep-alive',
    },
  ],
  ['/trpc/things.open', { method: 'HEAD' }, 204, every],
  ['/trpc/things.priced', {}, 401, { ...every, ...challenge, ...onTrpc }],
  ['/trpc/things.put', {}, 405, { ...every, ...onTrpc, allow: 'POST' }],
  ['/trpc/things.put', { method: 'POST', body: { json: { name: 'ab' } } }, 200, { ...every, ...onTrpc }],
  [
    '/trpc/things.put',
    { method: 'PUT' },
    405,
    { ...every, ...noStore, ...json, allow: 'GET, HEAD, POST, OPTIONS' },
  ],
  ['/livez', {}, 200, { ...every, ...noStore, ...json }],
  ['/livez', { headers: origin }, 200, { ...every, ...allowed, ...noStore, ...json }],
  ['/livez?token=x', { headers: origin }, 400, { ...every, ...allowed, ...noStore, ...json }],
  ['/livez', { headers: { ...origin, host: 'evil.example' } }, 400, { ...noStore, ...json }],
  ['/', {}, 200, { ...every, ...noStore, ...json, 'content-type': 'text/html; charset=utf-8' }],
  [
    '/api/docs/',
    {},
    200,
    { ...every, ...json, 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' },
  ],
  ['/api/openapi.json', {}, 200, { ...every, ...json, 'cache-control': 'no-cache' }],
  ['/api/asyncapi.json', {}, 200, { ...every, ...json, 'cache-control': 'no-cache' }],
  ['/nothing', { headers: origin }, 404, { ...every, ...allowed, ...noStore, ...json }],
];

test.each(cases)('%s %j is answered with %i and these headers only', async (path, ask, status, headers) => {
  for (const production of [false, true]) {
    await using app = await startEdge({ router: things, table, over: { production } });
    const answer = await app.ask(path, ask);
    const { 'x-request-id': requestId, date, ...rest } = answer.headers;
    if (rest['content-length'] !== undefined && rest['content-length'] !== '0') {
      if (ask.method !== 'HEAD') expect(Number(rest['content-length'])).toBe(Buffer.byteLength(answer.text));
      rest['content-length'] = 'some';
    }
    expect(answer.status).toBe(status);
    const isSealed = production && 'referrer-policy' in headers;
    expect(rest).toEqual({ connection: 'close', ...headers, ...(isSealed && onTls) });
    expect(requestId).toMatch(/^req_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(date).toEqual(expect.any(String));
  }
});
