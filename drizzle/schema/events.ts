// Money-plane events as rows before they are messages: gapless per user and stream, in commit order.
import { sql } from 'drizzle-orm';
import { bigint, index, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { EventStream } from '../../shared/events.ts';
import type { Severity } from '../../shared/notifications.ts';
import type { Environment } from '../../shared/primitives.ts';

/** The counter of one user's stream, locked last in a transaction: offsets rise in commit order without a gap. */
export const userEventHeads = pgTable(
  'user_event_heads',
  {
    userId: text('user_id').notNull(),
    stream: text('stream').$type<EventStream>().notNull(),
    head: bigint('head', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.stream] })],
);

export const userEvents = pgTable(
  'user_events',
  {
    userId: text('user_id').notNull(),
    stream: text('stream').$type<EventStream>().notNull(),
    offset: bigint('offset', { mode: 'number' }).notNull(),
    type: text('type').notNull(),
    at: instant('at').notNull(),
    accountId: text('account_id'),
    environment: text('environment').$type<Environment>(),
    /** Checked when it is read: rows outlive the schemas they were written by. */
    data: jsonb('data').notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.stream, table.offset] })],
);

export const notifications = pgTable(
  'notifications',
  {
    id: id().primaryKey(),
    userId: text('user_id').notNull(),
    at: instant('at').notNull(),
    kind: text('kind').notNull(),
    severity: text('severity').$type<Severity>().notNull(),
    title: text('title').notNull(),
    body: text('body').notNull(),
    accountId: text('account_id'),
    environment: text('environment').$type<Environment>(),
    readAt: instant('read_at'),
    archivedAt: instant('archived_at'),
    /** When its deliveries were made; null: nobody has looked at it yet. The row is its own outbox. */
    dispatchedAt: instant('dispatched_at'),
  },
  (table) => [
    index('notifications_user_idx').on(table.userId, table.at, table.id),
    // Counted with every notification.
    index('notifications_unread_idx')
      .on(table.userId)
      .where(sql`read_at is null and archived_at is null`),
    // What is removed once it is old enough.
    index('notifications_done_idx')
      .on(sql`greatest(read_at, archived_at)`)
      .where(sql`read_at is not null or archived_at is not null`),
    index('notifications_undispatched_idx')
      .on(table.userId, table.at, table.id)
      .where(sql`dispatched_at is null`),
  ],
);
