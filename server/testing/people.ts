// Users in the database of a test without signing up: a row, and a simulated account where one is wanted.
import { sql } from 'drizzle-orm';
import { accountRisk, brokerAccounts, users } from '../../drizzle/schema/index.ts';
import type { Database } from '../db/client.ts';

type UserRow = typeof users.$inferInsert;
type AccountRow = typeof brokerAccounts.$inferInsert;

/** A user who cannot log in. */
export const addUser = ({ db }: Database, user: Pick<UserRow, 'id'> & Partial<UserRow>) =>
  db.insert(users).values({
    email: `${user.id}@test.local`,
    passwordHash: '-',
    name: user.id,
    createdAt: new Date(0),
    ...user,
  });

/** An account, simulated and in pounds unless it says otherwise, with its risk row; its own credentials open nothing. */
export async function addAccount(
  { db }: Database,
  userId: string,
  account: Pick<AccountRow, 'id'> & Partial<AccountRow>,
): Promise<void> {
  await db.insert(brokerAccounts).values({
    userId,
    environment: 'simulated',
    brokerAccountId: `S${account.id}`,
    name: 'Simulated',
    currency: 'GBP',
    credentials: '-',
    createdAt: new Date(0),
    isDefault:
      sql<boolean>`not exists (select 1 from broker_accounts where user_id = ${userId} and is_default)` as never,
    ...account,
  });
  await db
    .insert(accountRisk)
    .values({ accountId: account.id, environment: account.environment ?? 'simulated' });
}
