// A period from day to day: its value at the end of each day on which it is valued, and what came and went from outside. Pure.
import type { Missing } from '../../../../shared/portfolio.ts';
import { known, sum } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import {
  missingOfFlows,
  walkDays,
  type DayFigures,
  type LedgerDay,
  type Valuing,
} from '../valuation/ledger-day.ts';

export interface ValuedDay {
  on: string;
  /** In the base currency, at the end of the day; null while a price or rate is missing. */
  value: string | null;
  /** Since the day before in the list, in the base currency; null where a rate is missing. Neither is below zero. */
  inflow: string | null;
  outflow: string | null;
}
export interface ValuedDays {
  days: ValuedDay[];
  /** What came from outside (above zero) and went, on its own day; null where a rate is missing. */
  flows: { on: string; amount: string | null }[];
  missing: Missing[];
}
export interface Period {
  /** The first day of it, and the last. */
  from: string;
  to: string;
}

const dayMs = 86_400_000;
export const dayAfter = (on: string, days = 1) =>
  new Date(Date.parse(on) + days * dayMs).toISOString().slice(0, 10);
export const daysBetween = (from: string, to: string) =>
  Math.round((Date.parse(to) - Date.parse(from)) / dayMs);
const isWeekday = (on: string) => ![0, 6].includes(new Date(Date.parse(on)).getUTCDay());

/** Each day of the calendar; none for a period that ends before it begins. */
export const calendarDays = ({ from, to }: Period): string[] =>
  Array.from({ length: Math.max(daysBetween(from, to) + 1, 0) }, (_, n) => dayAfter(from, n));
/** Mondays to Fridays, and the last day whatever it is. */
const valuationDays = (period: Period): string[] =>
  calendarDays(period).filter((on) => isWeekday(on) || on === period.to);

/** A period day by day. */
export interface PeriodDays {
  /** The day before it. */
  begin: LedgerDay;
  days: readonly DayFigures[];
  /** The last of the days. */
  end: LedgerDay;
}
/** From a whole ledger up to the end of the period: `entries` stand and are in order. */
export function daysOf(entries: readonly LedgerEntry[], { from, to }: Period, valuing: Valuing): PeriodDays {
  const [begin, ...days] = walkDays(entries, calendarDays({ from: dayAfter(from, -1), to }), valuing);
  return { begin: begin!, days, end: days.at(-1)! };
}

/** What happens between two of the days that count (`on`) counts with the later one. */
export function valuedDaysOf(
  { begin, days: all, end }: PeriodDays,
  on: readonly string[] = valuationDays({ from: all[0]!.on, to: end.on }),
): ValuedDays {
  const missing = [...begin.missing];
  const flows: ValuedDays['flows'] = [];
  let next = 0;
  const days = on.map((day): ValuedDay => {
    const first = next;
    while (next < all.length && all[next]!.on <= day) next++;
    const until = all.slice(first, next);
    const last = until.at(-1)!;
    missing.push(...last.missing, ...until.flatMap(missingOfFlows));
    for (const each of until) flows.push(...each.flows.map(({ amount }) => ({ on: each.on, amount })));
    const sumOf = (of: 'inflow' | 'outflow') => known(sumOfAll, ...until.map((each) => each[of]));
    return { on: day, value: last.value, inflow: sumOf('inflow'), outflow: sumOf('outflow') };
  });
  return { days, flows, missing };
}
const sumOfAll = (...amounts: string[]) => sum(amounts);
