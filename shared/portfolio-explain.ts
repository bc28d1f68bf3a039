// How a figure of a portfolio is made: what to ask, and its formula with the terms, days or flows that make it, as clients see it.
import { z } from 'zod';
import { CostMethod, Missing, MoneyOrNull } from './portfolio.ts';
import { ExplainedTerm } from './portfolio-explained-term.ts';
import { AskGains } from './portfolio-gains.ts';
import { UsedPrice, UsedRate } from './portfolio-holdings.ts';
import { AskPerformance } from './portfolio-performance.ts';
import { Currency, Instrument } from './portfolio-transactions.ts';
import { DecimalText, Instant } from './primitives.ts';

const TradesMoney = z.enum([
  'tradesTotal',
  'tradesTotalProfit',
  'tradesTotalLoss',
  'tradesLargestProfit',
  'tradesLargestLoss',
  'tradesAverageProfit',
  'tradesAverageLoss',
  'tradesExpectancy',
]);
const TradesNumber = z.enum([
  'trades',
  'tradesWon',
  'tradesLost',
  'tradesWinRate',
  'tradesLossRate',
  'tradesProfitFactor',
  'tradesPayoffRatio',
  'tradesLongestWinningRun',
  'tradesLongestLosingRun',
  'tradesAverageDurationMs',
  'tradesAverageWinningDurationMs',
  'tradesAverageLosingDurationMs',
]);
export const TradesFigure = z.enum([...TradesMoney.options, ...TradesNumber.options]);
export type TradesFigure = z.infer<typeof TradesFigure>;
const YearMoney = z.enum(['yearProceedsBase', 'yearCostBase', 'yearDealingCostsBase', 'yearGainBase']);
export const YearFigure = z.enum([...YearMoney.options, 'yearDisposals']);
export type YearFigure = z.infer<typeof YearFigure>;
/** Not of money, and made of terms all the same. */
export const NumberFigure = z.enum([...TradesNumber.options, 'yearDisposals']);
export type NumberFigure = z.infer<typeof NumberFigure>;
const MoneyFigure = z.enum([
  'valueAtBegin',
  'valueAtEnd',
  'flows',
  'gain',
  'contribution',
  'value',
  'holdingValue',
  'holdingValueBase',
  'holdingCost',
  'holdingRealised',
  'holdingRealisedBase',
  'holdingUnrealised',
  'holdingUnrealisedBase',
  'holdingIncomeBase',
  'cash',
  'cashBase',
  'cashExchangeEffect',
  'disposalGain',
  'disposalGainBase',
  ...TradesMoney.options,
  ...YearMoney.options,
]);
export type MoneyFigure = z.infer<typeof MoneyFigure>;
export const RatioFigure = z.enum([
  'timeWeighted',
  'timeWeightedAnnual',
  'modifiedDietz',
  'moneyWeighted',
  'maxDrawdown',
  'volatility',
  'sharpe',
  'sortino',
  'calmar',
]);
export type RatioFigure = z.infer<typeof RatioFigure>;
/** Of `performance` where it is compared with a benchmark. */
export const BenchmarkFigure = z.enum([
  'benchmarkReturn',
  'benchmarkTrackingDifference',
  'benchmarkBeta',
  'benchmarkCorrelation',
  'benchmarkAlpha',
  'benchmarkTrackingError',
  'benchmarkInformationRatio',
]);
export type BenchmarkFigure = z.infer<typeof BenchmarkFigure>;

