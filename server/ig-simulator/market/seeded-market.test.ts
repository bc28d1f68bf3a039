import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dailyHours, localTime, type Zone } from './hours.ts';
import type { Instrument } from './instrument.ts';
import { instrumentByEpic, instruments } from './instruments.ts';
import { createMarket, toText } from './seeded-market.ts';

const day = 86_400_000;
const monday = Date.UTC(2026, 0, 5, 9);
const options = { seed: 'market-test', realHours: false };
const of = (epic: string): Instrument => instrumentByEpic.get(epic)!;
const market = (epic: string, over: Partial<typeof options> = {}) =>
  createMarket(of(epic), { ...options, ...over });

/** Correlation of daily log returns over two years. */
function correlation(a: string, b: string): number {
  const returns = [a, b].map((epic) => {
    const { mid } = market(epic);
    return Array.from({ length: 730 }, (_, d) =>
      Math.log(mid(monday - d * day) / mid(monday - (d + 1) * day)),
    );
  });
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  const [x, y] = returns as [number[], number[]];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

test('the same seed gives the same ticks after a restart, another seed gives others', () => {
  const ticks = () => [...market('CS.D.EURUSD.CFD.IP').ticks(monday, monday + 60_000)];
  expect(ticks()).toEqual(ticks());
  expect([...market('CS.D.EURUSD.CFD.IP', { seed: 'other' }).ticks(monday, monday + 60_000)]).not.toEqual(
    ticks(),
  );
});

describe.each(instruments.map((instrument) => [instrument.epic, instrument] as const))(
  '%s',
  (_epic, instrument) => {
    const { ticks, lastTick, mid } = createMarket(instrument, options);
    const seen = [...ticks(monday, monday + 600_000)];
    test('ticks rise in time, 0.3 to 4 a second, with a positive spread around the mid price', () => {
      expect(seen.length / 600).toBeGreaterThan(0.3);
      expect(seen.length / 600).toBeLessThan(4);
      for (const [i, tick] of seen.entries()) {
        if (i > 0) expect(tick.atMs).toBeGreaterThan(seen[i - 1]!.atMs);
        expect(tick.offer).toBeGreaterThan(tick.bid);
        expect(
          Math.abs((tick.bid + tick.offer) / 2 - mid(tick.atMs) * 10 ** instrument.decimals),
        ).toBeLessThanOrEqual(1);
      }
    });
    test('quotes keep their decimals, and daily moves are believable', () => {
      expect(toText(lastTick(monday)!.bid, instrument.decimals)).toMatch(
        instrument.decimals === 0 ? /^\d+$/ : new RegExp(`^\\d+\\.\\d{${instrument.decimals}}$`),
      );
      const moves = Array.from({ length: 250 }, (_, d) =>
        Math.log(mid(monday - d * day) / mid(monday - (d + 1) * day)),
      );
      const daily = Math.sqrt(moves.reduce((sum, move) => sum + move * move, 0) / moves.length);
      expect(daily).toBeGreaterThan(0.002);
      expect(daily).toBeLessThan(0.06);
    });
  },
);

test('the table holds enough instruments of all kinds', () => {
  expect(instruments.length).toBeGreaterThanOrEqual(40);
  expect(new Set(instruments.map(({ type }) => type))).toEqual(
    new Set(['CURRENCIES', 'INDICES', 'COMMODITIES', 'RATES', 'SHARES', 'UNKNOWN']),
  );
  expect(new Set(instruments.map(({ unit }) => unit))).toEqual(new Set(['CONTRACTS', 'AMOUNT', 'SHARES']));
  expect(instruments.map(({ expiry }) => expiry)).toEqual(
    expect.arrayContaining(['-', 'DFB', 'DEC-27', '21-MAY-27']),
  );
  expect(instrumentByEpic.size).toBe(instruments.length);
});

test(`markets that share a factor move together, against it they move apart (seed ${options.seed}, two years)`, () => {
  expect(correlation('CS.D.EURUSD.CFD.IP', 'CS.D.GBPUSD.CFD.IP')).toBeGreaterThan(0.2);
  expect(correlation('CS.D.EURUSD.CFD.IP', 'CS.D.USDCHF.CFD.IP')).toBeLessThan(-0.2);
  const indices = [
    'IX.D.FTSE.IFE.IP',
    'IX.D.DAX.IFMM.IP',
    'IX.D.CAC.IDF.IP',
    'IX.D.DOW.IDF.IP',
    'IX.D.SPTRD.IFMM.IP',
    'IX.D.NASDAQ.IFMM.IP',
  ];
  for (const [i, one] of indices.entries())
    for (const other of indices.slice(i + 1))
      expect(correlation(one, other), `${one} ${other}`).toBeGreaterThan(0.4);
  expect(correlation('CC.D.LCO.UNC.IP', 'CC.D.CL.UNC.IP')).toBeGreaterThan(0.7);
  expect(correlation('IX.D.DAX.IFMM.IP', 'DO.D.OTCDDAX.1.IP')).toBeLessThan(-0.7);
  expect(Math.abs(correlation('CS.D.BITCOIN.CFD.IP', 'CS.D.EURGBP.CFD.IP'))).toBeLessThan(0.3);
});

test('contracts of one underlying show one price', () => {
  const mid = (epic: string) => market(epic).mid(monday);
  expect(mid('CS.D.EURUSD.MINI.IP')).toBe(mid('CS.D.EURUSD.CFD.IP'));
  expect(mid('CS.D.EURUSD.TODAY.IP')).toBeCloseTo(mid('CS.D.EURUSD.CFD.IP') * 10_000, 6);
  expect(mid('UA.D.AAPL.DAILY.IP')).toBeCloseTo(mid('UA.D.AAPL.CASH.IP') * 100, 6);
});

test('whatever the seed and the instant, the quotes of a cross are those of its legs, to within the spreads', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.integer({ min: -2_000 * day, max: 2_000 * day }),
      (seed, shift) => {
        const at = monday + shift;
        const quote = (pair: string) => {
          const { bid, offer } = market(`CS.D.${pair}.CFD.IP`, { seed }).lastTick(at)!;
          return {
            bid: bid / 10 ** of(`CS.D.${pair}.CFD.IP`).decimals,
            offer: offer / 10 ** of(`CS.D.${pair}.CFD.IP`).decimals,
          };
        };
        const mid = (pair: string) => market(`CS.D.${pair}.CFD.IP`, { seed }).mid(at);
        expect(mid('EURGBP')).toBeCloseTo(mid('EURUSD') / mid('GBPUSD'), 10);
        expect(mid('EURJPY')).toBeCloseTo(mid('EURUSD') * mid('USDJPY'), 8);
        const [eurgbp, eurusd, gbpusd] = [quote('EURGBP'), quote('EURUSD'), quote('GBPUSD')];
        const slack = 0.0002; // the legs' last ticks are up to two seconds apart
        expect(eurgbp.bid).toBeLessThan(eurusd.offer / gbpusd.bid + slack);
        expect(eurgbp.offer).toBeGreaterThan(eurusd.bid / gbpusd.offer - slack);
      },
    ),
    { numRuns: 60, seed: 12 },
  );
});

