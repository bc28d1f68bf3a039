// IG's endpoints of a feed's login as far as they are used, under IG's own names. Those of a dealing account are in accounts/client.ts.
import type { z } from 'zod';
import type { Logger } from '../../lib/logger.ts';
import type { BrokerLogin } from '../rest/login.ts';
import { IgError } from '../rest/errors.ts';
import { outward, read } from '../rest/door.ts';
import type { Reader } from '../rest/reader.ts';
import {
  CategoriesAnswer,
  CategoryAnswer,
  MarketDetails,
  MarketsAnswer,
  MarketSnapshot,
  SearchAnswer,
  type SearchRow,
} from './schemas.ts';
import type { IgSession } from '../rest/session.ts';
import { fetchStreamTokens, type StreamTokens } from '../rest/stream-tokens.ts';

/** IG: 400 error.public-api.too-many-epics above. */
const maxEpicsPerCall = 50;

export interface IgClient {
  readonly login: BrokerLogin;
  /** GET /markets?searchTerm= v1: some 50 rows at most, IG's order. */
  search(searchTerm: string, signal?: AbortSignal): Promise<SearchRow[]>;
  /** GET /categories v1: their codes. */
  categories(): Promise<string[]>;
  /** GET /categories/{id}/instruments v1, pages from 0 on. Whether a market streams is not told. */
  categoryPage(page: { category: string; page: number; size: number }): Promise<SearchRow[]>;
  /** GET /markets?epics= v2, ALL. Any number of epics, 50 a call; answered in no order, unknown ones left out. */
  marketsByEpics(epics: readonly string[]): Promise<MarketDetails[]>;
  /** The same with SNAPSHOT_ONLY. */
  snapshotsByEpics(epics: readonly string[]): Promise<MarketSnapshot[]>;
  /** GET /session?fetchSessionTokens=true v1. */
  fetchStreamTokens(): Promise<StreamTokens>;
  /** Minutes that IG's local times of day are ahead of UTC. */
  timezoneOffsetMinutes(): Promise<number>;
}

/** All methods throw broker.* AppErrors. */
export function createIgClient({
  login,
  reader: { get },
  session,
  logger,
}: {
  login: BrokerLogin;
  reader: Reader;
  session: IgSession;
  logger: Logger;
}): IgClient {
  /** One unknown epic fails the whole call with 404: the set is halved until the unknown ones stand alone. */
  async function byEpics<T>(
    entry: z.ZodType<T>,
    epics: readonly string[],
    filter: 'ALL' | 'SNAPSHOT_ONLY',
  ): Promise<T[]> {
    if (epics.length === 0) return [];
    if (epics.length > maxEpicsPerCall)
      return [
        ...(await byEpics(entry, epics.slice(0, maxEpicsPerCall), filter)),
        ...(await byEpics(entry, epics.slice(maxEpicsPerCall), filter)),
      ];
    try {
      const answer = await get(
        `/markets?filter=${filter}&epics=${epics.map(encodeURIComponent).join(',')}`,
        2,
        { by: 'user' },
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
        ...(await byEpics(entry, epics.slice(0, half), filter)),
        ...(await byEpics(entry, epics.slice(half), filter)),
      ];
    }
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
    marketsByEpics: (epics) => outward(byEpics(MarketDetails, epics, 'ALL')),
    snapshotsByEpics: (epics) => outward(byEpics(MarketSnapshot, epics, 'SNAPSHOT_ONLY')),
    fetchStreamTokens: () => fetchStreamTokens(get),
    timezoneOffsetMinutes: async () => (await session.current()).timezoneOffsetMinutes,
  };
}
