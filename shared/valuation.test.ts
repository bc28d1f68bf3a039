import { expect, test } from 'vitest';
import type { AccountSummary, Position, Valuation } from './trading.ts';
import { foldValuation } from './valuation.ts';

const summary = { cash: '1' } as AccountSummary;
const later = { cash: '2' } as AccountSummary;
const position = (dealId: string, openedAt: number, bid = '1') =>
  ({ dealId, openedAt: new Date(openedAt), bid }) as Position;
const known: Valuation = { summary, positions: [position('a', 1), position('b', 2), position('c', 3)] };

test('a change is put into what is known: what did not change stays the same object, what is new comes in by its age', () => {
  const folded = foldValuation(known, {
    summary: later,
    changed: [position('e', 2.5), position('b', 2, '9'), position('d', 4)],
    closed: ['a'],
    pending: 0,
  });
  expect(folded.summary).toBe(later);
  expect(folded.positions.map(({ dealId, bid }) => dealId + bid)).toEqual(['b9', 'e1', 'c1', 'd1']);
  expect(folded.positions[2]).toBe(known.positions[2]);
  expect(known.positions).toHaveLength(3);
});

test('a whole valuation replaces what is known, as after a reconnect', () => {
  const whole = { summary: later, positions: [position('z', 9)] };
  expect(foldValuation(known, whole)).toBe(whole);
  expect(foldValuation(undefined, whole)).toBe(whole);
});

test('figures alone leave the list as it is', () => {
  const folded = foldValuation(known, { summary: later, changed: [], closed: [], pending: 0 });
  expect(folded).toEqual({ summary: later, positions: known.positions });
  expect(folded.positions).toBe(known.positions);
});

test('a change before anything is known is refused', () => {
  expect(() => foldValuation(undefined, { summary, changed: [], closed: [], pending: 0 })).toThrow('before');
});
