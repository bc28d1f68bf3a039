// Background jobs as an administrator sees them, and one that failed run once more.
import type { JobList, KeptJob, ListJobs } from '../../../shared/admin-jobs.ts';
import { AppError } from '../../lib/app-error.ts';
import type { BackgroundJobs } from './ports.ts';

export type JobCalls = ReturnType<typeof createJobCalls>;

export function createJobCalls(jobs: BackgroundJobs) {
  /** Throws admin.job_not_found. */
  async function get(id: string): Promise<KeptJob> {
    const job = await jobs.find(id);
    if (!job) throw new AppError('admin.job_not_found');
    return job;
  }
  return {
    /** Newest first. Throws request.invalid for a cursor of another list. */
    async list({ cursor, limit, ...filter }: ListJobs): Promise<JobList> {
      const { rows, nextCursor } = await jobs.list(filter, { cursor, limit });
      return { jobs: rows, nextCursor };
    },
    /** Throws admin.job_not_found, admin.job_not_failed. */
    async redrive(id: string): Promise<KeptJob> {
      if (!(await jobs.retry(await get(id)))) throw new AppError('admin.job_not_failed');
      return get(id);
    },
    schedules: async () => ({ schedules: await jobs.schedules() }),
  };
}
