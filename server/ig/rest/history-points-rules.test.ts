import { describe, expect, test } from 'vitest';
import {
  answered,
  heldForMs,
  hold,
  newPoints,
  pointsLeft,
  refusedPoints,
  released,
  settledPoints,
  tryAgainMs,
  type HistoryPoints,
} from './history-points-rules.ts';

const now = 1_000_000_000_000;
const day = 86_400_000;
const endsMs = now + 3 * day;
const told = (left: number, over = {}) => ({ granted: 100, left, endsMs, ...over });
const held = (points: HistoryPoints, wanted: number, atMs = now) => {
  const next = hold(settledPoints(points, atMs), wanted, atMs);
  if ('waitMs' in next) throw new Error(`refused for ${next.waitMs} ms`);
  return next;
};

test('what is held counts as spent until its request has been answered', () => {
  const { points, held: first } = held(newPoints(100), 60);
  expect(pointsLeft(points)).toBe(40);
  expect(hold(points, 41, now)).toEqual({ waitMs: heldForMs });
  const after = answered(points, first, told(90));
  expect(pointsLeft(after)).toBe(90);
  expect(hold(after, 91, now)).toEqual({ waitMs: 3 * day });
});

test('what a request held that spent nothing is free again, and another of the same size stays held', () => {
  const one = held(newPoints(100), 30);
  const two = held(one.points, 30);
  expect(pointsLeft(released(two.points, one.held))).toBe(70);
});

test('of two answers in the wrong order the one that tells more spent counts', () => {
  const one = held(newPoints(100), 10);
  const two = held(one.points, 20);
  const second = answered(two.points, two.held, told(70));
  expect(pointsLeft(second)).toBe(60); // the first is still under way
  expect(pointsLeft(answered(second, one.held, told(90)))).toBe(70);
});

test('a new week begins whole, and an answer of the week before changes nothing of it', () => {
  const one = held(answered(held(newPoints(100), 90).points, { atMs: now, points: 90 }, told(10)), 10);
  expect(pointsLeft(one.points)).toBe(0);
  const next = settledPoints(one.points, endsMs);
  expect(next).toMatchObject({ granted: 100, used: 0, endsMs: null });
  expect(pointsLeft(next)).toBe(100);
  const other = held(next, 5, endsMs);
  const fresh = answered(other.points, other.held, told(95, { endsMs: endsMs + 7 * day }));
  expect(pointsLeft(answered(fresh, one.held, told(0)))).toBe(95);
});

test('the end of a week may be told a little earlier or later: it is the same week', () => {
  const one = held(newPoints(100), 10);
  const two = held(one.points, 10);
  const first = answered(two.points, one.held, told(80));
  const second = answered(first, two.held, told(90, { endsMs: endsMs + 1_000 }));
  expect(pointsLeft(second)).toBe(80);
});

describe('after a refusal', () => {
  const asked = held(newPoints(100), 50);
  const refused = refusedPoints(asked.points, asked.held, now);

  test('nothing is left, whatever was believed, and the same is asked again after an hour, by one', () => {
    expect(pointsLeft(refused)).toBe(0);
    expect(hold(refused, 1, now + 1)).toEqual({ waitMs: tryAgainMs - 1 });
    const later = now + tryAgainMs;
    const tries = held(refused, 10, later);
    expect('waitMs' in hold(tries.points, 10, later)).toBe(true);
    expect(pointsLeft(answered(tries.points, tries.held, told(40)))).toBe(40);
  });

  test('the end of the week ends it sooner', () => {
    const known = { ...refused, endsMs: now + 60_000 };
    expect(hold(known, 1, now)).toEqual({ waitMs: 60_000 });
    expect(pointsLeft(settledPoints(known, now + 60_000))).toBe(100);
  });
});

test('what a request held that nobody heard the end of counts for an hour, or until a later answer tells', () => {
  const lost = held(newPoints(100), 80);
  expect(pointsLeft(settledPoints(lost.points, now + tryAgainMs - 1))).toBe(20);
  expect(pointsLeft(settledPoints(lost.points, now + tryAgainMs))).toBe(100);
  const soon = held(lost.points, 10, now + heldForMs - 1);
  expect(pointsLeft(answered(soon.points, soon.held, told(90)))).toBe(10);
  const later = held(lost.points, 10, now + heldForMs);
  expect(pointsLeft(answered(later.points, later.held, told(90)))).toBe(90);
});

test('what a clock that was days ahead has noted counts for nothing', () => {
  const ahead = now + 10 * day;
  expect(pointsLeft(settledPoints({ ...newPoints(100), used: 100, endsMs: ahead }, now))).toBe(100);
  expect(pointsLeft(settledPoints({ ...newPoints(100), refusedMs: ahead }, now))).toBe(100);
  expect(pointsLeft(settledPoints(held(newPoints(100), 100, ahead).points, now))).toBe(100);
});

test('where no limit is known nothing is refused until the broker does', () => {
  const { points, held: first } = held(newPoints(null), 1_000_000);
  expect(pointsLeft(points)).toBe(null);
  expect(pointsLeft(refusedPoints(points, first, now))).toBe(0);
});
