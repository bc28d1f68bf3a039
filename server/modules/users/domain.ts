// What a user looks like from outside. No I/O.
import type { users } from '../../../drizzle/schema/index.ts';
import type { User } from '../../../shared/auth.ts';

export type UserRow = typeof users.$inferSelect;

/** The part of a row that anyone but the password check may see. */
export function toUser({
  id,
  email,
  name,
  timeZone,
  isAdmin,
  createdAt,
  emailVerifiedAt,
}: Omit<UserRow, 'passwordHash'>): User {
  return { id, email, name, timeZone, isAdmin, emailVerified: emailVerifiedAt !== null, createdAt };
}
