// What the broker's history tells of an account, kept once; how our books compared with its lists; where the two did not agree.
import { sql } from 'drizzle-orm';
import { boolean, index, integer, jsonb, numeric, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { Environment } from '../../shared/primitives.ts';
import type { Direction } from '../../shared/trading.ts';
import type {
  ActivityChange,
  BreakKind,
  BookDifference,
  HistoryKind,
  TransactionType,
} from '../../shared/history.ts';
import { brokerAccounts } from './accounts.ts';

const accountId = () =>
  text('account_id')
    .notNull()
    .references(() => brokerAccounts.id, { onDelete: 'restrict' });

/** From when until when a history of the broker's was read without a gap. */
export const accountHistory = pgTable(
  'account_history',
  {
    accountId: accountId(),
    environment: text('environment').$type<Environment>().notNull(),
    kind: text('kind').$type<HistoryKind>().notNull(),
    since: instant('since').notNull(),
    readUntil: instant('read_until').notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.kind] })],
);

export const accountActivity = pgTable(
  'account_activity',
  {
    accountId: accountId(),
    environment: text('environment').$type<Environment>().notNull(),
    /** A pure function of the entry, so that it is kept once however often it is read. */
    id: id().notNull(),
    at: instant('at').notNull(),
    /** The broker's id of this deal: for a close not the position's. */
    dealId: text('deal_id').notNull(),
    dealReference: text('deal_reference'),
    epic: text('epic'),
    name: text('name'),
    status: text('status').$type<'accepted' | 'rejected' | 'unknown'>().notNull(),
    channel: text('channel'),
    throughApi: boolean('through_api').notNull(),
    description: text('description'),
    changes: jsonb('changes').$type<ActivityChange[]>().notNull(),
    direction: text('direction').$type<Direction>(),
    size: numeric('size'),
    level: numeric('level'),
    stopLevel: numeric('stop_level'),
    limitLevel: numeric('limit_level'),
    currency: text('currency'),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    index('account_activity_at_idx').on(table.accountId, table.at, table.id),
  ],
);

export const accountTransactions = pgTable(
  'account_transactions',
  {
    accountId: accountId(),
    environment: text('environment').$type<Environment>().notNull(),
    /** As that of an activity. */
    id: id().notNull(),
    at: instant('at').notNull(),
    type: text('type').$type<TransactionType>().notNull(),
    /** The broker's word for it. */
    brokerType: text('broker_type').notNull(),
    reference: text('reference').notNull(),
    name: text('name').notNull(),
    /** Below zero: taken from the cash. */
    amount: numeric('amount').notNull(),
    currency: text('currency'),
    direction: text('direction').$type<Direction>(),
    size: numeric('size'),
    openLevel: numeric('open_level'),
    closeLevel: numeric('close_level'),
    openedAt: instant('opened_at'),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.id] }),
    index('account_transactions_at_idx').on(table.accountId, table.at, table.id),
  ],
);

/** What the newest complete reading of the broker's lists found, one row an account. */
export const accountReadings = pgTable('account_readings', {
  accountId: accountId().primaryKey(),
  environment: text('environment').$type<Environment>().notNull(),
  /** When it began. */
  readAt: instant('read_at').notNull(),
  /** When the newest one began after which nothing was left to differ; null: none yet. */
  agreedAt: instant('agreed_at'),
  /** Ours and the broker's as they were when they were compared; null where the broker did not tell. */
  ourCash: numeric('our_cash'),
  brokerCash: numeric('broker_cash'),
  /** Found by it, and how many are left. */
  differences: jsonb('differences').$type<BookDifference[]>().notNull(),
  unsettled: integer('unsettled').notNull(),
});

/** Where FTrader and the broker did not agree: written by the transaction that found it. */
export const breaks = pgTable(
  'breaks',
  {
    id: id().primaryKey(),
    accountId: accountId(),
    environment: text('environment').$type<Environment>().notNull(),
    kind: text('kind').$type<BreakKind>().notNull(),
    /** The broker's id of the position or order. */
    brokerDealId: text('broker_deal_id'),
    dealId: text('deal_id'),
    difference: text('difference').notNull(),
    openedAt: instant('opened_at').notNull(),
    resolvedAt: instant('resolved_at'),
    resolution: text('resolution'),
  },
  (table) => [
    index('breaks_account_idx').on(table.accountId, table.openedAt, table.id),
    index('breaks_open_idx')
      .on(table.accountId)
      .where(sql`resolved_at is null`),
  ],
);
