// Being logged in to IG: one session per login over all processes, refreshed ahead of expiry, never hammered. Rows are in session-store.ts.
import type { z } from 'zod';
import { loginProblem } from '../../../shared/broker-words.ts';
import { AppError } from '../../lib/app-error.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import { ageMs, leftMs as leftUntil } from '../../lib/instants.ts';
import type { Logger } from '../../lib/logger.ts';
import { once } from '../../lib/once.ts';
import { backoffMs } from '../../lib/retry.ts';
import { createTrouble } from '../../lib/trouble.ts';
import type { BrokerLogin } from './login.ts';
import { IgError, toAppError } from './errors.ts';
import type { IgHttp } from './http.ts';
import { read } from './door.ts';
import { OAuthTokens, SessionV3 } from './schemas.ts';
import type { SessionRow, SessionStore, Tokens } from './session-store.ts';

/** An access token lives 60 s: from 15 s before its end the next request renews it, in the background while 3 s are left. */
const renewAheadMs = 15_000;
const leastLeftMs = 3_000;
/** A refresh token outlives the access token by some 10 minutes; later only a login helps. */
const refreshableMs = 600_000;
/** Between logins, over all processes. A simulator has nobody to annoy, and its start must not wait for it. */
export const loginIntervalMs = 10_000;
const simulatedLoginIntervalMs = 250;
/**
 * After a refused login, since a person has to act; once soon, should it be IG's own trouble. Few enough that IG does not lock the
 * account for it. One that is locked (`too-many-failed-attempts`) waits the longest at once.
 */
const refusedMs = [10_000, 60_000, 600_000];
/** After a login without an answer, as in IG's maintenance of the weekend: 10 s, doubling to a minute; not all logins at once. */
const unansweredFirstMs = 10_000;
const unansweredMaxMs = 60_000;
const longestPauseMs = Math.max(...refusedMs, unansweredMaxMs);
/** While another process logs in, its row is read again this often, this many times: longer than a login may take. */
const waitStepMs = 250;
const maxWaits = 48;

export interface IgSession {
  /** Tokens that are valid for a few seconds at least; logs in or refreshes when needed. Throws broker.* AppErrors, and server.unavailable without the database. */
  /**
   * `urgent`: a close waits for no pause after a refusal that a login may have got over by now, a disabled key or terms that were to be
   * accepted; one for a wrong password it leaves alone, since IG locks the login after a few.
   */
  current(options?: { urgent?: boolean }): Promise<Tokens>;
  /** New tokens after IG refused `used`; the present ones when someone renewed meanwhile. Throws broker.* AppErrors. */
  renew(used: string): Promise<Tokens>;
  /**
   * IG refused a request with tokens that were good: if that says that the API key is dead, nobody asks for a while, and the refusal
   * comes back as that of a log-in does. Throws server.unavailable without the database.
   */
  refused(error: IgError): Promise<AppError | null>;
}

