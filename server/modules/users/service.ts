// Oneself: what is stored of a user, with how they sign in.
import type { Profile, UpdateProfile } from '../../../shared/users.ts';
import type { StoredProfile } from './domain.ts';
import type { TwoFactorOf } from './ports.ts';
import type { UserStore } from './store.ts';

export type UsersService = ReturnType<typeof createUsersService>;

export function createUsersService(store: UserStore, twoFactorOf: TwoFactorOf) {
  const shown = async (profile: StoredProfile): Promise<Profile> => ({
    ...profile,
    twoFactor: await twoFactorOf(profile.id),
  });
  return {
    /** The newest state of a user. Throws auth.required when the account is gone. */
    get: async (id: string): Promise<Profile> => shown(await store.get(id)),
    /** Writes what is given, null included. Throws auth.required when the account is gone. */
    update: async (id: string, set: UpdateProfile): Promise<Profile> => shown(await store.update(id, set)),
    personalData: store.personalData,
  };
}
