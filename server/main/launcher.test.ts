import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { isSameProcess, processIdentity } from '../data-folder/processes.ts';
import { createInbox } from '../testing/inbox.ts';
import { noted } from '../testing/leftovers.ts';
import { temporaryFolder } from '../testing/processes.ts';

const checkout = path.resolve(import.meta.dirname, '../..');

test.for(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'what npm has started ends with it after %s',
  async (signal) => {
    const npm = spawn('npm', ['run', '-s', 'simulator', '--', '--json', '--port', '0'], {
      cwd: checkout,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    onTestFinished(() => {
      try {
        process.kill(-npm.pid!, 'SIGKILL'); // the group: what a failed test leaves
      } catch {
        // all ended
      }
    });
    const [first] = (await once(npm.stdout, 'data')) as [Buffer];
    expect(JSON.parse(String(first))).toHaveProperty('baseUrl');
    npm.kill(signal);
    // Open as long as anybody lives who could write to it.
    await once(npm.stdout, 'close');
  },
);

test('what npm runs until it is told to stop takes the place of npm’s shell, which would keep a SIGINT to itself', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const lasting = Object.entries(scripts).filter(([name]) => /^(start|dev|simulator|example)\b/.test(name));
  expect(lasting).toHaveLength(7);
  for (const [name, line] of lasting) expect(line, name).toMatch(/^exec node /);
});

/** A process that asks what started it, and on each request lets its clock look once: it answers `runs` or `stops`. */
const asker = `
import { createServer } from 'node:http';
import { createManualClock } from ${JSON.stringify(path.join(checkout, 'server/testing/manual-clock.ts'))};
import { whenLauncherEnds } from ${JSON.stringify(path.join(checkout, 'server/main/launcher.ts'))};
const clock = createManualClock();
let answer = 'runs';
whenLauncherEnds(() => (answer = 'stops'), { clock });
const server = createServer((_req, res) => {
  clock.advance(1_000);
  res.end(answer);
}).listen(0, '127.0.0.1', () => console.log('port', server.address().port));
`;

test('where npm’s shell put the command in its own place, what stands above npm may leave; it ends with npm all the same', async () => {
  using folder = temporaryFolder('launcher');
  const write = (name: string, text: string) =>
    writeFileSync(path.join(folder.path, name), text, { mode: 0o755 });
  write('shell', '#!/bin/sh\nexec sh -c "exec $2"\n');
  write('asker.ts', asker);
  const scripts = { ask: `"${process.execPath}" asker.ts` };
  write('package.json', JSON.stringify({ name: 'asker', type: 'module', scripts }));
  const above = noted(
    spawn('sh', ['-c', 'npm run -s ask & echo npm $!; read line'], {
      cwd: folder.path,
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, npm_config_script_shell: path.join(folder.path, 'shell') },
      detached: true,
    }),
  );
  onTestFinished(() => {
    try {
      process.kill(-above.pid!, 'SIGKILL'); // the group: npm and what it started
    } catch {
      // all ended
    }
  });
  const lines = createInbox<string>();
  createInterface(above.stdout).on('line', lines.put);
  const told = async (word: string) => {
    const find = () => lines.items.find((line) => line.startsWith(`${word} `));
    await lines.until(() => find() !== undefined);
    return Number(find()!.split(' ')[1]);
  };
  const [npm, port] = [await told('npm'), await told('port')];
  const ask = async () => (await fetch(`http://127.0.0.1:${port}`)).text();
  expect(await ask()).toBe('runs');
  above.stdin.end('leave\n');
  await once(above, 'exit');
  expect(await ask()).toBe('runs');
  const identity = processIdentity(npm)!;
  process.kill(npm, 'SIGKILL');
  while (isSameProcess(npm, identity)) await setImmediate();
  expect(await ask()).toBe('stops');
});
