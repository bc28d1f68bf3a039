// The workers' jobs of portfolios: what happened on accounts flows in, and days that are over are stored.
import { z } from 'zod';
import { createPortfolioDays, createPortfolioInflow } from '../modules/portfolio/index.ts';
import type { Brokers } from './broker.ts';
import type { Ground } from './ground.ts';
import type { Writers } from './money.ts';

/** Defines jobs: before they are started. */
export function composePortfolioJobs(
  { database, clock, ids }: Ground,
  { accounts }: Brokers,
  { jobs, events }: Writers,
): void {
  const inflow = createPortfolioInflow({ database, clock, ids, accounts, events });
  jobs.define({
    name: 'portfolio.inflow',
    payload: z.object({}),
    retryLimit: 2,
    retryDelaySeconds: 15,
    expireInSeconds: 300,
    cron: '* * * * *',
    run: () => inflow.run(),
  });
  const days = createPortfolioDays({ database, clock });
  jobs.define({
    name: 'portfolio.store-days',
    payload: z.object({}),
    retryLimit: 2,
    retryDelaySeconds: 60,
    expireInSeconds: 600,
    // Midnight of every zone is at a quarter of an hour.
    cron: '2,17,32,47 * * * *',
    run: () => days.run(),
  });
}
