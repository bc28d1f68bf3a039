import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger as logger } from '../../lib/logger.ts';
import type { PriceTap } from '../../modules/market-data/ports.ts';
import { gate, tick } from '../../testing/bus.contract.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { defaultGatewayLimits } from '../limits.ts';
import { createFeedTaps } from './taps.ts';

/** Writes down what it is told, a line each: `begin 1`, `1: 1,2,3`, `1: missed 2, then 3`, `end 1`. */
function createRecorder(name = 'recorder') {
  const told: string[] = [];
  const tap: PriceTap = {
    name,
    begin: ({ epoch }) => void told.push(`begin ${epoch}`),
    ticks({ lease, ticks, missed }) {
      const seqs = ticks.map(({ seq }) => seq).join();
      told.push(`${lease.epoch}: ${missed > 0 ? `missed ${missed}, then ` : ''}${seqs}`);
    },
    end: ({ epoch }) => void told.push(`end ${epoch}`),
  };
  return { tap, told };
}

function arrange(taps: PriceTap[], limits = {}) {
  let held: number | undefined;
  const feedTaps = createFeedTaps({
    feed: 'demo',
    taps,
    holds: (epoch) => epoch === held,
    clock: systemClock,
    logger,
    limits: { ...defaultGatewayLimits, ...limits },
  });
  return {
    ...feedTaps,
    hold(epoch: number) {
      held = epoch;
      feedTaps.begin(epoch);
    },
    lose() {
      held = undefined;
      feedTaps.end();
    },
    /** As in a process that was frozen: the lease has run out, and nobody has noticed yet. */
    runOut: () => void (held = undefined),
    ticks: (from: number, to = from) => {
      for (let seq = from; seq <= to; seq++) feedTaps.tick(tick('A', seq));
    },
  };
}
const turns = async (n = 50) => {
  for (let i = 0; i < n; i++) await nextTurn();
};

test('an interruption comes between the ticks before and behind it, those of several epics at once, and to who wants it', async () => {
  const { tap, told } = createRecorder();
  const plain = createRecorder('plain');
  const taps = arrange([
    { ...tap, interrupted: ({ epics }) => void told.push(`interrupted ${epics?.join() ?? 'all'}`) },
    plain.tap,
  ]);
  taps.interrupt(null); // nobody holds the lease
  taps.hold(1);
  taps.ticks(1, 2);
  taps.interrupt('A');
  taps.interrupt('A');
  taps.interrupt('B');
  taps.ticks(3);
  taps.interrupt('A');
  taps.interrupt(null);
  await turns();
  expect(told).toEqual(['begin 1', '1: 1,2', 'interrupted A,B', '1: 3', 'interrupted all']);
  expect(plain.told).toEqual(['begin 1', '1: 1,2', '1: 3']);
  await taps.close();
});

test('a tap is told of the lease, sees every tick of it once and in order, and its end', async () => {
  const { tap, told } = createRecorder();
  const taps = arrange([tap]);
  taps.ticks(1); // nobody holds the lease
  taps.hold(7);
  taps.ticks(2, 4);
  await turns();
  taps.ticks(5, 6);
  await turns();
  taps.lose();
  taps.ticks(7);
  await turns();
  taps.hold(8);
  taps.ticks(8);
  await turns();
  await taps.close();
  expect(told).toEqual(['begin 7', '7: 2,3,4', '7: 5,6', 'end 7', 'begin 8', '8: 8', 'end 8']);
});

test('nothing of a tap runs inside the publisher’s call, and a slow one is never called twice at once', async () => {
  let inside = false;
  let running = 0;
  const seen: string[] = [];
  const [letGo, begun] = [gate(), gate()];
  const slow: PriceTap = {
    name: 'slow',
    begin: () => void seen.push(`begin, inside ${inside}`),
    async ticks({ ticks }) {
      seen.push(`${++running} at once, ${ticks.length} ticks, inside ${inside}`);
      begun.resolve();
      await letGo.promise;
      running--;
    },
    end: () => {},
  };
  const other = createRecorder();
  const taps = arrange([slow, other.tap]);
  inside = true;
  taps.hold(1);
  taps.ticks(1, 2);
  inside = false;
  await begun.promise;
  await turns();
  taps.ticks(3, 5);
  await turns();
  expect(other.told).toEqual(['begin 1', '1: 1,2', '1: 3,4,5']);
  letGo.resolve();
  await turns();
  expect(seen).toEqual([
    'begin, inside false',
    '1 at once, 2 ticks, inside false',
    '1 at once, 3 ticks, inside false',
  ]);
  await taps.close();
});

