// A demo world on a real database and a real simulator: made in steps, once, and as the broker has it.
import path from 'node:path';
import { expect, test } from 'vitest';
import * as schema from '../../../drizzle/schema/index.ts';
import { decimal } from '../../../shared/decimal.ts';
import { readConfig } from '../../config.ts';
import { createLifecycle } from '../../lib/lifecycle.ts';
import { silentLogger } from '../../lib/logger.ts';
import { temporaryFolder } from '../../testing/processes.ts';
import { testSecrets } from '../../testing/test-app.ts';
import { testDb, type TestDb } from '../../testing/test-db.ts';
import { openGround, type Ground } from '../ground.ts';
import { readAddress } from '../simulator-address.ts';
import { startSimulator, type Simulated } from '../simulator.ts';
import { planWorld, seedWorld, type Wanted } from './index.ts';

const small = { seed: 1, users: 2, deals: 3, days: 2, now: new Date() };
const { users, deals, watchlists, portfolios, portfolioTransactions, portfolioPrices } = schema;
const counted = { users, deals, watchlists, portfolios, portfolioTransactions, portfolioPrices };

/** As a process does it: on a ground of its own, which ends with the work. */
async function onGround<T>(databaseUrl: string, work: (ground: Ground) => Promise<T>): Promise<T> {
  const lifecycle = createLifecycle(silentLogger);
  try {
    return await work(await openGround({ databaseUrl, amqpUrl: undefined, lifecycle, logger: silentLogger }));
  } finally {
    await lifecycle.close();
  }
}
const countsIn = async ({ database: { db } }: TestDb) =>
  Object.fromEntries(
    await Promise.all(Object.entries(counted).map(async ([name, table]) => [name, await db.$count(table)])),
  ) as Record<keyof typeof counted, number>;

test('a demo world is made once: what ended early is completed, the same again adds nothing, more adds the difference, and the books are the broker’s', async () => {
  await using db = await testDb();
  using folder = temporaryFolder('seed');
  await onGround(db.url, async (ground) => {
    const dataDir = path.join(folder.path, 'simulator');
    const { simulator }: Simulated = await startSimulator(ground, {
      adminToken: testSecrets.simulatorAdminToken,
      market: { dataDir },
    });
    expect(readAddress(dataDir)).toBe(simulator.baseUrl);
    const parts = {
      config: readConfig({ NODE_ENV: 'test' }),
      secrets: testSecrets,
      simulatorUrl: simulator.baseUrl,
    };
    const seed = (wanted: Wanted, onStep?: (who: { n: number }, step: string) => void) =>
      onGround(db.url, (own) => seedWorld(own, parts, wanted, onStep));
    const plan = (wanted: Wanted) => onGround(db.url, ({ database }) => planWorld(database, wanted));

    expect(await plan(small)).toMatchObject(
      [1, 2].map(() => ({ user: true, trades: { past: 2, today: 1 } })),
    );
    expect(Object.values(await countsIn(db)).every((count) => count === 0)).toBe(true);

    for (const [who, at] of [
      [0, 'the days before'],
      [0, 'watchlists and portfolio'],
      [1, 'watchlists and portfolio'],
    ] as const)
      await expect(
        seed(small, ({ n }, step) => {
          if (n === who && step === at) throw new Error('the end');
        }),
      ).rejects.toThrow('the end');
    expect(await seed(small)).toMatchObject([1, 2].map(() => ({ user: false, agrees: true })));
    const before = await countsIn(db);
    expect(before).toMatchObject({ users: 2, deals: 2, portfolios: 2, portfolioTransactions: 14 });

    // On a later day too: what is there is known by its name, not by its time.
    for (const now of [small.now, new Date(small.now.getTime() + 86_400_000)])
      expect(await plan({ ...small, now })).toMatchObject(
        [1, 2].map(() => ({ user: false, trades: { past: 0, today: 0 } })),
      );
    const nothing = { watchlists: 0, transactions: 0, trades: { past: 0, today: 0 } };
    expect(await seed(small)).toMatchObject([1, 2].map(() => ({ user: false, ...nothing })));
    expect(await countsIn(db)).toEqual(before);

    expect(await seed({ ...small, users: 3, deals: 6 })).toMatchObject([
      { user: false, trades: { past: 0, today: 3, notAccepted: 0 }, agrees: true },
      { user: false, trades: { past: 0, today: 3, notAccepted: 0 }, agrees: true },
      { user: true, trades: { past: 4, today: 2, notAccepted: 0 }, agrees: true },
    ]);
    const { accounts } = simulator.snapshot();
    const rows = await db.database.db.select().from(schema.brokerAccounts);
    expect(rows).toHaveLength(3);
    const risks = await db.database.db.select().from(schema.accountRisk);
    const positions = await db.database.db.select().from(schema.positions);
    const activity = await db.database.db.select().from(schema.accountActivity);
    for (const { id, brokerAccountId } of rows) {
      const booked = accounts[brokerAccountId]!;
      const risk = risks.find(({ accountId }) => accountId === id)!;
      expect(decimal.canonical(risk.cash!)).toBe(decimal.canonical(booked.cash));
      const open = positions.filter(({ accountId, closedAt }) => accountId === id && closedAt === null);
      expect(open.map(({ dealId }) => dealId).toSorted()).toEqual(
        booked.positions.map(({ dealId }) => dealId).toSorted(),
      );
      expect(open.length).toBeGreaterThan(0);
      // Each trade once, at the broker and in its history here.
      expect(Object.values(booked.deals)).toEqual(Array.from({ length: 6 }, () => 1));
      const midnight = new Date(`${small.now.toISOString().slice(0, 10)}T00:00:00Z`);
      expect(
        activity.filter(({ accountId, at }) => accountId === id && at < midnight).length,
      ).toBeGreaterThan(2);
    }
    expect(await db.database.db.$count(schema.breaks)).toBe(0);
    const people = await db.database.db.select().from(users);
    for (const person of people)
      expect(person).toMatchObject({
        country: expect.stringMatching(/^[A-Z]{2}$/),
        emailVerifiedAt: expect.any(Date),
      });
  });
}, 120_000);
