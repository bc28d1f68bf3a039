import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { failure } from '../../testing/failure.ts';
import { igProcess } from '../../testing/ig-process.ts';
import { listen } from '../../testing/listen.ts';
import { testDb } from '../../testing/test-db.ts';
import type { AllowanceClass } from '../../../shared/allowance.ts';

/** IG that takes a login and answers a read when the test does; `next` is the next read that arrives. */
async function arrange() {
  const db = await testDb();
  const arrived: { request: IncomingMessage; response: ServerResponse }[] = [];
  let wake: () => void = () => undefined;
  const server = await listen((request, response) => {
    if (request.url === '/session')
      return void response.end(
        JSON.stringify({
          accountId: 'ABC12',
          lightstreamerEndpoint: 'http://127.0.0.1',
          oauthToken: { access_token: 't', refresh_token: 'r', expires_in: '60' },
        }),
      );
    arrived.push({ request, response });
    wake();
  });
  const { reader } = igProcess({
    database: db.database,
    clock: systemClock,
    login: {
      feed: 'simulated',
      environment: 'simulated',
      baseUrl: server.url,
      apiKey: 'k',
      identifier: 'i',
      password: 'p',
    },
  });
  return {
    arrived,
    get: (by: AllowanceClass, signal?: AbortSignal) => reader.get('/positions', 2, { by, signal }),
    async next(n: number) {
      while (arrived.length <= n) await new Promise<void>((resolve) => (wake = resolve));
      return arrived[n]!;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('a read ends at the broker when everybody who waits for it has left', async () => {
  await using ig = await arrange();
  const [first, second] = [new AbortController(), new AbortController()];
  const waiting = [failure(ig.get('user', first.signal)), failure(ig.get('user', second.signal))];
  const { request, response } = await ig.next(0);
  const closed = once(response, 'close');
  first.abort(new Error('first left'));
  expect(await waiting[0]).toMatchObject({ message: 'first left' });
  expect(request.destroyed && response.closed).toBe(false);
  second.abort(new Error('second left'));
  await closed;
  expect(await waiting[1]).toMatchObject({ message: 'second left' });
  expect(ig.arrived).toHaveLength(1); // and it was not tried again
});

test('equal reads for users are one; evidence is never taken from a read that had begun before it was asked for', async () => {
  await using ig = await arrange();
  const users = [ig.get('user'), ig.get('user')];
  await ig.next(0);
  users.push(ig.get('user'));
  const proofs = [ig.get('reconcile'), ig.get('reconcile')];
  await ig.next(1);
  const later = ig.get('reconcile');
  await ig.next(2);
  ig.arrived.forEach(({ response }, n) => response.end(`{"n":${n}}`));
  const numbers = (answers: { body: unknown }[]) => answers.map(({ body }) => (body as { n: string }).n);
  expect(numbers(await Promise.all(users))).toEqual(['0', '0', '0']);
  expect(numbers(await Promise.all(proofs))).toEqual(['1', '1']);
  expect(numbers([await later])).toEqual(['2']);
});