test('between two calls of a tap that has much waiting the rest of the process has its turn', async () => {
  let turn = 0;
  const calls: number[] = [];
  const busy: PriceTap = { name: 'busy', begin: () => {}, ticks: () => void calls.push(turn), end: () => {} };
  const taps = arrange([busy], { maxTicksPerCall: 2 });
  taps.hold(1);
  taps.ticks(1, 10);
  for (; calls.length < 5; turn++) await nextTurn();
  expect(new Set(calls).size).toBe(5);
  await taps.close();
});

test('a tap that lags beyond its bound loses the oldest, is told how many, and its memory is bounded', async () => {
  const { tap, told } = createRecorder();
  const letGo = gate();
  const lagging: PriceTap = { ...tap, begin: () => letGo.promise };
  const taps = arrange([lagging], { maxWaitingTicks: 10, maxTicksPerCall: 4 });
  taps.hold(1);
  taps.ticks(1, 25);
  letGo.resolve();
  await turns();
  taps.ticks(26);
  await turns();
  expect(told).toEqual(['1: missed 15, then 16,17,18,19', '1: 20,21,22,23', '1: 24,25', '1: 26']);
  await taps.close();
});

test('a tap that throws, at whatever, harms neither itself nor another', async () => {
  const calls: string[] = [];
  const fail = (what: string) => {
    calls.push(what);
    throw new Error('broken on purpose');
  };
  const broken: PriceTap = {
    name: 'broken',
    begin: () => fail('begin'),
    ticks: async ({ ticks }) => fail(ticks.map(({ seq }) => seq).join()),
    end: () => fail('end'),
  };
  const other = createRecorder();
  const taps = arrange([broken, other.tap]);
  taps.hold(1);
  taps.ticks(1, 2);
  await turns();
  taps.ticks(3);
  await turns();
  await taps.close();
  expect(calls).toEqual(['begin', '1,2', '3', 'end']);
  expect(other.told).toEqual(['begin 1', '1: 1,2', '1: 3', 'end 1']);
});

test('what waits when the lease is lost is dropped, and one that came and went meanwhile is never told of', async () => {
  const { tap, told } = createRecorder();
  const [letGo, began] = [gate(), gate()];
  const signals: boolean[] = [];
  const busy: PriceTap = {
    ...tap,
    async begin(lease) {
      await tap.begin(lease);
      began.resolve();
      if (lease.epoch === 1) await letGo.promise;
      signals.push(lease.signal.aborted);
    },
  };
  const taps = arrange([busy]);
  taps.hold(1);
  await began.promise;
  taps.ticks(1, 3);
  taps.lose();
  taps.hold(2);
  taps.ticks(4);
  taps.lose();
  taps.hold(3);
  taps.ticks(5);
  letGo.resolve();
  await turns();
  await taps.close();
  expect(told).toEqual(['begin 1', 'end 1', 'begin 3', '3: 5', 'end 3']);
  expect(signals).toEqual([true, false]);
});

test('a process that was frozen over the end of its lease hands on nothing more of it', async () => {
  const { tap, told } = createRecorder();
  const taps = arrange([tap]);
  taps.hold(1);
  await turns();
  taps.ticks(1);
  taps.runOut();
  await turns();
  taps.lose();
  await turns();
  expect(told).toEqual(['begin 1', 'end 1']);
  await taps.close();
});

test('a tap that hangs does not keep a stop waiting for ever', async () => {
  const clock = createManualClock();
  const never: PriceTap = {
    name: 'never',
    begin: () => new Promise<void>(() => {}),
    ticks: () => {},
    end: () => {},
  };
  const taps = createFeedTaps({
    feed: 'demo',
    taps: [never],
    holds: () => true,
    clock,
    logger,
    limits: defaultGatewayLimits,
  });
  taps.begin(1);
  await turns();
  let closed = false;
  const closing = taps.close().then(() => (closed = true));
  await turns();
  expect(closed).toBe(false);
  clock.advance(defaultGatewayLimits.tapCloseTimeoutMs);
  await closing;
});
