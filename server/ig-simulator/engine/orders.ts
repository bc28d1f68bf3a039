// Working orders: placed, amended, cancelled, and filled when the market comes. Pure; refusals are decisions too.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { rounded } from '../numbers.ts';
import { accountRefusal, decisionOf, quoteFor, requested, unasked } from './deal.ts';
import { opening, refusedBeforehand } from './positions.ts';
import { distanceRefusal, triggerRefusal, waitingDistance } from './rules.ts';
import { accountOf } from './state.ts';
import type { AmendOrder, Attached, CancelOrder, PlaceOrder } from './commands.ts';
import type { Decision, OrderChanged, Reason, WorkingOrder } from './decisions.ts';
import type { Account, Context, State } from './types.ts';
import { behind, pointsOf } from './value.ts';

type Terms = Pick<
  WorkingOrder,
  'level' | 'kind' | 'goodTill' | 'stopDistance' | 'limitDistance' | 'guaranteedStop'
>;

/** What is attached as distances in points from `level`, however it was given; negative on the wrong side. */
function distances(
  instrument: Instrument,
  { direction, level }: Pick<WorkingOrder, 'direction' | 'level'>,
  order: Attached,
) {
  const { stopLevel, limitLevel, stopDistance, limitDistance } = order;
  const points = (move: string | undefined, given: string | undefined) =>
    move !== undefined ? pointsOf(instrument, move) : given === undefined ? null : rounded(given);
  return {
    stopDistance: points(stopLevel && behind(direction, stopLevel, level), stopDistance),
    limitDistance: points(limitLevel && behind(direction, level, limitLevel), limitDistance),
  };
}
/** What is wrong with an order's terms now; `before` is what it was, when it is amended. */
function termsRefusal(
  instrument: Instrument,
  { epic, direction }: Pick<WorkingOrder, 'epic' | 'direction'>,
  terms: Terms,
  context: Context,
  before?: WorkingOrder,
): Reason | undefined {
  const { level, kind, goodTill, guaranteedStop } = terms;
  if (goodTill !== null && goodTill <= context.now.toISOString()) return 'GOOD_TILL_DATE_IN_THE_PAST';
  const quote = quoteFor(before ? 'edit' : 'open', epic, context);
  if (typeof quote === 'string') return quote;
  const distance = (at: string) => waitingDistance(kind, direction, at, quote);
  if (before && quote.status === 'EDITS_ONLY' && decimal.compare(distance(level), distance(before.level)) < 0)
    return 'MOVE_AWAY_ONLY_TRIGGER_LEVEL';
  const stays = before?.level === level && before.kind === kind;
  return (
    (stays ? undefined : triggerRefusal(instrument, kind, direction, level, quote)) ??
    distanceRefusal(instrument, level, terms, guaranteedStop)
  );
}

export function placeOrder(state: State, wanted: PlaceOrder, context: Context): Decision {
  const account = accountOf(state, wanted.accountId);
  const {
    accountId,
    epic,
    expiry,
    direction,
    currencyCode,
    kind,
    goodTill = null,
    forceOpen = true,
    guaranteedStop = false,
  } = wanted;
  const deal = requested(state, accountId, context, wanted);
  const level = rounded(wanted.level);
  const instrument = context.instrument(epic);
  const refused = refusedBeforehand(account, wanted, context);
  if (refused || !instrument)
    return { type: 'rejected', ...deal, reason: refused ?? 'INSTRUMENT_NOT_FOUND', of: 'order' };
  const terms: Terms = {
    level,
    kind,
    goodTill,
    guaranteedStop,
    ...distances(instrument, { direction, level }, wanted),
  };
  const wrong = termsRefusal(instrument, wanted, terms, context);
  if (wrong) return { type: 'rejected', ...deal, reason: wrong, of: 'order' };
  const { dealId, dealReference, size, at } = deal;
  return {
    type: 'orderChanged',
    ...deal,
    change: 'OPENED',
    epic,
    expiry,
    order: {
      dealId,
      accountId,
      dealReference,
      epic,
      expiry,
      direction,
      size,
      currency: currencyCode,
      forceOpen,
      createdAt: at,
      ...terms,
    },
  };
}

export function amendOrder(state: State, wanted: AmendOrder, context: Context): Decision {
  return change(state, wanted, context, (order, instrument, at) => {
    const { kind = order.kind, goodTill = order.goodTill, guaranteedStop = false } = wanted;
    const level = rounded(wanted.level);
    const terms: Terms = {
      level,
      kind,
      goodTill,
      guaranteedStop,
      ...distances(instrument, { direction: order.direction, level }, wanted),
    };
    return (
      termsRefusal(instrument, order, terms, context, order) ?? {
        change: 'AMENDED',
        order: { ...order, ...terms, changedAt: at },
      }
    );
  });
}
/** An order may be taken away in any state of its market but OFFLINE. */
export function cancelOrder(state: State, wanted: CancelOrder, context: Context): Decision {
  return change(state, wanted, context, (order) =>
    (context.quote(order.epic)?.status ?? 'OFFLINE') === 'OFFLINE'
      ? 'MARKET_OFFLINE'
      : { change: 'DELETED', order },
  );
}
function change(
  state: State,
  { accountId, dealId }: CancelOrder | AmendOrder,
  context: Context,
  decideOn: (
    order: WorkingOrder,
    instrument: Instrument,
    at: string,
  ) => Reason | Pick<OrderChanged, 'change' | 'order'>,
): Decision {
  const order = accountOf(state, accountId).orders.find((each) => each.dealId === dealId);
  const deal = requested(
    state,
    accountId,
    context,
    order ?? { epic: null, expiry: null, direction: 'BUY', size: '0' },
  );
  const instrument = order && context.instrument(order.epic);
  const outcome =
    accountRefusal(context) ??
    (!order ? 'ORDER_NOT_FOUND' : !instrument ? 'GENERAL_ERROR' : decideOn(order, instrument, deal.at));
  if (typeof outcome === 'string' || !order)
    return {
      type: 'rejected',
      ...deal,
      reason: typeof outcome === 'string' ? outcome : 'ORDER_NOT_FOUND',
      of: 'order',
    };
  return { type: 'orderChanged', ...deal, epic: order.epic, expiry: order.expiry, ...outcome };
}

/** The order is reached: it becomes a deal at the quote, under its own id and reference, or goes with the reason why not. */
export function fillOrder(state: State, order: WorkingOrder, account: Account, context: Context): Decision {
  const { stopDistance, limitDistance, currency: currencyCode, level: _, ...rest } = order;
  const deal = unasked(state, account.accountId, context, 'order', order);
  const attached = {
    ...(stopDistance !== null && { stopDistance }),
    ...(limitDistance !== null && { limitDistance }),
  };
  const outcome = opening(
    account,
    { ...rest, ...attached, currencyCode },
    { ...order, at: deal.at, channel: 'OSAutoStopFill' },
    context,
  );
  if (typeof outcome === 'string')
    return { type: 'orderChanged', ...deal, change: 'DELETED', order, reason: outcome };
  return { ...decisionOf(deal, account, outcome), order } as Extract<Decision, { type: 'dealt' }>;
}
/** The order's date has come: it goes without being filled. */
export const expireOrder = (state: State, order: WorkingOrder, context: Context): Decision => ({
  type: 'orderChanged',
  ...unasked(state, order.accountId, context, 'expiry', order),
  change: 'DELETED',
  order,
});
