// CHART items: what they show of a source, on a clock of the test's.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { candleStart, type Candle } from '../market/candles.ts';
import { instrumentByEpic } from '../market/instruments.ts';
import type { Price, PriceListener, PriceSource } from '../market/price.ts';
import { createMarket } from '../market/seeded-market.ts';
import { createSeededPrices } from '../market/seeded-prices.ts';
import { chartScales, closeAfterMs, createCharts } from './charts.ts';

const seed = process.env['FTRADER_SEED'] ?? String(process.pid);
const scales = Object.entries(chartScales);
const candleNames = [
  'UTM',
  'OFR_OPEN',
  'OFR_HIGH',
  'OFR_LOW',
  'OFR_CLOSE',
  'BID_OPEN',
  'BID_HIGH',
  'BID_LOW',
  'BID_CLOSE',
  'CONS_TICK_COUNT',
  'CONS_END',
];
const expected = ({ startMs, open, high, low, close, ticks }: Candle, end: '0' | '1') => [
  String(startMs),
  open.ask,
  high.ask,
  low.ask,
  close.ask,
  open.bid,
  high.bid,
  low.bid,
  close.bid,
  String(ticks),
  end,
];

function world({
  epic = 'CS.D.EURUSD.CFD.IP',
  start,
  realHours = false,
  source: given,
}: { epic?: string; start?: Date; realHours?: boolean; source?: PriceSource } = {}) {
  const clock = createManualClock(start);
  const instrument = instrumentByEpic.get(epic)!;
  const source =
    given ?? createSeededPrices(instrument, createMarket(instrument, { seed, realHours }), clock);
  const charts = createCharts(source, clock);
  /** What a subscription hears, as an object per update. */
  function watch(scale: string, names = candleNames, snapshot = Infinity) {
    const heard: (string | null)[][] = [];
    const item = charts.get(scale)!;
    const stop = item.start(names, {
      snapshot,
      push: ({ values }) => void heard.push([...values]),
      busy: () => undefined,
    });
    return { heard, stop, closings: () => heard.filter((values) => values.at(-1) === '1') };
  }
  return { clock, source, watch };
}
/** A source whose prices the test makes; its history is what it was told. */
function scripted(
  history: () => Candle | undefined = () => undefined,
): PriceSource & { tell(price: Price): void } {
  const listeners = new Set<PriceListener>();
  let last: Price | undefined;
  return {
    instrument: instrumentByEpic.get('CS.D.EURUSD.CFD.IP')!,
    current: () => last,
    stop() {},
    subscribe(listener) {
      listeners.add(listener);
      return { snapshot: last, unsubscribe: () => void listeners.delete(listener) };
    },
    candleStarts: () => [],
    lastCandleStarts: () => (history() ? [history()!.startMs] : []),
    candle: history,
    tell(price) {
      last = price;
      for (const listener of listeners) listener.onPrice(price);
    },
  };
}
const price = (atMs: number, bid: string, status: Price['status'] = 'TRADEABLE'): Price => ({
  atMs,
  clockMs: atMs,
  bid,
  offer: `${bid}5`,
  high: '2',
  low: '1',
  midOpen: '1.5',
  netChange: '0.1',
  pctChange: '0.01',
  status,
});

