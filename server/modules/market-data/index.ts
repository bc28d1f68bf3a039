// The door of market data: what other code may use.
import type { LivePrices, MarketCatalogue } from './ports.ts';
import { marketDataRest } from './rest.ts';
import { createMarketDataRouter } from './router.ts';
import { createMarketDataService } from './service.ts';

export const marketDataFace = {
  about: 'Markets and prices. `feed` says whose prices; left out, it is the default one.',
  createRouter: createMarketDataRouter,
  rest: marketDataRest,
};

export function createMarketDataModule(deps: { catalogue: MarketCatalogue; prices: LivePrices }) {
  return { router: createMarketDataRouter(createMarketDataService(deps)) };
}
