import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isSameProcess, processesIn, processIdentity } from './processes.ts';

const linux = process.platform === 'linux';
const checkout = fileURLToPath(new URL('../..', import.meta.url));

test('a process that ended is proven gone, and so is a later one with its pid', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(child, 'spawn');
  const identity = processIdentity(child.pid!)!;
  expect(isSameProcess(child.pid!, identity)).toBe(true);
  if (linux) expect(isSameProcess(child.pid!, `${identity}0`)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect([processIdentity(child.pid!), isSameProcess(child.pid!, identity)]).toEqual([undefined, false]);
});

test.runIf(linux)(
  'at the limit of open files a process that lives is not dead, one that is gone is, and a lock that is held stays held',
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'ftrader-files-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const gone = spawnSync(process.execPath, ['-e', 'console.log(process.pid)']);
    const identity = processIdentity(process.pid)!;
    writeFileSync(join(dir, 'lock'), JSON.stringify({ pid: process.pid, identity }));
    // A process of its own, since there all files are used up.
    const script = `
      import { closeSync, openSync } from 'node:fs';
      import { isSameProcess, processIdentity, processesIn } from './server/data-folder/processes.ts';
      import { findLockHolder } from './server/data-folder/lock.ts';
      const held = [];
      try { for (;;) held.push(openSync('/dev/null')); } catch {}
      const result = (work) => { try { return work() ?? null; } catch (error) { return error.constructor.name; } };
      const [alive, identity, gone] = [${process.pid}, ${JSON.stringify(identity)}, ${Number(gone.stdout)}];
      const seen = {
        identity: result(() => processIdentity(alive)),
        lives: result(() => isSameProcess(alive, identity)),
        gone: result(() => isSameProcess(gone, identity)),
        folder: result(() => processesIn(process.cwd())),
      };
      closeSync(held.pop()); // room to read the lock itself
      seen.holder = result(() => findLockHolder(${JSON.stringify(dir)}));
      for (const file of held) closeSync(file);
      console.log(JSON.stringify(seen));`;
    const shell = `ulimit -n 64; exec "${process.execPath}" --input-type=module-typescript -e '${script.replaceAll("'", `'"'"'`)}'`;
    const { stdout, stderr } = spawnSync('sh', ['-c', shell], { cwd: checkout, encoding: 'utf8' });
    expect(stderr.replaceAll(/^.*Warning.*$|^\(Use .*$/gm, '').trim()).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      identity: 'CannotTell',
      lives: true,
      gone: false,
      folder: 'Error',
      holder: process.pid,
    });
    expect(processesIn(process.cwd())).toContain(process.pid);
  },
);
