// What explains a figure evaluates to it: on random ledgers the sums are done here, from the answer alone.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import { CostMethod } from '../../../../shared/portfolio.ts';
import type { DailyReturns, ExplainedTerm } from '../../../../shared/portfolio-explain.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { ledgerOf } from '../../../testing/portfolio-ledger.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { firstImpossible } from '../ledger/rules.ts';
import { allMatches } from '../lots/all-matches.ts';
import { gainOf } from '../lots/lot.ts';
import { dayAfter } from '../performance/days.ts';
import { performanceOf } from '../performance/period.ts';
import { holdingsOf } from '../valuation/holdings.ts';
import { createPriceBook } from '../valuation/price-book.ts';
import { listed, type Draft } from './draft.ts';
import { explainCash, explainDisposal, explainHolding, explainValue } from './of-holdings.ts';
import { explainOfPeriod } from './of-period.ts';
import { explainRatio } from './of-returns.ts';

const start = '2026-01-05'; // a Monday
const length = 40;
const days = Array.from({ length }, (_, n) => dayAfter(start, n));
const places = 20;

/** The value of a term, from what is below it alone; where a leaf names a price, a rate or a transaction it is that one's. */
function evaluated(term: ExplainedTerm, byId: ReadonlyMap<string, LedgerEntry>): string | null {
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
const ledgers = fc.array(fc.tuple(fc.nat(length - 1), step), { minLength: 1, maxLength: 40 }).map((steps) => {
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
const books = fc.tuple(levels, levels, levels, levels, levels).map(([acme, vod, sap, usd, eur]) => {
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
const seed = Number(process.env['FTRADER_SEED'] ?? Date.now() % 2 ** 31);
const limits = [7, 100_000] as const;
const on = days.at(-1)!;

/** The terms of a figure, whole and cut short, evaluate to it. */
function check(term: Draft, value: string | null, entries: readonly LedgerEntry[]): void {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  for (const limit of limits) expect(evaluated(listed(term, limit), byId)).toBe(value);
}

test('money that is told evaluates from its terms to the last digit, by every method', () => {
  fc.assert(
    fc.property(ledgers, books, fc.nat(length - 1), (entries, book, first) => {
      for (const method of CostMethod.options) {
        const asked = { method, base: 'GBP', book, on };
        const held = holdingsOf(entries, asked);
        check(explainValue(entries, held, asked).term, held.valueBase, entries);
        for (const holding of held.holdings) {
          const of = (figure: Parameters<typeof explainHolding>[0]) =>
            explainHolding(figure, holding.instrument, entries, held, asked)!.term;
          check(of('holdingValue'), holding.value, entries);
          check(of('holdingValueBase'), holding.valueBase, entries);
          check(of('holdingCost'), holding.cost, entries);
          check(of('holdingRealised'), holding.realised, entries);
          check(of('holdingRealisedBase'), holding.realisedBase, entries);
          check(of('holdingUnrealised'), holding.unrealised, entries);
          check(of('holdingUnrealisedBase'), holding.unrealisedBase, entries);
          check(of('holdingIncomeBase'), holding.incomeBase, entries);
        }
        for (const match of allMatches(entries, method, { currency: 'GBP', book })) {
          const { net, netBase } = gainOf(match.match);
          check(explainDisposal(false, [match], entries, asked).term, net, entries);
          check(explainDisposal(true, [match], entries, asked).term, netBase, entries);
        }
      }
      const asked = { method: 'fifo', base: 'GBP', book, on } as const;
      const held = holdingsOf(entries, asked);
      for (const cash of held.cash) {
        const of = (figure: Parameters<typeof explainCash>[0]) =>
          explainCash(figure, cash.currency, entries, held, asked)!.term;
        check(of('cash'), cash.amount, entries);
        check(of('cashBase'), cash.amountBase, entries);
        check(of('cashExchangeEffect'), cash.exchangeEffect, entries);
      }
      const period = { ...asked, from: days[first]!, to: on, periodsPerYear: 252, riskFreeRate: 0.02 };
      const made = performanceOf(entries, period);
      const of = (figure: Parameters<typeof explainOfPeriod>[0], whose = '') =>
        explainOfPeriod(figure, entries, period, whose).term;
      for (const figure of ['valueAtBegin', 'valueAtEnd', 'flows', 'gain'] as const)
        check(of(figure), made[figure], entries);
      for (const { of: whose, gain } of made.contributions) check(of('contribution', whose), gain, entries);
    }),
    { numRuns: 40, seed },
  );
});

/** A return is a growth less 1: of what is nearer to zero than 1 % the error counts as of 1 %. */
const near = (value: number | null, expected: number | null, name: string) => {
  if (value === null || expected === null) return expect([name, value]).toEqual([name, expected]);
  const error = Math.abs(value - expected) / Math.max(Math.abs(expected), 0.01);
  return expect(error, `${name}: ${value} for ${expected}`).toBeLessThan(1e-12);
};
function returnsIn({ days: listedDays }: DailyReturns): number[] {
  return listedDays.map(({ begin, end, inflow, outflow, return: told }) => {
    const [b, e, i, o] = [begin, end, inflow, outflow].map(Number) as [number, number, number, number];
    const value = (e + o) / (b + i) - 1;
    near(told, value, 'return');
    return value;
  });
}
/** What all days come to, of those listed and the rest. */
function allOf(daily: DailyReturns, riskFree = 0) {
  const returns = returnsIn(daily);
  const { rest, count } = daily;
  expect(returns.length + (rest?.days ?? 0)).toBe(count);
  const total = (of: (value: number) => number) => returns.reduce((sum, each) => sum + of(each), 0);
  const growth = returns.reduce((product, each) => product * (1 + each), 1) * (rest?.growth ?? 1);
  const mean = (total((each) => each) + (rest?.sum ?? 0)) / count;
  const squares = total((each) => (each - mean) ** 2) + (rest?.squares ?? 0);
  const shortfall = total((each) => Math.min(each - riskFree, 0) ** 2) + (rest?.shortfall ?? 0);
  return {
    returns,
    growth,
    mean,
    deviation: Math.sqrt(squares / (count - 1)),
    downside: Math.sqrt(shortfall / count),
  };
}

test('each ratio of a period evaluates from its days and flows to a relative 1e-12', () => {
  let checked = 0;
  fc.assert(
    fc.property(ledgers, books, fc.nat(length - 10), (entries, book, first) => {
      const asked = {
        method: 'fifo',
        base: 'GBP',
        book,
        from: days[first]!,
        to: on,
        periodsPerYear: 252,
        riskFreeRate: 0.02,
      } as const;
      const { figures } = performanceOf(entries, asked);
      if (figures.timeWeighted.value === null) return;
      checked += 1;
      const year = Math.sqrt(252);
      for (const limit of limits) {
        const of = <Name extends keyof typeof figures>(name: Name) => {
          const told = explainRatio(name, entries, asked, limit);
          expect(told.value).toBe(figures[name].value);
          return told as Extract<typeof told, { figure: Name }>;
        };
        const weighted = of('timeWeighted');
        near(weighted.value, allOf(weighted.daily!).growth - 1, 'timeWeighted');
        const annual = of('timeWeightedAnnual');
        near(annual.value, allOf(annual.daily!).growth ** (annual.daysPerYear / annual.days) - 1, 'annual');
        near(annual.timeWeighted, weighted.value, 'total');
        const calmar = of('calmar');
        if (calmar.value !== null)
          near(calmar.value, calmar.timeWeightedAnnual! / Math.abs(calmar.maxDrawdown!), 'calmar');
        const fall = of('maxDrawdown');
        near(fall.value, fall.peak ? fall.trough!.level / fall.peak.level - 1 : 0, 'maxDrawdown');
        const volatility = of('volatility');
        near(volatility.value, allOf(volatility.daily!).deviation * year, 'volatility');
        const sharpe = of('sharpe');
        const risk = allOf(sharpe.daily!, sharpe.riskFree);
        if (sharpe.value !== null)
          near(sharpe.value, ((risk.mean - sharpe.riskFree) / risk.deviation) * year, 'sharpe');
        const sortino = of('sortino');
        if (sortino.value !== null)
          near(sortino.value, ((risk.mean - sortino.riskFree) / risk.downside) * year, 'sortino');
        const dietz = of('modifiedDietz');
        const capital = dietz.flows.reduce(
          (sum, { amount, day }) => sum + (Number(amount) * (dietz.days - day)) / dietz.days,
          Number(dietz.begin) + (dietz.rest?.value ?? 0),
        );
        const flows = dietz.flows.reduce((sum, { amount }) => sum + Number(amount), dietz.rest?.amount ?? 0);
        near(dietz.value, (Number(dietz.end) - Number(dietz.begin) - flows) / capital, 'modifiedDietz');
        const rated = of('moneyWeighted');
        if (rated.value === null) continue;
        const worth = rated.flows.map(
          ({ amount, day }) => Number(amount) / (1 + rated.value!) ** (day / rated.daysPerYear),
        );
        const left = worth.reduce((sum, each) => sum + each, rated.rest?.value ?? 0);
        const size = worth.reduce((sum, each) => sum + Math.abs(each), Math.abs(rated.rest?.value ?? 0));
        expect(Math.abs(left) / size, 'present value').toBeLessThan(1e-12);
      }
    }),
    { numRuns: 100, seed },
  );
  expect(checked).toBeGreaterThan(50);
});
