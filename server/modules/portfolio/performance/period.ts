// The performance of a period, from its days and from what was closed in it: values, figures, contributions, trades. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { CostMethod } from '../../../../shared/portfolio.ts';
import type { Performance } from '../../../../shared/portfolio-performance.ts';
import { isZero, known, sum } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { closeDays, nothingClosed, statisticsWithin } from '../lots/closed-days.ts';
import type { Valuing } from '../valuation/ledger-day.ts';
import { eachOnce } from '../valuation/missing.ts';
import { contributionsOf } from './contribution.ts';
import { daysOf, valuedDaysOf, type Period, type PeriodDays } from './days.ts';
import { compareWith } from './benchmark.ts';
import { dailyReturnsOf, figuresOf, numbersOf, type FigureOptions } from './figures.ts';

type Answer = Omit<Performance, 'portfolioId' | 'baseCurrency' | 'timeZone' | 'from' | 'to'>;
/** Of what is missing not more is told. */
const mostMissing = 100;

/** What a period is compared with: an instrument of a book. */
export interface Benchmark extends Valuing {
  instrument: string;
}
/** `days` are those of the period that is asked for, and `trades` what was closed in it. */
export const performanceOfDays = (
  days: PeriodDays,
  trades: Performance['trades'],
  asked: Period & FigureOptions & { comparedWith?: Benchmark | undefined },
): Answer => inParts(days, trades, asked).performance;

/** The performance, with the valued days and the numbers that it is made of. */
function inParts(
  days: PeriodDays,
  trades: Performance['trades'],
  asked: Period & FigureOptions & { comparedWith?: Benchmark | undefined },
) {
  const valued = valuedDaysOf(days);
  const [valueAtBegin, valueAtEnd] = [days.begin.value, days.end.value];
  const flowAmounts = valued.flows.map(({ amount }) => amount);
  const flows = flowAmounts.includes(null) ? null : sum(flowAmounts as string[]);
  const gain = known(
    (atEnd, atBegin, came) => decimal.subtract(decimal.subtract(atEnd, atBegin), came),
    valueAtEnd,
    valueAtBegin,
    flows,
  );
  const numbers = numbersOf(valued, valueAtBegin, asked);
  const { figures, drawdown, averageCapital } = figuresOf(numbers, valued, asked, asked);
  const compared =
    asked.comparedWith &&
    compareWith(
      dailyReturnsOf(numbers),
      valued.days.map(({ on }) => on),
      { ...asked, ...asked.comparedWith },
    );
  const contributions = contributionsOf(days) ?? [];
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
    trades,
    benchmark: compared?.benchmark ?? null,
    missing: eachOnce([...valued.missing, ...(compared?.missing ?? [])]).slice(0, mostMissing),
  };
  return { performance, valued, numbers };
}

export interface PerformanceQuestion extends Period, FigureOptions, Valuing {
  method: CostMethod;
  comparedWith?: Benchmark | undefined;
}
/** From a whole ledger: `entries` stand, are in order, and are those up to the end of the period. */
export const performanceOf = (entries: readonly LedgerEntry[], asked: PerformanceQuestion): Answer =>
  performanceInParts(entries, asked).performance;

/** The same with what it is made of. */
export function performanceInParts(entries: readonly LedgerEntry[], asked: PerformanceQuestion) {
  const { base, book, method } = asked;
  const closed = closeDays(nothingClosed, entries, method, { currency: base, book });
  const days = daysOf(entries, asked, { base, book });
  return { days, ...inParts(days, statisticsWithin(closed, asked), asked) };
}
