// Event streams over HTTP obey what sockets obey: bounds, heartbeats, being counted, and the end of what they rest on.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import * as build from '../testing/build.ts';
import { startEdge, type EdgeOptions } from '../testing/edge.ts';
import { openEventStream } from '../testing/event-stream.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { publicProcedure, router, sessionProcedure } from '../trpc/init.ts';

/** Whoever brings the token `ann_1` is Ann by that session. */
const authenticate: EdgeOptions['authenticate'] = async ({ bearer }) => {
  if (!bearer) return { principal: null };
  const [name] = bearer.split('_');
  return { principal: { ...build.principal(['session'], { id: `user_${name}` }), sessionId: bearer } };
};

/** A server whose streams say what the test says, to all that listen. */
async function rig(options: Omit<EdgeOptions, 'router'> = {}) {
  const listeners = new Set<(text: string) => void>();
  let looked = 0;
  const said = (signal: AbortSignal | undefined) => {
    looked++;
    return (async function* () {
      const waiting: string[] = [];
      let wake = () => {};
      const listener = (text: string) => {
        waiting.push(text);
        wake();
      };
      listeners.add(listener);
      try {
        yield 'begun';
        while (!signal!.aborted) {
          for (const text of waiting.splice(0)) yield text;
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal!.addEventListener('abort', () => resolve(), { once: true });
          });
        }
      } finally {
        listeners.delete(listener);
      }
    })();
  };
  const sessions = new Set<string>();
  const ends = new Set<(id: string) => void>();
  const app = await startEdge({
    router: router({
      onSaid: sessionProcedure.subscription(({ signal }) => said(signal)),
      onAnything: publicProcedure.subscription(({ signal }) => said(signal)),
      /** As a subscription that follows no signal and never speaks again. */
      onDeaf: sessionProcedure.subscription(async function* () {
        yield 'begun';
        await new Promise(() => {});
      }),
      onMuch: sessionProcedure.subscription(async function* () {
        for (;;) yield 'x'.repeat(64 * 1024);
      }),
    }),
    table: [],
    authenticate,
    sessions: {
      onSessionEnded: (listener) => (ends.add(listener), () => void ends.delete(listener)),
      liveSessions: async (ids) => new Set(ids.filter((id) => !sessions.has(id))),
    },
    ...options,
  });
  return {
    ...app,
    /** What asked for a stream and was let in. */
    looked: () => looked,
    listeners,
    say: (text: string) => listeners.forEach((listener) => listener(text)),
    endSession: (id: string) => ends.forEach((end) => end(id)),
    /** Its row is gone, and nobody tells. */
    forget: (id: string) => void sessions.add(id),
    async open(token: string | null, path = 'onSaid', ip?: string) {
      const stream = await openEventStream(app.port, path, { token, ...(ip && { ip }) });
      onTestFinished(() => void stream.close());
      return stream;
    },
  };
}
const isData = ({ event }: { event: string }) => event === 'message';
const isError = ({ event }: { event: string }) => event === 'serialized-error';
type Rig = Awaited<ReturnType<typeof rig>>;
const begun = async (stream: Awaited<ReturnType<Rig['open']>>) => (await stream.event(isData), stream);

test('a stream ends with its login, is told why, and hears nothing that is said later; others go on', async () => {
  await using app = await rig();
  const [ann, ben] = [await begun(await app.open('ann_1')), await begun(await app.open('ben_1'))];
  app.endSession('ann_1');
  app.say('after the end');
  await ann.ended;
  expect(ann.events.map(({ event }) => event)).toEqual(['connected', 'message', 'serialized-error']);
  expect(ann.events.at(-1)!.data.json).toMatchObject({
    message: 'This login has ended: sign in again.',
    data: { code: 'auth.required', httpStatus: 401, requestId: expect.stringMatching(/^req_/) },
  });
  await ben.event(({ data }) => data?.json === 'after the end');
  expect(app.holdings.stats()).toEqual({ sockets: 0, eventStreams: 1, subscriptions: 1 });
});

test('one that does not follow its signal ends all the same', async () => {
  await using app = await rig();
  const stream = await begun(await app.open('ann_1', 'onDeaf'));
  app.endSession('ann_1');
  await stream.ended;
  expect(stream.events.at(-1)).toMatchObject({ event: 'serialized-error' });
});

test('a login whose end nobody told of, or a user disabled by hand, ends its streams at the next look, a second later', async () => {
  const clock = createManualClock();
  await using app = await rig({ over: { clock } });
  const stream = await begun(await app.open('ann_1'));
  app.forget('ann_1');
  clock.advance(1_000);
  await stream.ended;
  expect(stream.events.at(-1)).toMatchObject({ event: 'serialized-error' });
});

