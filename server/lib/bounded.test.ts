import { expect, test } from 'vitest';
import { putNewest, useNewest } from './bounded.ts';

test('beyond its bound the entry put longest ago goes first', () => {
  const map = new Map<string, number>();
  for (const [key, value] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
    ['c', 4],
  ] as const)
    putNewest(map, key, value, 2);
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
});

test('of a map whose entries are used, the one unused for longest goes first', () => {
  const map = new Map<string, { n: number }>();
  putNewest(map, 'a', { n: 1 }, 2);
  putNewest(map, 'b', { n: 2 }, 2);
  expect(useNewest(map, 'a')).toEqual({ n: 1 });
  putNewest(map, 'c', { n: 3 }, 2);
  expect([...map.keys()]).toEqual(['a', 'c']);
  expect(useNewest(map, 'b')).toBeUndefined();
  expect([...map.keys()]).toEqual(['a', 'c']);
});
