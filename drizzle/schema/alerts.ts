// Alerts of users, and up to when the prices of their markets were seen.
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { AlertRepeat, AlertState } from '../../shared/alerts.ts';
import type { Environment } from '../../shared/primitives.ts';
import { brokerAccounts } from './accounts.ts';
import { users } from './auth.ts';

const isLive = sql`state in ('armed', 'waiting')`;

export const alerts = pgTable(
  'alerts',
  {
    id: id().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Of one on a market; else null, and its account stands here. */
    feed: text('feed'),
    epic: text('epic'),
    accountId: text('account_id').references(() => brokerAccounts.id, { onDelete: 'cascade' }),
    environment: text('environment').$type<Environment>(),
    /** Of the market, account or position, as it was called when the alert was made. */
    name: text('name').notNull(),
    /** Checked when it is read: rows outlive the schemas they were written by. */
    condition: jsonb('condition').$type<object>().notNull(),
    repeat: text('repeat').$type<AlertRepeat>().notNull(),
    rearmBand: numeric('rearm_band').notNull(),
    expiresAt: instant('expires_at'),
    note: text('note'),
    state: text('state').$type<AlertState>().notNull(),
    /** Since when it is in this state, by the venue’s time where a price brought it there: what was quoted before does not concern it. */
    stateAt: instant('state_at').notNull(),
    firedCount: integer('fired_count').notNull(),
    lastFiredAt: instant('last_fired_at'),
    lastFiredLate: boolean('last_fired_late').notNull().default(false),
    lastValue: numeric('last_value'),
    /** Of one on an account: up to then its value was compared. */
    seenAt: instant('seen_at').notNull().defaultNow(),
    /** Rises with each change but of the note: who read an older one changes nothing. */
    revision: integer('revision').notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    index('alerts_user_idx').on(table.userId, table.createdAt, table.id),
    index('alerts_live_feed_idx').on(table.feed, table.epic).where(isLive),
    index('alerts_live_account_idx').on(table.accountId).where(isLive),
    index('alerts_live_expiry_idx').on(table.expiresAt).where(isLive),
    index('alerts_ended_idx')
      .on(table.stateAt)
      .where(sql`state in ('done', 'expired')`),
    // Those that go with an account or a login: looked for every few seconds.
    index('alerts_account_idx')
      .on(table.accountId)
      .where(sql`account_id is not null`),
    index('alerts_login_feed_idx')
      .on(table.feed)
      .where(sql`feed like 'login\\_%'`),
  ],
);

/** A span of which prices may have been missed, in epoch milliseconds. */
export interface AlertGap {
  fromMs: number;
  toMs: number;
}

/** How far the prices of a market were compared with its alerts, and which spans before are still to be checked by candles. */
export const alertProgress = pgTable(
  'alert_progress',
  {
    feed: text('feed').notNull(),
    epic: text('epic').notNull(),
    /** Of the lease under which it was written. */
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    seenAt: instant('seen_at').notNull(),
    gaps: jsonb('gaps').$type<AlertGap[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.feed, table.epic] })],
);
