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

test('of one day what was entered wins, then what is quoted now, then what the day closed at; the newest day wins over all', () => {
  const quoted = (on: string, bid: string | null, offer: string | null) => ({
    instrument: 'X',
    on,
    bid,
    offer,
    currency: 'GBP',
  });
  const [today, closes] = ['2026-01-09', [quoted('2026-01-06', '4', '5'), quoted('2026-01-09', '6', null)]];
  const entered = [price('2026-01-05', '1'), price('2026-01-06', '2')];
  const book = createPriceBook(entered, [], { closes, live: () => quoted(today, '7', '8') });
  const silent = createPriceBook(entered, [], { closes, live: () => undefined });
  const told = (of: typeof book, on: string, units?: string) => {
    const found = of.price('X', on, units);
    return [found?.price, found?.source, found?.on];
  };
  expect(told(book, '2026-01-06')).toEqual(['2', 'entered', '2026-01-06']);
  expect(told(book, today)).toEqual(['7', 'live', today]);
  expect(told(book, today, '-3')).toEqual(['8', 'live', today]);
  expect(told(silent, today)).toEqual(['6', 'candle', today]);
  // Of what is short the offer counts, and that day had none.
  expect(told(silent, today, '-3')).toEqual(['2', 'entered', '2026-01-06']);
  expect(told(createPriceBook([], [], { closes, live: () => undefined }), '2026-01-08', '-3')).toEqual([
    '5',
    'candle',
    '2026-01-06',
  ]);
  // Tomorrow nothing is quoted yet.
  expect(told(book, '2026-01-10')).toEqual(['6', 'candle', today]);
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
