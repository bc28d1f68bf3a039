// Clearing a table bit by bit: a bounded number of rows at a time, beside others who clear it too.
import { inArray, type SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Db } from './transaction.ts';

/** Rows that one call removes at most; the next takes the rest. */
const mostRows = 1_000;

/** Deletes rows that `where` finds; the values of their `key`, a text. Rows that another process is deleting are left to it. */
export async function deleteSome(db: Db, key: PgColumn, where: SQL): Promise<string[]> {
  const table = key.table as PgTable;
  const found = db
    .select({ key })
    .from(table)
    .where(where)
    .limit(mostRows)
    .for('update', { skipLocked: true });
  const rows = await db.delete(table).where(inArray(key, found)).returning({ key });
  return rows.map((row) => String(row.key));
}
