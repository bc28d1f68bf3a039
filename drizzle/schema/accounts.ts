// Broker accounts that users have connected, and what their risk rests on.
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
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import type { AccountType, HealthState } from '../../shared/accounts.ts';
import { id, instant } from '../../server/db/columns.ts';
import type { Environment } from '../../shared/primitives.ts';
import type { MarginCall, SwitchedBy, SwitchPosition, SwitchScope } from '../../shared/risk.ts';
import type { EpicLimits } from '../../shared/risk-limits.ts';
import { users } from './auth.ts';

export const brokerAccounts = pgTable(
  'broker_accounts',
  {
    id: id().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'restrict' }),
    /** `simulated`, `demo` or `live`. */
    environment: text('environment').$type<Environment>().notNull(),
    /** The broker's own id, such as `ABC12`. */
    brokerAccountId: text('broker_account_id').notNull(),
    type: text('type').$type<AccountType>().notNull().default('CFD'),
    name: text('name').notNull(),
    currency: text('currency').notNull(),
    /** Sealed JSON { identifier, password, apiKey }; empty once it is disconnected. */
    credentials: text('credentials').notNull(),
    isDefault: boolean('is_default').notNull(),
    createdAt: instant('created_at').notNull(),
    /** Null while it is connected. The row stays for the deals and events that name it. */
    disconnectedAt: instant('disconnected_at'),
  },
  (table) => [
    uniqueIndex('broker_accounts_broker_key')
      .on(table.environment, table.brokerAccountId)
      .where(sql`disconnected_at is null`),
    uniqueIndex('broker_accounts_default_key')
      .on(table.userId)
      .where(sql`is_default and disconnected_at is null`),
    index('broker_accounts_user_idx').on(table.userId),
  ],
);

/** Orders that were sent lately: in the account, and in each market that has such a limit. */
export interface OrderCounts {
  /** When the day ends that `today` counts, and the instant of its first count. */
  day?: { endsAt: string; since: string };
  account?: OrderCount;
  epics?: Record<string, OrderCount>;
}
export interface OrderCount {
  /** By the second of the Unix time in which they were sent, ascending; older than a minute they are left out. */
  seconds: [second: number, orders: number][];
  today: number;
}

/** One row per account; admission locks it, so that two deals never spend the same money. */
export const accountRisk = pgTable('account_risk', {
  accountId: text('account_id')
    .primaryKey()
    .references(() => brokerAccounts.id, { onDelete: 'cascade' }),
  environment: text('environment').$type<Environment>().notNull(),
  /** As the broker last told; null until then. */
  cash: numeric('cash'),
  margin: numeric('margin'),
  runningProfit: numeric('running_profit'),
  fundsAt: instant('funds_at'),
  /** What was told of its equity against its margin; null: nothing that still holds. */
  marginCall: text('margin_call').$type<MarginCall>(),
  /** Margin of deals that are not decided yet. */
  reserved: numeric('reserved').notNull().default('0'),
  /** False: nothing is dealt any more. Changed under the row's lock, so that no deal is admitted beside a disconnection. */
  connected: boolean('connected').notNull().default(true),
  halted: boolean('halted').notNull().default(false),
  /** As `halted`, told apart in what is said about it: its owner has it close only. */
  reduceOnly: boolean('reduce_only').notNull().default(false),
  /** Who last set either of the two, when, and the reason they gave; null: nobody has. */
  switchedBy: text('switched_by').$type<SwitchedBy>(),
  switchedAt: instant('switched_at'),
  switchReason: text('switch_reason'),
  /** Of a live account: its owner wants real money dealt from here, and has typed the password for it. */
  liveDealing: boolean('live_dealing').notNull().default(false),
  /** The largest deal that may be opened, in the market's unit; null: no such limit. */
  maxSize: numeric('max_size'),
  /** What may be lost on a day of the user's zone before nothing more is opened; null: no such limit. */
  maxDailyLoss: numeric('max_daily_loss'),
  /** What positions, working orders and deals under way may come to together, in the account's currency; null: no such limit. */
  maxExposure: numeric('max_exposure'),
  maxOrdersPerMinute: integer('max_orders_per_minute'),
  maxOrdersPerDay: integer('max_orders_per_day'),
  /** The same of single markets. In this row, because what a deal is held against must be as of its lock. */
  epicLimits: jsonb('epic_limits').$type<EpicLimits[]>().notNull().default([]),
  /** The orders that count against the limits on them; counted where there is such a limit. */
  orders: jsonb('orders').$type<OrderCounts>().notNull().default({}),
  /** When a limit was last told to have stopped a deal, by limit and market. */
  breachedAt: jsonb('breached_at').$type<Record<string, string>>().notNull().default({}),
  /** Rises with each halt and resume, and whatever else forbids more than before; a send whose admission saw another one is not sent. */
  haltEpoch: bigint('halt_epoch', { mode: 'number' }).notNull().default(0),
  /** When the newest complete reading of the broker's positions began: those it listed were there then. */
  positionsReadAt: instant('positions_read_at'),
  /** The end of the running one of its `account_days`; null: none has begun. */
  dayEndsAt: instant('day_ends_at'),
});

