// From credentials to a principal, cheaply: what each request asks first. Handing out credentials is in service.ts.
import { AppError } from '../../lib/app-error.ts';
import { putNewest, useNewest } from '../../lib/bounded.ts';
import type { Clock } from '../../lib/clock.ts';
import { answerWithin, TooLate } from '../../lib/within.ts';
import type { Principal } from '../../trpc/context.ts';
import type { AccessTokens, TokenProblem } from './access-tokens.ts';
import { idOfKey, isApiKey, isKeyId } from './api-key.ts';
import type { ApiKeys, KnownKey } from './api-keys.ts';
import { scopesOf } from './domain.ts';
import type { SessionEnds } from './session-ends.ts';
import type { Sessions } from './sessions.ts';
import { hashToken } from './tokens.ts';

/** An access token or an API key (header, connectionParams, first message), or a session token (the browser's cookie). */
export interface Credentials {
  bearer?: string | undefined;
  cookie?: string | undefined;
  /** The caller's address, for keys that work from some networks only. */
  ip?: string | undefined;
}
export interface Authentication {
  principal: Principal | null;
  /** Why there is none although credentials were sent. */
  problem?: TokenProblem | 'auth.key_invalid';
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

/** Whoever a session or the id of a key leads to. */
type Known = { principal: Principal } & Partial<Pick<KnownKey, 'admits'>>;

export function createAuthenticate(deps: {
  sessions: Sessions;
  keys: Pick<ApiKeys, 'find'>;
  accessTokens: AccessTokens;
  ends: SessionEnds;
  clock: Clock;
}): Authenticate {
  const { sessions, keys, accessTokens, ends, clock } = deps;
  // Promises, so that callers of one moment share a query, and a look-up overtaken by the session's end is dropped with it.
  const cache = new Map<string, { askedAtMs: number; answer: Promise<Known | null> }>();
  ends.listen((id) => void cache.delete(id));

  async function findSession(sessionId: string): Promise<Known | null> {
    const found = await sessions.find(sessionId);
    if (!found || found.disabled) return null;
    return { principal: { user: found.user, sessionId, scopes: scopesOf(found.user) } };
  }
  async function ask(id: string): Promise<Known | null> {
    const look = isKeyId(id) ? keys.find : findSession;
    const problem = `the login was not found or missed within ${lookUpWithinMs} ms`;
    return answerWithin(clock, lookUpWithinMs, () => look(id), problem).catch((cause: unknown) => {
      throw cause instanceof TooLate ? new AppError('server.unavailable', { cause }) : cause;
    });
  }
  function find(sessionId: string): Promise<Known | null> {
    const now = clock.monotonicMs();
    const known = useNewest(cache, sessionId);
    if (known && now - known.askedAtMs < sessionCacheMs) return known.answer;
    const entry = { askedAtMs: now, answer: ask(sessionId) };
    putNewest(cache, sessionId, entry, maxCachedSessions);
    // Only sessions that are live are kept: made-up tokens must not push out real sessions, and a failed query is no answer.
    const forget = () => {
      if (cache.get(sessionId) === entry) cache.delete(sessionId);
    };
    entry.answer.then((known) => {
      if (!known) forget();
    }, forget);
    return entry.answer;
  }

  async function byKey(bearer: string, ip: string | undefined): Promise<Authentication> {
    const id = idOfKey(bearer);
    const known = id === undefined ? null : await find(id);
    return (await known?.admits?.(bearer, ip))
      ? { principal: known!.principal }
      : { principal: null, problem: 'auth.key_invalid' };
  }

  /** A bearer wins over a cookie. Never throws for bad credentials; rejects when the database cannot be asked. */
  return async ({ bearer, cookie, ip }) => {
    if (bearer !== undefined) {
      if (isApiKey(bearer)) return byKey(bearer, ip);
      const claims = await accessTokens.verify(bearer);
      if (typeof claims === 'string') return { principal: null, problem: claims };
      const principal = (await find(claims.sessionId))?.principal;
      return principal?.user.id === claims.userId
        ? { principal }
        : { principal: null, problem: 'auth.token_invalid' };
    }
    if (cookie === undefined) return { principal: null };
    const principal = cookie.length <= maxCookieLength ? (await find(hashToken(cookie)))?.principal : null;
    return principal ? { principal } : { principal: null, problem: 'auth.token_invalid' };
  };
}
