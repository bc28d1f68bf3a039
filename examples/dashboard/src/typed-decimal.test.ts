import { expect, test } from 'vitest';
import { askedBack, typedDecimal, typedSigned } from './typed-decimal.ts';

test.each([
  ['1', '1'],
  [' 0,50 ', '0.5'],
  ['.5', '0.5'],
  [',5', '0.5'],
  ['1.5', '1.5'],
  ['1,5', '1.5'],
  ['0.125', '0.125'], // nobody writes thousands of nothing
  ['0,125', '0.125'],
  ['1,000.5', '1000.5'],
  ['1.000,5', '1000.5'],
  ['1,000,000', '1000000'],
  ['1.000.000', '1000000'],
  ['1 000', '1000'],
  ['1 000,5', '1000.5'],
  ["1'000.5", '1000.5'],
  ['1234.567', '1234.567'],
  ['1,0000', '1'],
  ['1,00,000', undefined],
  ['1,000,00', undefined],
  ['1.5.5', undefined],
  ['0', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['', undefined],
])('typed %j counts as %j', (typed, text) => {
  expect(typedDecimal(typed)).toBe(text);
  expect(askedBack(typed)).toBeUndefined();
});

test.each([
  ['1,000', '1', '1000'],
  ['1.000', '1', '1000'],
  [' 12,500 ', '12.5', '12500'],
  ['1.250', '1.25', '1250'],
])('%j is 1 to one and 1000 to another, and is asked back', (typed, less, more) => {
  expect(typedDecimal(typed)).toBeUndefined();
  expect(askedBack(typed)).toBe(`“${typed.trim()}” can be read as ${less} or as ${more}: write it so`);
});

test.each([
  ['-1.000,50', '-1000.5'],
  ['\u2212 5', '-5'],
  ['+5', '5'],
  ['5', '5'],
  ['-1,000', undefined], // in two ways
  ['--1', undefined],
])('a signed %j counts as %j', (typed, text) => {
  expect(typedSigned(typed)).toBe(text);
});
