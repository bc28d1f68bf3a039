// How long audit rows are kept. Needs no API: the workers' job runs it.
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import { createAuditStore } from './store.ts';

/** Rows deleted in one statement, so that none holds the table for long. */
const batchRows = 5_000;
/** Statements of one run; what is left is the next run's. */
const maxBatches = 200;

/** Deletes the rows older than `days`, oldest first. Rows that are locked are left to the next run. */
export function createAuditRetention({
  database,
  clock,
  days,
}: {
  database: Database;
  clock: Clock;
  days: number;
}): () => Promise<void> {
  const store = createAuditStore(database.db);
  return async () => {
    const before = new Date(clock.now().getTime() - days * 24 * 3_600_000);
    for (let batch = 0; batch < maxBatches; batch++)
      if ((await store.deleteBefore(before, batchRows)) < batchRows) return;
  };
}
