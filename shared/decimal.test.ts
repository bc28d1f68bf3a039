// Decimal text arithmetic: exact, canonical, never an exponent.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from './decimal.ts';

const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, places]) => {
    const text = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
    return `${digits < 0n ? '-' : ''}${places ? `${text.slice(0, -places)}.${text.slice(-places)}` : text}`;
  });

test('what a float gets wrong stays exact', () => {
  expect(decimal.add('0.1', '0.2')).toBe('0.3');
  expect(decimal.subtract('1.38780', '1.38770')).toBe('0.0001');
  expect(decimal.multiply('1.1', '1.1')).toBe('1.21');
});

test('what is made of the largest numbers of a request is exact: quantity × price × rate, and sums of it', () => {
  const [quantity, price] = ['123456789012345.1234567891', '987654321012345.9876543212'];
  const [rate, little] = ['123456789012345.12345678912345678913', '0.0000000001'];
  const value = decimal.multiply(decimal.multiply(quantity, price), rate);
  const places = (text: string) => text.split('.')[1]!.length;
  expect(places(value)).toBe(places(quantity) + places(price) + places(rate));
  expect(decimal.subtract(decimal.add(value, little), value)).toBe(little);
});

test('results are canonical: no trailing zeros, no exponent, no minus zero', () => {
  expect(decimal.canonical('1.0E10')).toBe('10000000000');
  expect(decimal.canonical('14147.0000')).toBe('14147');
  expect(decimal.canonical('-0.000')).toBe('0');
  expect(decimal.canonical('0.0000000000000000000001')).toBe('0.0000000000000000000001');
});

test('rounding is what the call says', () => {
  expect(
    ['down', 'up', 'half-even', 'half-up'].map((mode) => decimal.round('2.5', 0, mode as 'down')),
  ).toEqual(['2', '3', '2', '3']);
  expect(decimal.divide('1', '3', 4, 'half-even')).toBe('0.3333');
  expect(() => decimal.divide('1', '0', 2, 'down')).toThrow('division by zero');
});

test('adding and subtracting the same number is no change, for any decimals', () => {
  fc.assert(
    fc.property(decimals, decimals, (a, b) => {
      expect(decimal.subtract(decimal.add(a, b), b)).toBe(decimal.canonical(a));
      expect(decimal.compare(decimal.add(a, '1'), a)).toBe(1);
      expect(decimal.multiply(a, b)).toBe(decimal.multiply(b, a));
    }),
  );
});
