// What was closed: round trips, their statistics, and gains by tax year, as clients see them.
import { z } from 'zod';
import { CostMethod, Day, MethodAsked, Missing, MoneyOrNull, PortfolioId } from './portfolio.ts';
import { DecimalText, Instant } from './primitives.ts';

/** What was opened and closed. */
export const RoundTrip = z
  .object({
    instrument: z.string(),
    currency: z.string(),
    side: z.enum(['long', 'short']),
    quantity: DecimalText,
    openedBy: z.string().describe('the transaction; the first one, of a pool'),
    openedAt: Instant,
    closedBy: z.string(),
    closedAt: Instant,
    opened: DecimalText.describe('money it was opened for'),
    closed: DecimalText.describe('money it was closed for'),
    dealingCosts: DecimalText,
    profit: DecimalText.describe('after what dealing cost'),
    profitBase: MoneyOrNull,
    return: z.number().nullable().describe('profit before what dealing cost ÷ what it was opened for'),
    rule: z.enum(['same_day', 'thirty_days', 'pool', 'later_acquisition']).nullable(),
  })
  .meta({ id: 'RoundTrip' });
export type RoundTrip = z.infer<typeof RoundTrip>;
export const AskTrades = z.object({
  id: PortfolioId,
  method: MethodAsked,
  from: Day.optional().describe('closed on this day or later'),
  to: Day.optional().describe('closed on this day or before'),
  limit: z.number().int().min(1).max(5_000).default(500),
});
export type AskTrades = z.output<typeof AskTrades>;

export const TradeStatistics = z
  .object({
    trades: z.number().int(),
    won: z.number().int(),
    lost: z.number().int(),
    total: DecimalText,
    totalProfit: DecimalText,
    totalLoss: DecimalText,
    largestProfit: MoneyOrNull,
    largestLoss: MoneyOrNull,
    averageProfit: MoneyOrNull,
    averageLoss: MoneyOrNull,
    expectancy: MoneyOrNull.describe('the average of all'),
    winRate: z.number().nullable(),
    lossRate: z.number().nullable(),
    profitFactor: z.number().nullable().describe('total profit ÷ total loss'),
    payoffRatio: z.number().nullable().describe('average profit ÷ average loss'),
    longestWinningRun: z.number().int(),
    longestLosingRun: z.number().int(),
    averageDurationMs: z.number().nullable(),
    averageWinningDurationMs: z.number().nullable(),
    averageLosingDurationMs: z.number().nullable(),
  })
  .meta({
    id: 'TradeStatistics',
    description: 'In one currency, after what dealing cost. Null: nothing to divide by.',
  });
export type TradeStatistics = z.infer<typeof TradeStatistics>;
export const RoundTrips = z
  .object({
    portfolioId: z.string(),
    method: CostMethod,
    trades: z.array(RoundTrip).describe('the newest first'),
    left: z.number().int().describe('how many more there are'),
    statistics: TradeStatistics.nullable().describe(
      'in the base currency, of all; null where a rate is missing',
    ),
    missing: z.array(Missing),
  })
  .meta({ id: 'RoundTrips' });
export type RoundTrips = z.infer<typeof RoundTrips>;

export const TaxYear = z
  .enum(['calendar', 'uk'])
  .meta({ id: 'TaxYear', description: 'calendar: from 1 January. uk: from 6 April.' });
export type TaxYear = z.infer<typeof TaxYear>;
export const AskGains = z.object({
  id: PortfolioId,
  method: MethodAsked,
  from: Day.optional().describe('disposed of on this day or later'),
  to: Day.optional().describe('disposed of on this day or before'),
  taxYear: TaxYear.default('calendar'),
  format: z.enum(['table', 'csv']).default('table').describe('csv: all rows as text, in `csv`'),
});
export type AskGains = z.output<typeof AskGains>;
export const Gain = z
  .object({
    taxYear: z.string().describe('`2025`, or `2025/26` of the UK'),
    on: z
      .string()
      .describe('the day of the disposal; of a short position, unless by UK rules, of its closing'),
    instrument: z.string(),
    side: z.enum(['long', 'short']),
    quantity: DecimalText,
    acquiredOn: z.string(),
    disposedOn: z.string(),
    currency: z.string(),
    proceeds: DecimalText,
    cost: DecimalText,
    dealingCosts: DecimalText,
    gain: DecimalText,
    proceedsBase: MoneyOrNull,
    costBase: MoneyOrNull,
    dealingCostsBase: MoneyOrNull,
    gainBase: MoneyOrNull,
    rule: RoundTrip.shape.rule,
    acquiredBy: z.string(),
    disposedBy: z.string(),
  })
  .meta({ id: 'Gain' });
export type Gain = z.infer<typeof Gain>;
export const GainsOfYear = z.object({
  taxYear: z.string(),
  disposals: z.number().int(),
  proceedsBase: MoneyOrNull,
  costBase: MoneyOrNull,
  dealingCostsBase: MoneyOrNull,
  gainBase: MoneyOrNull,
});
export type GainsOfYear = z.infer<typeof GainsOfYear>;
export const Gains = z
  .object({
    portfolioId: z.string(),
    baseCurrency: z.string(),
    method: CostMethod,
    years: z.array(GainsOfYear),
    rows: z.array(Gain).describe('the oldest first, 5,000 at most; empty for csv'),
    left: z.number().int().describe('how many rows more there are; csv has all'),
    csv: z.string().nullable(),
    missing: z.array(Missing),
  })
  .meta({ id: 'Gains' });
export type Gains = z.infer<typeof Gains>;
