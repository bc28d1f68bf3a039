import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../testing/processes.ts';
import { marketOrder } from '../testing/test-simulator.ts';
import { noted } from '../testing/leftovers.ts';

const root = path.resolve(import.meta.dirname, '../..');
function run(...args: string[]) {
  const child = noted(spawn(process.execPath, ['server/main/simulator.ts', ...args], { cwd: root }));
  const out = { text: '', errors: '' };
  child.stdout.on('data', (chunk) => (out.text += chunk));
  child.stderr.on('data', (chunk) => (out.errors += chunk));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...out }));
  onTestFinished(() => void child.kill('SIGKILL')); // of a test that failed before it ended its simulator
  return { child, out, ended, firstOutput: once(child.stdout, 'data') };
}

test('it goes on when whoever read its first line ends, and what it says at its end is lost without an error', async () => {
  using folder = temporaryFolder('unread');
  const saved = path.join(folder.path, 'saved.json');
  const { child, ended, firstOutput } = run('--port', '0', '--json', '--save', saved);
  await firstOutput;
  child.stdout.destroy();
  child.stderr.destroy();
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, signal: null });
  expect(JSON.parse(readFileSync(saved, 'utf8'))).toHaveProperty('hash');
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '--json prints one line that an IG client can log in with, and %s ends it cleanly',
  async (signal) => {
    const { child, out, ended, firstOutput } = run('--port', '0', '--json', '--seed', 'cli');
    await firstOutput;
    const settings = JSON.parse(out.text);
    expect(Object.keys(settings)).toEqual(['baseUrl', 'apiKey', 'identifier', 'password', 'accountId']);
    expect(settings.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/gateway\/deal$/);
    const { identifier, password, apiKey, baseUrl } = settings;
    const response = await fetch(`${baseUrl}/session`, {
      method: 'POST',
      headers: { 'X-IG-API-KEY': apiKey, Version: '2' },
      body: JSON.stringify({ identifier, password }),
    });
    expect(await response.json()).toMatchObject({ currentAccountId: settings.accountId });

    const second = await run('--port', new URL(baseUrl).port).ended;
    expect(second).toMatchObject({
      code: 1,
      errors: expect.stringContaining('is taken; choose another with --port'),
    });
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0, text: `${JSON.stringify(settings)}\n` });
  },
);

test('without --json the settings are ready to paste', async () => {
  const { child, out, ended, firstOutput } = run('--port', '0');
  await firstOutput;
  expect(out.text).toMatch(
    /^# .+\nIG_BASE_URL=http.+\/gateway\/deal\nIG_API_KEY=\w+\nIG_IDENTIFIER=\w+\nIG_PASSWORD=\w+\nIG_ACCOUNT_ID=\w+\n$/,
  );
  child.kill('SIGTERM');
  await ended;
});

test('wrong flags are all named at once, and nothing starts', async () => {
  const { code, errors, text } = await run(
    '--port',
    'x',
    '--speed',
    '0',
    '--foo',
    '--replay',
    'none/QQQ_1.csv',
    '--faults',
    'none.json',
    '--time',
    'mine',
    '--confirm-delay',
    '-1',
    '--tlcp-2.5',
    'perhaps',
    '--paused',
    '--load',
    'none-saved.json',
    '--save',
    'none/saved.json',
  ).ended;
  expect(code).toBe(1);
  expect(text).toBe('');
  for (const problem of [
    '--port must be',
    '--speed must be',
    'unknown flag --foo',
    'there is no file none/QQQ_1.csv',
    'no epic follows',
    '--faults: ENOENT',
    '--load: ENOENT',
    '--save: there is no folder none',
    '--time must be',
    '--confirm-delay must be',
    '--tlcp-2.5 must be accept or refuse, not perhaps',
    '--paused needs --admin-token',
  ])
    expect(errors).toContain(problem);
});

test('a flag that would do nothing is refused, and so is an empty value', async () => {
  const { code, errors } = await run('--speed', '5', '--loop', '--admin-token=', '--port=', '--data=').ended;
  expect(code).toBe(1);
  for (const problem of [
    '--speed needs --replay',
    '--loop needs --replay',
    '--admin-token must not be empty',
    '--port must not be empty',
    '--data must not be empty',
  ])
    expect(errors).toContain(problem);
  const file = await run('--port', '0', '--data', path.join(root, 'package.json')).ended;
  expect([file.code, file.errors]).toEqual([
    1,
    expect.stringMatching(/^simulator: .*package\.json is a file\. .* choose another folder: --data /),
  ]);
  const tilde = await run('--data=~/ours').ended;
  expect(tilde.errors).toMatch(/--data: ~ is not read here; write \/.*\/ours/);
});

