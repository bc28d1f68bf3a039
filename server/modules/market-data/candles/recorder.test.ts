// Candles recorded under leases, on a database: who may write, what is known then, and what those who watch are told.
import { expect, test } from 'vitest';
import { leases } from '../../../../drizzle/schema/index.ts';
import type { CandleUpdate, Resolution } from '../../../../shared/candles.ts';
import { silentLogger } from '../../../lib/logger.ts';
import { candleKey as key, candleRig } from '../../../testing/candle-rig.ts';
import { createTestGateway, testBus } from '../../../testing/price-rig.ts';
import type { CandleKey, FeedLease } from '../ports.ts';
import { createCandleNews, wakeCandles } from './news.ts';
import { createCandleRecorder } from './recorder.ts';
import { createCandleWatch } from './watch.ts';

const leaseOf = (epoch: number): FeedLease => ({
  feed: key.feed,
  epoch,
  signal: new AbortController().signal,
});

/** One feed whose lease the test gives to whom it likes; gateways differ in their recorder only. */
const minuteMs = 60_000;

async function arrange() {
  const rig = await candleRig({ nowAt: '2026-01-05T12:00:00Z' });
  const { clock, database, store, partitions } = rig;
  const bus = testBus(clock);
  const closes: (() => Promise<void>)[] = [];
  const ticks = createTestGateway(bus, { feed: key.feed, now: () => clock.now() });
  /** What it sends to PostgreSQL gets there once it is `awake`. */
  function gateway(epoch: number, awake: Promise<void> = Promise.resolve()) {
    const written: CandleKey[] = [];
    const recorder = createCandleRecorder({
      store: { writeTicks: async (...given) => awake.then(() => store.writeTicks(...given)) },
      partitions,
      clock,
      logger: silentLogger,
      wake(which) {
        written.push(which);
        wakeCandles(bus, which);
      },
    });
    closes.push(() => recorder.close());
    const lease = leaseOf(epoch);
    void recorder.begin(lease);
    return {
      recorder,
      lease,
      tick: (bid: string, { at = clock.now(), missed = 0 } = {}) =>
        recorder.ticks({
          lease,
          ticks: [ticks.build(key.epic, { bid, offer: bid, at: at.toISOString() })],
          missed,
        }),
    };
  }
  return {
    ...rig,
    bus,
    gateway,
    /** The lease has a holder with this epoch. */
    hold: (epoch: number) =>
      database.db
        .insert(leases)
        .values({ name: key.feed, holder: `gateway ${epoch}`, epoch, expiresAt: new Date(0) })
        .onConflictDoUpdate({ target: leases.name, set: { epoch } }),
    minutes: async () => (await rig.read('MINUTE', { fromMs: 0, toMs: Date.parse('2027-01-01') })).candles,
    gaps: (from: string, to: string) =>
      store.gaps(key, 'MINUTE', {
        startMs: Date.parse(`2026-01-05T${from}Z`),
        endMs: Date.parse(`2026-01-05T${to}Z`),
      }),
    async [Symbol.asyncDispose]() {
      for (const close of closes) await close();
      await bus.close();
      await rig[Symbol.asyncDispose]();
    },
  };
}

test('candles that were streamed whole are stored complete, and it is known of when nothing is missing', async () => {
  await using rig = await arrange();
  await rig.hold(1);
  const gateway = rig.gateway(1);
  for (const bid of ['1.1', '1.2', '1.3', '1.4', '1.5']) {
    gateway.tick(bid);
    rig.clock.advance(30_000);
  }
  gateway.tick('1.6');
  await gateway.recorder.close();
  expect(await rig.minutes()).toMatchObject([
    { open: { bid: '1.1' }, close: { bid: '1.2' }, ticks: 2, complete: true },
    { open: { bid: '1.3' }, close: { bid: '1.4' }, ticks: 2, complete: true },
    { open: { bid: '1.5' }, close: { bid: '1.6' }, ticks: 2, complete: false },
  ]);
  expect(await rig.gaps('11:59:00', '12:03:00')).toEqual(
    [
      ['11:59:00', '12:00:00'],
      ['12:02:00', '12:03:00'],
    ].map(([from, to]) => ({
      startMs: Date.parse(`2026-01-05T${from}Z`),
      endMs: Date.parse(`2026-01-05T${to}Z`),
    })),
  );
});