/** IG REST: POST /session v3, POST /session/refresh-token v1. PUT /session is never called: accounts go by header. */
export function createIgSession({
  login,
  http,
  store,
  clock,
  logger,
}: {
  login: BrokerLogin;
  http: IgHttp;
  store: SessionStore;
  clock: Clock;
  logger: Logger;
}): IgSession {
  const renewing = createTrouble(
    logger,
    'renewing the session in the background failed',
    'the session is renewed again',
  );
  /** `untilMs` by this process's own measure: the clock may be set. */
  let known: { tokens: Tokens; untilMs: number } | undefined;
  const remember = (tokens: Tokens, forMs: number) => {
    known = { tokens, untilMs: clock.monotonicMs() + forMs };
    return tokens;
  };
  const intervalMs = login.environment === 'simulated' ? simulatedLoginIntervalMs : loginIntervalMs;
  /** What is left of a row's tokens, or of the pause after a refusal; a row of a clock that was ahead has nothing left. */
  const leftMs = ({ outcome, until }: SessionRow) =>
    until ? leftUntil(until, clock.now(), outcome?.kind === 'open' ? outcome.lifeMs : longestPauseMs) : 0;
  /** The row's tokens, when they are worth using and not the ones just refused. */
  function usable(row: SessionRow, refused: string | undefined): Tokens | undefined {
    if (row.outcome?.kind !== 'open' || row.outcome.tokens.accessToken === refused) return undefined;
    const left = leftMs(row);
    return left > leastLeftMs ? remember(row.outcome.tokens, left) : undefined;
  }

  /** Stops here when the last login was refused and its pause is not over. One that was not answered is waited for the first time. */
  function refuseToHammer(row: SessionRow, urgent: boolean) {
    const left = leftMs(row);
    if (left <= 0) return;
    if (row.outcome?.kind === 'refused' && !(urgent && !locksLogins.has(row.outcome.code)))
      throw new AppError('broker.login_failed', {
        message: loginProblem(login.environment, row.outcome.code),
        brokerCode: row.outcome.code,
        retryAfterMs: left,
      });
    if (row.outcome?.kind === 'unanswered' && row.outcome.times > 1)
      throw new AppError('broker.unavailable', {
        message: row.outcome.message,
        detail: `${row.outcome.times} logins in a row were not answered`,
        retryAfterMs: left,
      });
  }
  const inMs = (ms: number) => new Date(clock.now().getTime() + ms);

  /** Under the row lock: someone else's new tokens, ours by a refresh, or leave to log in (`attempt`), or wait for who does. */
  const claim = (refused: string | undefined, urgent: boolean) =>
    store.locked(async (tx, row): Promise<Tokens | 'attempt' | 'wait'> => {
      const present = usable(row, refused);
      if (present && leftMs(row) > renewAheadMs) return present;
      refuseToHammer(row, urgent);
      if (row.outcome?.kind === 'open' && row.outcome.tokens.refreshToken && leftMs(row) > -refreshableMs) {
        const { tokens } = row.outcome;
        try {
          const { body } = await http({
            method: 'POST',
            path: '/session/refresh-token',
            version: 1,
            body: { refresh_token: tokens.refreshToken },
          });
          const fresh = OAuthTokens.parse(body);
          const next = { ...tokens, ...oauth(fresh) };
          const lifeMs = lifeOf(fresh);
          await store.save({ kind: 'open', tokens: next, lifeMs }, inMs(lifeMs), tx);
          return remember(next, lifeMs);
        } catch (error) {
          // Refused, or spent and the answer lost: only a login helps, and nobody tries it again.
          if (!(error instanceof IgError && error.facts.neverSent))
            await store.save(
              { ...row.outcome, tokens: { ...tokens, refreshToken: '' } },
              row.until ?? clock.now(),
              tx,
            );
          logger.info(
            { reason: error instanceof IgError ? error.code : 'unreadable' },
            'the session could not be refreshed',
          );
          if (present) return present;
        }
      }
      if (row.attemptedAt && ageMs(row.attemptedAt, clock.now()) < intervalMs) return 'wait';
      await store.saveAttempt(clock.now(), tx);
      return 'attempt';
    });

  async function logIn(): Promise<Tokens> {
    try {
      const { body } = await http({
        method: 'POST',
        path: '/session',
        version: 3,
        body: { identifier: login.identifier, password: login.password },
      });
      const answer = read(SessionV3, { body, endpoint: 'POST /session v3' });
      const { outcome, until } = openOutcome(answer, login.accountId ?? answer.accountId, clock.now());
      const { tokens, lifeMs } = outcome;
      await store.save(outcome, until);
      logger.info({ feed: login.feed, accountId: tokens.accountId }, 'logged in to IG');
      return remember(tokens, lifeMs);
    } catch (error) {
      if (!(error instanceof IgError)) throw error; // PostgreSQL's, or an answer in another shape
      if (error.facts.neverSent) await store.saveAttempt(null);
      else if (error.isPassing || error.isRateLimited) await unansweredLogin(toAppError(error));
      if (error.isPassing || error.isRateLimited) throw toAppError(error);
      throw await refusedLogin(error, 'login');
    }
  }
  async function unansweredLogin({ message }: AppError) {
    const { outcome } = await store.read();
    const times = (outcome?.kind === 'unanswered' ? outcome.times : 0) + 1;
    const waitMs = backoffMs(times - 1, { firstMs: unansweredFirstMs, maxMs: unansweredMaxMs });
    await store.save({ kind: 'unanswered', times, message }, inMs(waitMs));
    // Told once: it is over when a log-in is told.
    logger[times === 1 ? 'warn' : 'debug'](
      { feed: login.feed, nextAttemptInMs: waitMs },
      'IG did not answer a login',
    );
  }
  /** `by` another call than a log-in: several that were under way meet the same refusal, and count as one. */
  async function refusedLogin(error: IgError, by: 'login' | 'call'): Promise<AppError> {
    const waitMs = await store.locked(async (tx, row) => {
      const before = row.outcome?.kind === 'refused' ? row.outcome : undefined;
      if (by === 'call' && before?.code === error.code && leftMs(row) > 0) return leftMs(row);
      const times = (before?.times ?? 0) + 1;
      const isLocked = error.code === 'error.security.too-many-failed-attempts';
      const pauseMs = isLocked ? longestPauseMs : refusedMs[Math.min(times, refusedMs.length) - 1]!;
      await store.save({ kind: 'refused', code: error.code, times }, inMs(pauseMs), tx);
      logger[before?.code === error.code ? 'debug' : 'error'](
        { feed: login.feed, code: error.code, nextAttemptInMs: pauseMs },
        'IG refused the login',
      );
      return pauseMs;
    });
    return new AppError('broker.login_failed', {
      message: loginProblem(login.environment, error.code),
      brokerCode: error.code,
      retryAfterMs: waitMs,
      cause: error,
    });
  }

  async function renewOnce(refused: string | undefined, urgent: boolean): Promise<Tokens> {
    for (let waits = 0; waits < maxWaits; waits++) {
      const row = await store.read();
      const present = usable(row, refused);
      if (present && leftMs(row) > renewAheadMs) return present;
      refuseToHammer(row, urgent);
      const claimed = await claim(refused, urgent);
      if (claimed === 'attempt') return logIn();
      if (claimed !== 'wait') return claimed;
      await pause(clock, waitStepMs);
    }
    throw new AppError('broker.unavailable', {
      detail: 'nobody could log in to IG',
      retryAfterMs: intervalMs,
    });
  }
  const renew = once(
    (refused: string | undefined, urgent: boolean) => renewOnce(refused, urgent).catch(withoutDatabase),
    (_refused: string | undefined, urgent: boolean) => String(urgent),
  );

  return {
    async current({ urgent = false } = {}) {
      const left = known ? known.untilMs - clock.monotonicMs() : 0;
      if (!known || left <= leastLeftMs) return renew(undefined, urgent);
      if (left <= renewAheadMs) renew(undefined, false).then(renewing.worked, renewing.failed);
      return known.tokens;
    },
    async refused(error) {
      if (!error.isKeyRefused) return null;
      known = undefined;
      return refusedLogin(error, 'call').catch(withoutDatabase);
    },
    renew: async (used) => (known && known.tokens.accessToken !== used ? known.tokens : renew(used, false)),
  };
}

