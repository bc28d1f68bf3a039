// What a stranger finds at the first `npm start`: a demo login with a small past. What a past is made of is tested in compose/seed.
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import * as schema from '../../drizzle/schema/index.ts';
import { signIn, type Caller } from '../testing/kit.ts';
import { startProgram, temporaryFolder, type Program } from '../testing/processes.ts';
import { testDb, type TestDb } from '../testing/test-db.ts';

const start = (db: TestDb, folder: { path: string }, env: Record<string, string> = {}) =>
  startProgram('server/main/all.ts', {
    env: {
      DATABASE_URL: db.url,
      DATA_DIR: path.join(folder.path, 'data'),
      PORT: '0',
      LOG_LEVEL: 'warn',
      ...env,
    },
  });
const pageOf = /Page +(http:\/\/\S+?)\/?\s/;
const saysSo = /Demo login +demo@\S+ .*\n +with some trades, a portfolio and watchlists made up/;

/** What somebody has who looks at the page, by names that do not depend on the time. */
async function found({ api }: Caller) {
  const { accounts } = await api.accounts.list.query();
  const accountId = accounts[0]!.id;
  const { activity } = await api.trading.listActivity.query({ accountId, limit: 500 });
  const { transactions } = await api.trading.listTransactions.query({ accountId, limit: 500 });
  const { positions } = await api.trading.listPositions.query({});
  const { portfolios } = await api.portfolio.list.query({});
  const { watchlists } = await api.marketData.listWatchlists.query();
  const { openBreaks } = await api.trading.drift.query({ accountId });
  return {
    accounts: accounts.length,
    dealt: activity
      .flatMap(({ dealReference }) => (dealReference === null ? [] : [dealReference]))
      .toSorted(),
    closed: transactions.filter(({ type }) => type === 'deal').length,
    open: positions.map(({ epic }) => epic).toSorted(),
    ledgers: portfolios.map(({ name, transactions: rows }) => [name, rows]),
    watchlists: watchlists.map(({ name }) => name).toSorted(),
    openBreaks,
  };
}

test('a first start gives the demo login trades, a portfolio and watchlists, and says so; one that is killed at any point of it is gone on with, and nothing is there twice', async () => {
  await using db = await testDb();
  await using twin = await testDb();
  using folder = temporaryFolder('seeded');
  using twinFolder = temporaryFolder('killed');
  async function whatIsFound(program: Program) {
    await using ended = program;
    const [, url] = await ended.printed(pageOf);
    expect(ended.output()).toMatch(saysSo);
    await using demo = signIn(url!);
    return await found(demo);
  }
  const whole = await whatIsFound(start(db, folder));
  expect(whole).toMatchObject({ accounts: 1, ledgers: expect.arrayContaining([['US shares', 7]]) });
  expect(whole.closed).toBeGreaterThan(5);
  expect(new Set(whole.open).size).toBe(2);
  expect(whole.openBreaks).toBe(0);

  for (const table of [schema.users, schema.brokerAccounts, schema.portfolioTransactions, schema.deals]) {
    const killed = start(twin, twinFolder);
    await vi.waitFor(async () => expect(await twin.database.db.$count(table)).toBeGreaterThan(0), {
      timeout: 60_000,
      interval: 5,
    });
    killed.child.kill('SIGKILL');
    expect(await killed.exited).toBe('SIGKILL');
    expect(killed.output()).not.toMatch(pageOf);
  }
  const { open, ...again } = await whatIsFound(start(twin, twinFolder));
  const { open: openBefore, ...before } = whole;
  expect(again).toEqual(before);
  // The deal that was under way is not asked for again: whether it reached the broker is found out while the server runs.
  const deals = await twin.database.db.select().from(schema.deals);
  const undecided = deals.filter(({ status }) => status !== 'accepted').map(({ epic }) => epic);
  expect(undecided.length).toBeLessThan(2);
  expect([...open, ...undecided].toSorted()).toEqual(openBefore);
}, 240_000);

test('nobody is given a past who was there before, and SEED_DEMO=off starts without', async () => {
  await using db = await testDb();
  using folder = temporaryFolder('unseeded');
  for (const SEED_DEMO of ['off', 'on']) {
    await using program = start(db, folder, { SEED_DEMO });
    const [, url] = await program.printed(pageOf);
    expect(program.output()).not.toMatch(saysSo);
    await using demo = signIn(url!);
    expect(await found(demo)).toMatchObject({ accounts: 1, dealt: [], open: [] });
  }
}, 180_000);
