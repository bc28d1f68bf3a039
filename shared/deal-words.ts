// Whether an event is a deal's, whether a deal is decided, and why it was not done, in a trader's words. Types only are imported: a page may use it without the schemas.
import { knownProblemText } from './broker-words.ts';
import type { DealKindName, DealReason, DealStatus, Direction, RiskLimitName } from './trading.ts';

/** Tells the events of deals, whatever their status, from everything else that comes on a stream. */
export const isDealEvent = <Event extends { type: string }>(
  event: Event,
): event is Extract<Event, { type: `deal.${DealStatus}` }> => event.type.startsWith('deal.');

/** No more to come of it. */
export const isDecided = (status: DealStatus): boolean =>
  status === 'denied' || status === 'accepted' || status === 'rejected';

/** Each kind of deal in words: what is asked for, what was done, and what its direction is for where that is not plain. */
export const dealWords: Record<
  DealKindName,
  { asked: Record<Direction, string>; done: Record<Direction, string>; purpose: string | null }
> = {
  open: {
    asked: { BUY: 'buy', SELL: 'sell' },
    done: { BUY: 'Bought', SELL: 'Sold' },
    purpose: null,
  },
  net: {
    asked: { BUY: 'buy, against what is sold,', SELL: 'sell, against what is bought,' },
    done: { BUY: 'Bought, against what was sold,', SELL: 'Sold, against what was bought,' },
    purpose: 'netted',
  },
  close: {
    asked: { BUY: 'close', SELL: 'close' },
    done: { BUY: 'Closed', SELL: 'Closed' },
    purpose: 'to close',
  },
  amend: {
    asked: { BUY: 'change stop and limit of', SELL: 'change stop and limit of' },
    done: { BUY: 'Changed stop and limit of', SELL: 'Changed stop and limit of' },
    purpose: 'to change',
  },
  place_order: {
    asked: { BUY: 'place an order to buy', SELL: 'place an order to sell' },
    done: { BUY: 'Placed an order to buy', SELL: 'Placed an order to sell' },
    purpose: 'as an order',
  },
  amend_order: {
    asked: { BUY: 'change the order to buy', SELL: 'change the order to sell' },
    done: { BUY: 'Changed the order to buy', SELL: 'Changed the order to sell' },
    purpose: 'to change the order',
  },
  cancel_order: {
    asked: { BUY: 'cancel the order to buy', SELL: 'cancel the order to sell' },
    done: { BUY: 'Cancelled the order to buy', SELL: 'Cancelled the order to sell' },
    purpose: 'to cancel the order',
  },
};

/** Each limit in words, after a verb. */
const limitWords: Record<RiskLimitName, string> = {
  maxSize: 'the largest size of a deal (maxSize)',
  maxDailyLoss: 'the most that may be lost on a day (maxDailyLoss)',
};

/** How figures are shown where the words are read. */
export interface WordFormats {
  money(amount: string): string;
  time(at: Date): string;
  marketState(state: string): string;
}
const plain: WordFormats = {
  money: (amount) => amount,
  time: (at) => at.toISOString(),
  marketState: (state) => state.replaceAll('_', ' '),
};

const inMarket = ({ epic }: { epic?: string | undefined }) => (epic === undefined ? '' : ` in ${epic}`);
const ordersSent = ({ orders, epic }: { orders: number; epic?: string | undefined }) =>
  `${orders} ${orders === 1 ? 'order was' : 'orders were'} sent${inMarket({ epic })}`;

/** The reason as a sentence of its own; empty for one in a row that this version does not know. */
export const reasonSentence = (reason: DealReason): string =>
  (reasonText(reason) as string | undefined)?.replace(/^./, (first) => first.toUpperCase()) ?? '';

