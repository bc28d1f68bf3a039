// Alerts on a database of a test's own: told once whatever happens between a price and its commit, and late where prices were missed.
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { alertProgress, alerts, leases, notifications } from '../../../drizzle/schema/index.ts';
import type { Candle } from '../../../shared/candles.ts';
import { inTransaction, type Transaction } from '../../db/transaction.ts';
import { silentLogger } from '../../lib/logger.ts';
import { alertRow, minuteAt } from '../../testing/alert-rig.ts';
import { eventRig } from '../../testing/event-rig.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { addUser } from '../../testing/people.ts';
import { createTestGateway, testBus } from '../../testing/price-rig.ts';
import { testDb } from '../../testing/test-db.ts';
import { spanAt } from '../market-data/index.ts';
import type { FeedLease } from '../market-data/ports.ts';
import type { PastCandles } from './ports.ts';
import { createAlertService } from './service.ts';
import { createAlertStore, type AlertRow } from './store.ts';
import { createAlertTap } from './tap.ts';

const [feed, epic, userId] = ['simulated', 'CS.D.EURUSD.CFD.IP', 'user_1'];
const startAt = new Date('2026-01-05T09:00:00Z');

async function arrange() {
  const db = await testDb();
  const clock = createManualClock(startAt);
  const rig = await eventRig({ databaseUrl: db.url, clock });
  await addUser(rig.database, { id: userId });
  const store = createAlertStore(rig.database.db);
  const ticks = createTestGateway(testBus(clock), { feed, now: () => clock.now() });
  const stops: (() => Promise<void>)[] = [];
  const past: { candles: Candle[]; whole: boolean; asked: number } = { candles: [], whole: true, asked: 0 };
  const candles: PastCandles = {
    stored: async () => [],
    async bought(_key, _resolution, _zone, { startMs, endMs }) {
      past.asked++;
      return {
        candles: past.candles.filter(({ startAt: at }) => +at >= startMs && +at < endMs),
        whole: past.whole,
      };
    },
  };
  /** A gateway that holds the lease under `epoch`; its firings fail while `broken` says so, and wait while it does not say. */
  async function gateway({
    epoch = 1,
    broken,
    maxWaiting,
  }: { epoch?: number; broken?: () => boolean | Promise<boolean>; maxWaiting?: number } = {}) {
    const tap = createAlertTap({
      store,
      candles,
      transaction: (work) => inTransaction(rig.database.db, work),
      spanAt: ({ resolution, zone }, atMs) => spanAt(resolution, zone, atMs),
      notify: async (tx, notice) => {
        await rig.notifications.notify(tx, notice);
        if (await broken?.()) throw new Error('the process died before the commit');
      },
      wake: (user) => rig.events.wake(user, 'notifications'),
      clock,
      logger: silentLogger,
      maxWaiting,
    });
    stops.push(() => tap.close());
    const lease: FeedLease = { feed, epoch, signal: new AbortController().signal };
    await tap.begin(lease);
    return {
      tap,
      lease,
      tick: (bid: string, of = epic) =>
        tap.ticks({ lease, ticks: [ticks.build(of, { bid, offer: bid })], missed: 0 }),
      end: () => tap.end(lease),
    };
  }
  return {
    rig,
    store,
    clock,
    past,
    gateway,
    async add(given: Partial<AlertRow> = {}, condition: object = {}) {
      const on = { kind: 'price', epic, feed, side: 'bid', direction: 'up', level: '1.2', ...condition };
      const row = alertRow(clock.now(), {
        ...{ userId, feed, epic, note: 'look', condition: on as AlertRow['condition'] },
        ...given,
      });
      await inTransaction(rig.database.db, (tx) => store.insert(tx, row));
    },
    /** Once what was missed has been asked for again. */
    async checked() {
      const before = past.asked;
      await expect.poll(() => past.asked).toBeGreaterThan(before);
    },
    row: async (id = 'alert_1') => (await rig.database.db.select().from(alerts).where(eq(alerts.id, id)))[0],
    told: async () =>
      (await rig.database.db.select().from(notifications)).map(({ title, body }) => `${title} ${body}`),
    async [Symbol.asyncDispose]() {
      for (const stop of stops) await stop();
      await rig[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}
const done = { state: 'done', firedCount: 1, lastValue: '1.2' };

test('of two gateways that see the same price one tells it', async () => {
  await using app = await arrange();
  await app.add();
  const both = [await app.gateway(), await app.gateway()];
  for (const { tick } of both) await tick('1.2');
  await Promise.all(both.map(({ end }) => end()));
  expect(await app.row()).toMatchObject(done);
  expect(await app.told()).toEqual(['EUR/USD rose to 1.2: Bid 1.2 At 2026-01-05T09:00:00.000Z. look']);
});

test('a gateway whose lease is another’s by now tells nothing', async () => {
  await using app = await arrange();
  await app.add();
  const frozen = await app.gateway({ epoch: 1 });
  await app.rig.database.db
    .insert(leases)
    .values({ name: feed, holder: 'another', epoch: 2, expiresAt: new Date(0) });
  await frozen.tick('1.2');
  await frozen.end();
  expect(await app.row()).toMatchObject({ state: 'armed', firedCount: 0 });
  expect(await app.told()).toEqual([]);
});

test('a process that dies between a price and its commit has told nothing, and the next one tells it once', async () => {
  await using app = await arrange();
  await app.add();
  const dying = await app.gateway({ broken: () => true });
  await dying.tick('1.2');
  await dying.end();
  expect(await app.row()).toMatchObject({ state: 'armed', firedCount: 0 });
  expect(await app.told()).toEqual([]);
  for (const epoch of [2, 3]) {
    const next = await app.gateway({ epoch });
    await next.tick('1.2');
    await next.end();
  }
  expect(await app.row()).toMatchObject(done);
  expect(await app.told()).toHaveLength(1);
});

test('what could not be written waits in memory and is told once PostgreSQL takes it', async () => {
  await using app = await arrange();
  await app.add({ repeat: 'every' });
  let broken = true;
  const { tick, end } = await app.gateway({ broken: () => broken });
  for (const price of ['1.2', '1.1', '1.3']) await tick(price);
  broken = false;
  app.clock.advance(1_000);
  await expect.poll(app.told).toHaveLength(2);
  await end();
  expect(await app.row()).toMatchObject({ state: 'waiting', firedCount: 2, lastValue: '1.3', revision: 4 });
});

test('an alert that is made, changed or deleted while prices come is so for the next of them', async () => {
  await using app = await arrange();
  const { tap, tick, end } = await app.gateway();
  await app.add({ repeat: 'every' });
  tap.changed(feed);
  app.clock.advance(3_000); // looked for, had the wake-up been lost
  await tick('1.1');
  await expect
    .poll(async () => {
      await tick('1.2');
      return app.told();
    })
    .toHaveLength(1);
  await app.store.remove(userId, 'alert_1');
  await end();
  const next = await app.gateway({ epoch: 2 });
  await next.tick('1.1');
  await next.tick('1.2');
  await next.end();
  expect(await app.told()).toHaveLength(1);
});

test('what happened while nobody saw the prices is found in candles, once, and marked late', async () => {
  await using app = await arrange();
  await app.add();
  const first = await app.gateway();
  await first.tick('1.1');
  app.clock.advance(1_000);
  await first.end();
  app.clock.advance(10 * 60_000);
  app.past.candles = [minuteAt(new Date('2026-01-05T09:04:00Z'), '1.25')];
  for (const epoch of [2, 3]) {
    const next = await app.gateway({ epoch });
    await next.tick('1.1');
    app.clock.advance(30_000);
    if (epoch === 2) await expect.poll(app.told).toHaveLength(1);
    await next.end();
  }
  expect(await app.told()).toEqual([
    'EUR/USD rose to 1.2: Bid 1.25 It happened by 2026-01-05T09:05:00.000Z, while its prices were not seen here, and is told late. look',
  ]);
  expect(await app.row()).toMatchObject({
    state: 'done',
    lastFiredAt: new Date('2026-01-05T09:05:00Z'),
    lastFiredLate: true,
  });
});

test('an alert that waited when prices were lost, and is armed by the first that comes, is told what it did between them, and is armed', async () => {
  await using app = await arrange();
  await app.add({ repeat: 'every', state: 'waiting' });
  const first = await app.gateway();
  await first.tick('1.25');
  app.clock.advance(1_000);
  await first.end();
  app.clock.advance(10 * 60_000);
  app.past.candles = [minuteAt(new Date('2026-01-05T09:04:00Z'), '1.25')];
  const { tick } = await app.gateway({ epoch: 2 });
  await tick('1.1');
  for (let checks = 0; checks < 3; checks++) {
    app.clock.advance(31_000);
    await app.checked();
  }
  await expect
    .poll(app.told)
    .toEqual([expect.stringMatching(/1\.25 It happened by 2026-01-05T09:05:00.000Z/)]);
  await expect.poll(() => app.row()).toMatchObject({ state: 'armed', firedCount: 1 });
  await tick('1.3');
  await expect.poll(() => app.row()).toMatchObject({ state: 'waiting', firedCount: 2, lastFiredLate: false });
  expect(await app.told()).toHaveLength(2);
});

test('a gap that candles do not tell yet is kept until they do, across a restart', async () => {
  await using app = await arrange();
  await app.add({ repeat: 'every' });
  const first = await app.gateway();
  await first.tick('1.1');
  await first.tap.interrupted!({ lease: first.lease, epics: null });
  app.clock.advance(120_000);
  app.past.whole = false;
  await first.tick('1.1');
  app.clock.advance(10_000);
  await first.end();
  const [{ gaps } = { gaps: [] }] = await app.rig.database.db.select().from(alertProgress);
  expect(gaps).toEqual([{ fromMs: +startAt - 5_000, toMs: +startAt + 120_000 }]);
  app.past.whole = true;
  app.past.candles = [minuteAt(new Date('2026-01-05T09:01:00Z'), '1.25')];
  const next = await app.gateway({ epoch: 2 });
  await next.tick('1.1');
  app.clock.advance(30_000);
  await expect.poll(app.told).toHaveLength(1);
  app.clock.advance(90_000); // the gap of the restart has its candle now, too
  await expect
    .poll(() => {
      app.clock.advance(5_000); // it is written as often
      return app.store.progress(feed);
    })
    .toMatchObject([{ epic, gaps: [] }]);
  await next.end();
  expect(await app.told()).toHaveLength(1);
});

test('a gap within a minute that still runs is checked again once that minute is over', async () => {
  await using app = await arrange();
  await app.add();
  const { tick, tap, lease, end } = await app.gateway();
  await tick('1.1');
  app.clock.advance(65_000);
  await tap.interrupted!({ lease, epics: null });
  app.clock.advance(5_000);
  await tick('1.1'); // 09:01:10: what was reached at 09:01:07 has come back
  for (let n = 0; n < 2; n++) {
    app.clock.advance(30_000); // no candle tells of it yet, and none is said to be missing
    await app.checked();
  }
  app.past.candles = [minuteAt(new Date('2026-01-05T09:01:00Z'), '1.25')];
  app.clock.advance(30_000);
  await expect.poll(app.told).toHaveLength(1);
  await end();
});

test('what happened before its time was up is told late, though nobody saw it; then, and where nothing did, it is expired', async () => {
  await using app = await arrange();
  const expiresAt = new Date('2026-01-05T09:05:00Z');
  await app.add({ expiresAt });
  await app.add({ id: 'alert_2', expiresAt }, { level: '1.3' });
  const first = await app.gateway();
  await first.tick('1.1');
  app.clock.advance(1_000);
  await first.end();
  app.clock.advance(10 * 60_000);
  await app.store.expire(app.clock.now());
  expect([await app.row(), await app.row('alert_2')]).toMatchObject([{ state: 'armed' }, { state: 'armed' }]);
  app.past.candles = [
    minuteAt(new Date('2026-01-05T09:03:00Z'), '1.25'),
    minuteAt(new Date('2026-01-05T09:07:00Z'), '1.35'),
  ];
  const next = await app.gateway({ epoch: 2 });
  await next.tick('1.4'); // later than both may be told
  app.clock.advance(30_000);
  await expect.poll(app.told).toHaveLength(1);
  app.clock.advance(90_000);
  await expect
    .poll(async () => {
      app.clock.advance(5_000);
      await app.store.expire(app.clock.now());
      return [(await app.row())!.state, (await app.row('alert_2'))!.state];
    })
    .toEqual(['done', 'expired']);
  await next.end();
  expect(await app.told()).toHaveLength(1);
});

test('a note that is changed between a price and its commit does not undo the firing, which is told with it', async () => {
  await using app = await arrange();
  await app.add();
  const { tick, end } = await app.gateway();
  const service = createAlertService({
    transaction: ((work) => inTransaction(app.rig.database.db, work)) satisfies Transaction,
    store: app.store,
    events: app.rig.events,
    wake: () => undefined,
    clock: app.clock,
  } as unknown as Parameters<typeof createAlertService>[0]);
  await service.updateAlert({ id: userId, timeZone: 'UTC' }, { id: 'alert_1', note: 'sell' });
  await tick('1.2');
  await tick('1.1');
  await end();
  expect(await app.row()).toMatchObject(done);
  expect(await app.told()).toEqual(['EUR/USD rose to 1.2: Bid 1.2 At 2026-01-05T09:00:00.000Z. sell']);
});

test('what is dropped while PostgreSQL takes its time is found in candles, also when it then succeeds', async () => {
  await using app = await arrange();
  await app.add({ repeat: 'every' });
  const [begun, frozen] = [Promise.withResolvers<void>(), Promise.withResolvers<boolean>()];
  const broken = () => (begun.resolve(), frozen.promise);
  const { tick, end } = await app.gateway({ broken, maxWaiting: 3 });
  await tick('1.1');
  app.clock.advance(10_000);
  await expect.poll(() => app.store.progress(feed)).toMatchObject([{ epic }]);
  await tick('1.2');
  await begun.promise; // from now on it is being written
  app.clock.advance(60_000);
  for (const price of ['1.1', '1.25']) await tick(price); // 09:01:10
  app.past.candles = [minuteAt(new Date('2026-01-05T09:01:00Z'), '1.25')];
  app.clock.advance(60_000);
  await tick('1.1'); // one more than may wait
  app.clock.advance(60_000);
  frozen.resolve(false);
  await expect.poll(app.told).toHaveLength(1);
  for (let n = 0; n < 2; n++) {
    await tick('1.2');
    app.clock.advance(30_000);
  }
  await expect.poll(app.told).toHaveLength(2);
  await end();
  expect(await app.told()).toContainEqual(expect.stringContaining('It happened by 2026-01-05T09:02:00.000Z'));
});

test('what the first price finds met is told late where prices were not seen, and not where none came', async () => {
  await using app = await arrange();
  await app.add();
  const first = await app.gateway();
  await first.tick('1.1');
  await first.end();
  app.clock.advance(2 * 3_600_000);
  await app.add({ id: 'made since' });
  const { tap, tick, lease, end } = await app.gateway({ epoch: 2 });
  await tick('1.2');
  const others = ['CS.D.GBPUSD.CFD.IP', 'CS.D.USDJPY.CFD.IP'] as const;
  const add = async (id: string, on: string) => {
    await app.add({ id, epic: on }, { epic: on });
    app.clock.advance(3_000);
    // It is read, and has its sight.
    await expect
      .poll(async () => (app.clock.advance(1_000), app.store.progress(feed)))
      .toContainEqual(expect.objectContaining({ epic: on }));
  };
  await add('quiet', others[0]);
  app.clock.advance(60_000);
  await tick('1.2', others[0]);
  await tap.interrupted!({ lease, epics: null });
  await add('down', others[1]);
  app.clock.advance(60_000);
  await tick('1.2', others[1]);
  await end();
  const rows = ['alert_1', 'made since', 'quiet', 'down'].map((id) => app.row(id));
  expect((await Promise.all(rows)).map((row) => [row!.id, row!.state, row!.lastFiredLate])).toEqual([
    ['alert_1', 'done', true],
    ['made since', 'done', false],
    ['quiet', 'done', false],
    ['down', 'done', true],
  ]);
});

test('of many alerts on a market the oldest is missed by no gap, however late it is read', async () => {
  await using app = await arrange();
  app.clock.advance(10 * 60_000);
  await app.add({ id: 'new' }, { level: '9' });
  await app.rig.database.db.execute(
    sql`insert into alerts select (jsonb_populate_record(a, jsonb_build_object('id', 'new ' || n))).* from alerts a, generate_series(1, 999) n`,
  );
  await app.add({ stateAt: startAt });
  app.past.candles = [minuteAt(new Date('2026-01-05T09:04:00Z'), '1.25')];
  const { tick, end } = await app.gateway();
  await tick('1.1');
  app.clock.advance(30_000);
  await expect.poll(app.told).toHaveLength(1);
  await end();
});

test('a new alert sees all prices since it was made, however many come before it is read', async () => {
  await using app = await arrange();
  await app.add({ id: 'old' }, { level: '9' });
  const { tick, end } = await app.gateway();
  await tick('1.1');
  app.clock.advance(1_000);
  await app.add();
  app.clock.advance(1);
  await tick('1.2');
  for (let n = 0; n < 1_000; n++) await tick('1.1');
  app.clock.advance(3_000); // its wake-up was lost
  await expect.poll(app.told).toHaveLength(1);
  await end();
  expect(await app.row()).toMatchObject({ ...done, lastFiredLate: false });
});

test('of a new alert that could not be read for long candles tell what it did not see', async () => {
  await using app = await arrange();
  await app.add({ id: 'old' });
  const [begun, frozen] = [Promise.withResolvers<void>(), Promise.withResolvers<boolean>()];
  const broken = () => (begun.resolve(), frozen.promise);
  const { tick, end } = await app.gateway({ broken });
  await tick('1.1');
  await tick('1.2');
  await begun.promise;
  app.clock.advance(10_000);
  await app.add();
  for (const price of ['1.1', '1.25', '1.1', '1.1']) {
    app.clock.advance(30_000);
    await tick(price);
  }
  app.past.candles = [minuteAt(new Date('2026-01-05T09:01:00Z'), '1.25')];
  frozen.resolve(false);
  await expect.poll(async () => (await app.told()).length).toBeGreaterThan(0);
  app.clock.advance(30_000);
  await expect.poll(app.told).toHaveLength(2);
  await end();
  expect(await app.row()).toMatchObject({ state: 'done', lastFiredLate: true });
});

test('firings that are one transaction hold all their rows before the counter of notifications', async () => {
  await using app = await arrange();
  await app.add();
  await app.add({ id: 'alert_2' });
  const free: string[] = [];
  const { tick, end } = await app.gateway({
    async broken() {
      const { rows } = await app.rig.database.db.execute<{ id: string }>(
        sql`select id from alerts for update skip locked`,
      );
      free.push(...rows.map(({ id }) => id));
      return false;
    },
  });
  await tick('1.2');
  await end();
  expect(free).toEqual([]); // a user who changes one waits for the row, and not for each other
  expect(await app.told()).toHaveLength(2);
});
