// Every query of the accounts module.
import { asc, eq } from 'drizzle-orm';
import { accountRisk, brokerAccounts } from '../../../drizzle/schema/index.ts';
import { inTransaction, type Db } from '../../db/transaction.ts';

export type AccountRow = typeof brokerAccounts.$inferSelect;
export type AccountStore = ReturnType<typeof createAccountStore>;

export function createAccountStore(db: Db) {
  const inOrder = [asc(brokerAccounts.createdAt), asc(brokerAccounts.id)] as const;
  return {
    /** A user's accounts, oldest first. */
    listOf: (userId: string): Promise<AccountRow[]> =>
      db
        .select()
        .from(brokerAccounts)
        .where(eq(brokerAccounts.userId, userId))
        .orderBy(...inOrder),
    /** Everybody's, oldest first. */
    listAll: (): Promise<AccountRow[]> =>
      db
        .select()
        .from(brokerAccounts)
        .orderBy(...inOrder),
    async find(id: string): Promise<AccountRow | undefined> {
      return (await db.select().from(brokerAccounts).where(eq(brokerAccounts.id, id)))[0];
    },
    /** With its risk row, which begins with the `cash` it was opened with. False when the broker's account is connected already, also by somebody who does so at this moment. */
    insert: (row: AccountRow, cash: string): Promise<boolean> =>
      inTransaction(db, async (tx) => {
        const inserted = await tx
          .insert(brokerAccounts)
          .values(row)
          .onConflictDoNothing({ target: [brokerAccounts.environment, brokerAccounts.brokerAccountId] })
          .returning({ id: brokerAccounts.id });
        if (inserted.length === 0) return false;
        await tx
          .insert(accountRisk)
          .values({ accountId: row.id, cash, margin: '0', runningProfit: '0', fundsAt: row.createdAt });
        return true;
      }),
  };
}
