import { describe, expect, test } from 'vitest';
import { edgeOrigin } from '../testing/edge.ts';
import { edge } from '../testing/things.ts';

const bearer = { authorization: 'Bearer good' };
const cookie = { cookie: 'theme=dark; ftrader_session=good' };

describe('who may ask, and from where', () => {
  test.each([
    ['localhost', 200],
    ['LOCALHOST:8000', 200],
    ['127.0.0.1:1', 200],
    ['[::1]:8000', 200],
    ['app.localhost:8000', 200],
    ['ftrader.example', 200],
    ['evil.example', 400],
    ['localhost.evil.example', 400],
    ['evil-localhost', 400],
    ['127.0.0.1.evil.example', 400],
    ['localhost:8000@evil.example', 400],
    ['[::1', 400],
    ['10.0.0.1', 400],
  ])('Host "%s" is answered with %i', async (host, status) => {
    await using app = await edge();
    const answer = await app.ask('/livez', { headers: { host } });
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.json.code).toBe('request.unknown_host');
  });

  test.each([
    'token',
    'accessToken',
    'Access_Token',
    'api_key',
    'apiKey',
    'password',
    'authorization',
    'ftrader_session',
  ])('%s in a URL is refused on every path', async (name) => {
    await using app = await edge();
    for (const path of ['/', '/livez', '/api/docs/', '/api/things', '/trpc/things.open', '/no/such/path']) {
      expect(await app.ask(`${path}?${name}=x`)).toMatchObject({ status: 400 });
    }
    expect((await app.ask('/trpc/things.open?connectionParams=%7B%22token%22%3A%22x%22%7D')).status).toBe(
      400,
    );
  });

  test('the cookie changes things only for our own page, an allowed one, or a browser that says same-origin', async () => {
    await using app = await edge();
    const put = (headers: Record<string, string>) =>
      app.ask('/api/things', { method: 'POST', headers, body: { name: 'ab' } }).then(({ status }) => status);
    expect(await put({ ...cookie, origin: app.url })).toBe(200);
    expect(await put({ ...cookie, origin: edgeOrigin })).toBe(200);
    expect(await put({ ...cookie, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await put(cookie)).toBe(403);
    expect(await put({ ...cookie, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await put({ ...cookie, origin: 'null' })).toBe(403);
    expect(await put({ ...cookie, origin: `${app.url}.evil.example` })).toBe(403);
    expect(await put({ ...cookie, origin: `${app.url}0` })).toBe(403);
    expect(await put({ ...cookie, ...bearer, origin: 'https://evil.example' })).toBe(200); // the token is the proof, and no page can send it for another
    expect(
      (await app.ask('/api/things/mine', { headers: { ...cookie, origin: 'https://evil.example' } })).headers,
    ).not.toHaveProperty('access-control-allow-origin');
  });

  test('an origin is its scheme as well: a page written into plain HTTP is foreign to the one over TLS, and the other way round', async () => {
    await using app = await edge();
    const host = 'ftrader.example';
    const put = async (headers: Record<string, string>) => {
      const sent = { method: 'POST', headers: { host, ...cookie, ...headers }, body: { name: 'ab' } };
      return (await app.ask('/api/things', sent)).status;
    };
    const overTls = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' };
    expect(await put({ origin: `http://${host}` })).toBe(200);
    expect(await put({ origin: `https://${host}` })).toBe(403);
    expect(await put({ ...overTls, origin: `https://${host}` })).toBe(200);
    expect(await put({ ...overTls, host: `${host}:443`, origin: `https://${host}` })).toBe(200);
    expect(await put({ ...overTls, origin: `http://${host}` })).toBe(403);
    expect(await put({ ...overTls, origin: `https://${host}:8443` })).toBe(403);
    expect(await put({ ...overTls, origin: edgeOrigin.replace('http:', 'https:') })).toBe(403);
  });

  test('an allowed origin may read answers, errors too, with its cookie', async () => {
    await using app = await edge();
    const answer = await app.ask('/api/things/mine', { headers: { origin: edgeOrigin } });
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': edgeOrigin,
      'access-control-allow-credentials': 'true',
    });
    expect(answer.headers['access-control-expose-headers']).toContain('X-Request-Id');
    const preflight = await app.ask('/trpc/things.put', {
      method: 'OPTIONS',
      headers: {
        origin: edgeOrigin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,authorization',
      },
    });
    expect(preflight).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-headers': 'content-type,authorization' },
    });
  });

  test('the session cookie cannot be read by scripts, and is cleared as it was set', async () => {
    await using app = await edge();
    const [set] = (await app.ask('/api/things/sign-in', { method: 'POST' })).headers['set-cookie']!;
    expect(set).toBe(
      'ftrader_session=token; Path=/; Expires=Tue, 01 Jan 2030 00:00:00 GMT; HttpOnly; SameSite=Lax',
    );
    expect(
      (await app.ask('/api/things/sign-in', { method: 'POST', headers: { 'x-forwarded-proto': 'https' } }))
        .headers['set-cookie']![0],
    ).toContain('; Secure');
    expect(
      (await app.ask('/trpc/things.signOut', { method: 'POST', body: {} })).headers['set-cookie']![0],
    ).toMatch(/^ftrader_session=; Path=\/; Expires=Thu, 01 Jan 1970 .*HttpOnly/);
  });

  test('a socket proves itself by token, else by cookie with a known Origin; a refusal says why', async () => {
    await using app = await edge();
    const socket = {
      bufferedAmount: 0,
      open: true,
      send: () => undefined,
      sendShared: () => {},
      takeStarted: () => undefined,
      close: () => undefined,
    };
    const open = (
      headers: Record<string, string>,
      connectionParams: Record<string, string> | null = null,
      url = '/trpc?connectionParams=1',
    ) =>
      app.contexts
        .forSocket({
          req: {
            headers: { host: 'localhost:8000', ...headers },
            url,
            method: 'GET',
            socket: { remoteAddress: '::ffff:127.0.0.1' },
          } as never,
          socket,
          connectionParams,
        })
        .then(
          ({ principal, ip }) => [principal?.user.email, ip],
          (error) => [error.code, error.cause.code, error.cause.options.requestId.startsWith('req_')],
        );
    expect(await open({}, { token: 'good' })).toEqual(['ada@example.com', '127.0.0.1']);
    expect(await open({ ...cookie, origin: 'http://localhost:8000' })).toEqual([
      'ada@example.com',
      '127.0.0.1',
    ]);
    expect(await open({ ...bearer })).toEqual(['ada@example.com', '127.0.0.1']);
    expect(await open({ ...cookie, origin: 'https://evil.example' }, { token: 'good' })).toEqual([
      'ada@example.com',
      '127.0.0.1',
    ]);
    expect(await open({ ...cookie, origin: 'https://evil.example' })).toEqual([
      'FORBIDDEN',
      'request.origin_refused',
      true,
    ]);
    expect(await open(cookie)).toEqual(['FORBIDDEN', 'request.origin_refused', true]);
    expect(await open({ ...cookie, origin: 'https://localhost:8000' })).toEqual([
      'FORBIDDEN',
      'request.origin_refused',
      true,
    ]);
    const behindProxy = { 'x-forwarded-for': '198.51.100.1, [2001:DB8::1]:40001' };
    expect(await open(behindProxy, { token: 'good' })).toEqual(['ada@example.com', '2001:db8::1']);
    expect(await open({ 'x-forwarded-for': 'unknown' }, { token: 'good' })).toEqual([
      'ada@example.com',
      '127.0.0.1',
    ]);
    expect(await open({})).toEqual(['UNAUTHORIZED', 'auth.required', true]);
    expect(await open({}, { token: 'old' })).toEqual(['UNAUTHORIZED', 'auth.token_expired', true]);
    expect(await open({ ...bearer }, { token: 'bad' })).toEqual(['UNAUTHORIZED', 'auth.token_invalid', true]);
    expect(await open({}, { token: 'good' }, '/trpc?token=good')).toEqual([
      'BAD_REQUEST',
      'request.credentials_in_url',
      true,
    ]);
    expect(await open({}, { token: 'broken' })).toEqual(['INTERNAL_SERVER_ERROR', 'server.bug', true]);
  });
});
