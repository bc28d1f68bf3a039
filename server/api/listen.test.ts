import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { drainMs, listen } from './listen.ts';

/** A server on a free port with a request under way that it never answers. */
async function arrange() {
  const clock = createManualClock();
  const server = createServer();
  const asked = once(server, 'request');
  const listening = await listen(server, { host: '127.0.0.1', port: 0, searchOnwards: false, clock });
  const answer = fetch(`http://127.0.0.1:${listening.port}`).then(
    (response) => `${response.status}`,
    () => 'cut off',
  );
  const [, response] = await asked;
  return { clock, listening, answer, response };
}

test('a stop lets a request under way end', async () => {
  const { listening, answer, response } = await arrange();
  const closing = listening.close();
  response.end();
  await closing;
  expect(await answer).toBe('200');
});

test('a stop cuts off what is still under way after the drain', async () => {
  const { clock, listening, answer } = await arrange();
  let closed = false;
  const closing = listening.close().then(() => (closed = true));
  clock.advance(drainMs - 1);
  for (let turns = 0; turns < 20; turns++) await turn();
  expect(closed).toBe(false);
  clock.advance(1);
  await closing;
  expect(await answer).toBe('cut off');
});

test('localhost is named only where nobody else answers on [::1]', async () => {
  const clock = createManualClock();
  const other = createServer().listen(0, '::1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const urls = async (host: string) => {
    const listening = await listen(createServer(), { host, port, searchOnwards: false, clock });
    await listening.close();
    return listening.urls;
  };
  expect(await urls('127.0.0.1')).toEqual([`http://127.0.0.1:${port}`]);
  expect((await urls('0.0.0.0'))[0]).toBe(`http://127.0.0.1:${port}`);
  await new Promise((resolve) => other.close(resolve));
  expect(await urls('127.0.0.1')).toEqual([`http://localhost:${port}`]);
});

test('bound to every interface, each address that answers is named', async () => {
  const server = createServer((_req, res) => res.end('here'));
  const listening = await listen(server, {
    host: '::',
    port: 0,
    searchOnwards: false,
    clock: createManualClock(),
  });
  const own = Object.values(networkInterfaces())
    .flat()
    .filter((each) => each && !each.internal && each.family === 'IPv4');
  expect(listening.urls.length).toBeGreaterThan(own.length);
  for (const url of listening.urls) expect(await (await fetch(url)).text(), url).toBe('here');
  await listening.close();
});
