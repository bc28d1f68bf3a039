import { describe, expect, test } from 'vitest';
import {
  direction,
  duration,
  kindName,
  levelText,
  marketStateName,
  mid,
  money,
  percent,
  pipDigits,
  position,
  signed,
  spreadPoints,
} from './format.ts';

test.each([
  [-300, '0.0 s'],
  [0, '0.0 s'],
  [440, '0.4 s'],
  [9_999, '9.9 s'],
  [10_000, '10 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h'],
  [86_400_000 * 3, '3 d'],
])('an age of %i ms reads %s, never older than it is', (ms, text) => expect(duration(ms)).toBe(text));

describe('the spread is exact decimal arithmetic in points', () => {
  test.each([
    ['1.16017', '1.16023', '10000', '0.6'], // 0.6000000000005 in floats
    ['9420.8', '9421.8', '1', '1'],
    ['151.416', '151.423', '100', '0.7'],
    ['1.2', '1.2', '10000', '0'],
    ['1.3', '1.2', '10', '−1'], // a crossed market is shown as it is
  ])('%s / %s × %s = %s', (bid, offer, scale, text) => expect(spreadPoints(bid, offer, scale)).toBe(text));
  test('a missing side or scale is a dash', () => {
    expect(spreadPoints(null, '1', '1')).toBe('–');
    expect(spreadPoints('1', null, '1')).toBe('–');
    expect(spreadPoints('1', '2', undefined)).toBe('–');
  });
});

test.each([
  [null, '–'],
  ['0.314', '+0.31 %'],
  ['-1.2', '−1.20 %'],
  ['0', '0.00 %'],
  ['-0.001', '0.00 %'],
  ['12', '+12.00 %'],
])('the change %s reads %s', (text, shown) => expect(percent(text)).toBe(shown));
test.each([
  ['5', '+5'],
  ['-5', '−5'],
  ['0.00', '0.00'],
])('%s is signed %s', (text, shown) => expect(signed(text)).toBe(shown));
test('a move is told by value, not by text', () => {
  expect(direction('1.10', '1.1')).toBe(0);
  expect(direction('9.9', '10.0')).toBe(1);
  expect(direction('10.0', '9.9')).toBe(-1);
  expect(direction(null, '1')).toBe(0);
});
test('the place in the day’s range stays on the bar', () => {
  expect(position('1', '3', 2)).toBe(0.5);
  expect(position('1', '3', 9)).toBe(1);
  expect(position('1', '3', 0)).toBe(0);
  expect(position('1', '1', 1)).toBeNull();
  expect(position(null, '1', 1)).toBeNull();
});
test('mid and market state read as a trader says them', () => {
  expect(mid('1', '3')).toBe(2);
  expect(mid(null, '3')).toBeNull();
  expect(marketStateName('tradeable')).toBe('Open');
  expect(marketStateName('edits_only')).toBe('Edits only');
});

test.each([
  ['10000', '10,000.00'],
  ['-1234567.895', '-1,234,567.90'],
  ['0', '0.00'],
  ['999.999', '1,000.00'],
  ['123456789012345678.1', '123,456,789,012,345,678.10'],
])('money %s is shown as %s, exact', (text, shown) => expect(money(text)).toBe(shown));
test.each([
  ['1.21645', '1.21645'],
  ['104651.950', '104,651.950'],
  ['-2013.95', '-2,013.95'],
  ['9227', '9,227'],
  ['100000', '100,000'],
])('the level %s is shown as %s, its zeros kept', (text, shown) => expect(levelText(text)).toBe(shown));
describe('the pips of a level are its last two digits down to the pip', () => {
  test.each([
    ['1.21645', '10000', '64'],
    ['144.007', '100', '00'],
    ['9,227.0', '1', '27'],
    ['104,651.95', '1', '51'],
    ['6,420.6', '10', '0.6'],
    ['239.18', '100', '18'],
    ['1,000', '1', '00'],
    ['0.5', '10000', '0.5'], // fewer digits than the scale has
    ['1.21645', '3', undefined],
    ['5', '1', undefined],
    ['1.2', undefined, undefined],
  ])('%s at %s: %s', (shown, scale, pips) => {
    const place = pipDigits(shown, scale);
    expect(place && shown.slice(place.from, place.to)).toBe(pips ?? null);
  });
});
test('a kind of market reads as a trader says it', () => {
  expect(kindName('CURRENCIES')).toBe('Currencies');
  expect(kindName('OPT_COMMODITIES')).toBe('Opt commodities');
});
