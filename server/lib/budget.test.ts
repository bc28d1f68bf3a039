import { expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { createBudget } from './budget.ts';

test('so many within the time and no more; each is there again when its time has passed, whatever the clock is set to', () => {
  const clock = createManualClock();
  const budget = createBudget({ clock, count: 2, withinMs: 1_000 });
  expect([budget.take(), budget.left()]).toEqual([true, 1]);
  clock.advance(400);
  expect([budget.take(), budget.take(), budget.left()]).toEqual([true, false, 0]);
  clock.set(-3_600_000);
  clock.advance(600);
  expect([budget.take(), budget.take()]).toEqual([true, false]);
  clock.advance(10_000);
  expect(budget.left()).toBe(2);
});
