// Who did what: one row per mutation, written before it acts and closed with its outcome; kept for AUDIT_RETENTION_DAYS.
import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
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
    /** What was changed, as it stood before and after; without secrets. Null where there was or is nothing. */
    before: jsonb('before'),
    after: jsonb('after'),
    /** Its place in the sealed log, from 1 without a gap; null until it is sealed. */
    place: bigint('place', { mode: 'number' }),
    /** SHA-256 over the hash of the place before and this row; null until it is sealed. */
    hash: text('hash'),
  },
  (table) => [
    index('audit_log_user_id_at_idx').on(table.userId, table.at),
    // What is past its time is found by this, and nothing else of the table is read for it.
    index('audit_log_at_idx').on(table.at),
    uniqueIndex('audit_log_place_key').on(table.place),
    index('audit_log_unsealed_idx')
      .on(table.at)
      .where(sql`${table.place} is null`),
  ],
);

/** Stretches of the log that were sealed together. The row outlives its stretch, which is cut as a whole once it is past its time. */
export const auditSeals = pgTable('audit_seals', {
  /** The last place of the stretch. */
  lastPlace: bigint('last_place', { mode: 'number' }).primaryKey(),
  firstPlace: bigint('first_place', { mode: 'number' }).notNull(),
  /** Of the row at `lastPlace`: it stands for all up to there. */
  closingHash: text('closing_hash').notNull(),
  sealedAt: instant('sealed_at').notNull(),
  /** The newest instant of its rows. */
  newestAt: instant('newest_at').notNull(),
  /** When its rows were removed. */
  cutAt: instant('cut_at'),
});
