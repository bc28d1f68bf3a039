// The ratios of a period with the days and flows that they are made of. Pure.
import type {
  DailyReturns,
  DatedFlow,
  Explanation,
  RatioFigure,
} from '../../../../shared/portfolio-explain.ts';
import type { Performance } from '../../../../shared/portfolio-performance.ts';
import { negate } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { dayAfter, type Period, type ValuedDays } from '../performance/days.ts';
import { dailyReturnsOf, daysPerYear, type Numbers } from '../performance/figures.ts';
import { performanceInParts, type PerformanceQuestion } from '../performance/period.ts';
import { cumulated } from '../performance/returns.ts';
import { mean, riskFreeOfOne, standardDeviation } from '../performance/risk.ts';
import { presentValue } from '../performance/xirr.ts';
import { flowsWithin, type PostedAmount } from '../valuation/ledger-day.ts';

/** What does not say of which portfolio it is. */
export type WithoutCommon<Each> = Each extends Explanation
  ? Omit<Each, 'portfolioId' | 'baseCurrency' | 'method'>
  : never;
/** `value`, `reason` and `formula` are those of the performance. */
export type ExplainedRatio<Figure extends RatioFigure = RatioFigure> = WithoutCommon<
  Extract<Explanation, { figure: Figure }>
>;

/** `entries` are those up to the end of the period; `limit` days or flows are listed at most. */
export function explainRatio(
  figure: RatioFigure,
  entries: readonly LedgerEntry[],
  asked: PerformanceQuestion,
  limit: number,
): ExplainedRatio {
  const { from, to, periodsPerYear } = asked;
  const { performance, valued, numbers } = performanceInParts(entries, asked);
  const ofPeriod = entries.filter(({ on }) => on >= from && on <= to);
  const posted = flowsWithin(ofPeriod, { currency: asked.base, book: asked.book });
  const { figures, drawdown, missing, valueAtBegin, valueAtEnd } = performance;
  const { value, reason, definition, annualised } = figures[figure];
  const formula = annualised?.startsWith('×') ? `${definition} ${annualised}` : definition;
  const of = { from, to, value, reason, formula, missing };
  const days = typeof numbers === 'string' ? 0 : numbers.days;
  const riskFree = riskFreeOfOne(asked);
  const daily = dailyOf(valued, valueAtBegin, numbers, { riskFree, limit });
  const all = dailyReturnsOf(numbers);
  const known = typeof all === 'string' || all.length === 0 ? null : all;
  const dispersion = {
    daily,
    mean: known && mean(known),
    standardDeviation: known && standardDeviation(known),
    periodsPerYear,
  };
  switch (figure) {
    case 'timeWeighted':
      return { figure, ...of, daily };
    case 'timeWeightedAnnual':
      return { figure, ...of, daily, timeWeighted: figures.timeWeighted.value, days, daysPerYear };
    case 'modifiedDietz':
      return {
        figure,
        ...of,
        begin: valueAtBegin,
        end: valueAtEnd,
        days,
        ...dietzOf(posted, numbers, limit),
      };
    case 'moneyWeighted':
      return {
        figure,
        ...of,
        days,
        daysPerYear,
        ...weightedOf(posted, numbers, { from, to, valueAtBegin, valueAtEnd }, { value, limit }),
      };
    case 'maxDrawdown': {
      const levels = new Map([
        [dayAfter(from, -1), 1],
        ...cumulated(known ?? []).map((each, n) => [valued.days[n]!.on, 1 + each] as const),
      ]);
      const at = (on: string | null | undefined) =>
        on === null || on === undefined ? null : { on, level: levels.get(on)! };
      return { figure, ...of, daily, peak: at(drawdown?.peakOn), trough: at(drawdown?.troughOn) };
    }
    case 'volatility':
      return { figure, ...of, ...dispersion };
    case 'sharpe':
      return { figure, ...of, ...dispersion, riskFree };
    case 'sortino':
      return { figure, ...of, daily, mean: dispersion.mean, periodsPerYear, riskFree };
    case 'calmar':
      return {
        figure,
        ...of,
        daily,
        timeWeightedAnnual: figures.timeWeightedAnnual.value,
        maxDrawdown: figures.maxDrawdown.value,
      };
  }
}

