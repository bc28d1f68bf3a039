// Every query of the users module. Passwords and sessions are in modules/auth.
import { eq } from 'drizzle-orm';
import { users } from '../../../drizzle/schema/index.ts';
import type { User } from '../../../shared/auth.ts';
import type { Db } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import { toUser } from './domain.ts';

export type UserStore = ReturnType<typeof createUserStore>;

export function createUserStore(db: Db) {
  return {
    /** The newest state of a user. Throws auth.required when the account is gone. */
    async get(id: string): Promise<User> {
      const [row] = await db.select().from(users).where(eq(users.id, id));
      if (!row) throw new AppError('auth.required');
      return toUser(row);
    },
  };
}
