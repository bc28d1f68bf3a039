// The performance of a period, as clients see it.
import { z } from 'zod';
import { TradeStatistics } from './portfolio-gains.ts';
import { Day, MethodAsked, Missing, MoneyOrNull, PortfolioId } from './portfolio.ts';
import { Instrument } from './portfolio-transactions.ts';
import { DecimalText } from './primitives.ts';

export const AskPerformance = z.object({
  id: PortfolioId,
  from: Day.optional().describe('the first day of the period; left out: the day the portfolio starts on'),
  to: Day.optional().describe('the last day of it; left out: today'),
  method: MethodAsked,
  periodsPerYear: z
    .number()
    .int()
    .min(1)
    .max(366)
    .default(252)
    .describe('by which figures of daily returns are turned into those of a year'),
  riskFreeRate: z.number().min(-0.99).max(10).default(0).describe('of a year, as a fraction'),
  benchmark: Instrument.optional().describe(
    'what to compare with: an instrument or epic that has prices here; it need not be held',
  ),
});
export type AskPerformance = z.output<typeof AskPerformance>;
export const Figure = z
  .object({
    value: z.number().nullable(),
    reason: z.string().nullable().describe('why there is no value'),
    definition: z.string(),
    convention: z.string(),
    annualised: z
      .string()
      .nullable()
      .describe('how it is turned into that of a year; null: it is of the whole period'),
  })
  .meta({ id: 'Figure', description: 'A ratio: 0.1 is 10 %.' });
export type Figure = z.infer<typeof Figure>;
export const Contribution = z.object({
  of: z
    .string()
    .describe(
      'an instrument, `cash` (what exchange rates did to it) or `other` (interest and costs of nothing in particular)',
    ),
  gain: DecimalText.describe('in the base currency; they sum to the gain, exactly'),
  share: z.number().nullable().describe('gain ÷ average capital; they sum to the Modified Dietz return'),
});
export type Contribution = z.infer<typeof Contribution>;
/** The portfolio beside a benchmark, both in the base currency and of the same days. */
export const BenchmarkComparison = z
  .object({
    instrument: z.string(),
    figures: z.object({
      return: Figure,
      trackingDifference: Figure,
      beta: Figure,
      correlation: Figure,
      alpha: Figure,
      trackingError: Figure,
      informationRatio: Figure,
    }),
  })
  .meta({ id: 'BenchmarkComparison' });
export type BenchmarkComparison = z.infer<typeof BenchmarkComparison>;
export const Performance = z
  .object({
    portfolioId: z.string(),
    baseCurrency: z.string(),
    timeZone: z.string(),
    from: z.string(),
    to: z.string(),
    valueAtBegin: MoneyOrNull.describe('at the end of the day before `from`'),
    valueAtEnd: MoneyOrNull.describe('at the end of `to`'),
    flows: MoneyOrNull.describe('what came from outside, less what went'),
    gain: MoneyOrNull,
    figures: z.object({
      timeWeighted: Figure,
      timeWeightedAnnual: Figure,
      modifiedDietz: Figure,
      moneyWeighted: Figure,
      maxDrawdown: Figure,
      volatility: Figure,
      sharpe: Figure,
      sortino: Figure,
      calmar: Figure,
    }),
    drawdown: z
      .object({
        peakOn: z.string().nullable(),
        troughOn: z.string().nullable(),
        recoveredOn: z.string().nullable().describe('null: not yet'),
        longestRecoveryDays: z.number().int(),
      })
      .nullable(),
    contributions: z.array(Contribution),
    trades: TradeStatistics.nullable().describe('of what was closed in the period'),
    benchmark: BenchmarkComparison.nullable().describe('null: none was asked for'),
    missing: z.array(Missing).describe('100 at most'),
  })
  .meta({ id: 'Performance' });
export type Performance = z.infer<typeof Performance>;
