// Placing a working order: its terms, the request, and what proves it. It bears our reference from before it is sent, and so does the position it opens.
import { PlaceOrder } from '../../../../shared/deal-requests.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import { rowOf, type Orders } from '../orders/orders.ts';
import type { MarketPrice, PriceFeed } from '../ports.ts';
import type { Positions } from '../positions/positions.ts';
import { addedExposure } from '../risk/exposure.ts';
import { currencyOf } from './currency.ts';
import type { DealEvidence, DealKind, DealTerms } from './kind.ts';
import type { DealRow } from './life.ts';
import { judgeOrder } from './order-rules.ts';
import type { RateIfThere } from './price-if-there.ts';
import { pointsAway } from './rules.ts';

const name = 'place_order';
const hashOf = requestHash(PlaceOrder, name);

export interface PlaceOrderDeps {
  prices: PriceFeed;
  orders: Orders;
  positions: Pick<Positions, 'lock'>;
  rateIfThere: RateIfThere;
  clock: Clock;
}

export function createPlaceOrder({
  prices,
  orders,
  positions,
  rateIfThere,
  clock,
}: PlaceOrderDeps): DealKind<PlaceOrder> {
  return {
    name,
    opensPosition: true,
    changesPosition: false,
    reducesPosition: 'none',
    referenceOf: 'ours',
    evidence: placingEvidence,
    hashOf,

    /** Throws market_data.unknown_epic, request.invalid for a currency the market is not dealt in, broker.*. */
    prepare: (_userId, order) => async (account) => {
      const price = await prices.quote(account.feed, order.epic);
      if (!price)
        throw new AppError('market_data.unknown_epic', {
          fields: { epic: `is ${order.epic}, which is no market of the feed ${account.feed}` },
        });
      const currency = currencyOf(price, order.currency);
      const terms = termsOf(order, price, currency);
      const rate = await rateIfThere(account, currency);
      const exposure = addedExposure(order.size, order.level, price.market, rate);
      // Whether the money suffices is looked at when it is filled: IG takes no deposit for an order that rests.
      return async () => ({
        terms,
        raisesRisk: true,
        required: null,
        requiredUnknown: 'when_filled',
        exposure,
        rulings: () => judgeOrder(terms, price, clock.now()),
        outlook: { price, fillLevel: order.level, openLevel: order.level, stopsFrom: order.level },
      });
    },

    send: (dealing, account, deal, options) =>
      dealing.send(account, { kind: name, ...requestOf(deal) }, options),

    /** The order, if nothing told of it yet. */
    async apply(entry, deal) {
      const { dealId, brokerAt } = deal;
      if (dealId === null) return;
      const known = await orders.lock(entry, dealId);
      if (known) return orders.adopt(entry, known, deal);
      const at = brokerAt ?? entry.at;
      const { goodTillAt, currency, expiry, epic, direction, size, dealReference, ...rest } = deal;
      const what = { dealId, dealReference, epic, expiry, direction, size, currency, goodTillAt };
      const { type, level } = orderOf(deal);
      const distances = {
        stopDistancePoints: rest.stopDistance,
        limitDistancePoints: rest.limitDistance,
        guaranteedStop: rest.guaranteedStop,
      };
      const news = { ...what, ...distances, type, level, name: deal.name, placedAt: at, at };
      const row = rowOf(entry.account, news, deal);
      orders.insert(entry, row);
      if (await positions.lock(entry, dealId)) orders.end(entry, row, 'filled', at);
    },
  };
}

/** Known by our reference alone, wherever it stands; the broker's list of orders has none. */
export const placingEvidence: DealEvidence = {
  isToldBy: (deal, { dealReference }) => dealReference === deal.dealReference,

  // A later confirm of the order bears the same reference: it proves that there is, or was, an order.
  confirmed: (_deal, { dealId, dealReference, action, affected, at }) =>
    dealId
      ? { status: 'accepted', dealId, dealReference, ...(action === 'opened' && { affected, brokerAt: at }) }
      : null,

  completed: () => null,

  // What it was filled as.
  foundAs: ({ dealId }) => ({ status: 'accepted', dealId }),

  proves(deal, { positions, activity }) {
    const filled = positions.find(({ dealReference }) => dealReference === deal.dealReference);
    if (filled) return { status: 'accepted', dealId: filled.dealId };
    const mine = activity.filter(({ dealReference }) => dealReference === deal.dealReference);
    for (const { status, actions } of mine) {
      const done = actions.find(({ action }) => action.startsWith('order_'));
      if (status === 'accepted' && done) return { status: 'accepted', dealId: done.dealId };
    }
    return mine.some(({ status }) => status === 'rejected')
      ? { status: 'rejected', reason: { code: 'broker_refused', brokerCode: 'UNKNOWN' } }
      : null;
  },

  // No position and no activity bears its reference: that is all there could be.
  isAbsent: () => true,
};

function termsOf(order: PlaceOrder, { market }: MarketPrice, currency: string): DealTerms {
  const { epic, direction, size, type, level, goodTillAt, stopLevel, limitLevel } = order;
  const away = (at: string | undefined, side: 'stop' | 'limit') =>
    at === undefined ? null : pointsAway(direction, side, at, level, market.scalingFactor);
  return {
    epic,
    direction,
    size,
    currency,
    expiry: market.expiry,
    name: market.name,
    orderType: type,
    orderLevel: level,
    goodTillAt: goodTillAt ?? null,
    stopLevel: stopLevel ?? null,
    limitLevel: limitLevel ?? null,
    stopDistance: order.stopDistancePoints ?? away(stopLevel, 'stop'),
    limitDistance: order.limitDistancePoints ?? away(limitLevel, 'limit'),
    guaranteedStop: order.guaranteedStop ?? false,
    tag: order.tag ?? null,
    note: order.note ?? null,
  };
}

/** What a deal about a working order says of it. Throws for another deal. */
export function orderOf({ id, orderType: type, orderLevel: level, ...deal }: DealRow) {
  if (type === null || level === null) throw new Error(`invariant: the deal ${id} is about no order`);
  const { goodTillAt, stopDistance, limitDistance, guaranteedStop } = deal;
  const distances = { stopDistancePoints: stopDistance, limitDistancePoints: limitDistance };
  return { type, level, goodTillAt, ...distances, guaranteedStop };
}

function requestOf(deal: DealRow) {
  const { dealReference, epic, expiry, direction, size, currency } = deal;
  if (dealReference === null) throw new Error(`invariant: the order ${deal.id} bears no reference`);
  return { dealReference, epic, expiry, direction, size, currency, ...orderOf(deal), stopLevel: null };
}
