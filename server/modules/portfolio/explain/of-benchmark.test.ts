// What explains a figure beside a benchmark evaluates to it, on random ledgers and prices.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BenchmarkFigure } from '../../../../shared/portfolio-explain.ts';
import { books, days, ledgers, length, limits, on, seed } from '../../../testing/explained-ledgers.ts';
import { allOf, nameIn, near } from '../../../testing/explained-ratios.ts';
import { performanceOf } from '../performance/period.ts';
import { explainBenchmark } from './of-benchmark.ts';

/** What both sides come to, from the days that are listed and the rest; a level is its price × its rate. */
function bothOf({ daily, days: listedDays, rest }: ReturnType<typeof explainBenchmark>) {
  const levels = listedDays.map(({ price, rate, level }) => {
    near(level, Number(price!.price) * Number(rate!.rate), 'level');
    return level!;
  });
  const theirs = levels.slice(1).map((level, n) => level / levels[n]! - 1);
  theirs.forEach((value, n) => near(listedDays[n + 1]!.return, value, 'return of the benchmark'));
  const ours = allOf(daily!);
  const { count } = daily!;
  expect([theirs.length, theirs.length + (rest?.days ?? 0)]).toEqual([ours.returns.length, count]);
  const total = (of: (value: number, n: number) => number, ofRest: number | null | undefined) =>
    theirs.reduce((sum, value, n) => sum + of(value, n), ofRest ?? 0);
  const mean = total((each) => each, rest?.sum) / count;
  const ourApart = (n: number) => ours.returns[n]! - ours.mean;
  const squares = total((each) => (each - mean) ** 2, rest?.squares);
  const products = total((each, n) => ourApart(n) * (each - mean), rest?.products);
  const differences = total((each, n) => (ourApart(n) - (each - mean)) ** 2, rest?.differences);
  const growth = theirs.reduce((product, each) => product * (1 + each), rest?.growth ?? 1);
  const spread = (sum: number) => Math.sqrt(sum / (count - 1));
  return { ours, mean, growth, beta: products / squares, products, squares, count, spread, differences };
}

test('each figure beside a benchmark evaluates from the days of both to a relative 1e-9, and is the one that is told', () => {
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
        comparedWith: { instrument: 'ACME', base: 'GBP', book },
      } as const;
      const { benchmark } = performanceOf(entries, asked);
      const year = Math.sqrt(252);
      for (const limit of limits)
        for (const figure of BenchmarkFigure.options) {
          const told = explainBenchmark(figure, entries, asked, limit);
          const name = nameIn(figure, 'benchmark') as keyof NonNullable<typeof benchmark>['figures'];
          expect([figure, told.value, told.reason]).toEqual([
            figure,
            benchmark!.figures[name].value,
            benchmark!.figures[name].reason,
          ]);
          if (told.value === null || !told.daily || told.means.portfolio === null) continue;
          checked += 1;
          const { ours, mean, growth, beta, products, squares, count, spread, differences } = bothOf(told);
          const evaluatedTo = {
            return: growth - 1,
            trackingDifference: ours.growth - growth,
            beta,
            correlation: products / (ours.deviation * Math.sqrt(count - 1) * Math.sqrt(squares)),
            alpha: (ours.mean - told.riskFree - beta * (mean - told.riskFree)) * told.periodsPerYear,
            trackingError: spread(differences) * year,
            informationRatio: ((ours.mean - mean) / spread(differences)) * year,
          }[name];
          const error = Math.abs(told.value - evaluatedTo) / Math.max(Math.abs(evaluatedTo), 0.01);
          expect(error, `${figure}: ${told.value} for ${evaluatedTo}`).toBeLessThan(1e-12);
        }
    }),
    { numRuns: 60, seed },
  );
  expect(checked).toBeGreaterThan(500);
});
