// Background work on pg-boss: jobs are defined once, enqueued inside the caller's transaction, run by workers. No business here.
import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss } from 'pg-boss';
import type { z } from 'zod';
import type { Tx } from '../db/transaction.ts';
import type { Logger } from '../lib/logger.ts';

export interface JobDefinition<Payload extends z.ZodType> {
  /** Imperative, after its module: `auth.delete-expired-sessions`. */
  name: string;
  payload: Payload;
  retryLimit: number;
  /** Seconds before the first retry; doubles with each. */
  retryDelaySeconds: number;
  /** A run longer than this counts as failed and is tried again. */
  expireInSeconds: number;
  run(payload: z.output<Payload>): Promise<void>;
  /** Of the jobs enqueued with the same `key`, only one waits at a time; another one may be running. */
  oneWaitingPerKey?: boolean;
  /** How many run at once in one worker (default 1). */
  concurrency?: number;
  /** A cron line in UTC. A slot missed while no worker ran is run once when one is back. */
  cron?: string;
}

/** `key` is for `oneWaitingPerKey`; before `afterSeconds` it does not run. */
export interface EnqueueOptions {
  key?: string;
  afterSeconds?: number;
}
export interface Job<Payload extends z.ZodType> {
  readonly definition: JobDefinition<Payload>;
  /** Enqueues with `tx`: the job exists when the transaction commits, and not when it rolls back. */
  enqueue(tx: Tx, payload: z.input<Payload>, options?: EnqueueOptions): Promise<void>;
}

export interface Jobs {
  define<Payload extends z.ZodType>(definition: JobDefinition<Payload>): Job<Payload>;
  /** Creates the queues; with `work` also runs the jobs and their schedules. Call once, after every `define`. */
  start(options: { work: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** How long a stop waits for running jobs; what is cut off is run again by the next worker. */
const drainTimeoutMs = 5_000;

export function createJobs({ databaseUrl, logger }: { databaseUrl: string; logger: Logger }): Jobs {
  const definitions: JobDefinition<z.ZodType>[] = [];
  let boss: PgBoss | undefined;
  const running = () => {
    if (!boss) throw new Error('jobs are not started');
    return boss;
  };

  return {
    define(definition) {
      definitions.push(definition as unknown as JobDefinition<z.ZodType>);
      return {
        definition,
        async enqueue(tx, payload, { key, afterSeconds = 0 } = {}) {
          await running().send(definition.name, definition.payload.parse(payload) as object, {
            db: fromDrizzle(tx, sql),
            ...(key !== undefined && { singletonKey: key }),
            ...(afterSeconds > 0 && { startAfter: afterSeconds }),
          });
        },
      };
    },
    async start({ work }) {
      boss = new PgBoss({
        connectionString: databaseUrl,
        application_name: 'ftrader-jobs',
        max: 3,
        schedule: work,
        supervise: work,
      });
      boss.on('error', (err) => logger.error({ err }, 'jobs'));
      await boss.start();
      for (const job of definitions) {
        await boss.createQueue(job.name, {
          retryLimit: job.retryLimit,
          retryDelay: job.retryDelaySeconds,
          retryBackoff: true,
          expireInSeconds: job.expireInSeconds,
          ...(job.oneWaitingPerKey && { policy: 'short' as const }),
        });
        if (!work) continue;
        await boss.work(
          job.name,
          { localConcurrency: job.concurrency ?? 1 },
          async (batch: { data: unknown }[]) => {
            for (const { data } of batch) await job.run(job.payload.parse(data ?? {}));
          },
        );
        if (job.cron) await boss.schedule(job.name, job.cron, {}, { tz: 'UTC', missed: 'once' });
      }
    },
    async close() {
      await boss?.stop({ graceful: true, timeout: drainTimeoutMs });
    },
  };
}
