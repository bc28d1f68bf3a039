// Forgetting somebody who has their account deleted: what proves who they are goes, and their row says nothing of a person any more.
import type { Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { OrderMail } from './mails.ts';
import type { Passwords } from './passwords.ts';
import type { People } from './people.ts';
import type { RequireFresh } from './step-up.ts';
import type { SignOut } from './sign-out.ts';
import type { AuthStore } from './store.ts';
import type { Principal } from '../../trpc/context.ts';

export type Erasing = ReturnType<typeof createErasing>;

export function createErasing(deps: {
  store: AuthStore;
  people: Pick<People, 'requireAnother'>;
  passwords: Passwords;
  signOut: SignOut;
  requireFresh: RequireFresh;
  ids: Ids;
  clock: Clock;
  orderMail: OrderMail;
}) {
  const { store, people, passwords, signOut, requireFresh, ids, clock, orderMail } = deps;
  return {
    /** Throws auth.step_up_required, admin.last_administrator. Whoever goes on is asked the second again, when it counts. */
    async admitErasure(principal: Principal): Promise<void> {
      await requireFresh(principal);
      if (principal.user.isAdmin)
        await store.transaction((tx) => people.requireAnother(tx, principal.user.id));
    },
    /**
     * Ends all logins and keys, removes what proved who it is, and empties the row; `rest` removes in the same transaction what is not of
     * signing in, or says that it is too soon: then nothing is changed, and false is given. Throws admin.last_administrator, auth.required when the account is gone already.
     */
    async erase(userId: string, rest: (tx: Tx) => Promise<boolean>): Promise<boolean> {
      const passwordHash = await passwords.hash(ids.secret()); // of a password that nobody knows
      let isDone = false;
      await signOut.changeAndEnd(userId, 'all', async (tx) => {
        await people.requireAnother(tx, userId);
        const user = await store.lockUser(tx, userId);
        if (!user || user.deletedAt) throw new AppError('auth.required');
        const at = clock.now();
        isDone = await rest(tx);
        if (!isDone) return false;
        await store.emptyUser(tx, userId, { passwordHash, at });
        await orderMail(tx, { kind: 'security_notice', email: user.email, notice: 'account_deleted', at });
        return true;
      });
      return isDone;
    },
  };
}
