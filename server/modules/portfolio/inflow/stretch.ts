// A stretch of an account's events that is looked at as one: which results of deals explain how its cash moved. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { TradingEvent } from '../../../../shared/events.ts';
import { isZero, sum } from '../ledger/amount.ts';

/** The broker tells a deal, its position and the cash apart and in any order: what belongs together comes within this. */
export const quietMs = 60_000;
/** An account that is never quiet is looked at all the same. */
export const longestMs = 10 * 60_000;

/** What a deal of ours realised, in the account's currency. */
export interface DealResult {
  dealId: string;
  epic: string;
  amount: string;
  at: Date;
  /** The broker's ids of the positions that it closed, all or in part. */
  positions: readonly string[];
}
/** A position that became smaller, with the tag that it was opened with. */
export interface Close {
  position: string;
  epic: string;
  tag: string | null;
}
export interface Stretch {
  /** The offset of its last event. */
  through: number;
  firstAt: Date;
  lastAt: Date;
  /** Whether anything was dealt in it. */
  dealt: boolean;
  results: readonly DealResult[];
  /** Positions that became smaller, once each time. */
  closes: readonly Close[];
  /** Before its first movement of cash and after the last one; null: it had none. */
  cash: { before: string; after: string; at: Date } | null;
}

/**
 * The next stretch of an account, of its events in order; undefined while it may go on. It ends where its results explain its cash and
 * each has its position, or after a quiet time, or where it would become too long. Events that have to do with neither deals nor cash
 * are part of the stretch behind them, and a stretch of their own where none follows.
 */
export function nextStretch(
  events: readonly TradingEvent[],
  { currency, now }: { currency: string; now: Date },
): Stretch | undefined {
  let stretch: Stretch | undefined;
  for (const event of events) {
    const begun = stretch && matters(stretch) ? stretch : undefined;
    if (begun && (isSettled(begun) || isOver(begun, event.at))) return begun;
    stretch = withEvent(begun, event, currency);
  }
  return stretch && (isSettled(stretch) || isOver(stretch, now)) ? stretch : undefined;
}

/** Whether anything was dealt, or cash moved. */
export const matters = ({ dealt, cash }: Stretch): boolean => dealt || cash !== null;
const isOver = ({ firstAt, lastAt }: Stretch, at: Date): boolean =>
  at.getTime() - lastAt.getTime() >= quietMs || at.getTime() - firstAt.getTime() >= longestMs;

/** Whether it needs no other event to be understood. */
function isSettled(stretch: Stretch): boolean {
  const { results, closes, cash } = stretch;
  const moved = cash ? decimal.subtract(cash.after, cash.before) : '0';
  const isExplained = decimal.compare(moved, sum(results.map(({ amount }) => amount))) === 0;
  const told = results.flatMap(({ positions }) => positions);
  return isExplained && unexplained(stretch).length === 0 && told.length === closes.length;
}

/** The closes of which no deal of ours tells the result. */
export function unexplained({ closes, results }: Pick<Stretch, 'closes' | 'results'>): Stretch['closes'] {
  const told = results.flatMap(({ positions }) => positions);
  return closes.filter(({ position }) => {
    const at = told.indexOf(position);
    if (at >= 0) told.splice(at, 1);
    return at < 0;
  });
}

function withEvent(stretch: Stretch | undefined, event: TradingEvent, currency: string): Stretch {
  const { at, id } = event;
  const all = stretch ?? { firstAt: at, lastAt: at, dealt: false, results: [], closes: [], cash: null };
  // The venue's time need not rise.
  const lastAt = at > all.lastAt ? at : all.lastAt;
  const next: Stretch = { ...all, through: Number(id), lastAt };
  switch (event.type) {
    case 'position.opened':
      return { ...next, dealt: true };
    case 'position.reduced':
    case 'position.closed': {
      const { dealId: position, epic, tag } = event.data;
      return { ...next, dealt: true, closes: [...all.closes, { position, epic, tag }] };
    }
    case 'deal.accepted': {
      const result = resultOf(event.data, at, currency);
      return result ? { ...next, dealt: true, results: [...all.results, result] } : next;
    }
    case 'cash.changed': {
      const { cash, previousCash } = event.data;
      return { ...next, cash: { before: all.cash?.before ?? previousCash, after: cash, at } };
    }
    default:
      return next;
  }
}

/** Undefined for a deal that closed nothing, and for one whose result was not told in the account's money: its cash tells it. */
function resultOf(
  deal: Extract<TradingEvent, { type: 'deal.accepted' }>['data'],
  at: Date,
  currency: string,
): DealResult | undefined {
  const { id, epic, profit, profitCurrency, dealId, affected } = deal;
  if (profit === null || profitCurrency !== currency) return undefined;
  const closed = affected?.filter(({ action }) => action === 'closed' || action === 'partially_closed') ?? [];
  const positions = closed.length > 0 ? closed.map((each) => each.dealId) : dealId === null ? [] : [dealId];
  return { dealId: id, epic, amount: decimal.canonical(profit), at, positions };
}

/** What is to be written of the results: those that are nothing move no cash. */
export const paidResults = ({ results }: Stretch): DealResult[] =>
  results.filter(({ amount }) => !isZero(amount));

/** The tag that all of these bear; null where they bear none, or several. */
export const tagOf = (closes: readonly Pick<Close, 'tag'>[]): string | null =>
  closes.every(({ tag }) => tag === closes[0]!.tag) ? (closes[0]?.tag ?? null) : null;
