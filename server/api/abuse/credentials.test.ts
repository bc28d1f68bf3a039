// What an attacker does with credentials: guesses whose they are, plants them, replays them, forges them. Over HTTP against the whole product.
import { SignJWT, UnsecuredJWT, generateKeyPair } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as build from '../../testing/build.ts';
import { signUp } from '../../testing/kit.ts';
import { testApp, testSecrets, type TestApp } from '../../testing/test-app.ts';
import { browserLogin, web } from '../../testing/web.ts';

let app: TestApp;
const bob = { ...build.newcomer, email: 'bob@example.com', name: 'Bob' };
/** For what a machine that does much else needs. */
const timeoutMs = 120_000;
beforeAll(async () => {
  app = await testApp();
  for (const newcomer of [build.newcomer, bob]) {
    await using signedUp = await signUp(app, newcomer);
    await signedUp.token();
  }
}, timeoutMs);
afterAll(() => app[Symbol.asyncDispose]());

const me = (headers: Record<string, string>) => web(app.url, '/api/users/me', { headers });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const refresh = (refreshToken: string) => web(app.url, '/api/token/refresh', { body: { refreshToken } });

test(
  'a known and an unknown address get the same answer: status, body and headers of a login that fails, of a mail to confirm and of one to reset',
  async () => {
    const plain = ({ status, json, headers }: Awaited<ReturnType<typeof web>>) => ({
      status,
      json: { ...json, requestId: undefined },
      headers: [...headers.keys()].filter((name) => !/^(date|etag)$/.test(name)).sort(),
    });
    for (const [path, body] of [
      ['/api/auth/login', { password: 'not the right one' }],
      ['/api/auth/verify-email/resend', {}],
      ['/api/auth/password-reset', {}],
    ] as const) {
      const known = await web(app.url, path, { body: { ...body, email: build.newcomer.email } });
      const unknown = await web(app.url, path, { body: { ...body, email: 'nobody@example.com' } });
      expect([path, plain(unknown)]).toEqual([path, plain(known)]);
      expect([path, known.status]).toEqual([path, path.endsWith('login') ? 401 : 200]);
    }
  },
  timeoutMs,
);

test(
  'a session cookie that somebody planted before the login is not the one after it, and opens nothing',
  async () => {
    const first = await browserLogin(app.url, build.login);
    const planted = 'x'.repeat(first.value.length);
    const second = await browserLogin(app.url, build.login, { cookie: `${first.name}=${planted}` });
    expect(second.status).toBe(200);
    expect([planted, first.value]).not.toContain(second.value);
    expect(await me({ cookie: `${first.name}=${planted}` })).toMatchObject({
      status: 401,
      code: 'auth.token_invalid',
    });
    // A live session of the attacker’s own, planted at a victim: the victim’s login makes another one.
    const attackers = await browserLogin(app.url, { email: bob.email, password: bob.password });
    const victims = await browserLogin(app.url, build.login, { cookie: attackers.cookie });
    expect(victims.value).not.toBe(attackers.value);
    expect((await me({ cookie: victims.cookie })).json.email).toBe(build.newcomer.email);
    expect((await me({ cookie: attackers.cookie })).json.email).toBe(bob.email);
  },
  timeoutMs,
);

test(
  'of fifty refreshes at once with one token one successor lives, and its chain goes on',
  async () => {
    const { json } = await browserLogin(app.url, build.login);
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(json.refreshToken)));
    const given = answers.filter(({ status }) => status === 200);
    expect(answers.filter(({ status }) => ![200, 503].includes(status))).toEqual([]); // busy: ask again
    expect(given.length).toBeGreaterThan(0);
    expect(new Set(given.map((answer) => answer.json.refreshToken)).size).toBe(1);
    const next = await refresh(given[0]!.json.refreshToken);
    expect([next.status, (await refresh(next.json.refreshToken)).status]).toEqual([200, 200]);
  },
  timeoutMs,
);

