// Random ledgers with the prices of their days, and what evaluates the terms that explain a figure: the sums are done here, from the answer alone.
import fc from 'fast-check';
import { expect } from 'vitest';
import { decimal } from '../../shared/decimal.ts';
import type { ExplainedTerm, TermRest } from '../../shared/portfolio-explained-term.ts';
import type { TransactionTerms } from '../../shared/portfolio-transactions.ts';
import { listed, type Draft } from '../modules/portfolio/explain/draft.ts';
import type { LedgerEntry } from '../modules/portfolio/ledger/entry.ts';
import { firstImpossible } from '../modules/portfolio/ledger/rules.ts';
import { dayAfter } from '../modules/portfolio/performance/days.ts';
import { createPriceBook } from '../modules/portfolio/valuation/price-book.ts';
import { ledgerOf } from './portfolio-ledger.ts';

const start = '2026-01-05'; // a Monday
export const length = 40;
export const days = Array.from({ length }, (_, n) => dayAfter(start, n));
const places = 20;

/** The value of a term, from what is below it alone; where a leaf names a price, a rate or a transaction it is that one's. */
export function evaluated(term: ExplainedTerm, byId: ReadonlyMap<string, LedgerEntry>): string | null {
  const value = valueOf(term, byId);
  expect({ name: term.name, is: term.is, value: term.value }).toEqual({
    name: term.name,
    is: term.is,
    value,
  });
  return value;
}
const shareOf = (whole: string, { part, of }: { part: string; of: string }) =>
  decimal.compare(part, of) === 0
    ? decimal.canonical(whole)
    : decimal.divide(decimal.multiply(whole, part), of, places, 'half-even');
function valueOf(term: ExplainedTerm, byId: ReadonlyMap<string, LedgerEntry>): string | null {
  switch (term.is) {
    case 'sum': {
      let all: string | null = '0';
      for (const part of term.parts) {
        const value: string | null =
          part.is === 'taken' && all !== null ? takenOf(part, all, byId) : evaluated(part, byId);
        if (all === null || value === null) all = null;
        else all = part.minus ? decimal.subtract(all, value) : decimal.add(all, value);
      }
      if (!term.rest) return all;
      return all === null || term.rest.value === null ? null : decimal.add(all, term.rest.value);
    }
    case 'largest': {
      const values = [...term.parts.map((part) => evaluated(part, byId)), ...restIn(term)];
      const numbers = values.filter((value) => value !== null);
      if (numbers.length < values.length || numbers.length === 0) return null;
      return numbers.reduce((a, b) => (Math.abs(Number(b)) > Math.abs(Number(a)) ? b : a));
    }
    case 'quotient': {
      const [dividend, divisor] = term.parts.map((part) => signed(part, evaluated(part, byId)));
      if (dividend == null || divisor == null || Number(divisor) === 0) return null;
      return decimal.divide(dividend, divisor, term.places, 'half-even');
    }
    case 'trade': {
      const [opened, closed] = [term.opened, term.closed].map(({ id }) => byId.get(id)!.at.getTime());
      if (term.value !== null) expect(['1', String(closed! - opened!)]).toContain(term.value);
      return term.value;
    }
    case 'product': {
      const values = term.parts.map((part) => evaluated(part, byId));
      return values.includes(null) ? null : (values as string[]).reduce(decimal.multiply);
    }
    case 'share': {
      const [whole, ...none] = term.parts.map((part) => evaluated(part, byId));
      expect(none).toEqual([]);
      return whole === null ? null : shareOf(whole!, term);
    }
    case 'price':
      return term.price && term.price.price;
    case 'rate':
      return term.rate && term.rate.rate;
    case 'taken':
      return term.value;
    case 'transaction': {
      const { id, on, kind } = term.transaction;
      const entry = byId.get(id)!;
      expect({ on, kind }).toEqual({ on: entry.on, kind: entry.terms.kind });
      expect(moneyAndUnitsOf(entry, term)).toContain(decimal.canonical(term.value!));
      return term.value;
    }
  }
}
const restIn = ({ rest }: { rest: TermRest | null }) => (rest ? [rest.value] : []);
const signed = ({ minus }: ExplainedTerm, value: string | null) =>
  minus && value !== null ? decimal.subtract('0', value) : value;
function takenOf(
  term: Extract<ExplainedTerm, { is: 'taken' }>,
  before: string,
  byId: ReadonlyMap<string, LedgerEntry>,
): string {
  expect(byId.has(term.transaction.id)).toBe(true);
  const taken = shareOf(before, term);
  expect(term.value).toBe(taken);
  return taken;
}
/** What a leaf of a transaction may say. What units a split gave, and what is still open, follows from the others. */
function moneyAndUnitsOf({ terms, postings }: LedgerEntry, { value, currency }: ExplainedTerm): string[] {
  if (currency === null) return [decimal.canonical(value!)];
  const magnitudes = postings
    .filter((posting) => posting.currency === currency)
    .map(({ amount }) => amount.replace('-', ''));
  const costs = 'quantity' in terms && 'fee' in terms ? decimal.add(terms.fee ?? '0', terms.tax ?? '0') : '0';
  const cash = postings.filter(({ account, currency: of }) => account === 'cash' && of === currency);
  const moved = cash.reduce((sum, { amount }) => decimal.add(sum, amount), '0');
  return ['0', costs, moved, ...magnitudes, ...magnitudes.map((amount) => decimal.subtract('0', amount))];
}

