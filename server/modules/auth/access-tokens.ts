// Access tokens: short-lived JWTs (HS256) that name a user and a session. Whether the session still lives is asked elsewhere.
import { putNewest, useNewest } from '../../lib/bounded.ts';
import { createSecretKey, hash } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../lib/clock.ts';
import { leftMs } from '../../lib/instants.ts';

const issuer = 'ftrader';
const algorithm = 'HS256';
/** Tokens whose signature need not be computed again (105 µs each); some 600 bytes apiece. */
const maxVerifiedTokens = 10_000;
/** Ours have some 300 characters; longer ones are refused unread. */
const maxTokenLength = 1_000;

/** Names a key without telling anything of it. */
const keyIdOf = (secret: string): string => hash('sha256', `kid ${secret}`, 'hex').slice(0, 8);

export interface AccessClaims {
  userId: string;
  sessionId: string;
  expiresAtMs: number;
}
export type TokenProblem = 'auth.token_expired' | 'auth.token_invalid';

export interface AccessTokens {
  /** Expires on a whole second. */
  issue(claims: { userId: string; sessionId: string }): Promise<{ token: string; expiresAt: Date }>;
  /** The claims, or why there are none. Never throws. */
  verify(token: string): Promise<AccessClaims | TokenProblem>;
}

export function createAccessTokens({
  secretKeys,
  lifetimeMinutes,
  clock,
}: {
  /** The newest first: it signs, the others only check. */
  secretKeys: readonly [string, ...string[]];
  lifetimeMinutes: number;
  clock: Clock;
}): AccessTokens {
  const keys = new Map(
    secretKeys.map((secret) => [keyIdOf(secret), createSecretKey(secret, 'utf8')] as const),
  );
  const newest = keyIdOf(secretKeys[0]);
  const verified = new Map<string, AccessClaims>();
  /** One that ends later than any that is issued now was issued by a clock that was ahead: its owner gets another one by a refresh. */
  const lives = ({ expiresAtMs }: AccessClaims) =>
    leftMs(new Date(expiresAtMs), clock.now(), lifetimeMinutes * 60_000) > 0;
  return {
    async issue({ userId, sessionId }) {
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      const expires = issuedAt + lifetimeMinutes * 60;
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: newest })
        .setSubject(userId)
        .setIssuer(issuer)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expires)
        .sign(keys.get(newest)!);
      return { token, expiresAt: new Date(expires * 1000) };
    },
    async verify(token) {
      const known = useNewest(verified, token);
      if (known) return lives(known) ? known : 'auth.token_expired';
      if (token.length > maxTokenLength) return 'auth.token_invalid';
      try {
        const key = keys.get(decodeProtectedHeader(token).kid ?? newest);
        if (!key) return 'auth.token_invalid';
        const { payload } = await jwtVerify(token, key, {
          algorithms: [algorithm],
          issuer,
          currentDate: clock.now(),
          requiredClaims: ['sub', 'sid', 'iat', 'exp'],
        });
        const { sub, sid, exp } = payload;
        if (typeof sub !== 'string' || typeof sid !== 'string' || exp === undefined)
          return 'auth.token_invalid';
        const claims = { userId: sub, sessionId: sid, expiresAtMs: exp * 1000 };
        if (!lives(claims)) return 'auth.token_expired';
        putNewest(verified, token, claims, maxVerifiedTokens);
        return claims;
      } catch (error) {
        return error instanceof errors.JWTExpired ? 'auth.token_expired' : 'auth.token_invalid';
      }
    },
  };
}
