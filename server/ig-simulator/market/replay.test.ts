import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { systemClock, type Clock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { describeWith } from '../../testing/requires.ts';
import { connect, eurusd, price, sdks, watch, type Sdk } from '../../testing/stream-sdk.ts';
import { marketOrder, testSimulator } from '../../testing/test-simulator.ts';
import { between, seededRandom } from '../random.ts';
import { candleStart, type Resolution } from './candles.ts';
import { instrumentByEpic } from './instruments.ts';
import { epicOfSymbol } from './symbols.ts';
import type { Price } from './price.ts';
import { keptCandles } from './played-candles.ts';
import { readRecording } from './recording.ts';
import { createReplay, type ReplayOptions } from './replay.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ftrader replay '));
afterAll(() => rmSync(folder, { recursive: true }));
const instrument = instrumentByEpic.get(eurusd)!;

function file(name: string, rows: string[], header = 'timestamp,bid,ask'): string {
  const target = path.join(folder, name);
  const text = [header, ...rows, ''].join('\n');
  writeFileSync(target, name.endsWith('.gz') ? gzipSync(text) : text);
  return target;
}
const rows = [
  '2014-05-04T21:00:00.000Z,1.38780,1.38790',
  '2014-05-04T21:00:00.000Z,1.38780,1.38790',
  '2014-05-04T21:00:10.000Z,1.3878,1.38800',
  '2014-05-04T21:01:00.000Z,1.38700,1.38710',
  '2014-05-05T00:00:00.000Z,1.39000,1.39010',
];
const texts = rows.map((row) => row.split(',').slice(1));
const ready = () => undefined;
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
async function replay({
  path: file,
  clock = createManualClock(),
  ...over
}: Partial<ReplayOptions> & { path: string; clock?: Clock }) {
  const made = await createReplay(
    { files: [{ path: file, epic: eurusd }], speed: 1, ...over },
    { clock, logger: silentLogger },
  );
  const source = made.sources.get(eurusd)!;
  const watch = (epic = eurusd) => {
    const seen: Price[] = [];
    made.sources.get(epic)!.subscribe({ onPrice: (price) => seen.push(price), busy: ready });
    return seen;
  };
  return { ...made, source, watch, stats: () => made.state().epics[eurusd]! };
}

test('a replay keeps its pace when the clock is set back, and its instants never count backwards', async () => {
  const clock = createManualClock();
  const { watch } = await replay({ path: file('set-back.csv', rows), clock });
  const seen = watch();
  await settle();
  clock.advance(0);
  await vi.waitFor(() => expect(seen.length).toBe(2));
  clock.set(-600_000);
  clock.advance(10_000);
  await vi.waitFor(() => expect(seen.length).toBe(3));
  clock.advance(50_000);
  await vi.waitFor(() => expect(seen.length).toBe(4));
  const shown = seen.map(({ atMs }) => atMs);
  expect(shown).toEqual([...shown].sort((a, b) => a - b));
});

test('REST shows the first row until the first subscription starts the replay', async () => {
  const { source, stats } = await replay({ path: file('a.csv.gz', rows) });
  expect(source.current()).toMatchObject({ bid: '1.38780', offer: '1.38790' });
  expect(stats()).toEqual({ rows: 0, done: false, recordedAt: null });
  expect(source.subscribe({ onPrice: () => {}, busy: ready }).snapshot).toBeUndefined();
  source.stop();
});

test('every row is one tick, repeats included, text untouched, at the recorded gaps divided by the speed', async () => {
  const clock = createManualClock();
  const start = clock.now().getTime();
  const { watch, stats } = await replay({ path: file('b.csv', rows), clock, speed: 10 });
  const seen = watch();
  clock.advance(0);
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  await settle();
  for (const count of [3, 4, 5]) {
    await vi.waitFor(
      () => {
        clock.advance(10_000);
        expect(seen.length).toBeGreaterThanOrEqual(count);
      },
      { timeout: 15_000, interval: 1 },
    );
  }
  expect(seen.map(({ bid, offer }) => [bid, offer])).toEqual(texts);
  expect(seen.map(({ atMs }) => atMs - start)).toEqual([0, 0, 1_000, 6_000, 1_080_000]);
  expect(seen[3]).toMatchObject({ high: '1.38800', low: '1.38700' });
  expect(seen[4]).toMatchObject({
    high: '1.39010',
    low: '1.39000',
    midOpen: '1.38705',
    netChange: '0.00300',
  });
  await vi.waitFor(() => expect(stats()).toMatchObject({ rows: 5, done: true }));
});

