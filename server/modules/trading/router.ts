// The procedures of trading: shape, permission, one call.
import { EventList, ListEvents } from '../../../shared/event-lists.ts';
import { FollowEvents } from '../../../shared/events.ts';
import {
  ActivityList,
  BreakList,
  DealDetail,
  Drift,
  ListActivity,
  ListBreaks,
  ListTransactions,
  TransactionList,
} from '../../../shared/history.ts';
import { DealPreview, PreviewDeal } from '../../../shared/preview.ts';
import { AccountRisk, ArmDeadMan, DealingStates, SetDealingState } from '../../../shared/risk.ts';
import { SetRiskLimits } from '../../../shared/risk-limits.ts';
import { EndAll, GetSaga, Saga, SagaOutcome } from '../../../shared/sagas.ts';
import { SetTarget, TargetOutcome } from '../../../shared/targets.ts';
import {
  AmendOrder,
  AmendPosition,
  CancelOrder,
  ClosePosition,
  OpenPosition,
  PlaceOrder,
  type RequestOf,
} from '../../../shared/deal-requests.ts';
import {
  AccountSummary,
  DealList,
  DealOutcome,
  GetDeal,
  ListOrders,
  ListPositions,
  OfAccount,
  OneOfAccount,
  OrderList,
  PositionList,
  WorkingOrder,
  type DealKindName,
} from '../../../shared/trading.ts';
import { AnyPosition, FindDeal, ListDeals, Reconciliation } from '../../../shared/trading-reads.ts';
import { pick } from '../../lib/pick.ts';
import { readingAhead } from '../../trpc/call.ts';
import { isReached } from '../../trpc/bound.ts';
import type { Principal } from '../../trpc/context.ts';
import {
  accountProcedure,
  accountProcedureBy,
  closingProcedure,
  openingProcedure,
  router,
  sessionProcedure,
} from '../../trpc/init.ts';
import { recorded } from '../../trpc/recorded.ts';
import { eventSubscription, listEvents } from '../events/index.ts';
import type { BooksReads } from './books/read.ts';
import type { DealKind, DealRequest } from './deals/kind.ts';
import { openingKind, type Kinds } from './deals/kinds.ts';
import type { Preview } from './deals/preview.ts';
import type { DealReads } from './deals/read.ts';
import type { RequestDeal } from './deals/request.ts';
import type { ReconcileOnDemand } from './evidence/on-demand.ts';
import type { HistoryReads } from './history/read.ts';
import type { OrderReads } from './orders/read.ts';
import type { UserEvents } from './ports.ts';
import type { DeadMen } from './risk/dead-man.ts';
import type { Former } from './risk/former.ts';
import type { RiskLimitsService } from './risk/limits.ts';
import type { Switches } from './risk/switches.ts';
import type { Sagas } from './sagas/sagas.ts';
import type { AccountValues } from './valuation/account.ts';
import type { WatchAccount } from './valuation/watch.ts';

/** What a procedure that deals is given. */
interface SignedInCall<Input> {
  ctx: { principal: Principal };
  input: Input;
}

/** Whether a caller is told a message. Those that tell of the stream itself have no account; an event of all accounts is no bound key's. */
const isTold = (caller: Principal, message: { type: string; accountId?: string | null }): boolean =>
  !('accountId' in message) || isReached(caller, message.accountId);

/** Its deals have rows of their own. */
const sagaOf = ({
  id,
  status,
  legs,
  replayed,
}: Pick<SagaOutcome, 'id' | 'status' | 'replayed'> & { legs: unknown[] }) => ({
  id,
  status,
  legs: legs.length,
  replayed,
});

export interface TradingRouterDeps {
  kinds: Kinds;
  requestDeal: RequestDeal;
  deals: DealReads;
  orders: OrderReads;
  values: AccountValues;
  watchAccount: WatchAccount;
  limits: RiskLimitsService;
  reconcileNow: ReconcileOnDemand;
  books: BooksReads;
  history: HistoryReads;
  switches: Switches;
  sagas: Sagas;
  deadMen: DeadMen;
  former: Former;
  preview: Preview;
  events: UserEvents;
}

