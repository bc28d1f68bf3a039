// The door of market data: what other code may use.
import type { Database } from '../../db/client.ts';
import type { Jobs } from '../../jobs/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import { composeStoredCandles, type CandleService } from './candles/index.ts';
import { createInstruments } from './instruments/instruments.ts';
import { createRefresh, defineRefreshJob } from './instruments/refresh.ts';
import { createInstrumentStore, type FeedEpic } from './instruments/store.ts';
import type { BrokerWatchlists, FeedAccess, LivePrices, MarketAccounts, MarketCatalogue } from './ports.ts';
import { createQuoted } from './quoted.ts';
import { marketDataRest } from './rest.ts';
import { createMarketDataRouter } from './router.ts';
import { createMarketDataService } from './service.ts';
import { createImport } from './watchlists/import.ts';
import { createNeededByLists } from './watchlists/needed.ts';
import { createWatchlistService } from './watchlists/service.ts';
import { createWatchlistStore } from './watchlists/store.ts';

export { createFeedNews } from './feed-news.ts';
export {
  baseOf,
  composeCandles,
  composePastCandles,
  composeRecorder,
  createBackfills,
  createCandleStore,
  defineCandleJobs,
  keptFromMs,
  settleMs,
  spanAt,
  storedLengthMs,
  type CandleRetention,
  type CandleService,
} from './candles/index.ts';
export type { DayClose, QuotedMarket } from './quoted.ts';
export { createStandingWants, lookEveryMs } from './wants.ts';

export const marketDataFace = {
  about:
    'Markets, prices, and the lists of markets that you keep. `feed` says whose prices; left out, it is the default one.',
  createRouter: createMarketDataRouter,
  rest: marketDataRest,
};

/**
 * Without `access` everybody sees the feeds of everybody; without `candles` there are none. With `jobs`, which are not started yet, the stored markets are refreshed by
 * those who work; `needed` are markets that accounts have something in.
 */
export function createMarketDataModule({
  access = { of: async () => deps.catalogue.feeds },
  needed = async () => [],
  jobs,
  ...deps
}: {
  database: Database;
  catalogue: MarketCatalogue;
  prices: LivePrices;
  candles?: CandleService;
  access?: FeedAccess;
  accounts: MarketAccounts;
  watchlists: BrokerWatchlists;
  jobs?: Jobs;
  needed?: () => Promise<FeedEpic[]>;
  ids: Ids;
  clock: Clock;
  logger: Logger;
}) {
  const { db } = deps.database;
  const store = createInstrumentStore(db);
  const instruments = createInstruments({ ...deps, store });
  const markets = createMarketDataService({ ...deps, instruments, access });
  const listStore = createWatchlistStore(db);
  const parts = { ...deps, db, store: listStore, instruments, markets };
  const lists = createWatchlistService(parts);
  const importWatchlists = createImport({ ...parts, broker: deps.watchlists, lists });
  const neededByLists = createNeededByLists({ store: listStore, access });
  const refresh = createRefresh({
    ...deps,
    store,
    instruments,
    needed: async () => (await Promise.all([needed(), neededByLists()])).flat(),
  });
  if (jobs) defineRefreshJob(jobs, refresh);
  return {
    router: createMarketDataRouter({ ...markets, ...lists, importWatchlists }),
    /** As its job does. */
    refresh,
    /** For other modules, see quoted.ts. */
    /** For other modules: one market as a user may watch it. Throws as its procedure does. */
    market: markets.get,
    prices: markets.prices,
    quoted: createQuoted({ instruments, candles: composeStoredCandles(deps), access }),
  };
}
