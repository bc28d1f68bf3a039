// docs/websockets.md as its reader tries it: both programs run against the product; its tables name every channel and close code.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { closeCodes } from '../../shared/close-codes.ts';
import { ChannelData } from '../../shared/sockets.ts';
import { channelTable } from '../api/channels.ts';
import { runGuide } from './guide.ts';
import { signIn } from './kit.ts';
import { projectRoot } from './processes.ts';
import { describeWith } from './requires.ts';
import { testApp } from './test-app.ts';

const guide = readFileSync(path.join(projectRoot, 'docs/websockets.md'), 'utf8');

await describeWith('websockets', 'the programs of docs/websockets.md', (python) => {
  test('print the newest prices of both markets, then changes, and end', async () => {
    await using app = await testApp();
    const folders = [process.execPath, python].filter(path.isAbsolute).map((file) => path.dirname(file));
    const printed = await runGuide('websockets.md', {
      url: app.url,
      env: { PATH: [...folders, process.env['PATH']].join(path.delimiter) },
    });
    expect(printed).toHaveLength(2);
    for (const text of printed) {
      const lines = text.trim().split('\n');
      expect(lines).toHaveLength(6);
      for (const line of lines)
        expect(line).toMatch(/^CS\.D\.\S+ [\d.]+ [\d.]+ (stale|\d{4}-\d\d-\d\dT[\d:.]+Z)$/);
      expect(lines.slice(0, 2).map((line) => line.split(' ')[0])).toEqual([
        'CS.D.EURUSD.CFD.IP',
        'CS.D.CFDGOLD.BMU.IP',
      ]);
    }
  }, 120_000);

  test('follow events in ten lines of Python', async () => {
    await using app = await testApp();
    await using caller = signIn(app.url);
    const code = /```python\n([\s\S]*?)```/.exec(guide)![1]!.replace('http://localhost:8000', app.url);
    const program = spawn(python, ['-u', '-c', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONPATH: path.join(projectRoot, 'examples/python') },
    });
    onTestFinished(() => void program.kill('SIGKILL'));
    const order = { epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY', size: '1' } as const;
    const open = () => caller.api.trading.openPosition.mutate({ ...order, idempotencyKey: randomUUID() });
    await expect.poll(async () => (await open()).status, { timeout: 30_000 }).toBe('accepted');
    let printed = '';
    for await (const chunk of program.stdout) if (/deal\.accepted\n/.test((printed += chunk))) break;
    expect(printed).toMatch(/^\d+ [a-z_]+\.[a-z_]+\n/);
  }, 120_000);
});

test('it names every path, every channel with its subscription, and every close code as clients are told it', () => {
  const channels = Object.entries(
    Object.assign({}, ...Object.values(channelTable)) as Record<string, string>,
  );
  for (const [channel, subscription] of channels)
    expect(guide).toContain(`| \`${channel}\` | \`${subscription}\` |`);
  expect(Object.keys(ChannelData)).toEqual(channels.map(([channel]) => channel));
  for (const path of Object.keys(channelTable)) expect(guide).toContain(`ws://localhost:8000/ws/${path}/`);
  for (const [code, { means, advice }] of Object.entries(closeCodes))
    expect(guide).toContain(`| ${code} | ${means} | ${advice} |`);
});
