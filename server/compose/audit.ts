// The jobs that seal audit rows and remove them past their time; and the rows that commands leave.
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Jobs } from '../jobs/index.ts';
import { createAuditModule, createAuditRetention, createAuditSealing } from '../modules/audit/index.ts';
import { factsOf } from '../trpc/recorded.ts';
import type { Ground } from './ground.ts';

/** Defines jobs: before they are started. */
export function composeAuditJobs(
  { database, clock, logger }: Ground,
  { config, jobs }: { config: Config; jobs: Jobs },
): void {
  const job = { payload: z.object({}), retryLimit: 3, retryDelaySeconds: 60, expireInSeconds: 900 };
  jobs.define({
    ...job,
    name: 'audit.seal',
    about: 'seals the rows of the audit log into their chain',
    cron: '* * * * *',
    run: createAuditSealing({ database, clock, logger: logger.child({ part: 'audit' }) }),
  });
  jobs.define({
    ...job,
    name: 'audit.delete-expired',
    about: 'cuts whole sealed stretches that are past AUDIT_RETENTION_DAYS',
    cron: '20 * * * *',
    run: createAuditRetention({ database, clock, days: config.auditRetentionDays }),
  });
}

/** What a command changed, as it stood and as it stands; never what it was given to keep secret. */
interface CommandFacts<T> {
  before?: object;
  after?: (result: T) => object;
}

/**
 * Does `work` between the two halves of an audit row: nobody is signed in to a command, so it names only what was done to whom.
 * `isRefusal`: an error that says why not, and is nobody's fault.
 */
export function composeCommandAudit(ground: Ground, isRefusal: (error: unknown) => boolean = () => false) {
  const { begin } = createAuditModule(ground);
  return async function audited<T>(
    action: string,
    subject: string,
    work: () => Promise<T>,
    { before, after }: CommandFacts<T> = {},
  ): Promise<T> {
    const requestId = ground.ids.next('command');
    const close = await begin({ action, userId: null, sessionId: null, requestId, ip: null });
    try {
      const result = await work();
      await close('ok', { subject, before: factsOf(before), after: factsOf(after?.(result)) });
      return result;
    } catch (error) {
      await close(isRefusal(error) ? 'request.invalid' : 'server.bug', { subject });
      throw error;
    }
  };
}
