import { once } from 'node:events';
import { createServer } from 'node:http';
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
