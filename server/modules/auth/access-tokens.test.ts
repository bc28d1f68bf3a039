import { decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { createAccessTokens } from './access-tokens.ts';

const secretKey = 'a test key that has more than 32 characters';
const claims = { userId: 'user_1', sessionId: 'ab12' };
const start = (over: { secretKeys?: [string, ...string[]] } = {}) => {
  const clock = createManualClock();
  return {
    clock,
    tokens: createAccessTokens({ secretKeys: [secretKey], lifetimeMinutes: 15, clock, ...over }),
  };
};

test('a token names its user and session until its last second, and says when that is', async () => {
  const { clock, tokens } = start();
  const { token, expiresAt } = await tokens.issue(claims);
  expect(expiresAt).toEqual(new Date(clock.now().getTime() + 15 * 60_000));
  expect(await tokens.verify(token)).toEqual({ ...claims, expiresAtMs: expiresAt.getTime() });
  clock.advance(15 * 60_000 - 1);
  expect(await tokens.verify(token)).toMatchObject(claims);
  clock.advance(1);
  expect(await tokens.verify(token)).toBe('auth.token_expired'); // one that was verified before
  const other = createAccessTokens({ secretKeys: [secretKey], lifetimeMinutes: 15, clock });
  expect(await other.verify(token)).toBe('auth.token_expired'); // one that was not
});

test('a token of a clock that was ahead is taken for expired, so that its owner gets another by a refresh', async () => {
  const { clock, tokens } = start();
  clock.set(600_000);
  const { token } = await tokens.issue(claims);
  expect(await tokens.verify(token)).toMatchObject(claims);
  clock.set(-600_000);
  expect(await tokens.verify(token)).toBe('auth.token_expired'); // one that was verified before
  const other = createAccessTokens({ secretKeys: [secretKey], lifetimeMinutes: 15, clock });
  expect(await other.verify(token)).toBe('auth.token_expired'); // one that was not
});

test('a token names its key: a former key still checks what it signed, and signs nothing', async () => {
  const next = `${secretKey}!`;
  const { tokens: before } = start();
  const { tokens: rotating } = start({ secretKeys: [next, secretKey] });
  const { tokens: after } = start({ secretKeys: [next] });
  const [old, fresh] = [await before.issue(claims), await rotating.issue(claims)];
  expect(decodeProtectedHeader(old.token).kid).not.toBe(decodeProtectedHeader(fresh.token).kid);
  for (const { token } of [old, fresh]) expect(await rotating.verify(token)).toMatchObject(claims);
  expect(await after.verify(fresh.token)).toMatchObject(claims);
  expect(await after.verify(old.token)).toBe('auth.token_invalid');
  expect(await before.verify(fresh.token)).toBe('auth.token_invalid');
});

test('forged, foreign, unsigned, incomplete and malformed tokens are refused', async () => {
  const { clock, tokens } = start();
  const seconds = Math.floor(clock.now().getTime() / 1000);
  const key = new TextEncoder().encode(secretKey);
  const sign = (alg: string, issuer: string, payload: Record<string, unknown>) =>
    new SignJWT({ sub: 'user_1', iat: seconds, exp: seconds + 60, ...payload })
      .setProtectedHeader({ alg })
      .setIssuer(issuer)
      .sign(key);
  const { token } = await tokens.issue(claims);
  const [head, body, signature] = token.split('.') as [string, string, string];
  const changed = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'user_2' }),
  ).toString('base64url');
  const bad = [
    `${head}.${changed}.${signature}`,
    (await start({ secretKeys: [`${secretKey}!`] }).tokens.issue(claims)).token,
    await sign('HS256', 'another', { sid: 'ab12' }),
    await sign('HS512', 'ftrader', { sid: 'ab12' }),
    await sign('HS256', 'ftrader', {}),
    await sign('HS256', 'ftrader', { sid: 12 }),
    new UnsecuredJWT({ ...claims, sid: 'ab12' })
      .setIssuer('ftrader')
      .setSubject('user_1')
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 60)
      .encode(),
    '',
    'x',
    'a.b.c',
    'a'.repeat(100_000),
  ];
  for (const each of bad) expect(await tokens.verify(each)).toBe('auth.token_invalid');
  expect(await tokens.verify(await sign('HS256', 'ftrader', { sid: 'ab12' }))).toMatchObject(claims);
});
