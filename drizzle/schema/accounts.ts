// Broker accounts that users have connected, and what their risk rests on.
import { bigint, boolean, index, numeric, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core';
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
    name: text('name').notNull(),
    currency: text('currency').notNull(),
    /** Sealed JSON { identifier, password, apiKey }. */
    credentials: text('credentials').notNull(),
    isDefault: boolean('is_default').notNull().default(true),
    createdAt: instant('created_at').notNull(),
  },
  (table) => [
    uniqueIndex('broker_accounts_broker_key').on(table.environment, table.brokerAccountId),
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
  halted: boolean('halted').notNull().default(false),
  /** Rises with each halt and resume; a send whose admission saw another one is not sent. */
  haltEpoch: bigint('halt_epoch', { mode: 'number' }).notNull().default(0),
  /** When the newest complete reading of the broker's positions began: those it listed were there then. */
  positionsReadAt: instant('positions_read_at'),
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