test('spreads widen outside the main session', () => {
  const spread = (hour: number) => {
    const tick = market('IX.D.FTSE.IFE.IP').nextTick(Date.UTC(2026, 0, 5, hour))!;
    return tick.offer - tick.bid;
  };
  expect([spread(10), spread(17), spread(22)]).toEqual([10, 20, 40]);
});

test('extremes, counts and neighbours found by search equal those found by walking every tick', () => {
  const span = fc.record({
    epic: fc.constantFrom('CS.D.EURUSD.CFD.IP', 'IX.D.FTSE.IFE.IP', 'UA.D.AAPL.CASH.IP'),
    start: fc.integer({ min: 0, max: 40 * day }),
    length: fc.integer({ min: 1, max: 12_000_000 }),
    realHours: fc.boolean(),
  });
  fc.assert(
    fc.property(span, ({ epic, start, length, realHours }) => {
      const path = market(epic, { realHours });
      const [from, to] = [monday + start, monday + start + length];
      const walked = [...path.ticks(from, to)];
      expect(path.tickCount(from, to)).toBe(walked.length);
      const bids = walked.map(({ bid }) => bid);
      const offers = walked.map(({ offer }) => offer);
      expect(path.extremes(from, to)).toEqual(
        walked.length === 0
          ? undefined
          : {
              highBid: Math.max(...bids),
              lowBid: Math.min(...bids),
              highOffer: Math.max(...offers),
              lowOffer: Math.min(...offers),
            },
      );
      if (walked.length === 0) return;
      expect(path.nextTick(from - 1)).toEqual(walked[0]);
      expect(path.lastTick(to - 1)).toEqual(walked.at(-1));
    }),
    { numRuns: 25, seed: 11 },
  );
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

test.each<[Zone, string, string]>([
  ['usShare', '2026-03-06T14:29:59Z', '2026-03-06T14:30:00Z'], // New York's winter
  ['usShare', '2026-03-09T13:29:59Z', '2026-03-09T13:30:00Z'], // New York is in summer, London not yet
  ['usShareAllSessions', '2026-01-05T08:59:59Z', '2026-01-05T09:00:00Z'],
  ['ukShare', '2026-03-27T07:59:59Z', '2026-03-27T08:00:00Z'],
  ['ukShare', '2026-03-30T06:59:59Z', '2026-03-30T07:00:00Z'],
  ['euShare', '2026-10-23T06:59:59Z', '2026-10-23T07:00:00Z'],
  ['euShare', '2026-10-26T07:59:59Z', '2026-10-26T08:00:00Z'],
  ['japan', '2026-07-05T22:59:59Z', '2026-07-05T23:00:00Z'], // Tokyo has no summer time
  ['allWeek', '2026-07-06T21:59:59Z', '2026-07-06T22:00:00Z'], // the nightly break of London's summer
  ['crypto', '2026-01-10T07:59:59Z', '2026-01-10T08:00:00Z'],
])('%s is shut at %s and open at %s, by the summer time of its own zone', (zone, shut, opens) => {
  const { isOpen, nextChange } = createMarket(
    instruments.find(({ hours }) => hours === zone)!,
    { ...options, realHours: true },
  );
  expect([isOpen(Date.parse(shut)), isOpen(Date.parse(opens)), nextChange(Date.parse(shut))]).toEqual([
    false,
    true,
    Date.parse(opens),
  ]);
});

test('on days when clocks change, the minute of the week follows them', () => {
  const minute = (text: string) => localTime('fx', Date.parse(text)).weekMinute;
  expect([
    minute('2026-03-29T00:30:00Z'),
    minute('2026-03-29T01:00:00Z'),
    minute('2026-10-25T00:30:00Z'),
    minute('2026-10-25T01:00:00Z'),
  ]).toEqual([30, 120, 90, 60]);
});

test('daily hours are told in UTC as they are in that season; markets open around the clock have none', () => {
  const [winter, summer] = [Date.UTC(2026, 0, 5), Date.UTC(2026, 6, 4)];
  expect(dailyHours('usShare', winter)).toEqual({ openTime: '14:30', closeTime: '21:00' });
  expect(dailyHours('usShare', summer)).toEqual({ openTime: '13:30', closeTime: '20:00' });
  expect(dailyHours('usShareAllSessions', winter)).toEqual({ openTime: '09:00', closeTime: '01:00' });
  expect(dailyHours('carbon', winter)).toEqual({ openTime: '07:00', closeTime: '17:00' });
  expect([dailyHours('fx', winter), dailyHours('allWeek', summer), dailyHours('crypto', winter)]).toEqual([
    null,
    null,
    null,
  ]);
});

test(`where a market was shut the first tick after it may jump: the path went on meanwhile (seed ${options.seed}, 50 weekends)`, () => {
  const { ticks, nextTick, lastTick } = market('IX.D.DAX.IFMM.IP', { realHours: true });
  const step = (a: { bid: number }, b: { bid: number }) => Math.abs(b.bid - a.bid);
  const inSession = [...ticks(monday, monday + 3_600_000)];
  const usual = Math.max(...inSession.slice(1).map((tick, i) => step(inSession[i]!, tick)));
  const gaps = Array.from({ length: 50 }, (_, week) => monday + (5 + 7 * week) * day)
    .map((saturday) => step(lastTick(saturday)!, nextTick(saturday)!))
    .sort((a, b) => a - b);
  expect(gaps[25]).toBeGreaterThan(3 * usual);
});
