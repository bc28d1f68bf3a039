import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { noted } from '../testing/leftovers.ts';
import { describeWith } from '../testing/requires.ts';
import { testApp } from '../testing/test-app.ts';
import { describeRouter } from './router.ts';
import { listProcedures } from './schemas.ts';
import { subscriptionNotes } from './subscriptions.ts';

const names = listProcedures(describeRouter()).flatMap(({ name, type }) =>
  type === 'subscription' ? [name] : [],
);

test('every subscription is told of, and nothing else is', () => {
  expect(Object.keys(subscriptionNotes).sort()).toEqual([...names].sort());
});

await describeWith('curl', 'the document tells how to subscribe', (curl) => {
  test('each line and each message of it brings the first value of its subscription', async () => {
    await using app = await testApp();
    expect(await app.settled(10_000)).toEqual([]);
    const ask = async (path: string, body?: object) =>
      (
        await fetch(app.url + path, {
          ...(body && {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          }),
        })
      ).json() as Promise<any>;
    const signedUp = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' };
    const { accessToken: token } = await ask('/api/auth/register', signedUp);
    const { description } = (await ask('/api/openapi.json')).info;
    const linesOf = (kind: string) =>
      [...description.matchAll(new RegExp(`\`\`\`${kind}\\n(.+)\\n`, 'g'))].map((match) => String(match[1]));

    const lines = linesOf('sh');
    expect(lines).toHaveLength(names.length);
    for (const line of lines) {
      const command = line.replace('http://localhost:8000', app.url).replace(/^curl/, curl);
      const child = noted(spawn('sh', ['-c', `exec ${command}`], { env: { ...process.env, TOKEN: token } }));
      let text = '';
      for await (const chunk of child.stdout) {
        text += String(chunk);
        if (/^data: \{"json":/m.test(text)) break;
      }
      child.kill();
      expect(text).toMatch(/^event: connected\n[^]*^data: \{"json":/m);
    }

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
      for (const message of linesOf('json')) socket.send(message);
    });
    await all;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close();
    await closed;
    expect([...first.keys()].sort()).toEqual(names.map((_, n) => n + 1));
  }, 60_000);
});
