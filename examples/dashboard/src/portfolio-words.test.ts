import { expect, test } from 'vitest';
import { headOf, placeOfLine, readWords } from './portfolio-import-words.ts';
import { pointsOf } from './portfolio-points.ts';
import { readTerms } from './portfolio-terms.ts';
import { firstDay, missingDays } from './portfolio-words.ts';

test.each([
  ['month', '2026-03-31', '2026-02-28'],
  ['month', '2026-01-15', '2025-12-15'],
  ['year_to_date', '2026-03-31', '2026-01-01'],
  ['year', '2024-02-29', '2023-02-28'],
  ['all', '2026-03-31', '2020-05-06'],
] as const)('%s until %s begins on %s', (span, today, first) => {
  expect(firstDay(span, today, '2020-05-06')).toBe(first);
});
test('no span begins before the portfolio starts', () => {
  expect(firstDay('year', '2026-03-31', '2026-03-02')).toBe('2026-03-02');
});

test('what is typed becomes terms with the parts where they belong; a rate counts only beside another money', () => {
  const sold = {
    'sold.amount': '1’000',
    'sold.currency': 'USD',
    'bought.amount': '740,5',
    'bought.currency': 'GBP',
  };
  expect(readTerms('exchange', sold, 'GBP')).toEqual({
    terms: {
      kind: 'exchange',
      sold: { amount: '1000', currency: 'USD' },
      bought: { amount: '740.5', currency: 'GBP' },
    },
  });
  const interest = { amount: '-3.5', rate: '0.74' };
  expect(readTerms('interest', interest, 'GBP')).toEqual({
    terms: { kind: 'interest', amount: '-3.5', currency: 'GBP' },
  });
  expect(readTerms('interest', { ...interest, currency: 'USD' }, 'GBP')).toEqual({
    terms: { kind: 'interest', amount: '-3.5', currency: 'USD', rate: '0.74' },
  });
});
test('each field with what is wrong is named as the server names it', () => {
  expect(readTerms('buy', { quantity: '1,000', price: '0', fee: 'two' }, 'GBP')).toEqual({
    missed: {
      'terms.instrument': 'Is needed',
      'terms.quantity': '“1,000” can be read as 1 or as 1000: write it so',
      'terms.fee': 'Give a number above zero',
    },
  });
});

test.each([
  ['\ufeff"Datum";Art;"St""k, a"\r\n1;2;3', ['Datum', 'Art', 'St"k, a']],
  ['at\tkind', ['at', 'kind']],
  ['', []],
])('the head of %j is %j', (csv, head) => {
  expect(headOf(csv)).toEqual(head);
});
test('a line names a kind or an instrument, and is told where it names neither', () => {
  expect(readWords('Kauf = buy\n\n A = B Inc. = AB \n')).toEqual({
    kinds: [{ word: 'Kauf', kind: 'buy' }],
    instruments: [{ name: 'A = B Inc.', instrument: 'AB' }],
  });
  expect(readWords('Kauf')).toEqual({ missed: '“Kauf” is no line such as Kauf = buy' });
});
test('a line of a file is found where it begins and ends', () => {
  const csv = 'a\r\nbc\r\nd';
  const { from, to } = placeOfLine(csv, 2);
  expect(csv.slice(from, to)).toBe('bc\r');
});
test('days on which the same is missing are told as one', () => {
  const missing = ['2026-01-06', '2026-01-05', '2026-01-06'].map((on) => ({
    what: 'price' as const,
    of: 'VOD',
    on,
  }));
  expect(missingDays(missing)).toEqual([
    { what: 'price', of: 'VOD', first: '2026-01-05', last: '2026-01-06', days: 2 },
  ]);
});

test('the return of the days is that of Mondays to Fridays: what came on a weekend counts with the day after it', () => {
  const day = (on: string, value: string | null, inflow = '0', outflow = '0') => ({
    on,
    value,
    inflow,
    outflow,
  });
  const days = [
    day('2026-01-08', '100'), // Thursday, before the period
    day('2026-01-09', '110'),
    day('2026-01-10', '160', '50'),
    day('2026-01-11', '160'),
    day('2026-01-12', '176'), // 176 ÷ (110 + 50)
    day('2026-01-13', '88', '0', '88'),
    day('2026-01-14', null),
    day('2026-01-17', '90'), // Saturday, the last
  ];
  const points = pointsOf(days).map(({ on, value, return: at }) => [
    on.slice(-2),
    value,
    at && Number(at.toFixed(9)),
  ]);
  expect(points).toEqual([
    ['09', 110, 0.1],
    ['12', 176, 0.21],
    ['13', 88, 0.21],
    ['14', null, null],
    ['17', 90, null],
  ]);
});
