// What portfolios are valued by beside what is entered: what the broker's markets quote, and what is open on accounts. No code but what holds where there is neither.
import type { Valuation } from '../../../shared/trading.ts';
import type { Carry } from '../trading/ports.ts';

/** A market of a feed, and the money of its prices. */
export interface QuotedMarket {
  feed: string;
  epic: string;
  currency: string;
}
/** What a market quotes, or quoted last on a day; null where it has no such side. */
export interface Quote {
  bid: string | null;
  offer: string | null;
}
/** Markets as far as the house knows them: nothing here buys the broker's history. */
export interface Quotes {
  /** The markets among `instruments` on the feed of the user's default account; one that cannot be told of in time is left out. Never rejects. */
  markets(userId: string, instruments: readonly string[]): Promise<QuotedMarket[]>;
  /** What is quoted now, seconds old at most, by epic; left out where that cannot be had in time. Never rejects. */
  now(feed: string, epics: readonly string[]): Promise<Map<string, Quote>>;
  /** What is streamed here now, without asking anybody; undefined where nothing live is. */
  latest(feed: string, epic: string): Quote | undefined;
  /** Streams them: yields first when each has a price or it takes too long, then whenever one has changed, until the signal aborts. Never rejects. */
  watch(feed: string, epics: readonly string[], signal: AbortSignal): AsyncIterable<unknown>;
  /** What days from `from` to `to` closed at, as stored; a day of which nothing is stored is left out. */
  closes(
    market: QuotedMarket,
    days: { from: string; to: string; timeZone: string },
  ): Promise<(Quote & { on: string })[]>;
}
/** Open positions of broker accounts, valued as trading values them. */
export interface OpenPositions {
  /** Null for an account that is not connected. */
  now(userId: string, accountId: string): Promise<Valuation | null>;
  /**
   * First as they are, then whenever one has changed, until the signal aborts. Null, and the end, for an account that is not connected; it
   * ends also when it cannot be read any more. Never rejects.
   */
  watch(userId: string, accountId: string, signal: AbortSignal): AsyncIterable<Valuation | null>;
}
export interface ValuationPorts {
  quotes: Quotes;
  positions: OpenPositions;
  carry: Carry;
}

/** Where there is no broker: what is entered is all there is. */
export const withoutBroker: ValuationPorts = {
  quotes: {
    markets: async () => [],
    now: async () => new Map(),
    latest: () => undefined,
    async *watch() {},
    closes: async () => [],
  },
  positions: { now: async () => null, async *watch() {} },
  carry: (messages) => messages,
};
