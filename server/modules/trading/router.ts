// The procedures of trading: shape, permission, one call.
import { FollowEvents } from '../../../shared/events.ts';
import { AccountRisk, SetRiskLimits } from '../../../shared/risk.ts';
import {
  AccountSummary,
  ClosePosition,
  Deal,
  DealList,
  DealOutcome,
  GetDeal,
  ListDeals,
  ListPositions,
  OfAccount,
  OpenPosition,
  PositionList,
  type DealKindName,
  type RequestOf,
} from '../../../shared/trading.ts';
import { readingAhead } from '../../trpc/call.ts';
import type { Principal } from '../../trpc/context.ts';
import {
  accountProcedure,
  closingProcedure,
  openingProcedure,
  router,
  sessionProcedure,
} from '../../trpc/init.ts';
import { eventSubscription } from '../events/index.ts';
import type { Kinds } from './deals/kinds.ts';
import type { DealReads } from './deals/read.ts';
import type { RequestDeal } from './deals/request.ts';
import type { UserEvents } from './ports.ts';
import type { RiskLimitsService } from './risk/limits.ts';
import type { AccountValues } from './valuation/account.ts';
import type { WatchAccount } from './valuation/watch.ts';

/** What a procedure that deals is given. */
interface SignedInCall<Input> {
  ctx: { principal: Principal };
  input: Input;
}

export interface TradingRouterDeps {
  kinds: Kinds;
  requestDeal: RequestDeal;
  deals: DealReads;
  values: AccountValues;
  watchAccount: WatchAccount;
  limits: RiskLimitsService;
  events: UserEvents;
}

export const createTradingRouter = ({
  kinds,
  requestDeal,
  deals,
  values,
  watchAccount,
  limits,
  events,
}: TradingRouterDeps) => {
  const asDeal = <Name extends DealKindName>(name: Name) =>
    readingAhead(
      ({ ctx, input }: SignedInCall<RequestOf[Name]>) =>
        requestDeal.ahead(kinds[name], ctx.principal.user.id, input),
      ({ ctx, input }, ahead) => requestDeal.deal(kinds[name], ctx.principal.user.id, input, ahead),
    );
  return router({
    openPosition: openingProcedure.input(OpenPosition).output(DealOutcome).mutation(asDeal('open')),
    closePosition: closingProcedure.input(ClosePosition).output(DealOutcome).mutation(asDeal('close')),
    listPositions: accountProcedure
      .input(ListPositions)
      .output(PositionList)
      .query(({ ctx, input }) => values.positions(ctx.principal.user.id, input)),
    listDeals: accountProcedure
      .input(ListDeals)
      .output(DealList)
      .query(({ ctx, input }) => deals.list(ctx.principal.user.id, input)),
    getDeal: accountProcedure
      .input(GetDeal)
      .output(Deal)
      .query(({ ctx, input }) => deals.get(ctx.principal.user.id, input.id)),
    summary: accountProcedure
      .input(OfAccount)
      .output(AccountSummary)
      .query(({ ctx, input }) => values.summary(ctx.principal.user.id, input.accountId)),
    getRisk: accountProcedure
      .input(OfAccount)
      .output(AccountRisk)
      .query(({ ctx, input }) => limits.get(ctx.principal.user.id, input.accountId)),
    setRiskLimits: sessionProcedure
      .input(SetRiskLimits)
      .output(AccountRisk)
      .mutation(({ ctx, input }) => limits.set(ctx.principal.user.id, input)),
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
        watchAccount(ctx.principal.user.id, input.accountId, { signal, socket: ctx.socket }),
      ),
  });
};
