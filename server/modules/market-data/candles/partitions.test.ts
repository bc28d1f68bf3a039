import { expect, test } from 'vitest';
import { createDatabase } from '../../../db/client.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { candleKey, candleRig } from '../../../testing/candle-rig.ts';
import { recordStatements } from '../../../testing/statements.ts';
import { createCandlePartitions } from './partitions.ts';

const at = (text: string) => Date.parse(`${text}Z`);

async function arrange(nowAt: string) {
  const rig = await candleRig({ nowAt });
  const tables = async () =>
    (
      await rig.database.pool.query<{ name: string }>(
        `select relid::text as name from pg_partition_tree('candles') where isleaf order by 1`,
      )
    ).rows.map(({ name }) => name);
  return { ...rig, tables };
}

test('partitions are days of seconds, months of minutes and years of hours', async () => {
  await using rig = await arrange('2026-01-30T12:00:00Z');
  const dropped = await rig.partitions.keep({ SECOND: 3, MINUTE: 400, HOUR: null }, rig.clock.now());
  expect(dropped).toBe(0);
  expect(await rig.tables()).toEqual([
    'candles_hour_20260101',
    'candles_minute_20260101',
    'candles_minute_20260201',
    'candles_second_20260130',
    'candles_second_20260131',
    'candles_second_20260201',
    'candles_second_20260202',
  ]);
});

test('what is older than its resolution is kept goes with its table; the rest, and all hours, stay', async () => {
  await using rig = await arrange('2026-01-30T12:00:00Z');
  const old = at('2024-03-10T10:00:00');
  await rig.keep('SECOND', rig.steady({ fromMs: at('2026-01-26T00:00:00'), count: 1, everyMs: 1_000 }));
  await rig.keep('SECOND', rig.steady({ fromMs: at('2026-01-27T00:00:00'), count: 1, everyMs: 1_000 }));
  await rig.keep('MINUTE', rig.steady({ fromMs: old, count: 1, everyMs: 60_000 }));
  await rig.keep('HOUR', rig.steady({ fromMs: old, count: 1, everyMs: 3_600_000 }));
  expect(await rig.partitions.keep({ SECOND: 3, MINUTE: 400, HOUR: null }, rig.clock.now())).toBe(2);
  const left = async (resolution: 'SECOND' | 'MINUTE' | 'HOUR') =>
    (await rig.store.read(candleKey, resolution, { startMs: 0, endMs: at('2027-01-01') }, 10)).map(
      ({ startMs }) => startMs,
    );
  expect(await left('SECOND')).toEqual([at('2026-01-27T00:00:00')]);
  expect(await left('MINUTE')).toEqual([]);
  expect(await left('HOUR')).toEqual([old]);
  // It is known no more either: a page names it as a gap, and not as a time without quotes.
  const around = { startMs: old, endMs: old + 3_600_000 };
  expect(await rig.store.gaps(candleKey, 'MINUTE', around)).toEqual([around]);
  expect(await rig.store.gaps(candleKey, 'HOUR', around)).toEqual([]);
});

test('processes that make the same partitions at once make each once', async () => {
  await using rig = await arrange('2026-01-30T12:00:00Z');
  const other = createDatabase({ url: rig.url, logger: silentLogger, max: 10 });
  try {
    const span = { startMs: at('2026-01-30T00:00:00'), endMs: at('2026-02-04T00:00:00') };
    await Promise.all(
      [rig.database.db, other.db, rig.database.db, other.db].map((db) =>
        createCandlePartitions(db).makeRoom('SECOND', span),
      ),
    );
    expect(await rig.tables()).toHaveLength(5);
  } finally {
    await other.close();
  }
});

test('a page looks at its own partitions by their index, whatever else is stored', async () => {
  await using rig = await arrange('2026-04-01T00:00:00Z');
  for (const month of ['2025-12', '2026-01', '2026-02', '2026-03'])
    await rig.keep('MINUTE', rig.steady({ fromMs: at(`${month}-10T00:00:00`), count: 700, everyMs: 60_000 }));
  await rig.database.pool.query('analyze candles');
  const statements = recordStatements(rig.database);
  const fromMs = at('2026-02-10T00:00:00');
  const { candles } = await rig.read('MINUTE', { fromMs, toMs: fromMs + 86_400_000, limit: 500 });
  expect(candles).toHaveLength(500);
  const [page] = statements.take().filter(({ text }) => text.includes('limit $5'));
  expect(await statements.explain(page!)).toEqual({
    indexes: ['candles_minute_20260201_pkey'],
    rowsRead: 501,
    sorts: false,
  });
});
