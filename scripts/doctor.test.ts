import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../server/lib/clock.ts';
import { createSealer } from '../server/lib/seal.ts';
import { sealCredentials } from '../server/modules/accounts/credentials.ts';
import { jane } from '../server/testing/account-rig.ts';
import { addAccount, addUser } from '../server/testing/people.ts';
import { inheritedEnv, temporaryFolder } from '../server/testing/processes.ts';
import { testBroker } from '../server/testing/test-broker.ts';
import { testDb, withAdmin } from '../server/testing/test-db.ts';

vi.setConfig({ testTimeout: 60_000 });

interface Check {
  name: string;
  ok: boolean;
  required: boolean;
  found: string;
  fix?: string;
}

/** Runs `doctor` as npm would, with only these variables of ours set. */
function doctor(
  environment: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = fileURLToPath(new URL('./doctor.ts', import.meta.url));
  const env = { ...inheritedEnv(), ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env, encoding: 'utf8' }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

async function checks(environment: Record<string, string>): Promise<Record<string, Check>> {
  const { stdout, code } = await doctor(environment, '--json');
  const { ok, checks: all } = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  expect(code).toBe(ok ? 0 : 1);
  expect(ok).toBe(all.every((check) => check.ok || !check.required));
  for (const check of all)
    expect(check.ok, `${check.name} has a fix exactly when it failed`).toBe(check.fix === undefined);
  return Object.fromEntries(all.map((check) => [check.name, check]));
}

function emptyFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'ftrader-doctor-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('a data folder that cannot be made is named with what is in its way', async () => {
  const file = join(emptyFolder(), 'file');
  writeFileSync(file, '');
  const found = await checks({ DATA_DIR: join(file, 'below'), PORT: '0' });
  expect(found['data folder']).toMatchObject({ ok: false, found: `${file} is a file` });
});

test('before the first start it tries embedded PostgreSQL and leaves the data folder as it was', async () => {
  const dir = emptyFolder();
  const found = await checks({ DATA_DIR: dir, PORT: '0' });
  expect(found['embedded PostgreSQL']).toMatchObject({
    ok: true,
    found: expect.stringMatching(/^18\..*temporary folder/),
  });
  expect(found['migrations']).toMatchObject({
    ok: true,
    found: expect.stringContaining('at the first start'),
  });
  expect(found['data folder']).toMatchObject({ ok: true, found: expect.stringContaining(dir) });
  expect(readdirSync(dir)).toEqual([]);
});

test('it names the version and migrations at DATABASE_URL, and a RabbitMQ and a port that fail, each with its command', async () => {
  await using db = await testDb();
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  onTestFinished(() => void blocker.close());
  const { port } = blocker.address() as { port: number };
  const found = await checks({
    DATABASE_URL: db.url,
    AMQP_URL: 'amqp://guest:hidden@127.0.0.1:1',
    PORT: String(port),
    DATA_DIR: emptyFolder(),
  });
  expect(found['PostgreSQL']).toMatchObject({
    ok: true,
    found: expect.stringMatching(/^18\..* at DATABASE_URL$/),
  });
  expect(found['migrations']).toMatchObject({ ok: true, required: true });
  expect(found['RabbitMQ']).toMatchObject({
    ok: false,
    required: true,
    found: '127.0.0.1:1 does not answer',
  });
  expect(found['port']).toMatchObject({ ok: false, required: false, fix: `PORT=${port + 1} npm start` });
  expect(JSON.stringify(found)).not.toContain('hidden');
});

test('a user of the database who lacks rights is told the grants that mend it', async () => {
  await using db = await testDb();
  await withAdmin(db.url, (admin) => admin.query(`create role doctors_patient login password 'secret'`));
  try {
    const limited = Object.assign(new URL(db.url), { username: 'doctors_patient', password: 'secret' }).href;
    const found = await checks({ DATABASE_URL: limited, PORT: '0' });
    expect(found['rights in the database']).toMatchObject({
      ok: false,
      fix: expect.stringMatching(/GRANT USAGE ON SCHEMA "drizzle" TO "doctors_patient";.*"public"/),
    });
  } finally {
    await withAdmin(db.url, (admin) => admin.query('drop role doctors_patient'));
  }
});

test('a database without its tables is not ready, and one that does not answer is a failure without its password', async () => {
  const [untouched, { stdout, code }] = await Promise.all([
    checks({ DATABASE_URL: inject('databaseUrl'), DATA_DIR: emptyFolder() }),
    doctor({ DATABASE_URL: 'postgres://me:hidden@127.0.0.1:1/none', DATA_DIR: emptyFolder() }),
  ]);
  expect(untouched['migrations']).toMatchObject({
    ok: true,
    found: expect.stringContaining('to apply at the first start'),
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /✘ PostgreSQL: DATABASE_URL .* at 127\.0\.0\.1:1\/none: nothing listens there.*\n {4}→ correct DATABASE_URL/,
  );
  expect(stdout).not.toContain('hidden');
});

test('every wrong variable is named at once, and nothing is started', async () => {
  const found = await checks({ PORT: 'x', AMQP_URL: 'nonsense' });
  expect(found['environment']).toMatchObject({
    ok: false,
    required: true,
    found: expect.stringMatching(/PORT .*; AMQP_URL /),
  });
  expect(found['embedded PostgreSQL']).toBeUndefined();
});

test('--help explains, and a wrong flag exits with 2 and one line, in JSON when asked', async () => {
  const [help, wrong, wrongJson] = await Promise.all([
    doctor({}, '--help'),
    doctor({}, '--nope'),
    doctor({}, '--nope', '--json'),
  ]);
  expect(help).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('--json'),
  });
  expect(wrong).toEqual({
    code: 2,
    stdout: '',
    stderr: `doctor: Unknown option '--nope' (npm run doctor -- --help)\n`,
  });
  expect(wrongJson).toEqual({
    code: 2,
    stderr: '',
    stdout: `{"ok":false,"error":"Unknown option '--nope'"}\n`,
  });
});

