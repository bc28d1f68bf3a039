// The door of market data: what other code may use.
import type { LivePrices, MarketCatalogue } from './ports.ts';
import { createMarketDataRouter } from './router.ts';
import { createMarketDataService } from './service.ts';

export function createMarketDataModule(deps: { catalogue: MarketCatalogue; prices: LivePrices }) {
  return { router: createMarketDataRouter(createMarketDataService(deps)) };
}
