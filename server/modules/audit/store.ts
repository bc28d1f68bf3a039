// Every query of rows that are written; what seals and removes them is in seal-store.ts.
import { auditLog } from '../../../drizzle/schema/index.ts';
import { columnsOf, run, runTogether, statement } from '../../db/statement.ts';
import type { Db } from '../../db/transaction.ts';
import type { AuditEnd } from '../../trpc/context.ts';

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
  `${unflushed} update audit_log set outcome = $2, finished_at = $3, user_id = coalesce(user_id, $4), session_id = coalesce(session_id, $5), subject = coalesce(subject, $6), before = $7, after = $8 from flush where id = $1`,
);

export const createAuditStore = (db: Db) => ({
  insert: async (row: NewAuditRow): Promise<void> =>
    void (await runTogether(db, insert, columns.values(row))),
  /** Once only. Who called stands already where they were signed in, and stays. */
  close: async (
    id: string,
    {
      outcome,
      finishedAt,
      userId,
      sessionId,
      subject,
      before,
      after,
    }: { outcome: string; finishedAt: Date } & AuditEnd,
  ): Promise<void> =>
    void (await run(db, close, [
      id,
      outcome,
      finishedAt.toISOString(),
      userId ?? null,
      sessionId ?? null,
      subject ?? null,
      before ?? null,
      after ?? null,
    ])),
});
