// Authenticators and recovery codes: setting them up, and what they prove. When a proof is asked for is in service.ts and step-up.ts.
import type { RecoveryCodes, StartedTotp, TwoFactor } from '../../../shared/two-factor.ts';
import type { Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Principal } from '../../trpc/context.ts';
import type { SecurityNotice } from './domain.ts';
import type { OrderMail } from './mails.ts';
import type { RateLimits } from './rate-limits.ts';
import { hashRecoveryCode, makeRecoveryCodes } from './recovery-code.ts';
import type { AuthStore } from './store.ts';
import { makeTotpSecret, newestStep, stepOf, totpUri } from './totp.ts';
import { totpPlaceOf, type TotpRow, type TwoFactorStore } from './two-factor-store.ts';
import type { TellSecurity } from './ports.ts';
import type { SecurityEvent } from '../../../shared/security-events.ts';

/** What somebody showed beside the password, and which is not used up yet. */
export type SecondFactor =
  | { by: 'nothing' }
  | { by: 'authenticator'; createdAt: Date; step: number }
  | { by: 'recovery'; codeHash: string };

export interface TwoFactorDeps {
  store: AuthStore;
  twoFactors: TwoFactorStore;
  sealer: Sealer;
  limits: RateLimits;
  ids: Ids;
  clock: Clock;
  logger: Logger;
  orderMail: OrderMail;
  tellSecurity: TellSecurity;
  /** Throws auth.step_up_required. */
  requireFresh: (principal: Principal) => Promise<void>;
}
export type TwoFactorUse = ReturnType<typeof createTwoFactor>;
export type TwoFactorCalls = Pick<
  TwoFactorUse,
  'startTotp' | 'confirmTotp' | 'disableTotp' | 'regenerateRecoveryCodes'
>;
type User = Pick<Principal['user'], 'id' | 'email'>;

