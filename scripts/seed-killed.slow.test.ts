// A seeding that is killed: real processes, SIGKILL, and the same command again. What it makes is tested in compose/seed.
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import * as schema from '../drizzle/schema/index.ts';
import { startProgram, temporaryFolder } from '../server/testing/processes.ts';
import { testDb, type TestDb } from '../server/testing/test-db.ts';

const extent = ['--users', '1', '--deals', '6', '--days', '3', '--json'];
const seed = (db: TestDb, { path: folder }: { path: string }) =>
  startProgram('scripts/seed.ts', {
    env: { DATABASE_URL: db.url, DATA_DIR: path.join(folder, 'data') },
    args: extent,
  });

/** All that a world has, by names that depend neither on the time nor on chance. */
async function worldIn({ database: { db } }: TestDb) {
  const sorted = <T>(rows: T[]) => rows.map((row) => JSON.stringify(row)).toSorted();
  const deals = await db.select().from(schema.deals);
  const activity = await db.select().from(schema.accountActivity);
  const lists = await db.select().from(schema.watchlists);
  const ledger = await db.select().from(schema.portfolioTransactions);
  const open = (await db.select().from(schema.positions)).filter(({ closedAt }) => closedAt === null);
  return {
    users: (await db.select().from(schema.users)).map(({ email, country }) => [email, country]),
    accounts: await db.$count(schema.brokerAccounts),
    dealt: sorted(
      deals
        .filter(({ status }) => status === 'accepted')
        .map(({ kind, epic, direction, size }) => ({ kind, epic, direction, size: Number(size) })),
    ),
    undecided: deals.filter(({ status }) => !['accepted', 'rejected', 'denied'].includes(status)).length,
    past: sorted(activity.flatMap(({ dealReference: name }) => (name?.startsWith('SEED-') ? [name] : []))),
    open: sorted(open.map(({ epic, direction, size }) => ({ epic, direction, size: Number(size) }))),
    lists: sorted(lists.map(({ name }) => name)),
    ledger: ledger.length,
    breaks: await db.$count(schema.breaks),
  };
}

test('a seeding that was killed with SIGKILL goes on when it is run again, also from the middle of a deal, to where an undisturbed one ends', async () => {
  await using undisturbed = await testDb();
  await using db = await testDb();
  using folder = temporaryFolder('seeded');
  using killedFolder = temporaryFolder('killed');
  async function seedUndisturbed() {
    await using command = seed(undisturbed, folder);
    expect(await command.exited, command.output()).toBe(0);
    const whole = await worldIn(undisturbed);
    expect(whole).toMatchObject({ undecided: 0, ledger: 7, breaks: 0 });
    expect([whole.dealt.length, whole.open.length, whole.past.length > 3]).toEqual([3, 1, true]);
    return whole;
  }
  async function seedKilled() {
    for (const table of [schema.brokerAccounts, schema.portfolioTransactions, schema.deals]) {
      await using killed = seed(db, killedFolder);
      await vi.waitFor(async () => expect(await db.database.db.$count(table)).toBeGreaterThan(0), {
        timeout: 60_000,
        interval: 2,
      });
      killed.child.kill('SIGKILL');
      expect(await killed.exited).toBe('SIGKILL');
    }
    await using last = seed(db, killedFolder);
    expect(await last.exited, last.output()).toBe(0);
    expect(JSON.parse(last.output())).toMatchObject({ ok: true });
    return worldIn(db);
  }
  // The one that was killed waits for most of its time, until a deal that it cannot know of is decided.
  const [whole, again] = await Promise.all([seedUndisturbed(), seedKilled()]);
  expect(again).toEqual(whole);
}, 360_000);
