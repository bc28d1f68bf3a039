// Use cases of market data: finding markets, their newest price, watching prices. Everything is by feed and epic.
import { AppError } from '../../lib/app-error.ts';
import { notOurCursor } from '../../lib/keyset.ts';
import type { Market, MarketSummary, Navigation, Tick } from '../../../shared/market-data.ts';
import type { ClientSocket } from '../../trpc/context.ts';
import type { FeedAccess, LivePrices, MarketCatalogue } from './ports.ts';

/** Whoever asks sees the feeds of everybody, and those of their own logins. */
interface Asked {
  userId: string;
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
  prices,
  access,
}: {
  catalogue: MarketCatalogue;
  prices: LivePrices;
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
  /** Throws market_data.unknown_epic naming each epic the broker does not know, by its place in the request. */
  async function refuseUnknown(feed: string, epics: readonly string[]): Promise<void> {
    const known = new Set(
      (await catalogue.getMany(feed, [...new Set(epics)], { maxAgeMs: Number.POSITIVE_INFINITY })).map(
        ({ epic }) => epic,
      ),
    );
    const unknown = epics.flatMap((epic, index) =>
      known.has(epic) ? [] : [[`epics[${index}]`, `is ${epic}, which is no market of the feed ${feed}`]],
    );
    if (unknown.length > 0)
      throw new AppError('market_data.unknown_epic', { fields: Object.fromEntries(unknown) });
  }
  const live = (feed: string, epic: string) => {
    const tick = prices.latest(feed, epic);
    return tick && !tick.stale ? tick : undefined;
  };
  return {
    search: async ({
      query,
      feed,
      userId,
    }: Asked & { query: string; feed?: string | undefined }): Promise<MarketSummary[]> =>
      catalogue.search(await feedOf(userId, feed), query),

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

    /** One market, with the streamed price where one is live here, else the broker's snapshot. */
    async get({
      userId,
      epic,
      feed: asked,
    }: Asked & { epic: string; feed?: string | undefined }): Promise<Market> {
      const feed = await feedOf(userId, asked);
      const tick = live(feed, epic);
      const [market] = await catalogue.getMany(
        feed,
        [epic],
        tick ? { maxAgeMs: Number.POSITIVE_INFINITY } : {},
      );
      if (!market)
        throw new AppError('market_data.unknown_epic', {
          fields: { epic: `is ${epic}, which is no market of the feed ${feed}` },
        });
      if (!tick) return market;
      const { bid, offer, high, low, netChange, netChangePct, marketState } = tick;
      return { ...market, bid, offer, high, low, netChange, netChangePct, marketState };
    },

    /** One tick per epic, in the order asked, each epic once. */
    async prices({ userId, epics: asked, feed: askedFeed }: PriceQuestion): Promise<Tick[]> {
      const feed = await feedOf(userId, askedFeed);
      await refuseUnknown(feed, asked);
      const epics = [...new Set(asked)];
      const missing = epics.filter((epic) => !live(feed, epic));
      const read = new Map(
        (missing.length > 0 ? await catalogue.quotes(feed, missing) : []).map((tick) => [tick.epic, tick]),
      );
      return epics.flatMap((epic) => live(feed, epic) ?? read.get(epic) ?? []);
    },

    /** Watches prices; nothing is opened when an epic is unknown. A price read for an epic that does not stream is marked stale. */
    async watch(
      { userId, epics: asked, feed: askedFeed }: PriceQuestion,
      { signal, socket }: { signal: AbortSignal | undefined; socket: ClientSocket | undefined },
    ): Promise<AsyncIterable<Tick[]>> {
      const feed = await feedOf(userId, askedFeed);
      await refuseUnknown(feed, asked);
      const fallback = async (missing: readonly string[]) =>
        (await catalogue.quotes(feed, missing)).map((tick) => ({ ...tick, stale: true }));
      return prices.subscribe({ feed, epics: [...new Set(asked)], signal, socket, fallback });
    },
  };
}

/** The broker counts in pages, which are all of one size: the cursor keeps it. */
function placeOf(cursor: string | undefined, limit: number): { page: number; size: number } {
  if (cursor === undefined) return { page: 0, size: limit };
  const [, page, size] = /^(\d{1,6})\.(\d{1,3})$/.exec(cursor) ?? [];
  if (Number(size ?? 0) < 1) throw new AppError('request.invalid', { fields: { cursor: notOurCursor } });
  return { page: Number(page), size: Number(size) };
}
