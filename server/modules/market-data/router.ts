// The procedures of market data: shape, permission, one call.
import { CandlePage, GetCandles, WatchCandles } from '../../../shared/candles.ts';
import {
  GetMarket,
  GetPrices,
  MarketList,
  Navigate,
  Navigation,
  PriceList,
  SearchMarkets,
  WatchPrices,
} from '../../../shared/market-data.ts';
import { GetSentiment, MarketDetails, Sentiment } from '../../../shared/instruments.ts';
import { marketProcedure, router } from '../../trpc/init.ts';
import type { Principal } from '../../trpc/context.ts';
import type { MarketDataService } from './service.ts';
import { watchlistProcedures, type WatchlistCalls } from './watchlists/procedures.ts';

const asked = <Input>({ principal }: { principal: Principal }, input: Input) => ({
  ...input,
  userId: principal.user.id,
});

const zoned = ({ principal }: { principal: Principal }) => ({
  userId: principal.user.id,
  timeZone: principal.user.timeZone,
});

export const createMarketDataRouter = (service: MarketDataService & WatchlistCalls) =>
  router({
    search: marketProcedure
      .input(SearchMarkets)
      .output(MarketList)
      .query(({ ctx, input, signal }) => service.search(asked(ctx, input), signal)),
    navigate: marketProcedure
      .input(Navigate)
      .output(Navigation)
      .query(({ ctx, input }) => service.navigate(asked(ctx, input))),
    get: marketProcedure
      .input(GetMarket)
      .output(MarketDetails)
      .query(({ ctx, input }) => service.get(asked(ctx, input))),
    sentiment: marketProcedure
      .input(GetSentiment)
      .output(Sentiment)
      .query(({ ctx, input }) => service.sentiment(asked(ctx, input))),
    prices: marketProcedure
      .input(GetPrices)
      .output(PriceList)
      .query(({ ctx, input }) => service.prices(asked(ctx, input))),
    candles: marketProcedure
      .input(GetCandles)
      .output(CandlePage)
      .query(({ ctx, input }) => service.candles({ ...input, ...zoned(ctx) })),
    onCandles: marketProcedure
      .input(WatchCandles)
      .subscription(({ ctx, input, signal }) => service.watchCandles({ ...input, ...zoned(ctx) }, signal)),
    ...watchlistProcedures(service),
    onPrices: marketProcedure
      .input(WatchPrices)
      .subscription(({ ctx, input, signal }) =>
        service.watch(asked(ctx, input), { signal, socket: ctx.socket }),
      ),
  });
