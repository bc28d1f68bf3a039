// Opening a position at market, or at a level or better: its terms and margin, the request, and what proves it. It bears our reference from before it is sent.
import { OpenPosition } from '../../../../shared/deal-requests.ts';
import type { UnknownBecause } from '../../../../shared/preview.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { within } from '../../../lib/within.ts';
import { pick } from '../../../lib/pick.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import type { Entry } from '../account-transaction.ts';
import type { BrokerAccount, MarketPrice, OpenRequest, PriceFeed } from '../ports.ts';
import { trailFrom, trailingOf, type Positions } from '../positions/positions.ts';
import { requiredMargin, toMoney } from '../../../../shared/worth.ts';
import { addedExposure, rateInto } from '../risk/exposure.ts';
import { currencyOf } from './currency.ts';
import { effectsOf } from './effects.ts';
import type { DealEvidence, DealKind, DealTerms } from './kind.ts';
import type { DealRow } from './life.ts';
import { ruled } from './ruling.ts';
import { filledAt, judgeOpening, usable, worseBy, type Order } from './rules.ts';

const hashOf = requestHash(OpenPosition, 'open');

export interface OpenPositionDeps {
  prices: PriceFeed;
  positions: Positions;
  /** Whether the broker is known to take no deals on an account now. */
  isAway: (accountId: string) => Promise<boolean>;
  clock: Clock;
  logger: Logger;
}
/** A price that takes longer is asked of a broker that may be away. */
const usualQuoteMs = 500;

export function createOpenPosition({
  prices,
  positions,
  isAway,
  clock,
  logger,
}: OpenPositionDeps): DealKind<OpenPosition> {
  /** The market's price; 'away' where there is none because the broker is known to be away. Throws broker.*. */
  async function quoteOf({ id, feed }: BrokerAccount, epic: string): Promise<MarketPrice | null | 'away'> {
    const quote = prices.quote(feed, epic);
    try {
      return await within(clock, usualQuoteMs, () => quote);
    } catch {
      quote.catch(() => undefined);
      return (await isAway(id)) ? 'away' : quote;
    }
  }
  /** The price that a filled opening has, or the worst that it may have where that makes it larger. */
  function fillLevel({ direction }: OpenPosition, worstLevel: string | null, { tick }: MarketPrice) {
    const level = filledAt(direction, { tick });
    return direction === 'BUY' && level !== null && worstLevel !== null ? worstLevel : level;
  }
  /** The margin of an opening in the account's currency; null where factor or rate are not known. */
  function marginOf({ direction, size }: OpenPosition, { market, tick }: MarketPrice, rate: string | null) {
    const level = filledAt(direction, { tick });
    const margin = level === null ? null : requiredMargin(size, level, market);
    return margin === null ? null : toMoney(margin, rate);
  }

  return {
    name: 'open',
    opensPosition: true,
    changesPosition: false,
    reducesPosition: 'none',
    referenceOf: 'ours',
    evidence: openingEvidence,
    hashOf,

    /** Throws market_data.unknown_epic, request.invalid for a currency the market is not dealt in, broker.*. */
    prepare: (_userId, order) => async (account) => {
      const price = await quoteOf(account, order.epic);
      // Denied for that under the lock, unless the broker is back by then.
      if (price === 'away')
        return async () => ({
          terms: unpricedTerms(order, account),
          raisesRisk: true,
          required: null,
          requiredUnknown: 'no_price',
          exposure: null,
          rulings: () => [ruled('price', { code: 'price_stale', at: null })],
          outlook: { price: null, fillLevel: null, openLevel: null, stopsFrom: null },
        });
      if (!price)
        throw new AppError('market_data.unknown_epic', {
          fields: { epic: `is ${order.epic}, which is no market of the feed ${account.feed}` },
        });
      const currency = currencyOf(price, order.currency);
      const rate = await rateInto(prices, account, currency);
      if (rate === null)
        logger.info(
          { account: account.id, currency },
          'no rate into the account’s currency: the broker decides whether the funds suffice',
        );
      // With a guaranteed stop IG takes what can be lost and a premium that it does not tell beforehand: its own check holds.
      const required = order.guaranteedStop ? null : marginOf(order, price, rate);
      const terms = termsOf(order, price, currency);
      const worstLevel = terms.worstLevel ?? null;
      const exposure = addedExposure(order.size, fillLevel(order, worstLevel, price), price.market, rate);
      const level = filledAt(order.direction, price);
      const requiredUnknown = required === null ? withoutMargin(order, price, rate) : undefined;
      return async () => ({
        terms,
        raisesRisk: true,
        required,
        requiredUnknown,
        exposure,
        rulings: () => judgeOpening(toOrder(order), worstLevel, price),
        outlook: { price, fillLevel: level, openLevel: level, stopsFrom: usable(level, price) },
      });
    },

    send: (dealing, account, deal, options) => dealing.send(account, requestOf(deal), options),

    /** The position, if nothing told of it yet. Without a level it waits for the position itself. */
    async apply(entry: Entry, deal: DealRow) {
      if (deal.dealId !== null) await insertOpened(positions, entry, deal, deal.dealId);
    },
  };
}

