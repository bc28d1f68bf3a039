// Messages of deals on their way to the stream, working order updates among them.
import { expect, test } from 'vitest';
import { silentLogger } from '../lib/logger.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import type { FaultSetting } from './faults/settings.ts';
import { createFaults } from './faults.ts';
import { createOutbox } from './stream/outbox.ts';
import { createTelling } from './telling.ts';
import { createTimers } from './timers.ts';

function world(settings: FaultSetting[]) {
  const clock = createManualClock();
  const timers = createTimers(clock);
  const faults = createFaults({ clock, timers });
  faults.set(settings);
  const trades = createOutbox({ clock, timers, logger: silentLogger });
  const telling = createTelling({ clock: faults.clock, faults, trades });
  const heard: string[] = [];
  trades.listen('A', ({ field, text }) => void heard.push(`${field} ${JSON.parse(text).id}`));
  const nowMs = () => faults.clock.now().getTime();
  return {
    clock, faults, telling, heard,
    place: (id: number, confirmInMs = 100, updateInMs = 90) => telling.tell({ accountId: 'A', confirmAt: new Date(nowMs() + confirmInMs).toISOString(), confirms: { id }, opu: [], wou: [{ id }] }, 'order', nowMs() + updateInMs),
    fill: (id: number) => telling.tell({ accountId: 'A', confirmAt: null, confirms: null, wou: [{ id }], opu: [{ id }] }, 'trigger', nowMs()),
  };
}

test.each<[settings: FaultSetting[], heard: string[]]>([
  [[], ['WOU 1', 'CONFIRMS 1', 'WOU 2', 'OPU 2']],
  [[{ name: 'lost-wou' }], ['CONFIRMS 1', 'OPU 2']],
  [[{ name: 'doubled-wou', on: ['order'] }], ['WOU 1', 'WOU 1', 'CONFIRMS 1', 'WOU 2', 'OPU 2']],
  [[{ name: 'lost-opu', on: ['trigger'] }], ['WOU 1', 'CONFIRMS 1', 'WOU 2']],
  [[{ name: 'late-wou', on: ['order'], ms: [5_000, 5_000] }], ['CONFIRMS 1', 'WOU 1', 'WOU 2', 'OPU 2']], // what follows keeps its place
  [[{ name: 'confirm-first', on: ['order'] }], ['CONFIRMS 1', 'WOU 1', 'WOU 2', 'OPU 2']],
])('an order placed and then filled, under %j', (settings, expected) => {
  const { clock, place, fill, heard } = world(settings);
  place(1);
  clock.advance(1_000);
  fill(2);
  clock.advance(10_000);
  expect(heard).toEqual(expected);
});

test('a clock that is set back delays nothing that is on its way or comes after', () => {
  const { clock, faults, place, heard } = world([{ name: 'clock-skew', skewMs: 3_600_000 }]);
  place(1);
  faults.set([]);
  place(2);
  clock.advance(100);
  expect(heard).toEqual(['WOU 1', 'WOU 2', 'CONFIRMS 1', 'CONFIRMS 2']);
});

test('what waits to be overtaken is told no more after the end', () => {
  const { clock, telling, place, heard } = world([{ name: 'reordered-confirm', on: ['order'] }]);
  place(1);
  telling.close();
  clock.advance(60_000);
  expect(heard).toEqual(['WOU 1']);
});
