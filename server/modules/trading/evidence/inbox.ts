// Every query of the account events that were applied: each once, whatever is redelivered.
import { sql } from 'drizzle-orm';
import { accountInbox } from '../../../../drizzle/schema/index.ts';
import { columnsOf, run, statement } from '../../../db/statement.ts';
import type { Db, Tx } from '../../../db/transaction.ts';

export type Inbox = ReturnType<typeof createInbox>;

/** Rows one call of `forget` takes; the next takes the rest. */
const forgottenAtOnce = 500;

const row = columnsOf(accountInbox);
const insert = statement(
  'account_inbox_insert',
  `insert into account_inbox (${row.list}) values (${row.placeholders()}) on conflict do nothing returning true`,
  () => true,
);

export const createInbox = (db: Db) => ({
  /** False for an event that was applied before. */
  insert: async (tx: Tx, applied: typeof accountInbox.$inferSelect): Promise<boolean> =>
    (await run(tx, insert, row.values(applied))).length === 1,
  /** Forgets events applied before `before`, a bounded number. */
  deleteBefore: async (before: Date): Promise<void> =>
    void (await db.execute(
      sql`delete from ${accountInbox} where event_id in (select event_id from ${accountInbox} where at < ${before.toISOString()} limit ${forgottenAtOnce})`,
    )),
});
