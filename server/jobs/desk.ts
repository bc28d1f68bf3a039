// Jobs and schedules as an administrator sees them, whichever process runs them; what a job is about (its payload) is not among it. The tables are pg-boss's.
import { and, sql } from 'drizzle-orm';
import type { JobState, KeptJob, ListJobs, Schedule } from '../../shared/admin-jobs.ts';
import type { Page } from '../../shared/primitives.ts';
import { inTransaction, type Db } from '../db/transaction.ts';
import { keyset } from '../lib/keyset.ts';
import type { Jobs } from './index.ts';

export type JobDesk = ReturnType<typeof createJobDesk>;

/** Characters of an error's first line that are shown. */
const maxErrorLength = 300;

const instant = (value: string) => new Date(value);
/** To the millisecond: that is all a cursor holds. */
const createdAt = sql<Date>`date_trunc('milliseconds', created_on)`.mapWith(instant);
const id = sql<string>`id::text`;
const newest = keyset({ createdAt, id }, { at: 'createdAt', id: 'id', order: 'newest first' });
/** Without its stack; what a job gave back when all went well is nobody's business. One that ran out of time has its words a level lower. */
const error = sql<string | null>`case when state in ('failed', 'retry', 'cancelled')
  then left(split_part(coalesce(output->>'message', output->'value'->>'message'), chr(10), 1), ${sql.raw(String(maxErrorLength))}) end`;
/** pg-boss has work of its own, under names that begin so. */
const isOurs = sql`not starts_with(name, '__')`;

export function createJobDesk(db: Db, jobs: Pick<Jobs, 'retry' | 'nextRuns'>) {
  const select = () =>
    db
      .select({
        id,
        name: sql<string>`name`,
        state: sql<JobState>`state::text`,
        createdAt,
        startedAt: sql<Date | null>`started_on`.mapWith(instant),
        completedAt: sql<Date | null>`completed_on`.mapWith(instant),
        retryCount: sql<number>`retry_count`,
        retryLimit: sql<number>`retry_limit`,
        error,
      })
      .from(sql`pgboss.job`);

  return {
    /** Newest first. Throws request.invalid for a cursor of another list. */
    list: ({ state, name }: Omit<ListJobs, keyof Page>, page: Page) =>
      newest<KeptJob>(page, ({ after, orderBy, limit }) =>
        select()
          .where(
            and(isOurs, sql`state = ${state}`, name === undefined ? undefined : sql`name = ${name}`, after),
          )
          .orderBy(...orderBy)
          .limit(limit),
      ),
    async find(asked: string): Promise<KeptJob | undefined> {
      return (await select().where(and(isOurs, sql`${id} = ${asked}`)))[0];
    },
    /** Runs it once more. False where it has not failed, or somebody else was quicker. */
    retry: ({ name, id: which }: Pick<KeptJob, 'name' | 'id'>): Promise<boolean> =>
      inTransaction(db, async (tx) => {
        const { rows } = await tx.execute<{ state: JobState }>(
          sql`select state::text from pgboss.job where name = ${name} and id = ${which}::uuid for update`,
        );
        if (rows[0]?.state !== 'failed') return false;
        await jobs.retry(tx, name, which);
        return true;
      }),
    /** By name. */
    async schedules(): Promise<Schedule[]> {
      const { rows } = await db.execute<{
        name: string;
        cron: string;
        zone: string;
        jobId: string | null;
        state: JobState;
        at: string;
      }>(sql`select s.name, s.cron, coalesce(s.timezone, 'UTC') as zone, j.id::text as "jobId", j.state::text,
          coalesce(j.completed_on, j.started_on, j.created_on) as at
        from pgboss.schedule s left join pgboss.job j on j.name = s.name and j.id = s.last_job_id
        order by s.name, s.key`);
      return rows.map(({ name, cron, zone, jobId, state, at }) => ({
        name,
        cron,
        zone,
        lastRun: jobId === null ? null : { jobId, state, at: new Date(at) },
        nextRunAt: jobs.nextRuns(cron, zone, { count: 1 })[0] ?? null,
      }));
    },
  };
}
