import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sdk8 from 'lightstreamer-client-node';
import sdk9 from 'lightstreamer-client-node-9';
import { afterAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { describeWith } from '../../testing/requires.ts';
import { testSimulator } from '../../testing/test-simulator.ts';
import { epicOfSymbol, instrumentByEpic } from './instruments.ts';
import type { Price } from './price.ts';
import { createReplay, readTicks, type ReplayDeps } from './replay.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ftrader replay '));
afterAll(() => rmSync(folder, { recursive: true }));
const eurusd = 'CS.D.EURUSD.CFD.IP';
const instrument = instrumentByEpic.get(eurusd)!;
const generations: [string, typeof sdk9][] = [['8.0.5', sdk8 as unknown as typeof sdk9], ['9.2.2', sdk9]];

function file(name: string, rows: string[]): string {
  const target = path.join(folder, name);
  const text = ['timestamp,bid,ask', ...rows, ''].join('\n');
  writeFileSync(target, name.endsWith('.gz') ? gzipSync(text) : text);
  return target;
}
const rows = [
  '2014-05-04T21:00:00.000Z,1.38780,1.38790', '2014-05-04T21:00:00.000Z,1.38780,1.38790', '2014-05-04T21:00:10.000Z,1.3878,1.38800',
  '2014-05-04T21:01:00.000Z,1.38700,1.38710', '2014-05-05T00:00:00.000Z,1.39000,1.39010',
];
const texts = rows.map((row) => row.split(',').slice(1));
const ready = () => undefined;
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const replay = (over: Partial<ReplayDeps> & { path: string }) => createReplay({ instrument, speed: 1, loop: false, start: 'onSubscribe', clock: createManualClock(), logger: silentLogger, ...over });

test('REST shows the first row until the first subscription starts the replay', async () => {
  const source = await replay({ path: file('a.csv.gz', rows) });
  expect(source.current()).toMatchObject({ bid: '1.38780', offer: '1.38790' });
  expect(source.stats()).toEqual({ rows: 0, done: false });
  expect(source.subscribe({ onPrice: () => {}, busy: ready }).snapshot).toBeUndefined();
  source.stop();
});

test('every row is one tick, repeats included, text untouched, at the recorded gaps divided by the speed', async () => {
  const clock = createManualClock();
  const start = clock.now().getTime();
  const source = await replay({ path: file('b.csv', rows), clock, speed: 10 });
  const seen: Price[] = [];
  source.subscribe({ onPrice: (price) => seen.push(price), busy: ready });
  clock.advance(0);
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  await settle();
  for (const count of [3, 4, 5]) {
    await vi.waitFor(() => {
      clock.advance(500);
      expect(seen.length).toBeGreaterThanOrEqual(count);
    }, { timeout: 15_000, interval: 1 });
  }
  expect(seen.map(({ bid, offer }) => [bid, offer])).toEqual(texts);
  expect(seen.map(({ atMs }) => atMs - start)).toEqual([0, 0, 1_000, 6_000, 1_080_000]);
  expect(seen[3]).toMatchObject({ high: '1.38800', low: '1.38700' });
  expect(seen[4]).toMatchObject({ high: '1.39010', low: '1.39000', midOpen: '1.38705', netChange: '0.00300' });
  await vi.waitFor(() => expect(source.stats()).toEqual({ rows: 5, done: true }));
});

test('at full speed the slowest listener sets the pace, and the minutes played are its history', async () => {
  const many = Array.from({ length: 1_000 }, (_, i) => `2014-05-04T21:00:00.000Z,1.${10_000 + i},1.${10_010 + i}`);
  const source = await replay({ path: file('c.csv.gz', many), speed: 'max' , clock: systemClock });
  let seen = 0;
  let release = () => {};
  let held = false;
  source.subscribe({ onPrice: () => seen++, busy: () => (held ? undefined : new Promise<void>((resolve) => (release = () => ((held = true), resolve())))) });
  await vi.waitFor(() => expect(seen).toBeGreaterThan(0));
  await settle();
  expect(seen).toBe(64);
  release();
  await vi.waitFor(() => expect(source.stats()).toEqual({ rows: 1_000, done: true }));
  const candles = source.lastCandleStarts('HOUR', Infinity, 5).map((at) => source.candle('HOUR', at)!);
  expect(candles.reduce((sum, { ticks }) => sum + ticks, 0)).toBe(1_000);
  expect(candles[0]!.open).toEqual({ bid: '1.10000', ask: '1.10010' });
  expect(candles.at(-1)!.close).toEqual({ bid: '1.10999', ask: '1.11009' });
});