test('a client that reads nothing is cut when its login ends, and when it takes nothing for fifteen seconds', async () => {
  const clock = createManualClock();
  await using app = await rig({ over: { clock } });
  const deaf = async (token: string) => {
    const socket = connect(app.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `GET /trpc/onMuch HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nAccept: text/event-stream\r\n\r\n`,
    );
    await once(socket, 'readable'); // and nothing is read
    return { socket, closed: once(socket.resume.bind(socket) && socket, 'close') };
  };
  const open = () => app.holdings.stats().eventStreams;
  const [ended, stalled] = [await deaf('ann_1'), await deaf('ben_1')];
  expect(open()).toBe(2);
  app.endSession('ann_1');
  clock.advance(500);
  ended.socket.resume();
  await ended.closed;
  for (let seconds = 0; open() > 0 && seconds < 60; seconds++) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(open()).toBe(0);
  stalled.socket.resume();
  await stalled.closed;
});

test('a quiet stream carries heartbeats, and its client is told how long a silence means that it is lost', async () => {
  await using app = await rig({ over: { heartbeat: 20 } });
  const stream = await app.open('ann_1');
  await stream.event(({ event }) => event === 'ping');
  expect(stream.events[0]).toEqual({ event: 'connected', data: { reconnectAfterInactivityMs: 60 } });
});

test('a user’s streams are bounded, over all of that user’s logins; beyond, nothing is begun, and one that ends makes room', async () => {
  await using app = await rig({ limits: { maxConnectionsPerUser: 3 } });
  const streams = await Promise.all(['ann_1', 'ann_1', 'ann_2'].map((token) => app.open(token)));
  await Promise.all(streams.map(begun));
  const refused = await app.open('ann_2');
  await refused.ended;
  expect((await refused.event(isError)).data.json).toMatchObject({
    message: 'A user has at most 3 sockets and event streams open at a time: close one first.',
    data: { code: 'request.too_many_subscriptions', httpStatus: 429, retryable: true },
  });
  expect(app.looked()).toBe(3);
  await begun(await app.open('ben_1')); // somebody else has room
  streams[0]!.close();
  await expect.poll(() => app.holdings.stats().eventStreams).toBe(3);
  await begun(await app.open('ann_1'));
});

test('a user’s subscriptions are bounded over streams and sockets together', async () => {
  await using app = await rig({ limits: { maxSubscriptionsPerUser: 2 } });
  const socket = app.holdings.hold(
    { principal: build.principal(['session'], { id: 'user_ann' }), ip: '192.0.2.1' },
    'socket',
    () => {},
  );
  const place = socket.take(undefined);
  await begun(await app.open('ann_1'));
  expect((await (await app.open('ann_1')).event(isError)).data.json.data).toMatchObject({
    code: 'request.too_many_subscriptions',
  });
  place.leave();
  await begun(await app.open('ann_1'));
  socket.release();
});

test('where anybody may listen, a network has the bound of a user', async () => {
  await using app = await rig({ limits: { maxConnectionsPerUser: 1 } });
  await begun(await app.open(null, 'onAnything', '2001:db8:1:2::1'));
  expect(
    (await (await app.open(null, 'onAnything', '2001:db8:1:2::2')).event(isError)).data.json.data,
  ).toMatchObject({ code: 'request.too_many_subscriptions' });
  await begun(await app.open(null, 'onAnything', '2001:db8:1:3::1'));
});

test('streams are counted in /status and the metrics, and a client that leaves is counted no more and followed by nobody', async () => {
  await using app = await rig();
  const streams = await Promise.all(['ann_1', 'ben_1'].map((token) => app.open(token)));
  await Promise.all(streams.map(begun));
  const status = async () => (await app.ask('/status')).json;
  expect(await status()).toMatchObject({ sockets: 0, eventStreams: 2, subscriptions: 2 });
  expect((await app.ask('/metrics')).text).toMatch(/^ftrader_event_streams 2$/m);
  expect((await app.ask('/metrics')).text).toMatch(/^ftrader_subscriptions 2$/m);
  streams[0]!.close();
  await expect.poll(status).toMatchObject({ eventStreams: 1, subscriptions: 1 });
  expect(app.listeners.size).toBe(1);
});

test('a stop ends streams with server.unavailable, so that a stock client goes on elsewhere, and takes no more', async () => {
  await using app = await rig();
  const stream = await begun(await app.open('ann_1'));
  await app.holdings.shutdown();
  await stream.ended;
  const { json } = stream.events.at(-1)!.data;
  expect(json.data).toMatchObject({ code: 'server.unavailable', httpStatus: 503 });
  expect(json.code).toBe(-32603); // among those after which the stock client reconnects
  expect((await (await app.open('ann_1')).event(isError)).data.json.data).toMatchObject({
    code: 'server.unavailable',
  });
});