test.each(['CS.D.EURUSD.CFD.IP', 'IX.D.FTSE.IFE.IP'])(
  '%s: every candle closes as its ticks fold and as the history tells it, on every scale, also when subscribed in its midst',
  (epic) => {
    console.log(`seed ${seed}`);
    const { clock, source, watch } = world({ epic, start: new Date('2026-01-05T09:57:13.400Z') });
    const began = clock.now().getTime();
    const ticks = watch('TICK', ['UTM', 'BID', 'OFR']);
    const early = scales.map(([scale]) => watch(scale));
    clock.advance(95_300);
    const late = scales.map(([scale]) => watch(scale));
    clock.advance(3_700_000);
    for (const [i, [, resolution]] of scales.entries()) {
      const byStart = Map.groupBy(ticks.heard, ([at]) => String(candleStart(resolution, Number(at))));
      const closed = early[i]!.closings().filter(([utm]) => Number(utm) >= candleStart(resolution, began)); // on a silent second the snapshot is an older candle
      const starts = closed.map(([utm]) => Number(utm));
      expect(starts).toEqual(
        source.candleStarts(
          resolution,
          candleStart(resolution, began),
          candleStart(resolution, clock.now().getTime()),
          10_000,
        ),
      );
      expect(closed).toEqual(starts.map((start) => expected(source.candle(resolution, start)!, '1')));
      for (const [utm, ofrOpen, , , ofrClose, , bidHigh, bidLow, , count] of closed.filter(
        ([start]) => Number(start) >= began,
      )) {
        const within = byStart.get(utm!)!;
        const bids = within.map(([, bid]) => Number(bid));
        expect([
          within[0]![2],
          within.at(-1)![2],
          Math.max(...bids),
          Math.min(...bids),
          String(within.length),
        ]).toEqual([ofrOpen, ofrClose, Number(bidHigh), Number(bidLow), count]);
      }
      expect(late[i]!.closings()).toEqual(closed.slice(-late[i]!.closings().length));
      const running = source.candle(resolution, candleStart(resolution, clock.now().getTime()));
      if (running) expect(early[i]!.heard.at(-1)!.slice(0, -1)).toEqual(expected(running, '0').slice(0, -1));
    }
    expect(ticks.heard.length).toBeGreaterThan(1_000);
  },
);

test('a candle is told with its snapshot, tick by tick, and once more when it closes; the day figures come with it', () => {
  const { clock, watch } = world();
  clock.advance(30_000);
  const { heard } = watch('1MINUTE', [
    'UTM',
    'LTV',
    'TTV',
    'LTP_OPEN',
    'LTP_HIGH',
    'LTP_LOW',
    'LTP_CLOSE',
    'DAY_OPEN_MID',
    'DAY_NET_CHG_MID',
    'DAY_PERC_CHG_MID',
    'DAY_HIGH',
    'DAY_LOW',
    'CONS_TICK_COUNT',
    'CONS_END',
  ]);
  expect(heard).toHaveLength(1);
  clock.advance(31_000);
  const first = heard.filter(([utm]) => utm === heard[0]![0]);
  expect(first.map((values) => values.at(-1))).toEqual([...Array<string>(first.length - 1).fill('0'), '1']);
  expect(first.map((values) => Number(values.at(-2))).slice(0, -1)).toEqual(
    Array.from({ length: first.length - 1 }, (_, i) => Number(first[0]!.at(-2)) + i),
  );
  expect(first[0]).toEqual([
    expect.any(String),
    first[0]!.at(-2),
    null,
    null,
    null,
    null,
    null,
    expect.stringMatching(/^1\.\d{5}$/),
    expect.stringMatching(/^-?0\.\d{5}$/),
    expect.stringMatching(/^-?\d\.\d\d$/),
    expect.any(String),
    expect.any(String),
    expect.any(String),
    '0',
  ]);
});

test('ticks have no snapshot, no last price and no volume, which is what the document says; a market that closes is no tick', () => {
  const { clock, watch } = world({ start: new Date('2026-01-09T21:59:30Z'), realHours: true });
  const { heard } = watch('TICK', [
    'BID',
    'OFR',
    'LTP',
    'LTV',
    'TTV',
    'UTM',
    'DAY_OPEN_MID',
    'DAY_NET_CHG_MID',
    'DAY_PERC_CHG_MID',
    'DAY_HIGH',
    'DAY_LOW',
  ]);
  expect(heard).toEqual([]);
  clock.advance(3_600_000);
  expect(heard.length).toBeGreaterThan(5);
  expect(new Set(heard.map(([, , , , , utm]) => utm)).size).toBe(heard.length);
  expect(heard[0]!.slice(2, 5)).toEqual([null, null, null]);
  const document = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8');
  expect(document).toMatch(/^\| `CHART:\{epic\}:TICK` \|.*; `LTP`, `LTV` and `TTV` are null \|$/m);
  const before = heard.length;
  clock.advance(3_600_000); // the weekend
  expect(heard).toHaveLength(before);
});

