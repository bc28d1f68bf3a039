import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { describeWith } from '../../testing/requires.ts';
import { instrumentByEpic } from './instruments.ts';
import { keptCandles } from './played-candles.ts';
import { readRecording, type Row } from './recording.ts';
import { createReplay } from './replay.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ftrader recording '));
afterAll(() => rmSync(folder, { recursive: true }));
const epic = 'CS.D.EURUSD.CFD.IP'; // spread 0.6 pip
const instrument = instrumentByEpic.get(epic)!;
const quotes = 'timestamp,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close';

async function read(header: string, ...lines: string[]) {
  const target = path.join(folder, 'recording.csv');
  writeFileSync(target, [header, ...lines, ''].join('\n'));
  const all: Row[] = [];
  for await (const rows of readRecording(target, instrument)) all.push(...rows);
  return all.map(({ atMs, bid, offer }) => [new Date(atMs).toISOString().slice(0, 19), bid, offer]);
}

test('a candle is four quotes within its time: open, the extreme nearer to it, the other, close, each with the bid and offer of that point', async () => {
  expect(
    await read(
      quotes,
      '2014-05-01T00:00:00Z,5,9,4,8,5.1,9.1,4.1,8.1',
      '2014-05-01T00:01:00Z,5,6,1,2,5.10,6.10,1.10,2.10',
    ),
  ).toEqual([
    ['2014-05-01T00:00:00', '5', '5.1'],
    ['2014-05-01T00:00:15', '4', '4.1'],
    ['2014-05-01T00:00:30', '9', '9.1'],
    ['2014-05-01T00:00:45', '8', '8.1'],
    ['2014-05-01T00:01:00', '5', '5.10'],
    ['2014-05-01T00:01:15', '6', '6.10'],
    ['2014-05-01T00:01:30', '1', '1.10'],
    ['2014-05-01T00:01:45', '2', '2.10'],
  ]);
});

test('the length of a candle is that of the shortest gap, and days are UTC days', async () => {
  const rows = await read(
    'date,open,high,low,close,volume',
    '2014-05-02,1,1,1,1,',
    '2014-05-05,1,1,1,1,7',
    '2014-05-06,1,1,1,1,0.5',
  );
  expect(rows.map(([at]) => at)).toEqual(
    ['02', '05', '06'].flatMap((day) =>
      ['00', '06', '12', '18'].map((hour) => `2014-05-${day}T${hour}:00:00`),
    ),
  );
});

test("one price is the bid, with the instrument's best spread above it for the offer", async () => {
  expect(await read('date,close', '2014-05-02,1.3', '2014-05-05,1.387805')).toEqual([
    ['2014-05-02T00:00:00', '1.3', '1.30006'],
    ['2014-05-05T00:00:00', '1.387805', '1.387865'],
  ]);
});

test('a date that is not ISO 8601, or no day at all, is refused by its line, never read as another day', async () => {
  for (const date of [
    '05/01/2026',
    '2026-02-30',
    '2026-13-01',
    '2025-02-29T00:00:00Z',
    '01-05-2026',
    '2026-1-5',
    'Jan 5 2026',
    '20260105',
    '2026-01-05T25:00:00Z',
    '1767603600',
    '',
  ])
    await expect(read('date,close', '2026-01-05,1', `${date},1.3`), date).rejects.toThrow(
      /recording.csv:3 begins with no date of ISO 8601, such as 2026-01-05/,
    );
});

test('instants may name their offset and be written with a space; a byte order mark hides no header', async () => {
  const rows = await read(
    '\uFEFFtimestamp,bid,ask',
    '2026-01-05T10:00:00+01:00,1,2',
    '2026-01-05 09:00:01,1,2',
    '2024-02-29T09:00:02.5Z,1,2',
  );
  expect(rows.map(([at]) => at)).toEqual([
    '2026-01-05T09:00:00',
    '2026-01-05T09:00:01',
    '2024-02-29T09:00:02',
  ]);
});

test('an empty side stays empty, a row without any quote is left out, quotes that cross pass as they are', async () => {
  expect(await read(quotes, '2014-05-01T00:00:00Z,,,,,5,6,4,5', '2014-05-01T00:01:00Z,,,,,,,,')).toEqual(
    [
      [0, '5'],
      [15, '6'],
      [30, '4'],
      [45, '5'],
    ].map(([second, offer]) => [`2014-05-01T00:00:${String(second).padStart(2, '0')}`, null, offer]),
  );
  expect(await read('timestamp,bid,ask', '2014-05-01T00:00:00Z,1.2,1.1', '2014-05-01T00:00:01,,1.1')).toEqual(
    [
      ['2014-05-01T00:00:00', '1.2', '1.1'],
      ['2014-05-01T00:00:01', null, '1.1'],
    ],
  );
});

