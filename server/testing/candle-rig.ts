// Candles on a database of a test's own: rows put in as if bought, and the reader over them, with a history that the test makes.
import type { StoredResolution } from '../../drizzle/schema/index.ts';
import type { Resolution } from '../../shared/candles.ts';
import type { Db } from '../db/transaction.ts';
import type { BoughtCandle, CandleHistory } from '../modules/market-data/ports.ts';
import { createFiller } from '../modules/market-data/candles/fill.ts';
import { createCandlePartitions, type CandleRetention } from '../modules/market-data/candles/partitions.ts';
import { storedLengthMs } from '../modules/market-data/candles/pieces.ts';
import { createCandleReader } from '../modules/market-data/candles/reader.ts';
import { createCandleStore } from '../modules/market-data/candles/store.ts';
import { createManualClock } from './manual-clock.ts';
import { testDb } from './test-db.ts';

type Prices = Record<'open' | 'high' | 'low' | 'close', string>;
export interface KeptCandle {
  startMs: number;
  bid: Prices | null;
  offer: Prices | null;
  ticks?: number;
}

/** A broker that has nothing, and is not to be asked. */
const noHistory: CandleHistory = {
  buy: () => Promise.reject(new Error('history was asked for')),
  points: async () => ({ granted: null, left: null }),
};
export const candleKey = { feed: 'simulated', epic: 'CS.D.EURUSD.CFD.IP' };
const keepAll: CandleRetention = { SECOND: null, MINUTE: null, HOUR: null };

export async function candleRig({
  nowAt = '2026-01-05T12:00:00Z',
  history = noHistory,
  retention = keepAll,
}: { nowAt?: string; history?: CandleHistory; retention?: CandleRetention } = {}) {
  const db = await testDb();
  const clock = createManualClock(new Date(nowAt));
  const store = createCandleStore(db.database.db);
  const partitions = createCandlePartitions(db.database.db);
  const fill = createFiller({ db: db.database.db, store, partitions, history });
  const reader = createCandleReader({ store, fill, history, retention, clock });
  return {
    ...db,
    clock,
    store,
    partitions,
    buyGaps: fill,
    reader,
    /** See `keepCandles`. */
    keep: (resolution: StoredResolution, candles: readonly KeptCandle[]) =>
      keepCandles(db.database.db, resolution, candles),
    /** Candles without a move. */
    steady: ({
      fromMs,
      count,
      everyMs,
      ticks = 1,
    }: {
      fromMs: number;
      count: number;
      everyMs: number;
      ticks?: number;
    }): KeptCandle[] => {
      const price = { open: '1.1', high: '1.1', low: '1.1', close: '1.1' };
      return Array.from({ length: count }, (_, index) => ({
        startMs: fromMs + index * everyMs,
        bid: price,
        offer: price,
        ticks,
      }));
    },
    /** A page of 500 at most of candles that start within [`fromMs`, `toMs`), nothing bought. */
    read: (
      resolution: Resolution,
      {
        fromMs,
        toMs,
        zone = 'UTC',
        limit = 500,
      }: { fromMs: number; toMs: number; zone?: string; limit?: number },
    ) => reader.read({ key: candleKey, resolution, zone, range: { startMs: fromMs, endMs: toMs }, limit }),
  };
}

/** Stores candles of EUR/USD as if bought, and that all between the first and the last of them is known. */
export async function keepCandles(
  db: Db,
  resolution: StoredResolution,
  candles: readonly KeptCandle[],
): Promise<void> {
  const store = createCandleStore(db);
  const known = {
    startMs: candles[0]!.startMs,
    endMs: candles.at(-1)!.startMs + storedLengthMs[resolution],
  };
  await createCandlePartitions(db).makeRoom(resolution, known);
  const of = ({ bid, offer }: KeptCandle, name: keyof Prices) => ({
    bid: bid?.[name] ?? null,
    offer: offer?.[name] ?? null,
  });
  await db.transaction(async (tx) => {
    await store.holdHistory(tx, candleKey, resolution);
    await store.writeHistory(tx, candleKey, resolution, {
      known,
      candles: candles.map((each): BoughtCandle => ({
        startMs: each.startMs,
        open: of(each, 'open'),
        high: of(each, 'high'),
        low: of(each, 'low'),
        close: of(each, 'close'),
        ticks: each.ticks ?? 1,
      })),
    });
  });
}
