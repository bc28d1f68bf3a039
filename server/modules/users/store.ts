// Every query of the users module. Passwords and sessions are in modules/auth.
import { eq } from 'drizzle-orm';
import { users } from '../../../drizzle/schema/index.ts';
import type { UpdateProfile } from '../../../shared/users.ts';
import type { Db } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import { toProfile, type StoredProfile } from './domain.ts';
import { personalData } from './personal-data.ts';

export type UserStore = ReturnType<typeof createUserStore>;

export function createUserStore(db: Db) {
  return {
    /** The newest state of a user. Throws auth.required when the account is gone. */
    async get(id: string): Promise<StoredProfile> {
      const [row] = await db.select().from(users).where(eq(users.id, id));
      if (!row) throw new AppError('auth.required');
      return toProfile(row);
    },
    /** Writes what is given, null included. Throws auth.required when the account is gone. */
    async update(id: string, set: UpdateProfile): Promise<StoredProfile> {
      const [row] = await db.update(users).set(set).where(eq(users.id, id)).returning();
      if (!row) throw new AppError('auth.required');
      return toProfile(row);
    },
    /** Throws request.invalid for a cursor that is none. */
    personalData: (id: string, cursor: string | undefined) => personalData(db, id, cursor),
  };
}
