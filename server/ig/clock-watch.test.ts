import { expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { watchClock } from './clock-watch.ts';

test('a clock that is set back is noticed within a second, once, and by how much; set forward or slewed it is not', () => {
  const clock = createManualClock();
  const noticed: number[] = [];
  const stop = watchClock(clock, (byMs) => noticed.push(byMs));
  clock.advance(10_000);
  clock.set(-500);
  clock.advance(10_000);
  clock.set(3_600_000);
  clock.advance(10_000);
  expect(noticed).toEqual([]);
  clock.set(-600_000);
  clock.advance(1_000);
  expect(noticed).toEqual([600_000]);
  clock.advance(10_000);
  stop();
  clock.set(-600_000);
  clock.advance(10_000);
  expect(noticed).toEqual([600_000]);
});
