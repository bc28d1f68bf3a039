// What alerts need from outside, in their own words.
import type { Candle, Resolution } from '../../../shared/candles.ts';
import type { MarketState } from '../../../shared/market-data.ts';
import type { AccountSummary, Position, Valuation } from '../../../shared/trading.ts';
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
/** An account as it is until it is valued again. */
export interface ValuedAccount {
  feed: string;
  currency: string;
  readonly summary: AccountSummary;
  /** One that is open; the same object until it is valued anew. */
  position(dealId: string): Position | undefined;
  /** What an open position made at a price of any time since then, in the account's currency; null where nobody can say. */
  profitSince(
    dealId: string,
    since: Date,
  ): ((price: { bid: string | null; offer: string | null }) => string | null) | null;
}
/** An account at the prices of this moment, and as they move. */
export interface AlertValuations {
  /** Throws accounts.*. */
  now(userId: string, accountId?: string): Promise<Valuation>;
  /** At each tick, until the signal aborts. Rejects when the account cannot be valued. */
  follow(
    userId: string,
    accountId: string,
    options: { signal: AbortSignal; onValued: (valued: ValuedAccount) => void },
  ): Promise<void>;
  /** What a closed position made with its last part; null where nobody can say, `open` while it is not closed. */
  realised(
    userId: string,
    accountId: string,
    dealId: string,
  ): Promise<{ profit: string; at: Date } | null | 'open'>;
}
