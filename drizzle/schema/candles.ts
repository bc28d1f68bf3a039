// Candles of prices, which of them are known, and what commands want bought of the broker's history.
import {
  bigint,
  boolean,
  customType,
  integer,
  numeric,
  pgTable,
  primaryKey,
  text,
} from 'drizzle-orm/pg-core';
import { id, instant } from '../../server/db/columns.ts';

/** The resolutions that are stored; all others are made of them. */
export type StoredResolution = 'SECOND' | 'MINUTE' | 'HOUR';
export type CandleSource = 'ticks' | 'history';

const instants = customType<{ data: string }>({ dataType: () => 'tstzmultirange' });

/**
 * PostgreSQL partitions it: by resolution, and each of these by time, into days of SECOND, months of MINUTE and years of HOUR, so that
 * what is too old goes by dropping a table. The migration says so and has the functions that make and drop partitions, since Drizzle
 * has no words for it.
 */
export const candles = pgTable(
  'candles',
  {
    feed: text('feed').notNull(),
    epic: text('epic').notNull(),
    resolution: text('resolution').$type<StoredResolution>().notNull(),
    startAt: instant('start_at').notNull(),
    bidOpen: numeric('bid_open'),
    bidHigh: numeric('bid_high'),
    bidLow: numeric('bid_low'),
    bidClose: numeric('bid_close'),
    offerOpen: numeric('offer_open'),
    offerHigh: numeric('offer_high'),
    offerLow: numeric('offer_low'),
    offerClose: numeric('offer_close'),
    ticks: integer('ticks').notNull(),
    /** It is over, and none of its ticks was missed. */
    complete: boolean('complete').notNull(),
    revision: integer('revision').notNull(),
    source: text('source').$type<CandleSource>().notNull(),
    /** Of the lease under which its ticks were seen; 0: of the broker's history. */
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.feed, table.epic, table.resolution, table.startAt] })],
);

/**
 * When all there was is known, quiet times included: a candle that is missing within is one without a quote. Two rows a market and
 * resolution, since whoever buys history holds its row for as long as the broker takes, and ticks go on meanwhile.
 */
export const candleCoverage = pgTable(
  'candle_coverage',
  {
    feed: text('feed').notNull(),
    epic: text('epic').notNull(),
    resolution: text('resolution').$type<StoredResolution>().notNull(),
    source: text('source').$type<CandleSource>().notNull(),
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    known: instants('known').notNull(),
  },
  (table) => [primaryKey({ columns: [table.feed, table.epic, table.resolution, table.source] })],
);

/** What `npm run backfill-prices` wants: a worker buys it, and says here how far it is. */
export const candleBackfills = pgTable('candle_backfills', {
  id: id().primaryKey(),
  feed: text('feed').notNull(),
  epic: text('epic').notNull(),
  resolution: text('resolution').$type<StoredResolution>().notNull(),
  fromAt: instant('from_at').notNull(),
  toAt: instant('to_at').notNull(),
  state: text('state').$type<'wanted' | 'done' | 'failed' | 'cancelled'>().notNull(),
  /** Points of the broker's allowance that were spent. */
  points: integer('points').notNull(),
  /** Of `failed`: why, as a sentence. */
  problem: text('problem'),
  createdAt: instant('created_at').notNull(),
});
