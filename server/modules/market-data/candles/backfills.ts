// What the command wants bought: a row per wish, worked off by a job, so that it goes on where it was whoever ends in between.
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { candleBackfills as rows, type StoredResolution } from '../../../../drizzle/schema/index.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { Db } from '../../../db/transaction.ts';
import type { Jobs } from '../../../jobs/index.ts';
import type { CandleKey, Span } from '../ports.ts';
import type { Filler } from './fill.ts';
import { storedLengthMs } from './pieces.ts';
import type { CandleStore } from './store.ts';

/** Candles of one run of the job: it is enqueued again for the rest, so that none is cut off by its time limit. */
const maxPerRun = 5_000;

/** What those have in common who want history and who buy it. */
export const backfillJob = {
  name: 'market-data.buy-candles',
  payload: z.object({ id: z.string() }),
  retryLimit: 3,
  retryDelaySeconds: 10,
  expireInSeconds: 900,
} as const;

export type Backfill = typeof rows.$inferSelect;

/** Wanting history, and looking how far it is; for a command. */
export function createBackfills({
  db,
  jobs,
  store,
  clock,
  ids,
}: {
  db: Db;
  jobs: Pick<Jobs, 'queue'>;
  store: Pick<CandleStore, 'gaps'>;
  clock: Clock;
  ids: Ids;
}) {
  const job = jobs.queue(backfillJob);
  return {
    /** Candles of a span of which nothing is known, quiet times counted in: what it costs at most. */
    async missing(key: CandleKey, resolution: StoredResolution, span: Span): Promise<number> {
      const gaps = await store.gaps(key, resolution, span);
      return (
        gaps.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs), 0) / storedLengthMs[resolution]
      );
    },
    /** Has a worker buy what is missing of a span of whole candles of the past. Gives the id of the wish. */
    async want({ feed, epic }: CandleKey, resolution: StoredResolution, span: Span): Promise<string> {
      const id = ids.next('backfill');
      await db.transaction(async (tx) => {
        await tx.insert(rows).values({
          id,
          feed,
          epic,
          resolution,
          fromAt: new Date(span.startMs),
          toAt: new Date(span.endMs),
          state: 'wanted',
          points: 0,
          problem: null,
          createdAt: clock.now(),
        });
        await job.enqueue(tx, { id });
      });
      return id;
    },
    async get(id: string): Promise<Backfill> {
      const [row] = await db.select().from(rows).where(eq(rows.id, id));
      if (!row) throw new Error(`there is no backfill ${id}`);
      return row;
    },
    /** Ends it after the purchase under way; what was bought stays. */
    async cancel(id: string): Promise<void> {
      await db
        .update(rows)
        .set({ state: 'cancelled' })
        .where(and(eq(rows.id, id), eq(rows.state, 'wanted')));
    },
  };
}

/** As a sentence, with the broker's own reason for a refusal: whoever reads the row has no error object beside it. */
function problemOf({ code, message, options: { brokerCode } }: AppError): string {
  if (code !== 'broker.refused' || brokerCode === undefined) return message;
  return `The broker refused the request: ${brokerCode}.`;
}

/** Defines the job that buys: before the jobs are started. */
export function defineBackfillJob({
  db,
  jobs,
  fill,
}: {
  db: Db;
  jobs: Pick<Jobs, 'define'>;
  fill: Filler;
}): void {
  const end = (id: string, change: Partial<Backfill>) =>
    db
      .update(rows)
      .set(change)
      .where(and(eq(rows.id, id), eq(rows.state, 'wanted')));
  async function buy({ id }: { id: string }): Promise<void> {
    const [wish] = await db.select().from(rows).where(eq(rows.id, id));
    if (wish?.state !== 'wanted') return;
    const { resolution, fromAt, toAt } = wish;
    const stop = new AbortController();
    let { points } = wish;
    try {
      const { asked } = await fill(
        wish,
        resolution,
        { startMs: fromAt.getTime(), endMs: toAt.getTime() },
        {
          most: maxPerRun,
          signal: stop.signal,
          async onBought(candles) {
            points += candles;
            const [row] = await db
              .update(rows)
              .set({ points })
              .where(eq(rows.id, id))
              .returning({ state: rows.state });
            if (row?.state !== 'wanted') stop.abort();
          },
        },
      );
      if (stop.signal.aborted) return;
      if (asked < maxPerRun) await end(id, { state: 'done' });
      else await db.transaction((tx) => job.enqueue(tx, { id }));
    } catch (error) {
      // What the broker says is told; anything else is tried again.
      if (!(error instanceof AppError)) throw error;
      await end(id, { state: 'failed', problem: problemOf(error) });
    }
  }
  const job = jobs.define({
    ...backfillJob,
    about: 'buys the candles that npm run backfill-prices asked for',
    run: buy,
  });
}
