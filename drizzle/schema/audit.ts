// Who did what: one row per mutation, written before it acts and closed with its outcome; kept for AUDIT_RETENTION_DAYS.
import { index, pgTable, text } from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';

export const auditLog = pgTable(
  'audit_log',
  {
    id: id().primaryKey(),
    at: instant('at').notNull(),
    /** No foreign key: the row outlives the user. */
    userId: text('user_id'),
    sessionId: text('session_id'),
    action: text('action').notNull(),
    /** Whom it was about when nobody was signed in yet: the e-mail address a login tried. */
    subject: text('subject'),
    requestId: text('request_id').notNull(),
    ip: text('ip'),
    /** `started`, `ok` or an error code. A row that stays `started` is a request that a crash cut off. */
    outcome: text('outcome').notNull(),
    finishedAt: instant('finished_at'),
  },
  (table) => [
    index('audit_log_user_id_at_idx').on(table.userId, table.at),
    // What is past its time is found by this, and nothing else of the table is read for it.
    index('audit_log_at_idx').on(table.at),
  ],
);
