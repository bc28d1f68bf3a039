import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

test('so many begin in one turn, the others in later ones, in the order in which they came', async () => {
  const turn = createTurns(3);
  const begun: number[] = [];
  for (let n = 0; n < 10; n++) void turn().then(() => begun.push(n));
  const seen: number[] = [];
  for (let turns = 0; turns < 5; turns++) {
    await setImmediate();
    seen.push(begun.length);
  }
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(Math.max(...seen.map((count, i) => count - (seen[i - 1] ?? 0)))).toBeLessThanOrEqual(6); // ours is between two of its turns
  expect(seen[0]).toBeLessThan(10);
});

test('one who asks alone waits for no turn, also after a crowd', async () => {
  const turn = createTurns(2);
  await Promise.all(Array.from({ length: 7 }, turn));
  for (let turns = 0; turns < 3; turns++) await setImmediate();
  let began = false;
  void turn().then(() => (began = true));
  for (let microtasks = 0; microtasks < 4; microtasks++) await null;
  expect(began).toBe(true);
});
