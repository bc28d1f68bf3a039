// A rehearsal with the bot of docs/rehearse.md, on a recording cut short, and the command's own refusals.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createLifecycle } from '../../lib/lifecycle.ts';
import { silentLogger } from '../../lib/logger.ts';
import { inheritedEnv, projectRoot, startProgram, temporaryFolder } from '../../testing/processes.ts';
import { describeWith } from '../../testing/requires.ts';
import { testDb } from '../../testing/test-db.ts';
import { readDay, rehearse, type RehearsalOptions } from './index.ts';

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
      env: inheritedEnv(),
      seed: 'test',
      output: 'stderr',
      databaseUrl: db.url,
      lifecycle,
      logger: silentLogger,
      version: '0.0.0-test',
      signal: new AbortController().signal,
      day: await readDay(over.recordings),
      ...over,
    });
  } finally {
    await lifecycle.close();
  }
}

/** In another language: a limit below the market, which is filled in a step, and known with its answer. */
const resting = `
const { FTRADER_URL: url, FTRADER_API_KEY: key, FTRADER_ACCOUNT_ID: accountId, FTRADER_EPICS: epic, FTRADER_STEP_URL: next } = process.env;
const headers = { authorization: 'Bearer ' + key, 'content-type': 'application/json', 'idempotency-key': 'rests-once' };
const get = async (path) => (await fetch(url + path, { headers: { authorization: headers.authorization } })).json();
const order = { accountId, epic, direction: 'BUY', size: '1', type: 'limit', level: '1.37980', stopDistancePoints: '2' };
const placed = await (await fetch(url + '/api/trading/orders', { method: 'POST', headers, body: JSON.stringify(order) })).json();
if (placed.status !== 'accepted') process.exit(2);
let seen = '';
for (let step = { done: false }; !step.done; ) {
  step = await (await fetch(next, { method: 'POST' })).json();
  const [orders, positions] = [(await get('/api/trading/orders')).orders, (await get('/api/trading/positions')).positions];
  const { bid, offer } = (await get('/api/market-data/prices?epics=' + epic)).prices[0];
  if (orders.length > 0 && Number(offer) <= 1.3798) process.exit(3); // reached, and not filled yet
  if (positions.length > 0 && Number(bid) <= Number(positions[0].stopLevel)) process.exit(4);
  seen += orders.length + '' + positions.length + ' ';
}
process.exit(/^(10 )+(01 )+(00 )+$/.test(seen) ? 7 : 5);
`;

test('what a step filled and stopped out is known with its answer, and the exit code is the bot’s', async () => {
  using folder = temporaryFolder('rehearsal');
  const recordings = [{ path: recordingIn(folder.path), epic }];
  const command = [process.execPath, '--input-type=module', '-e', resting] as const;
  expect(await rehearsed({ recordings, command: [...command] })).toMatchObject({
    bot: { exit: 7, endedBy: 'itself' },
    failure: null,
    deals: { byStatus: { accepted: 1 } },
    positions: { opened: 1, open: 0 },
    orders: { placed: 1, open: 0 },
    state: { repeatable: true },
  });
  await expect(rehearsed({ recordings, command: ['no-such-bot'] })).rejects.toThrow(
    'the bot cannot be started: no-such-bot: there is no such program',
  );
}, 60_000);

test('the command says what is wrong before anything is started', async () => {
  using folder = temporaryFolder('rehearsal');
  const none = path.join(folder.path, 'EURUSD_none.csv');
  writeFileSync(none, 'a,b,c\n1,2,3\n');
  const recording = recordingIn(folder.path);
  const refusals: [string[], number, RegExp][] = [
    [[recording, '--step'], 2, /no bot: write its command behind two dashes/],
    [[path.join(folder.path, 'gone.csv'), '--', 'true'], 2, /there is no file .*gone\.csv; no epic follows/],
    [[none, '--', 'true'], 1, /EURUSD_none\.csv is no recording/],
  ];
  await Promise.all(
    refusals.map(async ([args, code, words]) => {
      await using program = startProgram('scripts/rehearse.ts', { args });
      expect([args, await program.exited, program.output()]).toEqual([
        args,
        code,
        expect.stringMatching(words),
      ]);
    }),
  );
}, 60_000);

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
