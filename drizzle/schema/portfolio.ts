// Portfolios: their ledger, which is only ever added to, and the closing prices and exchange rates that users enter.
import {
  bigint,
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
import type { Missing } from '../../shared/portfolio.ts';
import type { Posting, TransactionTerms } from '../../shared/portfolio-transactions.ts';
import type { Environment } from '../../shared/primitives.ts';

export const portfolios = pgTable(
  'portfolios',
  {
    id: id().primaryKey(),
    userId: text('user_id').notNull(),
    name: text('name').notNull(),
    tags: jsonb('tags').$type<string[]>().notNull(),
    baseCurrency: text('base_currency').notNull(),
    timeZone: text('time_zone').notNull(),
    /** A day of its time zone, such as `2026-03-29`. */
    startsOn: text('starts_on').notNull(),
    createdAt: instant('created_at').notNull(),
    /** How many transactions it has; the number of the last one. Whoever writes one holds this row. */
    transactions: integer('transactions').notNull().default(0),
    /** The last day of the month whose statement was told last; null: none yet. */
    statementToldOn: text('statement_told_on'),
  },
  (table) => [index('portfolios_user_idx').on(table.userId, table.createdAt, table.id)],
);

/** Never updated; deleted only with the whole portfolio. */
export const portfolioTransactions = pgTable(
  'portfolio_transactions',
  {
    id: id().primaryKey(),
    portfolioId: text('portfolio_id')
      .notNull()
      .references(() => portfolios.id, { onDelete: 'cascade' }),
    userId: text('user_id').notNull(),
    /** In the order of writing, from 1, without a gap. */
    number: integer('number').notNull(),
    at: instant('at').notNull(),
    /** The day of `at` in the portfolio's time zone. */
    on: text('on').notNull(),
    terms: jsonb('terms').$type<TransactionTerms>().notNull(),
    /** Of `terms`, for the rules about one instrument. */
    instrument: text('instrument'),
    /** They sum to zero per currency: checked by whoever writes them. */
    postings: jsonb('postings').$type<Posting[]>().notNull(),
    reverses: text('reverses'),
    note: text('note'),
    writtenAt: instant('written_at').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    requestHash: text('request_hash').notNull(),
  },
  (table) => [
    uniqueIndex('portfolio_transactions_user_key').on(table.userId, table.idempotencyKey),
    uniqueIndex('portfolio_transactions_number').on(table.portfolioId, table.number),
    // One thing is taken back once.
    uniqueIndex('portfolio_transactions_reverses').on(table.reverses),
    index('portfolio_transactions_at_idx').on(table.portfolioId, table.at, table.id),
    index('portfolio_transactions_on_idx').on(table.portfolioId, table.on, table.number),
    index('portfolio_transactions_instrument_on_idx').on(table.portfolioId, table.instrument, table.on),
  ],
);

/**
 * What a portfolio was worth at the end of each day, from its first transaction on, without a gap. Only ever inserted, and deleted from
 * the day of an edit on: a row that is there is true. Money is in the base currency unless a currency is named.
 */
export const portfolioDays = pgTable(
  'portfolio_days',
  {
    portfolioId: text('portfolio_id')
      .notNull()
      .references(() => portfolios.id, { onDelete: 'cascade' }),
    on: text('on').notNull(),
    /** Null while a price or rate is missing. */
    value: numeric('value'),
    /** Neither is below zero; null where a rate is missing. */
    inflow: numeric('inflow'),
    outflow: numeric('outflow'),
    missing: jsonb('missing').$type<Missing[]>().notNull(),
    /** Each amount that came from outside, or (below zero) went, in order. */
    flows: jsonb('flows').$type<{ currency: string; amount: string | null }[]>().notNull(),
    /** What was made by the postings of the day, by instrument; null where a rate is missing. */
    gains: jsonb('gains').$type<{ of: string; gain: string }[]>(),
    /** At the end of the day, units below zero sold short; `worth` is in the base currency. */
    holdings: jsonb('holdings')
      .$type<{ instrument: string; quantity: string; currency: string; worth: string | null }[]>()
      .notNull(),
    cash: jsonb('cash').$type<{ currency: string; amount: string; worth: string | null }[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.portfolioId, table.on] })],
);

/** One a day: a closing price of an instrument, or how much of one currency another is. */
export const portfolioPrices = pgTable(
  'portfolio_prices',
  {
    id: id().primaryKey(),
    userId: text('user_id').notNull(),
    kind: text('kind').$type<'price' | 'rate'>().notNull(),
    /** An instrument, or the currency of which one unit is turned. */
    of: text('of').notNull(),
    /** Of a rate: the currency it leads to. Empty for a price: an instrument has one a day. */
    into: text('into').notNull(),
    on: text('on').notNull(),
    value: numeric('value').notNull(),
    /** Of a price: what it is quoted in. Of a rate the same as `into`. */
    currency: text('currency').notNull(),
    enteredAt: instant('entered_at').notNull(),
    /** The user's count of entries (`portfolio_price_revisions`) as it was entered last. */
    revision: integer('revision').notNull().default(0),
  },
  (table) => [
    index('portfolio_prices_revision_idx').on(table.userId, table.revision),
    uniqueIndex('portfolio_prices_day').on(table.userId, table.kind, table.of, table.into, table.on),
    index('portfolio_prices_entered_idx').on(table.userId, table.enteredAt, table.id),
  ],
);

/** Counts how often a user has entered prices or rates: whoever computed with those of before finds what came since. No row: never. */
export const portfolioPriceRevisions = pgTable('portfolio_price_revisions', {
  userId: text('user_id').primaryKey(),
  revision: integer('revision').notNull().default(0),
});

/** How far the events of a broker account have flowed into a portfolio; one writer at a time holds the row. */
export const portfolioInflows = pgTable('portfolio_inflows', {
  accountId: text('account_id').primaryKey(),
  environment: text('environment').$type<Environment>().notNull(),
  userId: text('user_id').notNull(),
  /** What a portfolio made for it is called, and its money. */
  name: text('name').notNull(),
  currency: text('currency').notNull(),
  /** Null before the first deal. It may be gone: the next deal makes another. */
  portfolioId: text('portfolio_id'),
  /** Of the user's trading events: everything of the account up to here is in the ledger. */
  offset: bigint('offset', { mode: 'number' }).notNull().default(0),
  /** As the broker told it last, up to `offset`; null: not yet. */
  brokerCash: numeric('broker_cash'),
  /** What flowed in in all, into its portfolio and the parts of it. The same as `broker_cash` wherever that is known. */
  bookedCash: numeric('booked_cash').notNull().default('0'),
  /** Of the last transaction written: the next is not dated before it. */
  lastAt: instant('last_at'),
});