test(
  'a forged access token opens nothing, whatever its algorithm, key or claims',
  async () => {
    const [ann, his] = [
      await browserLogin(app.url, build.login),
      await browserLogin(app.url, { email: bob.email, password: bob.password }),
    ];
    const [head, claims, signature] = ann.json.accessToken.split('.') as [string, string, string];
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    const write = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const own = read(claims) as { sub: string; sid: string; iss: string; iat: number; exp: number };
    const other = read(his.json.accessToken.split('.')[1]!) as typeof own;
    const secret = new TextEncoder().encode(testSecrets.secretKey);
    const sign = (payload: object, header: object = { alg: 'HS256', typ: 'JWT' }, key: Uint8Array = secret) =>
      new SignJWT({ ...payload }).setProtectedHeader(header as { alg: string }).sign(key);
    const { privateKey } = await generateKeyPair('RS256');
    const guess = new TextEncoder().encode('a guess of thirty-two characters');
    const forged: Record<string, string> = {
      'alg none': new UnsecuredJWT({ ...own }).encode(),
      'alg none, its signature kept': `${write({ alg: 'none' })}.${claims}.${signature}`,
      'alg nOnE': `${write({ alg: 'nOnE' })}.${claims}.`,
      'another key': await sign(own, undefined, guess),
      'an empty key of a path in kid': await sign(
        own,
        { alg: 'HS256', kid: '../../../../dev/null' },
        new Uint8Array(1),
      ),
      'an SQL kid': await sign(own, { alg: 'HS256', kid: "x' union select 'guess" }, guess),
      'a key of its own in jwk': await sign(
        own,
        { alg: 'HS256', jwk: { kty: 'oct', k: Buffer.from(guess).toString('base64url') } },
        guess,
      ),
      'a key elsewhere in jku': await sign(own, { alg: 'HS256', jku: 'https://evil.example/keys' }, guess),
      'RS256 with a key of its own': await new SignJWT({ ...own })
        .setProtectedHeader({ alg: 'RS256' })
        .sign(privateKey),
      'an RS256 header over an HS256 signature': `${write({ ...read(head), alg: 'RS256' })}.${claims}.${signature}`,
      'HS512 with the right key': await sign(own, { alg: 'HS512' }),
      'another sub under the old signature': `${head}.${write({ ...own, sub: other.sub })}.${signature}`,
      'another sid under the old signature': `${head}.${write({ ...own, sid: other.sid })}.${signature}`,
      'a later exp under the old signature': `${head}.${write({ ...own, exp: own.exp + 99_999 })}.${signature}`,
      'the claims of Bob under Ann’s signature': `${head}.${his.json.accessToken.split('.')[1]}.${signature}`,
      'no signature': `${head}.${claims}.`,
      'a cut signature': `${head}.${claims}.${signature.slice(0, -4)}`,
      'a part too many': `${ann.json.accessToken}.${signature}`,
      // The right key, as of another program that shares it.
      'no exp': await sign({ ...own, exp: undefined }),
      'another issuer': await sign({ ...own, iss: 'another' }),
      'no sid': await sign({ ...own, sid: undefined }),
      'a header that must be understood': await sign(own, { alg: 'HS256', crit: ['exp'], exp: 1 }).catch(
        () => `${write({ alg: 'HS256', crit: ['b64'], b64: false })}.${claims}.${signature}`,
      ),
      'the sid of a session that never was': await sign({ ...own, sid: 'a'.repeat(own.sid.length) }),
    };
    for (const [what, token] of Object.entries(forged))
      expect([what, await me(bearer(token))]).toMatchObject([
        what,
        { status: 401, code: 'auth.token_invalid' },
      ]);
    // Even who has the key cannot make one user of another: whose a session is, its row says.
    const swapped = await me(bearer(await sign({ ...own, sid: other.sid })));
    expect(swapped.json?.email).not.toBe(build.newcomer.email);
    expect((await me(bearer(ann.json.accessToken))).json.email).toBe(build.newcomer.email);
  },
  timeoutMs,
);
