// The market catalogue over IG's REST: details kept for a minute, snapshots for seconds, questions of the same moment asked in one.
import { AppError } from '../../lib/app-error.ts';
import { putNewest } from '../../lib/bounded.ts';
import type { Clock } from '../../lib/clock.ts';
import { gathering } from '../../lib/gather.ts';
import type { Logger } from '../../lib/logger.ts';
import { once } from '../../lib/once.ts';
import type { ListedMarket, Market, MarketCategory, Tick } from '../../../shared/market-data.ts';
import { isLoginFeed } from '../../../shared/feeds.ts';
import type { MarketCatalogue, MarketFacts, MarketSentiment } from '../../modules/market-data/ports.ts';
import type { IgClient, MarketReader } from './client.ts';
import type { Snapshot } from './schemas.ts';
import {
  snapshotAt,
  toCategory,
  toFacts,
  toMarket,
  toMarketSummary,
  toPositioning,
  withSnapshot,
} from './translate.ts';

export const detailsMaxAgeMs = 60_000;
/** A price asked for by REST may be this old: ten users who look at one market cost one request. */
export const snapshotMaxAgeMs = 5_000;
/** Markets kept per feed, some 2 kB each; those read of the broker longest ago go first. */
const maxCached = 2_000;
/** A list that was read so lately is answered again: of a search, or a page of a category. */
export const listMaxAgeMs = 30_000;
/** Lists kept per feed, some 20 kB each; those read longest ago go first. */
const maxLists = 100;
/** Login feeds whose markets are kept; the longest unused go first. */
const maxLoginFeeds = 500;

/** How clients are positioned is asked for by many and changes slowly. */
export const sentimentMaxAgeMs = 60_000;
/** Market ids whose sentiment is kept per feed; those read longest ago go first. */
const maxSentiments = 500;
/** IG takes no other ids, and one such in a question would fail all of them. */
const marketIdPattern = /^[A-Za-z0-9_\- ]{1,30}$/;

/** `market` null: IG knows no such epic. */
interface Entry {
  market: Market | null;
  facts: MarketFacts | null;
  detailsAt: number;
  /** As `detailsAt`, on the wall. */
  toldAt: Date;
  /** As `readAt`, by this process's own measure. */
  readMs: number;
  readAt: Date;
  at: Date;
}

/** The client of an account's own login, by its feed; null where there is none (any more). */
export type LoginFeedClient = (feed: string) => Promise<IgClient | null>;
const noLoginFeeds: LoginFeedClient = async () => null;

/** The catalogue of `clients`, which serve everybody, the first of them the default feed; and of accounts' own logins. */
export function createIgCatalogue({
  clients,
  loginFeed = noLoginFeeds,
  clock,
  logger,
}: {
  clients: readonly IgClient[];
  loginFeed?: LoginFeedClient;
  clock: Clock;
  logger: Logger;
}): MarketCatalogue {
  const common = new Map(
    clients.map((client) => {
      const { feed } = client.login;
      return [feed, createFeedCatalogue(feed, () => Promise.resolve(client), clock, logger)];
    }),
  );
  const own = new Map<string, FeedCatalogue>();
  const of = (feed: string): FeedCatalogue => {
    const found = common.get(feed) ?? own.get(feed);
    if (found) return found;
    if (!isLoginFeed(feed)) throw new AppError('market_data.unknown_feed');
    const made = createFeedCatalogue(
      feed,
      async () => {
        const client = await loginFeed(feed);
        if (!client) throw new AppError('market_data.unknown_feed');
        return client;
      },
      clock,
      logger,
    );
    putNewest(own, feed, made, maxLoginFeeds);
    return made;
  };
  return {
    feeds: [...common.keys()],
    search: async (feed, query, signal) => of(feed).search(query, signal),
    categories: async (feed) => of(feed).categories(),
    categoryPage: async (feed, page) => of(feed).categoryPage(page),
    getMany: async (feed, epics, { maxAgeMs = snapshotMaxAgeMs, forDeal } = {}) =>
      (await of(feed).entries(epics, maxAgeMs, forDeal ? 'deal' : 'user')).map(({ market, isOld }) =>
        isOld ? { ...market, ...noQuote } : market,
      ),
    quotes: async (feed, epics, { maxAgeMs = snapshotMaxAgeMs, forDeal } = {}) =>
      (await of(feed).entries(epics, maxAgeMs, forDeal ? 'deal' : 'user')).map(toTick),
    lastQuotes: async (feed, epics) => of(feed).remembered(epics, snapshotMaxAgeMs).map(toTick),
    describe: async (feed, epics, { backfill = false } = {}) =>
      (await of(feed).entries(epics, Number.POSITIVE_INFINITY, backfill ? 'backfill' : 'user')).map(
        ({ market, facts, toldAt }) => ({ market, ...facts, readAt: toldAt }),
      ),
    sentiment: async (feed, marketId) => of(feed).sentiment(marketId),
  };
}

