// Messages that are made one by one: over a real socket to the stock client, and how a reader that takes nothing is waited for.
import { createTRPCClient, wsLink } from '@trpc/client';
import superjson from 'superjson';
import { expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import * as build from '../testing/build.ts';
import { createInbox } from '../testing/inbox.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { socketServer } from '../testing/socket-server.ts';
import { openStock } from '../testing/sockets.ts';
import type { ClientSocket } from '../trpc/context.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import { createCarry } from './carry.ts';

interface Said {
  n: number;
  at: Date;
}
const at = new Date('2026-01-05T09:00:00Z');
const toText = async (said: Said) => JSON.stringify(superjson.serialize(said));

/** A server whose one subscription says what `messages` makes. */
async function serve(messages: (signal: AbortSignal | undefined) => AsyncGenerator<Said, void>) {
  const carry = createCarry({ clock: systemClock });
  const appRouter = router({
    onSaid: publicProcedure.subscription(({ ctx, signal }) =>
      carry(messages(signal), { signal, socket: ctx.socket, toText }),
    ),
  });
  const http = await socketServer(appRouter, async () => ({ principal: build.principal() }));
  const stock = openStock(http.port, 'token');
  const api = createTRPCClient<typeof appRouter>({
    links: [wsLink({ client: stock.wsClient, transformer: superjson })],
  });
  return {
    api,
    async [Symbol.asyncDispose]() {
      await stock.close();
      await http.sockets.shutdown();
      await http[Symbol.asyncDispose]();
    },
  };
}

test('a stock client gets each message once and in order, then the end', async () => {
  await using server = await serve(async function* () {
    for (let n = 0; n < 5; n++) yield { n, at };
  });
  const { items, put, until } = createInbox<Said | 'complete'>();
  server.api.onSaid.subscribe(undefined, { onData: put, onComplete: () => put('complete') });
  await until((all) => all.at(-1) === 'complete');
  expect(items).toEqual([...[0, 1, 2, 3, 4].map((n) => ({ n, at })), 'complete']);
});

test('a failure reaches the client as its error, after what came before it', async () => {
  await using server = await serve(async function* () {
    yield { n: 1, at };
    throw new Error('not for clients');
  });
  const { items, put, until } = createInbox<Said | string>();
  server.api.onSaid.subscribe(undefined, { onData: put, onError: ({ message }) => put(message) });
  await until((all) => all.length === 2);
  expect(items[0]).toEqual({ n: 1, at });
  expect(items[1]).not.toContain('not for clients');
});

test('a client that leaves ends what is made for it', async () => {
  const ended = Promise.withResolvers<void>();
  await using server = await serve(async function* (signal) {
    try {
      for (let n = 0; !signal!.aborted; n++) {
        yield { n, at };
        await new Promise<void>((resolve) => signal!.addEventListener('abort', () => resolve()));
      }
    } finally {
      ended.resolve();
    }
  });
  const subscription = server.api.onSaid.subscribe(undefined, {
    onData: () => subscription.unsubscribe(),
  });
  await ended.promise;
});

/** A socket whose reader a test plays. */
function slowSocket() {
  const sent: string[] = [];
  const { put: wrote, until } = createInbox<number>();
  const socket = {
    bufferedAmount: 0,
    open: true,
    closedWith: undefined as number | undefined,
    send(text: string) {
      sent.push(text);
      socket.bufferedAmount += 1_000;
      wrote(sent.length);
    },
    close: (code: number) => void (socket.closedWith = code),
    sendShared: () => {},
    takeStarted: () => ({ form: 'trpc', opening: '{"id":7,' }),
  } satisfies ClientSocket & { closedWith: number | undefined };
  return { socket, sent, until };
}
const limits = { backlogBytes: 50, stalledAfterMs: 15_000, drainCheckMs: 50 };

test('nothing is made while a reader has too much unread, so what it gets then is the newest', async () => {
  const clock = createManualClock();
  const { socket, sent, until } = slowSocket();
  let newest = 1;
  const carried = createCarry({ clock, limits })(
    (async function* () {
      for (;;) yield { n: newest, at };
    })(),
    { signal: undefined, socket, toText },
  );
  const iterator = carried[Symbol.asyncIterator]();
  void iterator.next();
  await until(() => sent.length === 1);
  for (newest = 2; newest < 9; newest++) clock.advance(50);
  expect(sent).toHaveLength(1);
  socket.bufferedAmount = 0;
  clock.advance(50);
  await until(() => sent.length === 2);
  expect(sent.map((text) => JSON.parse(text))).toMatchObject([
    { id: 7, result: { type: 'data', data: { json: { n: 1 } } } },
    { id: 7, result: { type: 'data', data: { json: { n: 9 } } } },
  ]);
  await iterator.return!();
});

test('a reader that takes nothing for fifteen seconds is closed with 4490; one that takes a little is not', async () => {
  const clock = createManualClock();
  const { socket, sent, until } = slowSocket();
  const carried = createCarry({ clock, limits })(
    (async function* () {
      for (;;) yield { n: 1, at };
    })(),
    { signal: undefined, socket, toText },
  );
  const done = carried[Symbol.asyncIterator]().next();
  await until(() => sent.length === 1);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (let ms = 0; ms < 40_000; ms += 10_000) {
    socket.bufferedAmount -= 100;
    clock.advance(10_000);
    await turn();
  }
  expect(socket.closedWith).toBeUndefined();
  for (let ms = 0; ms < 20_000; ms += 5_000) {
    clock.advance(5_000);
    await turn();
  }
  expect(socket.closedWith).toBe(4490);
  expect(await done).toEqual({ done: true, value: undefined });
});
