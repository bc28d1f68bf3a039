// Deals in a trader's words: what was asked for, what became of it, and why. Pure.
import type {
  Deal,
  DealDetail,
  DealKindName,
  DealReason,
  DealStatus,
  Direction,
} from '../../../client/index.ts';
import { dealWords, isDealEvent, isDecided, reasonText as reasonOf } from '../../../shared/deal-words.ts';
import { dayAndTime, levelText, marketStateName, money, signed } from './format.ts';

export { isDealEvent, isDecided };

export const verb = (direction: Direction): string => (direction === 'BUY' ? 'Buy' : 'Sell');

/** The short word of a chip. */
export const statusName: Record<DealStatus, string> = {
  submitting: 'Submitting',
  submitted: 'Submitted',
  unknown: 'Unknown',
  accepted: 'Accepted',
  rejected: 'Rejected',
  denied: 'Denied',
};

/** `Buy 1 EUR/USD`, `Close 1 EUR/USD`. */
export const dealTitle = (
  { kind, direction, size }: Pick<Deal, 'kind' | 'direction' | 'size'>,
  name: string,
): string => `${capital(dealWords[kind].asked[direction])} ${size} ${name}`;
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A sentence on where the deal stands now. */
export function dealOutcome(deal: Deal, name: string): string {
  switch (deal.status) {
    case 'submitting':
      return 'Not decided yet: on its way to the broker.';
    case 'submitted':
      return 'Not decided yet: the broker has it and confirms shortly.';
    case 'unknown':
      return 'Not decided yet: the broker did not answer, and FTrader is asking it. Do not send it again.';
    case 'denied':
      return deal.reason ? `Not sent: ${reasonText(deal.reason)}` : 'Not sent.';
    case 'rejected':
      return deal.reason
        ? `Rejected: ${reasonText(deal.reason)}`
        : 'The broker rejected it and gave no reason.';
    case 'accepted': {
      const done = dealWords[deal.kind].done[deal.direction];
      const result =
        deal.profit === null ? '' : `, ${signed(money(deal.profit))} ${deal.profitCurrency ?? ''}`.trimEnd();
      return `${done} ${levelText(deal.size)} ${name}${atLevel(deal)}${result}.`;
    }
  }
}

/** Where it was filled; of an order, where it is to be. */
function atLevel({ level, orderLevel }: Deal): string {
  const at = level ?? orderLevel;
  return at === null ? '' : ` at ${levelText(at)}`;
}

/** What a deal asked for beside its size, for a list: `limit order at 1.21, until it is cancelled`; empty for a plain one. */
export function dealTerms(deal: Deal): string {
  const { kind, orderType, orderLevel, stopLevel, limitLevel, goodTillAt } = deal;
  const named = (name: string, level: string | null) => level !== null && `${name} ${levelText(level)}`;
  const points = (name: string, distance: string | null) =>
    distance !== null && `${name} ${distance} points away`;
  const ends = [
    named('stop', stopLevel) || points('stop', deal.stopDistancePoints),
    named('limit', limitLevel) || points('limit', deal.limitDistancePoints),
  ].filter(Boolean);
  const at = orderLevel === null ? '' : ` at ${levelText(orderLevel)}`;
  switch (kind) {
    case 'open':
      return ends.join(', ');
    case 'net':
      return 'against what is open';
    case 'close':
      return 'to close';
    case 'amend':
      return `to change: ${named('stop', stopLevel) || 'no stop'}, ${named('limit', limitLevel) || 'no limit'}`;
    case 'place_order':
    case 'amend_order': {
      const until = goodTillAt === null ? 'until it is cancelled' : `until ${dayAndTime(goodTillAt)}`;
      return [
        `${kind === 'place_order' ? '' : 'change of the '}${orderType ?? 'working'} order${at}`,
        ...ends,
        until,
      ].join(', ');
    }
    case 'cancel_order':
      return `cancel of the ${orderType ?? 'working'} order${at}`;
  }
}

type Effect = NonNullable<Deal['affected']>[number];
const effectWords: Record<Effect['action'], string> = {
  opened: 'Opened',
  closed: 'Closed',
  partially_closed: 'Closed in part',
  amended: 'Changed',
  deleted: 'Deleted',
};
const isOfOrder = (kind: DealKindName) => kind.endsWith('_order');
/** What a deal did to each position or order, by the broker's word: `Closed in part: position DIAAA1`. Empty until it is told. */
export const dealEffects = ({ kind, affected }: Pick<Deal, 'kind' | 'affected'>): string[] =>
  (affected ?? []).map(
    ({ action, dealId }) => `${effectWords[action]}: ${isOfOrder(kind) ? 'order' : 'position'} ${dealId}`,
  );

const shownBy: Partial<Record<NonNullable<DealDetail['decidedBy']>, string>> = {
  stream: 'its own stream shows',
  reading: 'its lists and history, which were read, show',
};
/** By what a deal was decided, or will be, whose answer was lost. `by`: the evidence, where it is known. */
export function howDecided(
  { status, reason }: Pick<Deal, 'status' | 'reason'>,
  by?: DealDetail['decidedBy'],
): string {
  if (!isDecided(status))
    return 'Nobody knows yet whether it was dealt. The broker’s own stream, lists and history decide it.';
  if (reason?.code === 'never_reached_broker')
    return 'How that is known: two complete readings of the broker’s lists and history show nothing of it.';
  const shown = (by && shownBy[by]) ?? 'its own stream, lists or history show';
  return `How that is known: the broker’s answer was lost, and ${shown} that it was ${status}.`;
}

/** Whether a notice's title says what is said of `deal` where it was asked for. */
export const saysTheSame = (title: string, { kind, direction, size }: Deal): boolean =>
  [dealWords[kind].asked[direction], dealWords[kind].done[direction]].some((words) =>
    title.includes(`${words} ${size} `),
  );

/** Why, with the numbers that show it. */
export const reasonText = (reason: DealReason): string =>
  reasonOf(reason, {
    money,
    time: (at) => at.toLocaleTimeString(),
    marketState: (state) => marketStateName(state).toLowerCase(),
  });
