// Candles from raw ticks, in the process that holds a feed's lease: built in memory, written once a second under its epoch, then told.
import { again } from '../../../lib/again.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { waitAtMost } from '../../../lib/within.ts';
import { sqlState } from '../../../db/transaction.ts';
import type { CandleKey, FeedLease, PriceTap } from '../ports.ts';
import { createCandleBuilder, type BuiltCandle, type CandleBuilder, type Seen } from './builder.ts';
import type { CandlePartitions } from './partitions.ts';
import { storedLengthMs, storedResolutions } from './pieces.ts';
import type { CandleStore } from './store.ts';

const writeEveryMs = 1_000;
/** A candle is over so long after its end: what was on its way is in it, and needs no revision. */
const graceMs = 500;
/** How long a stop waits for PostgreSQL; what it did not take is a gap, which history fills. */
const closeWithinMs = 3_000;
/** Candles and spans that wait for PostgreSQL, per lease: some ten minutes of forty markets. Beyond, all of it is a gap. */
const maxWaiting = 30_000;

interface Recording {
  lease: FeedLease;
  builders: Map<string, CandleBuilder>;
  /** By epic, resolution and start. */
  candles: Map<string, BuiltCandle & { epic: string }>;
  seen: (Seen & { epic: string })[];
  late: number;
}

export interface CandleRecorder extends PriceTap {
  /** Writes what is there, and no more. */
  close(): Promise<void>;
}

export function createCandleRecorder({
  store,
  partitions,
  wake,
  clock,
  logger,
}: {
  store: Pick<CandleStore, 'writeTicks'>;
  partitions: Pick<CandlePartitions, 'makeRoom' | 'forget'>;
  /** Tells those who watch the candles of a market. */
  wake: (key: CandleKey) => void;
  clock: Clock;
  logger: Logger;
}): CandleRecorder {
  /** By feed. */
  const recordings = new Map<string, Recording>();
  let failing = false;

  function gather(recording: Recording) {
    const nowMs = clock.now().getTime() - graceMs;
    for (const [epic, builder] of recording.builders) {
      const { candles, seen } = builder.take(nowMs);
      for (const candle of candles)
        recording.candles.set(`${epic} ${candle.resolution} ${candle.startMs}`, { ...candle, epic });
      recording.seen.push(...seen.map((each) => ({ ...each, epic })));
    }
    if (recording.candles.size + recording.seen.length <= maxWaiting) return;
    logger.error(
      { feed: recording.lease.feed, candles: recording.candles.size },
      'candles could not be written for too long and are dropped: history fills the gap',
    );
    recording.candles.clear();
    recording.seen = [];
    for (const builder of recording.builders.values()) builder.interrupt();
  }
  async function makeRoom(candles: readonly BuiltCandle[]) {
    for (const resolution of storedResolutions) {
      const starts = candles.filter((each) => each.resolution === resolution).map(({ startMs }) => startMs);
      if (starts.length === 0) continue;
      const [startMs, lastMs] = [Math.min(...starts), Math.max(...starts)];
      await partitions.makeRoom(resolution, { startMs, endMs: lastMs + storedLengthMs[resolution] });
    }
  }
  async function write(recording: Recording) {
    gather(recording);
    const { feed, epoch } = recording.lease;
    const [candles, seen] = [[...recording.candles], recording.seen];
    if (candles.length === 0 && seen.length === 0) return;
    const written = candles.map(([, candle]) => candle);
    try {
      await makeRoom(written);
      await store.writeTicks(feed, epoch, written, seen);
      failing = false;
    } catch (err) {
      if (sqlState(err) === noPartition) partitions.forget();
      if (!failing) logger.warn({ err, feed }, 'candles could not be written (said once until they can)');
      failing = true;
      return;
    }
    for (const [key, candle] of candles)
      if (recording.candles.get(key) === candle) recording.candles.delete(key);
    recording.seen = recording.seen.filter((each) => !seen.includes(each));
    for (const epic of new Set(written.map((candle) => candle.epic))) wake({ feed, epic });
  }
  const writeAll = again(async () => {
    for (const recording of [...recordings.values()]) await write(recording);
  });
  const stop = clock.every(writeEveryMs, writeAll);

  const builderOf = ({ builders }: Recording, epic: string): CandleBuilder => {
    const found = builders.get(epic) ?? createCandleBuilder();
    builders.set(epic, found);
    return found;
  };
  return {
    name: 'candles',
    begin(lease) {
      recordings.set(lease.feed, { lease, builders: new Map(), candles: new Map(), seen: [], late: 0 });
    },
    ticks({ lease, ticks, missed }) {
      const recording = recordings.get(lease.feed);
      if (recording?.lease.epoch !== lease.epoch) return;
      if (missed > 0) for (const builder of recording.builders.values()) builder.interrupt();
      const nowMs = clock.now().getTime();
      for (const tick of ticks) {
        if (builderOf(recording, tick.epic).add(tick, nowMs)) continue;
        if (recording.late++ === 0)
          logger.warn(
            { feed: lease.feed, epic: tick.epic, at: tick.at },
            'a quote was too late, or ahead of our clock, for its candle: left out (said once a lease)',
          );
      }
    },
    interrupted({ lease, epics }) {
      const recording = recordings.get(lease.feed);
      if (recording?.lease.epoch !== lease.epoch) return;
      for (const [epic, builder] of recording.builders)
        if (epics === null || epics.includes(epic)) builder.interrupt();
    },
    async end({ feed, epoch }) {
      const recording = recordings.get(feed);
      if (recording?.lease.epoch !== epoch) return;
      writeAll();
      await writeAll.idle();
      if (recordings.get(feed) === recording) recordings.delete(feed);
    },
    async close() {
      stop();
      writeAll();
      await waitAtMost(clock, closeWithinMs, writeAll.idle());
      recordings.clear();
    },
  };
}
/** PostgreSQL: no partition of relation found for row. */
const noPartition = '23514';
