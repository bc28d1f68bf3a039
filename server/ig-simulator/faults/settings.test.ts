// Fault settings: what is taken, what is refused with advice, and that the seed alone decides what is struck.
import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { marketOrder } from '../../testing/test-simulator.ts';
import { createFaults } from './faults.ts';
import { createTimers } from '../timers.ts';
import type { FaultSetting } from './settings.ts';
import { targets } from './fault.ts';
import { faultNames, faultOf, type FaultName } from './table.ts';

const clock = createManualClock();

test.each(
  faultNames.filter((name) => {
    const { when, takes } = faultOf(name);
    return when !== 'while' && takes.includes('probability');
  }),
)('%s: seed and order of what passes decide alone what is struck', (name) => {
  const { when, takes } = faultOf(name);
  const struck = (seed: string) => {
    const timers = createTimers(clock);
    const faults = createFaults({ clock, timers });
    faults.set([
      {
        name,
        probability: 0.4,
        seed,
        ...(takes.includes('on') && { on: ['open'] }),
        ...(when === 'pulse' && { ms: [1_000, 9_000] }),
      },
    ]);
    const times = Array.from({ length: 60 }, () => {
      clock.advance(1_000);
      return when === 'pulse'
        ? faults.list()[0]!.hits
        : JSON.stringify(faults.strikes(name, { kind: 'open', accountId: 'A', epic: marketOrder.epic }));
    });
    timers.stop();
    return times.join();
  };
  expect(struck('a')).toBe(struck('a'));
  expect(new Set(['a', 'b', 'c', 'd'].map(struck)).size).toBe(4);
});

test.each<[settings: unknown, advice: string]>([
  [[{ name: 'earthquake' }], 'expected one of "time-out-before"'],
  [
    [{ name: 'lost-opu', epic: marketOrder.epic }],
    'lost-opu takes no epic; it takes on, accountId, count, probability, seed',
  ],
  [[{ name: 'suspended', on: ['open'] }], 'suspended takes no on; it takes epic, ms'],
  [[{ name: '5xx-after', ms: [1, 2] }], '5xx-after takes no ms'],
  [[{ name: '5xx-after', code: 'system.error' }], '5xx-after takes no code'],
  [[{ name: 'suspended', epic: 'XX.D.NOTHING.CFD.IP' }], 'there is no such market'],
  [[{ name: 'recovery-refused', code: 5 }], 'recovery-refused has the codes 4, 20'],
  [
    [{ name: 'throttled-before', code: 'error.public-api.exceeded-patience' }],
    'has the codes error.public-api.exceeded-account-trading-allowance, ',
  ],
  [[{ name: 'stream-drop', ms: [0, 1_000] }], 'leave ms out for once, now'],
  [[{ name: 'price-gap', points: 1, pct: 1 }], 'price-gap needs points or pct, and not both'],
  [[{ name: 'price-gap' }], 'price-gap needs points or pct'],
  [[{ name: 'clock-skew' }], 'clock-skew needs skewMs'],
  [[{ name: 'slow', ms: [5, 1] }], 'the range goes from least to most'],
  [[{ name: 'slow', ms: 1_000 }], 'ms is a range in milliseconds: [least, most]'],
  [[{ name: 'slow', colour: 'red' }], 'colour'],
  [[{ name: 'slow', on: ['dinner'] }], 'expected one of "open"|"close"|"amend"|"order"|"cancel"'],
])('%j is refused with advice, and what was set stays', async (settings, advice) => {
  const faults = createFaults({ clock, timers: createTimers(clock) });
  faults.set([{ name: 'slow' }]);
  expect(() => faults.set(settings as FaultSetting[])).toThrow(advice.replaceAll('"', '\\"'));
  expect(faults.list()).toEqual([{ name: 'slow', hits: 0 }]);
});

test('amends, orders and cancels are struck when named; updates of orders without being named', () => {
  const faults = createFaults({ clock, timers: createTimers(clock) });
  const struck = (name: FaultName) => targets.filter((kind) => faults.strikes(name, { kind }) !== undefined);
  faults.set([{ name: 'reset-before', on: ['amend', 'cancel'] }, { name: 'lost-wou' }, { name: 'lost-opu' }]);
  expect([struck('reset-before'), struck('lost-wou'), struck('lost-opu')]).toEqual([
    ['amend', 'cancel'],
    ['amend', 'order', 'cancel', 'trigger'],
    ['open', 'close'],
  ]);
});
