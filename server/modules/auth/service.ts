// Signing in, on and out: the use cases. Signing up is in registration.ts, recognising a signed-in caller in authenticate.ts.
import type { z } from 'zod';
import type { Login, SignedIn } from '../../../shared/auth.ts';
import type { SecurityEvent } from '../../../shared/security-events.ts';
import type { Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { latestPast } from '../../lib/instants.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { Context } from '../../trpc/context.ts';
import { toUser, type SeenRow } from '../users/index.ts';
import type { AccessTokens } from './access-tokens.ts';
import { isPublished, judgeRefresh, type SecurityNotice } from './domain.ts';
import { isElsewhere } from './elsewhere.ts';
import type { OrderMail } from './mails.ts';
import type { Passwords } from './passwords.ts';
import type { TellSecurity } from './ports.ts';
import type { RateLimits } from './rate-limits.ts';
import type { SessionEnds } from './session-ends.ts';
import type { Sessions } from './sessions.ts';
import type { AuthStore, HeldRefreshToken, UserRow } from './store.ts';
import { hashToken, successorOf } from './tokens.ts';
import type { SecondFactor, TwoFactorUse } from './two-factor.ts';

export interface AuthServiceDeps {
  store: AuthStore;
  sessions: Sessions;
  passwords: Passwords;
  accessTokens: AccessTokens;
  limits: RateLimits;
  ends: SessionEnds;
  ids: Ids;
  clock: Clock;
  logger: Logger;
  twoFactor: Pick<TwoFactorUse, 'admit' | 'spend'>;
  orderMail: OrderMail;
  tellSecurity: TellSecurity;
  metrics?: Metrics | undefined;
  secretKeys: readonly [string, ...string[]];
  refreshTokenMinutes: number;
  /** Then the published login signs nobody in. */
  production: boolean;
}
/** Somebody whose password was right; `outdated`: its hash is to be made anew; `factor`: what was shown beside it. */
interface Admitted {
  user: UserRow;
  outdated: boolean;
  factor: SecondFactor;
}
type Caller = Pick<Context, 'ip' | 'userAgent' | 'cookie' | 'identify'>;
export type AuthService = ReturnType<typeof createAuthService>;

/** The server decides when a session ends, and lengthens it while it is used; the cookie only must not end first. Browsers keep at most 400 days. */
const cookieLifetimeMs = 400 * 24 * 3_600_000;
/** How long an expired refresh token is still told apart from an unknown one. */
const expiredTokensKeptMs = 7 * 24 * 3_600_000;

export function createAuthService(deps: AuthServiceDeps) {
  const { store, sessions, passwords, accessTokens, limits, ends, ids, clock, logger } = deps;

  const logins = deps.metrics?.counter('ftrader_logins_total', 'Log-ins, by outcome', ['outcome']);
  const insertRefreshToken = async (tx: Tx, token: string, sessionId: string) => {
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + deps.refreshTokenMinutes * 60_000);
    await store.insertRefreshToken(tx, { tokenHash: hashToken(token), sessionId, createdAt: now, expiresAt });
    return expiresAt;
  };
  const openSession = async (tx: Tx, user: SeenRow, caller: Caller) => {
    const session = await sessions.open(tx, user.id, caller);
    caller.identify?.({ userId: user.id, sessionId: session.id });
    const refreshToken = ids.secret();
    await insertRefreshToken(tx, refreshToken, session.id);
    return { user, session, refreshToken };
  };
  const toSignedIn = async (user: SeenRow, sessionId: string, refreshToken: string): Promise<SignedIn> => {
    const { token, expiresAt } = await accessTokens.issue({ userId: user.id, sessionId });
    return { accessToken: token, refreshToken, expiresAt, user: toUser(user) };
  };
  const signedIn = (
    { user, session, refreshToken }: Awaited<ReturnType<typeof openSession>>,
    caller: Caller,
  ) => {
    logins?.inc({ outcome: 'ok' });
    logger.info({ userId: user.id, ip: caller.ip }, 'signed in');
    caller.cookie?.set(session.token, new Date(clock.now().getTime() + cookieLifetimeMs));
    return toSignedIn(user, session.id, refreshToken);
  };

  /** In the app and by mail. */
  async function tellGrave(
    tx: Tx,
    { id, email }: Pick<SeenRow, 'id' | 'email'>,
    event: SecurityEvent & SecurityNotice,
  ): Promise<void> {
    await deps.orderMail(tx, { kind: 'security_notice', email, notice: event, at: clock.now() });
    await deps.tellSecurity(tx, id, event);
  }

  /**
   * One attempt with a password, counted whatever comes of it: whose it is; null for a wrong one. It counts as one that failed too when
   * `admitFactor` refuses, which is asked after a right password only. Throws request.limited, and what that throws.
   */
  async function attempted(
    { email, password }: Pick<z.output<typeof Login>, 'email' | 'password'>,
    { ip }: Pick<Caller, 'ip'>,
    admitFactor: (user: UserRow) => Promise<SecondFactor> = async () => ({ by: 'nothing' }),
  ): Promise<Admitted | null> {
    const attempt = await limits.startLogin(email, ip, () => store.sessionAddresses(email));
    const user = await store.findByEmail(email);
    const { ok, outdated } = await passwords
      .verify(password, user?.passwordHash)
      .catch(async (thrown: unknown) => {
        await attempt.undone(); // nobody has looked at it
        throw thrown;
      });
    const isShut = deps.production && isPublished({ email, password });
    if (!user || !ok || user.disabledAt || isShut) return null;
    const factor = await admitFactor(user);
    await attempt.succeeded();
    return { user, outdated, factor };
  }

  return {
    /**
     * Whose password it is, and whose code where two-factor authentication is on. Throws auth.invalid_credentials (wrong password, unknown
     * address and disabled account alike), auth.code_required, auth.code_wrong, request.limited.
     */
    async admitLogin(login: z.output<typeof Login>, caller: Caller): Promise<Admitted> {
      caller.identify?.({ subject: login.email });
      try {
        const admitted = await attempted(login, caller, ({ id }) => deps.twoFactor.admit(id, login.code));
        if (admitted) return admitted;
        throw new AppError('auth.invalid_credentials');
      } catch (thrown) {
        const isTheirs = thrown instanceof AppError && thrown.kind === 'unauthenticated';
        if (isTheirs) logins?.inc({ outcome: 'refused' });
        throw thrown;
      }
    },
    /** Somebody who is signed in types their password again; it counts as a log-in. Throws auth.wrong_password, request.limited. */
    async checkPassword({ email, ip }: { email: string; ip: string }, password: string): Promise<UserRow> {
      const admitted = await attempted({ email, password }, { ip });
      if (!admitted) throw new AppError('auth.wrong_password');
      return admitted.user;
    },
    /** Signs in who was admitted, and uses up their code. Throws auth.invalid_credentials, auth.code_wrong when they are no longer. */
    async login(
      { password }: z.output<typeof Login>,
      { user, outdated, factor }: Admitted,
      caller: Caller,
    ): Promise<SignedIn> {
      const renewed = outdated ? await passwords.hash(password) : undefined;
      if (renewed) await store.replacePasswordHash(user.id, user.passwordHash, renewed);
      const admittedBy = [user.passwordHash, renewed];
      const opened = await store.transaction(async (tx) => {
        // Since it was admitted an operator may have shut the account or changed its password, and ended the logins there were.
        const held = await store.holdUser(tx, user.id);
        const isStillTheirs =
          held &&
          !held.disabledAt &&
          (admittedBy.includes(held.passwordHash) ||
            (await passwords.verify(password, held.passwordHash)).ok);
        if (!isStillTheirs) throw new AppError('auth.invalid_credentials');
        await deps.twoFactor.spend(tx, held, factor);
        const now = clock.now();
        const isNew = isElsewhere(caller, await store.listSessions(held.id, now, tx), { ...held, now });
        const opened = await openSession(tx, held, caller);
        if (isNew) await tellGrave(tx, held, 'signed_in_elsewhere');
        return opened;
      });
      for (const { id } of await store.deleteSurplusSessions(user.id, latestPast(clock.now())))
        ends.announce(id);
      return signedIn(opened, caller);
    },

    /** Whether the token can still do anything, if only end its session. Throws auth.token_expired, auth.token_invalid. */
    async admitRefresh(refreshToken: string): Promise<void> {
      requireRefreshable(await store.findRefreshToken(hashToken(refreshToken)), clock.now());
    },
    /**
     * Trades a refresh token for its successor and a fresh access token; the session lives on for as long again. A token used
     * before ends its session, since somebody has a copy; within the grace it gets the successor again (see refreshGraceMs).
     * Throws auth.token_expired, auth.token_invalid.
     */
    async refresh(refreshToken: string, caller: Caller): Promise<SignedIn> {
      const successors = deps.secretKeys.map((key) => successorOf(refreshToken, key));
      const outcome = await store.transaction(async (tx) => {
        const held = await store.lockRefreshToken(tx, hashToken(refreshToken));
        if (held)
          caller.identify?.({ sessionId: held.token.sessionId, ...(held.user && { userId: held.user.id }) });
        const now = clock.now();
        const { token, user, verdict } = requireRefreshable(held, now);
        if (verdict === 'reused') {
          await store.deleteSession(tx, token.sessionId);
          await tellGrave(tx, user, 'refresh_token_reused');
        }
        if (verdict === 'rotate') {
          await store.markRefreshTokenUsed(tx, token.tokenHash, now);
          await store.setSessionExpiry(
            tx,
            token.sessionId,
            await insertRefreshToken(tx, successors[0]!, token.sessionId),
          );
        }
        const successor = verdict === 'repeat' ? await store.findStored(tx, successors) : successors[0];
        return { verdict, sessionId: token.sessionId, user, successor };
      });
      const { user, sessionId, verdict, successor = successors[0]! } = outcome;
      if (verdict !== 'reused') return toSignedIn(user, sessionId, successor);
      ends.announce(sessionId); // after the commit: nobody can find the session again
      logger.warn(
        { userId: user.id, sessionId },
        'a refresh token was used a second time: its session was ended',
      );
      throw new AppError('auth.token_invalid');
    },

    /** Ends the session and clears the browser's cookie. */
    async logout(sessionId: string, caller: Caller): Promise<void> {
      await sessions.end(sessionId);
      caller.cookie?.clear();
    },

    /** Removes what is past its time; sockets of sessions that ran out are closed by it. */
    async sweep(): Promise<void> {
      const now = clock.now();
      await store.endBy(new Date(latestPast(now).getTime() + deps.refreshTokenMinutes * 60_000));
      for (const id of await store.deleteExpiredSessions(now)) ends.announce(id);
      await store.deleteRefreshTokensExpiredBy(new Date(now.getTime() - expiredTokensKeptMs));
      await store.deleteCodesExpiredBy(now);
      await limits.sweep();
    },
  };
}

/** What a refresh token leads to, and how it is judged. Throws auth.token_expired, auth.token_invalid (also logged out, or disabled). */
function requireRefreshable(held: HeldRefreshToken | undefined, now: Date) {
  if (!held) throw new AppError('auth.token_invalid');
  const { token, user } = held;
  const verdict = judgeRefresh(token, now);
  if (verdict === 'expired')
    throw new AppError('auth.token_expired', { message: 'The refresh token has expired: sign in again.' });
  if (!user || user.disabledAt) throw new AppError('auth.token_invalid');
  return { token, user, verdict };
}
