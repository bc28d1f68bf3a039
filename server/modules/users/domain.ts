// What a user looks like from outside. No I/O.
import type { users } from '../../../drizzle/schema/index.ts';
import type { User } from '../../../shared/auth.ts';
import { pick } from '../../lib/pick.ts';
import type { Profile } from '../../../shared/users.ts';

export type UserRow = typeof users.$inferSelect;

/** What becomes a `User`. */
export type SeenRow = Pick<UserRow, Exclude<keyof User, 'emailVerified'> | 'emailVerifiedAt'>;

/** The part of a row that anyone but the password check may see. */
export function toUser({ id, email, name, timeZone, isAdmin, createdAt, emailVerifiedAt }: SeenRow): User {
  return { id, email, name, timeZone, isAdmin, emailVerified: emailVerifiedAt !== null, createdAt };
}

const said = ['phone', 'country', 'language', 'baseCurrency', 'tradingExperience', 'riskProfile'] as const;
/** A profile as far as users is concerned: how somebody signs in is known elsewhere. */
export type StoredProfile = Omit<Profile, 'twoFactor'>;
/** With what users say of themselves; null where they said nothing. */
export const toProfile = (row: Omit<UserRow, 'passwordHash'>): StoredProfile => ({
  ...toUser(row),
  ...pick(row, said),
});
