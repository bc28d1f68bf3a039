import { expect, test } from 'vitest';
import type { Environment } from '../../../../shared/primitives.ts';
import { dealingStateOf } from '../../../../shared/risk.ts';
import {
  factsOf,
  isStricter,
  refuseLargeSize,
  refuseLoss,
  refuseSending,
  refuseState,
  type GuardRow,
} from './guard.ts';

const row = (over: Partial<GuardRow> = {}): GuardRow => ({
  halted: false,
  haltEpoch: 3,
  liveDealing: false,
  maxSize: null,
  maxDailyLoss: null,
  ...over,
});
const limits = { maxSize: '2', maxDailyLoss: '100' };
const off = { code: 'live_dealing_off' };
const missing = (...names: string[]) => ({ code: 'reduce_only', missing: names });

test.each<[Environment, Partial<GuardRow>, string, object | null, object | null]>([
  ['simulated', {}, 'active', null, null],
  ['demo', {}, 'active', null, null],
  ['demo', { halted: true }, 'halted', { code: 'dealing_halted' }, null],
  ['live', {}, 'off', off, off],
  ['live', { ...limits }, 'off', off, off],
  ['live', { liveDealing: true }, 'reduce_only', missing('maxSize', 'maxDailyLoss'), null],
  ['live', { liveDealing: true, maxSize: '2' }, 'reduce_only', missing('maxDailyLoss'), null],
  ['live', { liveDealing: true, maxDailyLoss: '1' }, 'reduce_only', missing('maxSize'), null],
  ['live', { liveDealing: true, ...limits }, 'active', null, null],
  ['live', { liveDealing: true, ...limits, halted: true }, 'halted', { code: 'dealing_halted' }, null],
])(
  'a %s account that is %j is %s: what it says to an opening and to a close',
  (environment, over, state, opening, closing) => {
    expect(dealingStateOf(factsOf(environment, row(over))).dealingState).toBe(state);
    expect(refuseState({ environment, raisesRisk: true }, row(over))).toEqual(opening);
    expect(refuseState({ environment, raisesRisk: false }, row(over))).toEqual(closing);
  },
);

test('what was admitted under another epoch is not sent, a close is', () => {
  const on = row({ liveDealing: true, ...limits });
  for (const environment of ['simulated', 'live'] as const) {
    expect(refuseSending({ environment, raisesRisk: true }, 3, on)).toBeNull();
    expect(refuseSending({ environment, raisesRisk: true }, 2, on)).toEqual({ code: 'dealing_halted' });
    expect(refuseSending({ environment, raisesRisk: false }, 2, on)).toBeNull();
  }
  expect(refuseSending({ environment: 'live', raisesRisk: false }, 3, row(limits))).toEqual(off);
});

test('the limits say their numbers: a size up to the limit goes, a loss that reaches it stops', () => {
  expect(refuseLargeSize('2.0', row(limits))).toBeNull();
  expect(refuseLargeSize('2.01', row(limits))).toEqual({ code: 'size_limit', size: '2.01', limit: '2' });
  expect(refuseLargeSize('1000', row())).toBeNull();
  expect(refuseLoss('99.99', row(limits))).toBeNull();
  expect(refuseLoss('100.00', row(limits))).toEqual({
    code: 'daily_loss_limit',
    loss: '100.00',
    limit: '100',
  });
  expect(refuseLoss(null, row(limits))).toEqual({ code: 'daily_loss_unknown', limit: '100' });
  expect(refuseLoss(null, row())).toBeNull();
});

test.each<[Environment, Partial<typeof limits> | object, object, boolean]>([
  ['demo', {}, { maxSize: '2' }, true],
  ['demo', { maxSize: '2' }, { maxSize: '2.0' }, false],
  ['demo', { maxSize: '2' }, { maxSize: '1.9' }, true],
  ['demo', { maxSize: '2' }, { maxSize: null }, false],
  ['live', { maxSize: '2' }, { maxSize: null }, true],
  ['live', limits, { ...limits, maxDailyLoss: '150' }, false],
])('on %s limits %j that become %j are stricter: %s', (environment, before, next, stricter) => {
  expect(isStricter(environment, row(next), row(before))).toBe(stricter);
});
