import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { candleEnd, candleStart, type Resolution } from './candles.ts';
import { instrumentByEpic } from './instruments.ts';
import { createMarket } from './seeded-market.ts';
import type { Price } from './price.ts';
import { createSeededPrices, longestCatchUpMs } from './seeded-prices.ts';

const ready = () => undefined;
function feed(epic = 'CS.D.EURUSD.CFD.IP', start = '2026-01-05T09:00:00Z', realHours = false) {
  const clock = createManualClock(new Date(start));
  const instrument = instrumentByEpic.get(epic)!;
  const market = createMarket(instrument, { seed: 'feed', realHours });
  return { clock, market, prices: createSeededPrices(instrument, market, clock) };
}
function record(prices: ReturnType<typeof feed>['prices']) {
  const seen: Price[] = [];
  const { snapshot, unsubscribe } = prices.subscribe({ onPrice: (price) => seen.push(price), busy: ready });
  return { seen, snapshot, unsubscribe };
}

test('a subscriber gets every tick of the pure market once and in order, starting after its snapshot', () => {
  const { clock, market, prices } = feed();
  const start = clock.now().getTime();
  const { seen, snapshot } = record(prices);
  clock.advance(120_000);
  expect(seen.map(({ atMs }) => atMs)).toEqual(
    [...market.ticks(start + 1, start + 120_001)].map(({ atMs }) => atMs),
  );
  expect(snapshot!.atMs).toBe(market.lastTick(start)!.atMs);
  expect(prices.current()).toEqual(seen.at(-1));
});

test('a clock that is set back does not stop the market: it ticks on from there', () => {
  const { clock, market, prices } = feed();
  const { seen } = record(prices);
  clock.advance(10_000);
  const before = seen.length;
  clock.set(-600_000);
  const from = clock.now().getTime();
  clock.advance(30_000);
  const later = seen.slice(before).map(({ atMs }) => atMs);
  const all = [...market.ticks(from, from + 30_001)].map(({ atMs }) => atMs);
  expect(later.length).toBeGreaterThan(5);
  expect(all.slice(-later.length)).toEqual(later); // each once, in order, from when it noticed
  expect(later[0]! - from).toBeLessThan(5_000);
});

test.each([false, true])(
  'what is shown at an instant does not depend on what was asked before (real hours: %j)',
  (realHours) => {
    // around a night's break of the DAX, forwards and back
    const start = '2026-01-05T21:59:58Z';
    const { clock, market, prices } = feed('IX.D.DAX.IFMM.IP', start, realHours);
    let at = Date.parse(start);
    const wandering = createSeededPrices(prices.instrument, market, { ...clock, now: () => new Date(at) });
    for (const ms of [
      0, 100, 250, -50, 900, 700, 199, 1, 1, 3_600_000, -3_600_000, 3_599_000, 500, 400, 300, -2_000,
    ]) {
      at += ms;
      const fresh = feed('IX.D.DAX.IFMM.IP', new Date(at).toISOString(), realHours);
      expect(wandering.current()).toEqual(fresh.prices.current());
    }
  },
);

test('candles are those of the streamed ticks, at their start time, and the running one is last', () => {
  const { clock, prices } = feed();
  const { seen } = record(prices);
  clock.advance(190_000);
  const starts = prices.lastCandleStarts('MINUTE', clock.now().getTime() + 1, 4);
  expect(starts.map((at) => new Date(at).toISOString().slice(11, 19))).toEqual([
    '09:00:00',
    '09:01:00',
    '09:02:00',
    '09:03:00',
  ]);
  for (const start of starts.slice(0, 4)) {
    const ticks = seen.filter(({ atMs }) => candleStart('MINUTE', atMs) === start);
    const by = (key: 'bid' | 'offer') => ticks.map((tick) => tick[key]);
    const high = (values: string[]) => values.reduce((a, b) => (b > a ? b : a));
    const low = (values: string[]) => values.reduce((a, b) => (b < a ? b : a));
    expect(prices.candle('MINUTE', start)).toEqual({
      startMs: start,
      ticks: ticks.length,
      open: { bid: ticks[0]!.bid, ask: ticks[0]!.offer },
      close: { bid: ticks.at(-1)!.bid, ask: ticks.at(-1)!.offer },
      high: { bid: high(by('bid')), ask: high(by('offer')) },
      low: { bid: low(by('bid')), ask: low(by('offer')) },
    });
  }
});

test('long candles are made of the short ones', () => {
  const { prices } = feed();
  const start = Date.UTC(2026, 0, 4);
  const hours = prices
    .candleStarts('HOUR', start, start + 86_400_000, 100)
    .map((at) => prices.candle('HOUR', at)!);
  const day = prices.candle('DAY', start)!;
  expect(hours).toHaveLength(24);
  expect(day.open).toEqual(hours[0]!.open);
  expect(day.close).toEqual(hours.at(-1)!.close);
  expect(Number(day.high.ask)).toBe(Math.max(...hours.map(({ high }) => Number(high.ask))));
  expect(Number(day.low.bid)).toBe(Math.min(...hours.map(({ low }) => Number(low.bid))));
  expect(day.ticks).toBe(hours.reduce((sum, { ticks }) => sum + ticks, 0));
});

