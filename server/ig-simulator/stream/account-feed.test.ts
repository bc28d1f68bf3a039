import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { createTimers } from '../timers.ts';
import { createAccountFeed } from './account-feed.ts';

test('prices make an account tell its figures once a second at the most, a change at once, and who left hears nothing', () => {
  const clock = createManualClock();
  const feed = createAccountFeed({ clock, timers: createTimers(clock) });
  const start = clock.monotonicMs();
  const told: number[] = [];
  const leave = feed.watch('A', () => told.push(clock.monotonicMs() - start));
  for (let i = 0; i < 30; i++) {
    feed.moved('A');
    feed.moved('B');
    if (i === 12) feed.changed('A');
    clock.advance(100);
  }
  expect(told).toEqual([1_000, 1_200, 2_200]);
  leave();
  clock.advance(5_000);
  expect(told).toHaveLength(3);
});
