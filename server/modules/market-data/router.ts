// The procedures of market data: shape, permission, one call.
import {
  GetMarket,
  GetPrices,
  Market,
  MarketList,
  Navigate,
  Navigation,
  PriceList,
  SearchMarkets,
  WatchPrices,
} from '../../../shared/market-data.ts';
import { marketProcedure, router } from '../../trpc/init.ts';
import type { MarketDataService } from './service.ts';

export const createMarketDataRouter = (service: MarketDataService) =>
  router({
    search: marketProcedure
      .input(SearchMarkets)
      .output(MarketList)
      .query(async ({ input, signal }) => ({ markets: await service.search(input, signal) })),
    navigate: marketProcedure
      .input(Navigate)
      .output(Navigation)
      .query(({ input }) => service.navigate(input)),
    get: marketProcedure
      .input(GetMarket)
      .output(Market)
      .query(({ input }) => service.get(input)),
    prices: marketProcedure
      .input(GetPrices)
      .output(PriceList)
      .query(async ({ input }) => ({ prices: await service.prices(input) })),
    onPrices: marketProcedure
      .input(WatchPrices)
      .subscription(({ ctx, input, signal }) => service.watch(input, { signal, socket: ctx.socket })),
  });
