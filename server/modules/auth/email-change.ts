// Another address for one's account: asked for by whoever is signed in, made by a code that was mailed to it.
import { isTaken } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { leftMs } from '../../lib/instants.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Context, Principal } from '../../trpc/context.ts';
import { codeLifetimeMs } from './domain.ts';
import type { OrderMail } from './mails.ts';
import type { RateLimits } from './rate-limits.ts';
import type { RequireFresh } from './step-up.ts';
import type { AuthStore } from './store.ts';
import { hashToken } from './tokens.ts';
import type { TellSecurity } from './ports.ts';

export type EmailChange = ReturnType<typeof createEmailChange>;

export function createEmailChange(deps: {
  store: AuthStore;
  limits: RateLimits;
  requireFresh: RequireFresh;
  clock: Clock;
  logger: Logger;
  orderMail: OrderMail;
  tellSecurity: TellSecurity;
}) {
  const { store, limits, requireFresh, clock, logger, orderMail, tellSecurity } = deps;
  return {
    /**
     * Mails a code to the new address and a notice to the present one. Whether the new one is somebody else's changes no answer. Throws
     * auth.step_up_required, request.invalid, request.limited.
     */
    async requestEmailChange(
      principal: Principal,
      email: string,
      { ip }: Pick<Context, 'ip'>,
    ): Promise<void> {
      const { user } = principal;
      await requireFresh(principal);
      if (email === user.email)
        throw new AppError('request.invalid', { fields: { email: 'is your address already' } });
      await limits.startMail('change_email', email, ip);
      const at = clock.now();
      await store.transaction(async (tx) => {
        await orderMail(tx, { kind: 'change_email', email, userId: user.id });
        await orderMail(tx, {
          kind: 'security_notice',
          email: user.email,
          notice: 'email_change_asked',
          at,
        });
        await tellSecurity(tx, user.id, 'email_change_asked');
      });
    },
    /** Both addresses are told. Throws auth.code_invalid, also for somebody else's code and for an address that is taken by now. */
    async confirmEmailChange({ user }: Principal, code: string): Promise<void> {
      const found = await store.findCode(hashToken(code), 'change_email');
      const at = clock.now();
      const isTheirs = found?.userId === user.id;
      if (!isTheirs || leftMs(found.expiresAt, at, codeLifetimeMs.change_email) <= 0)
        throw new AppError('auth.code_invalid');
      const change = store.transaction(async (tx) => {
        const held = await store.lockUser(tx, user.id);
        const isUsed = (await store.deleteCode(found.codeHash, tx)).length === 1;
        if (!held || !isUsed) throw new AppError('auth.code_invalid');
        await store.setEmail(tx, user.id, found.email, at);
        await store.deleteCodesOf(tx, user.id);
        for (const email of [held.email, found.email])
          await orderMail(tx, { kind: 'security_notice', email, notice: 'email_changed', at });
        await tellSecurity(tx, user.id, 'email_changed');
      });
      await change.catch((thrown: unknown) => {
        throw isTaken(thrown, 'users_email_key') ? new AppError('auth.code_invalid') : thrown;
      });
      logger.info({ userId: user.id }, 'the address of an account was changed');
    },
  };
}
