import { expect, test } from 'vitest';
import { instrumentByEpic, instruments } from '../market/instruments.ts';
import { createRates } from './rates.ts';
import { quoteOf } from './test-world.ts';
import type { Quote } from './types.ts';
import { marginOf, profitOf, unitValue } from './value.ts';

test.each<[epic: string, size: string, open: string, close: string, profit: string, margin: string]>([
  ['CS.D.EURUSD.CFD.IP', '1', '1.17000', '1.17010', '10', '3896.1'], // $10 a pip; 3.33 % of $117,000
  ['CS.D.EURUSD.MINI.IP', '1', '1.17000', '1.17010', '1', '389.61'],
  ['CS.D.EURUSD.TODAY.IP', '2', '11700.0', '11701.5', '3', '779.22'], // £2 a point
  ['CS.D.USDJPY.CFD.IP', '1', '152.000', '152.010', '1000', '506160'], // ¥1,000 a pip
  ['IX.D.FTSE.IFE.IP', '2', '9690.0', '9691.0', '2', '969'],
  ['IX.D.FTSE.DAILY.IP', '5', '9690.0', '9680.0', '-50', '2422.5'],
  ['IX.D.DOW.IDF.IP', '0.2', '46900.0', '46901.0', '2', '4690'], // $10 a point
  ['CS.D.CFDGOLD.CFDGC.IP', '0.1', '4120.00', '4121.00', '10', '2060'], // 100 oz
  ['CS.D.CFDSILVER.CFM.IP', '1', '5020.0', '5021.0', '5', '2510'], // 500 oz in cents: $5 a cent
  ['CC.D.LCO.UNC.IP', '1', '6420.0', '6421.0', '10', '6420'], // $10 a cent
  ['CS.D.BITCOIN.CFD.IP', '0.01', '92400.00', '92500.00', '1', '462'],
  ['UA.D.AAPL.CASH.IP', '100', '271.00', '271.10', '10', '5420'], // 100 shares of $271.00
])('%s: %s from %s to %s is worth %s, margin %s', (epic, size, open, close, profit, margin) => {
  const instrument = instrumentByEpic.get(epic)!;
  expect(profitOf(instrument, 'BUY', open, close, size, '1')).toBe(profit);
  expect(profitOf(instrument, 'SELL', close, open, size, '1')).toBe(profit);
  expect(marginOf(instrument, size, open, '1')).toBe(margin);
});

test('a pip is worth what the instrument says of it', () => {
  for (const instrument of instruments) {
    if (instrument.valueOfOnePip === null) continue;
    expect(Number(unitValue(instrument)) / instrument.scaling, instrument.epic).toBe(
      Number(instrument.valueOfOnePip),
    );
  }
});

test('money is rounded to two places, halves away from zero', () => {
  const ftse = instrumentByEpic.get('IX.D.FTSE.IFE.IP')!;
  expect(profitOf(ftse, 'BUY', '100', '100.1', '1', '0.05')).toBe('0.01');
  expect(profitOf(ftse, 'SELL', '100', '100.1', '1', '0.05')).toBe('-0.01');
  expect(profitOf(ftse, 'SELL', '100', '100.1', '1', '0.049')).toBe('0');
});

test('a rate follows its pair at once, and is gone with its quote', () => {
  let quote: Quote | undefined;
  const rate = createRates((epic) => (epic === 'CS.D.EURUSD.CFD.IP' ? quote : undefined));
  const seen = [['1.1', '1.3'], ['1.1', '1.5'], ['1.5', '1.5'], undefined, ['1.5', '1.5'], ['0', '0.0']].map(
    (levels) => {
      quote = levels && { bid: levels[0]!, offer: levels[1]!, status: 'TRADEABLE' };
      return [rate('EUR', 'USD'), rate('USD', 'EUR')];
    },
  );
  expect(seen).toEqual([
    ['1.2', '0.833333333333'],
    ['1.3', '0.769230769231'],
    ['1.5', '0.666666666667'],
    [undefined, undefined],
    ['1.5', '0.666666666667'],
    [undefined, undefined],
  ]);
});

test('rates come from the pair, its inverse, or both by way of the dollar', () => {
  const quotes = new Map([
    ['EURUSD', quoteOf('1.1699', '1.1701')],
    ['GBPUSD', quoteOf('1.25', '1.25')],
    ['USDJPY', quoteOf('160', '160')],
    ['EURGBP', quoteOf('0.9', '0.9')],
  ]);
  const rate = createRates((epic) => quotes.get(epic.slice(5, 11)));
  expect([
    rate('EUR', 'USD'),
    rate('USD', 'GBP'),
    rate('JPY', 'GBP'),
    rate('EUR', 'GBP'),
    rate('GBP', 'EUR'),
    rate('EUR', 'JPY'),
    rate('USD', 'CHF'),
    rate('USD', 'USD'),
  ]).toEqual(['1.17', '0.8', '0.005', '0.9', '1.111111111111', '187.2', undefined, '1']);
});
