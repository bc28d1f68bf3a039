// How long it is kept who did what: the job that removes audit rows past their time.
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Jobs } from '../jobs/index.ts';
import { createAuditRetention } from '../modules/audit/index.ts';
import type { Ground } from './ground.ts';

/** Defines a job: before they are started. */
export function composeAuditRetention(
  { database, clock }: Ground,
  { config, jobs }: { config: Config; jobs: Jobs },
): void {
  jobs.define({
    name: 'audit.delete-expired',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 60,
    expireInSeconds: 900,
    cron: '20 * * * *',
    run: createAuditRetention({ database, clock, days: config.auditRetentionDays }),
  });
}
