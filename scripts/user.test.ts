// Users by command, as an operator types them: real processes, a real terminal. What a server that runs meanwhile does is in compose/commands.test.ts.
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { auditLog, totpSecrets, users } from '../drizzle/schema/index.ts';
import { noted } from '../server/testing/leftovers.ts';
import { inheritedEnv, projectRoot } from '../server/testing/processes.ts';
import { describeWith } from '../server/testing/requires.ts';
import { testDb, type TestDb } from '../server/testing/test-db.ts';

interface Given {
  env?: Record<string, string>;
  /** Piped in; none: there is no standard input at all. */
  stdin?: string;
}
/** Runs `npm run NAME -- ARGS` on a database. */
async function run(url: string, [name = '', ...args]: string[], { env = {}, stdin }: Given = {}) {
  const child = noted(
    spawn(process.execPath, [`scripts/${name}.ts`, ...args], {
      cwd: projectRoot,
      env: { ...inheritedEnv(), DATABASE_URL: url, ...env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    }),
  );
  let [out, err] = ['', ''];
  child.stdout!.on('data', (chunk) => (out += chunk));
  child.stderr!.on('data', (chunk) => (err += chunk));
  child.stdin?.end(stdin);
  const [code] = await once(child, 'close');
  return { code, out, err };
}
const storedIn = async ({ database }: TestDb) => database.db.select().from(users).orderBy(users.email);

test('create-superuser makes an administrator, once; its password is piped in or SUPERUSER_PASSWORD, never an argument', async () => {
  await using db = await testDb();
  const create = (args: string[], given?: Given) => run(db.url, ['create-superuser', ...args], given);
  const [argument, made] = await Promise.all([
    create(['root@example.com', 'correct horse battery']),
    create(['Root@Example.com', '--password-stdin'], { stdin: 'correct horse battery\n' }),
  ]);
  expect(argument).toMatchObject({ code: 2, err: expect.stringContaining('never an argument') });
  expect(made).toEqual({ code: 0, out: 'root@example.com is an administrator now\n', err: '' });
  const set = { env: { SUPERUSER_PASSWORD: 'another one entirely' } };
  const [same, other] = await Promise.all([
    create(['root@example.com', '--if-not-exists'], set),
    create(['ops@example.com', '--json'], set),
  ]);
  expect(same).toEqual({ code: 0, out: 'root@example.com is an administrator already\n', err: '' });
  expect(JSON.parse(other.out)).toEqual({ ok: true, created: true });
  expect(await storedIn(db)).toMatchObject([
    { email: 'ops@example.com', isAdmin: true },
    { email: 'root@example.com', isAdmin: true, name: 'root' },
  ]);
}, 90_000);

test('user add makes a user who signs in without confirming an address, and leaves a row; a password that is easy to guess is refused', async () => {
  await using db = await testDb();
  const add = (args: string[], stdin: string) =>
    run(db.url, ['user', 'add', ...args, '--password-stdin'], { stdin });
  const [made, weak, misplaced] = await Promise.all([
    add(['Bob@Example.com', '--name', 'Bob B.'], 'correct horse battery'),
    add(['eve@example.com'], 'password1234'),
    run(db.url, ['user', 'enable', 'bob@example.com', '--name', 'Bob']),
  ]);
  expect(made).toEqual({ code: 0, out: 'bob@example.com may sign in\n', err: '' });
  expect(weak).toMatchObject({ code: 1, err: expect.stringContaining('the password is easy to guess') });
  expect(misplaced).toMatchObject({ code: 2, err: expect.stringContaining('--name is for add alone') });
  expect(await add(['bob@example.com'], 'correct horse battery')).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is a user bob@example.com already'),
  });
  expect(await storedIn(db)).toMatchObject([
    { email: 'bob@example.com', name: 'Bob B.', isAdmin: false, emailVerifiedAt: expect.any(Date) },
  ]);
  const rows = await db.database.db.select().from(auditLog).orderBy(auditLog.outcome, auditLog.subject);
  expect(rows.map(({ subject, outcome }) => `${subject} ${outcome}`)).toEqual([
    'bob@example.com ok',
    'bob@example.com request.invalid',
    'eve@example.com request.invalid',
  ]);
}, 90_000);

test('several lines are no password: nothing is made of them', async () => {
  await using db = await testDb();
  const stdin = 'correct horse battery\nanother line of a file\n';
  const made = await run(db.url, ['create-superuser', 'root@example.com', '--password-stdin'], { stdin });
  expect(made).toMatchObject({ code: 2, err: expect.stringContaining('has several lines') });
  expect(made.err).not.toContain('horse');
  expect(await storedIn(db)).toEqual([]);
}, 60_000);

