// Background work on pg-boss: jobs are enqueued inside the caller's transaction, and run by whichever worker defines them. No business here.
import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss, type AttachableClock, type JobWithMetadata } from 'pg-boss';
import type { z } from 'zod';
import { errorRegistry } from '../../shared/errors.ts';
import type { Environment } from '../../shared/primitives.ts';
import { withGrants } from '../db/rights.ts';
import { Session } from '../db/session.ts';
import type { Tx } from '../db/transaction.ts';
import { again } from '../lib/again.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import { pullBack } from './ahead.ts';
import { dailyRule, type DailySlot } from './daily.ts';

/** What those who enqueue a job and those who run it have in common, in whatever process. */
export interface JobKind<Payload extends z.ZodType> {
  /** Imperative, after its module: `auth.delete-expired-sessions`. */
  name: string;
  payload: Payload;
  retryLimit: number;
  /** Seconds before the first retry; doubles with each. */
  retryDelaySeconds: number;
  /** A run longer than this counts as failed and is tried again. */
  expireInSeconds: number;
  /** Of the jobs enqueued with the same `key`, only one waits at a time, until the earliest that any was wanted; another one may be running. */
  oneWaitingPerKey?: boolean;
}

export interface JobDefinition<Payload extends z.ZodType> extends JobKind<Payload> {
  /** What it does, in half a sentence, for docs/jobs.md. */
  about: string;
  run(payload: z.output<Payload>): Promise<void>;
  /** How often it is looked for, when nothing else tells (default 2); not below 0.5. */
  pollSeconds?: number;
  /** How many run at once in one worker (default 1). */
  concurrency?: number;
  /** A cron line by the clock of UTC. A slot missed while no worker ran is run once when one is back, as one of `daily` is. */
  cron?: string;
  /** Once on each day of a zone. */
  daily?: DailySlot;
  /** Whom it is for; left out, or undefined: for nobody alone, and administrators are told when it fails. */
  ownerOf?(payload: z.output<Payload>): Promise<JobOwner | undefined>;
}

/** Whose a job is, and on which account it works, if on one. */
export interface JobOwner {
  userId: string;
  account?: { id: string; environment: Environment };
}

/** A job that is tried no more. */
export interface FailedJob {
  name: string;
  /** The first line of why, as the last try gave it: for administrators. */
  error: string;
  /** Why in words that its owner may see; undefined: a fault of this server. */
  said: string | undefined;
  /** How often it was begun. */
  tries: number;
  owner: JobOwner | undefined;
  /** With the transaction that tells of it: so that is done once. */
  settle(tx: Tx): Promise<void>;
}

/** `key` is for `oneWaitingPerKey`; before `afterSeconds` it does not run. */
export interface EnqueueOptions {
  key?: string;
  afterSeconds?: number;
}
export interface JobQueue<Payload extends z.ZodType> {
  /** Enqueues with `tx`: the job exists when the transaction commits, and not when it rolls back. */
  enqueue(tx: Tx, payload: z.input<Payload>, options?: EnqueueOptions): Promise<void>;
}
export interface Job<Payload extends z.ZodType> extends JobQueue<Payload> {
  readonly definition: JobDefinition<Payload>;
}

export interface Jobs {
  /** A job of this process's workers, which this process may enqueue as well. */
  define<Payload extends z.ZodType>(definition: JobDefinition<Payload>): Job<Payload>;
  /** A job that this process enqueues and does not run: a worker that defines it does, now or when it is back. */
  queue<Payload extends z.ZodType>(kind: JobKind<Payload>): JobQueue<Payload>;
  /** What is done about a job of any kind that failed for good; in a process that works. It is tried again until it settles it. */
  whenFailed(tell: (failed: FailedJob) => Promise<void>): void;
  /** Creates the queues; with `work` also runs the jobs and their schedules. Call once, after every `define` and `queue`. Throws MissingRights. */
  start(options: { work: boolean }): Promise<void>;
  /** Has a job that failed run once more, from the commit of `tx` on. Nothing where it has not failed. */
  retry(tx: Tx, name: string, id: string): Promise<void>;
  /** When a schedule is due next, `count` times, after `from` or by the database's clock; fewer where it never is. */
  nextRuns(slots: string, zone: string, options: { count: number; from?: Date }): Date[];
  /** All that were defined here. */
  readonly definitions: readonly JobDefinition<z.ZodType>[];
  close(): Promise<void>;
}

/** How long a stop waits for running jobs; what is cut off is run again by the next worker. */
const drainTimeoutMs = 5_000;
/** Between two looks for what was stored while the database's clock was ahead. */
const pullBackEveryMs = 15_000;

/** Where pg-boss puts a copy of each job that failed for good, in the statement that says so of it. */
const failures = {
  name: 'jobs.tell-failed',
  options: { retryLimit: 10, retryDelay: 5, retryBackoff: true, expireInSeconds: 60 },
};
/** Without its stack. One that ran out of time has its words a level lower. */
function errorOf(output: object | null | undefined): string {
  const { message, value } = (output ?? {}) as { message?: unknown; value?: { message?: unknown } };
  return String(message ?? value?.message ?? 'it ended without a word')
    .split('\n')[0]!
    .slice(0, 300);
}

/** An AppError, as pg-boss keeps it: its message is made to be shown. */
const isSaid = (output: object | null | undefined): boolean => {
  const { name, code } = (output ?? {}) as { name?: unknown; code?: unknown };
  return name === 'AppError' && typeof code === 'string' && code in errorRegistry;
};

