import { execFile } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { inheritedEnv } from '../server/testing/processes.ts';
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
