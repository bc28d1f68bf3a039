// The performance of a period, from the ledger: values, figures, contributions, trades. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { CostMethod } from '../../../../shared/portfolio.ts';
import type { Performance } from '../../../../shared/portfolio-performance.ts';
import { isZero, sum } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { allMatches } from '../lots/all-matches.ts';
import { endsOf, gainOf } from '../lots/lot.ts';
import { eachOnce } from '../valuation/missing.ts';
import type { PriceBook } from '../valuation/price-book.ts';
import { totalOf } from '../valuation/worth.ts';
import { compareWith } from './benchmark.ts';
import { contributionsOf } from './contribution.ts';
import { valueDays, type Period } from './days.ts';
import { dailyReturnsOf, figuresOf, numbersOf, type FigureOptions } from './figures.ts';
import { tradeStatistics } from './trade-statistics.ts';

export interface PerformanceQuestion extends Period, FigureOptions {
  method: CostMethod;
  base: string;
  book: PriceBook;
  /** An instrument of the book. */
  benchmark?: string | undefined;
}
type Answer = Omit<Performance, 'portfolioId' | 'baseCurrency' | 'timeZone' | 'from' | 'to'>;
/** Of what is missing not more is told. */
const mostMissing = 100;

/** `entries` stand, are in order, and are those up to the end of the period. */
export const performanceOf = (entries: readonly LedgerEntry[], asked: PerformanceQuestion): Answer =>
  performanceInParts(entries, asked).performance;

/** The performance, with the valued days and the numbers that it is made of. */
export function performanceInParts(entries: readonly LedgerEntry[], asked: PerformanceQuestion) {
  const { from, to, base, book, benchmark } = asked;
  const rates = { currency: base, book };
  const valued = valueDays(entries, { from, to }, { base, book });
  const [valueAtBegin, valueAtEnd] = [totalOf(valued.begin), totalOf(valued.end)];
  const flowAmounts = valued.flows.map(({ amount }) => amount);
  const flows = flowAmounts.includes(null) ? null : sum(flowAmounts as string[]);
  const isKnown = valueAtBegin !== null && valueAtEnd !== null && flows !== null;
  const gain = isKnown ? decimal.subtract(decimal.subtract(valueAtEnd, valueAtBegin), flows) : null;
  const numbers = numbersOf(valued, valueAtBegin, { from, to });
  const { figures, drawdown, averageCapital } = figuresOf(numbers, valued, { from, to }, asked);
  const days = valued.days.map(({ on }) => on);
  const compared =
    benchmark === undefined
      ? null
      : compareWith(dailyReturnsOf(numbers), days, { ...asked, instrument: benchmark });
  const ofPeriod = entries.filter(({ on }) => on >= from && on <= to);
  const contributions = contributionsOf(ofPeriod, valued, rates) ?? [];
  const performance: Answer = {
    valueAtBegin,
    valueAtEnd,
    flows,
    gain,
    figures,
    drawdown,
    contributions: contributions
      .filter((each) => !isZero(each.gain))
      .map((each) => ({
        ...each,
        share: averageCapital === null ? null : Number(each.gain) / averageCapital,
      })),
    trades: tradesOf(entries, asked),
    benchmark: compared && compared.benchmark,
    missing: eachOnce([...valued.missing, ...(compared?.missing ?? [])]).slice(0, mostMissing),
  };
  return { performance, valued, numbers };
}

/** Of what was closed within the period; null where the rate of an opening or a closing is missing. */
function tradesOf(entries: readonly LedgerEntry[], { from, to, method, base, book }: PerformanceQuestion) {
  const closed = allMatches(entries, method, { currency: base, book })
    .map(({ match }) => ({ ...endsOf(match), profit: gainOf(match).netBase }))
    .filter(({ closed: { on } }) => on >= from && on <= to)
    .map(({ opened, closed: { at }, profit }) => ({ openedAt: opened.at, closedAt: at, profit }));
  const known = closed.flatMap(({ profit, ...rest }) => (profit === null ? [] : [{ ...rest, profit }]));
  return known.length === closed.length ? tradeStatistics(known) : null;
}
