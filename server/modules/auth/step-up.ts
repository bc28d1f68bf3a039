// Proving again who one is: for how long that holds, and who is asked for it. What a code proves is in two-factor.ts.
import type { z } from 'zod';
import type { StepUp, SteppedUp } from '../../../shared/two-factor.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { ageMs } from '../../lib/instants.ts';
import type { Principal } from '../../trpc/context.ts';
import { proofHoldsMs } from './domain.ts';
import type { AuthService } from './service.ts';
import type { AuthStore } from './store.ts';
import type { TwoFactorStore } from './two-factor-store.ts';
import type { TwoFactorUse } from './two-factor.ts';

export type RequireFresh = ReturnType<typeof createRequireFresh>;
export type StepUps = ReturnType<typeof createStepUp>;

/**
 * Whether a login was made, or proved again who it is, a short while ago. Whose two-factor authentication is on proves it by a code
 * only: a password alone neither signs in nor steps up then, and what it proved before is forgotten. Throws auth.step_up_required,
 * auth.token_invalid (a login that has ended).
 */
export const createRequireFresh =
  ({ twoFactors, clock }: { twoFactors: Pick<TwoFactorStore, 'provedAt'>; clock: Clock }) =>
  async ({ sessionId }: Pick<Principal, 'sessionId'>): Promise<void> => {
    const provedAt = await twoFactors.provedAt(sessionId);
    if (provedAt === undefined) throw new AppError('auth.token_invalid'); // ended meanwhile
    if (!provedAt || ageMs(provedAt, clock.now()) >= proofHoldsMs)
      throw new AppError('auth.step_up_required');
  };

export function createStepUp(deps: {
  store: AuthStore;
  twoFactors: TwoFactorStore;
  twoFactor: Pick<TwoFactorUse, 'requireCode' | 'spend'>;
  checkPassword: AuthService['checkPassword'];
  requireFresh: RequireFresh;
  clock: Clock;
}) {
  const { store, twoFactors, twoFactor, checkPassword, requireFresh, clock } = deps;
  return {
    /**
     * By the password, or by a code where two-factor authentication is on. Throws auth.wrong_password, auth.code_required, auth.code_wrong,
     * auth.totp_not_enabled, request.limited.
     */
    async stepUp(
      { user, sessionId }: Principal,
      { password, code }: z.output<typeof StepUp>,
      ip: string,
    ): Promise<SteppedUp> {
      const factor =
        code === undefined ? ({ by: 'nothing' } as const) : await twoFactor.requireCode(user.id, code);
      if (password !== undefined) await checkPassword({ email: user.email, ip }, password);
      const at = clock.now();
      await store.transaction(async (tx) => {
        await store.holdUser(tx, user.id);
        await twoFactor.spend(tx, user, factor);
        if (!(await twoFactors.setProved(tx, sessionId, at))) throw new AppError('auth.token_invalid');
      });
      return { provedUntil: new Date(at.getTime() + proofHoldsMs) };
    },
    /** For what asks for the password itself: a code too, lately, of whose two-factor authentication is on. Throws auth.step_up_required. */
    async requireCodeLately(principal: { userId: string; sessionId: string }): Promise<void> {
      const row = await twoFactors.find(principal.userId);
      if (row?.confirmedAt) await requireFresh(principal);
    },
  };
}
