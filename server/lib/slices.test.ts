import { expect, test } from 'vitest';
import { inSlices } from './slices.ts';

test('everything is worked on once and in order, and others have their turn after each slice', async () => {
  const items = Array.from({ length: 10 }, (_, n) => n);
  const seen: (number | 'turn')[] = [];
  let working = true;
  const others = () => {
    if (!working) return;
    seen.push('turn');
    setImmediate(others);
  };
  setImmediate(others);
  await inSlices(items, 4, (n) => void seen.push(n));
  working = false;
  expect(seen.filter((each) => each !== 'turn')).toEqual(items);
  const longest = seen
    .join('')
    .split('turn')
    .map(({ length }) => length);
  expect(Math.max(...longest)).toBe(4);
});

test('what is not more than a slice is done at once', () => {
  const seen: number[] = [];
  void inSlices([1, 2, 3], 3, (n) => void seen.push(n));
  expect(seen).toEqual([1, 2, 3]);
});
