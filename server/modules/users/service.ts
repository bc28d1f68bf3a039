// Oneself: what is stored of a user, with how they sign in.
import type { Context, Principal } from '../../trpc/context.ts';
import type { Profile, UpdateProfile } from '../../../shared/users.ts';
import type { StoredProfile } from './domain.ts';
import { AppError } from '../../lib/app-error.ts';
import { eraseRows } from './erasure.ts';
import type { LeaveAccounts, SignIn } from './ports.ts';
import type { UserStore } from './store.ts';

/** Another request may connect an account between leaving them and the end; it is left as well. */
const maxLeavings = 3;

export type UsersService = ReturnType<typeof createUsersService>;

export function createUsersService(
  store: UserStore,
  { twoFactorOf, emailChange, erasing }: SignIn,
  leaveAccounts: LeaveAccounts,
) {
  const shown = async (profile: StoredProfile): Promise<Profile> => ({
    ...profile,
    twoFactor: await twoFactorOf(profile.id),
  });
  return {
    /** The newest state of a user. Throws auth.required when the account is gone. */
    get: async (id: string): Promise<Profile> => shown(await store.get(id)),
    /** Writes what is given, null included. Throws auth.required when the account is gone. */
    update: async (id: string, set: UpdateProfile): Promise<Profile> => shown(await store.update(id, set)),
    requestEmailChange: emailChange.requestEmailChange,
    /** Throws auth.code_invalid. */
    async confirmEmailChange(principal: Principal, code: string): Promise<Profile> {
      await emailChange.confirmEmailChange(principal, code);
      return shown(await store.get(principal.user.id));
    },
    /**
     * Accounts are left first, each with its own commit: whoever is refused for what is open closes it and asks again. Throws
     * auth.step_up_required, admin.last_administrator, accounts.deal_under_way, accounts.open_positions, server.unavailable.
     */
    async deleteAccount(principal: Principal, { cookie }: Pick<Context, 'cookie'>): Promise<void> {
      const { id } = principal.user;
      await erasing.admitErasure(principal);
      for (let attempt = 0; attempt < maxLeavings; attempt++) {
        await leaveAccounts(id);
        if (!(await erasing.erase(id, (tx) => eraseRows(tx, id)))) continue;
        cookie?.clear();
        return;
      }
      throw new AppError('server.unavailable', {
        message: 'Accounts are being connected all the time: stop that, and ask again.',
      });
    },
    personalData: store.personalData,
  };
}
