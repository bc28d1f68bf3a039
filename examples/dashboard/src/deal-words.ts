// Deals in a trader's words: what was asked for, what became of it, and why. Pure.
import type { Deal, DealReason, DealStatus, Direction } from '../../../client/index.ts';
import { dealWords, reasonText as reasonOf } from '../../../shared/deal-words.ts';
import { levelText, marketStateName, money, signed } from './format.ts';

export { dealWords, isDealEvent, isDecided } from '../../../shared/deal-words.ts';

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
      return `${done} ${levelText(deal.size)} ${name}${deal.level === null ? '' : ` at ${levelText(deal.level)}`}${result}.`;
    }
  }
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
