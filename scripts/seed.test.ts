// A demo world and a comparison with the broker by command, beside a server that runs. What a world is made of is tested in compose/seed.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { expect, test, vi } from 'vitest';
import { auditLog, positions } from '../drizzle/schema/index.ts';
import { signIn } from '../server/testing/kit.ts';
import { startProgram, temporaryFolder } from '../server/testing/processes.ts';
import { testDb } from '../server/testing/test-db.ts';

async function run(name: 'seed' | 'reconcile', env: Record<string, string>, ...args: string[]) {
  await using command = startProgram(`scripts/${name}.ts`, { env, args });
  return { code: await command.exited, output: command.output() };
}

test('beside a server that runs somebody is made who signs in by the printed password, with deals of today; reconcile says that their books agree, and names a break with exit code 1', async () => {
  await using db = await testDb();
  using folder = temporaryFolder('seed');
  const env = {
    DATABASE_URL: db.url,
    DATA_DIR: path.join(folder.path, 'data'),
    PORT: '0',
    LOG_LEVEL: 'warn',
    SEED_DEMO: 'off',
  };
  await using server = startProgram('server/main/all.ts', { env });
  const [, url] = await server.printed(/Page +(http:\/\/\S+?)\/?\s/);
  const made = await run('seed', env, '--users', '1', '--deals', '2', '--days', '2', '--json');
  expect(made.code, made.output).toBe(0);
  const { password, people } = JSON.parse(made.output);
  expect(people).toMatchObject([{ user: true, trades: { past: 1, today: 1, notAccepted: 0 }, agrees: true }]);
  await using ada = signIn(url!, { email: 'ada.seed@ftrader.local', password });
  expect((await ada.api.trading.listPositions.query({})).positions).toHaveLength(1);
  const [shares] = (await ada.api.portfolio.list.query({})).portfolios.filter(
    ({ name }) => name === 'US shares',
  );
  const { valuations } = await ada.api.portfolio.valuations.query({ id: shares!.id });
  expect(valuations.length).toBeGreaterThan(1);
  expect(valuations.filter(({ value, missing }) => Number(value) < 20_000 || missing.length > 0)).toEqual([]);

  const [compared, unnamed] = await Promise.all([
    run('reconcile', env, '--user', 'ada.seed@ftrader.local', '--json'),
    run('reconcile', env),
  ]);
  expect(compared.code, compared.output).toBe(0);
  expect(JSON.parse(compared.output)).toMatchObject({
    ok: true,
    accounts: [{ agrees: true, breaks: { open: [], opened: 0, resolved: 0 }, cash: { difference: '0' } }],
  });
  expect(unnamed.code).toBe(2);

  // A position that the broker does not have, nor a word of in its history: of a broker that lost it. It is there when the command has
  // begun and its reading has not: a reading of the server's own would find the break, and the next one settle it.
  const { db: rows } = db.database;
  const begun = () => rows.$count(auditLog, eq(auditLog.action, 'command.reconcile'));
  const before = await begun();
  const [held] = await rows.select().from(positions);
  const at = new Date(Date.now() - 3_600_000);
  const breaking = run('reconcile', env, '--all');
  await vi.waitFor(async () => expect(await begun()).toBeGreaterThan(before), {
    timeout: 60_000,
    interval: 2,
  });
  await rows
    .insert(positions)
    .values({ ...held!, dealId: 'DIGONE', openedAt: at, updatedAt: at, lastSeenAt: at });
  const broken = await breaking;
  expect(broken.code, broken.output).toBe(1);
  expect(broken.output).toMatch(/open since \S+: position_vanished: .* is not at the broker any more/);
  expect(broken.output).toContain('1 of 1 account not in agreement');
  const actions = (await db.database.db.select().from(auditLog)).map(({ action }) => action);
  expect(actions).toContain('command.reconcile');
  expect(actions).toContain('command.seed');
}, 300_000);

test('nobody is made up in production, and nothing is written', async () => {
  using folder = temporaryFolder('seed');
  const dataDir = path.join(folder.path, 'data');
  const refused = await run('seed', { NODE_ENV: 'production', DATA_DIR: dataDir });
  expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/^seed: this is production/) });
  expect(existsSync(dataDir)).toBe(false);
}, 90_000);
