// Amending and cancelling a working order. The broker answers with the reference under which it was placed, so one change at a time is under way, and evidence is told apart by terms and time.
import { isDecided } from '../../../../shared/deal-words.ts';
import { decimal } from '../../../../shared/decimal.ts';
import { AmendOrder, CancelOrder } from '../../../../shared/deal-requests.ts';
import { type DealKindName, type DealReason } from '../../../../shared/trading.ts';
import { pick } from '../../../lib/pick.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import type { Clock } from '../../../lib/clock.ts';
import { isSameTerms, type OrderTerms, type Orders } from '../orders/orders.ts';
import { restingOrThrow } from '../orders/resting-or-throw.ts';
import type { OrderRow, OrderStore } from '../orders/store.ts';
import type { ActivityAction, BrokerAccount, ConfirmEvidence, MarketPrice } from '../ports.ts';
import { addedExposure } from '../risk/exposure.ts';
import { isDatedFor, isSince } from './dated.ts';
import type { Admission, DealEvidence, DealKind, DealTerms, JudgedDeal, Prepare, Reading } from './kind.ts';
import type { DealRow, Verdict } from './life.ts';
import { judgeAmendedOrder } from './order-rules.ts';
import { orderOf } from './place-order.ts';
import type { PriceIfThere, RateIfThere } from './price-if-there.ts';
import { ruled } from './ruling.ts';
import { worseBy } from './rules.ts';
import type { DealStore } from './store.ts';

export interface ChangeOrderDeps {
  dealStore: Pick<DealStore, 'lockChanging' | 'lastVerdict'>;
  orderStore: Pick<OrderStore, 'findOf' | 'lock'>;
  orders: Orders;
  priceIfThere: PriceIfThere;
  rateIfThere: RateIfThere;
  clock: Clock;
}

/** Both bear the order's reference: a refusal could be of either, so the second waits for the first. */
const changes: readonly DealKindName[] = ['amend_order', 'cancel_order'];

/** What both kinds ask for alike. */
function changing({ dealStore, orderStore, priceIfThere, rateIfThere }: ChangeOrderDeps) {
  /** Throws trading.order_not_found. */
  return function prepare(
    userId: string,
    dealId: string,
    decide: (order: OrderRow, price: MarketPrice | null, rate: string | null) => Omit<Admission, 'required'>,
  ): Prepare {
    const found = orderStore.findOf(userId, dealId);
    found.catch(() => undefined); // told to whoever goes on
    return async (account: BrokerAccount) => {
      const known = restingOrThrow((await found).find(({ accountId }) => accountId === account.id));
      const price = await priceIfThere(account, known.epic);
      const rate = await rateIfThere(account, known.currency);
      return async (tx) => {
        const [locked, others, evidenceAfter] = await Promise.all([
          orderStore.lock(tx, account.id, dealId),
          dealStore.lockChanging(tx, account.id, dealId, changes),
          dealStore.lastVerdict(tx, account.id, dealId, changes),
        ]);
        const { terms, rulings, ...rest } = decide(restingOrThrow(locked), price, rate);
        const inFlight = others.some(({ status }) => !isDecided(status));
        return {
          terms: { ...terms, evidenceAfter },
          ...rest,
          required: null,
          *rulings() {
            yield ruled('in_flight', inFlight ? { code: 'change_in_flight', dealId } : null);
            yield* rulings();
          },
        };
      };
    };
  };
}

