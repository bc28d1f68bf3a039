import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { SignedIn } from '../../shared/auth.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { noted } from '../testing/leftovers.ts';
import { describeWith } from '../testing/requires.ts';
import { temporaryFolder } from '../testing/processes.ts';
import { addUser } from '../testing/kit.ts';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { describeRouter } from './router.ts';
import { listProcedures } from './schemas.ts';
import { subscriptionNotes } from './subscriptions.ts';

const names = listProcedures(describeRouter()).flatMap(({ name, type }) =>
  type === 'subscription' ? [name] : [],
);

test('every subscription is told of, and nothing else is', () => {
  expect(Object.keys(subscriptionNotes).sort()).toEqual([...names].sort());
});

const signedUp = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' };
let app: TestApp;
let token: string;
let description: string;
let portfolioId: string;
beforeAll(async () => {
  app = await testApp();
  expect(await app.settled(10_000)).toEqual([]);
  await addUser(app, signedUp);
  const ask = async (path: string, init?: RequestInit): Promise<unknown> =>
    (await fetch(app.url + path, init)).json();
  ({ accessToken: token } = SignedIn.pick({ accessToken: true }).parse(
    await ask('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: signedUp.email, password: signedUp.password }),
    }),
  ));
  ({ id: portfolioId } = z.object({ id: z.string() }).parse(
    await ask('/api/portfolio', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ name: 'Own', baseCurrency: 'GBP', startsOn: '2026-01-01' }),
    }),
  ));
  ({ description } = z
    .object({ info: z.object({ description: z.string() }) })
    .parse(await ask('/api/openapi.json')).info);
}, 60_000);
afterAll(() => app?.[Symbol.asyncDispose]());

/** The lines of the document that run `program`, one for each subscription, with the id of a portfolio that is there. */
function linesOf(program: string): string[] {
  const lines = [...description.matchAll(/```sh\n(.+)\n/g)].map((match) => String(match[1]));
  const own = lines.filter((line) => line.startsWith(`${program} `));
  expect(own).toHaveLength(names.length);
  const named = (text: string) => [text, encodeURIComponent(text)];
  return own.map((line) => named('pf_…').reduce((told, written) => told.replace(written, portfolioId), line));
}
const messageIn = (line: string) => /'(.+)'$/.exec(line)![1]!;

/** Runs a line until it has printed `enough`. Gives what it printed. */
async function printedBy(line: string, enough: RegExp, cwd?: string): Promise<string> {
  const child = noted(
    spawn('sh', ['-c', `exec ${line}`], {
      cwd,
      env: { ...process.env, TOKEN: token },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
    if (enough.test(text)) break;
  }
  child.kill();
  return text;
}

await describeWith('curl', 'the document tells how to subscribe over server-sent events', (curl) => {
  test('each line of it brings the first value of its subscription', async () => {
    for (const line of linesOf('curl')) {
      const command = line.replace('http://localhost:8000', app.url).replace(/^curl/, curl);
      const value = /^event: connected\n[^]*^data: \{"json":/m;
      expect(await printedBy(command, value)).toMatch(value);
    }
  }, 60_000);
});

await describeWith(
  'websockets',
  'the document tells how to subscribe in Python over a WebSocket',
  (python) => {
    test('each line of it brings the first value of its subscription', async () => {
      using folder = temporaryFolder('subscribe');
      const [, program] = /```python\n([^]+?)\n```/.exec(description)!;
      writeFileSync(
        path.join(folder.path, 'subscribe.py'),
        program!.replace('ws://localhost:8000', app.url.replace('http', 'ws')),
      );
      for (const line of linesOf('python3')) {
        const value = /^\{"id":\d+,"result":\{"type":"data",.*"json":/m;
        const command = line.replace(/^python3/, python);
        expect(await printedBy(command, value, folder.path)).toMatch(value);
      }
    }, 60_000);
  },
);

test('the messages of the document, on one WebSocket, bring the first value of each subscription', async () => {
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/trpc?connectionParams=1`);
  const first = new Map<number, unknown>();
  const all = new Promise<void>((resolve, reject) => {
    socket.on('error', reject).on('message', (data: Buffer) => {
      const { id, result, error } = JSON.parse(String(data));
      if (error) reject(new Error(JSON.stringify(error)));
      if (result?.type === 'data') first.set(id, result.data.json);
      if (first.size === names.length) resolve();
    });
  });
  socket.on('open', () => {
    socket.send(JSON.stringify({ method: 'connectionParams', data: { token } }));
    for (const line of linesOf('python3')) socket.send(messageIn(line));
  });
  await all;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.close();
  await closed;
  expect([...first.keys()].sort()).toEqual(names.map((_, n) => n + 1));
}, 60_000);
