// How long audit rows are kept. Needs no API: the workers' job runs it.
import type { Database } from '../../db/client.ts';
import { inTransaction } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import { sealStore as store } from './seal-store.ts';

/** Stretches of one run, each in its own transaction; what is left is the next run's. */
const maxStretches = 2_000;

/**
 * Removes the stretches of the sealed log of which every row is older than `days`, from the first on. Their seals stay, so that what
 * follows can still be held against the hash of the last row that is gone. What is not sealed stays.
 */
export function createAuditRetention({
  database: { db },
  clock,
  days,
}: {
  database: Pick<Database, 'db'>;
  clock: Clock;
  days: number;
}): () => Promise<void> {
  const cutOldest = () =>
    inTransaction(db, async (tx) => {
      const now = clock.now();
      const seal = await store.oldest(tx);
      if (!seal || seal.newestAt.getTime() >= now.getTime() - days * 24 * 3_600_000) return false;
      await store.cut(tx, seal, now);
      return true;
    });
  return async () => {
    for (let stretch = 0; stretch < maxStretches; stretch++) if (!(await cutOldest())) return;
  };
}
