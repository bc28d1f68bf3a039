// Broker accounts that users have connected, and what their risk rests on.
import { sql } from 'drizzle-orm';
import { bigint, boolean, index, numeric, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
import type { AccountType, HealthState } from '../../shared/accounts.ts';
import { id, instant } from '../../server/db/columns.ts';
import { users } from './auth.ts';

export const brokerAccounts = pgTable(
  'broker_accounts',
  {
    id: id().primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'restrict' }),
    /** `simulated`, `demo` or `live`. */
    environment: text('environment').notNull(),
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

/** One row per account; admission locks it, so that two deals never spend the same money. */
export const accountRisk = pgTable('account_risk', {
  accountId: text('account_id')
    .primaryKey()
    .references(() => brokerAccounts.id, { onDelete: 'cascade' }),
  /** As the broker last told; null until then. */
  cash: numeric('cash'),
  margin: numeric('margin'),
  runningProfit: numeric('running_profit'),
  fundsAt: instant('funds_at'),
  /** Margin of deals that are not decided yet. */
  reserved: numeric('reserved').notNull().default('0'),
  /** False: nothing is dealt any more. Changed under the row's lock, so that no deal is admitted beside a disconnection. */
  connected: boolean('connected').notNull().default(true),
  halted: boolean('halted').notNull().default(false),
  /** Rises with each halt and resume; a send whose admission saw another one is not sent. */
  haltEpoch: bigint('halt_epoch', { mode: 'number' }).notNull().default(0),
  /** When the newest complete reading of the broker's positions began: those it listed were there then. */
  positionsReadAt: instant('positions_read_at'),
});

/** How the broker treats an account, as whichever process met it last. No row: nothing was wrong yet. */
export const accountHealth = pgTable('account_health', {
  accountId: text('account_id')
    .primaryKey()
    .references(() => brokerAccounts.id, { onDelete: 'cascade' }),
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
    at: instant('at').notNull(),
  },
  (table) => [index('account_inbox_at_idx').on(table.at)],
);
