// What an attacker writes into requests: fields that are not theirs to set, prototypes, bytes, depth, bombs, other kinds of bodies. Over HTTP against the whole product.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as build from '../../testing/build.ts';
import { signUp } from '../../testing/kit.ts';
import { testApp, type TestApp } from '../../testing/test-app.ts';
import { browserLogin, web } from '../../testing/web.ts';

let app: TestApp;
let cookie: string;
let authorization: string;
/** For what a machine that does much else needs. */
const timeoutMs = 120_000;
beforeAll(async () => {
  app = await testApp();
  await using ann = await signUp(app);
  await ann.token();
  const login = await browserLogin(app.url, build.login);
  ({ cookie } = login);
  authorization = `Bearer ${login.json.accessToken}`;
}, timeoutMs);
afterAll(() => app[Symbol.asyncDispose]());

const ask = (
  path: string,
  body?: object | string | Buffer,
  headers: Record<string, string> = {},
  method?: string,
) =>
  web(app.url, path, {
    headers: { authorization, ...headers },
    ...(body !== undefined && { body }),
    ...(method && { method }),
  });
const key = { 'idempotency-key': 'a-key-of-an-attacker' };
const me = async () => (await ask('/api/users/me')).json;

test(
  'fields that are not the caller’s to set are refused by name on both faces, and nothing of the request is done',
  async () => {
    const before = await me();
    const planted = {
      isAdmin: true,
      userId: 'user_2',
      emailVerified: true,
      role: 'admin',
      scopes: ['admin'],
      id: 'x',
    };
    const portfolio = { name: 'Mine', baseCurrency: 'GBP', startsOn: '2025-01-01' };
    const deal = { epic: build.eurusd, direction: 'BUY', size: '1' };
    for (const [method, path, procedure, body] of [
      ['PATCH', '/api/users/me', 'users.updateProfile', { name: 'Mallory' }],
      ['POST', '/api/portfolio', 'portfolio.create', portfolio],
      ['POST', '/api/market-data/watchlists', 'marketData.createWatchlist', { name: 'Mine' }],
      ['POST', '/api/trading/positions', 'trading.openPosition', deal],
      ['POST', '/api/auth/login', 'auth.login', build.login],
      [
        'POST',
        '/api/auth/password',
        'auth.changePassword',
        { password: 'x', newPassword: 'another long one' },
      ],
    ] as const)
      for (const [field, value] of Object.entries(planted)) {
        const isOfHeader = path.startsWith('/api/trading') ? key : {};
        const rest = await ask(path, { ...body, [field]: value }, isOfHeader, method);
        expect([path, field, rest]).toMatchObject([path, field, { status: 400, code: 'request.invalid' }]);
        expect([path, field, rest.fields]).toEqual([path, field, [field]]);
        const keyed = path.startsWith('/api/trading') ? { idempotencyKey: 'a-key-of-an-attacker' } : {};
        const trpc = await ask(`/trpc/${procedure}`, { json: { ...body, ...keyed, [field]: value } });
        expect([procedure, field, trpc.status, trpc.fields]).toEqual([procedure, field, 400, [field]]);
      }
    expect(await me()).toEqual(before);
    expect((await ask('/api/portfolio')).json.portfolios).toEqual([]);
    expect((await ask('/api/trading/deals')).json.deals).toEqual([]);
  },
  timeoutMs,
);