test('at full speed the slowest listener sets the pace', async () => {
  const many = Array.from(
    { length: 1_000 },
    (_, i) => `2014-05-04T21:00:00.000Z,1.${10_000 + i},1.${10_010 + i}`,
  );
  const { source, stats } = await replay({ path: file('c.csv.gz', many), speed: 'max', clock: systemClock });
  let seen = 0;
  let release = () => {};
  let held = false;
  source.subscribe({
    onPrice: () => seen++,
    busy: () =>
      held ? undefined : new Promise<void>((resolve) => (release = () => ((held = true), resolve()))),
  });
  await vi.waitFor(() => expect(seen).toBeGreaterThan(0));
  await settle();
  expect(seen).toBe(64);
  release();
  await vi.waitFor(() => expect(stats()).toMatchObject({ rows: 1_000, done: true }));
});

test.each([1e6, Number.MAX_VALUE])(
  'at %d times the recorded speed, which no file can be read at, the play head waits for the next row: paused, it goes on from there',
  async (speed) => {
    const clock = createManualClock();
    const many = Array.from(
      { length: 100 },
      (_, i) => `${new Date(Date.UTC(2014, 4, 5) + i * 1_000).toISOString()},1.3878,1.3879`,
    );
    const { watch, stats, ...control } = await replay({
      path: file('fast.csv', many),
      clock,
      paused: true,
      speed,
    });
    const seen = watch();
    clock.advance(0);
    await control.step({ rows: 10 });
    control.resume();
    clock.advance(5);
    control.pause();
    expect(stats()).toEqual({ rows: 10, done: false, recordedAt: '2014-05-05T00:00:10.000Z' });
    await control.step({ ms: 1 });
    expect(seen).toHaveLength(11);
  },
);

test('in a loop the file starts again', async () => {
  const { source, stats } = await replay({
    path: file('d.csv', rows.slice(0, 2)),
    speed: 'max',
    loop: true,
    start: 'now',
    clock: systemClock,
  });
  await vi.waitFor(() => expect(stats().rows).toBeGreaterThan(6));
  source.stop();
});

test('paused, it plays what it is stepped, by rows or by recorded time; resumed, it goes on from there at the speed it is given', async () => {
  const clock = createManualClock();
  const start = clock.now().getTime();
  const { watch, state, ...control } = await replay({ path: file('p.csv', rows), clock, paused: true });
  const seen = watch();
  clock.advance(600_000);
  await settle();
  expect([seen.length, state().paused]).toEqual([0, true]);
  await control.step({ rows: 2 });
  expect(seen).toHaveLength(2);
  await control.step({ ms: 9_999 });
  expect([seen.length, state().epics[eurusd]!.recordedAt]).toEqual([2, '2014-05-04T21:00:09.999Z']);
  await control.step({ ms: 1 });
  expect(seen).toHaveLength(3);
  clock.advance(60_000);
  await settle();
  expect(seen).toHaveLength(3);

  control.resume();
  clock.advance(25_000); // half of the 50 s to the next row
  control.setSpeed(2);
  clock.advance(12_499);
  await settle();
  expect([seen.length, state().speed]).toEqual([3, 2]);
  clock.advance(1);
  await vi.waitFor(() => expect(seen).toHaveLength(4));
  expect(seen[3]!.atMs - start).toBe(600_000 + 60_000 + 37_500);
  control.pause();
  clock.advance(24 * 3_600_000);
  await settle();
  expect(seen).toHaveLength(4);
  control.setSpeed('max');
  control.resume();
  await vi.waitFor(() =>
    expect(state().epics[eurusd]).toEqual({ rows: 5, done: true, recordedAt: '2014-05-05T00:00:00.000Z' }),
  );
  await control.step({ rows: 1 });
  expect(seen.map(({ bid, offer }) => [bid, offer])).toEqual(texts);
});

test('a step of time ends with the file even in a loop, one of rows goes round, and two at once are refused', async () => {
  const { watch, source, step } = await replay({
    path: file('l.csv', rows),
    clock: systemClock,
    paused: true,
    loop: true,
  });
  const seen = watch();
  const first = step({ ms: 366 * 86_400_000 });
  await expect(step({ rows: 1 })).rejects.toThrow(/still being played/);
  await first;
  expect(seen).toHaveLength(5);
  await step({ rows: 7 });
  expect(seen).toHaveLength(12);
  source.stop();
});

