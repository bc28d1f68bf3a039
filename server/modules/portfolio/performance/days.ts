// A portfolio from day to day: its value at the end of each day on which it is valued, and what came and went from outside. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Missing } from '../../../../shared/portfolio.ts';
import type { Posting } from '../../../../shared/portfolio-transactions.ts';
import { isNegative, negate, sum } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { currencyByInstrument } from '../ledger/instruments.ts';
import { moveOn, noBalances, type Balances } from '../valuation/balances.ts';
import type { PriceBook } from '../valuation/price-book.ts';
import { rateWithin } from '../valuation/rates.ts';
import { totalOf, worthOf, type Worth } from '../valuation/worth.ts';

export interface ValuedDay {
  on: string;
  /** In the base currency, at the end of the day; null while a price or rate is missing. */
  value: string | null;
  /** Since the day before in the list, in the base currency; null where a rate is missing. Neither is below zero. */
  inflow: string | null;
  outflow: string | null;
}
export interface ValuedDays {
  /** At the end of the day before the first; then each day. */
  begin: Worth;
  end: Worth;
  days: ValuedDay[];
  /** What came from outside (above zero) and went, on its own day; null where a rate is missing. */
  flows: { on: string; amount: string | null; entry: LedgerEntry; posting: Posting }[];
  missing: Missing[];
}
export interface Period {
  /** The first day of it, and the last. */
  from: string;
  to: string;
}
export interface Valuing {
  base: string;
  book: PriceBook;
}

const dayMs = 86_400_000;
export const dayAfter = (on: string, days = 1) =>
  new Date(Date.parse(on) + days * dayMs).toISOString().slice(0, 10);
export const daysBetween = (from: string, to: string) =>
  Math.round((Date.parse(to) - Date.parse(from)) / dayMs);
const isWeekday = (on: string) => ![0, 6].includes(new Date(Date.parse(on)).getUTCDay());

/** Mondays to Fridays, and the last day whatever it is. */
export function valuationDays({ from, to }: Period): string[] {
  const days = Array.from({ length: daysBetween(from, to) + 1 }, (_, n) => dayAfter(from, n));
  return days.filter((on) => isWeekday(on) || on === to);
}

/** `entries` stand and are in order. What is dated between two valuation days counts with the later one. */
export function valueDays(
  entries: readonly LedgerEntry[],
  period: Period,
  { base, book }: Valuing,
  days: readonly string[] = valuationDays(period),
): ValuedDays {
  const balances: Balances = noBalances();
  const worth = { base, book, moneyBy: currencyByInstrument(entries) };
  let next = 0;
  const moveUpTo = (on: string): LedgerEntry[] => {
    const first = next;
    while (next < entries.length && entries[next]!.on <= on) moveOn(balances, entries[next++]!);
    return entries.slice(first, next);
  };
  const eve = dayAfter(period.from, -1);
  moveUpTo(eve);
  const begin = worthOf(balances, worth, eve);
  const missing = [...begin.missing];
  const flows: ValuedDays['flows'] = [];
  let end = begin;
  const valued = days.map((on): ValuedDay => {
    const ofDay = flowsOf(moveUpTo(on), { currency: base, book });
    end = worthOf(balances, worth, on);
    flows.push(...ofDay.flows);
    missing.push(...end.missing, ...ofDay.missing);
    const amounts = ofDay.flows.map(({ amount }) => amount);
    const known = amounts.includes(null) ? null : (amounts as string[]);
    return {
      on,
      value: totalOf(end),
      inflow: known && sum(known.filter((amount) => !isNegative(amount))),
      outflow: known && negate(sum(known.filter(isNegative))),
    };
  });
  return { begin, end, days: valued, flows, missing };
}

/** Deposits, withdrawals and transfers, at the rates of their transactions. */
function flowsOf(entries: readonly LedgerEntry[], base: { currency: string; book: PriceBook }) {
  const missing: Missing[] = [];
  const flows = entries.flatMap((entry) =>
    entry.postings
      .filter(({ account }) => account === 'capital')
      .map((posting) => {
        const { currency, amount } = posting;
        const rate = rateWithin(entry, currency, base);
        if (rate === null) missing.push({ what: 'rate', of: currency, on: entry.on });
        const inBase = rate === null ? null : decimal.multiply(negate(amount), rate);
        return { on: entry.on, amount: inBase, entry, posting };
      }),
  );
  return { flows, missing };
}
