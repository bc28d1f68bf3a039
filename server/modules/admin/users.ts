// Users as an administrator sees them, gathered from those who know a part of it. The changes are the auth module's.
import type { AdminUserDetail, AdminUserList, ListUsers } from '../../../shared/admin-users.ts';
import type { Accounts, Dealing, People } from './ports.ts';

export type UserReads = ReturnType<typeof createUserReads>;

export const createUserReads = ({
  people,
  accounts,
  dealing,
}: {
  people: People;
  accounts: Accounts;
  dealing: Pick<Dealing, 'halts'>;
}) => ({
  /** Newest first. Throws request.invalid for a cursor of another list. */
  async list(asked: ListUsers): Promise<AdminUserList> {
    const { rows, nextCursor } = await people.list(asked);
    return { users: rows, nextCursor };
  },
  /** Throws admin.user_not_found. */
  async get(id: string): Promise<AdminUserDetail> {
    const user = await people.get(id);
    const [apiKeys, ofUser, halts] = await Promise.all([
      people.countApiKeys(id),
      accounts.everOf(id),
      dealing.halts(),
    ]);
    return { ...user, apiKeys, accounts: ofUser, halts: halts.filter(({ userId }) => userId === id) };
  },
});
