// What is offered: what other clients' own tests ask for, a bet beside every CFD, and dated futures; and that no table has slipped.
import { afterAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testLogin, testSimulator } from '../../testing/test-simulator.ts';
import { chargesOf } from '../engine/funding.ts';
import type { Account } from '../engine/types.ts';
import { accountTypeOf } from './instrument.ts';
import { instrumentByEpic, instruments } from './instruments.ts';
import { oneOf, rowsOf } from './rows.ts';

const clock = createManualClock();
const bettor = { ...testLogin, accountType: 'SPREADBET' as const, otherAccounts: [] };
const simulator = await testSimulator({ clock, logins: [bettor] });
afterAll(() => simulator.stop());

describe('an epic of the tests and samples of public clients is there', () => {
  test.each([
    ...['CS.D.EURUSD.CFD.IP', 'CS.D.EURUSD.MINI.IP', 'CS.D.NZDUSD.CFD.IP', 'CS.D.USDJPY.CFD.IP'],
    ...['CS.D.GBPUSD.TODAY.IP', 'CS.D.EURUSD.TODAY.IP', 'CS.D.USDJPY.TODAY.IP', 'CS.D.USDCHF.TODAY.IP'],
    ...['IX.D.FTSE.DAILY.IP', 'IX.D.DAX.DAILY.IP', 'IX.D.DOW.DAILY.IP', 'IX.D.CAC.DAILY.IP'],
    ...['IX.D.NIKKEI.DAILY.IP', 'IX.D.SPTRD.DAILY.IP', 'IX.D.NASDAQ.CASH.IP', 'IX.D.NIKKEI.IFA.IP'],
    ...['IX.D.DAX.IDF.IP', 'IX.D.DOW.IFD.IP', 'IX.D.FTSE.CFD.IP', 'CS.D.USCGC.TODAY.IP'],
    ...['CS.D.BITCOIN.TODAY.IP', 'CS.D.ETHUSD.TODAY.IP', 'CS.D.LTCUSD.TODAY.IP', 'CC.D.LCO.UNC.IP'],
    ...['UA.D.AAPL.CASH.IP', 'UD.D.TSLA.CASH.IP', 'UC.D.MSFT.CASH.IP', 'SE.D.PFE.CASH.IP'],
    ...['MT.D.GC.Month2.IP', 'MT.D.PL.Month2.IP', 'MT.D.PA.Month1.IP', 'MT.D.HG.Month1.IP'],
    ...['IX.D.SPTRD.MONTH1.IP', 'EN.D.CL.Month1.IP', 'IR.D.FGBL.Month1.IP', 'CO.D.CFI.Month2.IP'],
  ])('%s', async (epic) => {
    const { status, body } = await simulator.read(`/markets/${epic}`, 3);
    expect([status, body.instrument?.epic, body.snapshot?.marketStatus]).toEqual([200, epic, 'TRADEABLE']);
  });
});

test('every market that a CFD is dealt in has its bet, at the same price in points, in the same currency of the account', async () => {
  const dealtIn = (type: 'CFD' | 'SPREADBET') =>
    instruments.filter(
      (each) => accountTypeOf(each) === type && each.rolloverTime === undefined && each.type !== 'UNKNOWN',
    );
  const bets = dealtIn('SPREADBET');
  expect(new Set(bets.map(({ marketId }) => marketId))).toEqual(
    new Set(dealtIn('CFD').map(({ marketId }) => marketId)),
  );
  for (const cfd of dealtIn('CFD')) {
    const bet = bets.find(({ marketId }) => marketId === cfd.marketId)!;
    expect(bet, cfd.epic).toMatchObject({
      expiry: 'DFB',
      unit: 'AMOUNT',
      currency: 'GBP',
      contractSize: null,
    });
    const [one, other] = await Promise.all(
      [cfd, bet].map(async ({ epic }) => (await simulator.read(`/markets/${epic}`, 3)).body.snapshot),
    );
    const ratio = (other.high * bet.scaling) / (one.high * cfd.scaling);
    expect(ratio, cfd.epic).toBeCloseTo(1, 1);
  }
});

