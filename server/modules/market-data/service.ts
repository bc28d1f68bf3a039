// Use cases of market data: finding markets, their newest price, watching prices. Everything is by feed and epic.
import { AppError } from '../../lib/app-error.ts';
import { notOurCursor } from '../../lib/keyset.ts';
import { pick } from '../../lib/pick.ts';
import type { CandlePage, CandleUpdate, GetCandles, WatchCandles } from '../../../shared/candles.ts';
import type { MarketDetails, Sentiment } from '../../../shared/instruments.ts';
import {
  noQuote,
  type MarketList,
  type Navigation,
  type PriceList,
  type Tick,
} from '../../../shared/market-data.ts';
import type { ClientSocket } from '../../trpc/context.ts';
import { noCandles, type CandleService } from './candles/index.ts';
import type { Instruments } from './instruments/instruments.ts';
import type { Instrument } from './instruments/stored.ts';
import type { FeedAccess, LivePrices, MarketCatalogue } from './ports.ts';

/** The price beside the details of a market, where it is not streamed, may be this old: who looks on costs one request a minute. */
export const besideDetailsMaxAgeMs = 60_000;
/** Markets that a search answers from the store. */
const maxFoundStored = 50;

/** Whoever asks sees the feeds of everybody, and those of their own logins. */
interface Asked {
  userId: string;
}
/** `timeZone`: that of the user, whose days are meant where none is named. */
interface ZonedAsked extends Asked {
  timeZone: string;
}
export interface PriceQuestion extends Asked {
  feed?: string | undefined;
  epics: readonly string[];
}
export interface NavigationQuestion extends Asked {
  category?: string | undefined;
  feed?: string | undefined;
  cursor?: string | undefined;
  limit: number;
}
export type MarketDataService = ReturnType<typeof createMarketDataService>;

