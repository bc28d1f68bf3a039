import { expect, test } from 'vitest';
import type { Environment } from '../../../../shared/primitives.ts';
import { dealingStateOf } from '../../../../shared/risk.ts';
import { factsOf, lacksLimit, refuseLoss, refuseSending, refuseState, type GuardRow } from './guard.ts';

const row = (over: Partial<GuardRow> = {}): GuardRow => ({
  halted: false,
  reduceOnly: false,
  wider: { dealingState: 'active', epoch: 0 },
  haltEpoch: 3,
  liveDealing: false,
  maxSize: null,
  maxDailyLoss: null,
  ...over,
});
const limits = { maxSize: '2', maxDailyLoss: '100' };
const halted = { code: 'dealing_halted' };
const off = { code: 'live_dealing_off' };
const missing = (...names: string[]) => ({ code: 'reduce_only', missing: names });

test.each<[Environment, Partial<GuardRow>, string, object | null, object | null]>([
  ['simulated', {}, 'active', null, null],
  ['demo', {}, 'active', null, null],
  ['demo', { halted: true }, 'halted', { code: 'dealing_halted' }, null],
  ['demo', { reduceOnly: true }, 'reduce_only', missing(), null],
  ['demo', { reduceOnly: true, wider: { dealingState: 'halted', epoch: 1 } }, 'halted', halted, null],
  ['demo', { halted: true, wider: { dealingState: 'reduce_only', epoch: 1 } }, 'halted', halted, null],
  ['demo', { wider: { dealingState: 'reduce_only', epoch: 1 } }, 'reduce_only', missing(), null],
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
    const wider = { dealingState: 'active' as const, epoch: 1 };
    expect(refuseSending({ environment, raisesRisk: true }, 3, { ...on, wider })).toEqual(halted);
  }
  expect(refuseSending({ environment: 'live', raisesRisk: false }, 3, row(limits))).toEqual(off);
});

test('the limit on the loss of a day says its numbers: a loss that reaches it stops', () => {
  expect(refuseLoss('99.99', row(limits))).toBeNull();
  expect(refuseLoss('100.00', row(limits))).toEqual({
    code: 'daily_loss_limit',
    loss: '100.00',
    limit: '100',
  });
  expect(refuseLoss(null, row(limits))).toEqual({ code: 'daily_loss_unknown', limit: '100' });
  expect(refuseLoss(null, row())).toBeNull();
});

test('a live account lacks what is taken away of the limits that it needs', () => {
  expect(lacksLimit(row(limits), row())).toBe(false);
  expect(lacksLimit(row({ ...limits, maxSize: null }), row(limits))).toBe(true);
  expect(lacksLimit(row({ ...limits, maxDailyLoss: null }), row(limits))).toBe(true);
  expect(lacksLimit(row({ ...limits, maxDailyLoss: '1' }), row(limits))).toBe(false);
});