test('--account looks at one account at its broker, by our id or the broker’s; whatever is wrong is said with what mends it', async () => {
  await using db = await testDb();
  await using ig = await testBroker({ clock: systemClock, logins: [jane] });
  const id = 'acct_1';
  const { identifier, password, apiKey } = jane;
  const key = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
  const credentials = sealCredentials(createSealer([key]), id, { identifier, password, apiKey });
  await addUser(db.database, { id: 'user_1' });
  await addAccount(db.database, 'user_1', { id, environment: 'demo', brokerAccountId: 'JANE1', credentials });
  const env = { DATABASE_URL: db.url, ENCRYPTION_KEYS: key, IG_DEMO_BASE_URL: ig.login.baseUrl };
  const [found, shown, unknown, sealed] = await Promise.all([
    doctor(env, '--json', '--account', id),
    doctor(env, '--account', 'JANE1'),
    doctor(env, '--account', 'acct_2'),
    doctor({ ...env, ENCRYPTION_KEYS: `k2:${Buffer.alloc(32, 8).toString('base64')}` }, '--account', id),
  ]);
  const { ok, checks: all } = JSON.parse(found.stdout) as { ok: boolean; checks: Check[] };
  expect({ ok, names: all.map(({ name }) => name), code: found.code }).toEqual({
    ok: true,
    names: ['login', 'clock', 'account', 'dealing', 'stream', 'allowance'],
    code: 0,
  });
  expect(shown.stdout).toMatch(/^✔ login: IG demo lets Simulated in\n✔ clock: /);
  expect(unknown).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no connected account has the id acct_2'),
  });
  expect(sealed).toMatchObject({ code: 1, stderr: expect.stringContaining('sealed under the key k1') });
  for (const { stdout, stderr } of [found, shown, unknown, sealed])
    for (const secret of [identifier, password, apiKey]) expect(stdout + stderr).not.toContain(secret);
  await ig.stop();
  const down = await doctor(env, '--account', id);
  expect(down).toMatchObject({ code: 1, stdout: expect.stringMatching(/^✘ login: .*\n {4}→ /) });
}, 90_000);

test('--contract walks a demo account, asks first, and writes what it found; with a live one it refuses and says why', async () => {
  await using db = await testDb();
  await using ig = await testBroker({ clock: systemClock, logins: [jane] });
  using folder = temporaryFolder('contract');
  const key = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
  const { identifier, password, apiKey } = jane;
  await addUser(db.database, { id: 'user_1' });
  for (const [id, environment] of [
    ['acct_1', 'demo'],
    ['acct_2', 'live'],
  ] as const) {
    const credentials = sealCredentials(createSealer([key]), id, { identifier, password, apiKey });
    const brokerAccountId = jane.accountId!;
    await addAccount(db.database, 'user_1', { id, environment, brokerAccountId, credentials });
  }
  const env = {
    DATABASE_URL: db.url,
    ENCRYPTION_KEYS: key,
    IG_DEMO_BASE_URL: ig.login.baseUrl,
    IG_LIVE_BASE_URL: ig.login.baseUrl,
  };
  const name = join(folder.path, 'report');
  const walk = (id: string, ...args: string[]) => doctor(env, '--account', id, '--contract', ...args);
  const [live, unasked, alone, done] = await Promise.all([
    walk('acct_2', '--yes'),
    walk('acct_1'),
    doctor(env, '--contract'),
    walk('acct_1', '--yes', '--report', name),
  ]);
  expect(live).toMatchObject({ code: 1, stderr: expect.stringContaining('on demo accounts only') });
  expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes') });
  expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('need --account ID') });
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('✔ all that FTrader reads') });
  const [report, text] = [readFileSync(`${name}.json`, 'utf8'), readFileSync(`${name}.md`, 'utf8')];
  expect(JSON.parse(report)).toMatchObject({ environment: 'demo', holds: true, leftOpen: false });
  expect(text).toContain('Everything that FTrader reads is there');
  for (const secret of [identifier, password, apiKey, 'JANE1'])
    expect(report + text + done.stdout).not.toContain(secret);
  const { accounts } = ig.simulator.snapshot('JANE1');
  expect(Object.values(accounts['JANE1']!.deals)).toEqual([1]);
}, 120_000);
