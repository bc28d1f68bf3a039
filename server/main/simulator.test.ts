import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
function run(...args: string[]) {
  const child = spawn(process.execPath, ['server/main/simulator.ts', ...args], { cwd: root });
  const out = { text: '', errors: '' };
  child.stdout.on('data', (chunk) => (out.text += chunk));
  child.stderr.on('data', (chunk) => (out.errors += chunk));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...out }));
  return { child, out, ended, firstOutput: once(child.stdout, 'data') };
}

test.each(['SIGINT', 'SIGTERM'] as const)('--json prints one line that an IG client can log in with, and %s ends it cleanly', async (signal) => {
  const { child, out, ended, firstOutput } = run('--port', '0', '--json', '--seed', 'cli');
  await firstOutput;
  const settings = JSON.parse(out.text);
  expect(Object.keys(settings)).toEqual(['baseUrl', 'apiKey', 'identifier', 'password', 'accountId']);
  expect(settings.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/gateway\/deal$/);
  const { identifier, password, apiKey, baseUrl } = settings;
  const response = await fetch(`${baseUrl}/session`, { method: 'POST', headers: { 'X-IG-API-KEY': apiKey, Version: '2' }, body: JSON.stringify({ identifier, password }) });
  expect(await response.json()).toMatchObject({ currentAccountId: settings.accountId });

  const second = await run('--port', new URL(baseUrl).port).ended;
  expect(second).toMatchObject({ code: 1, errors: expect.stringContaining('is taken; choose another with --port') });
  child.kill(signal);
  expect(await ended).toMatchObject({ code: 0, text: `${JSON.stringify(settings)}\n` });
});

test('without --json the settings are ready to paste', async () => {
  const { child, out, ended, firstOutput } = run('--port', '0');
  await firstOutput;
  expect(out.text).toMatch(/^# .+\nIG_BASE_URL=http.+\/gateway\/deal\nIG_API_KEY=\w+\nIG_IDENTIFIER=\w+\nIG_PASSWORD=\w+\nIG_ACCOUNT_ID=\w+\n$/);
  child.kill('SIGTERM');
  await ended;
});

test('wrong flags are all named at once, and nothing starts', async () => {
  const { code, errors, text } = await run('--port', 'x', '--speed', '0', '--foo', '--replay', 'none/QQQ_1.csv').ended;
  expect(code).toBe(1);
  expect(text).toBe('');
  for (const problem of ['--port must be', '--speed must be', 'unknown flag --foo', 'there is no file none/QQQ_1.csv', 'no epic follows']) expect(errors).toContain(problem);
});
