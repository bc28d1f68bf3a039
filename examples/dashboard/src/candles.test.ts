import { expect, test } from 'vitest';
import type { Candle } from '../../../client/index.ts';
import { barsOf, newerCandle, withCandles } from './candles.ts';

const side = (bid: string | null) => ({ bid, offer: bid && `${bid}6` });
const candle = (minute: number, close: string | null, over: Partial<Candle> = {}): Candle => ({
  startAt: new Date(minute * 60_000),
  endAt: new Date((minute + 1) * 60_000),
  ticks: 1,
  complete: false,
  revision: 0,
  open: side(close && '1.1'),
  high: side(close && '1.3'),
  low: side(close && '1.0'),
  close: side(close),
  ...over,
});

test.each([
  ['with more ticks', { ticks: 2 }, { ticks: 3 }],
  ['that is over', { ticks: 9 }, { ticks: 9, complete: true }],
  ['that was revised, though it has fewer ticks', { ticks: 9, complete: true }, { ticks: 4, revision: 1 }],
])('of two tellings of a candle the one %s is the later, whichever came first', (_what, one, two) => {
  const [early, late] = [candle(1, '1.1', one), candle(1, '1.2', two)];
  expect(newerCandle(early, late)).toBe(late);
  expect(newerCandle(late, early)).toBe(late);
});
test('a page and updates make the same bars in any order, oldest first, and what was not quoted is no bar', () => {
  const page = [candle(1, '1.11', { complete: true }), candle(2, '1.12', { ticks: 3 }), candle(4, null)];
  const updates = [candle(2, '1.13', { ticks: 5 }), candle(3, '1.14')];
  const one = barsOf(withCandles(withCandles(new Map(), updates), page));
  const two = barsOf(withCandles(withCandles(new Map(), page), updates));
  expect(one).toEqual(two);
  expect(one).toEqual(
    [1.11, 1.13, 1.14].map((close, at) => ({ time: (at + 1) * 60, open: 1.1, high: 1.3, low: 1.0, close })),
  );
});