/** The broker is away, or lets nobody in: what is known of its markets is still true, their prices are not. */
const isAway = (error: unknown): boolean =>
  error instanceof AppError &&
  ['broker.unavailable', 'broker.login_failed', 'broker.refused'].includes(error.code);
const isLimited = (error: unknown): boolean => error instanceof AppError && error.code === 'broker.limited';
const noQuote = { bid: null, offer: null, high: null, low: null, netChange: null, netChangePct: null };

/** The most urgent first. */
const readers: readonly MarketReader[] = ['deal', 'user', 'backfill'];

/** `isOld`: older than was asked for, since the broker is away. */
type Known = Entry & { market: Market; facts: MarketFacts; isOld: boolean };
type FeedCatalogue = ReturnType<typeof createFeedCatalogue>;
/** `client` is asked for whenever the broker is: the one of a login changes with its credentials. */
function createFeedCatalogue(feed: string, client: () => Promise<IgClient>, clock: Clock, logger: Logger) {
  const cache = new Map<string, Entry>();
  const keep = (epic: string, entry: Entry) => putNewest(cache, epic, entry, maxCached);
  /** When a snapshot that has just arrived was read and made. Asked for before the cache changes, so that it changes in one go. */
  async function ages() {
    const [readAt, readMs] = [clock.now(), clock.monotonicMs()];
    const offsetMinutes = await (await client()).timezoneOffsetMinutes();
    return {
      told: { readAt, offsetMinutes },
      age: ({ updateTime }: Snapshot) => ({
        readAt,
        readMs,
        at: snapshotAt(updateTime, offsetMinutes, readAt),
      }),
    };
  }

  /** IG takes 50 epics in one request, and each request counts: who asks at the same time for other markets shares it. */
  const readDetails = gathering(async (epics, urgency) => {
    const detailsAt = clock.monotonicMs();
    const answers = await (await client()).marketsByEpics(epics, readers[urgency]);
    const { age, told } = await ages();
    const [readAt, readMs] = [clock.now(), clock.monotonicMs()];
    const toldAt = told.readAt;
    for (const epic of epics)
      keep(epic, { market: null, facts: null, detailsAt, toldAt, readMs, readAt, at: readAt });
    for (const answer of answers) {
      try {
        keep(answer.instrument.epic, {
          market: toMarket(feed, answer),
          facts: toFacts(answer, told),
          detailsAt,
          toldAt,
          ...age(answer.snapshot),
        });
      } catch (err) {
        logger.warn({ err }, 'a market that cannot be described was left out');
      }
    }
  });
  const readSnapshots = gathering(async (epics, urgency) => {
    const answers = await (await client()).snapshotsByEpics(epics, readers[urgency]);
    const { age } = await ages();
    for (const { instrument, snapshot } of answers) {
      const entry = cache.get(instrument.epic);
      if (entry?.market)
        keep(instrument.epic, { ...entry, market: withSnapshot(entry.market, snapshot), ...age(snapshot) });
    }
  });
  /** In the order asked; `isOld` beyond `maxAgeMs`, or beyond some seconds. */
  function remembered(epics: readonly string[], maxAgeMs: number): Known[] {
    const oldestMs = clock.monotonicMs() - Math.max(maxAgeMs, snapshotMaxAgeMs);
    return epics.flatMap((epic) => {
      const entry = cache.get(epic);
      return entry?.market && entry.facts
        ? [{ ...entry, market: entry.market, facts: entry.facts, isOld: entry.readMs < oldestMs }]
        : [];
    });
  }
  const sentiments = new Map<string, MarketSentiment & { readMs: number }>();
  const readSentiments = gathering(async (marketIds) => {
    const rows = await (await client()).sentiments(marketIds);
    const [readAt, readMs] = [clock.now(), clock.monotonicMs()];
    const nobody = { longPct: null, shortPct: null };
    for (const id of marketIds) putNewest(sentiments, id, { ...nobody, readAt, readMs }, maxSentiments);
    for (const row of rows)
      putNewest(sentiments, row.marketId, { ...toPositioning(row), readAt, readMs }, maxSentiments);
  });
  const lists = new Map<string, { atMs: number; rows: unknown[] }>();
  /** What was answered lately, else what `ask` gives; `key` says which list it is, and so the type of its rows. */
  async function listed<Row>(key: string, ask: () => Promise<Row[]>): Promise<Row[]> {
    const known = lists.get(key);
    if (known && clock.monotonicMs() - known.atMs <= listMaxAgeMs) return known.rows as Row[];
    const rows = await ask();
    putNewest(lists, key, { atMs: clock.monotonicMs(), rows }, maxLists);
    return rows;
  }
  const keyOf = ({ category, page, size }: { category: string; page: number; size: number }) =>
    `page ${category} ${page} ${size}`;
  let kinds: { at: number; categories: readonly MarketCategory[] } | undefined;
  return {
    categories: once(async (): Promise<readonly MarketCategory[]> => {
      if (!kinds || clock.monotonicMs() - kinds.at > detailsMaxAgeMs)
        kinds = {
          categories: (await (await client()).categories()).map(toCategory),
          at: clock.monotonicMs(),
        };
      return kinds.categories;
    }),
    categoryPage: once(
      (page: { category: string; page: number; size: number }): Promise<ListedMarket[]> =>
        listed(keyOf(page), async () =>
          (await (await client()).categoryPage(page)).map((row) => {
            const { streaming: _notTold, ...market } = toMarketSummary(feed, row);
            return market;
          }),
        ),
      keyOf,
    ),
    /** While the broker is away, as it was last told. Throws broker.* for what it never told. */
    async sentiment(marketId: string): Promise<MarketSentiment> {
      if (!marketIdPattern.test(marketId)) return { longPct: null, shortPct: null, readAt: clock.now() };
      const known = sentiments.get(marketId);
      if (!known || clock.monotonicMs() - known.readMs > sentimentMaxAgeMs)
        await readSentiments([marketId]).catch((error: unknown) => {
          if (!known || !(isAway(error) || isLimited(error))) throw error;
        });
      const { readMs: _kept, ...told } = sentiments.get(marketId) ?? known!;
      return told;
    },
    /** Equal searches are one already (rest/reader.ts), which ends when everybody has left who wanted it. */
    async search(query: string, signal: AbortSignal | undefined) {
      try {
        return await listed(`search ${query}`, async () =>
          (await (await client()).search(query, signal)).map((row) => toMarketSummary(feed, row)),
        );
      } catch (error) {
        if (signal?.aborted) return []; // for nobody
        throw error;
      }
    },
    /**
     * In the order asked; what the cache lost meanwhile and what IG does not know is left out. While the broker is away, as they were read
     * last. Throws broker.* for a market that was never read.
     */
    async entries(epics: readonly string[], maxAgeMs: number, by: MarketReader): Promise<Known[]> {
      const urgency = readers.indexOf(by);
      const orAsKnown = (read: Promise<void>) =>
        read.catch((error: unknown) => {
          if (!isAway(error) || epics.some((epic) => !cache.get(epic)?.market)) throw error;
        });
      const wanted = [...new Set(epics)].sort();
      const missing = wanted.filter(
        (epic) =>
          clock.monotonicMs() - (cache.get(epic)?.detailsAt ?? Number.NEGATIVE_INFINITY) > detailsMaxAgeMs,
      );
      if (missing.length > 0) await orAsKnown(readDetails(missing, urgency));
      const old = wanted.filter((epic) => {
        const entry = cache.get(epic);
        return entry?.market && clock.monotonicMs() - entry.readMs > maxAgeMs;
      });
      if (old.length > 0) await orAsKnown(readSnapshots(old, urgency));
      return remembered(epics, maxAgeMs);
    },
    remembered,
  };
}

/** A snapshot as a tick: `seq` 0, below any of the stream's. Not stale where the venue named this price seconds ago. */
const toTick = ({ market, at, readAt, isOld }: Known): Tick => ({
  feed: market.feed,
  epic: market.epic,
  seq: 0,
  bid: market.bid,
  offer: market.offer,
  high: market.high,
  low: market.low,
  netChange: market.netChange,
  netChangePct: market.netChangePct,
  marketState: market.marketState,
  at,
  receivedAt: readAt,
  stale: isOld,
});
