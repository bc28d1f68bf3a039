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
import type { Principal } from '../../trpc/context.ts';
import type { MarketDataService } from './service.ts';

const asked = <Input>({ principal }: { principal: Principal }, input: Input) => ({
  ...input,
  userId: principal.user.id,
});

export const createMarketDataRouter = (service: MarketDataService) =>
  router({
    search: marketProcedure
      .input(SearchMarkets)
      .output(MarketList)
      .query(async ({ ctx, input }) => ({ markets: await service.search(asked(ctx, input)) })),
    navigate: marketProcedure
      .input(Navigate)
      .output(Navigation)
      .query(({ ctx, input }) => service.navigate(asked(ctx, input))),
    get: marketProcedure
      .input(GetMarket)
      .output(Market)
      .query(({ ctx, input }) => service.get(asked(ctx, input))),
    prices: marketProcedure
      .input(GetPrices)
      .output(PriceList)
      .query(async ({ ctx, input }) => ({ prices: await service.prices(asked(ctx, input)) })),
    onPrices: marketProcedure
      .input(WatchPrices)
      .subscription(({ ctx, input, signal }) =>
        service.watch(asked(ctx, input), { signal, socket: ctx.socket }),
      ),
  });
