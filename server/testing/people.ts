// Users in the database of a test without signing up: a row, and a simulated account where one is wanted.
import { accountRisk, brokerAccounts, users } from '../../drizzle/schema/index.ts';
import type { Database } from '../db/client.ts';

interface Person {
  id: string;
  createdAt: Date;
}

/** A user who cannot log in. */
export const addUser = ({ db }: Database, { id, createdAt }: Person) =>
  db.insert(users).values({ id, email: `${id}@test.local`, passwordHash: '-', name: id, createdAt });

/** A simulated account in pounds with its risk row; its credentials open nothing. */
export async function addAccount({ db }: Database, userId: string, { id, createdAt }: Person): Promise<void> {
  await db.insert(brokerAccounts).values({
    id,
    userId,
    environment: 'simulated',
    brokerAccountId: `S${id}`,
    name: 'Simulated',
    currency: 'GBP',
    credentials: '-',
    createdAt,
  });
  await db.insert(accountRisk).values({ accountId: id });
}
