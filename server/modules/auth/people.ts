// What an administrator who is signed in sees of users, and does to them. An operator at the machine does it by administration.ts.
import type { AdminUser, ListUsers, UserChange } from '../../../shared/admin-users.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Tx } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TellSecurity } from './ports.ts';
import type { PeopleStore } from './people-store.ts';
import type { Ended, KeysToo, SignOut } from './sign-out.ts';
import type { AuthStore, UserRow } from './store.ts';

export type People = ReturnType<typeof createPeople>;
const none: Ended = { sessions: 0, apiKeys: 0 };

export function createPeople({
  store,
  people,
  signOut,
  tellSecurity,
  clock,
}: {
  store: Pick<AuthStore, 'transaction' | 'lockUser' | 'setDisabled'>;
  people: PeopleStore;
  signOut: SignOut;
  tellSecurity: TellSecurity;
  clock: Clock;
}) {
  /** Throws admin.user_not_found. */
  async function get(id: string): Promise<AdminUser> {
    const user = await people.find(id, clock.now());
    if (!user) throw new AppError('admin.user_not_found');
    return user;
  }
  /** Held until the end of `tx`. Throws admin.user_not_found. */
  async function lock(tx: Tx, id: string): Promise<UserRow> {
    const user = await store.lockUser(tx, id);
    if (!user || user.deletedAt) throw new AppError('admin.user_not_found');
    return user;
  }
  /** Of two who are taken away at once, the second one waits here and finds the first one gone. Throws admin.last_administrator. */
  async function requireAnother(tx: Tx, id: string): Promise<void> {
    const administrators = await people.lockAdministrators(tx);
    if (administrators.length === 1 && administrators[0] === id)
      throw new AppError('admin.last_administrator');
  }
  async function changed(
    id: string,
    keysToo: KeysToo,
    change: (tx: Tx) => Promise<boolean>,
  ): Promise<UserChange> {
    const ended = await signOut.changeAndEnd(id, keysToo, change);
    return { user: await get(id), ended };
  }

  return {
    get,
    requireAnother,
    countApiKeys: people.countApiKeys,
    /** Newest first. Throws request.invalid for a cursor of another list. */
    list: ({ cursor, limit, ...filter }: ListUsers) => people.list(filter, { cursor, limit }, clock.now()),
    /**
     * Whoever is raised may do more with their next request; whoever is lowered has no login left, and no key that had the scope.
     * Throws admin.user_not_found, admin.last_administrator.
     */
    async setRole(id: string, isAdmin: boolean): Promise<UserChange> {
      const gone = await store.transaction(async (tx) => {
        if (!isAdmin) await requireAnother(tx, id);
        const user = await lock(tx, id);
        if (user.isAdmin === isAdmin) return { sessions: [], apiKeys: [] };
        await people.setAdmin(tx, id, isAdmin);
        const gone = isAdmin ? { sessions: [], apiKeys: [] } : await signOut.end(tx, id, 'admin');
        await tellSecurity(tx, id, isAdmin ? 'role_raised' : 'role_lowered'); // last: it locks what others queue for
        return gone;
      });
      const ended = signOut.tell(gone);
      return { user: await get(id), ended };
    },
    /** Throws admin.user_not_found, admin.own_account, admin.last_administrator. */
    async disable(id: string, by: string): Promise<UserChange> {
      if (id === by) throw new AppError('admin.own_account');
      return changed(id, 'all', async (tx) => {
        await requireAnother(tx, id);
        const { disabledAt } = await lock(tx, id);
        return store.setDisabled(tx, id, disabledAt ?? clock.now());
      });
    },
    /** They sign in anew; nothing that ended comes back. Throws admin.user_not_found. */
    async enable(id: string): Promise<UserChange> {
      await store.transaction(async (tx) => {
        await lock(tx, id);
        await store.setDisabled(tx, id, null);
      });
      return { user: await get(id), ended: none };
    },
    /** Throws admin.user_not_found. */
    revokeSessions: (id: string, { apiKeys }: { apiKeys: boolean }): Promise<UserChange> =>
      changed(id, apiKeys ? 'all' : 'none', async (tx) => {
        await lock(tx, id);
        return true;
      }),
  };
}
