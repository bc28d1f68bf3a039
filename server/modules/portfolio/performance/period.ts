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
import { figuresOf, type FigureOptions } from './figures.ts';

type Answer = Omit<Performance, 'portfolioId' | 'baseCurrency' | 'timeZone' | 'from' | 'to'>;
/** Of what is missing not more is told. */
const mostMissing = 100;

/** `days` are those of the period that is asked for, and `trades` what was closed in it. */
export function performanceOfDays(
  days: PeriodDays,
  trades: Performance['trades'],
  asked: Period & FigureOptions,
): Answer {
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
  const { figures, drawdown, averageCapital } = figuresOf(valued, valueAtBegin, asked, asked);
  const contributions = contributionsOf(days) ?? [];
  return {
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
    missing: eachOnce(valued.missing).slice(0, mostMissing),
  };
}

export interface PerformanceQuestion extends Period, FigureOptions, Valuing {
  method: CostMethod;
}
/** From a whole ledger: `entries` stand, are in order, and are those up to the end of the period. */
export function performanceOf(entries: readonly LedgerEntry[], asked: PerformanceQuestion): Answer {
  const { base, book, method } = asked;
  const closed = closeDays(nothingClosed, entries, method, { currency: base, book });
  return performanceOfDays(daysOf(entries, asked, { base, book }), statisticsWithin(closed, asked), asked);
}
