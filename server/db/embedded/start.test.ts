import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, readdirSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { Session } from '../session.ts';
import { findRunningUrl } from './index.ts';
import { databaseUser } from '../../data-folder/os-user.ts';
import { processIdentity } from '../../data-folder/processes.ts';
import { readPidFile, waitUntilGone } from './server.ts';
import { folder, query, start, startChild, working } from './testing/kit.ts';

test('what was written before a stop is there after the next start, on the same port', async () => {
  const dataDir = folder();
  const first = await start(dataDir);
  await query(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  const second = await start(dataDir);
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  expect(second).toMatchObject({ adopted: false, port: first.port });
});

test('a stop leaves no process, open sessions or not, and may be repeated', async () => {
  const dataDir = folder();
  const postgres = await start(dataDir);
  const session = new Session({ connectionString: postgres.url });
  session.on('error', () => undefined); // the server ends it: 57P01
  const ended = new Promise((resolve) => session.once('end', resolve));
  await session.connect();
  expect(working(dataDir)).not.toEqual([]);
  await postgres.stop();
  await postgres.stop();
  await ended;
  expect(working(dataDir)).toEqual([]);
  expect(await findRunningUrl(dataDir)).toBeUndefined();
});

test('the database is UTF-8 in UTC, listens on loopback only, and its password is readable by its owner only', async () => {
  const dataDir = folder('a folder with spaces');
  const { url } = await start(dataDir);
  expect(
    await query(
      url,
      `select current_setting('server_encoding') as encoding, current_setting('TimeZone') as zone,
    current_setting('listen_addresses') as hosts, current_setting('unix_socket_directories') as sockets,
    (select datlocale from pg_database where datname = current_database()) as locale`,
    ),
  ).toEqual([{ encoding: 'UTF8', zone: 'UTC', hosts: '127.0.0.1', sockets: '', locale: 'C.UTF-8' }]);
  expect(statSync(join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
  const stranger = Object.assign(new URL(url), { password: 'guess' }).href;
  await expect(query(stranger, 'select 1')).rejects.toMatchObject({ code: '28P01' });
});

test('two folders run at once, each with its own data and port', async () => {
  const [one, two] = await Promise.all([start(folder()), start(folder())]);
  await query(one.url, 'create table only_in_one ()');
  expect(one.port).not.toBe(two.port);
  await expect(query(two.url, 'select * from only_in_one')).rejects.toMatchObject({ code: '42P01' });
});

test('a port that somebody else has taken meanwhile is left to them', async () => {
  const [mine, other] = [folder(), folder()];
  const first = await start(mine);
  await first.stop();
  mkdirSync(other, { recursive: true });
  writeFileSync(join(other, 'postgres.port'), `${first.port}`);
  const squatter = await start(other);
  expect(squatter.port).toBe(first.port);
  const again = await start(mine);
  expect(again.port).not.toBe(first.port);
  expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('after kill -9 of Node the next start adopts the orphan with its data, and stops it in the end', async () => {
  const dataDir = folder();
  const { child, next } = startChild(dataDir);
  const { url } = await next();
  await query(url, 'create table kept as select 42 as answer');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const orphan = readPidFile(join(dataDir, 'postgres'))?.pid ?? 0;
  expect(processIdentity(orphan)).toBeDefined();
  const postgres = await start(dataDir);
  expect(postgres).toMatchObject({ adopted: true, url });
  expect(await query(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  await postgres.stop();
  expect(working(dataDir)).toEqual([]);
});

test('after kill -9 of the whole tree the committed data is there', async () => {
  const dataDir = folder();
  const { child, next } = startChild(dataDir);
  const { url } = await next();
  await query(url, 'create table kept as select 42 as answer');
  child.kill('SIGKILL');
  for (const pid of working(dataDir) ?? []) process.kill(pid, 'SIGKILL');
  await once(child, 'exit');
  const postgres = await start(dataDir);
  expect(await query(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('when the password kept beside the cluster is not its own, the error names the file and nothing is left running', async () => {
  const dataDir = folder();
  const { child, next } = startChild(dataDir);
  const { url } = await next();
  child.kill('SIGKILL');
  await once(child, 'exit');
  await query(url, `alter role ftrader password 'changed'`);
  await expect(start(dataDir)).rejects.toThrow(/does not let us in\. Is .*postgres\.password/);
  expect(working(dataDir)).toEqual([]);
});

test('a stale postmaster.pid whose number now belongs to a stranger neither confuses the start nor harms the stranger', async () => {
  const dataDir = folder();
  const first = await start(dataDir);
  await first.stop();
  const cluster = join(dataDir, 'postgres');
  const user = databaseUser(cluster);
  const stranger = spawn('sleep', ['600'], {
    stdio: 'ignore',
    cwd: '/',
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  const pidFile = join(cluster, 'postmaster.pid');
  writeFileSync(
    pidFile,
    `${stranger.pid}\n${cluster}\n1700000000\n${first.port}\n\n127.0.0.1\n        0         0\nready   \n`,
  );
  if (user) chownSync(pidFile, user.uid, user.gid);
  const second = await start(dataDir);
  expect(second.adopted).toBe(false);
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(processIdentity(stranger.pid ?? 0)).toBeDefined();
});

test('kill -9 in the middle of making the cluster: the next start makes it anew and leaves no half', async () => {
  const dataDir = folder();
  mkdirSync(dataDir);
  const watcher = watch(dataDir);
  const begun = new Promise<void>((resolve) =>
    watcher.on('change', (_event, name) => String(name).startsWith('postgres.unfinished-') && resolve()),
  );
  const { child } = startChild(dataDir);
  await begun;
  watcher.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
  const postgres = await start(dataDir);
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(readdirSync(dataDir).sort()).toEqual([
    'postgres',
    'postgres.log',
    'postgres.password',
    'postgres.port',
  ]);
});

test('Ctrl-C in the terminal reaches Node alone: the database still answers during the drain, then nothing is left', async () => {
  const dataDir = folder();
  const { child, next } = startChild(dataDir, { detached: true }); // a process group, as a shell makes for a command
  await next();
  process.kill(-(child.pid ?? 0), 'SIGINT');
  expect(await next()).toEqual({ drained: true });
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  expect(working(dataDir)).toEqual([]);
});

test('a server that is killed under us comes back on the same address with what was committed', async () => {
  const dataDir = folder();
  const postgres = await start(dataDir);
  await query(postgres.url, 'create table kept as select 42 as answer');
  const pid = readPidFile(join(dataDir, 'postgres'))?.pid ?? 0;
  const dead = { pid, identity: processIdentity(pid) ?? '' };
  process.kill(pid, 'SIGKILL');
  expect(await waitUntilGone(dead, 10_000, systemClock)).toBe(true);
  await expect
    .poll(() => query(postgres.url, 'select answer from kept').catch((error: Error) => error.message), {
      timeout: 15_000,
    })
    .toEqual([{ answer: 42 }]);
  await postgres.stop();
  expect(working(dataDir)).toEqual([]);
});

test('a folder that holds something else, or another major version, is refused and left alone', async () => {
  const dataDir = folder();
  mkdirSync(join(dataDir, 'postgres'), { recursive: true });
  await expect(start(dataDir)).rejects.toThrow('exists but is no PostgreSQL cluster');
  writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '15\n');
  await expect(start(dataDir)).rejects.toThrow('was made by PostgreSQL 15');
  expect(readdirSync(join(dataDir, 'postgres'))).toEqual(['PG_VERSION']);
});
