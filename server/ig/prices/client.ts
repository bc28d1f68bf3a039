// IG's endpoints of a feed's login as far as they are used, under IG's own names. Those of a dealing account are in accounts/client.ts.
import type { z } from 'zod';
import type { AllowanceClass } from '../../../shared/allowance.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { BrokerLogin } from '../rest/login.ts';
import { IgError } from '../rest/errors.ts';
import { outward, read } from '../rest/door.ts';
import type { PointsBudget } from '../rest/history-points.ts';
import type { HistoryPoints } from '../rest/history-points-rules.ts';
import type { Reader } from '../rest/reader.ts';
import { createPriceHistory, type PriceHistory } from './history.ts';
import {
  CategoriesAnswer,
  CategoryAnswer,
  MarketDetails,
  MarketsAnswer,
  MarketSnapshot,
  SearchAnswer,
  SentimentsAnswer,
  WatchlistAnswer,
  WatchlistsAnswer,
  type SearchRow,
  type SentimentRow,
  type WatchlistRow,
} from './schemas.ts';
import type { IgSession } from '../rest/session.ts';
import { fetchStreamTokens, type StreamTokens } from '../rest/stream-tokens.ts';

/** IG: 400 error.public-api.too-many-epics above. */
const maxEpicsPerCall = 50;
/** IG: 500 ids; their text makes the address long before that. */
const maxSentimentsPerCall = 100;

/** Whom a look at markets is for: a deal that rests on it, a user, or nobody who waits. */
export type MarketReader = Extract<AllowanceClass, 'deal' | 'user' | 'backfill'>;

export interface IgClient {
  readonly login: BrokerLogin;
  /** GET /markets?searchTerm= v1: some 50 rows at most, IG's order. */
  search(searchTerm: string, signal?: AbortSignal): Promise<SearchRow[]>;
  /** GET /categories v1: their codes. */
  categories(): Promise<string[]>;
  /** GET /categories/{id}/instruments v1, pages from 0 on. Whether a market streams is not told. */
  categoryPage(page: { category: string; page: number; size: number }): Promise<SearchRow[]>;
  /** GET /markets?epics= v2, ALL. Any number of epics, 50 a call; answered in no order, unknown ones left out. */
  marketsByEpics(epics: readonly string[], by?: MarketReader): Promise<MarketDetails[]>;
  /** The same with SNAPSHOT_ONLY. */
  snapshotsByEpics(epics: readonly string[], by?: MarketReader): Promise<MarketSnapshot[]>;
  /** GET /clientsentiment?marketIds= v1. Any number of ids, 100 a call. */
  sentiments(marketIds: readonly string[]): Promise<SentimentRow[]>;
  /** GET /watchlists v1: the lists that the login has at IG, without what is in them. */
  watchlists(): Promise<WatchlistRow[]>;
  /** GET /watchlists/{id} v1: the epics in one, its order. */
  watchlist(id: string): Promise<string[]>;
  /** GET /prices/{epic} v3, one page. Costs a point of the week's allowance for each candle. */
  priceHistory: PriceHistory;
  /** The week's points of price history, as all processes know them. May log in; asks nothing else of IG. */
  historyPoints(): Promise<HistoryPoints>;
  /** GET /session?fetchSessionTokens=true v1. */
  fetchStreamTokens(): Promise<StreamTokens>;
  /** Minutes that IG's local times of day are ahead of UTC. */
  timezoneOffsetMinutes(): Promise<number>;
}

/** All methods throw broker.* AppErrors. */
export function createIgClient({
  login,
  reader,
  session,
  points,
  clock,
  logger,
}: {
  login: BrokerLogin;
  reader: Reader;
  session: IgSession;
  points: PointsBudget;
  clock: Clock;
  logger: Logger;
}): IgClient {
  const { get } = reader;
  /** One unknown epic fails the whole call with 404: the set is halved until the unknown ones stand alone. */
  async function byEpics<T>(
    entry: z.ZodType<T>,
    epics: readonly string[],
    filter: 'ALL' | 'SNAPSHOT_ONLY',
    by: MarketReader,
  ): Promise<T[]> {
    if (epics.length === 0) return [];
    if (epics.length > maxEpicsPerCall)
      return [
        ...(await byEpics(entry, epics.slice(0, maxEpicsPerCall), filter, by)),
        ...(await byEpics(entry, epics.slice(maxEpicsPerCall), filter, by)),
      ];
    try {
      const answer = await get(
        `/markets?filter=${filter}&epics=${epics.map(encodeURIComponent).join(',')}`,
        2,
        { by },
      );
      return read(MarketsAnswer, answer).marketDetails.flatMap((raw) => {
        const parsed = entry.safeParse(raw);
        if (!parsed.success) logger.warn({ err: parsed.error }, 'a market in a shape not known was left out');
        return parsed.success ? [parsed.data] : [];
      });
    } catch (error) {
      if (!(error instanceof IgError && error.isUnknownEpic)) throw error;
      if (epics.length === 1) return [];
      const half = Math.ceil(epics.length / 2);
      return [
        ...(await byEpics(entry, epics.slice(0, half), filter, by)),
        ...(await byEpics(entry, epics.slice(half), filter, by)),
      ];
    }
  }
  async function sentiments(marketIds: readonly string[]): Promise<SentimentRow[]> {
    if (marketIds.length === 0) return [];
    const ids = marketIds.slice(0, maxSentimentsPerCall).map(encodeURIComponent).join(',');
    const answer = await get(`/clientsentiment?marketIds=${ids}`, 1, { by: 'user' });
    return [
      ...(read(SentimentsAnswer, answer).clientSentiments ?? []),
      ...(await sentiments(marketIds.slice(maxSentimentsPerCall))),
    ];
  }
  return {
    login,
    search: (searchTerm, signal) =>
      outward(
        get(`/markets?searchTerm=${encodeURIComponent(searchTerm)}`, 1, { by: 'user', signal }).then(
          (answer) => read(SearchAnswer, answer).markets ?? [],
        ),
      ),
    categories: () =>
      outward(
        get('/categories', 1, { by: 'user' }).then((answer) =>
          (read(CategoriesAnswer, answer).categories ?? []).map(({ code }) => code),
        ),
      ),
    categoryPage: ({ category, page, size }) =>
      outward(
        get(
          `/categories/${encodeURIComponent(category)}/instruments?pageNumber=${page}&pageSize=${size}`,
          1,
          { by: 'user' },
        ).then((answer) => read(CategoryAnswer, answer).instruments ?? []),
      ),
    marketsByEpics: (epics, by = 'user') => outward(byEpics(MarketDetails, epics, 'ALL', by)),
    snapshotsByEpics: (epics, by = 'user') => outward(byEpics(MarketSnapshot, epics, 'SNAPSHOT_ONLY', by)),
    sentiments: (marketIds) => outward(sentiments(marketIds)),
    watchlists: () =>
      outward(
        get('/watchlists', 1, { by: 'user' }).then(
          (answer) => read(WatchlistsAnswer, answer).watchlists ?? [],
        ),
      ),
    watchlist: (id) =>
      outward(
        get(`/watchlists/${encodeURIComponent(id)}`, 1, { by: 'user' }).then((answer) =>
          (read(WatchlistAnswer, answer).markets ?? []).map(({ epic }) => epic),
        ),
      ),
    priceHistory: createPriceHistory({ reader, session, points, clock }),
    historyPoints: () => outward(session.current().then(({ accountId }) => points.of(accountId))),
    fetchStreamTokens: () => fetchStreamTokens(get),
    timezoneOffsetMinutes: async () => (await session.current()).timezoneOffsetMinutes,
  };
}
