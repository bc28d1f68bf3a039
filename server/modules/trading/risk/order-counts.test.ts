import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OrderCounts } from '../../../../drizzle/schema/index.ts';
import { eurusd } from '../../../testing/build.ts';
import { countOf, isCounted, minuteUse, onDay, onlyOf, withoutOrder, withOrder } from './order-counts.ts';

const start = Date.UTC(2026, 0, 5, 9);
const at = (ms: number) => new Date(start + ms);
const midnight = new Date('2026-01-06T00:00:00Z');
const empty: OrderCounts = onDay({}, midnight, at(0));

test('whenever orders are asked for: no 60 seconds ever hold more than the limit, and none waits more than a second too long', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 80 }),
      (limit, gaps) => {
        let [counts, now] = [empty, 0];
        const sent: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const within = (ms: number) => sent.filter((each) => each > now - ms).length;
          const { orders, allowedAgainAt } = minuteUse(countOf(counts, null), limit, at(now));
          expect(orders).toBeGreaterThanOrEqual(within(60_000));
          expect(orders).toBeLessThanOrEqual(within(61_000));
          expect(allowedAgainAt <= at(now)).toBe(orders < limit);
          if (orders >= limit) {
            const then = minuteUse(countOf(counts, null), limit, allowedAgainAt);
            expect(then.orders).toBeLessThan(limit);
            continue;
          }
          counts = withOrder(counts, [null], at(now));
          sent.push(now);
          expect(within(60_000)).toBeLessThanOrEqual(limit);
        }
        expect(countOf(counts, null).today).toBe(sent.length);
        expect(countOf(counts, null).seconds.length).toBeLessThanOrEqual(61);
      },
    ),
  );
});

test('clocks of several machines that differ by seconds count the same orders', () => {
  let counts = empty;
  for (const ms of [5_000, 2_000, 4_000, 2_500]) counts = withOrder(counts, [null], at(ms));
  expect(countOf(counts, null).seconds.map(([, orders]) => orders)).toEqual([2, 1, 1]);
  expect(minuteUse(countOf(counts, null), 4, at(3_000)).orders).toBe(4);
});

test('midnight begins the day anew and leaves the minute as it is', () => {
  const before = at(15 * 3_600_000 - 1_000);
  const after = new Date(midnight.getTime() + 1_000);
  const counts = onDay(withOrder(empty, [null, eurusd], before), new Date('2026-01-07T00:00:00Z'), after);
  for (const scope of [null, eurusd]) {
    expect(countOf(counts, scope).today).toBe(0);
    expect(minuteUse(countOf(counts, scope), 5, after).orders).toBe(1);
  }
});

test('what stayed here counts no more, on its own day alone, and never another’s instead', () => {
  const two = withOrder(withOrder(empty, [null], at(1_000)), [null, eurusd], at(3_000));
  const one = withoutOrder(two, eurusd, at(900));
  expect(countOf(one, null)).toEqual({ seconds: [[start / 1000 + 3, 1]], today: 1 });
  expect(countOf(one, eurusd)).toEqual({ seconds: [], today: 0 });
  // Sent before midnight, found to have stayed after it: the new day did not count it.
  const next = withOrder(onDay(one, new Date('2026-01-07T00:00:00Z'), midnight), [null], midnight);
  expect(countOf(withoutOrder(next, eurusd, at(2_000)), null).today).toBe(1);
  expect(withoutOrder(empty, eurusd, at(0))).toEqual(empty);
});

test('nothing is kept of what is not bounded any more', () => {
  const counts = onlyOf(withOrder(empty, [null, eurusd], at(0)), [eurusd]);
  expect([isCounted(counts, null), isCounted(counts, eurusd)]).toEqual([false, true]);
});