export function createMarketDataService({
  catalogue,
  instruments,
  prices,
  candles = noCandles,
  access,
}: {
  catalogue: MarketCatalogue;
  instruments: Instruments;
  prices: LivePrices;
  candles?: CandleService;
  access: FeedAccess;
}) {
  /** The feed asked for, else the user's default. Throws market_data.no_feed, market_data.unknown_feed (also for somebody else's). */
  async function feedOf(userId: string, asked: string | undefined): Promise<string> {
    let seen = await access.of(userId);
    // An account that was connected a moment ago.
    if (asked !== undefined && !seen.includes(asked)) seen = await access.of(userId, { anew: true });
    const [first] = seen;
    if (first === undefined) throw new AppError('market_data.no_feed');
    if (asked !== undefined && !seen.includes(asked))
      throw new AppError('market_data.unknown_feed', {
        message: `There is no feed ${asked} here: leave feed out, or write ${seen.join(' or ')}.`,
        fields: { feed: `must be ${seen.join(' or ')}` },
      });
    return asked ?? first;
  }
  /**
   * Which of `epics` the feed knows not, each once. Throws market_data.unknown_epic, naming each by its place in the request, where it
   * knows none of them.
   */
  async function unknownAmong(feed: string, epics: readonly string[]): Promise<string[]> {
    const { known, unknown, problem } = await instruments.look(feed, epics);
    const fields = epics.flatMap((epic, index) =>
      unknown.has(epic) ? [[`epics[${index}]`, `is ${epic}, which is no market of the feed ${feed}`]] : [],
    );
    if (fields.length === epics.length)
      throw new AppError('market_data.unknown_epic', { fields: Object.fromEntries(fields) });
    if (problem && !epics.every((epic) => known.has(epic) || unknown.has(epic))) throw problem;
    return [...unknown];
  }
  /** The feed and the zone of somebody's question about one market that is there. Throws market_data.unknown_epic. */
  async function settled<Input extends WatchCandles>({ userId, timeZone, ...input }: ZonedAsked & Input) {
    const feed = await feedOf(userId, input.feed);
    await oneOf(feed, input.epic);
    return { ...input, feed, zone: input.zone ?? timeZone };
  }
  const live = (feed: string, epic: string) => {
    const tick = prices.latest(feed, epic);
    return tick && !tick.stale ? tick : undefined;
  };
  /** A market by itself. Throws market_data.unknown_epic, and broker.* for one that was never read. */
  async function oneOf(feed: string, epic: string): Promise<Instrument> {
    const { known, problem } = await instruments.look(feed, [epic]);
    const found = known.get(epic);
    if (found) return found;
    if (problem) throw problem;
    throw new AppError('market_data.unknown_epic', {
      fields: { epic: `is ${epic}, which is no market of the feed ${feed}` },
    });
  }
  /** A price that is a minute old at most; undefined where none can be had, which takes nothing from what else is told. */
  async function priceBeside(feed: string, epic: string): Promise<Tick | undefined> {
    const streamed = live(feed, epic);
    if (streamed) return streamed;
    const read = await catalogue
      .quotes(feed, [epic], { maxAgeMs: besideDetailsMaxAgeMs })
      .catch((error: unknown) => {
        if (error instanceof AppError && error.code.startsWith('broker.')) return [];
        throw error;
      });
    return read.find(({ stale }) => !stale);
  }
  return {
    feedOf,
    live,

    /** As the broker finds them; while it is away, those that are stored here, if any fits. Throws broker.* otherwise. */
    async search(
      { query, feed: asked, userId }: Asked & { query: string; feed?: string | undefined },
      signal?: AbortSignal,
    ): Promise<MarketList> {
      const feed = await feedOf(userId, asked);
      try {
        return { markets: await catalogue.search(feed, query, signal), stored: false };
      } catch (error) {
        if (!(error instanceof AppError && error.code.startsWith('broker.'))) throw error;
        const known = await instruments.search(feed, query, maxFoundStored);
        if (known.length === 0) throw error;
        return { markets: known.map(({ market }) => ({ ...market, ...noQuote })), stored: true };
      }
    },

    /** How the broker's clients are positioned in what a market is about. Throws market_data.unknown_epic, broker.* where it was never told. */
    async sentiment({
      userId,
      epic,
      feed: asked,
    }: Asked & { epic: string; feed?: string | undefined }): Promise<Sentiment> {
      const feed = await feedOf(userId, asked);
      const { marketId, readAt } = await oneOf(feed, epic);
      const nobody = { longPct: null, shortPct: null, readAt };
      return { feed, epic, marketId, ...(marketId ? await catalogue.sentiment(feed, marketId) : nobody) };
    },

    /** The kinds of markets, and a page of one kind. Throws request.invalid for a kind or a cursor that is none. */
    async navigate({
      userId,
      category,
      feed: asked,
      cursor,
      limit,
    }: NavigationQuestion): Promise<Navigation> {
      const feed = await feedOf(userId, asked);
      const at = placeOf(cursor, limit);
      const categories = [...(await catalogue.categories(feed))];
      if (category === undefined) return { categories, markets: [], nextCursor: null };
      if (!categories.some(({ id }) => id === category))
        throw new AppError('request.invalid', {
          fields: {
            category: `is ${category}, which is no category here: leave it out, and this call lists them`,
          },
        });
      const markets = await catalogue.categoryPage(feed, { category, ...at });
      const isLast = markets.length < at.size;
      return { categories, markets, nextCursor: isLast ? null : `${at.page + 1}.${at.size}` };
    },

    /** One market: its details as stored, or read where that is too old; with the streamed price where one is live here, else the broker's. */
    async get({
      userId,
      epic,
      feed: asked,
    }: Asked & { epic: string; feed?: string | undefined }): Promise<MarketDetails> {
      const feed = await feedOf(userId, asked);
      const found = await oneOf(feed, epic);
      const { market, marketId, lastDealingAt, readAt } = found;
      const tick = await priceBeside(feed, epic);
      return {
        ...market,
        ...(tick ? quoteOf(tick) : noQuote),
        marketId,
        lastDealingAt,
        hours: instruments.hoursOf(feed, found),
        readAt,
        quotedAt: tick?.receivedAt ?? null,
      };
    },

    /** One tick per epic, in the order asked, each epic once. */
    async prices({ userId, epics: asked, feed: askedFeed }: PriceQuestion): Promise<PriceList> {
      const feed = await feedOf(userId, askedFeed);
      const unknown = await unknownAmong(feed, asked);
      const epics = [...new Set(asked)].filter((epic) => !unknown.includes(epic));
      const missing = epics.filter((epic) => !live(feed, epic));
      const read = new Map(
        (missing.length > 0 ? await catalogue.quotes(feed, missing) : []).map((tick) => [tick.epic, tick]),
      );
      return { prices: epics.flatMap((epic) => live(feed, epic) ?? read.get(epic) ?? []), unknown };
    },

    /** A page of candles, the oldest first. Throws request.invalid for a range that is none. */
    candles: async (asked: ZonedAsked & GetCandles): Promise<CandlePage> =>
      candles.page(await settled(asked)),

    /** Follows the candles of one market; nothing is opened when it is unknown. */
    watchCandles: async (
      asked: ZonedAsked & WatchCandles,
      signal: AbortSignal | undefined,
    ): Promise<AsyncIterable<CandleUpdate>> => candles.watch(await settled(asked), signal),

    /**
     * Watches prices. A price read for an epic that does not stream is marked stale; the first ticks name those that are no markets.
     * Throws market_data.unknown_epic, and nothing is opened, when none is one.
     */
    async watch(
      { userId, epics: asked, feed: askedFeed }: PriceQuestion,
      { signal, socket }: { signal: AbortSignal | undefined; socket: ClientSocket | undefined },
    ): Promise<AsyncIterable<Tick[]>> {
      const feed = await feedOf(userId, askedFeed);
      const unknown = await unknownAmong(feed, asked);
      const epics = [...new Set(asked)].filter((epic) => !unknown.includes(epic));
      const fallback = async (missing: readonly string[]) =>
        (await catalogue.quotes(feed, missing)).map((tick) => ({ ...tick, stale: true }));
      return prices.subscribe({ feed, epics, unknown, signal, socket, fallback });
    },
  };
}

const quoteOf = (tick: Tick) =>
  pick(tick, ['bid', 'offer', 'high', 'low', 'netChange', 'netChangePct', 'marketState']);

/** The broker counts in pages, which are all of one size: the cursor keeps it. */
function placeOf(cursor: string | undefined, limit: number): { page: number; size: number } {
  if (cursor === undefined) return { page: 0, size: limit };
  const [, page, size] = /^(\d{1,6})\.(\d{1,3})$/.exec(cursor) ?? [];
  if (Number(size ?? 0) < 1) throw new AppError('request.invalid', { fields: { cursor: notOurCursor } });
  return { page: Number(page), size: Number(size) };
}