describe('several files', () => {
  const gold = 'CS.D.CFDGOLD.CFDGC.IP';
  const later = ['2014-05-04T21:00:05.000Z,1300.1,1300.4', '2014-05-04T21:00:30.000Z,1300.2,1300.5'];
  const both = () => [
    { path: file('one.csv', rows.slice(0, 4)), epic: eurusd },
    { path: file('two.csv', later), epic: gold },
  ];
  async function order(over: Partial<ReplayOptions>) {
    const made = await replay({ path: '', files: both(), paused: true, clock: systemClock, ...over });
    const seen: string[] = [];
    for (const epic of [eurusd, gold])
      made.sources.get(epic)!.subscribe({ onPrice: ({ bid }) => seen.push(bid), busy: ready });
    return { ...made, seen };
  }

  test('aligned, they share one time line, in the order of their instants', async () => {
    const { seen, step, source } = await order({ aligned: true });
    await step({ ms: 10_000 });
    expect(seen).toEqual(['1.38780', '1.38780', '1300.1', '1.3878']);
    await step({ rows: 1 });
    expect(seen.slice(4)).toEqual(['1300.2']);
    source.stop();
  });

  test('else each begins with its own first row', async () => {
    const { seen, step, sources } = await order({});
    await step({ ms: 1 });
    expect(new Set(seen)).toEqual(new Set(['1.38780', '1300.1']));
    for (const source of sources.values()) source.stop();
  });

  test('of one epic they are played as one', async () => {
    const made = await replay({
      path: '',
      files: [
        { path: file('x.csv', rows.slice(2, 4)), epic: eurusd },
        { path: file('y.csv', rows.slice(0, 2)), epic: eurusd },
      ],
      speed: 'max',
      clock: systemClock,
    });
    const seen = made.watch();
    await vi.waitFor(() => expect(made.stats().done).toBe(true));
    expect(seen.map(({ bid, offer }) => [bid, offer])).toEqual(texts.slice(0, 4));
  });
});

test('history agrees with what was streamed, at every resolution', async () => {
  const random = seededRandom('candles');
  let [atMs, pips] = [Date.UTC(2014, 4, 4, 21), 13_878];
  const walk = Array.from({ length: 3_000 }, () => {
    atMs += between(random, [200, 90_000]);
    pips += between(random, [-9, 9]);
    return `${new Date(atMs).toISOString()},${(pips / 1e4).toFixed(4)},${((pips + between(random, [1, 4])) / 1e4).toFixed(4)}`;
  });
  const { watch, source, stats } = await replay({
    path: file('walk.csv', walk),
    clock: systemClock,
    time: 'original',
    speed: 'max',
  });
  const seen = watch();
  await vi.waitFor(() => expect(stats().done).toBe(true));
  expect(seen).toHaveLength(walk.length);
  for (const resolution of ['MINUTE', 'MINUTE_5', 'HOUR', 'HOUR_4', 'DAY', 'WEEK'] as const) {
    const streamed = [...Map.groupBy(seen, (price) => candleStart(resolution, price.atMs))].map(
      ([startMs, prices]) => {
        const quote = (pick: (levels: string[]) => string) => ({
          bid: pick(prices.map(({ bid }) => bid)),
          ask: pick(prices.map(({ offer }) => offer)),
        });
        return {
          startMs,
          ticks: prices.length,
          open: quote((levels) => levels[0]!),
          close: quote((levels) => levels.at(-1)!),
          high: quote((levels) => levels.toSorted().at(-1)!),
          low: quote((levels) => levels.toSorted()[0]!),
        };
      },
    );
    expect(
      source
        .candleStarts(resolution, -Infinity, Infinity, 1e6)
        .map((start) => source.candle(resolution, start)),
      resolution,
    ).toEqual(streamed);
  }
});

