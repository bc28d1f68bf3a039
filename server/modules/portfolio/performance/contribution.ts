// Which holding made how much of a period's gain: the parts sum to the whole, exactly. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Contribution } from '../../../../shared/portfolio-performance.ts';
import type { Posting } from '../../../../shared/portfolio-transactions.ts';
import { known, negate } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { rateWithin, type Base } from '../valuation/rates.ts';
import type { Worth } from '../valuation/worth.ts';

/** Interest and costs of nothing in particular, and what an exchange of currencies cost beside its rate. */
const other = 'other';
/** What changes of exchange rates made of cash. */
const cash = 'cash';

/**
 * By instrument: what it is worth at the end less at the beginning, less what was put into it, plus its income less its costs, all in
 * the base currency at the rates of the transactions. `entries` are those of the period. Null where a price or a rate is missing.
 */
export function contributionsOf(
  entries: readonly LedgerEntry[],
  { begin, end }: { begin: Worth; end: Worth },
  base: Base,
): Omit<Contribution, 'share'>[] | null {
  const sums = new Map<string, string>();
  for (const { of, amount } of partsOf(entries, { begin, end }, base)) {
    if (amount === null) return null;
    sums.set(of, decimal.add(sums.get(of) ?? '0', amount));
  }
  return [...sums].map(([of, gain]) => ({ of, gain })).toSorted((a, b) => decimal.compare(b.gain, a.gain));
}

/** A part of the gain: what something is worth at an end of the period, or what a posting within it moved. */
export type ContributionPart = { of: string; amount: string | null } & (
  | { is: 'end' | 'begin'; holding: string }
  | { is: 'end' | 'begin'; cash: string }
  | { is: 'posting'; entry: LedgerEntry; posting: Posting }
);
/** All parts of all contributions; the amount is null where a price or a rate is missing. */
export function* partsOf(
  entries: readonly LedgerEntry[],
  { begin, end }: { begin: Worth; end: Worth },
  base: Base,
): Generator<ContributionPart> {
  for (const [is, worth] of [
    ['end', end],
    ['begin', begin],
  ] as const) {
    const signed = (value: string | null) => (is === 'end' ? value : known(negate, value));
    for (const [holding, value] of worth.holdings) yield { is, of: holding, holding, amount: signed(value) };
    for (const [currency, value] of worth.cash) yield { is, of: cash, cash: currency, amount: signed(value) };
  }
  for (const entry of entries)
    for (const posting of entry.postings) {
      const { account, instrument, currency, amount } = posting;
      if (account === 'capital') continue; // from outside: nobody's gain
      const inBase = known((rate) => decimal.multiply(amount, rate), rateWithin(entry, currency, base));
      const of = account === 'cash' ? cash : (instrument ?? other);
      yield { is: 'posting', of, amount: known(negate, inBase), entry, posting };
    }
}
