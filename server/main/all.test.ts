// `npm start` as a stranger meets it: real processes, real signals, real folders.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { processIdentity } from '../data-folder/processes.ts';
import { startProgram, temporaryFolder } from '../testing/processes.ts';

const timeoutMs = 60_000;
const start = (dataDir: string, env: Record<string, string> = {}) =>
  startProgram('server/main/all.ts', {
    env: { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn', SEED_DEMO: 'off', ...env },
  });
const urlOf = /API documents\s+(http:\S+)\/api\/docs\//;
const login = (url: string, body: object) =>
  fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const demo = { email: 'demo@ftrader.local', password: 'ftrader-demo' };
const postmasterOf = (dataDir: string) =>
  Number(readFileSync(path.join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
const isRunning = (pid: number) => processIdentity(pid) !== undefined;

/** The demo's own user by REST; `changed`: in another way. */
async function me(url: string, changed?: object) {
  const { accessToken } = (await (await login(url, demo)).json()) as { accessToken: string };
  const authorization = `Bearer ${accessToken}`;
  return fetch(`${url}/api/users/me`, {
    headers: { authorization, 'content-type': 'application/json' },
    ...(changed && { method: 'PATCH', body: JSON.stringify(changed) }),
  });
}

/** A first start until Ctrl-C, what was seen of it, and what it has left behind: for the tests of later starts. */
const made = temporaryFolder('made');
let first: {
  output: string;
  ready: number;
  changed: number;
  exited: number | NodeJS.Signals;
  leavesPostgres: boolean;
};
beforeAll(async () => {
  const dataDir = path.join(made.path, 'data');
  await using program = start(dataDir);
  const [, url] = await program.printed(urlOf);
  const ready = (await fetch(`${url}/readyz`)).status;
  const changed = (await me(url!, { country: 'IE' })).status;
  const postmaster = postmasterOf(dataDir);
  program.child.kill('SIGINT');
  const exited = await program.exited;
  first = { output: program.output(), ready, changed, exited, leavesPostgres: isRunning(postmaster) };
}, timeoutMs);
afterAll(() => made[Symbol.dispose]());
/** A copy of it, with its owners and rights, removed with the scope. */
function installation(name: string) {
  const folder = temporaryFolder(name);
  execFileSync('cp', ['-a', path.join(made.path, 'data'), folder.path]);
  return { dataDir: path.join(folder.path, 'data'), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test(
  'a first start serves the demo login; Ctrl-C leaves no process; the next start has the data',
  async () => {
    expect(first).toMatchObject({ ready: 200, changed: 200, exited: 0, leavesPostgres: false });
    expect(first.output).toMatch(/Demo login\s+demo@ftrader\.local \/ ftrader-demo/);
    expect(first.output).not.toMatch(/error|fatal/);
    using installed = installation('again');
    await using again = start(installed.dataDir);
    const [, url] = await again.printed(urlOf);
    expect(await (await me(url!)).json()).toMatchObject({ country: 'IE' });
  },
  timeoutMs,
);

test(
  'after kill -9 the orphaned PostgreSQL is taken over and nothing is lost',
  async () => {
    using installed = installation('kill');
    const first = start(installed.dataDir);
    await first.printed(urlOf);
    first.child.kill('SIGKILL');
    expect(await first.exited).toBe('SIGKILL');
    const orphan = postmasterOf(installed.dataDir);
    await using second = start(installed.dataDir);
    const [, url] = await second.printed(urlOf);
    expect((await login(url!, demo)).status).toBe(200);
    second.child.kill('SIGTERM');
    expect(await second.exited).toBe(0);
    expect(isRunning(orphan)).toBe(false);
  },
  timeoutMs,
);

test(
  'a signal sent twice, as to a process and its group, is one: the data is shut down and no PostgreSQL is left',
  async () => {
    using installed = installation('signals');
    await using program = start(installed.dataDir);
    await program.printed(urlOf);
    const postmaster = postmasterOf(installed.dataDir);
    program.child.kill('SIGTERM');
    program.child.kill('SIGTERM');
    program.child.kill('SIGINT');
    expect(await program.exited).toBe(0);
    expect(isRunning(postmaster)).toBe(false);
  },
  timeoutMs,
);

test(
  'a signal ends it though nobody reads what it prints any more and its database and folder are gone',
  async () => {
    const installed = installation('unread');
    await using program = start(installed.dataDir, { LOG_LEVEL: 'info' });
    await program.printed(/Ctrl-C/);
    const postmaster = postmasterOf(installed.dataDir);
    program.child.stdout!.destroy();
    program.child.stderr!.destroy();
    process.kill(postmaster, 'SIGKILL');
    installed[Symbol.dispose]();
    program.child.kill('SIGTERM');
    expect(await program.exited).toBe(0);
    expect(isRunning(postmaster)).toBe(false);
  },
  timeoutMs,
);

test(
  'a taken port moves to the next free one and says so; a second start in the same folder names the first',
  async () => {
    using installed = installation('twice');
    using other = installation('other');
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    {
      await using one = start(installed.dataDir, { PORT: String(port) });
      const [, url] = await one.printed(urlOf);
      expect(Number(new URL(url!).port)).toBeGreaterThan(port);
      expect(one.output()).toContain(`port ${port} is taken`);

      await using two = start(installed.dataDir);
      expect(await two.exited).toBe(1);
      expect(two.output()).toContain(`(pid ${one.child.pid})`);

      await using beside = start(other.dataDir, { PORT: String(port) });
      await beside.printed(urlOf);
      expect((await login(url!, demo)).status).toBe(200);
    }
    taken.close();
  },
  timeoutMs,
);

test(
  'wrong settings are all named at once, exit code 1, and nothing is started or written',
  async () => {
    using folder = temporaryFolder('wrong');
    const dataDir = path.join(folder.path, 'data');
    await using program = start(dataDir, {
      PORT: 'http',
      AMQP_URL: 'redis://localhost',
      LOG_LEVEL: 'loud',
      IG_API_KEY: 'only this',
    });
    expect(await program.exited).toBe(1);
    for (const name of ['PORT', 'AMQP_URL', 'LOG_LEVEL', 'IG_IDENTIFIER', 'IG_PASSWORD'])
      expect(program.output()).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(existsSync(dataDir)).toBe(false);
  },
  timeoutMs,
);

test('it does not show itself to the network while the demo login has its published password, and names the command that lets it', async () => {
  using installed = installation('open');
  const env = { HOST: '0.0.0.0' };
  await using refused = start(installed.dataDir, env);
  expect(await refused.exited).toBe(1);
  expect(refused.output()).toContain('bind to 127.0.0.1');
  const [, args] = /npm run user -- (disable \S+)/.exec(refused.output())!;
  await using command = startProgram('scripts/user.ts', {
    args: args!.split(' '),
    env: { DATA_DIR: installed.dataDir, LOG_LEVEL: 'warn', ...env },
  });
  expect(await command.exited, command.output()).toBe(0);
  await using program = start(installed.dataDir, env);
  await program.printed(/Ctrl-C/);
  expect(program.output()).not.toContain('Demo login');
  const [page] = program.output().split('API documents');
  const urls = [...page!.matchAll(/http:\/\/\S+/g)].map(([url]) => url);
  for (const url of urls) expect((await fetch(`${url}livez`)).status, url).toBe(200);
}, 90_000);

test(
  'in production it logs records and prints no page of text, and says why nobody can sign in by a browser over plain HTTP',
  async () => {
    using folder = temporaryFolder('production');
    const env = {
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      SECRET_KEY: 'a secret of a test, long enough to sign',
      ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    };
    await using program = start(folder.path, env);
    await program.printed(/plain HTTP/);
    const records = program
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ready = records.find(({ msg }) => msg === 'FTrader is ready');
    expect(ready).toMatchObject({
      level: 30,
      part: 'process',
      urls: [expect.stringMatching(/^http:/)],
      next: expect.stringMatching(
        /^open the page by https, through the proxy, and sign up, or make an administrator: npm run create-superuser -- /,
      ),
    });
    expect((await fetch(`${ready.urls[0]}/livez`)).status).toBe(200);
  },
  timeoutMs,
);

test(
  'one role per process asks for all that the processes must share',
  async () => {
    await using program = startProgram('server/main/api.ts', {
      env: { DATABASE_URL: 'postgres://localhost/x' },
    });
    expect(await program.exited).toBe(1);
    for (const name of ['AMQP_URL', 'SECRET_KEY', 'ENCRYPTION_KEYS'])
      expect(program.output()).toContain(`${name} is needed`);
  },
  timeoutMs,
);
