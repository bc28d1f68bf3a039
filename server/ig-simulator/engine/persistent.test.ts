import fc from 'fast-check';
import { expect, test } from 'vitest';
import { append, chunkLength, newestFirst, PersistentMap, type Chunks } from './persistent.ts';

test('a map behaves like Map, and earlier versions stay as they were', () => {
  const step = fc.record({ key: fc.nat(400).map((n) => `key${n}`), value: fc.option(fc.nat()) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 600, size: 'max' }), (steps) => {
      let map = new PersistentMap<number>();
      const model = new Map<string, number>();
      const early: [PersistentMap<number>, Map<string, number>][] = [];
      for (const [i, { key, value }] of steps.entries()) {
        if (i % 100 === 0) early.push([map, new Map(model)]);
        map = value === null ? map.without(key) : map.with(key, value);
        if (value === null) model.delete(key);
        else model.set(key, value);
      }
      for (const [found, wanted] of [...early, [map, model] as const]) {
        expect(new Map(found.entries())).toEqual(wanted);
        for (const [key, value] of wanted) expect(found.get(key)).toBe(value);
      }
      expect(map.get('absent')).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});

test('keys whose hashes are equal are kept apart, however many', () => {
  // "costarring" and "liquid" are one to FNV-1a, and so is every row of four of them.
  const keys = Array.from({ length: 16 }, (_, i) =>
    [1, 2, 4, 8].map((bit) => (i & bit ? 'costarring' : 'liquid')).join(''),
  );
  const map = keys.reduce((all, key, i) => all.with(key, i), new PersistentMap<number>());
  expect(keys.map((key) => map.get(key))).toEqual(keys.map((_, i) => i));
  expect(map.get('liquid')).toBeUndefined();
  const less = keys.slice(1).reduce((all, key) => all.without(key), map);
  expect([...less.entries()]).toEqual([[keys[0], 0]]);
});

test('a list drops its oldest chunk beyond the bound and reads newest first', () => {
  let chunks: Chunks<number> = [];
  const dropped: number[] = [];
  for (let i = 0; i < chunkLength * 3 + 1; i++) {
    const next = append(chunks, i, 3);
    chunks = next.chunks;
    dropped.push(...next.dropped);
  }
  expect(dropped).toEqual(Array.from({ length: chunkLength }, (_, i) => i));
  expect([...newestFirst(chunks)]).toEqual(
    Array.from({ length: chunkLength * 2 + 1 }, (_, i) => chunkLength * 3 - i),
  );
});
