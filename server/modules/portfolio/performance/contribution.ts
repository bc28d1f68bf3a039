// Which holding made how much of a period's gain: the parts sum to the whole, exactly. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Contribution } from '../../../../shared/portfolio-performance.ts';
import { negate } from '../ledger/amount.ts';
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
  const parts = new Map<string, string>();
  const add = (of: string, amount: string) => parts.set(of, decimal.add(parts.get(of) ?? '0', amount));
  const ends = [...partsOf(end, '1'), ...partsOf(begin, '-1')];
  for (const { of, value } of ends) {
    if (value === null) return null;
    add(of, value);
  }
  for (const entry of entries) {
    for (const { account, instrument, currency, amount } of entry.postings) {
      if (account === 'capital') continue; // from outside: nobody's gain
      const rate = rateWithin(entry, currency, base);
      if (rate === null) return null;
      add(account === 'cash' ? cash : (instrument ?? other), negate(decimal.multiply(amount, rate)));
    }
  }
  return [...parts].map(([of, gain]) => ({ of, gain })).toSorted((a, b) => decimal.compare(b.gain, a.gain));
}

const partsOf = ({ holdings, cash: balances }: Worth, sign: '1' | '-1') =>
  [...holdings, ...[...balances.values()].map((value) => [cash, value] as const)].map(([of, value]) => ({
    of,
    value: value === null ? null : decimal.multiply(value, sign),
  }));
