import { expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { createPace } from './pace.ts';

const pauses = { firstMs: 1_000, maxMs: 8_000 };
const middle = () => 0.5;

test('each failure in a row doubles the pause up to the longest, and what works begins anew', () => {
  const pace = createPace(createManualClock(), pauses, middle);
  expect(Array.from({ length: 6 }, () => pace.failed())).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  expect(pace.failures()).toBe(6);
  pace.worked();
  expect([pace.failures(), pace.failed()]).toEqual([0, 1_000]);
});
test('a long time without a failure begins anew, a pause does not', () => {
  const clock = createManualClock();
  const pace = createPace(clock, pauses, middle);
  for (let n = 0; n < 4; n++) clock.advance(pace.failed());
  clock.advance(16_000);
  expect(pace.failed()).toBe(8_000);
  clock.advance(24_001);
  expect(pace.failed()).toBe(1_000);
});
test('no two wait alike: a pause is up to a fifth longer or shorter', () => {
  const [least, most] = [() => 0, () => 1].map((random) =>
    createPace(createManualClock(), pauses, random).failed(),
  );
  expect([least, most]).toEqual([800, 1_200]);
});