export function dailyOf(
  { days }: ValuedDays,
  valueAtBegin: string | null,
  numbers: Numbers | string,
  { riskFree, limit }: { riskFree: number; limit: number },
): DailyReturns | null {
  if (typeof numbers === 'string') return null;
  const { returns } = numbers;
  const others = returns.slice(limit);
  const known = others.includes(null) ? null : (others as number[]);
  const middle = returns.includes(null) ? null : mean(returns as number[]);
  return {
    count: days.length,
    days: days.slice(0, limit).map(({ on, value, inflow, outflow }, n) => ({
      on,
      begin: n === 0 ? valueAtBegin : days[n - 1]!.value,
      end: value,
      inflow,
      outflow,
      return: returns[n]!,
    })),
    rest:
      others.length === 0
        ? null
        : {
            days: others.length,
            growth: known && known.reduce((growth, each) => growth * (1 + each), 1),
            sum: known && known.reduce((sum, each) => sum + each, 0),
            squares: known && middle !== null ? sumOfSquares(known, (each) => each - middle) : null,
            shortfall: known && sumOfSquares(known, (each) => Math.min(each - riskFree, 0)),
          },
  };
}
const sumOfSquares = (values: readonly number[], of: (value: number) => number) =>
  values.reduce((sum, value) => sum + of(value) ** 2, 0);

/** Each flow with the day that it counts from. */
const flowsOf = (posted: readonly PostedAmount[], { dated }: Numbers): DatedFlow[] =>
  posted.map(({ amount, entry }, n) => ({
    on: entry.on,
    transactionId: entry.id,
    amount: amount!,
    day: dated[n]!.day,
  }));

function dietzOf(posted: readonly PostedAmount[], numbers: Numbers | string, limit: number) {
  if (typeof numbers === 'string') return { flows: [], rest: null, gain: null, averageCapital: null };
  const { dietz, days } = numbers;
  const weighted = ({ day, amount }: DatedFlow) => (Number(amount) * (days - day)) / days;
  const split = splitAt(flowsOf(posted, numbers), limit, weighted);
  return { ...split, gain: dietz.gain, averageCapital: dietz.averageCapital };
}

function weightedOf(
  posted: readonly PostedAmount[],
  numbers: Numbers | string,
  { from, to, valueAtBegin, valueAtEnd }: Period & Pick<Performance, 'valueAtBegin' | 'valueAtEnd'>,
  { value, limit }: { value: number | null; limit: number },
) {
  if (typeof numbers === 'string') return { flows: [], rest: null };
  const begin = { on: from, transactionId: null, amount: valueAtBegin!, day: 0 };
  const end = { on: to, transactionId: null, amount: negate(valueAtEnd!), day: numbers.days };
  const worth = ({ day, amount }: DatedFlow) =>
    value === null
      ? 0
      : presentValue(
          value,
          [
            { days: 0, amount: 0 },
            { days: day, amount: Number(amount) },
          ],
          daysPerYear,
        );
  return splitAt([begin, end, ...flowsOf(posted, numbers)], Math.max(limit, 2), worth);
}

function splitAt(flows: DatedFlow[], limit: number, valueOf: (flow: DatedFlow) => number) {
  const others = flows.slice(limit);
  const total = (of: (flow: DatedFlow) => number) => others.reduce((sum, flow) => sum + of(flow), 0);
  return {
    flows: flows.slice(0, limit),
    rest:
      others.length === 0
        ? null
        : { flows: others.length, amount: total(({ amount }) => Number(amount)), value: total(valueOf) },
  };
}
