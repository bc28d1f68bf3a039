// Every query of the accounts module.
import { asc, eq, inArray, sql } from 'drizzle-orm';
import { accountRisk, brokerAccounts } from '../../../drizzle/schema/index.ts';
import { columnsOf, runTogether, statement } from '../../db/statement.ts';
import { inTransaction, type Db } from '../../db/transaction.ts';

export type AccountRow = typeof brokerAccounts.$inferSelect;
export type AccountStore = ReturnType<typeof createAccountStore>;

const all = columnsOf(brokerAccounts);
const listOf = statement(
  'accounts_list_of',
  `select ${all.list} from broker_accounts where user_id = $1 order by created_at, id`,
  all.read,
);

export function createAccountStore(db: Db) {
  return {
    /** A user's accounts, oldest first. */
    listOf: (userId: string): Promise<AccountRow[]> => runTogether(db, listOf, [userId]),
    /** Everybody's, oldest first. */
    listAll: (): Promise<AccountRow[]> =>
      db.select().from(brokerAccounts).orderBy(asc(brokerAccounts.createdAt), asc(brokerAccounts.id)),
    async find(id: string): Promise<AccountRow | undefined> {
      return (await db.select().from(brokerAccounts).where(eq(brokerAccounts.id, id)))[0];
    },
    /**
     * What differs whenever a row was written, by id: the transaction that wrote it last (PostgreSQL's xmin). Of these accounts, or
     * of all for null; one that is gone is left out.
     */
    async revisions(ids: readonly string[] | null): Promise<Map<string, string>> {
      const rows = await db
        .select({ id: brokerAccounts.id, revision: sql<string>`xmin::text` })
        .from(brokerAccounts)
        .where(ids ? inArray(brokerAccounts.id, [...ids]) : undefined);
      return new Map(rows.map(({ id, revision }) => [id, revision]));
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
