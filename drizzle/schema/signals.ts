// Signals: what alert services may have dealt, and which of their signals were let through.
import { boolean, index, integer, numeric, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { Environment } from '../../shared/primitives.ts';
import type { SignalScope } from '../../shared/signals.ts';
import { brokerAccounts } from './accounts.ts';
import { users } from './auth.ts';

export const signals = pgTable(
  'signals',
  {
    id: id().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    accountId: text('account_id')
      .notNull()
      .references(() => brokerAccounts.id, { onDelete: 'restrict' }),
    environment: text('environment').$type<Environment>().notNull(),
    /** Of its secret, which is kept nowhere. */
    secretHash: text('secret_hash').notNull(),
    name: text('name').notNull(),
    scopes: text('scopes').array().$type<SignalScope[]>().notNull(),
    epics: text('epics').array().notNull(),
    maxSize: numeric('max_size').notNull(),
    perMinute: integer('per_minute').notNull(),
    perDay: integer('per_day').notNull(),
    windowSeconds: integer('window_seconds').notNull(),
    dryRun: boolean('dry_run').notNull(),
    state: text('state').$type<'active' | 'paused'>().notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    lastTakenAt: instant('last_taken_at'),
    lastRefusedAt: instant('last_refused_at'),
    lastRefusal: text('last_refusal'),
    /** How many refusals were told one by one since then: there is a bound of them in an hour. */
    toldSince: instant('told_since'),
    told: integer('told').notNull().default(0),
  },
  (table) => [index('signals_user_idx').on(table.userId, table.createdAt, table.id)],
);

/** One for each signal that was let through; its deal, if there is one, has the same key. */
export const signalReceipts = pgTable(
  'signal_receipts',
  {
    signalId: text('signal_id')
      .notNull()
      .references(() => signals.id, { onDelete: 'cascade' }),
    idempotencyKey: text('idempotency_key').notNull(),
    at: instant('at').notNull(),
    /** What became of it: `dealt`, `previewed`, `denied`, `lost` or an error code; null: it is under way, or its process died. */
    outcome: text('outcome'),
  },
  (table) => [
    primaryKey({ columns: [table.signalId, table.idempotencyKey] }),
    index('signal_receipts_at_idx').on(table.signalId, table.at),
    index('signal_receipts_open_idx').on(table.outcome, table.at),
  ],
);
