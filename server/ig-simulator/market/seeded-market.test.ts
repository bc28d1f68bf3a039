import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { londonOffsetMs } from './hours.ts';
import { instrumentByEpic, instruments, type Instrument } from './instruments.ts';
import { createMarket } from './seeded-market.ts';
import { toText } from './text.ts';

const day = 86_400_000;
const monday = Date.UTC(2026, 0, 5, 9);
const options = { seed: 'market-test', realHours: false };
const of = (epic: string): Instrument => instrumentByEpic.get(epic)!;
const market = (epic: string, over: Partial<typeof options> = {}) => createMarket(of(epic), { ...options, ...over });

/** Correlation of daily log returns over two years. */
function correlation(a: string, b: string): number {
  const returns = [a, b].map((epic) => {
    const { mid } = market(epic);
    return Array.from({ length: 730 }, (_, d) => Math.log(mid(monday - d * day) / mid(monday - (d + 1) * day)));
  });
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const [x, y] = returns as [number[], number[]];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

test('the same seed gives the same ticks after a restart, another seed gives others', () => {
  const ticks = () => [...market('CS.D.EURUSD.CFD.IP').ticks(monday, monday + 60_000)];
  expect(ticks()).toEqual(ticks());
  expect([...market('CS.D.EURUSD.CFD.IP', { seed: 'other' }).ticks(monday, monday + 60_000)]).not.toEqual(ticks());
});

describe.each(instruments.map((instrument) => [instrument.epic, instrument] as const))('%s', (_epic, instrument) => {
  const { ticks, lastTick, mid } = createMarket(instrument, options);
  const seen = [...ticks(monday, monday + 600_000)];
  test('ticks rise in time, 0.3 to 4 a second, with a positive spread around the mid price', () => {
    expect(seen.length / 600).toBeGreaterThan(0.3);
    expect(seen.length / 600).toBeLessThan(4);
    for (const [i, tick] of seen.entries()) {
      if (i > 0) expect(tick.atMs).toBeGreaterThan(seen[i - 1]!.atMs);
      expect(tick.offer).toBeGreaterThan(tick.bid);
      expect(Math.abs((tick.bid + tick.offer) / 2 - mid(tick.atMs) * 10 ** instrument.decimals)).toBeLessThanOrEqual(1);
    }
  });
  test('quotes keep their decimals, and daily moves are believable', () => {
    expect(toText(lastTick(monday)!.bid, instrument.decimals)).toMatch(instrument.decimals === 0 ? /^\d+$/ : new RegExp(`^\\d+\\.\\d{${instrument.decimals}}$`));
    const moves = Array.from({ length: 250 }, (_, d) => Math.log(mid(monday - d * day) / mid(monday - (d + 1) * day)));
    const daily = Math.sqrt(moves.reduce((sum, move) => sum + move * move, 0) / moves.length);
    expect(daily).toBeGreaterThan(0.002);
    expect(daily).toBeLessThan(0.06);
  });
});

test('the table holds enough instruments of all kinds', () => {
  expect(instruments.length).toBeGreaterThanOrEqual(20);
  expect(new Set(instruments.map(({ type }) => type))).toEqual(new Set(['CURRENCIES', 'INDICES', 'COMMODITIES', 'SHARES']));
  expect(instrumentByEpic.size).toBe(instruments.length);
});

test('markets that share a factor move together, against it they move apart', () => {
  expect(correlation('CS.D.EURUSD.CFD.IP', 'CS.D.GBPUSD.CFD.IP')).toBeGreaterThan(0.2);
  expect(correlation('CS.D.EURUSD.CFD.IP', 'CS.D.USDCHF.CFD.IP')).toBeLessThan(-0.2);
  expect(correlation('IX.D.SPTRD.IFMM.IP', 'IX.D.NASDAQ.IFMM.IP')).toBeGreaterThan(0.4);
  expect(Math.abs(correlation('CS.D.BITCOIN.CFD.IP', 'CS.D.EURGBP.CFD.IP'))).toBeLessThan(0.3);
});

test('contracts of one underlying show one price, and crosses follow from their legs', () => {
  const mid = (epic: string) => market(epic).mid(monday);
  expect(mid('CS.D.EURUSD.MINI.IP')).toBe(mid('CS.D.EURUSD.CFD.IP'));
  expect(mid('CS.D.EURUSD.TODAY.IP')).toBeCloseTo(mid('CS.D.EURUSD.CFD.IP') * 10_000, 6);
  expect(mid('CS.D.EURGBP.CFD.IP')).toBeCloseTo(mid('CS.D.EURUSD.CFD.IP') / mid('CS.D.GBPUSD.CFD.IP'), 10);
});

test('spreads widen outside the main session', () => {
  const spread = (hour: number) => {
    const tick = market('IX.D.FTSE.IFE.IP').nextTick(Date.UTC(2026, 0, 5, hour))!;
    return tick.offer - tick.bid;
  };
  expect([spread(10), spread(17), spread(22)]).toEqual([10, 20, 40]);
});

test('extremes, counts and neighbours found by search equal those found by walking every tick', () => {
  const span = fc.record({ epic: fc.constantFrom('CS.D.EURUSD.CFD.IP', 'IX.D.FTSE.IFE.IP', 'UA.D.AAPL.CASH.IP'), start: fc.integer({ min: 0, max: 40 * day }), length: fc.integer({ min: 1, max: 12_000_000 }), realHours: fc.boolean() });
  fc.assert(fc.property(span, ({ epic, start, length, realHours }) => {
    const path = market(epic, { realHours });
    const [from, to] = [monday + start, monday + start + length];
    const walked = [...path.ticks(from, to)];
    expect(path.tickCount(from, to)).toBe(walked.length);
    const bids = walked.map(({ bid }) => bid);
    const offers = walked.map(({ offer }) => offer);
    expect(path.extremes(from, to)).toEqual(walked.length === 0 ? undefined : { highBid: Math.max(...bids), lowBid: Math.min(...bids), highOffer: Math.max(...offers), lowOffer: Math.min(...offers) });
    if (walked.length === 0) return;
    expect(path.nextTick(from - 1)).toEqual(walked[0]);
    expect(path.lastTick(to - 1)).toEqual(walked.at(-1));
  }), { numRuns: 25, seed: 11 });
});

test('with real hours the weekend is shut, the last price stays, and the next tick is Sunday evening in London', () => {
  const { isOpen, lastTick, nextTick, nextChange } = market('CS.D.EURUSD.CFD.IP', { realHours: true });
  const saturday = Date.UTC(2026, 6, 4, 12);
  expect(isOpen(saturday)).toBe(false);
  expect(new Date(lastTick(saturday)!.atMs).toISOString()).toMatch(/^2026-07-03T20:59:5/); // Friday 22:00 in London's summer
  expect(new Date(nextTick(saturday)!.atMs).toISOString()).toMatch(/^2026-07-05T20:00:0/);
  expect(nextChange(saturday)).toBe(Date.UTC(2026, 6, 5, 20));
  expect(market('CS.D.EURUSD.CFD.IP').isOpen(saturday)).toBe(true);
});

test('London is an hour ahead of UTC from the last Sunday of March to the last Sunday of October', () => {
  const cases: [string, number][] = [['2026-03-29T00:59:59Z', 0], ['2026-03-29T01:00:00Z', 1], ['2026-10-25T00:59:59Z', 1], ['2026-10-25T01:00:00Z', 0], ['2026-01-01T00:00:00Z', 0]];
  for (const [at, hours] of cases) expect(londonOffsetMs(Date.parse(at)) / 3_600_000, at).toBe(hours);
});
