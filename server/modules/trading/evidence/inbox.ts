// Every query of the account events that were applied: each once, whatever is redelivered.
import { sql } from 'drizzle-orm';
import { accountInbox } from '../../../../drizzle/schema/index.ts';
import type { Db, Tx } from '../../../db/transaction.ts';

export type Inbox = ReturnType<typeof createInbox>;

/** Rows one call of `forget` takes; the next takes the rest. */
const forgottenAtOnce = 500;

export const createInbox = (db: Db) => ({
  /** False for an event that was applied before. */
  async insert(tx: Tx, row: { eventId: string; accountId: string; at: Date }): Promise<boolean> {
    const inserted = await tx
      .insert(accountInbox)
      .values(row)
      .onConflictDoNothing()
      .returning({ eventId: accountInbox.eventId });
    return inserted.length === 1;
  },
  /** Forgets events applied before `before`, a bounded number. */
  deleteBefore: async (before: Date): Promise<void> =>
    void (await db.execute(
      sql`delete from ${accountInbox} where event_id in (select event_id from ${accountInbox} where at < ${before.toISOString()} limit ${forgottenAtOnce})`,
    )),
});