test('in a loop the file starts again', async () => {
  const source = await replay({ path: file('d.csv', rows.slice(0, 2)), speed: 'max', loop: true, start: 'now', clock: systemClock });
  await vi.waitFor(() => expect(source.stats().rows).toBeGreaterThan(6));
  source.stop();
});

test('files that are missing, empty or no tick files are refused by name and line', async () => {
  await expect(replay({ path: path.join(folder, 'none.csv') })).rejects.toThrow(/ENOENT/);
  await expect(replay({ path: file('e.csv', []) })).rejects.toThrow(/holds no ticks/);
  await expect(replay({ path: file('f.csv', ['2014-05-04T21:00:00Z,1.1,abc']) })).rejects.toThrow(/f\.csv:2 is not/);
  await expect(replay({ path: file('g.csv', ['x'.repeat(5_000)]) })).rejects.toThrow(/g\.csv/);
  writeFileSync(path.join(folder, 'h.csv.gz'), 'not gzip');
  await expect(replay({ path: path.join(folder, 'h.csv.gz') })).rejects.toThrow(/header/);
  await expect(testSimulator({ replay: { files: [{ path: file('n.csv', rows), epic: 'NO.SUCH' }], speed: 1 } })).rejects.toThrow(/no instrument NO\.SUCH/);
});

test.each([['EURUSD', eurusd], ['XAUUSD', 'CS.D.CFDGOLD.CFDGC.IP'], ['BTCUSD', 'CS.D.BITCOIN.CFD.IP'], ['NOSUCH', undefined]])('recordings of %s are played on %s', (symbol, epic) => expect(epicOfSymbol(symbol)).toBe(epic));

/** Plays `file` at full speed through one generation of the SDK and collects the first `count` quotes a client is given. */
async function collect({ LightstreamerClient, Subscription }: typeof sdk9, file: string, count: number) {
  await using simulator = await testSimulator({ replay: { files: [{ path: file, epic: eurusd }], speed: 'max' } });
  const headers = await simulator.logIn();
  const client = new LightstreamerClient(simulator.baseUrl.replace('/gateway/deal', ''));
  client.connectionDetails.setUser('ABC12');
  client.connectionDetails.setPassword(`CST-${headers.CST}|XST-${headers['X-SECURITY-TOKEN']}`);
  const quotes: string[] = [];
  const subscription = new Subscription('MERGE', [`PRICE:ABC12:${eurusd}`], ['BIDPRICE1', 'ASKPRICE1']);
  subscription.setDataAdapter('Pricing');
  const enough = new Promise<void>((resolve) => {
    subscription.addListener({
      onItemUpdate(update: { getValue(name: string): string | null }) {
        if (quotes.push(`${update.getValue('BIDPRICE1')},${update.getValue('ASKPRICE1')}`) === count) resolve();
      },
    } as never);
  });
  client.subscribe(subscription);
  client.connect();
  await enough;
  client.disconnect();
  const { body } = await simulator.call('GET', `/markets/${eurusd}`, { version: 3, headers });
  return { quotes: quotes.slice(0, count), snapshot: body.snapshot };
}

test.each(generations)('SDK %s: a client that subscribes from the start gets every row, once, in order, text unchanged', async (_version, sdk) => {
  const many = Array.from({ length: 5_000 }, (_, i) => `2014-05-04T21:00:00.000Z,${(1 + (i % 997) / 1e5).toFixed(5)},1.2${i % 10}0`);
  const { quotes, snapshot } = await collect(sdk, file('sdk.csv.gz', many), many.length);
  expect(quotes).toEqual(many.map((row) => row.split(',').slice(1).join()));
  expect(snapshot).toMatchObject({ bid: Number(quotes.at(-1)!.split(',')[0]), offer: 1.29 });
});

await describeWith('data', 'the recorded EURUSD week', (data) => {
  test.each(generations)('SDK %s: the first 3,000 rows reach a client unchanged', async (_version, sdk) => {
    const recorded = path.join(data, 'ticks/EURUSD_oanda_2014-05-04_2014-05-09.csv.gz');
    const wanted: string[] = [];
    for await (const { bid, offer } of readTicks(recorded)) if (wanted.push(`${bid},${offer}`) === 3_000) break;
    const { quotes } = await collect(sdk, recorded, 3_000);
    expect(quotes).toEqual(wanted);
  });
});
