// One market in full, as clients see it: its details with when they were read, when it opens and closes, and how others are positioned.
import { z } from 'zod';
import { Market, MarketState } from './market-data.ts';
import { Epic, Feed, Instant } from './primitives.ts';

/** `HH:mm` on a wall clock. */
export const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 09:30')
  .meta({
    id: 'TimeOfDay',
    description: 'HH:mm on the wall clock of the zone beside it.',
    examples: ['09:30'],
  });

/** One stretch of a trading day. One that closes at or before it opens goes on past midnight. */
export const MarketSession = z.object({ opens: TimeOfDay, closes: TimeOfDay }).meta({ id: 'MarketSession' });
export type MarketSession = z.infer<typeof MarketSession>;

/** When a market deals, by its own clocks. The broker names times of a day, and neither days nor holidays. */
export const MarketSchedule = z.object({
  timeZone: z.string().describe('IANA zone whose clocks the sessions follow'),
  sessions: z.array(MarketSession).min(1),
});
export type MarketSchedule = z.infer<typeof MarketSchedule>;

export const MarketHours = MarketSchedule.extend({
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .describe('the trading days; a session over midnight belongs to the day that has the larger part of it'),
  isOpen: z
    .boolean()
    .describe('by these hours: what may be done now is marketState, which knows of holidays and halts'),
  nextOpenAt: Instant.describe('when it next opens, after the present session where it is open'),
  nextCloseAt: Instant,
}).meta({ id: 'MarketHours' });
export type MarketHours = z.infer<typeof MarketHours>;

/** Instrument, dealing rules and snapshot of one market, with where they stand from. */
export const MarketDetails = Market.extend({
  marketState: MarketState.describe('offline as well where no price is known'),
  marketId: z.string().nullable().describe('the broker’s name for what several instruments are about'),
  lastDealingAt: Instant.nullable().describe('of one that expires'),
  hours: MarketHours.nullable().describe('null where the broker tells none: never made up'),
  readAt: Instant.describe(
    'when the broker told instrument and rules: at most an hour ago, unless it is away',
  ),
  quotedAt: Instant.nullable().describe(
    'when the price was received; a minute ago at most, null (and no price) where none as young can be had. marketData.prices has the newest',
  ),
}).meta({ id: 'MarketDetails' });
export type MarketDetails = z.infer<typeof MarketDetails>;

export const GetSentiment = z.object({ epic: Epic, feed: Feed.optional() });
/** What share of the broker's clients with a position in the market is long or short. */
export const Sentiment = z
  .object({
    feed: Feed,
    epic: Epic,
    marketId: z.string().nullable(),
    longPct: z.number().nullable().describe('null where the broker counts nobody'),
    shortPct: z.number().nullable(),
    readAt: Instant.describe('when the broker told it: a minute ago at most, unless it is away'),
  })
  .meta({ id: 'Sentiment' });
export type Sentiment = z.infer<typeof Sentiment>;
