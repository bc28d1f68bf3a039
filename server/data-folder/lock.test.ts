import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DataDirLockedError, findLockHolder, lockDataDir } from './lock.ts';
import { processIdentity } from './processes.ts';
import { noted } from '../testing/leftovers.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'ftrader-lock-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

const lockModule = JSON.stringify(new URL('./lock.ts', import.meta.url).href);
/** Another process that takes the lock, says `locked` or the error, and holds on. */
function contender(dir: string) {
  const code = `const { lockDataDir } = await import(${lockModule});
    await lockDataDir(${JSON.stringify(dir)}).then(() => console.log('locked'), (error) => console.log(error.message));
    setInterval(() => {}, 60_000);`;
  const child = noted(
    spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, said: once(child.stdout, 'data').then(([text]) => String(text).trim()) };
}

test('a second FTrader in the same folder is told who holds it and what to do', async () => {
  const dir = folder();
  const lock = await lockDataDir(dir);
  expect(findLockHolder(dir)).toBe(process.pid);
  await expect(lockDataDir(dir)).rejects.toThrow(DataDirLockedError);
  expect(await contender(dir).said).toBe(
    `FTrader already runs in ${dir} (pid ${process.pid}). Stop it (kill ${process.pid}), or give this one its own folder: DATA_DIR=/another/folder`,
  );
  lock.release();
  lock.release();
  expect(readdirSync(dir)).toEqual([]);
  (await lockDataDir(dir)).release();
});

test('the lock of a process that was killed is taken over, and not given back by the dead one’s successor twice', async () => {
  const dir = folder();
  const { child, said } = contender(dir);
  expect(await said).toBe('locked');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = await lockDataDir(dir);
  expect(findLockHolder(dir)).toBe(process.pid);
  lock.release();
});

test('a lock is stale when its pid now belongs to another process, and when it is damaged', async () => {
  const dir = folder();
  for (const text of [
    JSON.stringify({ pid: process.ppid, identity: 'an-earlier-boot:1' }),
    '',
    '{"pid":',
    'null',
    JSON.stringify({ pid: 0 }),
  ]) {
    writeFileSync(join(dir, 'lock'), text);
    expect(findLockHolder(dir)).toBeUndefined();
    const lock = await lockDataDir(dir);
    expect(readFileSync(join(dir, 'lock'), 'utf8')).toContain(processIdentity(process.pid));
    lock.release();
  }
});

test('of several starts at once over a stale lock exactly one gets the folder', async () => {
  const dir = folder();
  writeFileSync(join(dir, 'lock'), '{}');
  const all = await Promise.all([contender(dir), contender(dir), contender(dir)].map(({ said }) => said));
  expect(all.filter((said) => said === 'locked')).toHaveLength(1);
});
