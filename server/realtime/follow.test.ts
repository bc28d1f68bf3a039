// One reader over rows in memory: whatever happens around it, each event once and in order.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StreamMessage, TradingEvent } from '../../shared/events.ts';
import type { StreamKey } from '../modules/events/ports.ts';
import type { ClientSocket } from '../trpc/context.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { numbered } from '../testing/numbered-events.ts';
import { followRows, type Follower } from './follow.ts';
import { defaultFollowLimits } from './limits.ts';

const key: StreamKey<'trading'> = { userId: 'user_1', stream: 'trading' };
const at = new Date('2026-01-05T09:00:00Z');
const toEvent = (offset: number): TradingEvent => ({ ...numbered(offset), id: String(offset) });
const turns = async () => {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Rows in memory whose reads see the moment of their call and answer when told. */
function memoryRows({
  limits = defaultFollowLimits,
  socket,
  held = false,
}: { limits?: typeof defaultFollowLimits; socket?: ClientSocket; held?: boolean } = {}) {
  const clock = createManualClock();
  const readers = new Set<Follower>();
  const pending: { answer: () => void; fail: () => void }[] = [];
  const world = { head: 0, deletedTo: 0, failures: 0 };
  const later = <T>(value: T) => {
    if (!held) return Promise.resolve(value);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    pending.push({ answer: () => resolve(value), fail: () => reject(new Error('the database is away')) });
    return promise;
  };
  const deps = {
    clock,
    limits,
    source: {
      read: (_: StreamKey<'trading'>, after: number, limit: number) =>
        later({
          head: world.head,
          events: Array.from({ length: world.head }, (_, i) => i + 1)
            .slice(after, after + limit)
            .filter((offset) => offset > world.deletedTo)
            .map(toEvent),
        }),
      heads: async (keys: readonly StreamKey[]) => later(keys.map(() => world.head)),
    },
    register: (_: StreamKey, reader: Follower) => (readers.add(reader), () => void readers.delete(reader)),
    onReadFailed: () => void world.failures++,
  };
  return {
    world,
    clock,
    readers,
    pending,
    wake: () => readers.forEach((reader) => reader.wake()),
    /** A second passes and the look at all heads ends. */
    look() {
      clock.advance(limits.lookEveryMs);
      readers.forEach((reader) => reader.look(world.head));
    },
    follow: (after?: string | null, signal?: AbortSignal) =>
      followRows(key, { after, signal, socket }, deps)[Symbol.asyncIterator](),
  };
}

/** Pulls without waiting, as tRPC does, into a pipe from which a client takes. */
function pump(messages: AsyncIterator<StreamMessage<TradingEvent>>) {
  const pipe: StreamMessage<TradingEvent>[] = [];
  const state = { pipe, done: false, error: undefined as unknown, stop: () => messages.return?.() };
  void (async () => {
    for (let next = await messages.next(); !next.done; next = await messages.next()) pipe.push(next.value);
    state.done = true;
  })().catch((error: unknown) => (state.error = error));
  return state;
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('commit' as const), n: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wake' as const), n: fc.integer({ min: 1, max: 2 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('answer' as const), n: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), n: fc.constant(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('receive' as const), n: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), n: fc.integer({ min: 0, max: 2 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('look' as const), n: fc.integer({ min: 1, max: 11 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('delete' as const), n: fc.integer({ min: 1, max: 6 }) }),
  },
);

