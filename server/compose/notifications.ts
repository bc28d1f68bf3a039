// Notifications: the jobs that clear away what is old. What delivers runs in the worker role, worker.ts.
import { z } from 'zod';
import type { Config } from '../config.ts';
import { createAlertRetention } from '../modules/alerts/index.ts';
import type { Ground } from './ground.ts';
import type { Writers } from './money.ts';

/** Defines jobs: before they are started. */
export function composeNotificationJobs(
  { database, clock }: Pick<Ground, 'database' | 'clock'>,
  { jobs, notifications }: Pick<Writers, 'jobs' | 'notifications'>,
  { notificationRetentionDays: days }: Pick<Config, 'notificationRetentionDays'>,
): void {
  const job = { payload: z.object({}), retryLimit: 3, retryDelaySeconds: 60, expireInSeconds: 900 };
  jobs.define({
    ...job,
    name: 'notifications.delete-old-deliveries',
    about: 'removes deliveries that ended long ago',
    cron: '40 * * * *',
    run: () => notifications.deleteOldDeliveries(),
  });
  const deleteAlerts = createAlertRetention({ database, clock, days });
  jobs.define({
    ...job,
    name: 'notifications.delete-old',
    about:
      'removes notifications that were read or archived, their events, and alerts that ended, NOTIFICATION_RETENTION_DAYS ago',
    cron: '45 3 * * *',
    async run() {
      await notifications.deleteOld(days);
      await deleteAlerts();
    },
  });
}
