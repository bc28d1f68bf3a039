// What a command in another process does to a running server whose bus is in memory: the database is all they share.
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { pause, systemClock } from '../lib/clock.ts';
import { startProgram } from '../testing/processes.ts';
import { testApp } from '../testing/test-app.ts';

/** Well below the 30 s after which the server looks at its sockets' sessions by itself. */
const patienceMs = 5_000;

test('sessions ended by a command close their sockets in a running all-in-one, at once', async () => {
  await using app = await testApp();
  const answer = await fetch(`${app.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ann@example.com', password: 'correct horse', name: 'Ann' }),
  });
  const { accessToken, user } = (await answer.json()) as { accessToken: string; user: { id: string } };
  const socket = new WebSocket(`${app.url.replace('http', 'ws')}/trpc?connectionParams=1`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ method: 'connectionParams', data: { token: accessToken } }));
  const follow = { path: 'notifications.onNotification', input: { json: {} } };
  socket.send(JSON.stringify({ id: 1, method: 'subscription', params: follow }));
  await once(socket, 'message'); // signed in
  const closed = once(socket, 'close');

  await using command = startProgram('server/testing/end-sessions.ts', { args: [app.databaseUrl, user.id] });
  expect(await command.exited, command.output()).toBe(0);
  const tooLate = pause(systemClock, patienceMs).then(() => 'the socket is still open');
  expect(await Promise.race([closed.then(([code]) => code as number), tooLate])).toBe(4401);
}, 60_000);
