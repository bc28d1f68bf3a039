import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const checkout = path.resolve(import.meta.dirname, '../..');

test.for(['SIGTERM', 'SIGKILL'] as const)('what npm has started ends with it after %s', async (signal) => {
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
});