export const createTradingRouter = ({
  kinds,
  requestDeal,
  deals,
  orders,
  values,
  watchAccount,
  limits,
  reconcileNow,
  books,
  history,
  switches,
  sagas,
  deadMen,
  former,
  preview,
  events,
}: TradingRouterDeps) => {
  const dealOf = <Input extends DealRequest>(kindOf: (input: Input) => DealKind<Input>) => {
    const dealing = readingAhead(
      ({ ctx, input }: SignedInCall<Input>) => requestDeal.ahead(kindOf(input), ctx.principal.user.id, input),
      ({ ctx, input }, ahead) => requestDeal.deal(kindOf(input), ctx.principal.user.id, input, ahead),
    );
    return recorded(
      { after: (deal) => pick(deal, ['id', 'status', 'reason', 'dealId', 'replayed']) },
      dealing,
    );
  };
  const ending = (kind: Parameters<Sagas['end']>[0]) =>
    recorded({ after: sagaOf }, ({ ctx, input }: SignedInCall<EndAll>) =>
      sagas.end(kind, ctx.principal.user.id, input),
    );
  const ofDeadMan = {
    before: ({ ctx, input }: SignedInCall<{ accountId?: string | undefined }>) =>
      former.deadMan(ctx.principal.user.id, input),
    after: (risk: Pick<AccountRisk, 'accountId' | 'deadMan'>) => pick(risk, ['accountId', 'deadMan']),
  };
  const asDeal = <Name extends DealKindName>(name: Name) => dealOf<RequestOf[Name]>(() => kinds[name]);
  return router({
    openPosition: openingProcedure
      .input(OpenPosition)
      .output(DealOutcome)
      .mutation(dealOf<RequestOf['open']>((input) => kinds[openingKind(input)])),
    closePosition: closingProcedure.input(ClosePosition).output(DealOutcome).mutation(asDeal('close')),
    amendPosition: openingProcedure.input(AmendPosition).output(DealOutcome).mutation(asDeal('amend')),
    placeOrder: openingProcedure.input(PlaceOrder).output(DealOutcome).mutation(asDeal('place_order')),
    amendOrder: openingProcedure.input(AmendOrder).output(DealOutcome).mutation(asDeal('amend_order')),
    cancelOrder: closingProcedure.input(CancelOrder).output(DealOutcome).mutation(asDeal('cancel_order')),
    // A query: it leaves no row, of its audit neither.
    preview: accountProcedure
      .input(PreviewDeal)
      .output(DealPreview)
      .query(({ ctx, input }) => preview(ctx.principal.user.id, input)),
    listOrders: accountProcedure
      .input(ListOrders)
      .output(OrderList)
      .query(({ ctx, input }) => orders.list(ctx.principal.user.id, input)),
    getOrder: accountProcedure
      .input(OneOfAccount)
      .output(WorkingOrder)
      .query(({ ctx, input }) => orders.get(ctx.principal.user.id, input)),
    listPositions: accountProcedure
      .input(ListPositions)
      .output(PositionList)
      .query(({ ctx, input }) => values.positions(ctx.principal.user.id, input)),
    getPosition: accountProcedure
      .input(OneOfAccount)
      .output(AnyPosition)
      .query(({ ctx, input }) => values.position(ctx.principal.user.id, input)),
    listDeals: accountProcedure
      .input(ListDeals)
      .output(DealList)
      .query(({ ctx, input }) => deals.list(ctx.principal.user.id, input)),
    getDeal: accountProcedureBy('answer')
      .input(GetDeal)
      .output(DealDetail)
      .query(({ ctx, input }) => deals.get(ctx.principal.user.id, input.id)),
    findDeal: accountProcedureBy('answer')
      .input(FindDeal)
      .output(DealDetail)
      .query(({ ctx, input }) => deals.find(ctx.principal.user.id, input.idempotencyKey)),
    listEvents: accountProcedureBy('filtered')
      .input(ListEvents)
      .output(EventList)
      .query(async ({ ctx, input }) => {
        const page = await listEvents(events, { userId: ctx.principal.user.id, stream: 'trading' }, input);
        return { ...page, events: page.events.filter((event) => isTold(ctx.principal, event)) };
      }),
    listActivity: accountProcedure
      .input(ListActivity)
      .output(ActivityList)
      .query(({ ctx, input }) => history.activity(ctx.principal.user.id, input)),
    listTransactions: accountProcedure
      .input(ListTransactions)
      .output(TransactionList)
      .query(({ ctx, input }) => history.transactions(ctx.principal.user.id, input)),
    reconcile: accountProcedure
      .input(OfAccount)
      .output(Reconciliation)
      .mutation(({ ctx, input }) => reconcileNow(ctx.principal.user.id, input.accountId)),
    drift: accountProcedure
      .input(OfAccount)
      .output(Drift)
      .query(({ ctx, input }) => books.drift(ctx.principal.user.id, input.accountId)),
    listBreaks: accountProcedure
      .input(ListBreaks)
      .output(BreakList)
      .query(({ ctx, input }) => books.breaks(ctx.principal.user.id, input)),
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
      .mutation(
        recorded(
          {
            before: ({ ctx, input }) => former.limits(ctx.principal.user.id, input),
            after: (risk) => pick(risk, ['accountId', 'dealingState', 'limits']),
          },
          ({ ctx, input }) => limits.set(ctx.principal.user.id, input),
        ),
      ),
    setDealingState: closingProcedure
      .input(SetDealingState)
      .output(DealingStates)
      .mutation(
        recorded(
          {
            before: ({ ctx, input }) => former.switch(ctx.principal.user.id, input),
            after: ({ accounts }) =>
              accounts.map((each) => pick(each, ['accountId', 'dealingState', 'switches'])),
          },
          ({ ctx, input }) => switches.set(ctx.principal.user.id, input, limits.of),
        ),
      ),
    setTarget: openingProcedure
      .input(SetTarget)
      .output(TargetOutcome)
      .mutation(
        recorded({ after: sagaOf }, ({ ctx, input }) => sagas.setTarget(ctx.principal.user.id, input)),
      ),
    closeAll: closingProcedure.input(EndAll).output(SagaOutcome).mutation(ending('close_all')),
    cancelAll: closingProcedure.input(EndAll).output(SagaOutcome).mutation(ending('cancel_all')),
    flatten: closingProcedure.input(EndAll).output(SagaOutcome).mutation(ending('flatten')),
    getSaga: accountProcedureBy('answer')
      .input(GetSaga)
      .output(Saga)
      .query(({ ctx, input }) => sagas.get(ctx.principal.user.id, input.id)),
    armDeadMan: closingProcedure
      .input(ArmDeadMan)
      .output(AccountRisk)
      .mutation(
        recorded(ofDeadMan, async ({ ctx, input }) =>
          limits.of(await deadMen.arm(ctx.principal.user.id, input)),
        ),
      ),
    disarmDeadMan: closingProcedure
      .input(OfAccount)
      .output(AccountRisk)
      .mutation(
        recorded(ofDeadMan, async ({ ctx, input }) =>
          limits.of(await deadMen.disarm(ctx.principal.user.id, input.accountId)),
        ),
      ),
    onEvents: accountProcedureBy('filtered')
      .input(FollowEvents)
      .subscription(({ ctx, input, signal }) =>
        eventSubscription(events, {
          userId: ctx.principal.user.id,
          stream: 'trading',
          after: input.lastEventId,
          signal,
          // What a bound key is not told is left out here: the shared sender knows no keys.
          only: ctx.principal.accountIds && ((message) => isTold(ctx.principal, message)),
          socket: ctx.principal.accountIds ? undefined : ctx.socket,
        }),
      ),
    onValuation: accountProcedure
      .input(OfAccount)
      .subscription(({ ctx, input, signal }) =>
        watchAccount(ctx.principal.user.id, input.accountId, { signal, socket: ctx.socket }),
      ),
  });
};
