// The value of a portfolio as it moves, as clients see it.
import { z } from 'zod';
import { CashBalance, Holding } from './portfolio-holdings.ts';
import { Running } from './portfolio-running.ts';
import { Missing, MoneyOrNull, PortfolioId } from './portfolio.ts';
import { Instant } from './primitives.ts';

export const WatchPortfolio = z.object({ portfolioId: PortfolioId });
export const PortfolioValuation = z
  .object({
    portfolioId: z.string(),
    baseCurrency: z.string(),
    at: Instant.describe('when it was valued'),
    valueBase: MoneyOrNull.describe(
      'of everything, running profit included; null while anything is missing or stale that it needs',
    ),
    cash: z.array(CashBalance.pick({ currency: true, amount: true, amountBase: true })),
    holdings: z.array(Holding.pick({ instrument: true, quantity: true, price: true, valueBase: true })),
    running: Running.nullable().describe('null: no account flows into it'),
    missing: z.array(Missing),
    stale: z
      .boolean()
      .describe(
        'it is not up to date: a market of the broker that is held has no live price now, the running profit is not known, or cash of an account has not flowed in yet',
      ),
  })
  .meta({
    id: 'PortfolioValuation',
    description: 'A portfolio at the prices of one moment, whole each time.',
  });
export type PortfolioValuation = z.infer<typeof PortfolioValuation>;