/** What may be dealt on more than one account: on all of a user's, also those connected later, or on every one here. No row: everything. */
export const dealingSwitches = pgTable(
  'dealing_switches',
  {
    scope: text('scope').$type<Exclude<SwitchScope, 'account' | 'flatten'>>().notNull(),
    /** The user; empty for `everything`. */
    subject: text('subject').notNull(),
    dealingState: text('dealing_state').$type<SwitchPosition>().notNull(),
    /** Rises whenever it becomes stricter; counts as the accounts' own `halt_epoch` does. */
    epoch: bigint('epoch', { mode: 'number' }).notNull().default(0),
    by: text('by').$type<SwitchedBy>().notNull(),
    at: instant('at').notNull(),
    reason: text('reason'),
  },
  (table) => [primaryKey({ columns: [table.scope, table.subject] })],
);

/** What an account was worth when a day of its user's zone began, and the cash that was paid in and out since. */
export const accountDays = pgTable(
  'account_days',
  {
    accountId: text('account_id')
      .notNull()
      .references(() => brokerAccounts.id, { onDelete: 'cascade' }),
    endsAt: instant('ends_at').notNull(),
    startsAt: instant('starts_at').notNull(),
    environment: text('environment').$type<Environment>().notNull(),
    /** Whose midnights these are. */
    timeZone: text('time_zone').notNull(),
    /** By the figures that stood when it began; else by the first that were told. */
    equity: numeric('equity').notNull(),
    /** When the broker told those. */
    equityAt: instant('equity_at').notNull(),
    paidIn: numeric('paid_in').notNull().default('0'),
    paidOut: numeric('paid_out').notNull().default('0'),
    /** Cash that went, and of which nobody knows yet whether it was paid out or lost. */
    gone: numeric('gone').notNull().default('0'),
    /** When the figures were told that were the last without any of it, and the first with all of it. */
    goneAfter: instant('gone_after'),
    goneBy: instant('gone_by'),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.endsAt] })],
);

/** How the broker treats an account, as whichever process met it last. No row: nothing was wrong yet. */
export const accountHealth = pgTable('account_health', {
  accountId: text('account_id')
    .primaryKey()
    .references(() => brokerAccounts.id, { onDelete: 'cascade' }),
  environment: text('environment').$type<Environment>().notNull(),
  state: text('state').$type<HealthState>().notNull(),
  /** Of this state and problem. */
  since: instant('since').notNull(),
  /** What is wrong, as a sentence that says what to do; null while it is up. */
  message: text('message'),
  brokerCode: text('broker_code'),
  /** When it was last found to be so: what nobody finds any more holds nobody up. */
  confirmedAt: instant('confirmed_at').notNull().defaultNow(),
  /** Of the lease under which the account's gateway told last: an older one is not believed. */
  epoch: bigint('epoch', { mode: 'number' }).notNull().default(0),
});

/** Account events already applied: a redelivery is recognised by its id. */
export const accountInbox = pgTable(
  'account_inbox',
  {
    eventId: text('event_id').primaryKey(),
    accountId: text('account_id').notNull(),
    environment: text('environment').$type<Environment>().notNull(),
    at: instant('at').notNull(),
  },
  (table) => [index('account_inbox_at_idx').on(table.at)],
);
