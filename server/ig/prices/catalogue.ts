// The market catalogue over IG's REST: details kept for a minute, snapshots for seconds, equal questions asked once.
import { AppError } from '../../lib/app-error.ts';
import { putNewest } from '../../lib/bounded.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { once } from '../../lib/once.ts';
import type { Market, MarketCategory, Tick } from '../../../shared/market-data.ts';
import { isLoginFeed } from '../../../shared/feeds.ts';
import type { MarketCatalogue } from '../../modules/market-data/ports.ts';
import type { IgClient } from './client.ts';
import type { Snapshot } from './schemas.ts';
import { snapshotAt, toCategory, toMarket, toMarketSummary, withSnapshot } from './translate.ts';

export const detailsMaxAgeMs = 60_000;
/** A price asked for by REST may be this old: ten users who look at one market cost one request. */
export const snapshotMaxAgeMs = 5_000;
/** Markets kept per feed, some 2 kB each; those read of the broker longest ago go first. */
const maxCached = 2_000;
/** Login feeds whose markets are kept; the longest unused go first. */
const maxLoginFeeds = 500;

/** `market` null: IG knows no such epic. */
interface Entry {
  market: Market | null;
  detailsAt: number;
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
    search: async (feed, query) => of(feed).search(query),
    categories: async (feed) => of(feed).categories(),
    categoryPage: async (feed, page) => of(feed).categoryPage(page),
    getMany: async (feed, epics, { maxAgeMs = snapshotMaxAgeMs } = {}) =>
      (await of(feed).entries(epics, maxAgeMs)).map(({ market }) => market),
    quotes: async (feed, epics) => (await of(feed).entries(epics, snapshotMaxAgeMs)).map(toTick),
  };
}

type FeedCatalogue = ReturnType<typeof createFeedCatalogue>;
/** `client` is asked for whenever the broker is: the one of a login changes with its credentials. */
function createFeedCatalogue(feed: string, client: () => Promise<IgClient>, clock: Clock, logger: Logger) {
  const cache = new Map<string, Entry>();
  const keep = (epic: string, entry: Entry) => putNewest(cache, epic, entry, maxCached);
  /** When a snapshot that has just arrived was read and made. Asked for before the cache changes, so that it changes in one go. */
  async function ages() {
    const [readAt, readMs] = [clock.now(), clock.monotonicMs()];
    const offset = await (await client()).timezoneOffsetMinutes();
    return ({ updateTime }: Snapshot) => ({ readAt, readMs, at: snapshotAt(updateTime, offset, readAt) });
  }

  const readDetails = once(async (epics: string[]): Promise<void> => {
    const detailsAt = clock.monotonicMs();
    const answers = await (await client()).marketsByEpics(epics);
    const age = await ages();
    const [readAt, readMs] = [clock.now(), clock.monotonicMs()];
    for (const epic of epics) keep(epic, { market: null, detailsAt, readMs, readAt, at: readAt });
    for (const answer of answers) {
      try {
        keep(answer.instrument.epic, { market: toMarket(feed, answer), detailsAt, ...age(answer.snapshot) });
      } catch (err) {
        logger.warn({ err }, 'a market that cannot be described was left out');
      }
    }
  }, String);
  const readSnapshots = once(async (epics: string[]): Promise<void> => {
    const answers = await (await client()).snapshotsByEpics(epics);
    const age = await ages();
    for (const { instrument, snapshot } of answers) {
      const entry = cache.get(instrument.epic);
      if (entry?.market)
        keep(instrument.epic, { ...entry, market: withSnapshot(entry.market, snapshot), ...age(snapshot) });
    }
  }, String);
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
      async (page: { category: string; page: number; size: number }) =>
        (await (await client()).categoryPage(page)).map((row) => {
          const { streaming: _notTold, ...market } = toMarketSummary(feed, row);
          return market;
        }),
      ({ category, page, size }) => `${category} ${page} ${size}`,
    ),
    search: once(
      async (query: string) =>
        (await (await client()).search(query)).map((row) => toMarketSummary(feed, row)),
      String,
    ),
    /** In the order asked; what the cache lost meanwhile and what IG does not know is left out. */
    async entries(epics: readonly string[], maxAgeMs: number): Promise<(Entry & { market: Market })[]> {
      const wanted = [...new Set(epics)].sort();
      const missing = wanted.filter(
        (epic) =>
          clock.monotonicMs() - (cache.get(epic)?.detailsAt ?? Number.NEGATIVE_INFINITY) > detailsMaxAgeMs,
      );
      if (missing.length > 0) await readDetails(missing);
      const old = wanted.filter((epic) => {
        const entry = cache.get(epic);
        return entry?.market && clock.monotonicMs() - entry.readMs > maxAgeMs;
      });
      if (old.length > 0) await readSnapshots(old);
      return epics.flatMap((epic) => {
        const entry = cache.get(epic);
        return entry?.market ? [entry as Entry & { market: Market }] : [];
      });
    },
  };
}

/** A snapshot as a tick: `seq` 0, below any of the stream's. Not stale: the venue named this price seconds ago. */
const toTick = ({ market, at, readAt }: Entry & { market: Market }): Tick => ({
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
  stale: false,
});
