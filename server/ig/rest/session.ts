// Being logged in to IG: one session per login over all processes, refreshed ahead of expiry, never hammered. Rows are in session-store.ts.
import type { z } from 'zod';
import { loginProblem } from '../../../shared/broker-words.ts';
import { AppError } from '../../lib/app-error.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import { ageMs, leftMs as leftUntil } from '../../lib/instants.ts';
import type { Logger } from '../../lib/logger.ts';
import { once } from '../../lib/once.ts';
import { backoffMs } from '../../lib/retry.ts';
import type { BrokerLogin } from './login.ts';
import { IgError, toAppError } from './errors.ts';
import type { IgHttp } from './http.ts';
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
/** After a refused login: 10 s, doubling to 10 min. A locked account (`too-many-failed-attempts`) waits the longest at once. */
const refusedFirstMs = 10_000;
const refusedMaxMs = 600_000;
/** While another process logs in, its row is read again this often, this many times: longer than a login may take. */
const waitStepMs = 250;
const maxWaits = 48;

export interface IgSession {
  /** Tokens that are valid for a few seconds at least; logs in or refreshes when needed. Throws broker.* AppErrors, and server.unavailable without the database. */
  current(): Promise<Tokens>;
  /** New tokens after IG refused `used`; the present ones when someone renewed meanwhile. Throws broker.* AppErrors. */
  renew(used: string): Promise<Tokens>;
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
  /** `untilMs` by this process's own measure: the clock may be set. */
  let known: { tokens: Tokens; untilMs: number } | undefined;
  const remember = (tokens: Tokens, forMs: number) => {
    known = { tokens, untilMs: clock.monotonicMs() + forMs };
    return tokens;
  };
  const intervalMs = login.environment === 'simulated' ? simulatedLoginIntervalMs : loginIntervalMs;
  /** What is left of a row's tokens, or of the pause after a refusal; a row of a clock that was ahead has nothing left. */
  const leftMs = ({ outcome, until }: SessionRow) =>
    until ? leftUntil(until, clock.now(), outcome?.kind === 'open' ? outcome.lifeMs : refusedMaxMs) : 0;
  /** The row's tokens, when they are worth using and not the ones just refused. */
  function usable(row: SessionRow, refused: string | undefined): Tokens | undefined {
    if (row.outcome?.kind !== 'open' || row.outcome.tokens.accessToken === refused) return undefined;
    const left = leftMs(row);
    return left > leastLeftMs ? remember(row.outcome.tokens, left) : undefined;
  }

  /** Stops here when the last login was refused and its pause is not over. */
  function refuseToHammer(row: SessionRow) {
    const left = leftMs(row);
    if (row.outcome?.kind === 'refused' && left > 0)
      throw new AppError('broker.login_failed', {
        message: loginProblem(login.environment, row.outcome.code),
        brokerCode: row.outcome.code,
        retryAfterMs: left,
      });
  }
  const inMs = (ms: number) => new Date(clock.now().getTime() + ms);

  /** Under the row lock: someone else's new tokens, ours by a refresh, or leave to log in (`attempt`), or wait for who does. */
  const claim = (refused: string | undefined) =>
    store.locked(async (tx, row): Promise<Tokens | 'attempt' | 'wait'> => {
      const present = usable(row, refused);
      if (present && leftMs(row) > renewAheadMs) return present;
      refuseToHammer(row);
      if (row.outcome?.kind === 'open' && leftMs(row) > -refreshableMs) {
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
          // A refresh may be lost with its answer; the refresh token is then spent and only a login helps.
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
      const answer = SessionV3.parse(body);
      const { outcome, until } = openOutcome(answer, login.accountId ?? answer.accountId, clock.now());
      const { tokens, lifeMs } = outcome;
      await store.save(outcome, until);
      logger.info({ feed: login.feed, accountId: tokens.accountId }, 'logged in to IG');
      return remember(tokens, lifeMs);
    } catch (error) {
      if (!(error instanceof IgError))
        throw new AppError('broker.unavailable', {
          cause: error,
          detail: 'the answer to a login could not be read',
        });
      if (error.facts.neverSent) await store.saveAttempt(null);
      if (error.isPassing || error.isRateLimited) throw toAppError(error);
      throw await refusedLogin(error);
    }
  }
  async function refusedLogin(error: IgError): Promise<AppError> {
    const before = (await store.read()).outcome;
    const times = before?.kind === 'refused' ? before.times + 1 : 1;
    const locked = error.code === 'error.security.too-many-failed-attempts';
    const waitMs = locked
      ? refusedMaxMs
      : backoffMs(times - 1, { firstMs: refusedFirstMs, maxMs: refusedMaxMs }, () => 0.5);
    await store.save({ kind: 'refused', code: error.code, times }, inMs(waitMs));
    logger.error({ feed: login.feed, code: error.code, nextAttemptInMs: waitMs }, 'IG refused the login');
    return new AppError('broker.login_failed', {
      message: loginProblem(login.environment, error.code),
      brokerCode: error.code,
      retryAfterMs: waitMs,
      cause: error,
    });
  }

  async function renewOnce(refused: string | undefined): Promise<Tokens> {
    for (let waits = 0; waits < maxWaits; waits++) {
      const row = await store.read();
      const present = usable(row, refused);
      if (present && leftMs(row) > renewAheadMs) return present;
      refuseToHammer(row);
      const claimed = await claim(refused);
      if (claimed === 'attempt') return logIn();
      if (claimed !== 'wait') return claimed;
      await pause(clock, waitStepMs);
    }
    throw new AppError('broker.unavailable', {
      detail: 'nobody could log in to IG',
      retryAfterMs: intervalMs,
    });
  }
  const renew = once((refused?: string) => renewOnce(refused).catch(withoutDatabase));

  return {
    async current() {
      const left = known ? known.untilMs - clock.monotonicMs() : 0;
      if (!known || left <= leastLeftMs) return renew();
      if (left <= renewAheadMs)
        renew().catch((err) => logger.warn({ err }, 'renewing the session in the background failed'));
      return known.tokens;
    },
    renew: async (used) => (known && known.tokens.accessToken !== used ? known.tokens : renew(used)),
  };
}

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