export function createAmendOrder(deps: ChangeOrderDeps): DealKind<AmendOrder> {
  const { orders, clock } = deps;
  const prepare = changing(deps);
  return {
    name: 'amend_order',
    opensPosition: false,
    changesPosition: true,
    reducesPosition: 'none',
    referenceOf: 'positions',
    evidence: amendingOrderEvidence,
    hashOf: requestHash(AmendOrder, 'amend_order'),

    prepare: (userId, { dealId, ...asked }) =>
      prepare(userId, dealId, (order, price, rate) => {
        const wanted = amended(order, asked);
        const { level } = wanted;
        return {
          terms: { ...termsOf(order, wanted), stopLevel: guaranteedLevel(order, wanted, price) },
          raisesRisk: true,
          exposure: growth(order, wanted, price, rate),
          *rulings() {
            yield ruled('change', isSameTerms(order, wanted) ? { code: 'unchanged', dealId } : null);
            yield ruled('stop_present', refuseUnguaranteed(wanted, asked, price, dealId));
            yield* judgeAmendedOrder(order, wanted, price, clock.now());
          },
          outlook: { price, fillLevel: level, openLevel: level, stopsFrom: level },
        };
      }),

    send: (dealing, account, deal, options) =>
      dealing.send(
        account,
        { kind: 'amend_order', ...namedBy(deal), ...orderOf(deal), stopLevel: deal.stopLevel },
        options,
      ),

    /** The order as its confirm tells it; one that other evidence proved is told by the broker's list. */
    async apply(entry, deal) {
      const row = deal.dealId === null ? undefined : await orders.lock(entry, deal.dealId);
      if (row && deal.brokerAt) orders.change(entry, row, { ...askedTerms(deal), at: deal.brokerAt });
    },
  };
}

export function createCancelOrder(deps: ChangeOrderDeps): DealKind<CancelOrder> {
  const { orders } = deps;
  const prepare = changing(deps);
  return {
    name: 'cancel_order',
    opensPosition: false,
    changesPosition: true,
    reducesPosition: 'none',
    referenceOf: 'positions',
    evidence: cancellingEvidence,
    hashOf: requestHash(CancelOrder, 'cancel_order'),

    // Neither a halt nor a missing price keeps an order resting; whether its market takes it away the broker decides.
    prepare: (userId, { dealId }) =>
      prepare(userId, dealId, (order, price) => ({
        terms: termsOf(order, order),
        raisesRisk: false,
        exposure: '0',
        rulings: () => [],
        outlook: { price },
      })),

    send: (dealing, account, deal, options) =>
      dealing.send(account, { kind: 'cancel_order', ...namedBy(deal) }, options),

    async apply(entry, { dealId, brokerAt }) {
      const row = dealId === null ? undefined : await orders.lock(entry, dealId);
      if (row) orders.end(entry, row, 'cancelled', brokerAt ?? entry.at);
    },
  };
}

/** Evidence of a change: a confirm under the order's reference that says what was asked for, or the history. */
function changeEvidence(
  done: ActivityAction,
  isAsked: (deal: JudgedDeal, confirm: ConfirmEvidence) => boolean,
  shows: (deal: JudgedDeal, reading: Reading) => boolean,
): DealEvidence {
  return {
    isToldBy(deal, confirm) {
      if (deal.dealReference !== null && deal.dealReference !== confirm.dealReference) return false;
      if (!isDatedFor(deal, confirm.at)) return false;
      // No other deal is refused under the reference of an order that rests.
      if (confirm.status === 'rejected') return deal.dealReference !== null;
      return confirm.dealId === deal.dealId && isAsked(deal, confirm);
    },
    confirmed: ({ dealId }, { dealReference, affected, at }) =>
      dealId === null ? null : { status: 'accepted', dealId, dealReference, affected, brokerAt: at },
    completed: () => null,
    foundAs: () => null,
    // What was taken for lost is not proved by what another change may have brought.
    proves(deal, reading): Verdict | null {
      const { dealId, dealReference } = deal;
      if (dealId === null || isDecided(deal.status)) return null;
      const mine = reading.activity.filter((entry) => isSince(entry, deal) && isDatedFor(deal, entry.at));
      const isDone = mine.some(
        ({ status, actions, ...entry }) =>
          status === 'accepted' &&
          actions.some((action) => action.action === done && action.dealId === dealId) &&
          (done !== 'order_amended' || isSameLevels(deal, entry)),
      );
      if (isDone || shows(deal, reading)) return { status: 'accepted', dealId };
      const refused = mine.some(
        (entry) =>
          entry.status === 'rejected' && dealReference !== null && entry.dealReference === dealReference,
      );
      return refused
        ? { status: 'rejected', reason: { code: 'broker_refused', brokerCode: 'UNKNOWN' } }
        : null;
    },
    // Neither the order nor its history shows what was asked for.
    isAbsent: () => true,
  };
}