const period = 'of figures of a period, as in `performance`; of sums of a tax year, as in `gains`';
export const AskExplain = z.object({
  id: AskPerformance.shape.id,
  figure: z
    .enum([
      ...MoneyFigure.options,
      ...NumberFigure.options,
      ...RatioFigure.options,
      'contributionShare',
      ...BenchmarkFigure.options,
    ])
    .describe(
      'of `performance`: `valueAtBegin` … `calmar`, `contribution` and `contributionShare` (`of`), `trades…` of what was closed in the period, `benchmark…` (`benchmark`); of `holdings`: `value` (of everything), `holding…` (`instrument`), `cash…` (`currency`); of `gains` and `trades`: `disposal…` (`acquiredBy`, `disposedBy`), `year…` (`year`) of what `gains` tells of it',
    ),
  method: AskPerformance.shape.method,
  from: AskPerformance.shape.from.describe(period),
  to: AskPerformance.shape.to.describe(period),
  periodsPerYear: AskPerformance.shape.periodsPerYear,
  riskFreeRate: AskPerformance.shape.riskFreeRate,
  benchmark: AskPerformance.shape.benchmark,
  asOf: Instant.optional().describe('of figures of `holdings`; left out: now'),
  of: z.string().max(60).optional().describe('whose contribution'),
  instrument: Instrument.optional(),
  currency: Currency.optional(),
  acquiredBy: z.string().max(60).optional().describe('of the gain: the two transactions that it names'),
  disposedBy: z.string().max(60).optional(),
  year: z.string().max(10).optional().describe('which tax year: `2025`, or `2025/26` of the UK'),
  taxYear: AskGains.shape.taxYear,
  limit: z.number().int().min(1).max(5_000).default(500).describe('terms, days or flows at most'),
});
export type AskExplain = z.output<typeof AskExplain>;

const of = {
  portfolioId: z.string(),
  baseCurrency: z.string(),
  method: CostMethod,
  formula: z.string().describe('in the names of the terms'),
  missing: z.array(Missing).describe('100 at most'),
};
const ofRatio = {
  ...of,
  from: z.string(),
  to: z.string(),
  value: z.number().nullable(),
  reason: z.string().nullable().describe('why there is no value'),
};
/** The daily returns that a figure is made of. */
export const DailyReturns = z
  .object({
    count: z.number().int().describe('of all of them'),
    days: z
      .array(
        z.object({
          on: z.string(),
          begin: MoneyOrNull.describe('explained as `valueAtEnd` of the valuation day before'),
          end: MoneyOrNull,
          inflow: MoneyOrNull.describe('explained as `flows` of the days since that one'),
          outflow: MoneyOrNull,
          return: z.number().nullable().describe('(end + outflow) ÷ (begin + inflow) − 1'),
        }),
      )
      .describe('the first ones'),
    rest: z
      .object({
        days: z.number().int(),
        growth: z.number().nullable().describe('Π(1 + return)'),
        sum: z.number().nullable().describe('Σ return'),
        squares: z.number().nullable().describe('Σ (return − mean of all)²'),
        shortfall: z.number().nullable().describe('Σ min(return − risk-free, 0)²'),
      })
      .nullable()
      .describe('of those that are not listed, null where a return is; null: all are listed'),
  })
  .meta({ id: 'DailyReturns' });
