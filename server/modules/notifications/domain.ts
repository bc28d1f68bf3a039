// What a user is told, in plain words with numbers. No I/O.
import { reasonText } from '../../../shared/deal-words.ts';
import type { Deal, DealReason, DealStatus, Direction } from '../../../shared/trading.ts';

/** A notification before it has an id. `kind` is the event it is about. */
export interface Notice {
  kind: string;
  title: string;
  body: string;
  accountId: string | null;
}

const verbs = {
  BUY: { will: 'buy', did: 'Bought' },
  SELL: { will: 'sell', did: 'Sold' },
} as const satisfies Record<Direction, unknown>;

/** What to tell about a deal that has just come to its status, `before` being the one it had; null when the caller's answer says it all. `name` is the market's. */
export function noticeOfDeal(deal: Deal, name: string, before?: DealStatus): Notice | null {
  const { will, did } = verbs[deal.direction];
  const what = `${deal.kind === 'open' ? will : 'close'} ${deal.size} ${name}`;
  const notice = (title: string, ...body: (string | null)[]): Notice => ({
    kind: `deal.${deal.status}`,
    title,
    body: body.filter((each) => each !== null).join(' '),
    accountId: deal.accountId,
  });
  switch (deal.status) {
    case 'accepted': {
      const asked =
        before === 'unknown'
          ? 'The broker has it: its answer had been lost.'
          : before === 'rejected'
            ? 'It had been taken for lost, and the broker has it after all: check your positions.'
            : null;
      const at = deal.level === null ? '' : ` at ${deal.level}`;
      return deal.kind === 'open'
        ? notice(`${did} ${deal.size} ${name}${at}`, asked, `Your position is open${protection(deal)}.`)
        : notice(
            `Closed ${deal.size} ${name}${at}`,
            asked,
            result(deal.profit, deal.profitCurrency) ?? 'Your cash shows its result.',
          );
    }
    case 'rejected':
      return notice(
        `Not done: ${what}`,
        before === 'unknown' ? 'It is certain now.' : null,
        deal.reason ? explain(deal.reason) : 'The broker gave no reason.',
      );
    case 'unknown':
      return notice(
        `Not known yet: ${what}`,
        'The broker did not answer. FTrader finds out what happened; do not send it again.',
      );
    case 'denied':
    case 'submitting':
    case 'submitted':
      return null;
  }
}

export interface ClosedPosition {
  accountId: string;
  /** The market's. */
  name: string;
  /** Of the position, not of what closed it. */
  direction: Direction;
  size: string;
  level: string | null;
  profit: string | null;
  profitCurrency: string | null;
}
/** For a position that no deal of ours closed: a stop, a limit, or somebody elsewhere. */
export function noticeOfClosedPosition({
  accountId,
  name,
  direction,
  size,
  level,
  profit,
  profitCurrency,
}: ClosedPosition): Notice {
  const body = [
    `It was not closed from here: a stop or limit was reached, or it was closed at the broker.`,
    result(profit, profitCurrency),
  ];
  return {
    kind: 'position.closed',
    title: `Closed ${size} ${name}${level === null ? '' : ` at ${level}`}`,
    body: `Your ${direction === 'BUY' ? 'long' : 'short'} position is closed. ${body.filter(Boolean).join(' ')}`,
    accountId,
  };
}

/** `difference` says in a sentence what does not agree. */
export const noticeOfBreak = (accountId: string, difference: string): Notice => ({
  kind: 'break.opened',
  title: 'FTrader and the broker disagree',
  body: `${difference} What the broker says holds; check your account.`,
  accountId,
});

function protection({ stopLevel, limitLevel }: Deal): string {
  const levels = [stopLevel && `stop ${stopLevel}`, limitLevel && `limit ${limitLevel}`].filter(Boolean);
  return levels.length > 0 ? `, with ${levels.join(' and ')}` : '';
}
function result(profit: string | null, currency: string | null): string | null {
  if (profit === null) return null;
  const amount = `${profit.replace(/^-/, '')}${currency === null ? '' : ` ${currency}`}`;
  return !/[1-9]/.test(profit)
    ? 'No profit, no loss.'
    : profit.startsWith('-')
      ? `Loss ${amount}.`
      : `Profit ${amount}.`;
}

/** A reason as a sentence of its own. */
const explain = (reason: DealReason): string =>
  reasonText(reason).replace(/^./, (first) => first.toUpperCase());
