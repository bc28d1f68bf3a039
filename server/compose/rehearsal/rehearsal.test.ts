// A rehearsal with the bot of docs/rehearse.md, on a recording cut short, and the command's own refusals.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createLifecycle } from '../../lib/lifecycle.ts';
import { silentLogger } from '../../lib/logger.ts';
import { inheritedEnv, projectRoot, startProgram, temporaryFolder } from '../../testing/processes.ts';
import { describeWith } from '../../testing/requires.ts';
import { testDb } from '../../testing/test-db.ts';
import { rehearse, type RehearsalOptions } from './index.ts';

const epic = 'CS.D.EURUSD.CFD.IP';
/** A quarter of an hour in minutes, up and down. */
function recordingIn(folder: string): string {
  const file = path.join(folder, 'EURUSD_minutes.csv');
  const rows = Array.from({ length: 15 }, (_, minute) => {
    const bid = (1.38 + Math.round(Math.sin(minute / 2) * 50) / 1e5).toFixed(5);
    const offer = (Number(bid) + 0.0001).toFixed(5);
    const at = new Date(Date.UTC(2014, 4, 1, 8, minute)).toISOString();
    return `${at},${bid},${bid},${bid},${bid},${offer},${offer},${offer},${offer}`;
  });
  const sides = ['bid', 'ask'].flatMap((side) =>
    ['open', 'high', 'low', 'close'].map((each) => `${side}_${each}`),
  );
  writeFileSync(file, [['timestamp', ...sides].join(','), ...rows, ''].join('\n'));
  return file;
}

async function rehearsed(over: Partial<RehearsalOptions> & Pick<RehearsalOptions, 'recordings' | 'command'>) {
  await using db = await testDb();
  const lifecycle = createLifecycle(silentLogger);
  try {
    return await rehearse({
      pace: 'step',
      seed: 'test',
      output: 'stderr',
      databaseUrl: db.url,
      lifecycle,
      logger: silentLogger,
      version: '0.0.0-test',
      signal: new AbortController().signal,
      ...over,
    });
  } finally {
    await lifecycle.close();
  }
}

await describeWith('python', 'the bot of docs/rehearse.md', () => {
  test('gives the same hash twice by steps, and free-running the report says that its hash is not repeatable', async () => {
    using folder = temporaryFolder('rehearsal');
    const guide = readFileSync(path.join(projectRoot, 'docs/rehearse.md'), 'utf8');
    const bot = path.join(folder.path, 'bot.py');
    writeFileSync(bot, /^```python\n([\s\S]*?)^```$/m.exec(guide)![1]!);
    const recordings = [{ path: recordingIn(folder.path), epic }];
    const command = ['python3', bot] as const;
    const first = await rehearsed({ recordings, command: [...command] });
    expect(first).toMatchObject({
      bot: { exit: 0, endedBy: 'itself' },
      failure: null,
      recording: { epics: [epic], reached: { at: '2014-05-01T08:14:45.000Z', done: true, left: 0 } },
      breaks: 0,
      requests: { refused: 0 },
      state: { repeatable: true, note: null },
    });
    expect(first.deals.byStatus).toEqual({ accepted: first.deals.total });
    expect(first.deals.total).toBeGreaterThan(2);
    expect(Number(first.money.drawdown)).toBeGreaterThan(0);
    const again = await rehearsed({ recordings, command: [...command] });
    expect(again).toEqual(first);
    const ended = new AbortController();
    const free = rehearsed({
      recordings,
      command: ['python3', '-c', 'import time; print("running", flush=True); time.sleep(600)'],
      pace: { speed: 'max' },
      signal: ended.signal,
    });
    ended.abort();
    expect(await free).toMatchObject({
      bot: { exit: 'SIGTERM', endedBy: 'an interruption' },
      deals: { total: 0 },
      state: { repeatable: false, note: expect.stringContaining('another run gives another hash') },
    });
  }, 120_000);
});
