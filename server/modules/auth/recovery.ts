// Proving an address and changing a password, with a code that was mailed or with the present password. Signing in is in service.ts.
import type { z } from 'zod';
import type { ChangePassword, ResetPassword } from '../../../shared/auth.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { leftMs } from '../../lib/instants.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Context } from '../../trpc/context.ts';
import { codeLifetimeMs, type AskedPurpose, type CodePurpose } from './domain.ts';
import type { OrderMail } from './mails.ts';
import type { PasswordRules } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import type { RateLimits } from './rate-limits.ts';
import type { AuthService } from './service.ts';
import type { SessionEnds } from './session-ends.ts';
import type { SignOut } from './sign-out.ts';
import type { AuthStore, CodeRow } from './store.ts';
import { hashToken } from './tokens.ts';
import type { TellSecurity } from './ports.ts';

type Caller = Pick<Context, 'ip' | 'identify'>;
export type Recovery = ReturnType<typeof createRecovery>;
/** What is asked for by mail of a user; a verification may be of a registration as well. */
export type RecoveryCalls = Omit<Recovery, 'findVerification' | 'verifyEmail'>;

export function createRecovery(deps: {
  store: AuthStore;
  passwords: Passwords;
  limits: RateLimits;
  ends: SessionEnds;
  signOut: SignOut;
  clock: Clock;
  logger: Logger;
  orderMail: OrderMail;
  tellSecurity: TellSecurity;
  checkPassword: AuthService['checkPassword'];
  rules: PasswordRules;
}) {
  const { store, passwords, rules, limits, ends, signOut, clock, logger, orderMail, tellSecurity } = deps;

  /** A code that is good, and stays so. Throws auth.code_invalid. */
  async function findCode(code: string, purpose: CodePurpose): Promise<CodeRow> {
    const found = await store.findCode(hashToken(code), purpose);
    if (!found || leftMs(found.expiresAt, clock.now(), codeLifetimeMs[purpose]) <= 0)
      throw new AppError('auth.code_invalid');
    return found;
  }
  /**
   * Uses a code up for `change`, once; the user is held first, as by whoever else changes how somebody signs in. Throws
   * auth.code_invalid when somebody else was quicker, or the account is another by now.
   */
  function useCode<T>(
    { codeHash, userId, email }: CodeRow,
    change: (tx: Parameters<OrderMail>[0], user: { id: string; emailVerifiedAt: Date | null }) => Promise<T>,
  ): Promise<T> {
    return store.transaction(async (tx) => {
      const user = await store.lockUser(tx, userId);
      const isUsed = (await store.deleteCode(codeHash, tx)).length === 1;
      if (!user || user.disabledAt || user.email !== email || !isUsed)
        throw new AppError('auth.code_invalid');
      return change(tx, user);
    });
  }
  return {
    /** Counts one request for a mail; the same for an address that nobody has. Throws request.limited. */
    async admitMail(purpose: AskedPurpose, email: string, caller: Caller): Promise<void> {
      caller.identify?.({ subject: email });
      await limits.startMail(purpose, email, caller.ip);
    },
    /** The job finds out whose address it is: here nothing depends on it. */
    orderCode: (purpose: AskedPurpose, email: string): Promise<void> =>
      store.transaction((tx) => orderMail(tx, { kind: purpose, email })),

    /** Throws auth.code_invalid. */
    findVerification: (code: string): Promise<CodeRow> => findCode(code, 'verify_email'),
    /** Throws auth.code_invalid. */
    async verifyEmail(found: CodeRow, caller: Caller): Promise<void> {
      caller.identify?.({ userId: found.userId });
      await useCode(found, async (tx, { id }) => {
        await store.setEmailVerified(tx, id, clock.now());
        await store.deleteCodesOf(tx, id, 'verify_email');
      });
    },

    /** The code, and the hash of the password it is for. Throws auth.code_invalid, request.invalid, request.limited. */
    async admitReset({ code, password }: z.output<typeof ResetPassword>) {
      const found = await findCode(code, 'reset_password');
      await rules.require(found, password, 'password');
      return { found, passwordHash: await passwords.hash(password) };
    },
    /** Signs out everywhere and ends all API keys: whoever had taken the account over made some. That the mail arrived proves the address too. Throws auth.code_invalid. */
    async resetPassword(
      { found, passwordHash }: { found: CodeRow; passwordHash: string },
      caller: Caller,
    ): Promise<void> {
      const { userId, email } = found;
      caller.identify?.({ userId });
      const at = clock.now();
      const ended = await useCode(found, async (tx, user) => {
        await store.setPasswordHash(tx, user.id, passwordHash);
        if (!user.emailVerifiedAt) await store.setEmailVerified(tx, user.id, at);
        await store.deleteCodesOf(tx, user.id);
        await orderMail(tx, { kind: 'password_changed', email, at });
        const ended = await signOut.end(tx, user.id, 'all');
        await tellSecurity(tx, user.id, 'password_reset');
        return ended;
      });
      signOut.tell(ended);
      await limits.forgiveLogin(email, caller.ip);
      logger.info(
        { userId, ip: caller.ip },
        'a password was reset by a code; all logins and API keys were ended',
      );
    },

    /** Signs out everywhere else. Throws auth.wrong_password, request.invalid, request.limited. */
    async changePassword(
      who: { userId: string; sessionId: string; email: string; name: string; ip: string },
      { password, newPassword }: z.output<typeof ChangePassword>,
    ): Promise<void> {
      const { userId, sessionId, email, ip } = who;
      await rules.require(who, newPassword, 'newPassword');
      const { passwordHash: old } = await deps.checkPassword({ email, ip }, password);
      const passwordHash = await passwords.hash(newPassword);
      const at = clock.now();
      const ended = await store.transaction(async (tx) => {
        const user = await store.lockUser(tx, userId);
        // Changed meanwhile, perhaps by whoever takes the account back.
        if (user?.passwordHash !== old) throw new AppError('auth.wrong_password');
        await store.setPasswordHash(tx, userId, passwordHash);
        await store.deleteCodesOf(tx, userId, 'reset_password');
        await orderMail(tx, { kind: 'password_changed', email, at });
        const ended = await store.deleteSessionsOf(tx, userId, { except: sessionId });
        await tellSecurity(tx, userId, 'password_changed');
        return ended;
      });
      for (const { id } of ended) ends.announce(id);
      logger.info({ userId, ip }, 'a password was changed; all other logins were ended');
    },
  };
}
