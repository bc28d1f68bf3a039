// Candles as clients see them: open, high, low and close of bid and offer over a resolution, and what is missing among them.
import { z } from 'zod';
import { TimeZone } from './auth.ts';
import { DecimalText, Epic, Feed, Instant, NextCursor } from './primitives.ts';

/** The broker's own, from the shortest to the longest. */
export const Resolution = z
  .enum([
    'SECOND',
    'MINUTE',
    'MINUTE_2',
    'MINUTE_3',
    'MINUTE_5',
    'MINUTE_10',
    'MINUTE_15',
    'MINUTE_30',
    'HOUR',
    'HOUR_2',
    'HOUR_3',
    'HOUR_4',
    'DAY',
    'WEEK',
    'MONTH',
  ])
  .meta({
    id: 'Resolution',
    description:
      'How long a candle is. Up to HOUR_4 they start at whole multiples of it from midnight UTC; days start at midnight of `zone`, weeks on its Monday, months on its first.',
  });
export type Resolution = z.infer<typeof Resolution>;

/** A side is null where nothing was quoted on it. */
const Side = DecimalText.nullable();
export const CandlePrice = z.object({ bid: Side, offer: Side }).meta({ id: 'CandlePrice' });
export type CandlePrice = z.infer<typeof CandlePrice>;

const candleFields = {
  startAt: Instant,
  endAt: Instant.describe('the first instant behind it'),
  ticks: z.number().int().min(0).describe('quotes that were seen: the volume of a market without trades'),
  complete: z
    .boolean()
    .describe('it is over and nothing of it is missing; false: still forming, or part of a gap'),
  revision: z
    .number()
    .int()
    .min(0)
    .describe(
      'rises each time a candle that was over is changed, by a late quote or by the broker’s history',
    ),
};
export const Candle = z
  .object({
    ...candleFields,
    open: CandlePrice,
    high: CandlePrice,
    low: CandlePrice,
    close: CandlePrice,
  })
  .meta({ id: 'Candle' });
export type Candle = z.infer<typeof Candle>;

export const candlePriceNames = ['open', 'high', 'low', 'close'] as const;
const Sides = z.object({ bid: z.array(Side), offer: z.array(Side) });
/** The same candles, a list per field: a third of the text of rows. */
export const CandleColumns = z
  .object({
    startAt: z.array(candleFields.startAt),
    endAt: z.array(candleFields.endAt),
    open: Sides,
    high: Sides,
    low: Sides,
    close: Sides,
    ticks: z.array(candleFields.ticks),
    complete: z.array(candleFields.complete),
    revision: z.array(candleFields.revision),
  })
  .meta({ id: 'CandleColumns' });
export type CandleColumns = z.infer<typeof CandleColumns>;

export const CandleGap = z
  .object({
    from: Instant,
    to: Instant.describe('the first instant behind it'),
    reason: z
      .enum(['not_bought', 'not_kept', 'too_new', 'allowance', 'broker'])
      .describe(
        'not_bought: more history than one call buys; call again, or use `npm run backfill-prices`. not_kept: older than candles this fine are kept. too_new: nobody had it streamed, and it is not over for long enough to be bought. allowance: the week’s points of the broker are used up, or what is left of them is kept for `npm run backfill-prices`. broker: it did not answer, or refused.',
      ),
    message: z.string().describe('the reason as a sentence, and what to do'),
  })
  .meta({ id: 'CandleGap' });
export type CandleGap = z.infer<typeof CandleGap>;

/** No broker has history from before. */
export const earliestCandleAt = new Date('1990-01-01T00:00:00Z');
export const CandleFormat = z.enum(['rows', 'columns', 'csv']);
export type CandleFormat = z.infer<typeof CandleFormat>;
const Limit = z
  .number()
  .int()
  .min(1, 'must be 1 to 500')
  .max(500, 'may be 500 at most: take the next page by its cursor')
  .default(100);

const wanted = {
  epic: Epic,
  resolution: Resolution,
  feed: Feed.optional(),
  zone: TimeZone.optional().describe('of days, weeks and months: an IANA zone; left out, your own'),
};
export const GetCandles = z.object({
  ...wanted,
  from: Instant.optional().describe(
    'of candles that start then or later; left out, as many lengths before `to` as `limit`',
  ),
  to: Instant.optional().describe('of candles that start before; left out, now'),
  cursor: z.string().max(200).optional(),
  limit: Limit,
  format: CandleFormat.default('rows').describe(
    'rows: an object per candle. columns: a list per field. csv: text, over REST as text/csv, with the header Next-Cursor while there is more, and Gaps where something is missing: `FROM/TO;reason=WHY`, 50 at most, then `more=COUNT`',
  ),
});
export type GetCandles = z.output<typeof GetCandles>;
export const WatchCandles = z.object(wanted);
export type WatchCandles = z.output<typeof WatchCandles>;

const about = {
  feed: Feed,
  epic: Epic,
  resolution: Resolution,
  zone: z.string(),
  gaps: z
    .array(CandleGap)
    .describe('what is not known within this page, in order; empty: nothing is missing'),
  nextCursor: NextCursor,
};
export const CandlePage = z
  .discriminatedUnion('format', [
    z.object({ ...about, format: z.literal('rows'), candles: z.array(Candle) }),
    z.object({ ...about, format: z.literal('columns'), columns: CandleColumns }),
    z.object({
      ...about,
      format: z.literal('csv'),
      csv: z.string().describe('a header and a line per candle; an absent side is empty'),
    }),
  ])
  .meta({ id: 'CandlePage', description: 'Candles, the oldest first.' });
export type CandlePage = z.infer<typeof CandlePage>;

/** What is told of one market while it moves. */
export const CandleUpdate = Candle.extend({
  feed: Feed,
  epic: Epic,
  resolution: Resolution,
  zone: z.string(),
}).meta({ id: 'CandleUpdate' });
export type CandleUpdate = z.infer<typeof CandleUpdate>;
