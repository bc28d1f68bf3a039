// The figures of a period, each with its definition, its convention and how it is turned into one of a year. Pure.
import type { Figure, Performance } from '../../../../shared/portfolio-performance.ts';
import { dayAfter, daysBetween, type Period, type ValuedDays } from './days.ts';
import { drawdownOf } from './drawdown.ts';
import { annualised, chained, cumulated, modifiedDietz, periodReturn } from './returns.ts';
import { calmar, riskFreeOfOne, sharpe, sortino, volatility } from './risk.ts';
import { highest, lowest, xirr, type Flow, type InternalRate } from './xirr.ts';

export interface FigureOptions {
  periodsPerYear: number;
  /** Of a year, as a fraction. */
  riskFreeRate: number;
}
type Figures = Pick<Performance, 'figures' | 'drawdown'> & {
  /** By which gains become shares of the Modified Dietz return; null where there is none. */
  averageCapital: number | null;
};
export const daysPerYear = 365;
const nothingAtWork = 'on some day nothing, or less than nothing, was invested';

/** All figures of `numbersOf`, each null with the reason where it cannot be said. Their money is the base currency. */
export function figuresOf(
  numbers: Numbers | string,
  valued: ValuedDays,
  period: Period,
  options: FigureOptions,
): Figures {
  if (typeof numbers === 'string') return allWithout(numbers, options);
  const { returns, dietz, flows, days } = numbers;
  const broken = returns.includes(null);
  const known = returns.filter((each) => each !== null);
  const total = broken ? null : chained(known);
  const daily = (value: number | null, whyNot: string) => [value, broken ? nothingAtWork : whyNot] as const;
  const levels = [
    { on: dayAfter(period.from, -1), level: 1 },
    ...cumulated(known).map((each, n) => ({ on: valued.days[n]!.on, level: 1 + each })),
  ];
  const drawdown = broken ? null : drawdownOf(levels);
  const { periodsPerYear } = options;
  const ofOne = riskFreeOfOne(options);
  const of = <Value>(compute: () => Value) => (broken ? null : compute());
  const annual = total === null ? null : annualised(total, days, daysPerYear);
  const rate = xirr(flows, daysPerYear);
  const figure = describing(options);
  const few = 'it takes two daily returns that differ';
  const fell = 'no day fell short';
  const values: { [Name in keyof Performance['figures']]: readonly [number | null, string] } = {
    timeWeighted: daily(total, nothingAtWork),
    timeWeightedAnnual: daily(annual, 'more than everything was lost'),
    modifiedDietz: [dietz.return, 'the average capital is not above zero'],
    moneyWeighted: [rate.rate, reasonOf(rate)],
    maxDrawdown: daily(drawdown && drawdown.depth, nothingAtWork),
    volatility: daily(
      of(() => volatility(known, periodsPerYear)),
      few,
    ),
    sharpe: daily(
      of(() => sharpe(known, periodsPerYear, ofOne)),
      few,
    ),
    sortino: daily(
      of(() => sortino(known, periodsPerYear, ofOne)),
      fell,
    ),
    calmar: daily(
      of(() => calmar(annual, drawdown!.depth)),
      'nothing fell',
    ),
  };
  return {
    figures: mapFigures((name) => {
      const [value, reason] = values[name];
      return toFigure(figure[name], value, reason);
    }),
    drawdown: drawdown && {
      peakOn: drawdown.peakOn,
      troughOn: drawdown.troughOn,
      recoveredOn: drawdown.recoveredOn,
      longestRecoveryDays: drawdown.longestRecoveryDays,
    },
    averageCapital: dietz.return === null ? null : dietz.averageCapital,
  };
}

export interface Numbers {
  /** Of each valuation day; null where nothing was at work. */
  returns: (number | null)[];
  dietz: ReturnType<typeof modifiedDietz>;
  /** As the money-weighted return takes them: the value at the beginning, what came and went, the value at the end. */
  flows: Flow[];
  /** What came and went alone, in the order of the valued flows: after how many days of the period. */
  dated: { day: number; amount: number }[];
  days: number;
}
/** The daily returns that figures are made of, or why there are none. */
export const dailyReturnsOf = (numbers: Numbers | string): readonly number[] | string => {
  if (typeof numbers === 'string') return numbers;
  return numbers.returns.includes(null) ? nothingAtWork : (numbers.returns as number[]);
};
/** The period in numbers, or why it has none. */
export function numbersOf(
  { days, flows }: ValuedDays,
  beginValue: string | null,
  { from, to }: Period,
): Numbers | string {
  const isWhole = beginValue !== null && days.every((day) => day.value !== null && day.inflow !== null);
  if (!isWhole) return 'prices or rates are missing: see missing';
  if (days.length === 0) return 'the period has no day';
  const begin = Number(beginValue);
  const values = days.map(({ value }) => Number(value));
  const returns = days.map(({ inflow, outflow }, n) =>
    periodReturn({
      begin: n === 0 ? begin : values[n - 1]!,
      end: values[n]!,
      inflow: Number(inflow),
      outflow: Number(outflow),
    }),
  );
  const length = daysBetween(from, to) + 1;
  const end = values.at(-1)!;
  // What comes counts from the beginning of its day on, what goes until the end of it.
  const dated = flows.map(({ on, amount }) => {
    const money = Number(amount);
    return { day: daysBetween(from, on) + (money < 0 ? 1 : 0), amount: money };
  });
  return {
    returns,
    dietz: modifiedDietz({ begin, end, days: length, flows: dated }),
    flows: [
      { days: 0, amount: -begin },
      ...dated.map(({ day, amount }) => ({ days: day, amount: -amount })),
      { days: length, amount: end },
    ],
    dated,
    days: length,
  };
}