test(
  'no __proto__, constructor or prototype in a body, a query or superjson’s meta reaches a prototype or a field',
  async () => {
    const before = await me();
    const raw = { 'content-type': 'application/json' };
    const patch = (text: string) => ask('/api/users/me', text, raw, 'PATCH');
    const trpc = (text: string) => ask('/trpc/users.updateProfile', text, raw);
    const answers = [
      await patch('{"name":"M","__proto__":{"isAdmin":true}}'),
      await patch('{"name":"M","constructor":{"prototype":{"isAdmin":true}}}'),
      await patch('{"__proto__":{"name":"M"}}'),
      await trpc('{"json":{"name":"M","__proto__":{"isAdmin":true}}}'),
      await trpc('{"json":{"name":"M"},"meta":{"values":{"__proto__.isAdmin":["Date"]}}}'),
      await trpc('{"json":{"name":"M"},"meta":{"values":{"__proto__":["map"]}}}'),
      await trpc('{"json":{"name":"M"},"meta":{"values":{"constructor.prototype.isAdmin":["Date"]}}}'),
      await trpc('{"json":{"name":"M"},"meta":{"referentialEqualities":{"name":["__proto__.isAdmin"]}}}'),
      await trpc(
        '{"json":{"name":"M"},"meta":{"referentialEqualities":{"name":["constructor.prototype.isAdmin"]}}}',
      ),
      await trpc('{"json":{"name":"M"},"meta":{"values":{"name":[["custom","x"]]}}}'),
      await trpc('{"json":{"name":"M"},"meta":{"values":{"name":[["class","Object"]]}}}'),
      await trpc('{"__proto__":{"json":{"name":"M"}}}'),
      await ask('/api/trading/deals?__proto__[isAdmin]=true'),
      await ask('/api/trading/deals?constructor[prototype][isAdmin]=true'),
      await trpc('{"json":{"name":"M","constructor":1}}'),
      await trpc('{"json":{"name":"M","prototype":1}}'),
      await trpc('{"json":{"name":"M"},"__proto__":1}'),
      await ask('/trpc/system.time?__proto__=1'),
      await ask('/trpc/system.time?constructor=1'),
      await ask('/trpc/__proto__'),
      await ask('/trpc/constructor'),
      await ask('/trpc/users.__proto__'),
      await ask('/trpc/users.constructor.call'),
      await ask('/api/__proto__'),
    ];
    const taken = answers.filter(({ status }) => status !== 400 && status !== 404);
    expect(taken.map(({ status, text }) => [status, text])).toEqual([]);
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined(); // the server runs in this process
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(await me()).toEqual(before);
  },
  timeoutMs,
);

test(
  'a NUL, wherever a text may stand, is refused as input and never asked of the database',
  async () => {
    const nul = 'a\0b-long-enough-to-be-one';
    const answers = [
      await ask('/api/auth/login', { email: 'ann@example.com', password: nul }),
      await ask('/api/auth/login', { email: 'a\0nn@example.com', password: 'x' }),
      await ask('/api/auth/password-reset/confirm', { code: nul, password: 'a long password' }),
      await ask('/api/auth/verify-email', { code: nul }),
      await ask('/api/token/refresh', { refreshToken: nul }),
      await ask('/api/users/me', { name: nul }, {}, 'PATCH'),
      await ask('/api/users/me', { language: 'en\0' }, {}, 'PATCH'),
      await ask('/api/auth/api-keys', { name: nul, scopes: ['market'] }),
      await ask('/api/auth/api-keys', { name: 'a', scopes: ['market'], accountIds: [nul] }),
      await ask('/api/auth/api-keys/a%00b', undefined, {}, 'DELETE'),
      await ask('/api/auth/sessions/a%00b', undefined, {}, 'DELETE'),
      await ask('/api/accounts/a%00b'),
      await ask('/api/portfolio/a%00b'),
      await ask('/api/portfolio', { name: nul, baseCurrency: 'GBP', startsOn: '2025-01-01' }),
      await ask('/api/market-data/watchlists', { name: nul }),
      await ask('/api/market-data/watchlists/a%00b'),
      await ask('/api/market-data/markets?query=a%00b'),
      await ask('/api/market-data/markets/a%00b'),
      await ask('/api/market-data/prices?epics=a%00b'),
      await ask('/api/market-data/navigation?category=a%00b'),
      await ask('/api/market-data/navigation?cursor=a%00b'),
      await ask('/api/trading/deals/a%00b'),
      await ask('/api/trading/deals/by-key/a%00b-long-enough'),
      await ask('/api/trading/sagas/a%00b'),
      await ask('/api/trading/positions/a%00b'),
      await ask('/api/trading/orders/a%00b'),
      await ask('/api/trading/deals?cursor=a%00b'),
      await ask('/api/trading/deals?accountId=a%00b'),
      await ask(
        '/api/trading/positions',
        { epic: build.eurusd, direction: 'BUY', size: '1', note: nul },
        key,
      ),
      await ask('/api/trading/positions/a%00b', undefined, key, 'DELETE'),
      await ask('/api/notifications/a%00b/read', {}),
      await ask('/trpc/users.me%00'),
      await ask('/api/users/me%00'),
      await ask('/%00'),
      await ask('/assets/%00'),
      await ask('/api/docs/%00'),
    ];
    const odd = answers.filter(({ status }) => ![400, 401, 404].includes(status));
    expect(odd.map(({ status, text }) => [status, text])).toEqual([]);
  },
  timeoutMs,
);

