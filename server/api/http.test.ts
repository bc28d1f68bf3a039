import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDatabase } from '../db/client.ts';
import { silentLogger } from '../lib/logger.ts';
import { startEdge } from '../testing/edge.ts';
import { edge, row, table, things } from '../testing/things.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import { defaultTimeouts } from './http.ts';

const bearer = { authorization: 'Bearer good' };
const cookie = { cookie: 'theme=dark; ftrader_session=good' };
const withoutId = ({ requestId: _id, ...rest }: { requestId: string }) => rest;

describe('one error object on both faces', () => {
  const cases: {
    what: string;
    trpc: [string, object?];
    rest: [string, object?];
    status: number;
    code: string;
  }[] = [
    {
      what: 'not signed in',
      trpc: ['/trpc/things.mine'],
      rest: ['/api/things/mine'],
      status: 401,
      code: 'auth.required',
    },
    {
      what: 'an expired token',
      trpc: ['/trpc/things.mine', { headers: { authorization: 'Bearer old' } }],
      rest: ['/api/things/mine', { headers: { authorization: 'Bearer old' } }],
      status: 401,
      code: 'auth.token_expired',
    },
    {
      what: 'a wrong token',
      trpc: ['/trpc/things.mine', { headers: { authorization: 'Bearer bad' } }],
      rest: ['/api/things/mine', { headers: { authorization: 'Bearer bad' } }],
      status: 401,
      code: 'auth.token_invalid',
    },
    {
      what: 'a missing scope',
      trpc: [`/trpc/things.priced?input=${encodeURIComponent('{"json":{"size":1}}')}`, { headers: bearer }],
      rest: ['/api/things/priced/1', { headers: bearer }],
      status: 403,
      code: 'auth.scope_missing',
    },
    {
      what: 'wrong input, said only to those who may call',
      trpc: [`/trpc/things.priced?input=${encodeURIComponent('{"json":{"size":"x"}}')}`],
      rest: ['/api/things/priced/x'],
      status: 401,
      code: 'auth.required',
    },
    {
      what: 'invalid fields',
      trpc: ['/trpc/things.put', { method: 'POST', body: { json: { name: 'x' } } }],
      rest: ['/api/things', { method: 'POST', body: { name: 'x' } }],
      status: 400,
      code: 'request.invalid',
    },
    {
      what: 'malformed JSON',
      trpc: [
        '/trpc/things.put',
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":' },
      ],
      rest: [
        '/api/things',
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":' },
      ],
      status: 400,
      code: 'request.malformed',
    },
    {
      what: 'a body that is too large',
      trpc: ['/trpc/things.put', { method: 'POST', body: { json: { name: 'x'.repeat(120_000) } } }],
      rest: ['/api/things', { method: 'POST', body: { name: 'x'.repeat(120_000) } }],
      status: 413,
      code: 'request.too_large',
    },
    {
      what: 'an unknown path',
      trpc: ['/trpc/things.nothing'],
      rest: ['/api/nothing'],
      status: 404,
      code: 'request.unknown_path',
    },
    {
      what: 'a wrong method',
      trpc: ['/trpc/things.put'],
      rest: ['/api/things/mine', { method: 'DELETE' }],
      status: 405,
      code: 'request.method_not_allowed',
    },
    {
      what: 'a bug',
      trpc: ['/trpc/things.break'],
      rest: ['/api/things/break'],
      status: 500,
      code: 'server.bug',
    },
    {
      what: 'a limit',
      trpc: ['/trpc/things.limited'],
      rest: ['/api/things/limited'],
      status: 429,
      code: 'request.limited',
    },
    {
      what: 'a database that is gone while the caller is recognised',
      trpc: ['/trpc/things.mine', { headers: { authorization: 'Bearer broken' } }],
      rest: ['/api/things/mine', { headers: { authorization: 'Bearer broken' } }],
      status: 500,
      code: 'server.bug',
    },
    {
      what: 'credentials in the URL',
      trpc: ['/trpc/things.mine?access_token=good'],
      rest: ['/api/things/mine?access_token=good'],
      status: 400,
      code: 'request.credentials_in_url',
    },
    {
      what: 'a foreign page with the cookie',
      trpc: [
        '/trpc/things.put',
        {
          method: 'POST',
          headers: { ...cookie, origin: 'https://evil.example' },
          body: { json: { name: 'ab' } },
        },
      ],
      rest: [
        '/api/things',
        { method: 'POST', headers: { ...cookie, origin: 'https://evil.example' }, body: { name: 'ab' } },
      ],
      status: 403,
      code: 'request.origin_refused',
    },
  ];
  test.each(cases)('$what', async ({ trpc, rest, status, code }) => {
    await using app = await edge();
    const [onTrpc, onRest] = await Promise.all([app.ask(...trpc), app.ask(...rest)]);
    expect(onRest).toMatchObject({
      status,
      json: {
        code,
        message: expect.any(String),
        retryable: expect.any(Boolean),
        docUrl: `/api/docs/errors#${code}`,
      },
    });
    const { httpStatus, ...body } = onTrpc.json.error.json.data;
    expect([onTrpc.status, httpStatus]).toEqual([status, status]);
    expect(withoutId(body)).toEqual(withoutId(onRest.json));
    for (const answer of [onTrpc, onRest]) {
      expect((answer === onRest ? onRest.json : body).requestId).toBe(answer.headers['x-request-id']);
      expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-z]{26}$/);
      expect(answer.text).not.toMatch(/secret detail|database is gone|\bat .*\.ts|node_modules/);
    }
  });

  test('a database that is gone is told as that, and worth another try, on both faces', async () => {
    const database = createDatabase({
      url: 'postgres://nobody@127.0.0.1:1/none',
      logger: silentLogger,
      max: 1,
    });
    const asking = router({
      things: router({
        ask: publicProcedure.query(async () => void (await database.db.execute('select 1'))),
      }),
    });
    try {
      await using app = await startEdge({ router: asking, table: [row('GET', '/things', 'things.ask')] });
      const [onTrpc, onRest] = await Promise.all([app.ask('/trpc/things.ask'), app.ask('/api/things')]);
      expect(onRest).toMatchObject({ status: 503, json: { code: 'server.unavailable', retryable: true } });
      expect(onTrpc).toMatchObject({
        status: 503,
        json: { error: { json: { data: { code: 'server.unavailable', retryable: true } } } },
      });
    } finally {
      await database.close();
    }
  });

  test('an answer that is limited says when to come back', async () => {
    await using app = await edge();
    for (const path of ['/trpc/things.limited', '/api/things/limited']) {
      expect((await app.ask(path)).headers).toMatchObject({
        'retry-after': '2',
        ratelimit: '"request.limited";r=0;t=2',
      });
    }
  });

  test('a batch with something limited in it says when all of it may come back', async () => {
    await using app = await edge();
    const { status, headers } = await app.ask('/trpc/things.mine,things.open,things.limited?batch=1');
    expect([status, headers['retry-after']]).toEqual([207, '2']);
  });

  test('what many batches ask at once begins so many a turn, over all of them', async () => {
    let begun = 0;
    const counting = router({ count: publicProcedure.query(() => ++begun) });
    await using app = await startEdge({ router: counting, table: [] });
    let [most, before, isOver] = [0, 0, false];
    const everyTurn = () => {
      most = Math.max(most, begun - before);
      before = begun;
      if (!isOver) setImmediate(everyTurn);
    };
    everyTurn();
    const batch = `/trpc/${Array<string>(50).fill('count').join()}?batch=1`;
    const answers = await Promise.all(Array.from({ length: 6 }, () => app.ask(batch)));
    isOver = true;
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(begun).toBe(300);
    expect(most).toBeLessThan(25); // two of the server's turns may lie between two of ours
  });

  test('a batch answers each call, and one of more than 50 is refused', async () => {
    await using app = await edge();
    const some = await app.ask('/trpc/things.open,things.mine?batch=1');
    expect(some.json).toMatchObject([
      { result: { data: { json: { at: '1970-01-01T00:00:00.000Z' } } } },
      { error: { json: { data: { code: 'auth.required' } } } },
    ]);
    expect(await app.ask(`/trpc/${Array(51).fill('things.open').join(',')}?batch=1`)).toMatchObject({
      status: 400,
    });
  });
});

