// Buying what is not known of the broker's history: each candle once, whoever asks in whatever process. What is asked for is the caller's.
import type { StoredResolution } from '../../../../drizzle/schema/index.ts';
import type { Db } from '../../../db/transaction.ts';
import {
  maxCandlesPerPurchase,
  type BoughtCandle,
  type CandleHistory,
  type CandleKey,
  type Span,
} from '../ports.ts';
import { outwards, storedLengthMs } from './pieces.ts';
import type { CandlePartitions } from './partitions.ts';
import type { CandleStore } from './store.ts';

/** Purchases at once in this process: each holds a connection to the database for as long as the broker takes. */
const maxAtOnce = 2;
/** Purchases at one place: with the broker's clocks of today, with those of then, and once more where they changed in between. */
const maxTries = 3;
/** What is told in the broker's other local time may begin or end so much beside what was asked for. */
const besideMs = 2 * 3_600_000;

export interface FillOptions {
  /** It asks for so many candles at most, quiet times counted in. A whole number. */
  most: number;
  signal?: AbortSignal | undefined;
  /** Called after each purchase with how many candles came. */
  onBought?: (candles: number) => Promise<void> | void;
}
export type Filler = ReturnType<typeof createFiller>;

export function createFiller({
  db,
  store,
  partitions,
  history,
}: {
  db: Db;
  store: CandleStore;
  partitions: CandlePartitions;
  history: CandleHistory;
}) {
  const inPlace = createPlaces(maxAtOnce);
  const underWay = new Map<string, Promise<unknown>>();

  /** Buys the first gap within `chunk`, where there is still one once it is this process's turn. Gives how many candles came. */
  async function buyFirst(
    key: CandleKey,
    resolution: StoredResolution,
    chunk: Span,
    offsetMinutes: number | undefined,
  ): Promise<{ bought: number; offsetMinutes: number | null } | null> {
    const room = { startMs: chunk.startMs - besideMs, endMs: chunk.endMs + besideMs };
    await partitions.makeRoom(resolution, room);
    // Not repeated when PostgreSQL asks for it: what was bought would be bought again. One row is locked first, so that it does not ask.
    return db.transaction(async (tx) => {
      await store.holdHistory(tx, key, resolution);
      const [gap] = await store.gaps(key, resolution, chunk, tx);
      if (!gap) return null;
      const span = outwards(gap, resolution);
      const answer = await history.buy(key, { resolution, span, offsetMinutes });
      const candles = storable(answer.candles, resolution, room);
      await store.writeHistory(tx, key, resolution, { candles, known: answer.known });
      return { bought: answer.candles.length, offsetMinutes: answer.offsetMinutes };
    });
  }

  /**
   * Buys what is not known within a span of whole past candles, until all is or `most` were asked for. What a
   * purchase brought is committed with the knowledge of it, so that a run that ends in the middle is gone on with by the next one.
   * Gives for how many lengths was asked, and how many candles came, which is what it cost. Throws broker.* AppErrors.
   */
  return async function fill(
    key: CandleKey,
    resolution: StoredResolution,
    span: Span,
    { most, signal, onBought }: FillOptions,
  ): Promise<{ asked: number; bought: number }> {
    const length = storedLengthMs[resolution];
    let [asked, bought] = [0, 0];
    let offsetMinutes: number | undefined;
    let fromMs = span.startMs;
    /** Of purchases at one place: the broker's clocks may have to be learned first. */
    let tries = 0;
    while (!signal?.aborted && asked < most) {
      const [gap] = await store.gaps(key, resolution, { startMs: fromMs, endMs: span.endMs });
      if (!gap) break;
      const { startMs, endMs } = outwards(gap, resolution);
      const size = Math.min((endMs - startMs) / length, maxCandlesPerPurchase, most - asked);
      const chunk = { startMs, endMs: startMs + size * length };
      tries = startMs === fromMs ? tries + 1 : 1;
      if (tries > maxTries) {
        fromMs = chunk.endMs;
        continue;
      }
      fromMs = startMs;
      const market = `${key.feed} ${key.epic} ${resolution}`;
      const same = `${market} ${chunk.startMs} ${chunk.endMs}`;
      const joined = underWay.get(same);
      if (joined) {
        await joined; // somebody here buys the same: it is theirs, and what is left to be bought is looked up again
        continue;
      }
      const buying = inPlace(market, () =>
        signal?.aborted ? null : buyFirst(key, resolution, chunk, offsetMinutes),
      ).finally(() => underWay.delete(same));
      underWay.set(same, buying);
      const done = await buying;
      if (!done) continue;
      asked += size;
      bought += done.bought;
      offsetMinutes = done.offsetMinutes ?? offsetMinutes;
      await onBought?.(done.bought);
    }
    return { asked, bought };
  };
}

/** PostgreSQL's `integer`. */
const maxTicks = 2 ** 31 - 1;

/**
 * What the table takes of an answer: each candle once, the last told, of the times that there is room for. One row that it refused would
 * lose the whole answer, whose points are spent, and the next asker would spend them again.
 */
function storable(told: readonly BoughtCandle[], resolution: StoredResolution, room: Span): BoughtCandle[] {
  const byStart = new Map<number, BoughtCandle>();
  for (const candle of told) {
    const { startMs, ticks } = candle;
    if (startMs % storedLengthMs[resolution] !== 0 || startMs < room.startMs || startMs >= room.endMs)
      continue;
    byStart.set(startMs, { ...candle, ticks: Math.min(Math.trunc(ticks), maxTicks) });
  }
  return [...byStart.values()];
}

/** One at a time of a key, and `most` of all; those who wait are not counted, since a caller waits for its own. */
function createPlaces(most: number) {
  const last = new Map<string, Promise<unknown>>();
  const waiting: (() => void)[] = [];
  let free = most;
  async function inAny<T>(work: () => Promise<T> | T): Promise<T> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  }
  return async function inPlace<T>(key: string, work: () => Promise<T> | T): Promise<T> {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(() => inAny(work));
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    last.set(key, settled);
    try {
      return await mine;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
}
