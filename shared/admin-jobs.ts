// Background jobs and their schedules, as administrators see them.
import { z } from 'zod';
import { Instant, NextCursor, Page, PlainText } from './primitives.ts';

export const JobState = z
  .enum(['created', 'retry', 'active', 'completed', 'cancelled', 'failed'])
  .meta({ id: 'JobState' });
export type JobState = z.infer<typeof JobState>;

export const ListJobs = z.object({
  state: JobState.default('failed').describe(
    'failed: none of its tries went well; retry: it waits for another try; created: it waits for its first one',
  ),
  name: PlainText(100).optional().describe('such as trading.reconcile-deal'),
  ...Page.shape,
});
export type ListJobs = z.infer<typeof ListJobs>;

export const KeptJob = z
  .object({
    id: z.string(),
    name: z.string(),
    state: JobState,
    createdAt: Instant,
    startedAt: Instant.nullable().describe('of its newest try'),
    completedAt: Instant.nullable().describe('when it was done, failed or was cancelled'),
    retryCount: z.number().int(),
    retryLimit: z.number().int(),
    error: z.string().nullable().describe('what went wrong, a line at most; the server’s log says more'),
  })
  .meta({ id: 'Job' });
export type KeptJob = z.infer<typeof KeptJob>;
export const JobList = z.object({ jobs: z.array(KeptJob), nextCursor: NextCursor }).meta({ id: 'JobList' });
export type JobList = z.infer<typeof JobList>;
export const RedriveJob = z.object({ id: z.string().min(1).max(60) });

export const Schedule = z
  .object({
    name: z.string().describe('of the job that it makes'),
    cron: z.string().describe('a cron line; of a slot on each day of a zone, its recurrence rule (RFC 5545)'),
    zone: z.string().describe('whose clock it means'),
    lastRun: z
      .object({ jobId: z.string(), state: JobState, at: Instant.describe('when it came to this state') })
      .nullable()
      .describe('null: none yet, or none that is still kept'),
    nextRunAt: Instant.nullable().describe('null: never'),
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof Schedule>;
export const ScheduleList = z.object({ schedules: z.array(Schedule) }).meta({ id: 'ScheduleList' });