/** A sentence with the numbers that show why, such as `the size 0.5 is below the minimum of 1.` It continues another: no capital. */
export function reasonText(reason: DealReason, { money, time, marketState }: WordFormats = plain): string {
  switch (reason.code) {
    case 'size_below_minimum':
      return `the size ${reason.size} is below the minimum of ${reason.minimum}.`;
    case 'would_reverse':
      return `the size ${reason.size} is more than the ${reason.facing} that it may net: close that first, then open the rest.`;
    case 'net_below_minimum':
      return `the size ${reason.size} is below the minimum of ${reason.minimum}, which holds for a part of the ${reason.facing} that it may net too: net at least that, or close a whole position by its dealId.`;
    case 'size_off_step':
      return `the size ${reason.size} is not a multiple of ${reason.step}.`;
    case 'stop_too_fine':
      return `the stop ${reason.stopLevel} has more decimals than the market: the nearest is ${reason.nearest}.`;
    case 'limit_too_fine':
      return `the limit ${reason.limitLevel} has more decimals than the market: the nearest is ${reason.nearest}.`;
    case 'stop_distance_too_fine':
      return `a stop ${reason.distance} points away has more decimals than the market: the nearest distance is ${reason.nearest}.`;
    case 'limit_distance_too_fine':
      return `a limit ${reason.distance} points away has more decimals than the market: the nearest distance is ${reason.nearest}.`;
    case 'stop_wrong_side':
      return `the stop ${reason.stopLevel} is on the wrong side of the price, ${reason.level}.`;
    case 'limit_wrong_side':
      return `the limit ${reason.limitLevel} is on the wrong side of the price, ${reason.level}.`;
    case 'stop_too_near':
      return `the stop is ${reason.distance} points away and must be at least ${reason.minimum}.`;
    case 'limit_too_near':
      return `the limit is ${reason.distance} points away and must be at least ${reason.minimum}.`;
    case 'market_not_tradeable':
      return `the market does not deal now. It is: ${marketState(reason.marketState)}.`;
    // A reason out of a deal’s row has its instant as text.
    case 'price_stale':
      return reason.at === null
        ? 'there is no price.'
        : `the last price is from ${time(new Date(reason.at))}, too old to deal on.`;
    case 'insufficient_funds':
      return `it needs ${money(reason.required)} of margin and ${money(reason.available)} is available.`;
    case 'size_above_position':
      return `the size ${reason.size} is more than the position of ${reason.position}.`;
    case 'close_in_flight':
      return 'a close of this position is already under way.';
    case 'change_in_flight':
      return 'another change of it is still under way: wait for its outcome.';
    case 'unchanged':
      return 'it is as asked for already: there is nothing to change.';
    case 'order_wrong_side':
      return `the order's level ${reason.orderLevel} is on the wrong side of the price, ${reason.level}.`;
    case 'order_too_near':
      return `the order's level is ${reason.distance} points away from the price and must be at least ${reason.minimum}.`;
    case 'order_too_fine':
      return `the order's level ${reason.orderLevel} has more decimals than the market: the nearest is ${reason.nearest}.`;
    case 'stops_limits_not_allowed':
      return 'this market takes no stops and limits.';
    case 'market_orders_not_allowed':
      return 'this market is not dealt at market: write level, the worst you would take.';
    case 'guaranteed_stop_not_allowed':
      return 'this market takes no guaranteed stops.';
    case 'guaranteed_stop_too_near':
      return `the guaranteed stop is ${reason.distance} points away and must be at least ${reason.minimum}.`;
    case 'stop_missing':
      return 'there is no stop that could be guaranteed: write where it is to be.';
    case 'trailing_stop_not_allowed':
      return 'this market takes no trailing stops.';
    case 'trailing_step_too_small':
      return `the stop would trail in steps of ${reason.increment} points, and the smallest step is ${reason.minimum}.`;
    case 'level_not_reached':
      return `the price is ${reason.level}, worse than ${reason.worstLevel}, the worst that was asked for.`;
    case 'level_too_fine':
      return `the level ${reason.worstLevel}, its tolerance included, has more decimals than the market: the nearest is ${reason.nearest}.`;
    case 'stop_too_far':
      return `the stop is ${reason.distance} points away and may be at most ${reason.maximum}.`;
    case 'limit_too_far':
      return `the limit is ${reason.distance} points away and may be at most ${reason.maximum}.`;
    case 'good_till_past':
      return `the order would rest until ${time(new Date(reason.goodTillAt))}, which has passed.`;
    case 'dealing_halted':
      return 'dealing is halted on this account.';
    case 'live_dealing_off':
      return 'live dealing is off on this account: switch it on with accounts.enableLiveDealing and your password.';
    case 'reduce_only':
      return reason.missing.length === 0
        ? 'this account only closes: see switches in trading.getRisk.'
        : `this account only closes until limits are set: give ${reason.missing.map((name) => limitWords[name]).join(' and ')} with trading.setRiskLimits.`;
    case 'size_limit':
      return `the size ${reason.size} is above the limit of ${reason.limit} that is set for a deal${inMarket(reason)}.`;
    case 'exposure_limit':
      return `the exposure would come to ${money(reason.exposure)}${inMarket(reason)}, and the limit is ${money(reason.limit)}.`;
    case 'exposure_unknown':
      return `a price or a rate is missing, so nobody knows whether the limit of ${money(reason.limit)} on the exposure${inMarket(reason)} is kept.`;
    case 'orders_per_minute_limit':
      return `${ordersSent(reason)} within a minute, and the limit is ${reason.limit}: the next may go at ${time(new Date(reason.allowedAgainAt))}.`;
    case 'orders_per_day_limit':
      return `${ordersSent(reason)} today, and the limit is ${reason.limit}: the next may go at ${time(new Date(reason.allowedAgainAt))}.`;
    case 'daily_loss_limit':
      return `${money(reason.loss)} has been lost today, and the limit for a day is ${money(reason.limit)}.`;
    case 'daily_loss_unknown':
      return `the broker does not tell the account’s figures, so nobody knows whether today’s limit of ${money(reason.limit)} is reached.`;
    case 'account_unavailable':
      return reason.state === 'offline'
        ? `the broker has not answered for this account since ${time(new Date(reason.since))}. Closes are still tried.`
        : `the broker has let nobody deal on this account since ${time(new Date(reason.since))}: see its health. Closes are still tried.`;
    case 'never_reached_broker':
      return 'it never reached the broker, and nothing was dealt.';
    case 'broker_refused': {
      const known = knownProblemText(reason.brokerCode);
      if (known) return `${known} (${reason.brokerCode})`;
      return `the broker refused it: ${reason.brokerCode.toLowerCase().replaceAll('_', ' ')} (${reason.brokerCode}).`;
    }
  }
}