describe('original time', () => {
  test("quotes and candles carry the recorded instants, the pace is the clock's, and a loop forgets its history", async () => {
    const clock = createManualClock();
    const { watch, source, step, stats } = await replay({
      path: file('o.csv', rows),
      clock,
      time: 'original',
      paused: true,
      loop: true,
    });
    expect(new Date(source.current()!.atMs).toISOString()).toBe('2014-05-04T21:00:00.000Z');
    const seen = watch();
    clock.advance(0);
    await step({ rows: 5 });
    expect(seen.map(({ atMs }) => new Date(atMs).toISOString())).toEqual(
      rows.map((row) => row.split(',')[0]),
    );
    expect(seen.every(({ clockMs }) => clockMs === clock.now().getTime())).toBe(true);
    const minutes = () =>
      source
        .lastCandleStarts('MINUTE', Infinity, 10)
        .map((at) => [new Date(at).toISOString().slice(11, 16), source.candle('MINUTE', at)!.ticks]);
    expect(minutes()).toEqual([
      ['21:00', 3],
      ['21:01', 1],
      ['00:00', 1],
    ]);
    await step({ rows: 1 });
    expect([minutes(), stats().rows]).toEqual([[['21:00', 1]], 6]);
    source.stop();
  });

  test('a stop passed by a recorded tick of years ago is triggered', async () => {
    const recorded = ['2014-05-04T21:00:00.000Z,1.38780,1.38790', '2014-05-04T21:01:00.000Z,1.38000,1.38010'];
    await using simulator = await testSimulator({
      replay: {
        files: [{ path: file('s.csv', recorded), epic: marketOrder.epic }],
        speed: 1,
        time: 'original',
        paused: true,
        start: 'now',
      },
    });
    await simulator.replay.step({ rows: 1 });
    await simulator.open({ stopLevel: 1.384 });
    expect((await simulator.read('/positions', 2)).body.positions).toHaveLength(1);
    await simulator.replay.step({ rows: 1 });
    await vi.waitFor(async () => expect((await simulator.read('/positions', 2)).body.positions).toEqual([]));
  });
});

test.each([
  ['rebased', {}],
  ['original', { time: 'original' }],
] as const)(
  '%s: margin is looked at by the recorded time, however fast it is played: a fall that has recovered at the end of a step closes what it should',
  async (_time, over) => {
    const recorded = ['1.38780', '1.38700', '1.33780', '1.38780'].map(
      (bid, i) => `2014-05-04T21:00:0${2 * i}.000Z,${bid},${bid}`,
    );
    const clock = createManualClock();
    await using simulator = await testSimulator({
      clock,
      replay: {
        files: [{ path: file('margin.csv', recorded), epic: marketOrder.epic }],
        speed: 1,
        paused: true,
        ...over,
      },
    });
    await simulator.open({ size: 20 });
    clock.advance(0);
    await simulator.replay.step({ rows: 4 });
    await vi.waitFor(async () => expect((await simulator.read('/positions', 2)).body.positions).toEqual([]));
    expect(
      (await simulator.read('/history/activity?from=2026-01-01&detailed=true', 3)).body.activities[0].details,
    ).toMatchObject({ level: 1.3378, size: 20 });
  },
);

test('history is kept as far back as the bound allows, and only whole candles of it', async () => {
  const first = Date.UTC(2014, 4, 5, 0, 2);
  const every = (ms: number, count: number) =>
    Array.from({ length: count }, (_, i) => `${new Date(first + i * ms).toISOString()},1.38780,1.38790`);
  async function played(name: string, recorded: string[]) {
    const { source, stats } = await replay({
      path: file(name, recorded),
      clock: systemClock,
      time: 'original',
      speed: 'max',
      start: 'now',
    });
    await vi.waitFor(() => expect(stats().done).toBe(true), { timeout: 15_000 });
    return (resolution: Resolution) =>
      source.candleStarts(resolution, -Infinity, Infinity, 1e6).map((at) => source.candle(resolution, at)!);
  }
  const seconds = every(1_000, keptCandles.SECOND + 2_000);
  const candles = await played('seconds.csv.gz', seconds);
  expect(candles('SECOND').length).toBeGreaterThanOrEqual(keptCandles.SECOND);
  expect(candles('SECOND').length).toBeLessThan(seconds.length);
  expect(candles('SECOND').at(-1)!.startMs).toBe(first + (seconds.length - 1) * 1_000);
  expect(candles('MINUTE').reduce((sum, { ticks }) => sum + ticks, 0)).toBe(seconds.length);

  const fives = (await played('minutes.csv.gz', every(60_000, keptCandles.MINUTE + 1_500)))('MINUTE_5');
  expect(fives.length).toBeGreaterThanOrEqual(keptCandles.MINUTE / 5 - 1);
  expect(new Set(fives.slice(0, -1).map(({ ticks }) => ticks))).toEqual(new Set([5]));
});

