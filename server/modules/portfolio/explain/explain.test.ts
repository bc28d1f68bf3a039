// What explains a figure evaluates to it: on random ledgers the sums are done here, from the answer alone.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CostMethod } from '../../../../shared/portfolio.ts';
import { TradesFigure, YearFigure } from '../../../../shared/portfolio-explain.ts';
import type { TradeStatistics } from '../../../../shared/portfolio-gains.ts';
import {
  books,
  byId,
  check,
  days,
  evaluated,
  ledgers,
  length,
  limits,
  on,
  seed,
} from '../../../testing/explained-ledgers.ts';
import { allOf, nameIn, near } from '../../../testing/explained-ratios.ts';
import { allMatches } from '../lots/all-matches.ts';
import { gainOf } from '../lots/lot.ts';
import { gainsByYear, toGain } from '../lots/round-trips.ts';
import { performanceOf } from '../performance/period.ts';
import { holdingsOf } from '../valuation/holdings.ts';
import { createPriceBook } from '../valuation/price-book.ts';
import { explainCash, explainDisposal, explainHolding, explainValue } from './of-holdings.ts';
import { explainOfPeriod } from './of-period.ts';
import { explainRatio } from './of-returns.ts';
import { explainShare } from './of-share.ts';
import { explainTrades } from './of-trades.ts';
import { explainYear } from './of-year.ts';

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

const textOf = (value: string | number | null | undefined) => (value == null ? null : String(value));

test('each sum of a tax year evaluates from its disposals, by every method; null without a rate', () => {
  const noBook = createPriceBook([], []);
  fc.assert(
    fc.property(ledgers, books, (entries, book) => {
      for (const method of CostMethod.options)
        for (const rated of [book, noBook]) {
          const matches = allMatches(entries, method, { currency: 'GBP', book: rated });
          const [told] = gainsByYear(matches.map((each) => toGain(each, 'calendar')));
          if (!told) continue;
          for (const figure of YearFigure.options) {
            const { term } = explainYear(figure, matches, entries, { base: 'GBP', book: rated });
            const value = told[nameIn(figure, 'year') as keyof typeof told];
            check(term, textOf(value), entries);
          }
        }
    }),
    { numRuns: 40, seed },
  );
});

test('each statistic of trades evaluates from its trades, by every method; null without a rate', () => {
  const noBook = createPriceBook([], []);
  fc.assert(
    fc.property(ledgers, books, fc.nat(length - 1), (entries, book, first) => {
      for (const method of CostMethod.options)
        for (const rated of [book, noBook]) {
          const period = { method, base: 'GBP', book: rated, from: days[first]!, to: on };
          const asked = { ...period, periodsPerYear: 252, riskFreeRate: 0 };
          const told = performanceOf(entries, asked).trades;
          for (const figure of TradesFigure.options) {
            const { term } = explainTrades(figure, entries, asked);
            check(term, term.value, entries);
            const value = told && told[nameIn(figure, 'trades') as keyof TradeStatistics];
            const isNumber = typeof value === 'number' && term.value !== null;
            expect([figure, textOf(isNumber ? Number(term.value) : term.value)]).toEqual([
              figure,
              textOf(value),
            ]);
          }
        }
    }),
    { numRuns: 40, seed },
  );
});

type Weighted = Pick<NonNullable<ReturnType<typeof explainShare>>, 'flows' | 'days' | 'begin' | 'rest'>;
const capitalOf = ({ flows, days: all, begin, rest }: Weighted) =>
  flows.reduce(
    (sum, { amount, day }) => sum + (Number(amount) * (all - day)) / all,
    Number(begin) + (rest?.value ?? 0),
  );

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
      const { figures, contributions } = performanceOf(entries, asked);
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
        // By the total that it names: a power of days that are short multiplies the last digit of their product.
        near(annual.timeWeighted, allOf(annual.daily!).growth - 1, 'total');
        near(annual.value, (1 + annual.timeWeighted!) ** (annual.daysPerYear / annual.days) - 1, 'annual');
        expect(annual.timeWeighted).toBe(weighted.value);
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
        const capital = capitalOf(dietz);
        for (const { of: whose, gain, share } of contributions) {
          const told = explainShare(entries, asked, whose, limit)!;
          expect(told.value).toBe(share);
          expect(evaluated(told.term, byId(entries))).toBe(gain);
          near(told.value, Number(gain) / capitalOf(told), 'contributionShare');
        }
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