test.each<[Resolution, string, string, string]>([
  ['MINUTE_5', '2026-01-05T09:07:00Z', '2026-01-05T09:05:00.000Z', '2026-01-05T09:10:00.000Z'],
  ['DAY', '2026-01-05T23:59:59Z', '2026-01-05T00:00:00.000Z', '2026-01-06T00:00:00.000Z'],
  ['WEEK', '2026-01-04T12:00:00Z', '2025-12-29T00:00:00.000Z', '2026-01-05T00:00:00.000Z'],
  ['MONTH', '2026-02-17T12:00:00Z', '2026-02-01T00:00:00.000Z', '2026-03-01T00:00:00.000Z'],
])('a %s candle that holds %s runs from %s to %s', (resolution, at, start, end) => {
  const startMs = candleStart(resolution, Date.parse(at));
  expect([new Date(startMs).toISOString(), new Date(candleEnd(resolution, startMs)).toISOString()]).toEqual([
    start,
    end,
  ]);
});

test('the figures of the day are consistent with one another, and start anew at midnight', () => {
  const { clock, prices, market } = feed('IX.D.DAX.IFMM.IP', '2026-01-05T23:58:00Z');
  const { seen } = record(prices);
  clock.advance(240_000);
  for (const { bid, offer, high, low, midOpen, netChange, pctChange } of seen) {
    expect(Number(low)).toBeLessThanOrEqual(Number(bid));
    expect(Number(high)).toBeGreaterThanOrEqual(Number(offer));
    expect(Number(netChange)).toBeCloseTo((Number(bid) + Number(offer)) / 2 - Number(midOpen), 0);
    expect(Number(pctChange)).toBeCloseTo((Number(netChange) / Number(midOpen)) * 100, 1);
  }
  const first = seen.find(({ atMs }) => atMs >= Date.UTC(2026, 0, 6))!;
  expect([first.high, first.low]).toEqual([first.offer, first.bid]);
  const range = market.extremes(Date.UTC(2026, 0, 5), seen[0]!.atMs + 1)!;
  expect([seen[0]!.high, seen[0]!.low]).toEqual([
    (range.highOffer / 10).toFixed(1),
    (range.lowBid / 10).toFixed(1),
  ]);
});

test('with real hours a close and an opening are streamed, and nothing in between', () => {
  const { clock, prices } = feed('CS.D.EURUSD.CFD.IP', '2026-01-09T21:59:00Z', true);
  const { seen } = record(prices);
  clock.advance(49 * 3_600_000);
  const shut = seen.findIndex(({ status }) => status === 'CLOSED');
  expect(seen[shut]).toEqual({ ...seen[shut - 1], status: 'CLOSED' });
  expect(seen[shut + 1]).toEqual({ ...seen[shut - 1], status: 'TRADEABLE' });
  expect(new Date(seen[shut + 2]!.atMs).toISOString()).toMatch(/^2026-01-11T21:00:0/);
  expect(seen.slice(shut + 1).every(({ status }) => status === 'TRADEABLE')).toBe(true);
});

test.each([
  ['SE.D.PFE.CASH.IP', 'EDITS_ONLY'],
  ['KA.D.BP.DAILY.IP', 'CLOSED'],
  ['CS.D.EURUSD.CFD.IP', 'TRADEABLE'],
])('%s is %s when shares are shut', (epic, status) => {
  const { prices } = feed(epic, '2026-01-05T22:30:00Z', true);
  expect(prices.current()).toMatchObject({ status });
});

test('no timer runs without a listener, and a long sleep of the process is not made up for', () => {
  const { clock, prices } = feed();
  let waiting = 0;
  const counting = { ...clock, after: (ms: number, run: () => void) => (waiting++, clock.after(ms, run)) };
  const source = createSeededPrices(
    prices.instrument,
    createMarket(prices.instrument, { seed: 'feed', realHours: false }),
    counting,
  );
  const { unsubscribe } = record(source);
  expect(waiting).toBe(1);
  clock.advance(1_000);
  const before = waiting;
  unsubscribe();
  clock.advance(60_000);
  expect(waiting).toBe(before);

  let now = clock.now();
  let wake = () => {};
  const asleep = createSeededPrices(
    prices.instrument,
    createMarket(prices.instrument, { seed: 'feed', realHours: false }),
    { ...clock, now: () => now, after: (_ms, run) => ((wake = run), () => {}) },
  );
  const { seen } = record(asleep);
  now = new Date(now.getTime() + longestCatchUpMs * 10);
  wake();
  expect(seen.length).toBeLessThanOrEqual(1);
});
