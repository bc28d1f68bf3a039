// Which of our movements are which of the broker's: what differs is named on both sides, and the differences sum to the whole.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import { sum } from '../ledger/amount.ts';
import { differencesOf, type Moved } from './matching.ts';

const start = Date.parse('2026-01-05T10:00:00Z');
const moved = (id: string, seconds: number, amount: string, isDeal = true): Moved => ({
  id,
  at: new Date(start + seconds * 1_000),
  amount,
  isDeal,
});

test.each([
  ['the same amount near each other', [moved('a', 5, '1.50')], [moved('x', 0, '1.5')], []],
  [
    'a result of two positions, which the broker tells one by one',
    [moved('a', 5, '7'), moved('b', 9, '4')],
    [moved('x', 4, '3'), moved('y', 4, '4'), moved('z', 8, '4')],
    [],
  ],
  [
    'what moved at once here and in parts there is one',
    [moved('a', 60, '-1', false), moved('b', 60, '-2', false)],
    [moved('x', 30, '-3', false)],
    [],
  ],
  [
    'a deal whose amounts differ by a cent',
    [moved('a', 5, '7.01')],
    [moved('x', 4, '7'), moved('y', 4, '-7', false)],
    ['amounts a|x 0.01', 'theirs_only |y 7'],
  ],
  [
    'an equal amount of another hour',
    [moved('a', 0, '7')],
    [moved('x', 3_600, '7')],
    ['ours_only a| 7', 'theirs_only |x -7'],
  ],
  [
    'two equal ones of which the broker has one',
    [moved('a', 0, '7'), moved('b', 3, '7')],
    [moved('x', 2, '7')],
    ['ours_only a| 7'],
  ],
  [
    'a deposit is no deal with another amount',
    [moved('a', 0, '7')],
    [moved('x', 0, '8', false)],
    ['ours_only a| 7', 'theirs_only |x -8'],
  ],
])('%s', (_what, ours, theirs, expected) => {
  expect(
    differencesOf(ours, theirs).map(
      (each) => `${each.what} ${each.ours.join()}|${each.theirs.join()} ${each.difference}`,
    ),
  ).toEqual(expected);
});

const cents = fc
  .integer({ min: -500, max: 500 })
  .map((n) => decimal.divide(String(n), '100', 2, 'half-even'));
const side = (prefix: string) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), cents, fc.boolean()), { maxLength: 30 })
    .map((rows) =>
      rows
        .toSorted(([a], [b]) => a - b)
        .map(([at, amount, isDeal], n) => moved(`${prefix}${n}`, at, amount, isDeal)),
    );
test('whatever both sides have: differences sum to ours less theirs, and no row is in two of them', () => {
  const seed = Number(process.env['FTRADER_SEED'] ?? Date.now() % 2 ** 31);
  fc.assert(
    fc.property(side('o'), side('t'), (ours, theirs) => {
      const differences = differencesOf(ours, theirs);
      const total = (all: readonly Moved[]) => sum(all.map(({ amount }) => amount));
      expect(sum(differences.map((each) => each.difference))).toBe(
        decimal.subtract(total(ours), total(theirs)),
      );
      const named = differences.flatMap((each) => [...each.ours, ...each.theirs]);
      expect(new Set(named).size).toBe(named.length);
      const isThere = new Map([...ours, ...theirs].map((each) => [each.id, each.amount]));
      for (const each of differences)
        expect(each.difference).toBe(
          decimal.subtract(
            sum(each.ours.map((id) => isThere.get(id)!)),
            sum(each.theirs.map((id) => isThere.get(id)!)),
          ),
        );
      expect(differencesOf(ours, ours)).toEqual([]);
    }),
    { numRuns: 300, seed },
  );
});
