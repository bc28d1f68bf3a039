// Messages of deals on their way to the stream and their faults: on the wire, and by themselves for what no endpoint causes.
import { expect, test, vi } from 'vitest';
import { silentLogger } from '../../lib/logger.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { rawStream } from '../../testing/raw-stream.ts';
import { testSimulator } from '../../testing/test-simulator.ts';
import type { FaultSetting } from '../faults/settings.ts';
import type { FaultName } from '../faults/table.ts';
import { createFaults } from '../faults/faults.ts';
import { createOutbox } from '../stream/outbox.ts';
import { createTelling } from './telling.ts';
import { createTimers } from '../timers.ts';

const clock = createManualClock();
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

/** A deal and what is then to be read and was heard on the stream within `ms`. */
async function dealUnder(faults: FaultSetting[], ms = 250) {
  const simulator = await testSimulator({ clock, faults });
  const stream = await rawStream(simulator);
  await stream.create();
  const updates = await stream.trade();
  const { dealReference } = (await simulator.open({ dealReference: 'mine' })).body;
  clock.advance(ms);
  return {
    simulator,
    confirm: async () => (await simulator.read(`/confirms/${dealReference}`)).status,
    booked: () => simulator.snapshot().accounts['ABC12']!.deals['mine'],
    heard: () => updates.length,
    /** In the order heard: field and, of a confirm, its reference. */
    messages: () =>
      updates.map(([confirms, opu]) =>
        confirms ? `CONFIRMS ${JSON.parse(confirms).dealReference}` : opu ? 'OPU' : 'nothing',
      ),
    async [Symbol.asyncDispose]() {
      stream.socket.close();
      await simulator.stop();
    },
  };
}

test('late-confirm: neither stream nor REST has it before its time; the position is there at once', async () => {
  await using deal = await dealUnder([{ name: 'late-confirm', ms: [30_000, 30_000] }], 29_000);
  await until(() => expect(deal.heard()).toBe(1)); // the OPU
  expect([await deal.confirm(), deal.booked()]).toEqual([404, 1]);
  clock.advance(1_500);
  await until(() => expect(deal.heard()).toBe(2));
  expect(await deal.confirm()).toBe(200);
});

test('lost-confirm: it never comes, on the stream or over REST', async () => {
  await using deal = await dealUnder([{ name: 'lost-confirm' }]);
  for (let i = 0; i < 30; i++) {
    clock.advance(10_000);
    expect(await deal.confirm()).toBe(404);
  }
  expect([deal.heard(), deal.booked()]).toEqual([1, 1]);
});

test.each<[name: FaultName, heard: number]>([
  ['doubled-confirm', 3],
  ['doubled-opu', 3],
  ['lost-opu', 1],
])('%s: %i messages are heard, REST is right', async (name, heard) => {
  await using deal = await dealUnder([{ name }]);
  await until(() => expect(deal.heard()).toBe(heard));
  expect([await deal.confirm(), deal.booked()]).toEqual([200, 1]);
  deal.simulator.setFaults([]);
  await deal.simulator.open({ dealReference: 'next' });
  clock.advance(250);
  await until(() => expect(deal.messages()).toContain('CONFIRMS next'));
  await until(() => expect(deal.heard()).toBe(heard + 2)); // the next deal's, and no more of the first
});

test.each<[name: FaultName, order: string[]]>([
  ['confirm-first', ['CONFIRMS mine', 'OPU']],
  ['opu-first', ['OPU', 'CONFIRMS mine']],
])('%s: always in this order', async (name, order) => {
  for (let i = 0; i < 6; i++) {
    await using deal = await dealUnder([{ name }], 400);
    await until(() => expect(deal.messages()).toEqual(order));
  }
});

test('reordered-confirm: the next confirm of the account overtakes it on the stream; REST has both in time', async () => {
  await using deal = await dealUnder([{ name: 'reordered-confirm', count: 1 }]);
  await until(() => expect(deal.messages()).toEqual(['OPU']));
  expect(await deal.confirm()).toBe(200);
  await deal.simulator.open({ dealReference: 'next' });
  clock.advance(250);
  await until(() =>
    expect(deal.messages().filter((message) => message !== 'OPU')).toEqual([
      'CONFIRMS next',
      'CONFIRMS mine',
    ]),
  );
  clock.advance(60_000);
  await deal.confirm();
  expect(deal.heard()).toBe(4);
});

test('reordered-confirm: without a next one it comes late', async () => {
  await using deal = await dealUnder([{ name: 'reordered-confirm', ms: [8_000, 8_000] }], 7_999);
  await until(() => expect(deal.messages()).toEqual(['OPU']));
  clock.advance(250);
  await until(() => expect(deal.messages()).toEqual(['OPU', 'CONFIRMS mine']));
});

test('late-opu: the confirm is there long before the update', async () => {
  await using deal = await dealUnder([{ name: 'late-opu', ms: [20_000, 20_000] }], 19_000);
  await until(() => expect(deal.messages()).toEqual(['CONFIRMS mine']));
  clock.advance(1_300);
  await until(() => expect(deal.messages()).toEqual(['CONFIRMS mine', 'OPU']));
});

function world(settings: FaultSetting[]) {
  const clock = createManualClock();
  const timers = createTimers(clock);
  const faults = createFaults({ clock, timers });
  faults.set(settings);
  const trades = createOutbox({ clock, timers, logger: silentLogger });
  const telling = createTelling(faults, trades);
  const heard: string[] = [];
  trades.listen('A', ({ field, text }) => void heard.push(`${field} ${JSON.parse(text).id}`));
  const nowMs = () => faults.clock.now().getTime();
  return {
    clock,
    faults,
    telling,
    heard,
    place: (id: number, confirmInMs = 100, updateInMs = 90) =>
      telling.tell(
        {
          accountId: 'A',
          confirmAt: new Date(nowMs() + confirmInMs).toISOString(),
          confirms: { id },
          opu: [],
          wou: [{ id }],
        },
        'order',
        nowMs() + updateInMs,
      ),
    fill: (id: number) =>
      telling.tell(
        { accountId: 'A', confirmAt: null, confirms: null, wou: [{ id }], opu: [{ id }] },
        'trigger',
        nowMs(),
      ),
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

test.each<[name: FaultName, confirmInMs: number, updateInMs: number, heard: string[]]>([
  ['opu-first', 90, 110, ['WOU 1', 'CONFIRMS 1']],
  ['confirm-first', 110, 90, ['CONFIRMS 1', 'WOU 1']],
])(
  '%s also when by their own times it would be the other way round',
  (name, confirmInMs, updateInMs, expected) => {
    const { clock, place, heard } = world([{ name, on: ['order'] }]);
    place(1, confirmInMs, updateInMs);
    clock.advance(1_000);
    expect(heard).toEqual(expected);
  },
);

test('reordered-confirm without end: every second confirm overtakes the one before it, and each comes once', () => {
  const { clock, place, heard } = world([{ name: 'reordered-confirm', on: ['order'], ms: [20_000, 20_000] }]);
  for (const id of [1, 2, 3]) {
    place(id);
    clock.advance(1_000);
  }
  const confirms = () => heard.filter((message) => message.startsWith('CONFIRMS'));
  expect(confirms()).toEqual(['CONFIRMS 2', 'CONFIRMS 1']);
  clock.advance(60_000);
  expect(confirms()).toEqual(['CONFIRMS 2', 'CONFIRMS 1', 'CONFIRMS 3']);
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
