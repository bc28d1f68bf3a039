// What flows into portfolios by itself: the workers' job that reads what happened on accounts.
import { z } from 'zod';
import { createPortfolioInflow } from '../modules/portfolio/index.ts';
import type { Brokers } from './broker.ts';
import type { Ground } from './ground.ts';
import type { Writers } from './money.ts';

/** Defines a job: before they are started. */
export function composePortfolioInflow(
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
}
