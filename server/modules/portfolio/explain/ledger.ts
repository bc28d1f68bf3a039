// What the terms of an explanation are read off: the ledger's transactions by id, its units and cash transaction by transaction. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Posting } from '../../../../shared/portfolio-transactions.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { currencyByInstrument } from '../ledger/instruments.ts';
import { moveOn, noBalances } from '../valuation/balances.ts';
import { cashMoves } from '../valuation/holdings.ts';
import type { PriceBook } from '../valuation/price-book.ts';
import { usedRateWithin } from '../valuation/rates.ts';
import { worthOf } from '../valuation/worth.ts';
import { atPrice, atRate, draft, inTransaction, minus, productOf, sumOf, type Draft } from './draft.ts';

export interface Ground {
  /** Of the base currency. */
  base: string;
  book: PriceBook;
}

/** A transaction's amount in the base currency, at its own rate. */
export function inBase(
  name: string,
  amount: string,
  { entry, currency }: { entry: LedgerEntry; currency: string },
  { base, book }: Ground,
): Draft {
  const own = inTransaction({ name, currency }, amount, entry);
  if (currency === base) return own;
  const rate = atRate(usedRateWithin(entry, currency, { currency: base, book }));
  return productOf({ name, currency: base }, [own, rate]);
}
/** What a posting brought: the amount with the other sign. */
export const lessPosting = (
  { entry, posting }: { entry: LedgerEntry; posting: Posting },
  ground: Ground,
): Draft => {
  const { account, amount, currency } = posting;
  return minus(inBase(account, amount, { entry, currency }, ground));
};

/** What is held at the end of a day, each with its value in the base currency: by instrument, and by currency. */
export function worthTerms(
  entries: readonly LedgerEntry[],
  on: string,
  { base, book }: Ground,
): { holdings: Map<string, Draft>; cash: Map<string, Draft> } {
  const until = entries.filter((entry) => entry.on <= on);
  const balances = noBalances();
  for (const entry of until) moveOn(balances, entry);
  // The money of an instrument is told by all transactions, as the performance reads them.
  const moneyBy = currencyByInstrument(entries);
  const worth = worthOf(balances, { base, book, moneyBy }, on);
  const rateOf = (currency: string) =>
    currency === base ? [] : [atRate(book.rate(currency, base, on) ?? null)];
  const holdings = [...balances.units].map(([instrument, quantity]) => {
    const found = book.price(instrument, on);
    const money = moneyBy.get(instrument)!;
    const price = found?.currency === money ? found : null;
    const parts = [unitsTerm(until, instrument, quantity), atPrice(price), ...rateOf(money)];
    const value = worth.holdings.get(instrument)!;
    return [
      instrument,
      draft({ name: instrument, currency: base }, value, { is: 'product', parts }),
    ] as const;
  });
  const cash = [...balances.cash].map(([currency, amount]) => {
    const value = worth.cash.get(currency)!;
    const parts = [cashTerm(until, currency, amount), ...rateOf(currency)];
    return [
      currency,
      draft({ name: `cash ${currency}`, currency: base }, value, { is: 'product', parts }),
    ] as const;
  });
  return { holdings: new Map(holdings), cash: new Map(cash) };
}

/** Units of an instrument: what each transaction changed them by. */
export const unitsTerm = (entries: readonly LedgerEntry[], instrument: string, quantity: string): Draft =>
  sumOf({ name: 'units', currency: null }, quantity, () => {
    const balances = noBalances();
    const own = entries.filter(({ terms }) => 'instrument' in terms && terms.instrument === instrument);
    return own.flatMap((entry) => {
      const before = balances.units.get(instrument) ?? '0';
      moveOn(balances, entry);
      const change = decimal.subtract(balances.units.get(instrument) ?? '0', before);
      return change === '0' ? [] : [inTransaction({ name: entry.terms.kind, currency: null }, change, entry)];
    });
  });
export const cashTerm = (entries: readonly LedgerEntry[], currency: string, amount: string): Draft =>
  sumOf({ name: 'cash', currency }, amount, () =>
    cashMoves(entries, currency).map((moved) =>
      inTransaction({ name: moved.entry.terms.kind, currency }, moved.amount, moved.entry),
    ),
  );
/** What came from outside, in the base currency. */
export const flowsTerm = (
  flows: readonly { entry: LedgerEntry; posting: Posting; amount: string | null }[],
  value: string | null,
  ground: Ground,
): Draft =>
  sumOf({ name: 'flows', currency: ground.base }, value, () =>
    flows.map((flow) => lessPosting(flow, ground)),
  );
