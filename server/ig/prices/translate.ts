// IG's words for markets and prices ↔ ours, pure. Prices keep the venue's text.
import { decimal } from '../../../shared/decimal.ts';
import type {
  Market,
  MarketCategory,
  MarketState,
  MarketSummary,
  Tick,
} from '../../../shared/market-data.ts';
import { decimalText } from '../decimal-text.ts';
import type { MarketFacts, MarketSentiment } from '../../modules/market-data/ports.ts';
import { toSchedule } from './opening-hours.ts';
import type { MarketDetails, SearchRow, SentimentRow, Snapshot } from './schemas.ts';

/** The fields of a PRICE item that make a tick; IG streaming reference, PRICE. */
export const priceFields = [
  'BIDPRICE1',
  'ASKPRICE1',
  'HIGH',
  'LOW',
  'NET_CHG',
  'NET_CHG_PCT',
  'DLG_FLAG',
  'TIMESTAMP',
] as const;
export type PriceValues = Record<(typeof priceFields)[number], string | null>;

/** Whether two updates carry the same values. */
export const samePrice = (a: PriceValues, b: PriceValues) =>
  priceFields.every((field) => a[field] === b[field]);

/** What the venue says in one quote; `at` is null when it gave no time. */
export type TickFields = Pick<
  Tick,
  'bid' | 'offer' | 'high' | 'low' | 'netChange' | 'netChangePct' | 'marketState'
> & { at: Date | null };

const restStates: Record<string, MarketState> = {
  TRADEABLE: 'tradeable',
  CLOSED: 'closed',
  OFFLINE: 'offline',
  SUSPENDED: 'suspended',
  EDITS_ONLY: 'edits_only',
  ON_AUCTION: 'auction',
  ON_AUCTION_NO_EDITS: 'auction_no_edits',
  CLOSINGS_ONLY: 'closings_only',
  DEAL_NO_EDIT: 'deal_no_edits',
};
const streamStates: Record<string, MarketState> = {
  DEAL: 'tradeable',
  CLOSED: 'closed',
  CALL: 'offline',
  EDIT: 'edits_only',
  CLOSINGSONLY: 'closings_only',
  DEALNOEDIT: 'deal_no_edits',
  AUCTION: 'auction',
  AUCTIONNOEDIT: 'auction_no_edits',
  SUSPEND: 'suspended',
};
/** REST marketStatus. A word not known is `offline`: nothing deals on it. */
export const fromMarketStatus = (status: string | null | undefined): MarketState =>
  restStates[status?.trim() ?? ''] ?? 'offline';
/** DLG_FLAG, which IG pads with spaces. A word not known is `offline`. */
export const fromDealingFlag = (flag: string | null): MarketState =>
  streamStates[flag?.trim() ?? ''] ?? 'offline';

/** One update of a PRICE item. TIMESTAMP is UTC epoch ms. */
export function toTickFields(values: PriceValues): TickFields {
  const ms = Number(values.TIMESTAMP ?? Number.NaN);
  const at = new Date(values.TIMESTAMP?.trim() ? ms : Number.NaN);
  return {
    bid: decimalText(values.BIDPRICE1),
    offer: decimalText(values.ASKPRICE1),
    high: decimalText(values.HIGH),
    low: decimalText(values.LOW),
    netChange: decimalText(values.NET_CHG),
    netChangePct: decimalText(values.NET_CHG_PCT),
    marketState: fromDealingFlag(values.DLG_FLAG),
    at: Number.isNaN(at.getTime()) ? null : at,
  };
}

const levels = (
  row: Pick<Snapshot, 'bid' | 'offer' | 'high' | 'low' | 'netChange' | 'percentageChange' | 'marketStatus'>,
) => ({
  bid: decimalText(row.bid),
  offer: decimalText(row.offer),
  high: decimalText(row.high),
  low: decimalText(row.low),
  netChange: decimalText(row.netChange),
  netChangePct: decimalText(row.percentageChange),
  marketState: fromMarketStatus(row.marketStatus),
});
/** A market's price over REST; it says no instant that could be relied on. */
export const fromSnapshot = (snapshot: Snapshot): TickFields => ({ ...levels(snapshot), at: null });
const whole = (text: string | null | undefined, otherwise: number) =>
  Math.trunc(Number(decimalText(text) ?? otherwise));

/** A row of a search. Names are trimmed: IG's have stray spaces. */
export const toMarketSummary = (feed: string, row: SearchRow): MarketSummary => ({
  feed,
  epic: row.epic,
  name: row.instrumentName?.trim() || row.epic,
  type: row.instrumentType ?? 'UNKNOWN',
  expiry: row.expiry ?? '-',
  ...levels(row),
  delayMinutes: whole(row.delayTime, 0),
  streaming: row.streamingPricesAvailable ?? false,
});

/** IG names its categories by codes only: `FOREX_MINI` → `Forex mini`. */
export const toCategory = (code: string): MarketCategory => ({
  id: code,
  name: (code.charAt(0).toUpperCase() + code.slice(1).toLowerCase()).replaceAll('_', ' '),
});

/** A smallest trailing step from 1E10 on means that the market has no trailing stops (recorded: 1.0E10). */
const noTrailingStep = '10000000000';

/** What IG does not tell, or tells in a unit that is not known here, is not told. */
function premiumOf(told: MarketDetails['instrument']['limitedRiskPremium']): Market['guaranteedStopPremium'] {
  const value = decimalText(told?.value);
  if (value === null) return null;
  if (told?.unit === 'POINTS') return { unit: 'points', value };
  return told?.unit === 'PERCENTAGE' ? { unit: 'percentage', value } : null;
}

