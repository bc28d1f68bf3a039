// From credentials to a principal, cheaply: what each request asks first. Handing out credentials is in service.ts.
import { AppError } from '../../lib/app-error.ts';
import { putNewest, useNewest } from '../../lib/bounded.ts';
import type { Clock } from '../../lib/clock.ts';
import { answerWithin, TooLate } from '../../lib/within.ts';
import type { Principal } from '../../trpc/context.ts';
import type { AccessTokens, TokenProblem } from './access-tokens.ts';
import { scopesOf } from './domain.ts';
import type { SessionEnds } from './session-ends.ts';
import type { Sessions } from './sessions.ts';
import { hashToken } from './tokens.ts';

/** An access token (header, connectionParams, first message) or a session token (the browser's cookie). */
export interface Credentials {
  bearer?: string | undefined;
  cookie?: string | undefined;
}
export interface Authentication {
  principal: Principal | null;
  /** Why there is none although credentials were sent. */
  problem?: TokenProblem;
}
export type Authenticate = (credentials: Credentials) => Promise<Authentication>;

/** How long a session is believed without asking the database: the longest a revocation can go unnoticed if its wake-up is lost. */
export const sessionCacheMs = 1_000;
/** Longest wait for the database's word on a session. A caller must be able to learn within a second that it stands still. */
const lookUpWithinMs = 900;
/** Sessions remembered at a time, some 1 kB each. */
const maxCachedSessions = 10_000;
/** Session tokens have 43 characters. */
const maxCookieLength = 100;

export function createAuthenticate(deps: {
  sessions: Sessions;
  accessTokens: AccessTokens;
  ends: SessionEnds;
  clock: Clock;
}): Authenticate {
  const { sessions, accessTokens, ends, clock } = deps;
  // Promises, so that callers of one moment share a query, and a look-up overtaken by the session's end is dropped with it.
  const cache = new Map<string, { askedAtMs: number; answer: Promise<Principal | null> }>();
  ends.listen((sessionId) => void cache.delete(sessionId));

  async function ask(sessionId: string): Promise<Principal | null> {
    const problem = `the session was not found or missed within ${lookUpWithinMs} ms`;
    const found = await answerWithin(clock, lookUpWithinMs, () => sessions.find(sessionId), problem).catch(
      (cause: unknown) => {
        throw cause instanceof TooLate ? new AppError('server.unavailable', { cause }) : cause;
      },
    );
    return found && !found.disabled ? { user: found.user, sessionId, scopes: scopesOf(found.user) } : null;
  }
  function find(sessionId: string): Promise<Principal | null> {
    const now = clock.monotonicMs();
    const known = useNewest(cache, sessionId);
    if (known && now - known.askedAtMs < sessionCacheMs) return known.answer;
    const entry = { askedAtMs: now, answer: ask(sessionId) };
    putNewest(cache, sessionId, entry, maxCachedSessions);
    // Only sessions that are live are kept: made-up tokens must not push out real sessions, and a failed query is no answer.
    const forget = () => {
      if (cache.get(sessionId) === entry) cache.delete(sessionId);
    };
    entry.answer.then((principal) => {
      if (!principal) forget();
    }, forget);
    return entry.answer;
  }

  /** A bearer wins over a cookie. Never throws for bad credentials; rejects when the database cannot be asked. */
  return async ({ bearer, cookie }) => {
    if (bearer !== undefined) {
      const claims = await accessTokens.verify(bearer);
      if (typeof claims === 'string') return { principal: null, problem: claims };
      const principal = await find(claims.sessionId);
      return principal?.user.id === claims.userId
        ? { principal }
        : { principal: null, problem: 'auth.token_invalid' };
    }
    if (cookie === undefined) return { principal: null };
    const principal = cookie.length <= maxCookieLength ? await find(hashToken(cookie)) : null;
    return principal ? { principal } : { principal: null, problem: 'auth.token_invalid' };
  };
}