test('a signal that comes several times in a moment, as a terminal and npm send it, is one: the state is saved', async () => {
  using folder = temporaryFolder('simulator signals');
  const file = path.join(folder.path, 'saved.json');
  const { child, ended, firstOutput } = run('--port', '0', '--json', '--save', file);
  await firstOutput;
  for (let n = 0; n < 50; n++) {
    child.kill('SIGINT');
    await setImmediate();
  }
  expect(await ended).toMatchObject({ code: 0, errors: expect.stringContaining(`is in ${file}`) });
});

test('a state saved at the end and over the admin route is loaded by another start under its own seed, with the same hash; an edited one is refused', async () => {
  using folder = temporaryFolder('simulator saved');
  const [first, second] = ['first', 'second'].map((name) => path.join(folder.path, `${name}.json`)) as [
    string,
    string,
  ];
  const begun = run('--port', '0', '--json', '--seed', 'mine', '--admin-token', 'token', '--save', first);
  await begun.firstOutput;
  const { baseUrl, ...login } = JSON.parse(begun.out.text);
  const headers = { 'X-IG-API-KEY': login.apiKey, 'Content-Type': 'application/json' };
  const session = await fetch(`${baseUrl}/session`, {
    method: 'POST',
    headers: { ...headers, Version: '2' },
    body: JSON.stringify(login),
  });
  const tokens = {
    CST: session.headers.get('cst')!,
    'X-SECURITY-TOKEN': session.headers.get('x-security-token')!,
  };
  expect(
    (
      await fetch(`${baseUrl}/positions/otc`, {
        method: 'POST',
        headers: { ...headers, ...tokens, Version: '2' },
        body: JSON.stringify(marketOrder),
      })
    ).status,
  ).toBe(200);
  const saved = await (
    await fetch(baseUrl.replace('/gateway/deal', '/simulator/saved-state'), {
      headers: { Authorization: 'Bearer token' },
    })
  ).json();
  begun.child.kill('SIGINT');
  expect((await begun.ended).errors).toContain(`state ${saved.hash} is in ${first}`);
  expect(JSON.parse(readFileSync(first, 'utf8'))).toMatchObject({
    hash: saved.hash,
    seed: 'mine',
    state: saved.state,
  });

  const again = run('--port', '0', '--json', '--load', first, '--save', second);
  await again.firstOutput;
  again.child.kill('SIGTERM');
  expect((await again.ended).errors).toContain(saved.hash);
  writeFileSync(second, readFileSync(second, 'utf8').replace('"cash":"10000"', '"cash":"99999"'));
  expect(await run('--port', '0', '--load', second).ended).toMatchObject({
    code: 1,
    errors: expect.stringContaining('the file was changed'),
  });
});

test('recordings are played in their own time, one line for all, from where they are stepped', async () => {
  using folder = temporaryFolder('simulator replay');
  const files = [
    ['EURUSD_ticks.csv', 'timestamp,bid,ask', '2014-05-05T00:00:30Z,1.38780,1.38790'],
    [
      'XAUUSD_minutes.csv',
      'timestamp,open,high,low,close,volume',
      '2014-05-05T00:00:00Z,1300.1,1300.3,1300.0,1300.2,',
    ],
  ].map(([name, ...lines]) => {
    const file = path.join(folder.path, name!);
    writeFileSync(file, lines.join('\n'));
    return file;
  });
  const { child, out, ended, firstOutput } = run(
    '--port',
    '0',
    '--json',
    '--admin-token',
    'token',
    '--time',
    'original',
    '--paused',
    '--speed',
    '60',
    '--replay',
    ...files,
  );
  await firstOutput;
  const url = JSON.parse(out.text).baseUrl.replace('/gateway/deal', '/simulator/replay');
  const headers = { Authorization: 'Bearer token', 'Content-Type': 'application/json' };
  const step = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ action: 'step', ms: 29_999 }),
  });
  expect(await step.json()).toEqual({
    paused: true,
    speed: 60,
    time: 'original',
    epics: {
      'CS.D.EURUSD.CFD.IP': { rows: 0, done: false, recordedAt: '2014-05-05T00:00:29.999Z' },
      'CS.D.CFDGOLD.CFDGC.IP': { rows: 2, done: false, recordedAt: '2014-05-05T00:00:29.999Z' },
    },
  });
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
});

