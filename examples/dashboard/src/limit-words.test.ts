import { expect, test } from 'vitest';
import type { LimitUse, RiskLimits } from '../../../client/index.ts';
import { fieldsOf, readLimits, textsOf, usedPart, usedText } from './limit-words.ts';

const none: RiskLimits = {
  maxSize: null,
  maxExposure: null,
  maxDailyLoss: null,
  maxOrdersPerMinute: null,
  maxOrdersPerDay: null,
  epics: [],
};
const eurusd = 'CS.D.EURUSD.CFD.IP';
const limits: RiskLimits = {
  ...none,
  maxSize: '2',
  maxOrdersPerDay: 10,
  epics: [{ epic: eurusd, maxSize: '1', maxExposure: null, maxOrdersPerMinute: null, maxOrdersPerDay: null }],
};
const use = (more: Partial<LimitUse>): LimitUse => ({
  limit: 'maxExposure',
  epic: null,
  max: '1000',
  used: '250',
  left: '750',
  wholeAgainAt: null,
  ...more,
});

test('nothing typed changes nothing; what is changed is sent, what is blanked is taken away', () => {
  const texts = textsOf(limits);
  expect(readLimits(texts, limits, [eurusd])).toEqual({ set: {}, at: [] });
  expect(readLimits({ ...texts, maxSize: '2.0' }, limits, [eurusd])).toEqual({ set: {}, at: [] });
  expect(
    readLimits({ ...texts, maxSize: ' ', maxOrdersPerMinute: '30', 'epics[0].maxSize': '0,5' }, limits, [
      eurusd,
    ]),
  ).toEqual({
    set: { maxSize: null, maxOrdersPerMinute: 30, epics: [{ epic: eurusd, maxSize: '0.5' }] },
    at: [0],
  });
});

test('what will not do is said of its field, every field at once, and nothing is guessed', () =>
  expect(
    readLimits(
      { maxSize: 'x', maxExposure: '1,000', maxOrdersPerDay: '1.5', 'epics[0].maxSize': '-1' },
      none,
      [eurusd],
    ),
  ).toEqual({
    missed: {
      maxSize: 'Give a number above zero',
      maxExposure: '“1,000” can be read as 1 or as 1000: write it so',
      maxOrdersPerDay: 'Give a whole number, such as 10',
      'epics[0].maxSize': 'Give a number above zero',
    },
  }));

test('what the server says of the market it was sent first stands at that market’s field', () =>
  expect(fieldsOf({ 'epics[0].maxSize': 'a', 'epics.0.epic': 'b', maxSize: 'c' }, [2])).toEqual({
    'epics[2].maxSize': 'a',
    'epics[2].epic': 'b',
    maxSize: 'c',
  }));

test.each<[Partial<LimitUse>, string, number | null]>([
  [{}, '250.00 of 1,000.00 GBP used, 750.00 left', 0.25],
  [{ used: null, left: null }, '1,000.00 GBP; how much is used is not known now', null],
  [{ limit: 'maxSize', max: '2', used: null, left: null }, '2 in each deal', null],
  [{ limit: 'maxOrdersPerDay', max: '10', used: '12', left: '0' }, '12 of 10 used, 0 left', 1],
])('%j says what is used and left', (more, said, part) =>
  expect([usedText(use(more), 'GBP'), usedPart(use(more))]).toEqual([said, part]),
);
