import { expect, test } from 'vitest';
import { ageMs, clocksDifferMs, isAhead, latestPast, leftMs } from './instants.ts';

const now = new Date('2026-01-05T09:00:00Z');
const at = (ms: number) => new Date(now.getTime() + ms);
const day = 86_400_000;

test('an instant in the past has its age; one that clocks may differ by has none', () => {
  expect([-day, -1, 0, 1, clocksDifferMs].map((ms) => ageMs(at(ms), now))).toEqual([day, 1, 0, 0, 0]);
  expect(isAhead(latestPast(now), now)).toBe(false);
});

test('an instant that lies ahead is as old as can be, never new', () => {
  for (const ms of [clocksDifferMs + 1, 600_000, 2 * day, 3650 * day]) {
    expect(isAhead(at(ms), now)).toBe(true);
    expect(ageMs(at(ms), now)).toBe(Infinity);
  }
});

test('an end is as far away as it says, unless that is further than it can ever have been', () => {
  const longest = 60_000;
  expect([-day, 0, 1, longest, longest + clocksDifferMs].map((ms) => leftMs(at(ms), now, longest))).toEqual([
    -day,
    0,
    1,
    longest,
    longest + clocksDifferMs,
  ]);
  for (const ms of [longest + clocksDifferMs + 1, 2 * day]) expect(leftMs(at(ms), now, longest)).toBe(0);
});