export type DailyReturns = z.infer<typeof DailyReturns>;
const daily = DailyReturns.nullable().describe('null while prices or rates are missing');
const number = z.number().nullable();
const dispersion = {
  daily,
  mean: number,
  standardDeviation: number.describe('of a sample: n − 1'),
  periodsPerYear: z.number().int(),
};
const ofBoth = z.object({ portfolio: number, benchmark: number, difference: number });
const BenchmarkDay = z.object({
  on: z.string(),
  price: UsedPrice.nullable(),
  rate: UsedRate.nullable(),
  level: number.describe('price × rate'),
  return: number.describe('level ÷ the level before − 1; null on the first, at which the period begins'),
});
export type BenchmarkDay = z.infer<typeof BenchmarkDay>;
/** The days of a benchmark beside those of the portfolio. */
const besideBenchmark = {
  instrument: z.string(),
  daily: daily.describe('of the portfolio; null while prices or rates of it are missing'),
  days: z
    .array(BenchmarkDay)
    .describe('of the benchmark: the end of the day before `from`, then as many as `daily` lists'),
  rest: z
    .object({
      days: z.number().int(),
      growth: number.describe('Π(1 + return of the benchmark)'),
      sum: number.describe('Σ return of the benchmark'),
      squares: number.describe('Σ (return of the benchmark − its mean of all)²'),
      products: number.describe(
        'Σ (return of the portfolio − its mean of all) × (return of the benchmark − its mean of all)',
      ),
      differences: number.describe('Σ (difference of the returns − its mean of all)²'),
    })
    .nullable()
    .describe('of the days that are not listed; null: all are listed'),
  means: ofBoth.describe('of the daily returns'),
  standardDeviations: ofBoth.describe('of a sample: n − 1'),
  covariance: number.describe('of a sample: n − 1'),
  periodsPerYear: z.number().int(),
  riskFree: z.number().describe('of a day'),
};
const Level = z.object({ on: z.string(), level: z.number().describe('Π(1 + return) until then') }).nullable();
const DatedFlow = z.object({
  on: z.string(),
  transactionId: z.string().nullable().describe('null: the value at an end of the period'),
  amount: DecimalText.describe('in the base currency; above zero: came'),
  day: z.number().int().describe('after how many days of the period it counts'),
});
export type DatedFlow = z.infer<typeof DatedFlow>;
const restOf = (what: string) =>
  z
    .object({ flows: z.number().int(), amount: z.number(), value: z.number().describe(what) })
    .nullable()
    .describe('of those that are not listed');
const dietz = {
  begin: MoneyOrNull,
  end: MoneyOrNull,
  days: z.number().int(),
  flows: z.array(DatedFlow),
  rest: restOf('Σ amount × (days − day) ÷ days'),
  gain: number,
  averageCapital: number.describe('begin + Σ amount × (days − day) ÷ days'),
};

export const Explanation = z
  .discriminatedUnion('figure', [
    z.object({
      figure: MoneyFigure,
      ...of,
      value: MoneyOrNull,
      currency: z.string(),
      term: ExplainedTerm.describe('the terms evaluate to the value, exactly'),
    }),
    z.object({
      figure: NumberFigure,
      ...of,
      value: z.number().nullable(),
      reason: z.string().nullable().describe('why there is no value'),
      term: ExplainedTerm.describe('the terms evaluate to the value, of which this is the number'),
    }),
    z.object({ figure: z.literal('timeWeighted'), ...ofRatio, daily }),
    z.object({
      figure: z.literal('timeWeightedAnnual'),
      ...ofRatio,
      daily,
      timeWeighted: number,
      days: z.number().int(),
      daysPerYear: z.number().int(),
    }),
    z.object({
      figure: z.literal('modifiedDietz'),
      ...ofRatio,
      ...dietz,
    }),
    z.object({
      figure: z.literal('contributionShare'),
      ...ofRatio,
      term: ExplainedTerm.describe('the contribution'),
      ...dietz,
    }),
    z.object({
      figure: z.literal('moneyWeighted'),
      ...ofRatio,
      days: z.number().int(),
      daysPerYear: z.number().int(),
      flows: z
        .array(DatedFlow)
        .describe('the value at the beginning counts as come, that at the end as gone'),
      rest: restOf('Σ amount ÷ (1 + value)^(day ÷ daysPerYear)'),
    }),
    z.object({ figure: z.literal('maxDrawdown'), ...ofRatio, daily, peak: Level, trough: Level }),
    z.object({ figure: z.literal('volatility'), ...ofRatio, ...dispersion }),
    z.object({ figure: z.literal('sharpe'), ...ofRatio, ...dispersion, riskFree: z.number() }),
    z.object({
      figure: z.literal('sortino'),
      ...ofRatio,
      daily,
      mean: number,
      periodsPerYear: z.number().int(),
      riskFree: z.number(),
    }),
    z.object({
      figure: z.literal('calmar'),
      ...ofRatio,
      daily,
      timeWeightedAnnual: number,
      maxDrawdown: number,
    }),
    z.object({ figure: BenchmarkFigure, ...ofRatio, ...besideBenchmark }),
  ])
  .meta({ id: 'Explanation' });
export type Explanation = z.infer<typeof Explanation>;
