// Notifications: the job that clears the log of deliveries. What delivers runs in the worker role, worker.ts.
import { z } from 'zod';
import type { Writers } from './money.ts';

/** Defines a job: before they are started. */
export function composeNotificationJobs({
  jobs,
  notifications,
}: Pick<Writers, 'jobs' | 'notifications'>): void {
  jobs.define({
    name: 'notifications.delete-old-deliveries',
    about: 'removes deliveries that ended long ago',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 60,
    expireInSeconds: 900,
    cron: '40 * * * *',
    run: () => notifications.deleteOldDeliveries(),
  });
}
