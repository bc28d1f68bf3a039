// Which price and which rate counts on a day.
import { expect, test } from 'vitest';
import { createPriceBook } from './price-book.ts';

const price = (on: string, value: string, currency = 'GBP') => ({
  instrument: 'X',
  on,
  price: value,
  currency,
});
const rate = (from: string, to: string, on: string, value: string) => ({ from, to, on, rate: value });

test('the newest price of the day or before counts, whatever the order in which they were entered', () => {
  const book = createPriceBook(
    [price('2026-01-09', '3'), price('2026-01-05', '1'), price('2026-01-07', '2')],
    [],
  );
  expect(
    ['2026-01-04', '2026-01-05', '2026-01-06', '2026-01-08', '2026-01-16'].map(
      (on) => book.price('X', on)?.price,
    ),
  ).toEqual([undefined, '1', '1', '2', '3']);
  expect(book.price('X', '2026-01-16')).toEqual({
    price: '3',
    currency: 'GBP',
    on: '2026-01-09',
    source: 'entered',
  });
  expect(book.price('X', '2026-01-17')).toBeUndefined();
  expect(book.price('Y', '2026-01-09')).toBeUndefined();
});

test('a price in pence is money in pounds', () => {
  expect(createPriceBook([price('2026-01-05', '98.4', 'GBX')], []).price('X', '2026-01-05')).toMatchObject({
    price: '0.984',
    currency: 'GBP',
  });
});

test('a rate counts both ways: the newer one, and of one day the one that leads the way that is asked for', () => {
  const book = createPriceBook(
    [],
    [
      rate('USD', 'GBP', '2026-01-05', '0.80'),
      rate('GBP', 'USD', '2026-01-05', '1.6'),
      rate('GBP', 'USD', '2026-01-06', '2'),
    ],
  );
  expect(book.rate('USD', 'GBP', '2026-01-05')).toEqual({
    from: 'USD',
    to: 'GBP',
    rate: '0.8',
    on: '2026-01-05',
    source: 'entered',
  });
  expect(book.rate('USD', 'GBP', '2026-01-06')).toMatchObject({
    rate: '0.5',
    on: '2026-01-06',
    source: 'inverse of entered',
  });
  expect(book.rate('GBP', 'USD', '2026-01-05')).toMatchObject({ rate: '1.6', source: 'entered' });
  expect(book.rate('EUR', 'GBP', '2026-01-05')).toBeUndefined();
  expect(book.rate('EUR', 'EUR', '2026-01-05')?.rate).toBe('1');
});

test('an inverse that does not end is rounded to 20 places, half to even', () => {
  const book = createPriceBook([], [rate('GBP', 'USD', '2026-01-05', '3')]);
  expect(book.rate('USD', 'GBP', '2026-01-05')?.rate).toBe('0.33333333333333333333');
});