/** Refusals of which a few more lock the login, or that say that it is locked. */
const locksLogins = new Set(['error.security.invalid-details', 'error.security.too-many-failed-attempts']);

const lifeOf = ({ expires_in }: OAuthTokens) => Number(expires_in) * 1000;
const oauth = ({ access_token, refresh_token }: OAuthTokens) => ({
  accessToken: access_token,
  refreshToken: refresh_token,
});

/** What a login that was answered at `at` comes to for one account of it. */
export function openOutcome(answer: z.infer<typeof SessionV3>, accountId: string, at: Date) {
  const lifeMs = lifeOf(answer.oauthToken);
  const tokens: Tokens = {
    ...oauth(answer.oauthToken),
    accountId,
    lightstreamerEndpoint: answer.lightstreamerEndpoint,
    timezoneOffsetMinutes: Number(answer.timezoneOffset ?? 0) * 60,
  };
  return { outcome: { kind: 'open' as const, tokens, lifeMs }, until: new Date(at.getTime() + lifeMs) };
}

/** What is neither IG's doing nor ours is PostgreSQL's. */
function withoutDatabase(error: unknown): never {
  throw error instanceof AppError
    ? error
    : new AppError('server.unavailable', {
        cause: error,
        detail: 'the broker session could not be read or written',
      });
}