/** Details of one market (v2 of the list, v3 of one). Throws TypeError when a size, scale or rule has no number: none is made up. */
export function toMarket(feed: string, { instrument, dealingRules: rules, snapshot }: MarketDetails): Market {
  const must = (text: string | null | undefined, what: string) => {
    const value = decimalText(text);
    if (value === null) throw new TypeError(`${instrument.epic} has no number as its ${what}: ${text}`);
    return value;
  };
  const distance = ({ unit, value }: { unit?: string | null | undefined; value: string }) => ({
    unit: unit === 'PERCENTAGE' ? ('percentage' as const) : ('points' as const),
    value: must(value, 'dealing rule'),
  });
  const step = rules.minStepDistance ? distance(rules.minStepDistance) : null;
  return {
    feed,
    epic: instrument.epic,
    name: instrument.name?.trim() || instrument.epic,
    type: instrument.type ?? 'UNKNOWN',
    expiry: instrument.expiry ?? '-',
    ...levels(snapshot),
    delayMinutes: whole(snapshot.delayTime, 0),
    streaming: instrument.streamingPricesAvailable ?? false,
    currencies: (instrument.currencies ?? []).map(({ code, isDefault }) => ({
      code,
      isDefault: isDefault ?? false,
    })),
    unit: instrument.unit ?? 'CONTRACTS',
    lotSize: must(instrument.lotSize, 'lot size'),
    contractSize: decimalText(instrument.contractSize),
    valueOfOnePip: decimalText(instrument.valueOfOnePip),
    onePipMeans: instrument.onePipMeans ?? null,
    decimalPlaces: whole(snapshot.decimalPlacesFactor, 0),
    scalingFactor: must(snapshot.scalingFactor, 'scaling factor'),
    marginFactor: decimalText(instrument.marginFactor),
    marginFactorUnit:
      instrument.marginFactorUnit === 'PERCENTAGE'
        ? 'percentage'
        : instrument.marginFactorUnit === 'POINTS'
          ? 'points'
          : null,
    forceOpenAllowed: instrument.forceOpenAllowed ?? false,
    stopsLimitsAllowed: instrument.stopsLimitsAllowed ?? false,
    guaranteedStopsAllowed: instrument.controlledRiskAllowed ?? false,
    guaranteedStopPremium: premiumOf(instrument.limitedRiskPremium),
    dealingRules: {
      minDealSize: distance(rules.minDealSize),
      minStepDistance: step && decimal.compare(step.value, noTrailingStep) < 0 ? step : null,
      minNormalStopOrLimitDistance: distance(rules.minNormalStopOrLimitDistance),
      maxStopOrLimitDistance: distance(rules.maxStopOrLimitDistance),
      minGuaranteedStopDistance: distance(rules.minControlledRiskStopDistance),
      marketOrders: rules.marketOrderPreference !== 'NOT_AVAILABLE',
      trailingStops: rules.trailingStopsPreference === 'AVAILABLE',
    },
  };
}

/** What IG tells of an instrument beside what a deal needs; `offsetMinutes`: how far the login's clocks are ahead of UTC. */
export function toFacts(
  { instrument }: MarketDetails,
  told: { offsetMinutes: number; readAt: Date },
): MarketFacts {
  const lastDealing = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?$/.exec(
    instrument.expiryDetails?.lastDealingDate ?? '',
  );
  const at = new Date(lastDealing ? `${lastDealing[1]}Z` : Number.NaN); // GMT (recorded)
  return {
    marketId: instrument.marketId?.trim() || null,
    lastDealingAt: Number.isNaN(at.getTime()) ? null : at,
    schedule: toSchedule(instrument, told),
  };
}

/** What IG counts nobody for has 0 and 0. */
export function toPositioning(row: SentimentRow): Pick<MarketSentiment, 'longPct' | 'shortPct'> {
  const [longPct, shortPct] = [row.longPositionPercentage, row.shortPositionPercentage].map((text) =>
    Number(decimalText(text) ?? 0),
  ) as [number, number];
  return longPct + shortPct > 0 ? { longPct, shortPct } : { longPct: null, shortPct: null };
}

/** The market with the quote of a later snapshot. */
export const withSnapshot = (market: Market, snapshot: Snapshot): Market => ({
  ...market,
  ...levels(snapshot),
  delayMinutes: whole(snapshot.delayTime, 0),
});

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** So far ahead of us the venue's clock may be: its time is then the better one. */
const aheadMs = 2 * minuteMs;
/** A price further ahead than that was made now, and read by an offset of before a change of the clocks (an hour); beyond this it is a day old. */
const aheadByOffsetMs = 90 * minuteMs;

/**
 * When a snapshot's price was made: `updateTime` is only a time of day in the login's zone, so the nearest such instant to `readAt`,
 * never more than 12 hours from it, and never ahead of it by more than clocks differ. An older price, as on a Monday morning, is dated
 * 12 hours back or looks younger than it is. Without a readable time: `readAt`.
 */
export function snapshotAt(updateTime: string | null | undefined, offsetMinutes: number, readAt: Date): Date {
  const [, hours, minutes, seconds] = /^(\d{2}):(\d{2}):(\d{2})/.exec(updateTime ?? '') ?? [];
  if (hours === undefined) return readAt;
  const now = readAt.getTime();
  const day = Math.floor(now / dayMs) * dayMs;
  const at = day + ((Number(hours) * 60 + Number(minutes) - offsetMinutes) * 60 + Number(seconds)) * 1000;
  const nearest = at - Math.round((at - now) / dayMs) * dayMs;
  if (nearest - now > aheadByOffsetMs) return new Date(now - dayMs / 2);
  return nearest - now > aheadMs ? readAt : new Date(nearest);
}
