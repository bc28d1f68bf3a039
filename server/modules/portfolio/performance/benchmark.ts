// A portfolio's daily returns beside those of a benchmark: its return, and by how much and how steadily the portfolio differs. Pure.
import type { Missing } from '../../../../shared/portfolio.ts';
import type { BenchmarkComparison, Figure } from '../../../../shared/portfolio-performance.ts';
import type { UsedPrice, UsedRate } from '../../../../shared/portfolio-holdings.ts';
import type { PriceBook } from '../valuation/price-book.ts';
import { dayAfter } from './days.ts';
import { toFigure, type Description, type FigureOptions } from './figures.ts';
import { chained } from './returns.ts';
import { covariance, mean, riskFreeOfOne, standardDeviation } from './risk.ts';

interface BenchmarkQuestion extends FigureOptions {
  instrument: string;
  base: string;
  book: PriceBook;
  /** The first day of the period. */
  from: string;
}
type Names = keyof BenchmarkComparison['figures'];
const pricesMissing = 'prices or rates of the benchmark are missing, or not above zero: see missing';
type Compared = { benchmark: BenchmarkComparison; missing: Missing[] };

/**
 * `returns` are the portfolio's of each of `days`, or why it has none. The benchmark counts at its price in the base currency at the end of
 * the same days. `missing` has the prices and rates of it that there are none of.
 */
export function compareWith(
  returns: readonly number[] | string,
  days: readonly string[],
  { instrument, base, book, from, ...options }: BenchmarkQuestion,
): Compared {
  const levels = levelsOf(days, { instrument, base, book, from });
  const missing = levels.flatMap(({ on, price, rate }): Missing[] => {
    if (!price) return [{ what: 'price', of: instrument, on }];
    return rate ? [] : [{ what: 'rate', of: price.currency, on }];
  });
  const theirs = levelReturns(levels);
  const values: Values = theirs
    ? valuesOf(returns, theirs, options)
    : mapNames((): Values[Names] => [null, pricesMissing]);
  const descriptions = describing(options);
  const figures = mapNames((name): Figure => {
    const [value, reason] = values[name];
    return toFigure(descriptions[name], value, reason);
  });
  return { benchmark: { instrument, figures }, missing };
}

export interface BenchmarkLevel {
  on: string;
  price: UsedPrice | null;
  rate: UsedRate | null;
  /** Price × rate. */
  level: number | null;
}
/** What the benchmark is at in the base currency: at the end of the day before `from`, then at the end of each of `days`. */
export const levelsOf = (
  days: readonly string[],
  { instrument, base, book, from }: Pick<BenchmarkQuestion, 'instrument' | 'base' | 'book' | 'from'>,
): BenchmarkLevel[] =>
  [dayAfter(from, -1), ...days].map((on) => {
    const price = book.price(instrument, on) ?? null;
    const rate = (price && book.rate(price.currency, base, on)) ?? null;
    return { on, price, rate, level: price && rate ? Number(price.price) * Number(rate.rate) : null };
  });
/** Its return of each day after the first; null where a level is missing, or not above zero. */
export function levelReturns(levels: readonly BenchmarkLevel[]): number[] | null {
  if (levels.some(({ level }) => level === null || level <= 0)) return null;
  return levels.slice(1).map(({ level }, n) => level! / levels[n]!.level! - 1);
}

type Values = Record<Names, readonly [number | null, string]>;
function valuesOf(
  ours: readonly number[] | string,
  theirs: readonly number[],
  { periodsPerYear, riskFreeRate }: FigureOptions,
): Values {
  const their = chained(theirs);
  if (typeof ours === 'string') return mapNames((name) => [name === 'return' ? their : null, ours]);
  const ofOne = riskFreeOfOne({ periodsPerYear, riskFreeRate });
  const active = ours.map((each, n) => each - theirs[n]!);
  const [ourDeviation, theirDeviation] = [standardDeviation(ours), standardDeviation(theirs)];
  const activeDeviation = standardDeviation(active);
  const together = covariance(ours, theirs);
  const year = Math.sqrt(periodsPerYear);
  const beta = together !== null && theirDeviation ? together / theirDeviation ** 2 : null;
  const few = 'it takes two daily returns of the benchmark that differ';
  return {
    return: [their, ''],
    trackingDifference: [chained(ours) - their, ''],
    beta: [beta, few],
    correlation: [
      together !== null && theirDeviation && ourDeviation ? together / (ourDeviation * theirDeviation) : null,
      'it takes two daily returns that differ, of both',
    ],
    alpha: [
      beta === null ? null : (mean(ours) - ofOne - beta * (mean(theirs) - ofOne)) * periodsPerYear,
      few,
    ],
    trackingError: [activeDeviation === null ? null : activeDeviation * year, 'it takes two days'],
    informationRatio: [
      activeDeviation ? (mean(active) / activeDeviation) * year : null,
      'it takes two days on which the difference is not the same',
    ],
  };
}

const names = [
  'return',
  'trackingDifference',
  'beta',
  'correlation',
  'alpha',
  'trackingError',
  'informationRatio',
] as const satisfies readonly Names[];
const mapNames = <Value>(of: (name: Names) => Value): Record<Names, Value> =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Names, Value>;

function describing({ periodsPerYear, riskFreeRate }: FigureOptions): Record<Names, Description> {
  const prices =
    'Of its price in the base currency at the end of each valuation day; a price counts for seven days after its own, so a holiday returns 0. Without its dividends, unless the price has them.';
  const daily = `${prices} Daily returns of the same Mondays to Fridays and last day as the portfolio’s.`;
  const bySquareRoot = `× √${periodsPerYear}`;
  return {
    return: {
      definition: 'price at the end ÷ price at the beginning − 1',
      convention: prices,
      annualised: null,
    },
    trackingDifference: {
      definition: 'time-weighted return of the portfolio − return of the benchmark',
      convention: daily,
      annualised: null,
    },
    beta: {
      definition: 'covariance(portfolio, benchmark) ÷ variance(benchmark)',
      convention: `${daily} Both of a sample (n − 1).`,
      annualised: null,
    },
    correlation: {
      definition: 'covariance(portfolio, benchmark) ÷ (standard deviation of the one × of the other)',
      convention: `${daily} All of a sample (n − 1).`,
      annualised: null,
    },
    alpha: {
      definition: 'mean return − risk-free − beta × (mean return of the benchmark − risk-free)',
      convention: `${daily} Jensen’s. Risk-free: ${riskFreeRate * 100} % a year, as a return of each period.`,
      annualised: `× ${periodsPerYear}`,
    },
    trackingError: {
      definition: 'standard deviation of a sample (n − 1) of the daily differences of return',
      convention: daily,
      annualised: bySquareRoot,
    },
    informationRatio: {
      definition: 'mean daily difference of return ÷ its standard deviation (n − 1)',
      convention: daily,
      annualised: bySquareRoot,
    },
  };
}