test('whatever is committed, woken, lost, doubled, late, failed, cut and deleted, a resuming client gets each event once, in order, and is told of what was deleted', async () => {
  const hit = { events: 0, snapshots: 0, heartbeats: 0, cuts: 0, failures: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60 }),
      fc.constantFrom(undefined, '0', '2'),
      fc.integer({ min: 1, max: 3 }),
      async (steps, start, batch) => {
        const rows = memoryRows({ held: true, limits: { ...defaultFollowLimits, batch } });
        const { world } = rows;
        world.head = 2;
        let last = start === undefined ? undefined : Number(start);
        let reading = pump(rows.follow(start));
        function receive(message: StreamMessage<TradingEvent>) {
          const id = Number(message.id);
          if (message.type === 'snapshot.needed') {
            hit.snapshots++;
            expect(
              last === undefined || world.deletedTo > last,
              `told to start over at ${id} with everything after ${last} kept`,
            ).toBe(true);
            expect(id).toBeGreaterThanOrEqual(last ?? 0);
          } else if (message.type === 'heartbeat') {
            hit.heartbeats++;
            expect(id).toBe(last);
          } else {
            hit.events++;
            expect(id).toBe(last! + 1);
          }
          last = id;
        }
        const perform = {
          commit: (n: number) => void (world.head += n),
          wake: (n: number) => {
            for (let i = 0; i < n; i++) rows.wake();
          },
          answer: (n: number) => rows.pending.splice(0, n).forEach(({ answer }) => answer()),
          fail: () => rows.pending.splice(0, 1).forEach(({ fail }) => fail()),
          receive: (n: number) => reading.pipe.splice(0, n).forEach(receive),
          cut(n: number) {
            hit.cuts++;
            reading.pipe.splice(0, n).forEach(receive); // the rest was on its way and is gone
            void reading.stop();
            reading = pump(rows.follow(last === undefined ? undefined : String(last)));
          },
          look: (n: number) => {
            for (let i = 0; i < n; i++) rows.look();
          },
          delete: (n: number) => void (world.deletedTo = Math.min(world.head, world.deletedTo + n)),
        };
        for (const each of steps) {
          perform[each.do](each.n);
          await turns();
        }
        // Everything calms down, every wake-up of the last commit lost: the look alone brings the rest.
        for (let i = 0; i < 200 && last !== world.head; i++) {
          rows.look();
          await turns();
          perform.answer(10);
          await turns();
          perform.receive(1_000);
        }
        expect(last).toBe(world.head);
        expect(rows.readers.size).toBe(1);
        const stopped = reading.stop();
        expect(rows.readers.size).toBe(0);
        perform.answer(rows.pending.length);
        await stopped;
        hit.failures += world.failures;
      },
    ),
    { numRuns: 500 },
  );
  console.log('followed', hit);
  for (const count of Object.values(hit)) expect(count).toBeGreaterThan(0);
}, 60_000);

test('without a place it begins at the head and says so; with one it begins with the next event and no greeting', async () => {
  const rows = memoryRows();
  rows.world.head = 3;
  const [fresh, resumed, none] = [pump(rows.follow()), pump(rows.follow('1')), pump(rows.follow(null))];
  await turns();
  expect(fresh.pipe).toEqual([{ id: '3', type: 'snapshot.needed', at: rows.clock.now(), recovered: false }]);
  expect(none.pipe).toEqual(fresh.pipe);
  expect(resumed.pipe.map(({ id, type }) => [id, type])).toEqual([
    ['2', 'cash.changed'],
    ['3', 'cash.changed'],
  ]);
  rows.world.head = 4;
  rows.wake();
  await turns();
  expect([fresh, resumed, none].map(({ pipe }) => pipe.at(-1)!.id)).toEqual(['4', '4', '4']);
});

test('a place older than what is kept, or after the head, begins again at the head with recovered: false', async () => {
  const rows = memoryRows();
  Object.assign(rows.world, { head: 9, deletedTo: 5 });
  const readings = ['0', '4', '5', '9', '10'].map((after) => pump(rows.follow(after)));
  await turns();
  rows.world.head = 10; // so that the one at the head has something to show for itself
  rows.wake();
  await turns();
  expect(readings.map(({ pipe }) => pipe.map(({ id, type }) => `${type} ${id}`))).toEqual([
    ['snapshot.needed 9', 'cash.changed 10'],
    ['snapshot.needed 9', 'cash.changed 10'],
    ['cash.changed 6', 'cash.changed 7', 'cash.changed 8', 'cash.changed 9', 'cash.changed 10'],
    ['cash.changed 10'],
    ['snapshot.needed 9', 'cash.changed 10'],
  ]);
  rows.world.deletedTo = 10; // everything: the head still tells
  const [gone, there] = [pump(rows.follow('9')), pump(rows.follow('10'))];
  await turns();
  rows.world.head = 11;
  rows.wake();
  await turns();
  expect([gone, there].map(({ pipe }) => pipe.map(({ id, type }) => `${type} ${id}`))).toEqual([
    ['snapshot.needed 10', 'cash.changed 11'],
    ['cash.changed 11'],
  ]);
});

