// Deals and positions. A deal's row is committed before a byte leaves for the broker.
import { sql } from 'drizzle-orm';
import {
  boolean,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';
import type { Environment } from '../../shared/primitives.ts';
import type { DecidedBy } from '../../shared/history.ts';
import type {
  DealEffect,
  DealKindName,
  DealReason,
  DealStatus,
  Direction,
  OrderState,
  OrderType,
} from '../../shared/trading.ts';
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
    /** Every position or order that it changed, as the broker told it. */
    affected: jsonb('affected').$type<DealEffect[]>(),
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
    /** Whether its stop is guaranteed. */
    guaranteedStop: boolean('guaranteed_stop').notNull().default(false),
    /** Of a trailing stop, in points; both or neither. */
    trailingDistance: numeric('trailing_distance'),
    trailingIncrement: numeric('trailing_increment'),
    /** The worst level at which it may be filled, null: at market; and how many points of it are tolerance. */
    worstLevel: numeric('worst_level'),
    tolerance: numeric('tolerance'),
    /** The user's own words. */
    tag: text('tag'),
    note: text('note'),
    /** Of a working order: its kind, its level, and until when it rests; null: until it is cancelled. */
    orderType: text('order_type').$type<OrderType>(),
    orderLevel: numeric('order_level'),
    goodTillAt: instant('good_till_at'),
    /** Whether it may add to what the account can lose: decided when it is admitted, asked again before it is sent. */
    raisesRisk: boolean('raises_risk').notNull().default(true),
    level: numeric('level'),
    profit: numeric('profit'),
    profitCurrency: text('profit_currency'),
    /** For a close: the size of the position when it was admitted, the fence of its evidence. */
    positionSize: numeric('position_size'),
    positionVersion: integer('position_version'),
    /** For a change: the broker's instant of the last verdict on the same thing. Evidence dated up to it is of an earlier change. */
    evidenceAfter: instant('evidence_after'),
    /** When the broker decided, by its own clock; null where it did not tell. */
    brokerAt: instant('broker_at'),
    /** Margin set aside until it is decided. */
    reserved: numeric('reserved').notNull().default('0'),
    /** What it adds to the account's exposure until it is decided, as if filled, in the account's currency; null: not known. */
    exposure: numeric('exposure'),
    createdAt: instant('created_at').notNull(),
    statusAt: instant('status_at').notNull(),
    /** When the connection that carried the request was closed without an answer; absence counts from here. */
    connectionClosedAt: instant('connection_closed_at'),
    /** Complete reads without a trace of it, each begun `settleAfterMs` after that. */
    absentReads: integer('absent_reads').notNull().default(0),
    decidedAt: instant('decided_at'),
    /** By what it was decided; null until it is, and of deals older than this column. */
    decidedBy: text('decided_by').$type<DecidedBy>(),
    /** When its answer was given up first: from here to `decidedAt` nobody knew. Null: it never was. */
    unknownAt: instant('unknown_at'),
    /** By our clock: right before the first byte could leave, and when the broker's REST answered. Null: nobody saw it. */
    sentAt: instant('sent_at'),
    answeredAt: instant('answered_at'),
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
    // Openings that were accepted without their level: their position is not known yet. Few, and soon none.
    index('deals_unplaced_idx')
      .on(table.accountId)
      .where(sql`status = 'accepted' and kind in ('open', 'net') and level is null`),
    index('deals_account_created_idx').on(table.accountId, table.createdAt, table.id),
    // A page of a kind that is rare, or of what was not done, reads no years of all the others.
    index('deals_account_kind_idx').on(table.accountId, table.kind, table.createdAt, table.id),
    index('deals_not_accepted_idx')
      .on(table.accountId, table.createdAt, table.id)
      .where(sql`status <> 'accepted'`),
    index('deals_account_epic_idx').on(table.accountId, table.epic, table.createdAt, table.id),
  ],
);

export const positions = pgTable(
  'positions',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => brokerAccounts.id, { onDelete: 'restrict' }),
    environment: text('environment').$type<Environment>().notNull(),
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
    guaranteedStop: boolean('guaranteed_stop').notNull().default(false),
    /** Of a trailing stop, in points; both or neither. */
    trailingDistance: numeric('trailing_distance'),
    trailingIncrement: numeric('trailing_increment'),
    /** Of the deal that opened it. */
    tag: text('tag'),
    note: text('note'),
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

/** Working orders, resting at the broker until the market comes. */
export const workingOrders = pgTable(
  'working_orders',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => brokerAccounts.id, { onDelete: 'restrict' }),
    environment: text('environment').$type<Environment>().notNull(),
    /** The broker's id. The position that a filled one opens bears the same. */
    dealId: text('deal_id').notNull(),
    dealReference: text('deal_reference'),
    epic: text('epic').notNull(),
    expiry: text('expiry').notNull(),
    name: text('name').notNull(),
    direction: text('direction').$type<Direction>().notNull(),
    size: numeric('size').notNull(),
    type: text('type').$type<OrderType>().notNull(),
    level: numeric('level').notNull(),
    /** Null: until it is cancelled. */
    goodTillAt: instant('good_till_at'),
    currency: text('currency').notNull(),
    stopDistance: numeric('stop_distance'),
    limitDistance: numeric('limit_distance'),
    guaranteedStop: boolean('guaranteed_stop').notNull().default(false),
    /** Of the deal that placed it. */
    tag: text('tag'),
    note: text('note'),
    /** `external`: placed elsewhere. */
    source: text('source').$type<'ftrader' | 'external'>().notNull(),
    state: text('state').$type<OrderState>().notNull(),
    placedAt: instant('placed_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
    /** When it rested no more; while `state` is `gone` nobody knows yet why. */
    closedAt: instant('closed_at'),
    /** Set while the broker's list lacks it and nothing says why: when it was last known to be there. */
    lastSeenAt: instant('last_seen_at'),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.dealId] }),
    index('working_orders_open_idx')
      .on(table.accountId, table.placedAt, table.dealId)
      .where(sql`state = 'open'`),
    // For the exposure of one that is filled, until its position is known.
    index('working_orders_filled_idx')
      .on(table.accountId, table.closedAt)
      .where(sql`state = 'filled'`),
    index('working_orders_gone_idx')
      .on(table.accountId)
      .where(sql`state = 'gone'`),
  ],
);
