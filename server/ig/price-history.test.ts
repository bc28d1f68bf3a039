import { expect, test } from 'vitest';
import { createDatabase } from '../db/client.ts';
import { demoAllowances, type Allowances } from '../ig-simulator/access/allowances.ts';
import { AppError } from '../lib/app-error.ts';
import { silentLogger } from '../lib/logger.ts';
import * as build from '../testing/build.ts';
import { failure } from '../testing/failure.ts';
import { noAccountNews, testBroker } from '../testing/test-broker.ts';
import { testDb } from '../testing/test-db.ts';
import { createAccountClients } from './accounts/clients.ts';
import { createAllowanceOf } from './accounts/allowance.ts';
import { createDealing } from './accounts/dealing.ts';
import { createEvidence } from './accounts/evidence.ts';
import { createLoginPrices } from './login-prices.ts';
import { windowMs } from './rest/allowance-rules.ts';
import { tryAgainMs } from './rest/history-points-rules.ts';

const epic = 'CS.D.EURUSD.CFD.IP';

/** Two processes that read the price history of one demo account and deal on it, at the simulator, on one clock. */
async function arrange(historicalPoints = 10_000, more: Partial<Allowances> = {}) {
  const db = await testDb();
  const broker = await testBroker({ allowances: { ...demoAllowances, historicalPoints, ...more } });
  const { clock } = broker;
  const account = build.account({ environment: 'demo', feed: 'demo', brokerAccountId: broker.accountId });
  const other = createDatabase({ url: db.url, logger: silentLogger, max: 3 });
  const processes = [db.database, other].map((database) => {
    const clients = createAccountClients({
      endpoints: { demo: broker.login.baseUrl },
      credentialsOf: async () => broker.login,
      changes: noAccountNews,
      database,
      sealer: build.sealer(),
      clock,
      logger: silentLogger,
    });
    const pricesOf = createLoginPrices(clients);
    const to = new Date(clock.now().getTime() - 60_000);
    return {
      /** What the broker publishes has been read. */
      limitsRead: async () => (await clients.linkOf(account)).limits.look(),
      /** The candles of `size` minutes; another question for each `page`. */
      history: async (size: number, page = 1) =>
        (await pricesOf(account)).priceHistory({
          epic,
          resolution: 'MINUTE',
          from: new Date(to.getTime() - 200 * 60_000),
          to,
          page,
          size,
        }),
      unknown: async () =>
        (await pricesOf(account)).priceHistory({
          epic: 'XX.D.NOTHING.CFD.IP',
          resolution: 'DAY',
          from: to,
          to,
          page: 1,
          size: 20,
        }),
      dealing: createDealing({ clients, clock, logger: silentLogger }),
      evidence: createEvidence({ clients, clock }),
      points: async () =>
        (await createAllowanceOf({ clients })(account)).buckets.find(
          ({ scope }) => scope === 'history_points',
        )!,
    };
  });
  return {
    account,
    broker,
    clock,
    one: processes[0]!,
    two: processes[1]!,
    async [Symbol.asyncDispose]() {
      await other.close();
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}
const isLimited = (error: unknown) => error instanceof AppError && error.code === 'broker.limited';

test('a page of price history comes as the broker has it, oldest first, its prices as text', async () => {
  await using rig = await arrange();
  const { candles, pages } = await rig.one.history(20);
  expect(candles).toHaveLength(20);
  expect(pages).toBe(11); // of 201 minutes, both ends included
  expect(candles[0]!.at).toEqual(new Date(rig.clock.now().getTime() - 201 * 60_000));
  expect(candles[1]!.at.getTime() - candles[0]!.at.getTime()).toBe(60_000);
  for (const { open, high, low, close, ticks } of candles) {
    for (const price of [open, high, low, close])
      expect(price).toEqual({
        bid: expect.stringMatching(/^\d+\.\d+$/),
        offer: expect.stringMatching(/^\d+\.\d+$/),
      });
    expect(Number(high.bid)).toBeGreaterThanOrEqual(Number(low.bid));
    expect(ticks).toMatch(/^\d+$/);
  }
});

test('two processes never spend more points than there are, and who finds too few does not ask the broker', async () => {
  await using rig = await arrange(100, { applicationOverall: 100, accountOverall: 60 });
  await rig.one.limitsRead(); // there are reads enough: only points are missing
  await rig.one.history(10); // from now on both know what the broker grants
  const asked = await Promise.allSettled(
    [1, 2, 3, 4, 5, 6].map((page) => [rig.one, rig.two][page % 2]!.history(30, page)),
  );
  const failed = asked.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  expect(failed).toHaveLength(3);
  expect(failed.every(isLimited)).toBe(true);
  expect(failed.map((error) => (error as AppError).options.brokerCode)).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(await rig.two.points()).toMatchObject({
    limit: 100,
    left: 0,
    spent: [{ by: 'backfill', count: 100 }],
  });
});

test('the owner of an account sees how many points are left and when they are whole again; then they are', async () => {
  await using rig = await arrange(50);
  expect(await rig.one.points()).toMatchObject({
    limit: 10_000,
    left: 10_000,
    spent: [],
    wholeAt: null,
    refusedAt: null,
  });
  await rig.one.history(20);
  const { wholeAt, ...points } = await rig.two.points();
  expect(points).toEqual({
    scope: 'history_points',
    limit: 50,
    left: 30,
    spent: [{ by: 'backfill', count: 20 }],
    refusedAt: null,
  });
  const early = await failure(rig.two.history(31));
  expect(early).toMatchObject({
    code: 'broker.limited',
    options: { retryAfterMs: wholeAt!.getTime() - rig.clock.now().getTime() },
  });
  rig.clock.advance(wholeAt!.getTime() - rig.clock.now().getTime());
  expect(await rig.two.points()).toMatchObject({ left: 50, spent: [], wholeAt: null });
  await rig.two.history(31);
});

test('a refusal teaches that nothing is left, in every process; it is asked again after an hour', async () => {
  await using rig = await arrange(10);
  expect(await failure(rig.one.history(20))).toMatchObject({
    code: 'broker.limited',
    options: { brokerCode: 'error.public-api.exceeded-account-historical-data-allowance' },
  });
  expect(await rig.two.points()).toMatchObject({ left: 0, refusedAt: rig.clock.now() });
  expect(await failure(rig.two.history(5))).toMatchObject({
    options: { retryAfterMs: tryAgainMs },
  });
  rig.clock.advance(tryAgainMs);
  await rig.two.history(5);
  expect(await rig.one.points()).toMatchObject({ limit: 10, left: 5, refusedAt: null });
});

test('what the broker refuses for something else, or never gets, costs no points', async () => {
  await using rig = await arrange();
  await rig.one.history(10);
  expect(await failure(rig.one.unknown())).toMatchObject({ code: 'broker.refused' });
  await rig.broker.stop();
  expect(await failure(rig.one.history(20))).toMatchObject({ code: 'broker.unavailable' });
  expect(await rig.one.points()).toMatchObject({ left: 9_990 });
});

test('equal questions at the same time are one, and cost their points once', async () => {
  await using rig = await arrange();
  const [first, second] = await Promise.all([rig.one.history(20), rig.one.history(20)]);
  expect(second).toEqual(first);
  expect(await rig.one.points()).toMatchObject({ left: 9_980 });
});

test('with a backfill exhausting the reads neither confirms nor closes wait, in no process', async () => {
  await using rig = await arrange();
  const { account, one, two } = rig;
  let pages = 0;
  for (let error: unknown; !isLimited(error); pages++)
    error = await one.history(10, pages + 1).catch((err: unknown) => err);
  expect(pages).toBeGreaterThan(3);
  expect(await failure(two.history(10, 50))).toMatchObject({ code: 'broker.limited' });
  // The clock stands still: who had to wait would be refused, or never end.
  for (const { evidence, dealing } of [one, two]) {
    expect(await evidence.confirm(account, 'ftr_none')).toBeNull();
    expect(await dealing.send(account, build.closeRequest())).toMatchObject({ kind: 'submitted' });
  }
  rig.clock.advance(windowMs);
  await two.history(10, 50);
});
