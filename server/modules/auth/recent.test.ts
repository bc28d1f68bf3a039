import { expect, test } from 'vitest';
import { createRecentMap } from './recent.ts';

test('beyond its limit the entry unused for longest goes first', () => {
  const map = createRecentMap<{ n: number }>(2);
  map.set('a', { n: 1 });
  map.set('b', { n: 2 });
  map.get('a');
  map.set('c', { n: 3 });
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([{ n: 1 }, undefined, { n: 3 }]);
  map.set('c', { n: 4 });
  map.delete('a');
  expect([map.get('a'), map.get('c')]).toEqual([undefined, { n: 4 }]);
});
