// Deals and positions. A deal's row is committed before a byte leaves for the broker.
import { sql } from 'drizzle-orm';
import { index, integer, jsonb, numeric, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { Environment } from '../../shared/primitives.ts';
import type { DealKindName, DealReason, DealStatus, Direction } from '../../shared/trading.ts';
import { brokerAccounts } from './accounts.ts';

export const deals = pgTable(
  'deals',
  {
    id: id().primaryKey(),
    userId: text('user_id').notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => brokerAccounts.id, { onDelete: 'restrict' }),
    environment: text('environment').$type<Environment>().notNull(),
    kind: text('kind').$type<DealKindName>().notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    /** SHA-256 of the canonical request: the same key with another body is refused. */
    requestHash: text('request_hash').notNull(),
    status: text('status').$type<DealStatus>().notNull(),
    reason: jsonb('reason').$type<DealReason>(),
    /** Whose `dealReference` is. `ours`: committed before the request. `brokers`: its own for this deal. `positions`: that of the position's opening, so several deals bear it. */
    referenceOf: text('reference_of').$type<'ours' | 'brokers' | 'positions'>().notNull(),
    /** At the broker; null until it is known. */
    dealReference: text('deal_reference'),
    /** The broker's id: the position opened, or the one to close. */
    dealId: text('deal_id'),
    epic: text('epic').notNull(),
    expiry: text('expiry').notNull(),
    /** The market's. */
    name: text('name').notNull(),
    direction: text('direction').$type<Direction>().notNull(),
    size: numeric('size').notNull(),
    currency: text('currency').notNull(),
    stopLevel: numeric('stop_level'),
    stopDistance: numeric('stop_distance'),
    limitLevel: numeric('limit_level'),
    limitDistance: numeric('limit_distance'),
    level: numeric('level'),
    profit: numeric('profit'),
    profitCurrency: text('profit_currency'),
    /** For a close: the size of the position when it was admitted, the fence of its evidence. */
    positionSize: numeric('position_size'),
    positionVersion: integer('position_version'),
    /** Margin set aside until it is decided. */
    reserved: numeric('reserved').notNull().default('0'),
    createdAt: instant('created_at').notNull(),
    statusAt: instant('status_at').notNull(),
    /** When the connection that carried the request was closed without an answer; absence counts from here. */
    connectionClosedAt: instant('connection_closed_at'),
    /** Complete reads without a trace of it, each begun `settleAfterMs` after that. */
    absentReads: integer('absent_reads').notNull().default(0),
    decidedAt: instant('decided_at'),
  },
  (table) => [
    uniqueIndex('deals_user_key').on(table.userId, table.idempotencyKey),
    uniqueIndex('deals_account_reference_key')
      .on(table.accountId, table.dealReference)
      .where(sql`reference_of <> 'positions'`),
    index('deals_account_position_idx').on(table.accountId, table.dealId),
    index('deals_undecided_idx').on(table.accountId, table.status, table.statusAt),
    // What a sweep asks for every few seconds: small however long the history grows.
    index('deals_waiting_idx')
      .on(table.statusAt)
      .where(sql`status in ('submitting', 'submitted', 'unknown')`),
    // What every reading looks at beside the undecided ones: hardly any, among years of decided deals.
    index('deals_lost_idx')
      .on(table.accountId, table.decidedAt)
      .where(sql`status = 'rejected' and reason->>'code' = 'never_reached_broker'`),
    index('deals_account_created_idx').on(table.accountId, table.createdAt, table.id),
  ],
);

export const positions = pgTable(
  'positions',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => brokerAccounts.id, { onDelete: 'restrict' }),
    /** The broker's opening id: it stays the same through amends and partial closes. */
    dealId: text('deal_id').notNull(),
    dealReference: text('deal_reference'),
    epic: text('epic').notNull(),
    expiry: text('expiry').notNull(),
    name: text('name').notNull(),
    direction: text('direction').$type<Direction>().notNull(),
    /** Zero once closed. */
    size: numeric('size').notNull(),
    level: numeric('level').notNull(),
    currency: text('currency').notNull(),
    contractSize: numeric('contract_size'),
    stopLevel: numeric('stop_level'),
    limitLevel: numeric('limit_level'),
    /** `external`: opened elsewhere. */
    source: text('source').$type<'ftrader' | 'external'>().notNull(),
    version: integer('version').notNull().default(1),
    openedAt: instant('opened_at').notNull(),
    closedAt: instant('closed_at'),
    updatedAt: instant('updated_at').notNull(),
    /** Set while the broker's list lacks it and nothing says why: when it was last known to be there. */
    lastSeenAt: instant('last_seen_at'),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.dealId] }),
    // The open ones, in the order in which they are listed: closed rows are never passed over.
    index('positions_open_idx')
      .on(table.accountId, table.openedAt, table.dealId)
      .where(sql`closed_at is null`),
  ],
);