export const amendingOrderEvidence = changeEvidence(
  'order_amended',
  (deal, confirm) => confirm.action === 'amended' && isSameLevels(deal, confirm),
  (deal, { orders }) => {
    const order = orders.find(({ dealId }) => dealId === deal.dealId);
    return (
      order !== undefined &&
      isSameTerms(askedTerms(deal), {
        ...order,
        stopDistance: order.stopDistancePoints,
        limitDistance: order.limitDistancePoints,
        guaranteedStop: order.guaranteedStop ?? deal.guaranteedStop,
      })
    );
  },
);
export const cancellingEvidence = changeEvidence(
  'order_deleted',
  (_deal, { action }) => action === 'deleted',
  () => false,
);

type Told = Pick<ConfirmEvidence, 'level' | 'stopDistancePoints' | 'limitDistancePoints' | 'guaranteedStop'>;
/** Confirms and the history tell no date. */
const isSameLevels = (
  deal: JudgedDeal,
  { level, stopDistancePoints, limitDistancePoints, guaranteedStop }: Told,
) =>
  level !== null &&
  isSameTerms(askedTerms(deal), {
    level,
    goodTillAt: deal.goodTillAt,
    stopDistance: stopDistancePoints,
    limitDistance: limitDistancePoints,
    guaranteedStop: guaranteedStop ?? deal.guaranteedStop,
  });
const askedTerms = (
  deal: Pick<DealRow, 'orderLevel' | 'goodTillAt' | 'stopDistance' | 'limitDistance' | 'guaranteedStop'>,
): OrderTerms => ({
  ...pick(deal, ['goodTillAt', 'stopDistance', 'limitDistance', 'guaranteedStop']),
  level: deal.orderLevel ?? '',
});

function namedBy({ id, dealId }: DealRow) {
  if (dealId === null) throw new Error(`invariant: the deal ${id} names no order`);
  return { dealId };
}

/** What is left out stays; null takes it away. */
function amended(
  order: OrderRow,
  { level, goodTillAt, stopDistancePoints, limitDistancePoints, guaranteedStop }: Omit<AmendOrder, 'dealId'>,
): OrderTerms {
  const stopDistance = stopDistancePoints === undefined ? order.stopDistance : stopDistancePoints;
  return {
    level: level ?? order.level,
    goodTillAt: goodTillAt === undefined ? order.goodTillAt : goodTillAt,
    stopDistance,
    guaranteedStop: stopDistance !== null && (guaranteedStop ?? order.guaranteedStop),
    limitDistance: limitDistancePoints === undefined ? order.limitDistance : limitDistancePoints,
  };
}

/** By how much an order stands for more at its new level; 0 for less, null where its market or the rate is not known. */
function growth(
  order: OrderRow,
  { level }: OrderTerms,
  price: MarketPrice | null,
  rate: string | null,
): string | null {
  const more = decimal.subtract(level, order.level);
  if (decimal.compare(more, '0') <= 0) return '0';
  return price && addedExposure(order.size, more, price.market, rate);
}

/** Where the guaranteed stop of an order is, which IG asks for when the order is amended; null: not needed, or not known. */
const guaranteedLevel = (
  { direction }: OrderRow,
  { level, stopDistance, guaranteedStop }: OrderTerms,
  price: MarketPrice | null,
): string | null =>
  guaranteedStop && stopDistance !== null && price
    ? worseBy(direction === 'BUY' ? 'SELL' : 'BUY', level, stopDistance, price)
    : null;
/** A guaranteed stop needs a stop, and its market’s scale. */
function refuseUnguaranteed(
  { guaranteedStop }: OrderTerms,
  asked: Pick<AmendOrder, 'guaranteedStop'>,
  price: MarketPrice | null,
  dealId: string,
): DealReason | null {
  if (asked.guaranteedStop && !guaranteedStop) return { code: 'stop_missing', dealId };
  return guaranteedStop && !price ? { code: 'price_stale', at: null } : null;
}

const termsOf = (order: OrderRow, { level, ...wanted }: OrderTerms): DealTerms => ({
  ...pick(order, ['dealId', 'dealReference', 'epic', 'expiry', 'name', 'currency', 'direction', 'size']),
  ...pick(wanted, ['goodTillAt', 'stopDistance', 'limitDistance', 'guaranteedStop']),
  orderType: order.type,
  orderLevel: level,
});
