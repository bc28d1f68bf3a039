// What market data needs from outside, in its own words.
import type {
  ListedMarket,
  Market,
  MarketCategory,
  MarketSummary,
  Tick,
} from '../../../shared/market-data.ts';
import type { FeedHealth } from '../../../shared/system.ts';
import type { TickMessage } from '../../messaging/index.ts';
import type { ClientSocket } from '../../trpc/context.ts';

/** Markets as the broker describes them, over a feed's own login. Throws broker.* AppErrors, and market_data.unknown_feed. */
export interface MarketCatalogue {
  /** The feeds of everybody here, the default first; empty without a broker login that serves all. A feed of an account's own login is not listed, and works. */
  readonly feeds: readonly string[];
  /** Markets whose name or epic fits `query`, the broker's order. */
  search(feed: string, query: string): Promise<MarketSummary[]>;
  /** The kinds into which the broker sorts its markets, its order. */
  categories(feed: string): Promise<readonly MarketCategory[]>;
  /** One page of a kind's markets, the broker's order; page 0 is the first, and one behind the last is empty. */
  categoryPage(feed: string, page: { category: string; page: number; size: number }): Promise<ListedMarket[]>;
  /**
   * Details of up to 50 markets, in the order asked; an unknown epic is left out. Their prices are at most `maxAgeMs` old
   * (default: some seconds; details are never older than a minute), so a caller that needs none saves the broker a request.
   */
  getMany(feed: string, epics: readonly string[], options?: { maxAgeMs?: number }): Promise<Market[]>;
  /** The same markets' prices, seconds old at most, as ticks with `seq` 0. */
  quotes(feed: string, epics: readonly string[]): Promise<Tick[]>;
}

/** Which feeds a user may see. */
export interface FeedAccess {
  /** The default one first; empty where there is none. `anew`: not from memory. */
  of(userId: string, options?: { anew?: boolean }): Promise<readonly string[]>;
}

/** Live prices in this process. */
export interface LivePrices {
  /** The newest tick here, or undefined when nobody has watched the epic. Marked `stale` when the feed is down. */
  latest(feed: string, epic: string): Tick | undefined;
  /**
   * Once iterated, registers interest at once, then yields the snapshot of all epics as one array, then changes: every one while
   * the reader keeps up, the latest per epic while it does not. `fallback` supplies epics no tick came for in time, marked stale
   * with seq 0; an epic for which it fails comes with its first tick. A feed that goes down yields its prices again as stale.
   * The result is for a tRPC subscription: on a tRPC socket it writes prepared text there and yields nothing itself.
   * Throws market_data.too_many_subscriptions beyond the bounds of a socket (at once) or of the process (when iterated).
   */
  subscribe(request: PriceRequest): AsyncIterable<Tick[]>;
  health(): FeedHealth[];
}

export interface PriceRequest {
  feed: string;
  epics: readonly string[];
  signal: AbortSignal | undefined;
  /** The WebSocket it runs on, when it does. */
  socket: ClientSocket | undefined;
  /** Prices read from the broker, marked `stale`: no stream stands behind them. */
  fallback: (epics: readonly string[]) => Promise<Tick[]>;
}

/** Has the gateways stream epics, whichever process holds the feed's lease, while nobody subscribes to them. */
export interface PriceInterest {
  /**
   * Wants `epics` of `feed` from now until the returned function is called. Repeated by itself, so that it does not lapse; what
   * several want of a feed adds up. Beyond what a connection carries (38 epics), the longest watched are streamed.
   */
  want(feed: string, epics: readonly string[]): () => void;
}

/** A feed whose stream this process holds, until `signal` aborts. What is written meanwhile bears the epoch: a later holder's is higher. */
export interface FeedLease {
  feed: string;
  epoch: number;
  signal: AbortSignal;
}

/** Ticks of one lease, in the order in which they were published. */
export interface TappedTicks {
  lease: FeedLease;
  /** At least one. Shared with others: do not change them. */
  ticks: readonly Readonly<TickMessage>[];
  /** Ticks right before the first of these that were dropped because the tap lagged. */
  missed: number;
}

/**
 * What is computed from raw ticks (candles, alerts), in the process that holds a feed's lease. Every tick of every epic that is
 * streamed comes once, in order, between `begin` and `end`; each call is awaited before the next of that feed. A tap that is slow or
 * fails delays and loses nothing but its own.
 */
export interface PriceTap {
  /** For the log. */
  readonly name: string;
  begin(lease: FeedLease): void | Promise<void>;
  ticks(tapped: TappedTicks): void | Promise<void>;
  /** Another process may hold the lease by now. */
  end(lease: FeedLease): void | Promise<void>;
}