test('whoever is not there is named so, whatever the address looks like; a new administrator needs one that mail can go to', async () => {
  await using db = await testDb();
  const [missing, bare, made, listed, json] = await Promise.all([
    run(db.url, ['user', 'disable', 'nobody@x.y']),
    run(db.url, ['user', 'password', 'nobody']),
    run(db.url, ['create-superuser', 'root@x.y', '--password-stdin'], { stdin: 'correct horse battery' }),
    run(db.url, ['user', 'list']),
    run(db.url, ['user', 'list', '--json']),
  ]);
  expect(missing).toMatchObject({
    code: 1,
    err: 'user: there is no user nobody@x.y (npm run user -- list)\n',
  });
  expect(bare.err).toContain('there is no user nobody: users are named by their e-mail address');
  expect(listed).toMatchObject({ code: 0, err: '' });
  expect(listed.out).toMatch(/^there are no users yet: npm run create-superuser -- \S+ makes the first\n$/);
  expect(json.out).toBe('[]\n');
  expect(made.err).toContain('root@x.y cannot be an e-mail address: write one such as you@example.com');
  expect(await storedIn(db)).toEqual([]);
}, 90_000);

test('user lists everybody, gives a password that is piped in, and switches two-factor authentication off; each change leaves its audit row', async () => {
  await using db = await testDb();
  const email = 'ann@example.com';
  const createdAt = new Date('2026-01-05T09:00:00Z');
  await db.database.db
    .insert(users)
    .values({ id: 'user_1', email, passwordHash: 'x', name: 'Ann', createdAt });
  await db.database.db
    .insert(totpSecrets)
    .values({ userId: 'user_1', secret: 'x', createdAt, confirmedAt: createdAt });
  const user = (args: string[], given?: Given) => run(db.url, ['user', ...args], given);
  const [list, changed, argument, off] = await Promise.all([
    user(['list']),
    user(['password', 'ANN@example.com', '--password-stdin'], { stdin: 'correct horse battery' }),
    user(['password', email, 'correct horse battery']),
    user(['two-factor-off', email]),
  ]);
  expect(list).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^ann@example\.com +Ann +since 2026-01-05 0 open logins\n$/),
  });
  expect(changed).toMatchObject({
    code: 0,
    out: `${email} has another password; 0 open logins and 0 API keys ended\n`,
  });
  expect(argument).toMatchObject({ code: 2, err: expect.stringContaining('never an argument') });
  expect(await storedIn(db)).toMatchObject([{ passwordHash: expect.stringMatching(/^\$argon2id\$/) }]);
  expect(off).toMatchObject({
    code: 0,
    out: `${email} signs in by the password alone; 0 open logins and 0 API keys ended\n`,
  });
  expect(await db.database.db.select().from(totpSecrets)).toEqual([]);
  expect(await db.database.db.select().from(auditLog).orderBy(auditLog.action)).toMatchObject([
    {
      action: 'command.user.password',
      subject: email,
      userId: null,
      outcome: 'ok',
      before: { disabledAt: null },
      after: { disabledAt: null, sessions: 0, apiKeys: 0 },
    },
    { action: 'command.user.two-factor-off', subject: email, userId: null, outcome: 'ok' },
  ]);
}, 90_000);

/** Types `lines` at the terminal that the program is given, each when it asks, and prints all that the terminal showed. */
const typist = `import os, pty, sys
lines = sys.argv[1].split(",")
def read(fd):
    data = os.read(fd, 1024)
    if b": " in data and lines: os.write(fd, lines.pop(0).encode() + b"\\r")
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[2:], read, lambda fd: b"")))`;

await describeWith('python', 'on a terminal', () => {
  test('a password is asked for twice and never shown', async () => {
    await using db = await testDb();
    const script = ['scripts/create-superuser.ts', 'root@example.com'];
    const lines = 'correct horss\u007fe battery,correct horse battery';
    const child = noted(
      spawn('python3', ['-c', typist, lines, process.execPath, ...script], {
        cwd: projectRoot,
        env: { ...inheritedEnv(), DATABASE_URL: db.url },
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    let shown = '';
    child.stdout!.on('data', (chunk) => (shown += chunk));
    const [code] = await once(child, 'close');
    expect(shown.replaceAll('\r', '')).toBe(
      'New password: \nThe same again: \nroot@example.com is an administrator now\n',
    );
    expect(code).toBe(0);
    expect(await storedIn(db)).toHaveLength(1);
  }, 90_000);
});
