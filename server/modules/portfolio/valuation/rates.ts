// At which rate a transaction's money counts in the base currency: its own, else that of its day. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { TransactionRate } from '../../../../shared/portfolio-explained-term.ts';
import type { Missing } from '../../../../shared/portfolio.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { known, placesKept } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { moneyOf } from '../ledger/quotes.ts';
import type { PriceBook } from './price-book.ts';

/** What turns money into the base currency. */
export interface Base {
  currency: string;
  book: Pick<PriceBook, 'rate'>;
}
type Dated = Pick<LedgerEntry, 'on' | 'terms'>;

/** Base currency for one unit of `currency` in this transaction; null where none is known. */
export const rateWithin = (entry: Dated, currency: string, base: Base): string | null =>
  currency === base.currency ? '1' : (usedRateWithin(entry, currency, base)?.rate ?? null);

/** The same with where it is from: the book, the transaction itself, or what an exchange gave for what. */
export function usedRateWithin(
  { on, terms }: Dated,
  currency: string,
  { currency: base, book }: Base,
): TransactionRate | null {
  const ofDay = (money: string) => book.rate(money, base, on) ?? null;
  const itself = { from: currency, to: base, on };
  if (currency !== base && terms.kind === 'exchange') {
    const rate = rateOfExchange(terms, currency, base, (money) => ofDay(money)?.rate ?? null);
    if (rate === null) return null;
    const found = ofDay(currency);
    return found?.rate === rate ? found : { ...itself, rate, source: 'exchange' };
  }
  if (currency === base || !('rate' in terms) || terms.rate === undefined) return ofDay(currency);
  return { ...itself, rate: decimal.canonical(terms.rate), source: 'transaction' };
}

/** An exchange is its own rate: what was bought is worth what was sold for it. Where neither is the base currency, what was sold counts at the rate of the day. */
function rateOfExchange(
  { sold, bought }: Extract<TransactionTerms, { kind: 'exchange' }>,
  currency: string,
  base: string,
  ofDay: (currency: string) => string | null,
): string | null {
  if (sold.currency === bought.currency) return ofDay(currency);
  const per = (a: string, b: string) => decimal.divide(a, b, placesKept.rate, 'half-even');
  if (currency === sold.currency)
    return bought.currency === base ? per(bought.amount, sold.amount) : ofDay(currency);
  const rateSold = sold.currency === base ? '1' : ofDay(sold.currency);
  return known((rate) => per(decimal.multiply(sold.amount, rate), bought.amount), rateSold);
}

/** The currencies of money that a transaction moves. */
export function currenciesOf(terms: TransactionTerms): string[] {
  if (terms.kind === 'exchange') return [terms.sold.currency, terms.bought.currency];
  return 'currency' in terms ? [moneyOf(terms.currency)] : [];
}

/** For what of these no rate is known. */
export const missingRates = (entries: readonly Dated[], base: Base): Missing[] =>
  entries.flatMap((entry) =>
    currenciesOf(entry.terms)
      .filter((currency) => rateWithin(entry, currency, base) === null)
      .map((of): Missing => ({ what: 'rate', of, on: entry.on })),
  );
