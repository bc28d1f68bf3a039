// Markets and prices as clients see them. Levels are text in the venue's own scale.
import { z } from 'zod';
import { DecimalText, Epic, Feed, Hidden, Instant, NextCursor, Page, PlainText } from './primitives.ts';

export const MarketState = z
  .enum([
    'tradeable',
    'closed',
    'offline',
    'suspended',
    'edits_only',
    'auction',
    'auction_no_edits',
    'closings_only',
    'deal_no_edits',
  ])
  .meta({
    id: 'MarketState',
    description: 'What may be done on the market now; only tradeable markets deal.',
  });
export type MarketState = z.infer<typeof MarketState>;

const quoteFields = {
  bid: DecimalText.nullable(),
  offer: DecimalText.nullable(),
  high: DecimalText.nullable(),
  low: DecimalText.nullable(),
  netChange: DecimalText.nullable(),
  netChangePct: DecimalText.nullable(),
  marketState: MarketState,
};

/** Why a watched price is not live. */
export const StaleReason = z
  .object({
    code: z
      .enum(['feed_down', 'no_room', 'unknown_epic', 'refused', 'silent'])
      .describe(
        'feed_down: nothing of the feed arrives. no_room: the connection carries others first; it comes once there is room. unknown_epic, refused: the broker does not stream this market. silent: its stream says nothing while the broker has another price, which is this one.',
      ),
    message: z.string(),
  })
  .meta({ id: 'StaleReason' });
export type StaleReason = z.infer<typeof StaleReason>;

/** One quote. `seq` rises per feed and epic, so a gap is visible; `at` is the venue's time, `receivedAt` ours. */
export const Tick = z
  .object({
    feed: Feed,
    epic: Epic,
    seq: z.number().int(),
    ...quoteFields,
    at: Instant,
    receivedAt: Instant,
    stale: z.boolean().describe('true when this price may no longer be live: nothing acts on it'),
    staleReason: StaleReason.optional().describe('why it is stale, where that is known'),
  })
  .meta({ id: 'Tick' });
export type Tick = z.infer<typeof Tick>;

/** Of a market without a price: nobody knows what may be done there now, so nothing deals on it. */
export const noQuote = {
  bid: null,
  offer: null,
  high: null,
  low: null,
  netChange: null,
  netChangePct: null,
  marketState: 'offline',
} as const;

/** A row of a search or a list. */
export const MarketSummary = z
  .object({
    feed: Feed,
    epic: Epic,
    name: z.string(),
    type: z.string().describe("IG's instrument type, such as CURRENCIES or INDICES"),
    expiry: z.string().describe('"-" for cash CFDs, "DFB" for daily spread bets, else a month'),
    ...quoteFields,
    delayMinutes: z.number().int(),
    streaming: z.boolean(),
  })
  .meta({ id: 'MarketSummary' });
export type MarketSummary = z.infer<typeof MarketSummary>;

const Distance = z
  .object({ unit: z.enum(['points', 'percentage']), value: DecimalText })
  .meta({ id: 'Distance' });

/** Instrument, dealing rules and snapshot of one market. */
export const Market = MarketSummary.extend({
  currencies: z.array(z.object({ code: z.string(), isDefault: z.boolean() })),
  unit: z.string().describe('what one unit of size is: AMOUNT (per point), CONTRACTS or SHARES'),
  lotSize: DecimalText,
  contractSize: DecimalText.nullable(),
  valueOfOnePip: DecimalText.nullable(),
  onePipMeans: z.string().nullable(),
  decimalPlaces: z.number().int(),
  scalingFactor: DecimalText.describe('points = quote × scalingFactor'),
  marginFactor: DecimalText.nullable(),
  marginFactorUnit: z.enum(['percentage', 'points']).nullable(),
  forceOpenAllowed: z.boolean(),
  stopsLimitsAllowed: z.boolean(),
  guaranteedStopsAllowed: z.boolean(),
  guaranteedStopPremium: Distance.nullable()
    .default(null)
    .describe('charged when a guaranteed stop is hit: points, or a percentage of the level; null: not told'),
  dealingRules: z.object({
    minDealSize: Distance,
    minStepDistance: Distance.nullable(),
    minNormalStopOrLimitDistance: Distance,
    maxStopOrLimitDistance: Distance,
    minGuaranteedStopDistance: Distance,
    marketOrders: z.boolean(),
    trailingStops: z.boolean(),
  }),
}).meta({ id: 'Market' });
export type Market = z.infer<typeof Market>;

/** Most epics one call or subscription may name. */
export const maxEpicsPerRequest = 50;
const Epics = z
  .array(Epic)
  .min(1, 'must name at least one epic')
  .max(maxEpicsPerRequest, `may name ${maxEpicsPerRequest} epics at most`);

export const SearchMarkets = z.object({ query: PlainText(60), feed: Feed.optional() });
export const Navigate = z.object({
  category: z
    .string()
    .regex(/^[\w.&-]{1,60}$/, 'must be the id of a category, as this call lists them without one')
    .optional(),
  feed: Feed.optional(),
  ...Page.shape,
});
export const GetMarket = z.object({ epic: Epic, feed: Feed.optional() });
export const GetPrices = z.object({ epics: Epics, feed: Feed.optional() });
export const WatchPrices = GetPrices;
export const MarketList = z
  .object({
    markets: z.array(MarketSummary),
    stored: z
      .boolean()
      .describe('true while the broker is away: only markets that were read before, without prices'),
    hidden: Hidden,
  })
  .meta({ id: 'MarketList' });
export type MarketList = z.infer<typeof MarketList>;
export const MarketCategory = z
  .object({ id: z.string(), name: z.string() })
  .meta({ id: 'MarketCategory', description: 'A kind of market as the broker sorts them.' });
export type MarketCategory = z.infer<typeof MarketCategory>;
/** Of a category the broker does not tell which of its markets stream. */
export const ListedMarket = MarketSummary.omit({ streaming: true }).meta({ id: 'ListedMarket' });
export type ListedMarket = z.infer<typeof ListedMarket>;
export const Navigation = z
  .object({
    categories: z.array(MarketCategory).describe('all there are'),
    markets: z
      .array(ListedMarket)
      .describe('of the category asked for, the broker’s order; empty without one'),
    nextCursor: NextCursor,
    hidden: Hidden,
  })
  .meta({ id: 'Navigation' });
export type Navigation = z.infer<typeof Navigation>;
export const PriceList = z
  .object({
    prices: z.array(Tick),
    unknown: z
      .array(Epic)
      .describe('those asked for that are no markets of this feed; where none is, the call is refused'),
    hidden: Hidden,
  })
  .meta({ id: 'PriceList' });
export type PriceList = z.infer<typeof PriceList>;
