// How long it is kept who did what: the job that removes audit rows past their time; and the rows that commands leave.
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Jobs } from '../jobs/index.ts';
import { createAuditModule, createAuditRetention } from '../modules/audit/index.ts';
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

/**
 * Does `work` between the two halves of an audit row: nobody is signed in to a command, so it names only what was done to whom.
 * `isRefusal`: an error that says why not, and is nobody's fault.
 */
export function composeCommandAudit(ground: Ground, isRefusal: (error: unknown) => boolean = () => false) {
  const { begin } = createAuditModule(ground);
  return async function audited<T>(action: string, subject: string, work: () => Promise<T>): Promise<T> {
    const requestId = ground.ids.next('command');
    const close = await begin({ action, userId: null, sessionId: null, requestId, ip: null });
    try {
      const result = await work();
      await close('ok', { subject });
      return result;
    } catch (error) {
      await close(isRefusal(error) ? 'request.invalid' : 'server.bug', { subject });
      throw error;
    }
  };
}
