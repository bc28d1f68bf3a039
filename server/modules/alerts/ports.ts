// What alerts need from outside, in their own words.
import type { Candle, Resolution } from '../../../shared/candles.ts';
import type { MarketState } from '../../../shared/market-data.ts';
import type { Valuation, ValuationMessage } from '../../../shared/trading.ts';
import type { CandleKey, Span } from '../market-data/ports.ts';

/** After the commit. */
export type Wake = (userId: string) => void;

/** Candles of a span, the oldest first. */
export interface PastCandles {
  /** As they are stored. */
  stored(key: CandleKey, resolution: Resolution, zone: string, span: Span): Promise<readonly Candle[]>;
  /** What is missing is bought as far as may be; `whole`: nothing is missing any more, or it never will come. */
  bought(
    key: CandleKey,
    resolution: Resolution,
    zone: string,
    span: Span,
  ): Promise<{ candles: readonly Candle[]; whole: boolean }>;
}

/** A market that a user may watch. */
export interface AskedMarket {
  feed: string;
  name: string;
  marketState: MarketState | null;
  bid: string | null;
  offer: string | null;
}
export interface AlertMarkets {
  /** Throws market_data.unknown_epic, unknown_feed, no_feed, broker.*. */
  market(userId: string, asked: { epic: string; feed?: string | undefined }): Promise<AskedMarket>;
}
/** An account at the prices of this moment, and as they move. */
export interface AlertValuations {
  /** Throws accounts.*. */
  now(userId: string, accountId?: string): Promise<Valuation>;
  watch(
    userId: string,
    accountId: string,
    options: { signal: AbortSignal },
  ): Promise<AsyncIterable<ValuationMessage>>;
}
