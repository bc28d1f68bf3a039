// Every query of the audit module.
import { inArray, lt } from 'drizzle-orm';
import { auditLog } from '../../../drizzle/schema/index.ts';
import { columnsOf, run, runTogether, statement } from '../../db/statement.ts';
import type { Db } from '../../db/transaction.ts';
import type { AuditWho } from '../../trpc/context.ts';

/** A row as it is written first; what it changed and its place follow. */
type NewAuditRow = Omit<typeof auditLog.$inferSelect, 'before' | 'after' | 'place' | 'hash'>;
const columns = columnsOf(auditLog, [
  'id',
  'at',
  'action',
  'subject',
  'userId',
  'sessionId',
  'requestId',
  'ip',
  'outcome',
  'finishedAt',
]);
/**
 * In the order of PostgreSQL's log a row stands before what its mutation commits, so whatever reaches the disk of the mutation has its
 * row there too; waiting for the disk once more would say nothing new. What a crash of the machine can lose is the row of a mutation
 * of which nothing else was kept either.
 */
const unflushed = `with flush as (select set_config('synchronous_commit', 'off', true))`;
const insert = statement(
  'audit_insert',
  `${unflushed} insert into audit_log (${columns.list}) select ${columns.placeholders()} from flush`,
);
const close = statement(
  'audit_close',
  `${unflushed} update audit_log set outcome = $2, finished_at = $3, user_id = coalesce($4, user_id), session_id = coalesce($5, session_id), subject = coalesce($6, subject) from flush where id = $1`,
);

export const createAuditStore = (db: Db) => ({
  /** Deletes the oldest of the rows from before `instant`, at most `limit`; how many. */
  deleteBefore: async (instant: Date, limit: number): Promise<number> => {
    const oldest = db
      .select({ id: auditLog.id })
      .from(auditLog)
      .where(lt(auditLog.at, instant))
      .orderBy(auditLog.at)
      .limit(limit)
      .for('update', { skipLocked: true });
    const { rowCount } = await db.delete(auditLog).where(inArray(auditLog.id, oldest));
    return rowCount ?? 0;
  },

  insert: async (row: NewAuditRow): Promise<void> =>
    void (await runTogether(db, insert, columns.values(row))),
  /** Facts that `end` leaves out stay as they are. */
  close: async (
    id: string,
    { outcome, finishedAt, userId, sessionId, subject }: { outcome: string; finishedAt: Date } & AuditWho,
  ): Promise<void> =>
    void (await run(db, close, [
      id,
      outcome,
      finishedAt.toISOString(),
      userId ?? null,
      sessionId ?? null,
      subject ?? null,
    ])),
});