test(
  'depth, size and bombs: a body is refused at its bound before it is understood, however it is packed',
  async () => {
    const json = { 'content-type': 'application/json' };
    const patch = (body: string | Buffer, headers: Record<string, string> = {}) =>
      ask('/api/users/me', body, { ...json, ...headers }, 'PATCH');
    const deep = `{"name":${'['.repeat(45_000)}${']'.repeat(45_000)}}`;
    expect((await patch(deep)).status).toBe(400);
    expect((await ask('/trpc/users.updateProfile', `{"json":${deep}}`, json)).status).toBe(400);
    const deepQuery = `[${'a]['.repeat(1_000)}]`;
    expect((await ask(`/api/trading/deals?x${deepQuery}=1`)).status).toBe(400);
    const large = `{"name":"${'x'.repeat(200_000)}"}`;
    expect(await patch(large)).toMatchObject({ status: 413, code: 'request.too_large' });
    const bomb = Buffer.alloc(50_000_000, ' ');
    for (const [encoding, packed] of [
      ['gzip', gzipSync(bomb)],
      ['deflate', deflateSync(bomb)],
      ['br', brotliCompressSync(bomb, { params: { 1: 1 } })],
    ] as const) {
      expect(packed.length).toBeLessThan(100_000);
      expect([encoding, await patch(packed, { 'content-encoding': encoding })]).toMatchObject([
        encoding,
        { status: 413, code: 'request.too_large' },
      ]);
    }
    const twice = gzipSync(gzipSync('{"name":"Mallory"}'));
    for (const encoding of ['gzip, gzip', 'zstd', 'compress', 'x'])
      expect([encoding, (await patch(twice, { 'content-encoding': encoding })).status]).toEqual([
        encoding,
        400,
      ]);
  },
  timeoutMs,
);

test(
  'what a form of another page can send, with the cookie of a browser, is refused and changes nothing',
  async () => {
    const before = await me();
    const form = (type: string, body: string, headers: Record<string, string>, path = '/api/users/me/') =>
      web(app.url, path, {
        method: 'POST',
        headers: { cookie, ...(type && { 'content-type': type }), ...headers },
        body,
      });
    const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    for (const path of ['/api/auth/logout', '/trpc/auth.logout', '/api/notifications/read-all'])
      for (const [type, body] of [
        ['application/x-www-form-urlencoded', 'a=b'],
        [
          'multipart/form-data; boundary=x',
          '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--',
        ],
        ['text/plain', '{"json":{}}'],
        ['application/json', '{}'],
      ] as const) {
        const foreign = await form(type, body, evil, path);
        const refused = type === 'application/json' ? 'request.origin_refused' : 'request.malformed';
        expect([path, type, foreign.code]).toEqual([path, type, refused]);
        if (type === 'application/json') continue;
        // Even from a page of our own: only JSON is read.
        const own = await form(type, body, { origin: app.url }, path);
        expect([path, type, own.status, own.code]).toEqual([path, type, 400, 'request.malformed']);
      }
    expect((await form('', '', evil, '/api/auth/logout')).status).toBe(403);
    expect((await form('', '', {}, '/api/auth/logout')).code).toBe('request.origin_refused');
    expect((await web(app.url, '/api/users/me', { headers: { cookie } })).json).toEqual(before);
  },
  timeoutMs,
);
