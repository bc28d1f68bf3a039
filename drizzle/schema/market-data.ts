// Markets as a broker told of them, by feed; the lists of markets that users keep.
import { sql } from 'drizzle-orm';
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { Environment } from '../../shared/primitives.ts';
import { brokerAccounts } from './accounts.ts';
import { users } from './auth.ts';

/** One market of one feed. What is in `details` is written by the market-data module, and read by its schema. */
export const instruments = pgTable(
  'instruments',
  {
    feed: text('feed').notNull(),
    epic: text('epic').notNull(),
    /** Null: the feed knew no such market when it was asked. */
    details: jsonb('details').$type<object>(),
    /** When the broker told the details; else as `checkedAt`. */
    readAt: instant('read_at').notNull(),
    /** When the broker was last asked for it, also where it knew nothing. */
    checkedAt: instant('checked_at').notNull(),
    /** When a user last asked for it, to the hour. */
    askedAt: instant('asked_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.feed, table.epic] }),
    index('instruments_asked_idx').on(table.askedAt),
  ],
);

/** One row per user who ever listed their watchlists: its lock holds the set of them, and its being there says that the first one was made. */
export const watchlistSets = pgTable('watchlist_sets', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  createdAt: instant('created_at').notNull(),
});

export const watchlists = pgTable(
  'watchlists',
  {
    id: id().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => watchlistSets.userId, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** The name as it is told apart from others: without its case. */
    nameKey: text('name_key').notNull(),
    /** From 0 on, among the lists of the user. */
    place: integer('place').notNull(),
    /** In the user's order, each once. */
    epics: text('epics').array().notNull(),
    /** Rises with each change of name, epics or place by its owner, or by an import. */
    version: integer('version').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    /** Of one that came from the broker: whose login has it there, under which id, and by which name it came. */
    importedFrom: text('imported_from').references(() => brokerAccounts.id, { onDelete: 'set null' }),
    environment: text('environment').$type<Environment>(),
    brokerId: text('broker_id'),
    brokerName: text('broker_name'),
  },
  (table) => [
    uniqueIndex('watchlists_name_key').on(table.userId, table.nameKey),
    uniqueIndex('watchlists_broker_key')
      .on(table.userId, table.importedFrom, table.brokerId)
      .where(sql`broker_id is not null`),
    index('watchlists_user_idx').on(table.userId, table.place),
  ],
);

/** The last time that a feed was down for so long that users were told; kept, so that a feed that comes and goes does not tell every time. */
export const feedOutages = pgTable('feed_outages', {
  feed: text('feed').primaryKey(),
  since: instant('since').notNull(),
  /** Null while it lasts. */
  endedAt: instant('ended_at'),
  /** The ids of those who were told that it began, and are told that it ended. */
  told: text('told').array().notNull(),
});
