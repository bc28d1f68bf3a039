// Candles bought of the simulated broker's history, in two processes over one database.
import { expect, test } from 'vitest';
import type { Resolution } from '../../../../shared/candles.ts';
import { createDatabase } from '../../../db/client.ts';
import { demoAllowances } from '../../../ig-simulator/access/allowances.ts';
import { createIgCandleHistory, createIgClients } from '../../../ig/index.ts';
import { AppError } from '../../../lib/app-error.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { testBroker } from '../../../testing/test-broker.ts';
import { testDb } from '../../../testing/test-db.ts';
import type { CandleHistory } from '../ports.ts';
import { createFiller } from './fill.ts';
import { createCandlePartitions, type CandleRetention } from './partitions.ts';
import { createCandleReader } from './reader.ts';
import { createCandleStore } from './store.ts';

const key = { feed: 'simulated', epic: 'CS.D.EURUSD.CFD.IP' };
const hour = 3_600_000;

/**
 * `points`: what the broker grants a week; `wrap` comes between a process and the broker. `onceRead` is awaited after each look of the
 * first process's pages at candles, before they have it.
 */
async function arrange({
  points = 10_000,
  realHours = false,
  retention = { SECOND: 3, MINUTE: 400, HOUR: null },
  wrap = (history: CandleHistory) => history,
  onceRead = async () => {},
}: {
  points?: number;
  realHours?: boolean;
  retention?: CandleRetention;
  wrap?: (history: CandleHistory) => CandleHistory;
  onceRead?: () => Promise<unknown>;
} = {}) {
  const db = await testDb();
  const broker = await testBroker({
    realHours,
    allowances: {
      ...demoAllowances,
      historicalPoints: points,
      applicationOverall: 10_000,
      accountOverall: 10_000,
    },
  });
  const { clock } = broker;
  clock.advance(2 * 24 * hour + 30 * 60_000); // Wednesday, 9:30: a weekend lies behind
  let [requests, bought] = [0, 0];
  const other = createDatabase({ url: db.url, logger: silentLogger, max: 5 });
  const slowed =
    <Asked extends unknown[], T>(look: (...asked: Asked) => Promise<T>) =>
    async (...asked: Asked): Promise<T> => {
      const seen = await look(...asked);
      await onceRead();
      return seen;
    };
  const processes = [db.database, other].map((database) => {
    const clients = createIgClients({
      logins: [broker.login],
      database,
      sealer: build.sealer(),
      clock,
      logger: silentLogger,
    });
    const ig = createIgCandleHistory({ clients, loginFeed: async () => null });
    const counted: CandleHistory = {
      ...ig,
      async buy(...asked) {
        requests++;
        const answer = await ig.buy(...asked);
        bought += answer.candles.length;
        return answer;
      },
    };
    const history = wrap(counted);
    const store = createCandleStore(database.db);
    const partitions = createCandlePartitions(database.db);
    const fill = createFiller({ db: database.db, store, partitions, history });
    const { read, make, nextStart } = store;
    const looks = { read: slowed(read), make: slowed(make), nextStart: slowed(nextStart) };
    const reader = createCandleReader({
      store: database === other ? store : { ...store, ...looks },
      fill,
      history,
      retention,
      clock,
      maxPointsPerCall: 600,
    });
    const page = (resolution: Resolution, fromMs: number, toMs: number, zone = 'UTC') =>
      reader.page({ key, resolution, zone, range: { startMs: fromMs, endMs: toMs }, limit: 500 });
    return { store, buyGaps: fill, page, points: () => ig.points('simulated') };
  });
  // One after the other: a login that another process has under way is waited for by the clock, which stands still here.
  for (const { points: loggedIn } of processes) await loggedIn();
  return {
    nowMs: clock.now().getTime(),
    clock,
    broker,
    one: processes[0]!,
    two: processes[1]!,
    /** Of both processes. */
    asked: () => ({ requests, bought }),
    /** Resolves once a statement waits for a lock. */
    somebodyWaits: () =>
      expect
        .poll(
          async () =>
            (
              await db.database.pool.query(
                `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
              )
            ).rowCount,
          { timeout: 10_000, interval: 20 },
        )
        .toBe(1),
    /** What the simulator itself says is left of the points. */
    left: () => processes[0]!.points(),
    async [Symbol.asyncDispose]() {
      await other.close();
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('the same range asked a hundred times, in two processes at once, is bought once: a point for each of its candles', async () => {
  await using rig = await arrange();
  const [fromMs, toMs] = [rig.nowMs - 6 * hour, rig.nowMs - hour];
  const pages = await Promise.all(
    Array.from({ length: 100 }, (_, n) => [rig.one, rig.two][n % 2]!.page('MINUTE', fromMs, toMs)),
  );
  for (const page of pages) {
    expect(page.candles).toHaveLength(300);
    expect(page.gaps).toEqual([]);
    expect(page.candles.every(({ complete }) => complete)).toBe(true);
  }
  expect(rig.asked()).toEqual({ requests: 1, bought: 300 });
  expect(await rig.left()).toEqual({ granted: 10_000, left: 9_700 });
  // A part of it, and coarser candles of it, cost nothing either; a wider one costs what it is wider by.
  await rig.one.page('MINUTE', fromMs + hour, toMs);
  await rig.two.page('MINUTE_5', fromMs, toMs);
  expect(rig.asked()).toEqual({ requests: 1, bought: 300 });
  await rig.two.page('MINUTE', fromMs - hour, toMs);
  expect(await rig.left()).toMatchObject({ left: 9_640 });
});

test('a page that somebody else buys while it is read has the candles, or names the gap', async () => {
  const expected: [Resolution, number][] = [
    ['MINUTE', 60],
    ['MINUTE_5', 12],
    ['HOUR', 1],
    ['HOUR_2', 1],
  ];
  for (const [resolution, count] of expected) {
    let meanwhile = async () => {};
    await using rig = await arrange({ onceRead: () => meanwhile() });
    const endMs = Math.floor(rig.nowMs / (2 * hour)) * 2 * hour;
    const span = { startMs: resolution === 'HOUR_2' ? endMs - 2 * hour : endMs - hour, endMs };
    const base = resolution.startsWith('MINUTE') ? 'MINUTE' : 'HOUR';
    meanwhile = async () => void (await rig.two.buyGaps(key, base, span, { most: 100 }));
    const { candles, gaps } = await rig.one.page(resolution, span.startMs, endMs);
    expect([resolution, candles.length, gaps]).toEqual([resolution, count, []]);
  }
});

test('while one process buys, another waits for it and buys nothing', async () => {
  const [entered, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let held = false;
  await using rig = await arrange({
    wrap: (history) => ({
      ...history,
      async buy(...asked) {
        if (held) {
          entered.resolve();
          await release.promise;
        }
        return history.buy(...asked);
      },
    }),
  });
  const span = { startMs: rig.nowMs - 2 * hour, endMs: rig.nowMs - hour };
  // The market has been bought of before: its row is there.
  await rig.one.buyGaps(key, 'MINUTE', { startMs: span.startMs - 60_000, endMs: span.startMs }, { most: 1 });
  held = true;
  const first = rig.one.buyGaps(key, 'MINUTE', span, { most: 100 });
  await entered.promise;
  const second = rig.two.buyGaps(key, 'MINUTE', span, { most: 100 });
  await rig.somebodyWaits();
  release.resolve();
  expect(await first).toEqual({ asked: 60, bought: 60 });
  expect(await second).toEqual({ asked: 0, bought: 0 });
  expect(rig.asked()).toEqual({ requests: 2, bought: 61 });
});

test('that a market was closed is known and not asked again', async () => {
  await using rig = await arrange({ realHours: true });
  const saturday = Date.parse('2026-01-03T00:00:00Z');
  const first = await rig.one.page('HOUR', saturday, saturday + 24 * hour);
  expect(first).toEqual({ candles: [], nextMs: null, gaps: [] });
  const { requests } = rig.asked();
  await rig.two.page('HOUR', saturday, saturday + 24 * hour);
  expect(rig.asked()).toEqual({ requests, bought: 0 });
});

test('a purchase that failed is known of nothing; the next asker buys it', async () => {
  let broken = true;
  await using rig = await arrange({
    wrap: (history) => ({
      ...history,
      buy: async (...asked) => {
        if (broken) throw new AppError('broker.unavailable');
        return history.buy(...asked);
      },
    }),
  });
  const [fromMs, toMs] = [rig.nowMs - 2 * hour, rig.nowMs - hour];
  expect(await rig.one.page('MINUTE', fromMs, toMs)).toMatchObject({
    candles: [],
    gaps: [{ from: new Date(fromMs), to: new Date(toMs), reason: 'broker' }],
  });
  broken = false;
  expect((await rig.one.page('MINUTE', fromMs, toMs)).candles).toHaveLength(60);
});

test('what dies between the broker’s answer and the commit leaves neither rows nor knowledge', async () => {
  let dies = true;
  await using rig = await arrange({
    wrap: (history) => ({
      ...history,
      async buy(...asked) {
        const answer = await history.buy(...asked);
        if (dies) throw new Error('the process ends here');
        return answer;
      },
    }),
  });
  const span = { startMs: rig.nowMs - 2 * hour, endMs: rig.nowMs - hour };
  await expect(rig.one.buyGaps(key, 'MINUTE', span, { most: 60 })).rejects.toThrow('ends here');
  expect(await rig.two.store.gaps(key, 'MINUTE', span)).toEqual([span]);
  expect(await rig.two.store.read(key, 'MINUTE', span, 100)).toEqual([]);
  dies = false;
  expect(await rig.two.buyGaps(key, 'MINUTE', span, { most: 60 })).toEqual({ asked: 60, bought: 60 });
});

test('an answer with a candle told twice, one of another time and counts beyond a table’s is stored, not paid for again and again', async () => {
  await using rig = await arrange({
    wrap: (history) => ({
      ...history,
      async buy(...asked) {
        const answer = await history.buy(...asked);
        const [first, second, ...others] = answer.candles;
        const strays = [-400 * 24 * hour, 400 * 24 * hour, 1].map((ms) => ({
          ...first!,
          startMs: first!.startMs + ms,
        }));
        const odd = [
          { ...first!, ticks: 3e9 },
          { ...second!, ticks: 1.5 },
        ];
        return { ...answer, candles: [first!, ...strays, ...odd, ...others] };
      },
    }),
  });
  const [fromMs, toMs] = [rig.nowMs - 2 * hour, rig.nowMs - hour];
  const page = await rig.one.page('MINUTE', fromMs, toMs);
  expect(page.gaps).toEqual([]);
  expect(page.candles.map(({ startAt }) => startAt.getTime())).toEqual(
    Array.from({ length: 60 }, (_, n) => fromMs + n * 60_000),
  );
  expect(page.candles.slice(0, 2)).toMatchObject([{ ticks: 2 ** 31 - 1 }, { ticks: 1 }]);
  await rig.two.page('MINUTE', fromMs, toMs);
  expect(rig.asked()).toEqual({ requests: 1, bought: 60 });
});

test('a call buys a part of the week’s points at most and says what is missing; the next one goes on', async () => {
  await using rig = await arrange();
  const fromMs = rig.nowMs - 24 * hour;
  const first = await rig.one.page('MINUTE_5', fromMs, rig.nowMs);
  expect(rig.asked().bought).toBe(600);
  expect(first.gaps).toMatchObject([
    { reason: 'not_bought', from: new Date(fromMs + 10 * hour) },
    { reason: 'too_new' },
  ]);
  expect(first.candles).toHaveLength(120);
  const second = await rig.one.page('MINUTE_5', fromMs, rig.nowMs);
  expect(second.gaps[0]!.from).toEqual(new Date(fromMs + 20 * hour));
  expect(rig.asked().bought).toBe(1_200);
});

test('a quarter of the week’s points is left to the command', async () => {
  await using rig = await arrange({ points: 200 });
  await rig.one.page('MINUTE', rig.nowMs - hour, rig.nowMs - hour + 60_000); // now it is known what is granted
  const page = await rig.one.page('MINUTE', rig.nowMs - 6 * hour, rig.nowMs - hour);
  expect(page.gaps).toMatchObject([{ reason: 'allowance' }]);
  expect((await rig.left()).left).toBeGreaterThanOrEqual(50);
  const span = { startMs: rig.nowMs - 6 * hour, endMs: rig.nowMs - 6 * hour + 190 * 60_000 };
  await rig.one.buyGaps(key, 'MINUTE', span, { most: 1_000 });
  expect(await rig.one.store.gaps(key, 'MINUTE', span)).toEqual([]);
});

test('what is older than candles are kept is not bought, and seconds are bought by the command alone', async () => {
  await using rig = await arrange({ retention: { SECOND: 3, MINUTE: 1, HOUR: null } });
  const tuesday = Date.parse('2026-01-06T00:00:00Z');
  const page = await rig.one.page('MINUTE', tuesday - 2 * hour, tuesday + 2 * hour);
  expect(page.candles).toHaveLength(120);
  expect(page.gaps).toMatchObject([
    { from: new Date(tuesday - 2 * hour), to: new Date(tuesday), reason: 'not_kept' },
  ]);
  const { requests } = rig.asked();
  const seconds = await rig.one.page('SECOND', rig.nowMs - hour, rig.nowMs - hour + 60_000);
  expect(seconds.gaps).toMatchObject([{ reason: 'not_bought' }]);
  expect(rig.asked().requests).toBe(requests);
});

test('what is not over, or only just, is not bought, and said to be too new where nobody had it streamed', async () => {
  await using rig = await arrange();
  const { candles, gaps } = await rig.one.page('MINUTE', rig.nowMs - 10 * 60_000, rig.nowMs + 1);
  expect(candles.at(-1)!.startAt).toEqual(new Date(rig.nowMs - 5 * 60_000));
  const lastMinute = new Date(Math.floor((rig.nowMs - 5_000) / 60_000) * 60_000);
  expect(gaps).toMatchObject([{ from: new Date(rig.nowMs - 4 * 60_000), to: lastMinute, reason: 'too_new' }]);
  const { requests } = rig.asked();
  const last = await rig.one.page('MINUTE', rig.nowMs - 2 * 60_000, rig.nowMs + 1);
  expect([last.candles, last.gaps.map(({ reason }) => reason)]).toEqual([[], ['too_new']]);
  expect(rig.asked().requests).toBe(requests);
});

test('an hour that forms is too new as well, and not something that asking again would buy', async () => {
  await using rig = await arrange();
  const { startAt } = (await rig.one.page('HOUR', rig.nowMs - 3 * hour, rig.nowMs + 1)).candles.at(-1)!;
  rig.clock.advance(30 * 60_000);
  const nowMs = rig.clock.now().getTime();
  const { gaps } = await rig.one.page('HOUR', startAt.getTime(), nowMs);
  expect(gaps.map(({ reason }) => reason)).toEqual(['too_new']);
});