test('a gateway that was frozen and wakes writes nothing: its lease is of an epoch that is over', async () => {
  await using rig = await arrange();
  await rig.hold(1);
  const awake = Promise.withResolvers<void>();
  const frozen = rig.gateway(1, awake.promise);
  frozen.tick('1.1');
  rig.clock.advance(60_000);
  frozen.tick('1.2'); // in its memory only
  await rig.hold(2);
  const next = rig.gateway(2);
  next.tick('5.0');
  await next.recorder.close();
  rig.clock.advance(120_000);
  awake.resolve();
  await frozen.recorder.close();
  const candles = await rig.minutes();
  expect(candles.map(({ startAt, close }) => [startAt.toISOString(), close.bid])).toEqual([
    ['2026-01-05T12:01:00.000Z', '5.0'],
  ]);
  expect(await rig.gaps('12:00:00', '12:02:00')).toEqual([
    { startMs: Date.parse('2026-01-05T12:00:00Z'), endMs: Date.parse('2026-01-05T12:02:00Z') },
  ]);
});

test('a lease that changes in the middle leaves that candle incomplete, and a gap for history to fill', async () => {
  await using rig = await arrange();
  await rig.hold(1);
  const first = rig.gateway(1);
  first.tick('1.1');
  rig.clock.advance(75_000);
  first.tick('1.2');
  await first.recorder.close();
  await rig.hold(2);
  const second = rig.gateway(2);
  second.tick('1.3');
  rig.clock.advance(60_000);
  second.tick('1.4');
  await second.recorder.close();
  expect((await rig.minutes()).map(({ complete, revision }) => [complete, revision])).toEqual([
    [true, 0],
    [false, 1],
    [false, 0],
  ]);
  const gap = await rig.gaps('12:00:00', '12:02:00');
  expect(gap).toEqual([
    { startMs: Date.parse('2026-01-05T12:01:00Z'), endMs: Date.parse('2026-01-05T12:02:00Z') },
  ]);
  const startMs = gap[0]!.startMs;
  await rig.keep('MINUTE', rig.steady({ fromMs: startMs, count: 1, everyMs: 60_000, ticks: 7 }));
  expect((await rig.minutes())[1]).toMatchObject({ complete: true, ticks: 7, revision: 2 });
});

test.each([
  ['ticks that the tap missed', (gateway: Gateway) => gateway.tick('1.2', { missed: 3 })],
  [
    'a stream that was down',
    async (gateway: Gateway) => {
      await gateway.recorder.interrupted!({ lease: gateway.lease, epics: null });
      await gateway.tick('1.2');
    },
  ],
])('%s leave their candle incomplete', async (_, interrupt) => {
  await using rig = await arrange();
  await rig.hold(1);
  const gateway = rig.gateway(1);
  gateway.tick('1.1');
  rig.clock.advance(30_000);
  await interrupt(gateway);
  rig.clock.advance(60_000);
  gateway.tick('1.3');
  rig.clock.advance(60_000);
  gateway.tick('1.4');
  await gateway.recorder.close();
  expect((await rig.minutes()).map(({ complete }) => complete)).toEqual([false, true, false]);
});
type Gateway = ReturnType<Awaited<ReturnType<typeof arrange>>['gateway']>;

test('while PostgreSQL refuses, candles wait for it, and nothing of them is lost', async () => {
  await using rig = await arrange();
  await rig.hold(1);
  let refuses = true;
  const refused = Promise.withResolvers<void>();
  const recorder = createCandleRecorder({
    partitions: rig.partitions,
    store: {
      async writeTicks(...given) {
        if (!refuses) return rig.store.writeTicks(...given);
        refused.resolve();
        throw new Error('it is away');
      },
    },
    wake: () => undefined,
    clock: rig.clock,
    logger: silentLogger,
  });
  const lease = leaseOf(1);
  await recorder.begin(lease);
  const ticks = createTestGateway(rig.bus, { now: () => rig.clock.now() });
  const tick = () => recorder.ticks({ lease, ticks: [ticks.build(key.epic)], missed: 0 });
  await tick();
  rig.clock.advance(1_000);
  await refused.promise;
  rig.clock.advance(60_000);
  await tick();
  refuses = false;
  await recorder.close();
  expect(await rig.minutes()).toMatchObject([{ ticks: 1, complete: true }, { ticks: 1 }]);
});

