// Gives rows their places in the sealed log, each with a hash over all before it. Needs no API: the workers' job runs it.
import type { Database } from '../../db/client.ts';
import { inTransaction } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { emptyHash, hashOf } from './chain.ts';
import { sealStore as store, type Seal } from './seal-store.ts';

/** Rows of a stretch: sealed in one transaction, and one day removed in one. */
const stretchRows = 5_000;
/** No call takes so long: a row that is `started` for longer was cut off by a crash, and is sealed so. */
const longestCallMs = 3_600_000;

/** Seals what is ready, stretch by stretch, until nothing is. Several at once wait for each other. */
export function createAuditSealing({
  database: { db },
  clock,
  logger,
  rowsOfStretch = stretchRows,
}: {
  database: Pick<Database, 'db'>;
  clock: Clock;
  logger: Logger;
  rowsOfStretch?: number;
}): () => Promise<void> {
  /** Undefined: nothing was ready. */
  const sealOne = () =>
    inTransaction(db, async (tx): Promise<Omit<Seal, 'cutAt'> | undefined> => {
      await store.lock(tx); // a statement of its own: what follows sees the seal of who held it before
      const sealedAt = clock.now();
      const rows = await store.unsealed(tx, new Date(sealedAt.getTime() - longestCallMs), rowsOfStretch);
      const newest = rows.at(-1);
      if (!newest) return undefined;
      const last = await store.last(tx);
      let [place, hash] = [last?.lastPlace ?? 0, last?.closingHash ?? emptyHash];
      const firstPlace = place + 1;
      const placed = rows.map((row) => {
        hash = hashOf(hash, ++place, row);
        return { id: row.id!, place, hash };
      });
      const newestAt = new Date(newest.at!);
      const stretch = { firstPlace, lastPlace: place, closingHash: hash, sealedAt, newestAt };
      await store.insert(tx, placed, stretch);
      return stretch;
    });
  return async () => {
    for (;;) {
      const stretch = await sealOne();
      if (!stretch) return;
      const { firstPlace, lastPlace, closingHash } = stretch;
      // Whoever keeps logs elsewhere has this hash there, and with it finds out whether the log was written anew.
      logger.info(
        { rows: lastPlace - firstPlace + 1, place: lastPlace, hash: closingHash },
        'the audit log is sealed up to here',
      );
      if (lastPlace - firstPlace + 1 < rowsOfStretch) return;
    }
  };
}
