import { expect, test } from 'vitest';
import { decimalText } from './decimal-text.ts';

test.each([
  ['1.38780', '1.38780'],
  ['14147.0000', '14147.0000'],
  ['-0.310', '-0.310'],
  ['0', '0'],
  ['1.0E10', '10000000000'],
  ['1E-5', '0.00001'],
  ['3.3300000000000000710542735760100185871124267578125', '3.33'],
  ['', null],
  ['n/a', null],
  ['NaN', null],
  ['Infinity', null],
  ['1e400', null],
  [null, null],
  [undefined, null],
])('the number %j becomes %j', (text, expected) => {
  expect(decimalText(text)).toBe(expected);
});
