// What market data needs from outside, in its own words.
import type { StoredResolution } from '../../../drizzle/schema/index.ts';
import type { CandlePrice } from '../../../shared/candles.ts';
import type {
  ListedMarket,
  Market,
  MarketCategory,
  MarketSummary,
  Tick,
} from '../../../shared/market-data.ts';
import type { MarketSchedule } from '../../../shared/instruments.ts';
import type { FeedHealth } from '../../../shared/system.ts';
import type { BrokerAccount } from '../accounts/ports.ts';
import type { TickMessage } from '../../messaging/index.ts';
import type { ClientSocket } from '../../trpc/context.ts';

/** Markets as the broker describes them, over a feed's own login. Throws broker.* AppErrors, and market_data.unknown_feed. */
export interface MarketCatalogue {
  /** The feeds of everybody here, the default first; empty without a broker login that serves all. A feed of an account's own login is not listed, and works. */
  readonly feeds: readonly string[];
  /** Markets whose name or epic fits `query`, the broker's order; none for a caller who has left, by `signal`. */
  search(feed: string, query: string, signal?: AbortSignal): Promise<MarketSummary[]>;
  /** The kinds into which the broker sorts its markets, its order. */
  categories(feed: string): Promise<readonly MarketCategory[]>;
  /** One page of a kind's markets, the broker's order; page 0 is the first, and one behind the last is empty. */
  categoryPage(feed: string, page: { category: string; page: number; size: number }): Promise<ListedMarket[]>;
  /**
   * Details of up to 50 markets, in the order asked; an unknown epic is left out. Their prices are at most `maxAgeMs` old
   * (default: some seconds; details are never older than a minute), so a caller that needs none saves the broker a request.
   */
  getMany(
    feed: string,
    epics: readonly string[],
    options?: { maxAgeMs?: number } & ReadFor,
  ): Promise<Market[]>;
  /** The same markets' prices, seconds old at most or at most `maxAgeMs`, as ticks with `seq` 0. */
  quotes(feed: string, epics: readonly string[], options?: { maxAgeMs?: number } & ReadFor): Promise<Tick[]>;
  /** As `quotes`, of whatever age: what this process read last, without asking the broker; what is old is stale. */
  lastQuotes(feed: string, epics: readonly string[]): Promise<Tick[]>;
  /**
   * As `getMany`, with what else is told of them and when it was: a minute ago at most, unless the broker is away. `backfill`: nobody
   * waits, and everybody else's reads go first.
   */
  describe(
    feed: string,
    epics: readonly string[],
    options?: { backfill?: boolean },
  ): Promise<DescribedMarket[]>;
  /** How clients are positioned in what the broker calls `marketId`, a minute old at most unless it is away. */
  sentiment(feed: string, marketId: string): Promise<MarketSentiment>;
}
/** What the broker tells of a market that no deal rests on. */
export interface MarketFacts {
  marketId: string | null;
  lastDealingAt: Date | null;
  /** Null where it tells none. */
  schedule: MarketSchedule | null;
}
export interface DescribedMarket extends MarketFacts {
  market: Market;
  readAt: Date;
}
/** In per cent; null where it counts nobody. */
export interface MarketSentiment {
  longPct: number | null;
  shortPct: number | null;
  readAt: Date;
}
/** Whom a read is for. */
export interface ReadFor {
  /** A deal rests on it: no user's read has a part of the broker's allowance before it. */
  forDeal?: boolean | undefined;
}

/** A list of markets that a login has at the broker. */
export interface BrokerWatchlist {
  id: string;
  name: string;
  /** Made by the broker, for everybody. */
  isBrokers: boolean;
}
/** The lists that users keep at the broker, over an account's own login. Throws broker.* AppErrors. */
export interface BrokerWatchlists {
  list(account: BrokerAccount): Promise<BrokerWatchlist[]>;
  /** What is in one, its order; an epic in odd letters is left out. */
  epics(account: BrokerAccount, id: string): Promise<string[]>;
}
/** Whose accounts these are. */
export interface MarketAccounts {
  /** The account asked for, else the only one. Throws accounts.none, accounts.not_found (also for somebody else's), accounts.ambiguous. */
  forUser(userId: string, accountId?: string): Promise<BrokerAccount>;
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
  /** Asked for besides, and no markets of the feed: the first array says so of each (`unknown_epic`), and nothing is opened for them. */
  unknown?: readonly string[];
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
   * several want of a feed adds up. Where a connection has no room for all (it carries 38 epics), open positions come first, then
   * working orders, alerts and those who watch; in each the longest wanted.
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

export interface Interruption {
  lease: FeedLease;
  epics: readonly string[] | null;
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
  /**
   * Ticks of these epics, or of all (null), may be missing between those before this call and those after it: the stream was down, or
   * they were not streamed. In order with the ticks.
   */
  interrupted?(interruption: Interruption): void | Promise<void>;
  /** Another process may hold the lease by now. */
  end(lease: FeedLease): void | Promise<void>;
}

/** `[startMs, endMs)`, UTC epoch milliseconds. */
export interface Span {
  startMs: number;
  endMs: number;
}
/** A market's candles are those of one feed. */
export interface CandleKey {
  feed: string;
  epic: string;
}
/** A candle of the broker's history. */
export interface BoughtCandle extends Record<'open' | 'high' | 'low' | 'close', CandlePrice> {
  startMs: number;
  ticks: number;
}
export interface HistoryAnswer {
  /** Oldest first. */
  candles: BoughtCandle[];
  /** All there is within is among `candles`: what was asked for, moved where the broker's clocks stood differently then. */
  known: Span;
  /** By how many minutes its clocks were ahead of UTC then; null: nothing came that could tell. */
  offsetMinutes: number | null;
}
export interface HistoryPoints {
  /** What the broker grants a week, and what is left of it; null: not known to be limited. */
  granted: number | null;
  left: number | null;
}

/** The broker's history of prices: each candle that comes costs a point of the week's allowance. */
export interface CandleHistory {
  /**
   * All candles that start within `span`, whole ones of the past, `maxCandles` lengths at most. `offsetMinutes`: how far the broker's
   * clocks were ahead of UTC then, where that is known. Throws broker.* AppErrors, and market_data.unknown_feed.
   */
  buy(
    key: CandleKey,
    question: { resolution: StoredResolution; span: Span; offsetMinutes: number | undefined },
  ): Promise<HistoryAnswer>;
  /** As all processes know them. Throws as `buy` does. */
  points(feed: string): Promise<HistoryPoints>;
}

/** Candles of one purchase: what a crash between the broker's answer and our commit may cost. */
export const maxCandlesPerPurchase = 500;