export function createTwoFactor(deps: TwoFactorDeps) {
  const { store, twoFactors, sealer, limits, ids, clock, logger, orderMail, tellSecurity, requireFresh } =
    deps;
  const findConfirmed = async (userId: string, tx?: Tx): Promise<TotpRow | undefined> => {
    const row = await twoFactors.find(userId, tx);
    return row?.confirmedAt ? row : undefined;
  };
  const stepIn = (row: TotpRow, code: string): number | null =>
    stepOf(sealer.open(row.secret, totpPlaceOf(row.userId)), code, {
      now: clock.now(),
      lastStep: row.lastStep,
    });
  async function tell(tx: Tx, { id, email }: User, event: SecurityNotice & SecurityEvent): Promise<void> {
    await orderMail(tx, { kind: 'security_notice', email, notice: event, at: clock.now() });
    await tellSecurity(tx, id, event);
  }

  async function look(row: TotpRow, code: string): Promise<SecondFactor | null> {
    if (/^\d{6}$/.test(code)) {
      const step = stepIn(row, code);
      return step === null ? null : { by: 'authenticator', createdAt: row.createdAt, step };
    }
    const codeHash = hashRecoveryCode(code);
    return (await twoFactors.hasRecoveryCode(row.userId, codeHash)) ? { by: 'recovery', codeHash } : null;
  }
  /** Counted before it is looked at, so that guesses made at once count too. Throws what `wrong` says, request.limited. */
  async function counted<T>(userId: string, check: () => Promise<T | null>): Promise<T> {
    const attempt = await limits.startCode(userId);
    const found = await check().catch(async (thrown: unknown) => {
      await attempt.undone(); // nobody has looked at it
      throw thrown;
    });
    if (found === null) throw new AppError('auth.code_wrong');
    await attempt.succeeded();
    return found;
  }
  /**
   * What somebody whose password was right, or who is signed in, shows beside it; nothing where two-factor authentication is off. It is
   * used up by `spend` alone. Throws auth.code_required, auth.code_wrong, request.limited.
   */
  async function admit(userId: string, code: string | undefined): Promise<SecondFactor> {
    const row = await findConfirmed(userId);
    if (!row) return { by: 'nothing' };
    if (code === undefined) throw new AppError('auth.code_required');
    return counted(userId, () => look(row, code));
  }
  /**
   * Uses up what was admitted, with the user held: of two who show one code one gets on. Throws auth.code_wrong, and auth.code_required
   * where two-factor authentication was switched on since.
   */
  async function spend(tx: Tx, user: User, factor: SecondFactor): Promise<void> {
    if (factor.by === 'nothing') {
      if (await findConfirmed(user.id, tx)) throw new AppError('auth.code_required');
      return;
    }
    if (factor.by === 'authenticator') {
      const { createdAt, step } = factor;
      const used = { step, newest: newestStep(clock.now()) };
      if (!(await twoFactors.spendStep(tx, { userId: user.id, createdAt }, used)))
        throw new AppError('auth.code_wrong');
      return;
    }
    if (!(await twoFactors.spendRecoveryCode(tx, user.id, factor.codeHash)))
      throw new AppError('auth.code_wrong');
    await tell(tx, user, 'recovery_code_used');
    logger.warn({ userId: user.id }, 'a recovery code was used');
  }
  /** A code of somebody whose two-factor authentication is on. Throws auth.totp_not_enabled, auth.code_wrong, request.limited. */
  async function requireCode(userId: string, code: string): Promise<SecondFactor> {
    const factor = await admit(userId, code);
    if (factor.by === 'nothing') throw new AppError('auth.totp_not_enabled');
    return factor;
  }
  /** Ten in the place of those there are. */
  async function giveRecoveryCodes(tx: Tx, userId: string): Promise<RecoveryCodes> {
    const recoveryCodes = makeRecoveryCodes(ids);
    await twoFactors.replaceRecoveryCodes(tx, userId, recoveryCodes.map(hashRecoveryCode), clock.now());
    return { recoveryCodes };
  }

  return {
    admit,
    spend,
    requireCode,
    async twoFactorOf(userId: string): Promise<TwoFactor> {
      if (!(await findConfirmed(userId))) return { enabled: false, recoveryCodesLeft: 0 };
      return { enabled: true, recoveryCodesLeft: await twoFactors.countRecoveryCodes(userId) };
    },

    /** Asked for again, it begins anew. Throws auth.step_up_required, auth.totp_enabled. */
    async startTotp(principal: Principal): Promise<StartedTotp> {
      await requireFresh(principal);
      const { id: userId, email } = principal.user;
      const secret = makeTotpSecret(ids.secret());
      const sealed = sealer.seal(secret, totpPlaceOf(userId));
      if (!(await twoFactors.putUnconfirmed({ userId, secret: sealed, createdAt: clock.now() })))
        throw new AppError('auth.totp_enabled');
      return { secret, uri: totpUri(secret, email) };
    },
    /**
     * From its commit on every log-in needs a code. Other logins stay, and what their password alone proved counts no longer. Throws
     * auth.totp_not_started, auth.totp_enabled, auth.code_wrong, request.limited.
     */
    async confirmTotp({ user, sessionId }: Principal, code: string): Promise<RecoveryCodes> {
      const row = await twoFactors.find(user.id);
      if (!row) throw new AppError('auth.totp_not_started');
      if (row.confirmedAt) throw new AppError('auth.totp_enabled');
      const step = await counted(user.id, async () => stepIn(row, code));
      const at = clock.now();
      const made = await store.transaction(async (tx) => {
        await store.lockUser(tx, user.id);
        if (!(await twoFactors.confirm(tx, row, { at, step }))) throw new AppError('auth.code_wrong');
        await twoFactors.forgetProofs(tx, user.id, { except: sessionId });
        await twoFactors.setProved(tx, sessionId, at);
        await tell(tx, user, 'two_factor_enabled');
        return giveRecoveryCodes(tx, user.id);
      });
      logger.info({ userId: user.id }, 'two-factor authentication was switched on');
      return made;
    },
    /** By a code, which is a proof of its own, whatever was proved before. Throws auth.totp_not_enabled, auth.code_wrong, request.limited. */
    async disableTotp({ user }: Principal, code: string): Promise<void> {
      const factor = await requireCode(user.id, code);
      await store.transaction(async (tx) => {
        await store.lockUser(tx, user.id);
        await spend(tx, user, factor);
        await twoFactors.remove(tx, user.id);
        await tell(tx, user, 'two_factor_disabled');
      });
      logger.warn({ userId: user.id }, 'two-factor authentication was switched off');
    },
    /** Those there were are good no longer. Throws auth.step_up_required, auth.totp_not_enabled. */
    async regenerateRecoveryCodes(principal: Principal): Promise<RecoveryCodes> {
      await requireFresh(principal);
      const { user } = principal;
      return store.transaction(async (tx) => {
        await store.lockUser(tx, user.id);
        if (!(await findConfirmed(user.id, tx))) throw new AppError('auth.totp_not_enabled');
        await tell(tx, user, 'recovery_codes_renewed');
        return giveRecoveryCodes(tx, user.id);
      });
    },
  };
}