/** Follows candles as whoever watches does; `wanted` is what is kept streamed for it. */
function followerOf(rig: Awaited<ReturnType<typeof arrange>>, resolution: Resolution) {
  const news = createCandleNews({ bus: rig.bus, clock: rig.clock });
  const wanted: string[] = [];
  const watch = createCandleWatch({
    reader: rig.reader,
    news,
    clock: rig.clock,
    interest: {
      want(feed, epics) {
        wanted.push(`${feed} ${epics.join()}`);
        return () => void wanted.pop();
      },
    },
  });
  const leaving = new AbortController();
  const told = watch({ key, resolution, zone: 'UTC' }, leaving.signal);
  return {
    wanted,
    async next() {
      const { value } = await told.next();
      const { startAt, close, complete, revision } = value as CandleUpdate;
      return [startAt.toISOString().slice(11, 16), close.bid, complete, revision];
    },
    async leave() {
      leaving.abort();
      expect(await told.next()).toMatchObject({ done: true });
      await news.close();
    },
  };
}

test('who watches gets the forming candle, its changes, each that is over once, and a late quote’s revision', async () => {
  await using rig = await arrange();
  await rig.hold(1);
  const gateway = rig.gateway(1);
  const { next, wanted, leave } = followerOf(rig, 'MINUTE');
  gateway.tick('1.1');
  rig.clock.advance(1_000);
  expect(await next()).toEqual(['12:00', '1.1', false, 0]);
  expect(wanted).toEqual([`${key.feed} ${key.epic}`]);
  gateway.tick('1.2');
  rig.clock.advance(1_000);
  expect(await next()).toEqual(['12:00', '1.2', false, 0]);
  rig.clock.advance(59_000);
  gateway.tick('1.3');
  rig.clock.advance(1_000);
  expect(await next()).toEqual(['12:00', '1.2', true, 0]);
  expect(await next()).toEqual(['12:01', '1.3', false, 0]);
  gateway.tick('9.9', { at: new Date('2026-01-05T12:00:00.500Z') });
  rig.clock.advance(1_000);
  expect(await next()).toEqual(['12:00', '1.2', true, 1]);
  await leave();
  expect(wanted).toEqual([]);
});

test('who watches hours is told when the broker’s history completes the one before, also long after its end', async () => {
  await using rig = await arrange();
  await rig.hold(1);
  const gateway = rig.gateway(1);
  const { next, leave } = followerOf(rig, 'HOUR');
  rig.clock.advance(20 * minuteMs); // the first third of the hour was not seen
  gateway.tick('1.5');
  rig.clock.advance(1_000);
  expect(await next()).toEqual(['12:00', '1.5', false, 0]);
  rig.clock.advance(50 * minuteMs);
  gateway.tick('1.6');
  rig.clock.advance(1_000);
  expect(await next()).toEqual(['13:00', '1.6', false, 0]);
  const startMs = Date.parse('2026-01-05T12:00:00Z');
  await rig.keep('HOUR', rig.steady({ fromMs: startMs, count: 1, everyMs: 60 * minuteMs, ticks: 7 }));
  rig.clock.advance(6_000);
  expect(await next()).toEqual(['12:00', expect.any(String), true, expect.any(Number)]);
  await leave();
});

test('what a quote leaves of a candle that was not seen whole does not replace the broker’s, which was bought meanwhile', async () => {
  await using rig = await arrange();
  await rig.hold(1);
  const gateway = rig.gateway(1);
  rig.clock.advance(20_000); // the first third of the minute was not seen
  gateway.tick('1.5');
  rig.clock.advance(60_000);
  await expect.poll(rig.minutes).toMatchObject([{ ticks: 1, complete: false }]);
  const startMs = Date.parse('2026-01-05T12:00:00Z');
  const price = (text: string) => ({ bid: text, offer: text });
  await rig.database.db.transaction(async (tx) => {
    await rig.store.holdHistory(tx, key, 'MINUTE');
    await rig.store.writeHistory(tx, key, 'MINUTE', {
      known: { startMs, endMs: startMs + 60_000 },
      candles: [
        {
          startMs,
          open: price('1.1'),
          high: price('1.9'),
          low: price('1.1'),
          close: price('1.5'),
          ticks: 60,
        },
      ],
    });
  });
  gateway.tick('1.6', { at: new Date('2026-01-05T12:00:50Z') }); // late, but not too late
  await gateway.recorder.close();
  expect(await rig.minutes()).toMatchObject([
    { open: { bid: '1.1' }, high: { bid: '1.9' }, close: { bid: '1.5' }, ticks: 60, complete: true },
  ]);
});