const money = (most: number) =>
  fc.integer({ min: 1, max: most }).map((n) => decimal.divide(String(n), '100', 2, 'down'));
const instruments = { ACME: 'USD', VOD: 'GBX', SAP: 'EUR' } as const;
const instrument = fc.constantFrom('ACME' as const, 'VOD' as const, 'SAP' as const);
const traded = fc
  .record({
    kind: fc.constantFrom('buy', 'buy', 'sell', 'sell', 'short', 'cover'),
    instrument,
    quantity: fc.integer({ min: 1, max: 30 }).map(String),
    price: money(10_000),
    fee: money(500),
    tax: fc.option(money(90), { nil: undefined }),
    rate: fc.option(money(200), { nil: undefined }),
  })
  .map((terms) => ({ ...terms, currency: instruments[terms.instrument] }) as TransactionTerms);
const currency = fc.constantFrom('GBP', 'USD', 'EUR');
const step: fc.Arbitrary<TransactionTerms> = fc.oneof(
  { weight: 6, arbitrary: traded },
  fc.record({
    kind: fc.constantFrom('deposit' as const, 'withdrawal' as const),
    amount: money(9_000),
    currency,
  }),
  fc.record({ kind: fc.constant('interest' as const), amount: money(1_000), instrument, currency }),
  fc.record({
    kind: fc.constant('dividend' as const),
    instrument,
    amount: money(1_000),
    tax: money(90),
    currency,
  }),
  fc.record({
    kind: fc.constant('exchange' as const),
    sold: fc.record({ amount: money(9_999), currency: fc.constantFrom('USD', 'GBP') }),
    bought: fc.record({ amount: money(9_999), currency: fc.constant('EUR') }),
    fee: money(99),
  }),
  fc
    .record({
      kind: fc.constant('transfer' as const),
      direction: fc.constantFrom('in' as const, 'out' as const),
      instrument,
      quantity: fc.integer({ min: 1, max: 9 }).map(String),
      price: money(9_000),
    })
    .map((terms) => ({ ...terms, currency: instruments[terms.instrument] })),
  fc.record({
    kind: fc.constant('split' as const),
    instrument,
    newUnits: fc.constantFrom('1', '2', '3'),
    oldUnits: fc.constantFrom('1', '7'),
  }),
);
/** What could happen of it, in order; with money at the beginning, so that something is at work on every day. */
export const ledgers = fc
  .array(fc.tuple(fc.nat(length - 1), step), { minLength: 1, maxLength: 40 })
  .map((steps) => {
    let rows: { on: string; terms: TransactionTerms }[] = [
      { on: start, terms: { kind: 'deposit', amount: '100000', currency: 'GBP' } },
    ];
    for (const [day, terms] of steps.toSorted(([a], [b]) => a - b)) {
      const with_ = [...rows, { on: days[day]!, terms }];
      const own = ledgerOf(with_).filter(
        (entry) =>
          'instrument' in terms && 'instrument' in entry.terms && entry.terms.instrument === terms.instrument,
      );
      if (!firstImpossible(own)) rows = with_;
    }
    return ledgerOf(rows);
  });
const levels = fc
  .array(fc.integer({ min: 500, max: 3_000 }), { minLength: length + 1, maxLength: length + 1 })
  .map((steps) => steps.map((n) => decimal.divide(String(n), '1000', 3, 'down')));
export const books = fc.tuple(levels, levels, levels, levels, levels).map(([acme, vod, sap, usd, eur]) => {
  const of = <Row>(values: string[], row: (on: string, value: string) => Row) =>
    [dayAfter(start, -1), ...days].map((on, n) => row(on, values[n]!));
  const price = (name: keyof typeof instruments) => (on: string, value: string) => ({
    instrument: name,
    currency: instruments[name],
    on,
    price: value,
  });
  return createPriceBook(
    [...of(acme, price('ACME')), ...of(vod, price('VOD')), ...of(sap, price('SAP'))],
    [
      ...of(usd, (on, rate) => ({ from: 'USD', to: 'GBP', on, rate })),
      ...of(eur, (on, rate) => ({ from: 'GBP', to: 'EUR', on, rate })),
    ],
  );
});
export const seed = Number(process.env['FTRADER_SEED'] ?? Date.now() % 2 ** 31);
export const limits = [7, 100_000] as const;
export const on = days.at(-1)!;

export const byId = (entries: readonly LedgerEntry[]): ReadonlyMap<string, LedgerEntry> =>
  new Map(entries.map((entry) => [entry.id, entry]));
/** The terms of a figure, whole and cut short, evaluate to it. */
export function check(term: Draft, value: string | null, entries: readonly LedgerEntry[]): void {
  const own = byId(entries);
  for (const limit of limits) expect(evaluated(listed(term, limit), own)).toBe(value);
}
