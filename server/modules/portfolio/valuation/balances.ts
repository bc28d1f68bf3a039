// What the ledger adds up to: units held and cash, moved on entry by entry. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Posting, TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { afterSplit, isZero } from '../ledger/amount.ts';

export interface Balances {
  /** Instrument → units, below zero sold short; none that are zero. */
  units: Map<string, string>;
  /** Currency → amount; none that are zero. */
  cash: Map<string, string>;
}
export const noBalances = (): Balances => ({ units: new Map(), cash: new Map() });

/** Adds an entry that stands; entries come in order. */
export function moveOn(
  { units, cash }: Balances,
  { terms, postings }: { terms: TransactionTerms; postings: readonly Posting[] },
): void {
  if (terms.kind === 'split')
    set(units, terms.instrument, afterSplit(units.get(terms.instrument) ?? '0', terms));
  for (const { account, instrument, currency, amount, quantity } of postings) {
    if (account === 'cash') set(cash, currency, decimal.add(cash.get(currency) ?? '0', amount));
    if (account === 'holdings' && instrument !== null && quantity !== null)
      set(units, instrument, decimal.add(units.get(instrument) ?? '0', quantity));
  }
}
function set(amounts: Map<string, string>, key: string, amount: string): void {
  if (isZero(amount)) amounts.delete(key);
  else amounts.set(key, amount);
}
