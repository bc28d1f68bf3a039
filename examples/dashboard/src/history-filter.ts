// What of an account's history is shown: by days of this device's zone, market, kind and outcome. Pure.
import type {
  AccountTransaction,
  ActivityChange,
  ActivityEntry,
  Deal,
  DealKindName,
  DealStatus,
} from '../../../client/index.ts';
import { endings, kindOf, kinds as dealKinds, endingOf } from './deal-filter.ts';

export const historyParts = {
  deals: 'Deals',
  activity: 'The broker’s activity',
  transactions: 'Cash',
} as const;
export type HistoryPart = keyof typeof historyParts;

export interface HistoryFilter {
  part: HistoryPart;
  /** Days such as `2026-03-01`, both included; empty: no bound. */
  from: string;
  to: string;
  /** A part of a market's name or epic. */
  market: string;
  kind: string;
  outcome: string;
}
export const noHistoryFilter: HistoryFilter = {
  part: 'deals',
  from: '',
  to: '',
  market: '',
  kind: 'any',
  outcome: 'any',
};

/** What there is to choose from, of each part. */
export const kindsOf: Record<HistoryPart, Record<string, string>> = {
  deals: dealKinds,
  activity: { ...dealKinds, other: 'Anything else' },
  transactions: {
    any: 'All kinds',
    deal: 'Closed positions',
    deposit: 'Paid in',
    withdrawal: 'Paid out',
    dividend: 'Dividends',
    exchange: 'Exchange',
    other: 'Anything else',
  },
};
export const outcomesOf: Record<HistoryPart, Record<string, string>> = {
  deals: endings,
  activity: { ...endings, undecided: 'Unknown', refused: 'Rejected' },
  transactions: { any: 'Gains and losses', gain: 'Gains', loss: 'Losses' },
};

/** The first instant of a day in this device's zone; undefined for no day. */
function startOf(day: string, later = 0): Date | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  return year ? new Date(Number(year), Number(month) - 1, Number(date) + later) : undefined;
}
/** The instants between which a row is to be: of `from` or later, before `to`. */
export function spanOf({ from, to }: Pick<HistoryFilter, 'from' | 'to'>): { from?: Date; to?: Date } {
  const [first, behind] = [startOf(from), startOf(to, 1)];
  return { ...(first && { from: first }), ...(behind && { to: behind }) };
}
/** Why there is no such span of days; undefined when there is. */
export const spanMissed = ({ from, to }: Pick<HistoryFilter, 'from' | 'to'>): string | undefined =>
  from !== '' && to !== '' && to < from ? 'The last day is before the first' : undefined;

const keysOf = <Key extends string>(of: Record<Key, string>, is: string): Key[] =>
  (Object.keys(of) as Key[]).filter((key) => of[key] === is);
const statusesOf: Record<string, DealStatus[]> = {
  undecided: ['submitting', 'submitted', 'unknown'],
  accepted: ['accepted'],
  refused: ['rejected', 'denied'],
};
/** What the server is asked for of deals. */
export function dealsAsked({ kind, outcome, ...days }: HistoryFilter) {
  const status = statusesOf[outcome];
  const kinds: DealKindName[] = keysOf(kindOf, kind);
  return { ...spanOf(days), ...(status && { status }), ...(kinds.length > 0 && { kind: kinds }) };
}

const activityKind: Record<ActivityChange['action'], string> = {
  opened: 'positions',
  closed: 'positions',
  partially_closed: 'positions',
  amended: 'changes',
  order_placed: 'orders',
  order_amended: 'orders',
  order_filled: 'orders',
  order_deleted: 'orders',
  other: 'other',
};
const activityOutcome = { accepted: 'accepted', rejected: 'refused', unknown: 'undecided' };
const isMarket = (market: string, ...names: (string | null)[]) =>
  names.some((name) => name?.toLowerCase().includes(market.trim().toLowerCase()));

/** Whether a row is one of those asked for, as far as the server was not asked. */
export const shows = {
  deals: (filter: HistoryFilter, deal: Deal, name: string): boolean =>
    (filter.kind === 'any' || kindOf[deal.kind] === filter.kind) &&
    (filter.outcome === 'any' || endingOf(deal) === filter.outcome) &&
    isMarket(filter.market, deal.epic, name),
  activity: ({ kind, outcome, market }: HistoryFilter, entry: ActivityEntry): boolean =>
    (kind === 'any' ||
      entry.changes.some(({ action }) => activityKind[action] === kind) ||
      (kind === 'other' && entry.changes.length === 0)) &&
    (outcome === 'any' || activityOutcome[entry.status] === outcome) &&
    isMarket(market, entry.epic, entry.name, ''),
  transactions: (
    { kind, outcome, market }: HistoryFilter,
    { type, amount, name }: AccountTransaction,
  ): boolean =>
    (kind === 'any' || type === kind) &&
    (outcome === 'any' || (/[1-9]/.test(amount) && amount.startsWith('-') === (outcome === 'loss'))) &&
    isMarket(market, name),
};
