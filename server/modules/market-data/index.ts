// The door of market data: what other code may use.
import type { FeedAccess, LivePrices, MarketCatalogue } from './ports.ts';
import { marketDataRest } from './rest.ts';
import { createMarketDataRouter } from './router.ts';
import { createMarketDataService } from './service.ts';

export const marketDataFace = {
  about: 'Markets and prices. `feed` says whose prices; left out, it is the default one.',
  createRouter: createMarketDataRouter,
  rest: marketDataRest,
};

/** Without `access` everybody sees the feeds of everybody. */
export function createMarketDataModule({
  access = { of: async () => deps.catalogue.feeds },
  ...deps
}: {
  catalogue: MarketCatalogue;
  prices: LivePrices;
  access?: FeedAccess;
}) {
  return { router: createMarketDataRouter(createMarketDataService({ ...deps, access })) };
}