test('it listens from the moment it is iterated, before it is pulled, and no longer than it lives', async () => {
  const rows = memoryRows();
  const stop = new AbortController();
  const messages = rows.follow('0', stop.signal);
  expect(rows.readers.size).toBe(1);
  const next = messages.next();
  stop.abort();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(rows.readers.size).toBe(0);
  expect(await rows.follow('0', stop.signal).next()).toEqual({ done: true, value: undefined });
  const waiting = rows.follow('0');
  const answer = waiting.next();
  expect(await waiting.return!()).toMatchObject({ done: true });
  expect(await answer).toMatchObject({ done: true });
});

test('a heartbeat every 10 s repeats the place, with the server’s time and the head; none is sent while nobody can look', async () => {
  const rows = memoryRows();
  rows.world.head = 1;
  const reading = pump(rows.follow('0'));
  await turns();
  for (let second = 1; second <= 25; second++) {
    rows.look();
    await turns();
  }
  const beat = (seconds: number) => ({
    id: '1',
    type: 'heartbeat',
    head: '1',
    at: new Date(at.getTime() + seconds * 1_000),
  });
  expect(reading.pipe.slice(1)).toEqual([beat(10), beat(20)]);
  rows.clock.advance(60_000);
  await turns();
  rows.look();
  await turns();
  expect(reading.pipe.slice(3)).toEqual([beat(86)]);
});

test('a reader that pulls one at a time holds at most one batch', async () => {
  const rows = memoryRows({ limits: { ...defaultFollowLimits, batch: 5 }, held: true });
  rows.world.head = 1_000;
  const messages = rows.follow('0');
  for (let offset = 1; offset <= 12; offset++) {
    const next = messages.next();
    await turns();
    expect(rows.pending).toHaveLength(offset % 5 === 1 ? 1 : 0);
    rows.pending.splice(0).forEach(({ answer }) => answer());
    expect(await next).toMatchObject({ value: { id: String(offset) } });
  }
});

/** A socket that holds what it is given until drained. */
function slowSocket() {
  const socket = {
    bufferedAmount: 0,
    open: true,
    closed: [] as number[],
    send() {},
    close: (code: number) => void socket.closed.push(code),
    sendShared: () => {},
    takeStarted: () => undefined,
  };
  return socket;
}

test('nothing is handed over while a socket holds too much; one that takes some goes on, one that takes nothing is closed with 4490', async () => {
  const socket = slowSocket();
  const rows = memoryRows({ socket });
  rows.world.head = 50;
  const reading = pump(rows.follow('0'));
  const { backlogBytes, stalledAfterMs, drainCheckMs } = defaultFollowLimits;
  socket.bufferedAmount = backlogBytes + 1;
  await turns();
  expect(reading.pipe).toHaveLength(0);
  rows.clock.advance(stalledAfterMs - drainCheckMs);
  socket.bufferedAmount = backlogBytes;
  for (let i = 0; i < 2; i++) {
    rows.clock.advance(drainCheckMs);
    await turns();
  }
  expect([reading.pipe.length, socket.closed]).toEqual([50, []]);

  socket.bufferedAmount = backlogBytes + 1;
  rows.world.head = 51;
  rows.wake();
  for (let waited = 0; waited <= stalledAfterMs; waited += drainCheckMs) {
    await turns();
    rows.clock.advance(drainCheckMs);
  }
  await turns();
  expect(socket.closed).toEqual([4490]);
  expect([reading.done, reading.pipe.length, rows.readers.size]).toEqual([true, 50, 0]);
});

test('a process that closes ends it with server.unavailable, never as if the stream were complete', async () => {
  const rows = memoryRows();
  const reading = pump(rows.follow('0'));
  await turns();
  for (const reader of rows.readers) reader.end(new Error('closing'));
  await turns();
  expect([reading.done, reading.error]).toEqual([false, new Error('closing')]);
});