/** Plays a file in its own time at full speed and gives the candles of its history. */
async function played(file: string, resolution: 'MINUTE' | 'HOUR' | 'DAY') {
  const replay = await createReplay(
    { files: [{ path: file, epic }], speed: 'max', time: 'original', start: 'now' },
    { clock: systemClock, logger: silentLogger },
  );
  const source = replay.sources.get(epic)!;
  await vi.waitFor(() => expect(replay.state().epics[epic]!.done).toBe(true), {
    timeout: 60_000,
    interval: 2,
  });
  return source
    .candleStarts(resolution, -Infinity, Infinity, 1e9)
    .map((at) => source.candle(resolution, at)!);
}
const number = (text: string | null | undefined) => (text ? Number(text) : null);
const sides = ({ open, high, low, close }: Awaited<ReturnType<typeof played>>[number]) =>
  [open, high, low, close].flatMap(({ bid, ask }) => [number(bid), number(ask)]);
/** The rows of a candle file: start, then bid and ask of open, high, low, close. */
function recorded(file: string) {
  const text = file.endsWith('.gz') ? gunzipSync(readFileSync(file)).toString() : readFileSync(file, 'utf8');
  const [header, ...lines] = text.trim().split(/\r?\n/);
  const both = header!.includes('bid_open');
  return lines.map((line) => {
    const [at, ...cells] = line.split(',');
    return {
      startMs: Date.parse(at!),
      sides: [0, 1, 2, 3].flatMap((i) => [number(cells[i]), both ? number(cells[i + 4]) : undefined]),
    };
  });
}

await describeWith('data', 'recorded market data', (data) => {
  test('a week of ticks played in its own time has, minute by minute, the published candles', async () => {
    const candles = await played(
      path.join(data, 'ticks/EURUSD_oanda_2014-05-04_2014-05-09.csv.gz'),
      'MINUTE',
    );
    const first = candles[0]!.startMs;
    const wanted = recorded(
      path.join(data, 'minute/EURUSD_oanda_2014-05-01_2014-05-09_bidask.csv.gz'),
    ).filter(({ startMs }) => startMs >= first);
    expect(candles).toHaveLength(6_967);
    expect(candles.map((candle) => [candle.startMs, ...sides(candle)])).toEqual(
      wanted.map(({ startMs, sides: values }) => [startMs, ...values]),
    );
    expect(candles.reduce((sum, { ticks }) => sum + ticks, 0)).toBe(248_039);
  });

  const files = (folders: string[]) =>
    folders.flatMap((name) =>
      readdirSync(path.join(data, name))
        .filter((file) => !file.includes('factors'))
        .map((file) => `${name}/${file}`),
    );
  test.each(files(['minute', 'hour', 'daily', 'aggregation']))(
    '%s is played without loss: its history is the recorded candles, one-sided and crossed ones included',
    async (name) => {
      const file = path.join(data, name);
      const resolution = /^minute|m1_bid/.test(name) ? 'MINUTE' : /^hour|h1_/.test(name) ? 'HOUR' : 'DAY';
      const candles = await played(file, /m30/.test(name) ? 'MINUTE' : resolution);
      if (/m30|BRENT/.test(name)) return void expect(candles.length).toBeGreaterThanOrEqual(48); // quarters of half hours; closes alone
      // Until both sides have been quoted once there is no price, and what is older than the bound is gone.
      const all = recorded(file);
      const wanted = all.filter(({ startMs }) => startMs >= candles[0]!.startMs);
      expect(wanted.length).toBeGreaterThan(Math.min(all.length, keptCandles.MINUTE) - 2);
      const text = (startMs: number, values: (number | null | undefined)[]) =>
        `${new Date(startMs).toISOString()} ${values.filter((value) => value !== undefined).join()}`;
      const told = candles.map((candle, i) =>
        text(
          candle.startMs,
          sides(candle).map((value, side) => (wanted[i]?.sides[side] === undefined ? undefined : value)),
        ),
      );
      expect(told).toEqual(wanted.map((candle) => text(candle.startMs, candle.sides)));
    },
  );
});
