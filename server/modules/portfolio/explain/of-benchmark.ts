// A figure of a portfolio beside a benchmark, with the days of both that it is made of. Pure.
import type { BenchmarkFigure, Explanation } from '../../../../shared/portfolio-explain.ts';
import type { BenchmarkComparison } from '../../../../shared/portfolio-performance.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { levelReturns, levelsOf } from '../performance/benchmark.ts';
import { dailyReturnsOf } from '../performance/figures.ts';
import { performanceInParts, type Benchmark, type PerformanceQuestion } from '../performance/period.ts';
import { chained } from '../performance/returns.ts';
import { covariance, mean, riskFreeOfOne, standardDeviation } from '../performance/risk.ts';
import { dailyOf, type WithoutCommon } from './of-returns.ts';

type Beside = Extract<Explanation, { figure: BenchmarkFigure }>;
const nameIn: Record<BenchmarkFigure, keyof BenchmarkComparison['figures']> = {
  benchmarkReturn: 'return',
  benchmarkTrackingDifference: 'trackingDifference',
  benchmarkBeta: 'beta',
  benchmarkCorrelation: 'correlation',
  benchmarkAlpha: 'alpha',
  benchmarkTrackingError: 'trackingError',
  benchmarkInformationRatio: 'informationRatio',
};

/** `entries` are those up to the end of the period; `limit` days are listed at most. */
export function explainBenchmark(
  figure: BenchmarkFigure,
  entries: readonly LedgerEntry[],
  asked: PerformanceQuestion & { comparedWith: Benchmark },
  limit: number,
): WithoutCommon<Beside> {
  const { from, to, comparedWith, periodsPerYear } = asked;
  const { performance, valued, numbers } = performanceInParts(entries, asked);
  const { value, reason, definition, annualised } = performance.benchmark!.figures[nameIn[figure]];
  const levels = levelsOf(
    valued.days.map(({ on }) => on),
    { ...comparedWith, from },
  );
  const all = dailyReturnsOf(numbers);
  const [ours, theirs] = [typeof all === 'string' ? null : all, levelReturns(levels)];
  const differences = ours && theirs && ours.map((each, n) => each - theirs[n]!);
  const ofBoth = (of: (returns: readonly number[]) => number | null) => ({
    portfolio: ours && of(ours),
    benchmark: theirs && of(theirs),
    difference: differences && of(differences),
  });
  const means = ofBoth((returns) => (returns.length === 0 ? null : mean(returns)));
  const riskFree = riskFreeOfOne(asked);
  /** Of the days that are not listed: the sum of what each of them adds. */
  const restOf = (of: ((n: number) => number) | null) =>
    of && levels.slice(1 + limit).reduce((sum, _level, n) => sum + of(limit + n), 0);
  const apart = (returns: readonly number[] | null, middle: number | null) =>
    returns && middle !== null ? (n: number) => returns[n]! - middle : null;
  const ourApart = apart(ours, means.portfolio);
  const theirApart = apart(theirs, means.benchmark);
  const differenceApart = apart(differences, means.difference);
  return {
    figure,
    ...{ from, to, value, reason, missing: performance.missing },
    formula: annualised ? `(${definition}) ${annualised}` : definition,
    instrument: comparedWith.instrument,
    daily: dailyOf(valued, performance.valueAtBegin, numbers, { riskFree, limit }),
    days: levels.slice(0, 1 + limit).map((level, n) => ({
      ...level,
      return: n === 0 || !theirs ? null : theirs[n - 1]!,
    })),
    rest:
      levels.length <= 1 + limit
        ? null
        : {
            days: levels.length - 1 - limit,
            growth: theirs && 1 + chained(theirs.slice(limit)),
            sum: restOf(theirs && ((n) => theirs[n]!)),
            squares: restOf(theirApart && ((n) => theirApart(n) ** 2)),
            products: restOf(ourApart && theirApart && ((n) => ourApart(n) * theirApart(n))),
            differences: restOf(differenceApart && ((n) => differenceApart(n) ** 2)),
          },
    means,
    standardDeviations: ofBoth(standardDeviation),
    covariance: ours && theirs && covariance(ours, theirs),
    periodsPerYear,
    riskFree,
  };
}
