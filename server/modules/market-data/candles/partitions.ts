// The partitions of the candles' table: made before something is written into them, dropped when all in them is too old. What one is made of: the migration.
import type { StoredResolution } from '../../../../drizzle/schema/index.ts';
import { run, statement } from '../../../db/statement.ts';
import type { Db } from '../../../db/transaction.ts';
import { storedResolutions } from './pieces.ts';
import type { Span } from '../ports.ts';

const makeRoom = statement(
  'candles_make_room',
  'select candles_make_room($1, $2, $3)',
  ([made]) => made as number,
);
const dropBefore = statement(
  'candles_drop_before',
  'select candles_drop_before($1, $2)',
  ([dropped]) => dropped as number,
);
const day = 86_400_000;
/** How many days of each are kept; null: for ever. */
export type CandleRetention = Readonly<Record<StoredResolution, number | null>>;
/** Made so long before the first candle comes, so that nobody waits for a table. */
const aheadMs = 3 * day;
/** The start of the partition that holds an instant, as text. */
const partitionOf: Record<StoredResolution, (atMs: number) => string> = {
  SECOND: (atMs) => new Date(atMs).toISOString().slice(0, 'yyyy-mm-dd'.length),
  MINUTE: (atMs) => new Date(atMs).toISOString().slice(0, 'yyyy-mm'.length),
  HOUR: (atMs) => new Date(atMs).toISOString().slice(0, 'yyyy'.length),
};

/** The oldest instant of which candles are kept. Whole days are, so one that is asked for now is there for hours. */
export const keptFromMs = (
  retention: CandleRetention,
  resolution: StoredResolution,
  nowMs: number,
): number => {
  const days = retention[resolution];
  return days === null ? -Infinity : Math.floor(nowMs / day) * day - days * day;
};

export type CandlePartitions = ReturnType<typeof createCandlePartitions>;

export function createCandlePartitions(db: Db) {
  /** Those that are there, as far as this process knows. */
  const known = new Set<string>();
  return {
    /** The partitions are there that hold candles of [`startMs`, `endMs`). */
    async makeRoom(resolution: StoredResolution, { startMs, endMs }: Span): Promise<void> {
      const keys = [startMs, endMs - 1].map((ms) => `${resolution} ${partitionOf[resolution](ms)}`);
      if (keys.every((key) => known.has(key))) return;
      await run(db, makeRoom, [resolution, new Date(startMs).toISOString(), new Date(endMs).toISOString()]);
      for (const key of keys) known.add(key);
    },
    /** To be called when a row found no partition: they are looked for again. */
    forget: (): void => known.clear(),
    /** Makes what will be needed soon, and drops what is too old. Gives how many tables were dropped. */
    async keep(retention: CandleRetention, now: Date): Promise<number> {
      let dropped = 0;
      for (const resolution of storedResolutions) {
        const nowMs = now.getTime();
        await this.makeRoom(resolution, { startMs: nowMs, endMs: nowMs + aheadMs });
        const before = keptFromMs(retention, resolution, nowMs);
        if (before === -Infinity) continue;
        const [count = 0] = await run(db, dropBefore, [resolution, new Date(before).toISOString()]);
        dropped += count;
      }
      known.clear();
      return dropped;
    },
  };
}