test('files that are missing, empty or no recordings are refused by name and line', async () => {
  await expect(replay({ path: path.join(folder, 'none.csv') })).rejects.toThrow(/ENOENT/);
  await expect(replay({ path: file('e.csv', []) })).rejects.toThrow(/holds no quotes/);
  await expect(replay({ path: file('f.csv', ['2014-05-04T21:00:00Z,1.1,abc']) })).rejects.toThrow(
    /f\.csv:2 is not/,
  );
  await expect(replay({ path: file('f2.csv', ['2014-05-04T21:00:00Z,1.1']) })).rejects.toThrow(
    /f2\.csv:2 is not/,
  );
  await expect(replay({ path: file('g.csv', ['x'.repeat(5_000)]) })).rejects.toThrow(/g\.csv/);
  await expect(
    replay({ path: file('i.csv', ['2014-05-04,1,1,1'], 'date,price_factor,split_factor,reference_close') }),
  ).rejects.toThrow(/i\.csv is no recording: its header is date,price_factor/);
  writeFileSync(path.join(folder, 'h.csv.gz'), 'not gzip');
  await expect(replay({ path: path.join(folder, 'h.csv.gz') })).rejects.toThrow(/header/);
  await expect(
    testSimulator({ replay: { files: [{ path: file('n.csv', rows), epic: 'NO.SUCH' }], speed: 1 } }),
  ).rejects.toThrow(/no instrument NO\.SUCH/);
});

test.each([
  ['EURUSD', eurusd],
  ['XAUUSD', 'CS.D.CFDGOLD.CFDGC.IP'],
  ['BTCUSD', 'CS.D.BITCOIN.CFD.IP'],
  ['DE30EUR', 'IX.D.DAX.IFMM.IP'],
  ['AAPL', 'UA.D.AAPL.CASH.IP'],
  ['NOSUCH', undefined],
])('recordings of %s are played on %s', (symbol, epic) => expect(epicOfSymbol(symbol)).toBe(epic));

/** Plays `file` at full speed through one generation of the SDK and collects the first `count` quotes a client is given. */
async function collect(sdk: Sdk, file: string, count: number) {
  await using simulator = await testSimulator({
    replay: { files: [{ path: file, epic: eurusd }], speed: 'max' },
  });
  const headers = await simulator.logIn();
  const { client } = connect(sdk, simulator.baseUrl.replace('/gateway/deal', ''), {
    password: `CST-${headers.CST}|XST-${headers['X-SECURITY-TOKEN']}`,
  });
  const heard = watch(sdk, client, [price(eurusd)], ['BIDPRICE1', 'ASKPRICE1']);
  await heard.count(count);
  const { body } = await simulator.call('GET', `/markets/${eurusd}`, { version: 3, headers });
  return {
    quotes: heard.updates.slice(0, count).map(({ values }) => values.join()),
    snapshot: body.snapshot,
  };
}

test.each(sdks)(
  'SDK %s: a client that subscribes from the start gets every row, once, in order, text unchanged',
  async (_version, sdk) => {
    const many = Array.from(
      { length: 5_000 },
      (_, i) => `2014-05-04T21:00:00.000Z,${(1 + (i % 997) / 1e5).toFixed(5)},1.2${i % 10}0`,
    );
    const { quotes, snapshot } = await collect(sdk, file('sdk.csv.gz', many), many.length);
    expect(quotes).toEqual(many.map((row) => row.split(',').slice(1).join()));
    expect(snapshot).toMatchObject({ bid: Number(quotes.at(-1)!.split(',')[0]), offer: 1.29 });
  },
);

await describeWith('data', 'the recorded EURUSD week', (data) => {
  test.each(sdks)('SDK %s: the first 3,000 rows reach a client unchanged', async (_version, sdk) => {
    const recorded = path.join(data, 'ticks/EURUSD_oanda_2014-05-04_2014-05-09.csv.gz');
    const wanted: string[] = [];
    for await (const some of readRecording(recorded, instrument)) {
      wanted.push(...some.map(({ bid, offer }) => `${bid},${offer}`));
      if (wanted.length >= 3_000) break;
    }
    const { quotes } = await collect(sdk, recorded, 3_000);
    expect(quotes).toEqual(wanted.slice(0, 3_000));
  });
});