/** The position `dealId` that a deal opened; one that is known already stays as it is, and without a level nothing is known. */
export async function insertOpened(
  positions: Positions,
  entry: Entry,
  deal: DealRow,
  dealId: string,
): Promise<void> {
  const { dealReference, level, epic, expiry, name, direction, size, currency } = deal;
  if (level === null || (await positions.lock(entry, dealId))) return;
  const at = entry.at;
  const opened = { openLevel: level, closeLevel: null, openedAt: at, at, contractSize: null };
  const what = { dealId, dealReference, epic, expiry, name, direction, size, currency };
  const levels = pick(deal, ['stopLevel', 'limitLevel', 'guaranteedStop']);
  positions.insert(entry, [
    { news: { ...what, ...opened, ...levels, trailingStop: trailingOf(deal) }, opening: deal },
  ]);
}

/** Why nobody knows the margin of an opening. */
function withoutMargin(
  { direction, guaranteedStop }: OpenPosition,
  { market, tick }: MarketPrice,
  rate: string | null,
): UnknownBecause {
  if (guaranteedStop) return 'guaranteed_stop';
  if (filledAt(direction, { tick }) === null) return 'no_price';
  return rate === null && market.marginFactor !== null ? 'no_rate' : 'no_margin_factor';
}

/** An opening is known by our reference alone, wherever it stands. */
export const openingEvidence: DealEvidence = {
  isToldBy: (deal, confirm) => confirm.dealReference === deal.dealReference,

  confirmed(_deal, { dealId, dealReference, action, level, stopLevel, limitLevel, affected, at }) {
    if (!dealId) return null;
    // An amend's confirm bears the opening's reference: it proves the position, not its figures.
    if (action !== 'opened') return { status: 'accepted', dealId, dealReference };
    return {
      status: 'accepted',
      dealId,
      dealReference,
      affected,
      level,
      stopLevel,
      limitLevel,
      brokerAt: at,
    };
  },

  // Every later confirm of the position, of refused amends too, bears the reference of its opening.
  completed: () => null,

  foundAs: ({ dealId, level, stopLevel, limitLevel }) => ({
    status: 'accepted',
    dealId,
    affected: [{ dealId, action: 'opened' }],
    level,
    stopLevel,
    limitLevel,
  }),

  proves(deal, { positions, activity }) {
    const position = positions.find(({ dealReference }) => dealReference === deal.dealReference);
    if (position) return openingEvidence.foundAs(position);
    const mine = activity.filter(({ dealReference }) => dealReference === deal.dealReference);
    for (const { actions, level } of mine) {
      const opened = actions.find(({ action }) => action === 'opened');
      if (opened) return { status: 'accepted', dealId: opened.dealId, affected: effectsOf(actions), level };
    }
    return mine.some(({ status }) => status === 'rejected')
      ? { status: 'rejected', reason: { code: 'broker_refused', brokerCode: 'UNKNOWN' } }
      : null;
  },

  // No position and no activity bears its reference: that is all there could be.
  isAbsent: () => true,
};

/** As the rules of stops and limits take it: one that trails is a distance first. */
const toOrder = ({ trailingStop, ...order }: OpenPosition): Order =>
  trailingStop
    ? {
        ...order,
        stopDistancePoints: trailingStop.distancePoints,
        trailingIncrementPoints: trailingStop.incrementPoints,
      }
    : order;
function termsOf(order: OpenPosition, price: MarketPrice, currency: string): DealTerms {
  const { expiry, name } = price.market;
  const { direction, level, tolerancePoints } = order;
  const worstLevel = level === undefined ? null : worseBy(direction, level, tolerancePoints ?? '0', price);
  return { ...asAsked(order, { currency, expiry, name }), worstLevel };
}
/** Of what is denied whatever its market says. */
const unpricedTerms = (order: OpenPosition, { currency }: BrokerAccount): DealTerms =>
  asAsked(order, { currency: order.currency ?? currency, expiry: '-', name: order.epic });
function asAsked(order: OpenPosition, market: Pick<DealTerms, 'currency' | 'expiry' | 'name'>): DealTerms {
  const { epic, direction, size } = order;
  return {
    epic,
    direction,
    size,
    ...market,
    stopLevel: order.stopLevel ?? null,
    stopDistance: order.stopDistancePoints ?? order.trailingStop?.distancePoints ?? null,
    limitLevel: order.limitLevel ?? null,
    limitDistance: order.limitDistancePoints ?? null,
    guaranteedStop: order.guaranteedStop ?? false,
    ...trailFrom(order.trailingStop ?? null),
    worstLevel: order.level ?? null,
    tolerance: order.tolerancePoints ?? null,
    tag: order.tag ?? null,
    note: order.note ?? null,
  };
}

function requestOf({ dealReference, stopDistance, limitDistance, ...deal }: DealRow): OpenRequest {
  if (dealReference === null) throw new Error(`invariant: the opening ${deal.id} bears no reference`);
  const { epic, expiry, direction, size, currency, stopLevel, limitLevel } = deal;
  const { guaranteedStop, trailingIncrement, worstLevel } = deal;
  return {
    kind: 'open',
    dealReference,
    epic,
    expiry,
    direction,
    size,
    currency,
    stopLevel,
    stopDistancePoints: stopDistance,
    limitLevel,
    limitDistancePoints: limitDistance,
    guaranteedStop,
    trailingIncrementPoints: trailingIncrement,
    worstLevel,
  };
}
