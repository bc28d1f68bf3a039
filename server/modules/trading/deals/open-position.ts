// Opening a position at market: its terms and margin, the request, and what proves it. It bears our reference from before it is sent.
import { OpenPosition } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { within } from '../../../lib/within.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import type { Entry } from '../account-transaction.ts';
import type { BrokerAccount, MarketPrice, OpenRequest, PriceFeed } from '../ports.ts';
import type { Positions } from '../positions/positions.ts';
import { rateBetween, rateEpics, requiredMargin, toMoney } from '../valuation/worth.ts';
import type { DealEvidence, DealKind, DealTerms } from './kind.ts';
import type { DealRow } from './life.ts';
import { refuseOpening } from './rules.ts';

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
  /** The margin of an opening in the account's currency; null where factor or rate are not known. */
  async function marginOf(
    account: BrokerAccount,
    { direction, size }: OpenPosition,
    currency: string,
    { market, tick }: MarketPrice,
  ): Promise<string | null> {
    const level = direction === 'BUY' ? tick.offer : tick.bid;
    const margin = level === null ? null : requiredMargin(size, level, market);
    if (margin === null) return null;
    const rate = await rateInto(account, currency);
    if (rate === null)
      logger.info(
        { account: account.id, currency },
        'no rate into the account’s currency: the broker decides whether the funds suffice',
      );
    return toMoney(margin, rate);
  }
  async function rateInto({ feed, currency: into }: BrokerAccount, from: string): Promise<string | null> {
    const pairs = await prices.markets(feed, rateEpics(from, into));
    const byEpic = new Map(pairs.map((pair) => [pair.epic, pair]));
    return rateBetween(from, into, (epic) => {
      const [pair, tick] = [byEpic.get(epic), prices.latest(feed, epic)];
      return pair && { ...pair, ...(tick && { bid: tick.bid, offer: tick.offer }) };
    });
  }

  return {
    name: 'open',
    raisesRisk: true,
    opensPosition: true,
    changesPosition: false,
    reducesPosition: false,
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
          required: null,
          reason: { code: 'price_stale', at: null },
        });
      if (!price)
        throw new AppError('market_data.unknown_epic', {
          fields: { epic: `is ${order.epic}, which is no market of the feed ${account.feed}` },
        });
      const currency = currencyOf(price, order.currency);
      const required = await marginOf(account, order, currency, price);
      const terms = termsOf(order, price, currency);
      return async () => ({ terms, required, reason: refuseOpening(order, price) });
    },

    send: (dealing, account, deal, options) => dealing.openPosition(account, requestOf(deal), options),

    /** The position, if nothing told of it yet. Without a level it waits for the position itself. */
    async apply(entry: Entry, deal: DealRow) {
      const { dealId, dealReference, level, epic, expiry, name, direction, size, currency } = deal;
      const { stopLevel, limitLevel } = deal;
      if (dealId === null || level === null) return;
      if (await positions.lock(entry, dealId)) return;
      const at = entry.at;
      const opened = { openLevel: level, closeLevel: null, openedAt: at, at, contractSize: null };
      const what = { dealId, dealReference, epic, expiry, name, direction, size, currency };
      positions.insert(entry, [
        { news: { ...what, ...opened, stopLevel, limitLevel }, opening: { name, currency } },
      ]);
    },
  };
}

/** An opening is known by our reference alone, wherever it stands. */
export const openingEvidence: DealEvidence = {
  isToldBy: (deal, confirm) => confirm.dealReference === deal.dealReference,

  confirmed(_deal, { dealId, dealReference, action, level, stopLevel, limitLevel }) {
    if (!dealId) return null;
    // An amend's confirm bears the opening's reference: it proves the position, not its figures.
    if (action !== 'opened') return { status: 'accepted', dealId, dealReference };
    return { status: 'accepted', dealId, dealReference, level, stopLevel, limitLevel };
  },

  // Every later confirm of the position, of refused amends too, bears the reference of its opening.
  completed: () => null,

  foundAs: ({ dealId, level, stopLevel, limitLevel }) => ({
    status: 'accepted',
    dealId,
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
      if (opened) return { status: 'accepted', dealId: opened.dealId, level };
    }
    return mine.some(({ status }) => status === 'rejected')
      ? { status: 'rejected', reason: { code: 'broker_refused', brokerCode: 'UNKNOWN' } }
      : null;
  },

  // No position and no activity bears its reference: that is all there could be.
  isAbsent: () => true,
};

const termsOf = (order: OpenPosition, { market }: MarketPrice, currency: string): DealTerms =>
  asAsked(order, { currency, expiry: market.expiry, name: market.name });
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
    stopDistance: order.stopDistancePoints ?? null,
    limitLevel: order.limitLevel ?? null,
    limitDistance: order.limitDistancePoints ?? null,
  };
}

function requestOf({ dealReference, stopDistance, limitDistance, ...deal }: DealRow): OpenRequest {
  if (dealReference === null) throw new Error(`invariant: the opening ${deal.id} bears no reference`);
  const { epic, expiry, direction, size, currency, stopLevel, limitLevel } = deal;
  return {
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
  };
}

/** Throws request.invalid for a currency the market does not deal in. */
function currencyOf({ market }: MarketPrice, asked: string | undefined): string {
  const codes = market.currencies.map(({ code }) => code);
  if (asked !== undefined && !codes.includes(asked))
    throw new AppError('request.invalid', {
      fields: { currency: `must be ${codes.join(' or ')}, in which ${market.epic} is dealt` },
    });
  const currency = asked ?? market.currencies.find(({ isDefault }) => isDefault)?.code ?? codes[0];
  if (currency === undefined)
    throw new AppError('broker.unavailable', { detail: `${market.epic} names no currency` });
  return currency;
}