test('a dated future says when it is last dealt and rolled, in each version’s way, is dealt in, and bears no funding', async () => {
  const futures = instruments.filter(({ rolloverTime }) => rolloverTime !== undefined);
  expect(futures.length).toBeGreaterThan(20);
  for (const { epic, expiry } of futures) {
    const [one, three] = await Promise.all(
      [1, 3].map(async (version) => (await simulator.read(`/markets/${epic}`, version)).body.instrument),
    );
    const { lastDealingDate } = three.expiryDetails;
    const { lastRolloverTime, rolloverInfo } = three.rolloverDetails;
    expect([lastDealingDate, lastRolloverTime]).toEqual(
      Array(2).fill(expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d$/)),
    );
    expect([lastRolloverTime < lastDealingDate, rolloverInfo.length > 20]).toEqual([true, true]);
    expect(expiry).toBe(
      new Date(`${lastDealingDate}Z`)
        .toLocaleString('en', { month: 'short', year: '2-digit', timeZone: 'UTC' })
        .toUpperCase()
        .replace(' ', '-'),
    );
    expect(one.rolloverDetails.lastRolloverTime).toMatch(/^\d\d\/\d\d\/\d\d \d\d:\d\d$/);
  }
  const { epic, expiry } = instrumentByEpic.get('MT.D.GC.Month2.IP')!;
  const { body } = await simulator.open({ epic, expiry, currencyCode: 'GBP', size: 0.5 });
  expect((await simulator.read(`/confirms/${body.dealReference}`)).body).toMatchObject({
    dealStatus: 'ACCEPTED',
    expiry,
  });
  const night = Date.parse('2026-01-05T22:00:00Z');
  const market = {
    quote: () => ({ bid: '4000', offer: '4001', status: 'TRADEABLE' }) as const,
    instrument: (name: string) => instrumentByEpic.get(name),
    rate: () => '1',
  };
  const held = (name: string) => ({
    epic: name,
    direction: 'BUY',
    size: '1',
    openedAt: '2026-01-05T09:00:00Z',
  });
  const account = {
    currency: 'GBP',
    positions: ['CS.D.USCGC.TODAY.IP', epic].map(held),
  } as unknown as Account;
  expect(chargesOf(account, night, market).map((charge) => charge.epic)).toEqual(['CS.D.USCGC.TODAY.IP']);
});

test('the sentiment of every market, and of every one that a public client asks for, sums to a hundred', async () => {
  const ids = [
    ...['US500', 'FT100', 'USTECH', 'GC', 'CL', 'W', 'GBPUSD', 'USDJPY', 'EURCHF', '10YRTND', 'FGBL', 'FLG'],
    ...['BITCOIN', 'ETHUSD', 'LTCUSD', 'BP-UK', 'VOD-UK', 'TSLA-US', 'EURUSD', 'FR40', 'DE30', 'FB-US'],
    ...instruments.map(({ marketId }) => marketId),
  ];
  const { text, body } = await simulator.read(`/clientsentiment?marketIds=${[...new Set(ids)].join()}`);
  for (const {
    marketId,
    longPositionPercentage: long,
    shortPositionPercentage: short,
  } of body.clientSentiments)
    expect([long > 0, short > 0, long + short], marketId).toEqual([true, true, 100]);
  expect(text.match(/Percentage":\d+\.\d[,}]/g)).toHaveLength(2 * body.clientSentiments.length);
});

test('epics are unique, and a row that has slipped is refused by what it says', () => {
  expect(new Set(instruments.map(({ epic }) => epic)).size).toBe(instruments.length);
  const figures = instruments.flatMap((each) => [
    each.base,
    each.slotMs,
    each.minDealSize,
    each.marginPct,
    each.lotSize,
    each.premium,
    ...each.spreads.flat(),
    ...each.factors.map(([, pct]) => pct),
  ]);
  expect(figures.filter((figure) => !Number.isFinite(figure))).toEqual([]);
  expect(() => rowsOf(['a', 'b'], 'x | y\nz')).toThrow('1 cells instead of 2: z');
  expect(() => oneOf(['a', 'b'], 'c')).toThrow('c is none of a, b');
});
