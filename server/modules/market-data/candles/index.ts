// Candles, put together: what records them, what reads and follows them, what buys and keeps them.
import { z } from 'zod';
import type { Database } from '../../../db/client.ts';
import type { Jobs } from '../../../jobs/index.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Bus } from '../../../messaging/index.ts';
import type { CandleHistory, PriceInterest } from '../ports.ts';
import { defineBackfillJob } from './backfills.ts';
import { createFiller } from './fill.ts';
import { createCandleNews, wakeCandles } from './news.ts';
import { createCandlePartitions, type CandleRetention } from './partitions.ts';
import { createCandleReader, type CandleReader } from './reader.ts';
import { createCandleRecorder, type CandleRecorder } from './recorder.ts';
import { createCandleService } from './service.ts';
import { createCandleStore } from './store.ts';
import { createStoredCandles } from './stored-candles.ts';
import { createCandleWatch } from './watch.ts';

export { createBackfills } from './backfills.ts';
export { settleMs } from './reader.ts';
export { baseOf, storedLengthMs } from './pieces.ts';
export { spanAt } from './spans.ts';
export { keptFromMs, type CandleRetention } from './partitions.ts';
export { createCandleStore } from './store.ts';
export { noCandles, type CandleService } from './service.ts';

interface Ground {
  database: Database;
  bus: Bus;
  clock: Clock;
  logger: Logger;
}

/** What sees raw ticks in the gateway. To be closed before the database is. */
export function composeRecorder({ database: { db }, bus, clock, logger }: Ground): CandleRecorder {
  return createCandleRecorder({
    store: createCandleStore(db),
    partitions: createCandlePartitions(db),
    wake: (key) => wakeCandles(bus, key),
    clock,
    logger,
  });
}

interface Buying extends Ground {
  history: CandleHistory;
  retention: CandleRetention;
}
function createBuying({ database: { db }, history }: Buying) {
  const [store, partitions] = [createCandleStore(db), createCandlePartitions(db)];
  return { store, partitions, fill: createFiller({ db, store, partitions, history }) };
}

/** What is stored, for any process; it buys nothing. */
export const composeStoredCandles = ({ database: { db }, clock }: Pick<Ground, 'database' | 'clock'>) =>
  createStoredCandles({ store: createCandleStore(db), clock });

/** What is missing is bought; for what computes from candles in any process. */
export function composePastCandles(ground: Buying): Pick<CandleReader, 'read' | 'page'> {
  return createCandleReader({ ...ground, ...createBuying(ground) });
}

/** What the API asks. `close` ends its subscription; those who watch end by their own signals. */
export function composeCandles({ interest, ...ground }: Buying & { interest: PriceInterest }) {
  const { clock, bus } = ground;
  const reader = createCandleReader({ ...ground, ...createBuying(ground) });
  const news = createCandleNews({ bus, clock });
  const watch = createCandleWatch({ reader, news, interest, clock });
  return { service: createCandleService({ reader, watch, clock }), close: () => news.close() };
}

/** Defines the jobs that buy what commands want, and make and drop partitions: before they are started. */
export function defineCandleJobs({ jobs, ...ground }: Buying & { jobs: Jobs }): void {
  const { fill, partitions } = createBuying(ground);
  defineBackfillJob({ db: ground.database.db, jobs, fill });
  jobs.define({
    name: 'market-data.keep-candles',
    about: 'makes the partitions of the candles to come and drops those past their time',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 60,
    expireInSeconds: 300,
    cron: '40 * * * *',
    run: async () => void (await partitions.keep(ground.retention, ground.clock.now())),
  });
}