test('--confirm-delay keeps confirms back, and --tlcp-2.5 refuse turns away newer stream clients; both are in --help', async () => {
  const { child, out, ended, firstOutput } = run(
    '--port',
    '0',
    '--json',
    '--confirm-delay',
    '60000',
    '--tlcp-2.5',
    'refuse',
  );
  await firstOutput;
  const { baseUrl, apiKey, identifier, password } = JSON.parse(out.text);
  const call = (where: string, headers: Record<string, string>, body?: object) =>
    fetch(baseUrl + where, {
      headers: { 'X-IG-API-KEY': apiKey, Version: '2', ...headers },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  const session = await call('/session', {}, { identifier, password });
  const tokens = {
    CST: session.headers.get('cst')!,
    'X-SECURITY-TOKEN': session.headers.get('x-security-token')!,
  };
  const { dealReference } = (await (await call('/positions/otc', tokens, marketOrder)).json()) as {
    dealReference: string;
  };
  expect((await call(`/confirms/${dealReference}`, { ...tokens, Version: '1' })).status).toBe(404);
  const create = (version: string) =>
    fetch(
      `${baseUrl.replace('/gateway/deal', '')}/lightstreamer/create_session.txt?LS_protocol=TLCP-${version}`,
      {
        method: 'POST',
        body: `LS_polling=true&LS_password=CST-${tokens.CST}%7CXST-${tokens['X-SECURITY-TOKEN']}`,
      },
    );
  expect(await (await create('2.5.0')).text()).toBe('CONERR,65,Unsupported protocol version: 2.5.0\r\n');
  expect(await (await create('2.1.0')).text()).toMatch(/^CONOK,/);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
  const { text } = await run('--help').ended;
  expect(text).toContain('--confirm-delay MS');
  expect(text).toContain('--tlcp-2.5 accept | refuse');
});

test('--data is for one simulator at a time, and --faults strikes', async () => {
  using folder = temporaryFolder('simulator');
  const faults = path.join(folder.path, 'faults.json');
  writeFileSync(faults, JSON.stringify([{ name: '5xx-before', on: ['read'] }]));
  const args = ['--port', '0', '--json', '--data', path.join(folder.path, 'data'), '--faults', faults];
  const { child, out, ended, firstOutput } = run(...args);
  await firstOutput;
  const { baseUrl, apiKey, identifier, password } = JSON.parse(out.text);
  const { headers } = await fetch(`${baseUrl}/session`, {
    method: 'POST',
    headers: { 'X-IG-API-KEY': apiKey, Version: '2' },
    body: JSON.stringify({ identifier, password }),
  });
  const accounts = await fetch(`${baseUrl}/accounts`, {
    headers: {
      'X-IG-API-KEY': apiKey,
      CST: headers.get('cst')!,
      'X-SECURITY-TOKEN': headers.get('x-security-token')!,
    },
  });
  expect([accounts.status, await accounts.json()]).toEqual([500, { errorCode: 'system.error' }]);
  expect(await run(...args).ended).toMatchObject({
    code: 1,
    text: '',
    errors: expect.stringContaining('already runs in'),
  });
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
});

test.skipIf(process.platform === 'win32')(
  'a disk that takes no more ends the process; what it had acknowledged is there afterwards',
  async () => {
    using folder = temporaryFolder('full disk');
    const data = path.join(folder.path, 'data');
    const limited = noted(
      spawn(
        'sh',
        [
          '-c',
          'ulimit -f 20; exec "$0" "$@"',
          process.execPath,
          'server/main/simulator.ts',
          '--port',
          '0',
          '--json',
          '--data',
          data,
        ],
        { cwd: root },
      ),
    );
    const ended = once(limited, 'close');
    const [line] = await once(limited.stdout, 'data');
    const { baseUrl, apiKey, identifier, password } = JSON.parse(String(line));
    const post = (where: string, version: string, headers: Record<string, string>, body: object) =>
      fetch(baseUrl + where, {
        method: 'POST',
        headers: { 'X-IG-API-KEY': apiKey, Version: version, ...headers },
        body: JSON.stringify(body),
      });
    const { headers } = await post('/session', '2', {}, { identifier, password });
    const tokens = { CST: headers.get('cst')!, 'X-SECURITY-TOKEN': headers.get('x-security-token')! };
    const acknowledged: string[] = [];
    try {
      for (;;)
        acknowledged.push(
          (
            (await (
              await post('/positions/otc', '2', tokens, {
                ...marketOrder,
                forceOpen: false,
                direction: acknowledged.length % 2 ? 'BUY' : 'SELL',
              })
            ).json()) as { dealReference: string }
          ).dealReference,
        );
    } catch {
      /* it is gone */
    }
    expect((await ended)[0]).toBe(1);
    const entries = readFileSync(path.join(data, 'journal.jsonl'), 'utf8').split('\n').slice(0, -1);
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(
      entries
        .slice(1)
        .map((entry) => JSON.parse(entry).decisions[0].dealReference)
        .slice(0, acknowledged.length),
    ).toEqual(acknowledged);
  },
);
