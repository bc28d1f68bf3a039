import { expect, test } from 'vitest';
import type { AllowanceClass } from '../../../shared/allowance.ts';
import { fraction, seededRandom } from '../../ig-simulator/random.ts';
import { newBucket, refused, settled, spend, turnOf, windowMs, type Bucket } from './allowance-rules.ts';

/** A bucket of 10 that has been kept for long, and `spent` requests of `by` a moment ago. */
const used = (spent: number, by: AllowanceClass, over: Partial<Bucket> = {}): Bucket => ({
  ...newBucket(10, -1_000_000),
  refusedMs: -1_000, // nobody tries for more
  spent: Array.from({ length: spent }, () => ({ atMs: 0, by })),
  ...over,
});
const now = 60_000;
const mayGo = (bucket: Bucket, by: AllowanceClass) => turnOf(settled(bucket, now), by, now, 10).atMs <= now;

test.each<[by: AllowanceClass, spendable: number]>([
  ['close', 13],
  ['session', 13],
  ['deal', 12],
  ['confirm', 10],
  ['open', 8],
  ['reconcile', 9],
  ['user', 9],
  ['backfill', 7],
])('of ten a minute %s spends %i and leaves the rest to those above it', (by, spendable) => {
  let spent = 0;
  while (spent < 13 && mayGo(used(spent, 'backfill'), by)) spent++;
  expect(spent).toBe(spendable);
});

test('of a place that gets free in a full bucket only the highest can make use', () => {
  const full = used(9, 'open', { spent: [{ atMs: now - windowMs, by: 'open' }, ...used(9, 'open').spent] });
  expect((['confirm', 'reconcile', 'user', 'backfill'] as const).filter((by) => mayGo(full, by))).toEqual([
    'confirm',
  ]);
});

test('one refusal makes everybody below a close and a login keep still, and only the second says less is granted', () => {
  const once = refused(used(6, 'user', { refusedMs: null }), 'user', now);
  expect(once).toMatchObject({ perMinute: 10, refusedMs: now });
  expect(once.spent).toHaveLength(5);
  const at = (by: AllowanceClass) => turnOf(once, by, now, 10).atMs - now;
  expect([at('close'), at('session'), at('open'), at('confirm'), at('user')]).toEqual([
    0, 0, 1_000, 2_000, 10_000,
  ]);
  expect(refused(once, 'user', now + 10_000).perMinute).toBe(5 - 1);
});

test('who has not counted for a whole minute does not take what was spent before for a limit', () => {
  const young = used(3, 'user', { sinceMs: now - 30_000, refusedMs: now - 20_000 });
  expect(refused(young, 'user', now).perMinute).toBe(10);
});

test('neither openings nor a backfill try for more than is assumed, nor does anybody at the expense of a confirm or a close', () => {
  const long = { refusedMs: null };
  const tries = (bucket: Bucket, by: AllowanceClass) => turnOf(bucket, by, now, 10).raises;
  expect(tries(used(10, 'user', long), 'user')).toBe(true);
  expect(tries(used(10, 'backfill', long), 'backfill')).toBe(false);
  expect(tries(used(10, 'open', long), 'open')).toBe(false);
  expect(tries(used(10, 'confirm', long), 'user')).toBe(false);
  expect(tries(used(10, 'confirm', long), 'confirm')).toBe(true);
  const lowered = { perMinute: 5, refusedMs: now - 600_000 };
  expect(tries(used(5, 'open', lowered), 'open')).toBe(true);
});

test('users, who may find out whether more is granted, do not while deals read: they would use up what those need', () => {
  const long = used(10, 'deal', { refusedMs: null });
  const tries = (by: AllowanceClass) =>
    turnOf({ ...long, spent: [...long.spent, ...long.spent] }, by, now, 10).raises;
  expect((['deal', 'confirm', 'reconcile', 'user', 'backfill'] as const).filter(tries)).toEqual(['deal']);
});

test('what a clock that was days ahead has noted counts for nothing', () => {
  const ahead = now + 2 * 86_400_000;
  const bucket = used(10, 'user', { refusedMs: ahead, spent: [{ atMs: ahead, by: 'user' }] });
  expect(settled(bucket, now).spent).toEqual([]);
  expect(mayGo(bucket, 'user')).toBe(true);
});

/** IG's side: so many a minute, in fixed minutes from `phaseMs` on or in a sliding one. */
function createGrant(kind: 'fixed' | 'sliding', phaseMs: number) {
  let taken: number[] = [];
  return (nowMs: number, limit: number) => {
    const begin = nowMs - (kind === 'fixed' ? (nowMs - phaseMs) % 60_000 : 59_999);
    taken = taken.filter((at) => at >= begin);
    if (taken.length >= limit) return false;
    taken.push(nowMs);
    return true;
  };
}

test.each(['fixed', 'sliding'] as const)(
  'a limit that IG hides and changes is found, whether its minutes are %s: from the third on at least four fifths of it are used, and few are refused',
  (kind) => {
    const seed = process.env['FTRADER_SEED'] ?? String(process.pid);
    const bytes = seededRandom(seed);
    const random = () => fraction(bytes);
    for (let world = 0; world < 40; world++) {
      const first = 10 + Math.floor(random() * 50);
      const granted = createGrant(kind, Math.floor(random() * 60_000));
      let bucket = newBucket(8, 0);
      let nowMs = 60_000;
      for (let change = 0; change < 6; change++) {
        const limit = change === 0 ? first : 5 + Math.floor(random() * 60);
        const counts = { used: 0, refused: 0 };
        const [thirdMs, endMs] = [nowMs + 2 * 60_000, nowMs + 12 * 60_000];
        while (nowMs < endMs) {
          bucket = settled(bucket, nowMs);
          const turn = turnOf(bucket, 'user', nowMs, 8);
          if (turn.atMs > nowMs) {
            nowMs = turn.atMs;
            continue;
          }
          bucket = spend(bucket, 'user', nowMs, turn.raises);
          const isGranted = granted(nowMs, limit);
          if (!isGranted) bucket = refused(bucket, 'user', nowMs);
          if (nowMs >= thirdMs) counts[isGranted ? 'used' : 'refused']++;
        }
        const told = `seed ${seed}, world ${world}, change ${change} to ${limit}: ${JSON.stringify(counts)}, ${bucket.perMinute}`;
        expect(counts.used / (10 * limit), told).toBeGreaterThanOrEqual(0.8);
        expect(counts.refused, told).toBeLessThanOrEqual(20);
      }
    }
  },
);