test('before a quiet spell a candle still closes in time, and the market that opens again begins a new one', () => {
  const { clock, source, watch } = world({ start: new Date('2026-01-09T21:59:30Z'), realHours: true });
  const { heard, closings } = watch('HOUR');
  clock.advance(30_000 + closeAfterMs);
  expect(closings()).toEqual([expected(source.candle('HOUR', Date.UTC(2026, 0, 9, 21))!, '1')]);
  const weekend = watch('HOUR');
  expect(weekend.heard).toEqual(closings());
  const before = heard.length;
  clock.advance(50 * 3_600_000);
  expect(
    closings()
      .slice(0, 2)
      .map(([utm]) => new Date(Number(utm)).getUTCDay()),
  ).toEqual([5, 0]);
  expect(weekend.heard.slice(1)).toEqual(heard.slice(before));
});

test('a tick that comes a little late is still in; one that comes after its candle has closed closes it once more, as the history has it', () => {
  const source = scripted();
  const { clock, watch } = world({ source });
  const start = clock.now().getTime();
  const { heard } = watch('SECOND', ['UTM', 'BID_CLOSE', 'CONS_TICK_COUNT', 'CONS_END']);
  source.tell(price(start + 100, '1.1'));
  clock.advance(1_000 + closeAfterMs - 1);
  source.tell(price(start + 900, '1.2'));
  clock.advance(1);
  source.tell(price(start + 950, '1.3'));
  expect(heard).toEqual([
    [String(start), '1.1', '1', '0'],
    [String(start), '1.2', '2', '0'],
    [String(start), '1.2', '2', '1'],
    [String(start), '1.3', '3', '1'],
  ]);
});

test('a replay that shows the recorded time closes its candles by that time, and may begin again', () => {
  const source = scripted();
  const { clock, watch } = world({ source });
  const { heard } = watch('1MINUTE', ['UTM', 'BID_CLOSE', 'CONS_TICK_COUNT', 'CONS_END']);
  const recorded = Date.UTC(2020, 0, 1);
  const tell = (atMs: number, bid: string) =>
    source.tell({ ...price(recorded + atMs, bid), clockMs: clock.now().getTime() } as Price);
  tell(1_000, '1.1');
  clock.advance(58_000);
  tell(59_000, '1.2');
  clock.advance(1_000 + closeAfterMs);
  tell(120_000, '1.3');
  tell(2_000, '1.4');
  const minute = (n: number) => String(recorded + n * 60_000);
  expect(heard).toEqual([
    [minute(0), '1.1', '1', '0'],
    [minute(0), '1.2', '2', '0'],
    [minute(0), '1.2', '2', '1'],
    [minute(2), '1.3', '1', '0'],
    [minute(2), '1.3', '1', '1'],
    [minute(0), '1.4', '1', '0'],
  ]);
});

test('after a silence the candle comes from the history, where ticks are that were not streamed', () => {
  let kept: Candle | undefined;
  const source = scripted(() => kept);
  const { clock, watch } = world({ source });
  const start = clock.now().getTime();
  const { heard } = watch('1MINUTE', ['BID_LOW', 'CONS_TICK_COUNT', 'CONS_END']);
  clock.advance(1);
  source.tell(price(start + 1, '1.3'));
  clock.advance(20_000);
  kept = {
    startMs: start,
    open: { bid: '1.3', ask: '1.4' },
    high: { bid: '1.3', ask: '1.4' },
    low: { bid: '1.0', ask: '1.1' },
    close: { bid: '1.2', ask: '1.3' },
    ticks: 7,
  };
  source.tell(price(start + 20_001, '1.2'));
  expect(heard).toEqual([
    ['1.3', '1', '0'],
    ['1.0', '7', '0'],
  ]);
});

test('nobody listens, nothing runs: neither the source nor a timer is held', () => {
  const { clock, watch } = world();
  const { heard, stop } = watch('1MINUTE');
  stop();
  const before = heard.length;
  clock.advance(120_000);
  expect(heard).toHaveLength(before);
});