describe('paths and pages', () => {
  test('with and without trailing slash, the same', async () => {
    await using app = await edge();
    expect((await app.ask('/api/things/')).json).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect((await app.ask('/api/things')).json).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    expect((await app.ask('/api/things/', { method: 'POST', body: { name: 'ab' } })).json).toEqual({
      name: 'ab',
    });
  });

  test('a wrong method is told the right ones', async () => {
    await using app = await edge();
    expect(await app.ask('/api/things', { method: 'PUT', body: {} })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, POST, OPTIONS' },
      json: { code: 'request.method_not_allowed' },
    });
    expect(await app.ask('/readyz', { method: 'POST' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    });
    expect(await app.ask('/api/things', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  test('without a built page, / says how to build it', async () => {
    await using app = await edge();
    expect(await app.ask('/')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      text: expect.stringContaining('npm ci --include=dev'),
    });
  });

  test('every answer is sealed: no x-powered-by, a policy for pages, no sniffing', async () => {
    await using app = await edge();
    for (const path of ['/', '/api/docs/', '/api/things', '/trpc/things.open', '/nothing']) {
      const { headers } = await app.ask(path);
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("script-src 'self';"),
      });
    }
  });
});

describe('garbage', () => {
  test('whatever is sent, the answer is the error object with a request id and nothing of our insides', async () => {
    await using app = await edge();
    const paths = fc.constantFrom(
      '/api/things',
      '/trpc/things.put',
      '/api/things/%',
      '/api/things/priced/%ff',
      '/trpc/%',
      '/trpc/__proto__',
      '/trpc/constructor',
      '/%c0%af',
      '/..%2f..%2fpackage.json',
      '/api/docs/..%2f',
    );
    const types = fc.constantFrom(
      'application/json',
      'application/json; charset=utf-99',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      '',
    );
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc.constant(
        Buffer.from(
          '{"__proto__":{"name":"ab"},"json":{"__proto__":1},"meta":{"values":{"__proto__":["Date"]}}}',
        ),
      ),
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        paths,
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'TRACE'),
        types,
        bodies,
        async (path, method, type, body) => {
          const answer = await app.ask(path, {
            method,
            headers: type ? { 'content-type': type } : {},
            ...(method !== 'GET' && { body }),
          });
          expect(answer.headers['x-request-id']).toMatch(/^req_/);
          expect(answer.status).not.toBe(500);
          expect(answer.text).not.toMatch(/\bat .*[:(].*\d+:\d+|node_modules|SyntaxError|TypeError/);
          if (answer.status < 400) return;
          refused++;
          expect([answer.json].flat()[0]).toMatchObject(
            path.startsWith('/trpc')
              ? { error: { json: { data: { docUrl: expect.any(String) } } } }
              : { docUrl: expect.any(String) },
          );
        },
      ),
      { numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(75);
  });

  test('what tRPC refuses before it looks at a procedure has the request id too', async () => {
    await using app = await edge();
    for (const [path, method, status] of [
      ['/trpc/things.put', 'POST', 400],
      ['/trpc/things.put', 'PUT', 405],
      ['/trpc/%ff', 'GET', 400],
      [`/trpc/${Array(51).fill('things.open').join('%2C')}?batch=1`, 'GET', 400],
    ] as const) {
      const answer = await app.ask(path, { method });
      expect([path, answer.status, answer.json.error.json.data.requestId]).toEqual([
        path,
        status,
        answer.headers['x-request-id'],
      ]);
    }
  });

  /** Everything the server answers to `bytes` on a connection of their own, until it ends it. */
  const exchange = (port: number, bytes: string) =>
    new Promise<string>((resolve, reject) => {
      let received = '';
      const stream = connect(port, '127.0.0.1')
        .on('data', (chunk) => (received += String(chunk)))
        .on('end', () => resolve(received))
        .on('close', () => resolve(received))
        .on('error', reject);
      if (bytes) stream.write(bytes);
    });

  test('bytes that are not HTTP get the error object too', async () => {
    await using app = await edge();
    expect(await exchange(app.port, '\u0016\u0003\u0001 not http\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\nX-Request-Id: req_[^]*"code":"request.malformed"/,
    );
  });

  test.each([
    ['Host', 'Host: localhost', 'hOST: evil.example'],
    ['Host, the same', 'Host: localhost', 'Host: localhost'],
    ['Authorization', 'Authorization: Bearer good', 'authorization: Bearer bad'],
    ['Origin', 'Origin: http://a.example', 'Origin: http://b.example'],
    ['Content-Type', 'Content-Type: application/json', 'Content-Type: text/plain'],
    ['Idempotency-Key', 'Idempotency-Key: a', 'Idempotency-Key: b'],
  ])('a request with two headers %s is refused', async (_title, first, second) => {
    await using app = await edge();
    const host = first.startsWith('Host') ? '' : 'Host: localhost\r\n';
    for (const path of ['/livez', '/api/things', '/trpc/things.open'])
      expect(
        await exchange(
          app.port,
          `GET ${path} HTTP/1.1\r\n${host}${first}\r\n${second}\r\nConnection: close\r\n\r\n`,
        ),
      ).toMatch(/^HTTP\/1\.1 400 Bad Request[^]*"request.malformed"[^]*Send the header/);
  });

  test('a host beside the header Host is refused, whichever it is, and is no way past what counts a batch', async () => {
    await using app = await edge();
    for (const target of [
      'http://evil.example/livez',
      'http://localhost/trpc/things.open,things.open?batch=1',
    ])
      expect(
        await exchange(app.port, `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`),
      ).toMatch(/^HTTP\/1\.1 400 Bad Request[^]*"request.malformed"/);
  });

  test.each<[string, string, RegExp]>([
    ['no Host', 'GET /api/things HTTP/1.1', /names no host: send the header Host/],
    ['an empty Host', 'GET /api/things HTTP/1.1\r\nHost:', /names no host: send the header Host/],
    ['no Host in HTTP/1.0', 'GET /api/things HTTP/1.0', /names no host: send the header Host/],
    [
      'no Host, to become a socket',
      'GET /trpc HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket',
      /names no host: send the header Host/,
    ],
    [
      'an expectation',
      'GET /livez HTTP/1.1\r\nHost: localhost\r\nExpect: more',
      /The header Expect is not read/,
    ],
    [
      'bytes that are no ASCII in its address',
      'GET /api/things?name=é HTTP/1.1\r\nHost: localhost',
      /Write the address as a path in percent-encoding/,
    ],
    ['a tunnel for a path', 'CONNECT localhost:443 HTTP/1.1\r\nHost: localhost', /does not take that method/],
  ])('a request with %s gets the error object, not a bare answer', async (_title, head, message) => {
    await using app = await edge();
    const answer = await exchange(app.port, `${head}\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[05] [^]*x-request-id: req_[^]*"code":"request\.[^]*"docUrl"/i);
    expect(answer).toMatch(message);
  });

  const tooSlow = /^HTTP\/1\.1 400 [^]*took too long/;
  test.each([
    ['sends nothing', '', /^$/],
    ['stops within its headers', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', tooSlow],
    [
      'stops within its body',
      'POST /api/things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
      tooSlow,
    ],
  ])(
    'a client that %s is cut off at its time, not when Node happens to look',
    async (_title, bytes, answer) => {
      const timeouts = {
        headersMs: 50,
        requestMs: 100,
        checkEveryMs: defaultTimeouts.checkEveryMs,
        keepAliveMs: 75_000,
      };
      await using app = await startEdge({ router: things, table, timeouts });
      expect(await exchange(app.port, bytes)).toMatch(answer);
    },
  );
});

test('a plain request to the address of a WebSocket is told what it lacks', async () => {
  await using app = await edge();
  for (const path of ['/ws/market-data/', '/ws/market-data', '/ws/market-data/?a=b'])
    expect(await app.ask(path)).toMatchObject({
      status: 400,
      json: { code: 'request.malformed', message: expect.stringContaining('Upgrade') },
    });
  for (const path of ['/ws/', '/ws/none/', '/ws/market-data/x'])
    expect(await app.ask(path)).toMatchObject({ status: 404, json: { code: 'request.unknown_path' } });
});
