// Candles put together from the stored ones, compared with what others published of the same recordings.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { StoredResolution } from '../../../../drizzle/schema/index.ts';
import type { Resolution } from '../../../../shared/candles.ts';
import { decimal } from '../../../../shared/decimal.ts';
import { candleRig } from '../../../testing/candle-rig.ts';
import { describeWith } from '../../../testing/requires.ts';

interface Row {
  startMs: number;
  open: string;
  high: string;
  low: string;
  close: string;
}
function readRows(folder: string, name: string): Row[] {
  const bytes = readFileSync(path.join(folder, 'aggregation', name));
  const lines = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split('\n');
  return lines.slice(1).flatMap((line) => {
    const [at, open, high, low, close, volume] = line.split(',');
    // The recording fills the hours of closed markets with flat candles; we have none of those.
    if (volume === '0') return [];
    return [{ startMs: Date.parse(at!), open: open!, high: high!, low: low!, close: close! }];
  });
}

await describeWith('data', 'candles put together agree with those published', (folder) => {
  test.each<[string, StoredResolution, string, Resolution, number]>([
    [
      'EURUSD_dukascopy_2019-02-04_m1_bid.csv.gz',
      'MINUTE',
      'EURUSD_dukascopy_2019-02-04_expected_m30_from_m1.csv',
      'MINUTE_30',
      48,
    ],
    [
      'EURUSD_dukascopy_2019-02-04_m1_bid.csv.gz',
      'MINUTE',
      'EURUSD_dukascopy_2019-02-04_expected_h1_from_m1.csv',
      'HOUR',
      24,
    ],
    [
      'EURUSD_dukascopy_2019-02-04_m1_bid.csv.gz',
      'MINUTE',
      'EURUSD_dukascopy_2019-02-04_expected_d1_from_m1.csv',
      'DAY',
      1,
    ],
    [
      'EURUSD_dukascopy_2019-02_h1_bid.csv.gz',
      'HOUR',
      'EURUSD_dukascopy_2019-02_expected_d1_from_h1.csv',
      'DAY',
      24,
    ],
  ])('%s: of %s candles %s', async (source, stored, expected, resolution, count) => {
    await using rig = await candleRig({ nowAt: '2019-03-10T00:00:00Z' });
    const rows = readRows(folder, source);
    const fromMs = rows[0]!.startMs;
    await rig.keep(
      stored,
      rows.map(({ startMs, ...price }) => ({ startMs, bid: price, offer: null })),
    );
    const toMs = rows.at(-1)!.startMs + 3_600_000;
    const { candles } = await rig.read(resolution, { fromMs, toMs });
    const published = readRows(folder, expected);
    expect(candles).toHaveLength(count);
    expect(published).toHaveLength(count);
    expect(
      candles.map(({ startAt, open, high, low, close, complete }) => ({
        at: startAt.toISOString(),
        prices: [open, high, low, close].map(({ bid }) => decimal.canonical(bid!)),
        offers: [open, high, low, close].map(({ offer }) => offer),
        complete,
      })),
    ).toEqual(
      published.map(({ startMs, open, high, low, close }) => ({
        at: new Date(startMs).toISOString(),
        prices: [open, high, low, close].map((price) => decimal.canonical(price)),
        offers: [null, null, null, null],
        complete: true,
      })),
    );
  });
});

test('candles of hours are made of minutes where those are known and the hours are not', async () => {
  await using rig = await candleRig({ nowAt: '2026-01-06T00:00:00Z' });
  const fromMs = Date.parse('2026-01-05T10:00:00Z');
  await rig.keep('MINUTE', rig.steady({ fromMs, count: 240, everyMs: 60_000 }));
  const { candles } = await rig.read('HOUR_2', { fromMs, toMs: fromMs + 4 * 3_600_000 });
  expect(candles.map(({ ticks, complete }) => ({ ticks, complete }))).toEqual([
    { ticks: 120, complete: true },
    { ticks: 120, complete: true },
  ]);
});

test('a day of a zone of half hours is made of its hours, and of minutes at both ends', async () => {
  await using rig = await candleRig({ nowAt: '2026-01-08T00:00:00Z' });
  const fromMs = Date.parse('2026-01-04T18:00:00Z');
  await rig.keep('HOUR', rig.steady({ fromMs, count: 30, everyMs: 3_600_000, ticks: 100 }));
  await rig.keep('MINUTE', rig.steady({ fromMs, count: 60, everyMs: 60_000 }));
  await rig.keep('MINUTE', rig.steady({ fromMs: fromMs + 24 * 3_600_000, count: 60, everyMs: 60_000 }));
  const day = { fromMs, toMs: fromMs + 24 * 3_600_000 };
  const { candles } = await rig.read('DAY', { ...day, zone: 'Asia/Kolkata' });
  expect(candles).toMatchObject([
    {
      startAt: new Date('2026-01-04T18:30:00Z'),
      endAt: new Date('2026-01-05T18:30:00Z'),
      ticks: 30 + 23 * 100 + 30,
      complete: true,
    },
  ]);
  const utc = await rig.read('DAY', { fromMs: Date.parse('2026-01-05T00:00:00Z'), toMs: day.toMs });
  expect(utc.candles).toMatchObject([{ ticks: 2_400, complete: true }]);
});

test('days are 23 hours long when the clocks go forward, and 25 when they go back', async () => {
  await using rig = await candleRig({ nowAt: '2026-12-01T00:00:00Z' });
  for (const [day, first, hours] of [
    ['2026-03-29', '2026-03-29T00:00:00Z', 23],
    ['2026-10-25', '2026-10-24T23:00:00Z', 25],
  ] as const) {
    const fromMs = Date.parse(first);
    await rig.keep('HOUR', rig.steady({ fromMs: fromMs - 3_600_000, count: 30, everyMs: 3_600_000 }));
    const { candles } = await rig.read('DAY', { fromMs, toMs: fromMs + 1, zone: 'Europe/London' });
    expect(candles, day).toMatchObject([{ startAt: new Date(first), ticks: hours, complete: true }]);
  }
});

test('weeks begin on the zone’s Monday and months on its first, whatever their length', async () => {
  await using rig = await candleRig({ nowAt: '2026-04-15T00:00:00Z' });
  const fromMs = Date.parse('2026-02-01T00:00:00Z');
  await rig.keep('HOUR', rig.steady({ fromMs, count: 70 * 24, everyMs: 3_600_000 }));
  const zone = 'America/New_York';
  const range = { fromMs: fromMs + 86_400_000, toMs: Date.parse('2026-04-01T00:00:00Z'), zone };
  const months = await rig.read('MONTH', range);
  expect(months.candles.map(({ startAt, ticks }) => [startAt.toISOString(), ticks])).toEqual([
    ['2026-03-01T05:00:00.000Z', 31 * 24 - 1],
  ]);
  const weeks = await rig.read('WEEK', range);
  expect(weeks.candles.map(({ startAt, ticks }) => [startAt.toISOString(), ticks])).toEqual([
    ['2026-02-02T05:00:00.000Z', 168],
    ['2026-02-09T05:00:00.000Z', 168],
    ['2026-02-16T05:00:00.000Z', 168],
    ['2026-02-23T05:00:00.000Z', 168],
    ['2026-03-02T05:00:00.000Z', 167],
    ['2026-03-09T04:00:00.000Z', 168],
    ['2026-03-16T04:00:00.000Z', 168],
    ['2026-03-23T04:00:00.000Z', 168],
    ['2026-03-30T04:00:00.000Z', 168],
  ]);
});