export function createJobs({
  databaseUrl,
  logger,
  clock = systemClock,
  queueClock,
  metrics,
}: {
  databaseUrl: string;
  logger: Logger;
  clock?: Clock;
  /** For tests of schedules: pg-boss's own clock, and that of its statements (default: the system's, and the database's). */
  queueClock?: AttachableClock;
  metrics?: Metrics;
}): Jobs {
  const runs = metrics?.counter('ftrader_jobs_total', 'Jobs run in this process, by outcome', [
    'job',
    'outcome',
  ]);
  async function runOnce(job: JobDefinition<z.ZodType>, data: unknown): Promise<void> {
    let outcome = 'failed';
    try {
      await job.run(job.payload.parse(data ?? {}));
      outcome = 'done';
    } finally {
      runs?.inc({ job: job.name, outcome });
    }
  }
  const bringForward = ({ name, key, afterSeconds }: { name: string; key: string; afterSeconds: number }) => {
    const wanted = sql`now() + make_interval(secs => ${afterSeconds})`;
    return sql`update pgboss.job set start_after = ${wanted}
      where name = ${name} and singleton_key = ${key} and state = 'created' and start_after > ${wanted}`;
  };
  const kinds = new Map<string, JobKind<z.ZodType>>();
  const definitions: JobDefinition<z.ZodType>[] = [];
  let tellOf: ((failed: FailedJob) => Promise<void>) | undefined;
  let boss: PgBoss | undefined;
  const running = () => {
    if (!boss) throw new Error('jobs are not started');
    return boss;
  };
  const pullingBack = again(async () => {
    try {
      for (const text of pullBack) await running().getDb().executeSql(text);
    } catch (err) {
      logger.warn({ err }, 'jobs could not be looked through for instants that lie ahead');
    }
  });
  let stopPulling: () => void = () => undefined;
  async function report({ id, data, sourceName, sourceOutput, sourceRetryCount }: JobWithMetadata<object>) {
    const name = sourceName ?? 'of a queue that is no more';
    const job = definitions.find((each) => each.name === name);
    const payload = job?.payload.safeParse(data ?? {});
    const owner = payload?.success ? await job?.ownerOf?.(payload.data) : undefined;
    await tellOf?.({
      name,
      error: errorOf(sourceOutput),
      said: isSaid(sourceOutput) ? errorOf(sourceOutput) : undefined,
      tries: (sourceRetryCount ?? 0) + 1,
      owner,
      settle: async (tx) =>
        void (await running().complete(failures.name, id, {}, { db: fromDrizzle(tx, sql) })),
    });
  }
  function queue<Payload extends z.ZodType>(kind: JobKind<Payload>): JobQueue<Payload> {
    kinds.set(kind.name, kind);
    return {
      async enqueue(tx, payload, { key, afterSeconds = 0 } = {}) {
        const id = await running().send(kind.name, kind.payload.parse(payload) as object, {
          db: fromDrizzle(tx, sql),
          ...(key !== undefined && { singletonKey: key }),
          ...(afterSeconds > 0 && { startAfter: afterSeconds }),
        });
        // pg-boss drops what another one waits for already, even if that one waits for longer.
        if (id === null && kind.oneWaitingPerKey && key !== undefined)
          await tx.execute(bringForward({ name: kind.name, key, afterSeconds }));
      },
    };
  }

  return {
    queue,
    define(definition) {
      definitions.push(definition as unknown as JobDefinition<z.ZodType>);
      return { definition, ...queue(definition) };
    },
    whenFailed(tell) {
      tellOf = tell;
    },
    async start({ work }) {
      const pool = {
        connectionString: databaseUrl,
        application_name: 'ftrader-jobs',
        max: 3,
        Client: Session, // its pool is pg's, made with what is given here
      };
      boss = new PgBoss({
        ...pool,
        schedule: work,
        supervise: work,
        ...(queueClock && { clock: queueClock }),
      });
      boss.on('error', (err) => logger.error({ err }, 'jobs'));
      await boss.start().catch(async (err: unknown) => {
        throw await withGrants(databaseUrl, err);
      });
      await boss.createQueue(failures.name, failures.options);
      for (const kind of kinds.values()) {
        await boss.createQueue(kind.name, {
          retryLimit: kind.retryLimit,
          retryDelay: kind.retryDelaySeconds,
          retryBackoff: true,
          expireInSeconds: kind.expireInSeconds,
          deadLetter: failures.name,
          ...(kind.oneWaitingPerKey && { policy: 'short' as const }),
        });
        // Of one that an older version made.
        await boss.updateQueue(kind.name, { deadLetter: failures.name });
      }
      if (!work) return;
      if (tellOf)
        await boss.work(
          failures.name,
          { includeMetadata: true },
          async (batch: JobWithMetadata<object>[]) => {
            for (const failed of batch) await report(failed);
          },
        );
      pullingBack();
      stopPulling = clock.every(pullBackEveryMs, pullingBack);
      for (const job of definitions) {
        await boss.work(
          job.name,
          {
            localConcurrency: job.concurrency ?? 1,
            ...(job.pollSeconds && { pollingIntervalSeconds: job.pollSeconds }),
          },
          async (batch: { data: unknown }[]) => {
            for (const { data } of batch) await runOnce(job, data);
          },
        );
        const slots = job.daily ? dailyRule(job.daily) : job.cron;
        if (slots) await boss.schedule(job.name, slots, {}, { tz: job.daily?.zone ?? 'UTC', missed: 'once' });
      }
    },
    async retry(tx, name, id) {
      await running().retry(name, id, { db: fromDrizzle(tx, sql) });
    },
    nextRuns: (slots, zone, options) => running().previewSchedule(slots, { tz: zone, ...options }),
    definitions,
    async close() {
      stopPulling();
      await pullingBack.idle();
      await boss?.stop({ graceful: true, timeout: drainTimeoutMs });
    },
  };
}
