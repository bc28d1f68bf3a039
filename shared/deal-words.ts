// Whether an event is a deal's, whether a deal is decided, and why it was not done, in a trader's words. Types only are imported: a page may use it without the schemas.
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
  close: {
    asked: { BUY: 'close', SELL: 'close' },
    done: { BUY: 'Closed', SELL: 'Closed' },
    purpose: 'to close',
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

/** The reason as a sentence of its own; empty for one in a row that this version does not know. */
export const reasonSentence = (reason: DealReason): string =>
  (reasonText(reason) as string | undefined)?.replace(/^./, (first) => first.toUpperCase()) ?? '';

/** A sentence with the numbers that show why, such as `the size 0.5 is below the minimum of 1.` It continues another: no capital. */
export function reasonText(reason: DealReason, { money, time, marketState }: WordFormats = plain): string {
  switch (reason.code) {
    case 'size_below_minimum':
      return `the size ${reason.size} is below the minimum of ${reason.minimum}.`;
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
    case 'dealing_halted':
      return 'dealing is halted on this account.';
    case 'live_dealing_off':
      return 'live dealing is off on this account: switch it on with accounts.enableLiveDealing and your password.';
    case 'reduce_only':
      return `this account only closes until limits are set: give ${reason.missing.map((name) => limitWords[name]).join(' and ')} with trading.setRiskLimits.`;
    case 'size_limit':
      return `the size ${reason.size} is above the limit of ${reason.limit} that is set for a deal.`;
    case 'daily_loss_limit':
      return `${money(reason.loss)} has been lost today, and the limit for a day is ${money(reason.limit)}.`;
    case 'daily_loss_unknown':
      return `the broker does not tell the account’s figures, so nobody knows whether today’s limit of ${money(reason.limit)} is reached.`;
    case 'account_unavailable':
      return reason.state === 'offline'
        ? `the broker has not answered for this account since ${time(new Date(reason.since))}. Closes are still tried.`
        : `the broker has let nobody in to this account since ${time(new Date(reason.since))}: see its health. Closes are still tried.`;
    case 'never_reached_broker':
      return 'it never reached the broker, and nothing was dealt.';
    case 'broker_refused':
      return `the broker refused it: ${reason.brokerCode.toLowerCase().replaceAll('_', ' ')} (${reason.brokerCode}).`;
  }
}
