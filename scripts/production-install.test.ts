// What an operator installs with NODE_ENV=production: without the tools that build the page, and with all that the server needs.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { createInbox } from '../server/testing/inbox.ts';
import { noted } from '../server/testing/leftovers.ts';
import { projectRoot, temporaryFolder } from '../server/testing/processes.ts';
import { describeWith } from '../server/testing/requires.ts';
import { testSecrets } from '../server/testing/test-app.ts';
import { testDb } from '../server/testing/test-db.ts';

/** Copies what Git keeps, or would, of the project below `paths`, so nothing that was installed or built. */
function checkOut(folder: string, ...paths: string[]): void {
  const listed = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...paths],
    { cwd: projectRoot, encoding: 'utf8' },
  );
  for (const file of listed.stdout.split('\0').filter((name) => existsSync(path.join(projectRoot, name))))
    if (file !== '') cpSync(path.join(projectRoot, file), path.join(folder, file));
}
const { PATH, HOME } = process.env;
const env = { PATH, HOME, NODE_ENV: 'production' };
const noPage =
  'page not built: what builds it is not installed. For the page run: npm ci --include=dev (the API runs without it)';

test('what npm runs after an install without the development packages succeeds, and says what is missing and how to get it', async () => {
  using folder = temporaryFolder('production');
  checkOut(folder.path, 'package.json', 'scripts', 'examples/dashboard');
  const npm = promisify(execFile)('npm', ['run', '-s', 'prepare'], { cwd: folder.path, env });
  expect((await npm).stdout.trim()).toBe(noPage);
});

// It installs 600 MB.
if (process.env['FTRADER_DEEP'] === '1')
  await describeWith('registry', 'a copy of the project', () => {
    test('is installed by NODE_ENV=production npm ci, and starts', async () => {
      await using db = await testDb();
      using folder = temporaryFolder('production');
      checkOut(folder.path);
      const install = ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--foreground-scripts'];
      const { stdout } = await promisify(execFile)('npm', install, { cwd: folder.path, env });
      expect(stdout).toContain(noPage);
      expect(existsSync(path.join(folder.path, 'node_modules/vitest'))).toBe(false);
      const child = noted(
        spawn('npm', ['start'], {
          cwd: folder.path,
          env: {
            ...env,
            PORT: '0',
            DATA_DIR: path.join(folder.path, 'data'),
            DATABASE_URL: db.url,
            SECRET_KEY: testSecrets.secretKey,
            ENCRYPTION_KEYS: testSecrets.encryptionKeys.join(','),
          },
          stdio: ['ignore', 'ignore', 'pipe'],
        }),
      );
      onTestFinished(() => void child.kill('SIGKILL'));
      const said = createInbox<string>();
      child.stderr.setEncoding('utf8').on('data', said.put);
      const ended = new Promise<void>((resolve) => child.stderr.once('close', resolve));
      void ended.then(() => said.put('ended'));
      await said.until((parts) => /FTrader is ready|^ended$/m.test(parts.join('')));
      const output = said.items.join('');
      expect(output).toContain('FTrader is ready');
      const [, url] = /"urls":\["([^"]+)"/.exec(output)!;
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      child.kill('SIGTERM');
      await ended;
    }, 600_000);
  });
