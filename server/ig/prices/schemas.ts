// IG's answers as far as they are used, after rest/json.ts: numbers are text. Unknown fields are dropped, null stands for absent.
import { z } from 'zod';

/** A JSON number's source text, or a string that IG sends for one; null when absent. */
const number = z.string().nullish();
const text = z.string().nullish();
const flag = z.boolean().nullish();

const quote = {
  bid: number,
  offer: number,
  high: number,
  low: number,
  netChange: number,
  percentageChange: number,
  updateTime: text,
  delayTime: number,
};

/** A row of GET /markets?searchTerm= v1. */
export const SearchRow = z.object({
  ...quote,
  epic: z.string(),
  instrumentName: text,
  instrumentType: text,
  expiry: text,
  marketStatus: text,
  streamingPricesAvailable: flag,
});
export type SearchRow = z.infer<typeof SearchRow>;
export const SearchAnswer = z.object({ markets: z.array(SearchRow).nullish() });

export const CategoriesAnswer = z.object({ categories: z.array(z.object({ code: z.string() })).nullish() });
/** IG REST: GET /categories/{id}/instruments v1: rows as a search has, without whether they stream. */
export const CategoryAnswer = z.object({ instruments: z.array(SearchRow).nullish() });

/** Snapshot of GET /markets v1 to v3. `updateTime` is the login's local time of day. */
export const Snapshot = z.object({
  ...quote,
  marketStatus: text,
  decimalPlacesFactor: number,
  scalingFactor: number,
});
export type Snapshot = z.infer<typeof Snapshot>;

const Rule = z.object({ unit: text, value: z.string() });
const Instrument = z.object({
  epic: z.string(),
  expiry: text,
  name: text,
  type: text,
  unit: text,
  lotSize: number,
  forceOpenAllowed: flag,
  stopsLimitsAllowed: flag,
  controlledRiskAllowed: flag,
  streamingPricesAvailable: flag,
  currencies: z.array(z.object({ code: z.string(), isDefault: flag })).nullish(),
  marginFactor: number,
  marginFactorUnit: text,
  valueOfOnePip: number,
  onePipMeans: text,
  contractSize: number,
  limitedRiskPremium: z.object({ unit: text, value: number }).nullish(),
  marketId: text,
  country: text,
  // Odd hours or dates take no market along.
  openingHours: z
    .object({ marketTimes: z.array(z.object({ openTime: text, closeTime: text })).nullish() })
    .nullish()
    .catch(null),
  expiryDetails: z.object({ lastDealingDate: text }).nullish().catch(null),
});
const DealingRules = z.object({
  minStepDistance: Rule.nullish(),
  minDealSize: Rule,
  minControlledRiskStopDistance: Rule,
  minNormalStopOrLimitDistance: Rule,
  maxStopOrLimitDistance: Rule,
  marketOrderPreference: text,
  trailingStopsPreference: text,
});

/** One of GET /markets?epics= v2 (ALL), and GET /markets/{epic} v3. */
export const MarketDetails = z.object({
  instrument: Instrument,
  dealingRules: DealingRules,
  snapshot: Snapshot,
});
export type MarketDetails = z.infer<typeof MarketDetails>;
/** One of GET /markets?epics= v2 with SNAPSHOT_ONLY: of the instrument only epic and type are set. */
export const MarketSnapshot = z.object({ instrument: z.object({ epic: z.string() }), snapshot: Snapshot });
export type MarketSnapshot = z.infer<typeof MarketSnapshot>;
/** GET /clientsentiment?marketIds= v1. An unknown id has 0 and 0. */
export const SentimentsAnswer = z.object({
  clientSentiments: z
    .array(
      z.object({ marketId: z.string(), longPositionPercentage: number, shortPositionPercentage: number }),
    )
    .nullish(),
});
export type SentimentRow = NonNullable<z.infer<typeof SentimentsAnswer>['clientSentiments']>[number];
/** GET /watchlists v1. */
export const WatchlistsAnswer = z.object({
  watchlists: z.array(z.object({ id: z.string(), name: z.string(), defaultSystemWatchlist: flag })).nullish(),
});
export type WatchlistRow = NonNullable<z.infer<typeof WatchlistsAnswer>['watchlists']>[number];
/** GET /watchlists/{id} v1, of which only the markets are used. */
export const WatchlistAnswer = z.object({ markets: z.array(z.object({ epic: z.string() })).nullish() });

/** GET /markets?epics=; the entries are read one by one, so that an odd one does not take the others along. */
export const MarketsAnswer = z.object({ marketDetails: z.array(z.unknown()) });
