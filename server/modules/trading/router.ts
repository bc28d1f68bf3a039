// The procedures of trading: shape, permission, one call.
import { FollowEvents } from '../../../shared/events.ts';
import {
  AccountSummary,
  ClosePosition,
  Deal,
  DealList,
  DealOutcome,
  GetDeal,
  ListDeals,
  OfAccount,
  OpenPosition,
  PositionList,
} from '../../../shared/trading.ts';
import { accountProcedure, closingProcedure, openingProcedure, router } from '../../trpc/init.ts';
import { eventSubscription } from '../events/index.ts';
import type { Portfolio } from './valuation/account.ts';
import type { UserEvents } from './ports.ts';
import type { TradingService } from './deals/request.ts';

export const createTradingRouter = ({
  trading,
  portfolio,
  events,
}: {
  trading: TradingService;
  portfolio: Portfolio;
  events: UserEvents;
}) =>
  router({
    openPosition: openingProcedure
      .input(OpenPosition)
      .output(DealOutcome)
      .mutation(({ ctx, input }) => trading.openPosition(ctx.principal.user.id, input)),
    closePosition: closingProcedure
      .input(ClosePosition)
      .output(DealOutcome)
      .mutation(({ ctx, input }) => trading.closePosition(ctx.principal.user.id, input)),
    listPositions: accountProcedure
      .input(OfAccount)
      .output(PositionList)
      .query(async ({ ctx, input }) => ({
        positions: await portfolio.positions(ctx.principal.user.id, input.accountId),
      })),
    listDeals: accountProcedure
      .input(ListDeals)
      .output(DealList)
      .query(({ ctx, input }) => portfolio.deals(ctx.principal.user.id, input)),
    getDeal: accountProcedure
      .input(GetDeal)
      .output(Deal)
      .query(({ ctx, input }) => portfolio.deal(ctx.principal.user.id, input.id)),
    summary: accountProcedure
      .input(OfAccount)
      .output(AccountSummary)
      .query(({ ctx, input }) => portfolio.summary(ctx.principal.user.id, input.accountId)),
    onEvents: accountProcedure.input(FollowEvents).subscription(({ ctx, input, signal }) =>
      eventSubscription(events, {
        userId: ctx.principal.user.id,
        stream: 'trading',
        after: input.lastEventId,
        signal,
        socket: ctx.socket,
      }),
    ),
    onValuation: accountProcedure
      .input(OfAccount)
      .subscription(({ ctx, input, signal }) =>
        portfolio.watch(ctx.principal.user.id, input.accountId, signal),
      ),
  });
