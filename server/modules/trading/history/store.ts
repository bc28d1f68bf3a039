// Every query of the broker's history as it is kept here: an entry once, however often it is read. What an entry says is in ig/accounts.
import { and, eq, gte, lt, sql, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { accountActivity, accountHistory, accountTransactions } from '../../../../drizzle/schema/index.ts';
import type { HistoryKind, ListActivity } from '../../../../shared/history.ts';
import { inTransaction, type Db } from '../../../db/transaction.ts';
import { keyset } from '../../../lib/keyset.ts';
import type { ActivityRecord, BrokerAccount, TransactionRecord } from '../ports.ts';

export type HistoryStore = ReturnType<typeof createHistoryStore>;
export type HistoryState = Pick<typeof accountHistory.$inferSelect, 'since' | 'readUntil'>;
type Asked = Omit<ListActivity, 'accountId'>;

/** Rows of one insert: some 17 parameters each, and PostgreSQL takes 65,535. */
const atOnce = 500;
const newestActivity = keyset(accountActivity, { at: 'at', id: 'id', order: 'newest first' });
const newestTransactions = keyset(accountTransactions, { at: 'at', id: 'id', order: 'newest first' });

/** Our deal of an entry: the one that bears its reference as its own. As text: Drizzle leaves out the names of tables where it selects from one. */
const ourDeal = sql<string | null>`(select d.id from deals d where d.account_id = account_activity.account_id
  and d.deal_reference = account_activity.deal_reference and d.reference_of <> 'positions')`;

const within = (at: PgColumn, { from, to }: Pick<Asked, 'from' | 'to'>): (SQL | undefined)[] => [
  from && gte(at, from),
  to && lt(at, to),
];

export function createHistoryStore(db: Db) {
  const state = async (accountId: string, kind: HistoryKind): Promise<HistoryState | undefined> =>
    (
      await db
        .select({ since: accountHistory.since, readUntil: accountHistory.readUntil })
        .from(accountHistory)
        .where(and(eq(accountHistory.accountId, accountId), eq(accountHistory.kind, kind)))
    )[0];

  /** Keeps what was read and until when, as one. An entry that is kept already stays as it is. */
  const keep = (
    { id: accountId, environment }: Pick<BrokerAccount, 'id' | 'environment'>,
    read: HistoryState &
      (
        | { kind: 'activity'; entries: readonly ActivityRecord[] }
        | { kind: 'transactions'; entries: readonly TransactionRecord[] }
      ),
  ): Promise<void> =>
    inTransaction(db, async (tx) => {
      const { kind, entries, since, readUntil } = read;
      for (let from = 0; from < entries.length; from += atOnce) {
        const some = <Row>(rows: readonly Row[]) =>
          rows.slice(from, from + atOnce).map((row) => ({ ...row, accountId, environment }));
        await (read.kind === 'activity'
          ? tx.insert(accountActivity).values(some(read.entries)).onConflictDoNothing()
          : tx.insert(accountTransactions).values(some(read.entries)).onConflictDoNothing());
      }
      await tx
        .insert(accountHistory)
        .values({ accountId, environment, kind, since, readUntil })
        .onConflictDoUpdate({
          target: [accountHistory.accountId, accountHistory.kind],
          set: {
            since: sql`least(${accountHistory.since}, excluded.since)`,
            readUntil: sql`greatest(${accountHistory.readUntil}, excluded.read_until)`,
          },
        });
    });

  return {
    state,
    keep,
    /** Newest first, each with our deal. Throws request.invalid for a cursor of another list. */
    activity: (accountId: string, { cursor, limit: size, ...time }: Asked) =>
      newestActivity({ cursor, limit: size }, async ({ after, orderBy, limit }) =>
        (
          await db
            .select({ row: accountActivity, deal: ourDeal })
            .from(accountActivity)
            .where(and(eq(accountActivity.accountId, accountId), ...within(accountActivity.at, time), after))
            .orderBy(...orderBy)
            .limit(limit)
        ).map(({ row, deal }) => ({ ...row, deal })),
      ),
    /** Newest first. Throws request.invalid for a cursor of another list. */
    transactions: (accountId: string, { cursor, limit: size, ...time }: Asked) =>
      newestTransactions({ cursor, limit: size }, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(accountTransactions)
          .where(
            and(eq(accountTransactions.accountId, accountId), ...within(accountTransactions.at, time), after),
          )
          .orderBy(...orderBy)
          .limit(limit),
      ),
  };
}
