// What a portfolio was worth at the end of each day, as clients see it.
import { z } from 'zod';
import { Day, Missing, MoneyOrNull, PortfolioId } from './portfolio.ts';

export const AskValuations = z.object({
  id: PortfolioId,
  from: Day.optional().describe('the first day; left out: the day the portfolio starts on'),
  to: Day.optional().describe('the last day; left out: today'),
  limit: z.number().int().min(1).max(1_000).default(400).describe('days in one answer'),
});
export type AskValuations = z.output<typeof AskValuations>;
export const Valuation = z
  .object({
    on: z.string(),
    value: MoneyOrNull.describe('at the end of the day; of today: as of what is known of it'),
    inflow: MoneyOrNull.describe('what came from outside on that day; not below zero'),
    outflow: MoneyOrNull.describe('what went; not below zero'),
    missing: z.array(Missing).describe('20 at most'),
  })
  .meta({ id: 'Valuation', description: 'In the base currency.' });
export type Valuation = z.infer<typeof Valuation>;
export const Valuations = z
  .object({
    portfolioId: z.string(),
    baseCurrency: z.string(),
    timeZone: z.string(),
    from: z.string(),
    to: z.string().describe('the last day of this answer'),
    valuations: z.array(Valuation).describe('every calendar day, oldest first'),
    nextFrom: z.string().nullable().describe('the `from` of the days that follow; null: this was the last'),
  })
  .meta({ id: 'Valuations' });
export type Valuations = z.infer<typeof Valuations>;