function reasonOf({ reason, roots }: InternalRate): string {
  if (reason === 'several rates')
    return `several rates fit: ${roots.map((root) => `${(root * 100).toPrecision(6)} %`).join(', ')}`;
  if (reason === 'no rate') return `no rate between ${lowest * 100} % and ${highest * 100} % fits`;
  return 'money came only, or went only';
}

const names = [
  'timeWeighted',
  'timeWeightedAnnual',
  'modifiedDietz',
  'moneyWeighted',
  'maxDrawdown',
  'volatility',
  'sharpe',
  'sortino',
  'calmar',
] as const satisfies readonly (keyof Performance['figures'])[];
const mapFigures = (of: (name: (typeof names)[number]) => Figure): Performance['figures'] =>
  Object.fromEntries(names.map((name) => [name, of(name)])) as Performance['figures'];

function allWithout(reason: string, options: FigureOptions): Figures {
  const figure = describing(options);
  return {
    figures: mapFigures((name) => ({ ...figure[name], value: null, reason })),
    drawdown: null,
    averageCapital: null,
  };
}

export type Description = Omit<Figure, 'value' | 'reason'>;
/** `reason` is why there is no value, where there is none. A gain of a day can be too much for a number once it is turned into one of a year. */
export function toFigure(description: Description, value: number | null, reason: string): Figure {
  if (value === null) return { ...description, value, reason };
  const isNumber = Number.isFinite(value);
  return { ...description, value: isNumber ? value : null, reason: isNumber ? null : tooLarge };
}
const tooLarge = 'it is too large for a number';
function describing({
  periodsPerYear,
  riskFreeRate,
}: FigureOptions): Record<(typeof names)[number], Description> {
  const flows =
    'What comes counts from the beginning of its day on, what goes until the end of it; days are those of the portfolio’s time zone.';
  const daily = `Returns of Mondays to Fridays and the last day; what came or went on a weekend counts with the day after it. ${flows}`;
  const bySquareRoot = `× √${periodsPerYear}`;
  const riskFree = `Risk-free: ${riskFreeRate * 100} % a year, as a return of each period.`;
  return {
    timeWeighted: {
      definition: 'Π((end + outflow) ÷ (begin + inflow)) − 1 over all days',
      convention: daily,
      annualised: null,
    },
    timeWeightedAnnual: {
      definition: '(1 + time-weighted return)^(365 ÷ days) − 1',
      convention: `${daily} Calendar days, both ends of the period counted.`,
      annualised: 'actual/365',
    },
    modifiedDietz: {
      definition: '(end − begin − flows) ÷ (begin + Σ flow × days left ÷ days)',
      convention: flows,
      annualised: null,
    },
    moneyWeighted: {
      definition:
        'the yearly rate at which the value at the beginning, all flows and the value at the end are worth nothing (XIRR)',
      convention: `${flows} Null where several rates fit, or none.`,
      annualised: 'actual/365',
    },
    maxDrawdown: {
      definition: 'the deepest fall of the chained daily returns below their peak, as a fraction of the peak',
      convention: daily,
      annualised: null,
    },
    volatility: {
      definition: 'standard deviation of a sample (n − 1) of the daily returns',
      convention: daily,
      annualised: bySquareRoot,
    },
    sharpe: {
      definition: '(mean daily return − risk-free) ÷ standard deviation (n − 1)',
      convention: `${daily} ${riskFree}`,
      annualised: bySquareRoot,
    },
    sortino: {
      definition: '(mean daily return − risk-free) ÷ √mean(min(return − risk-free, 0)²)',
      convention: `${daily} All days count in the mean of squares. ${riskFree}`,
      annualised: bySquareRoot,
    },
    calmar: {
      definition: 'annual time-weighted return ÷ |max drawdown|',
      convention: daily,
      annualised: 'actual/365',
    },
  };
}
