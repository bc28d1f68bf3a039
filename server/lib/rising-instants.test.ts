import { expect, test } from 'vitest';
import { risingInstants } from './rising-instants.ts';

test('instants of one millisecond rise, those of another are the clock’s, and a clock that was set back counts at once', () => {
  const beganMs = Date.parse('2026-01-05T09:00:00Z');
  let shownMs = beganMs;
  const next = risingInstants({ now: () => new Date(shownMs) });
  const told = (count: number) => Array.from({ length: count }, () => next().getTime() - beganMs);
  expect(told(3)).toEqual([0, 1, 2]);
  shownMs += 1;
  expect(told(1)).toEqual([3]);
  shownMs += 500;
  expect(told(2)).toEqual([501, 502]);
  shownMs -= 3_600_000;
  expect(told(2)).toEqual([501 - 3_600_000, 502 - 3_600_000]);
});
