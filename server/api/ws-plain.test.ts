// What only plain JSON sockets have: how a caller proves who it is, what a message must look like, heartbeats, and channels whose values are pulled.
import { once } from 'node:events';
import { tracked } from '@trpc/server';
import { z } from 'zod';
import { describe, expect, test } from 'vitest';
import { ChannelData, ServerMessage } from '../../shared/sockets.ts';
import { AppError } from '../lib/app-error.ts';
import * as build from '../testing/build.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { priceRig } from '../testing/price-rig.ts';
import { socketServer } from '../testing/socket-server.ts';
import { openPlain } from '../testing/sockets.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import { channelsOf, channelTable } from './channels.ts';
import { describeRouter } from './router.ts';

const eurusd = 'CS.D.EURUSD.CFD.IP';
const isData = (message: any) => message.type === 'data';
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a caller', () => {
  test('with the Authorization header needs no message, and may subscribe at once', async () => {
    await using rig = await priceRig();
    rig.gateway.tick(eurusd);
    const client = await rig.plain(null, { authorization: 'Bearer session_one' });
    client.watch(1, eurusd);
    await client.message(isData);
    expect(client.messages.map(({ type }) => type)).toEqual(['authenticated', 'subscribed', 'data']);
  });

  test('with the cookie of a page of this server needs none either', async () => {
    await using rig = await priceRig();
    const client = await rig.plain(null, {
      cookie: 'ftrader_session=session_one',
      origin: `http://127.0.0.1:${rig.port}`,
    });
    await client.message(({ type }) => type === 'authenticated');
  });

  test('that sent its first message and subscriptions together is answered in that order', async () => {
    await using rig = await priceRig();
    rig.gateway.tick(eurusd);
    const client = await rig.plain('session_one');
    client.watch(1, eurusd);
    client.watch(2, eurusd);
    await client.message(({ type, id }) => type === 'data' && id === 2);
    expect(client.messages[0].type).toBe('authenticated');
  });

  test('whose cookie is stale or of another page may still say who it is; without a word it is refused for the cookie', async () => {
    await using rig = await priceRig();
    rig.gateway.tick(eurusd);
    const cookie = 'ftrader_session=gone';
    const origin = `http://127.0.0.1:${rig.port}`;
    const said = await rig.plain('session_two', { cookie, origin });
    said.watch(1, eurusd);
    await said.message(isData);
    const silent = await rig.plain(null, { cookie, origin });
    silent.watch(1, eurusd);
    expect((await silent.closed).code).toBe(4401);
    expect(silent.messages).toMatchObject([
      { type: 'error', id: null, error: { code: 'auth.token_invalid' } },
    ]);
    const foreign = await rig.plain(null, {
      cookie: 'ftrader_session=session_one',
      origin: 'https://evil.example',
    });
    foreign.watch(1, eurusd);
    expect((await foreign.closed).code).toBe(4403);
    expect(foreign.messages).toMatchObject([{ error: { code: 'request.origin_refused' } }]);
  });

  test('with a header that proves nothing is refused at once', async () => {
    await using rig = await priceRig();
    for (const [authorization, code] of [
      ['Bearer forged', 'auth.token_invalid'],
      ['session_one', 'auth.bearer_missing'],
    ] as const) {
      const client = await rig.plain(null, { authorization });
      expect((await client.closed).code).toBe(4401);
      expect(client.messages).toMatchObject([{ type: 'error', id: null, error: { code } }]);
    }
  });

  test('is bounded and ended as the one it said it is, not as the one of its cookie', async () => {
    await using rig = await priceRig();
    const client = await rig.plain('session_two', {
      cookie: 'ftrader_session=session_one',
      origin: `http://127.0.0.1:${rig.port}`,
    });
    while (client.messages.filter(({ type }) => type === 'authenticated').length < 2) await turn();
    expect(rig.holdings.stats().sockets).toBe(1);
    rig.endSession('session_one');
    client.send({ type: 'unsubscribe', id: 1 });
    await client.message(({ type }) => type === 'error');
    rig.endSession('session_two');
    expect((await client.closed).code).toBe(4401);
  });

  test('that subscribes before saying who it is is refused with 4401', async () => {
    await using rig = await priceRig();
    const client = await rig.plain(null);
    client.watch(1, eurusd);
    expect((await client.closed).code).toBe(4401);
    expect(client.messages).toMatchObject([{ type: 'error', id: null, error: { code: 'auth.required' } }]);
  });
});

test('a message that is not as it must be is answered by what to write, and changes nothing', async () => {
  await using rig = await priceRig({ wsLimits: { maxMalformed: 20 } });
  rig.gateway.tick(eurusd);
  const client = await rig.plain();
  client.watch(1, eurusd);
  await client.message(isData);
  for (const [text, message] of [
    ['{"type":"dance"}', 'type must be authenticate, subscribe or unsubscribe.'],
    ['{"type":"subscribe","id":2}', 'channel is required.'],
    [
      '{"type":"subscribe","id":2.5,"channel":"prices"}',
      'id must be a whole number or a text of 1 to 64 characters, which you choose.',
    ],
    ['{"type":"unsubscribe","id":1,"channels":1}', 'channels is not a field of this request: leave it out.'],
    ['{"type":"unsubscribe","id":1,"id":1}', 'id is given twice: write it once.'],
    [
      '{"type":"subscribe","id":2,"channel":"prices","input":{"epics":[],"epics":[]}}',
      'input.epics is given twice: write it once.',
    ],
    ['{"type":"subscribe","id":2,"channel":"price"}', 'channel must be prices.'],
    [
      '{"type":"subscribe","id":1,"channel":"prices","input":{"epics":["CS.D.A.CFD.IP"]}}',
      'id is that of a subscription that is open: choose another.',
    ],
    ['{"type":"unsubscribe","id":9}', 'id is that of no open subscription on this socket.'],
    [
      '{"type":"authenticate","token":"session_one"}',
      'type may be authenticate in the first message only: open another socket for another login.',
    ],
    ['{"type":"subscribe","id":2,"channel":"prices"}', 'epics is required.'],
  ] as const) {
    client.send(text);
    const answer = await client.message(
      ({ type, error }) => type === 'error' && error.message.includes(message),
    );
    expect(answer.error).toMatchObject({
      code: 'request.invalid',
      requestId: expect.stringMatching(/^req_/),
    });
  }
  const { seq } = rig.gateway.tick(eurusd);
  await client.message((each) => isData(each) && each.data[0].seq === seq);
  expect(rig.holdings.stats().subscriptions).toBe(1);
});

test('every message is as the schemas say', async () => {
  const clock = createManualClock();
  await using rig = await priceRig({ clock });
  rig.gateway.tick(eurusd);
  const client = await rig.plain();
  client.watch(1, eurusd);
  await client.message(isData);
  client.send({ type: 'unsubscribe', id: 1 });
  client.send({ type: 'unsubscribe', id: 1 });
  await client.message(({ type }) => type === 'error');
  clock.advance(10_000);
  await client.message(({ type }) => type === 'heartbeat');
  const seen = client.texts.map((text) => {
    const message = JSON.parse(text, (name, value) =>
      name === 'at' || name === 'receivedAt' ? new Date(value) : value,
    );
    return (isData(message) ? ChannelData.prices : ServerMessage).parse(message).type;
  });
  expect(seen).toEqual(['authenticated', 'subscribed', 'data', 'unsubscribed', 'error', 'heartbeat']);
});

describe('heartbeats', () => {
  test('come every 10 s with the server’s time; who answers none of them is cut within 30 s', async () => {
    const clock = createManualClock();
    await using rig = await priceRig({ clock });
    const [alive, dead] = [await rig.plain('session_one'), await rig.plain('session_two')];
    for (const each of [alive, dead]) await each.message(({ type }) => type === 'authenticated');
    dead.socket.pause(); // its connection is dead: nothing arrives there any more
    const times: string[] = [];
    for (let beat = 1; beat <= 3; beat++) {
      const pinged = once(alive.socket, 'ping');
      clock.advance(10_000);
      times.push(clock.now().toISOString());
      await pinged;
      alive.send({ type: 'unsubscribe', id: beat }); // answered after the pong was read
      await alive.message(() => alive.messages.filter(({ type }) => type === 'error').length === beat);
    }
    while (rig.sockets.stats().sockets > 1) await turn();
    expect(alive.messages.filter(({ type }) => type === 'heartbeat').map(({ at }) => at)).toEqual(times);
    expect(rig.sockets.stats().sockets).toBe(1);
  });
});

describe('a channel whose values are pulled', () => {
  async function serve(
    make: (
      signal: AbortSignal | undefined,
    ) => AsyncGenerator<unknown, void> | Promise<AsyncGenerator<unknown, void>>,
    clock = createManualClock(),
  ) {
    const http = await socketServer(
      router({
        things: router({
          onThing: publicProcedure
            .input(z.object({ lastEventId: z.string().optional() }))
            .subscription(async ({ signal }) => make(signal)),
        }),
      }),
      async () => ({ principal: build.principal() }),
      { clock, channels: { things: { made: 'things.onThing' } } },
    );
    const client = await openPlain(http.port, 'token', {}, '/ws/things');
    client.send({ type: 'subscribe', id: 'a', channel: 'made', input: {} });
    return {
      ...client,
      clock,
      sockets: http.sockets,
      async [Symbol.asyncDispose]() {
        client.close();
        await http.sockets.shutdown();
        await http[Symbol.asyncDispose]();
      },
    };
  }

  test('gives each once and in order, a tracked one with its place, and says when it has ended', async () => {
    await using client = await serve(async function* () {
      yield { n: 1, at: new Date(0) };
      yield tracked('7', { id: '7', n: 2 });
    });
    await client.message(({ type }) => type === 'unsubscribed');
    expect(client.messages.slice(1)).toEqual([
      { type: 'subscribed', id: 'a', channel: 'made' },
      { type: 'data', id: 'a', data: { n: 1, at: '1970-01-01T00:00:00.000Z' } },
      { type: 'data', id: 'a', eventId: '7', data: { id: '7', n: 2 } },
      { type: 'unsubscribed', id: 'a' },
    ]);
  });

  test('that fails says so under its id, after what came before, and the id is free again', async () => {
    await using client = await serve(async function* () {
      yield { n: 1 };
      throw new AppError('broker.unavailable');
    });
    await client.message(({ type }) => type === 'error');
    expect(client.messages.slice(2)).toMatchObject([
      { type: 'data', id: 'a' },
      { type: 'error', id: 'a', error: { code: 'broker.unavailable', retryable: true } },
    ]);
    client.send({ type: 'subscribe', id: 'a', channel: 'made', input: {} });
    await client.message(() => client.messages.filter(({ type }) => type === 'subscribed').length === 2);
  });

  test('ends what makes them when it is unsubscribed', async () => {
    const ended = Promise.withResolvers<void>();
    await using client = await serve(async function* (signal) {
      try {
        for (let n = 0; !signal!.aborted; n++) {
          yield { n };
          await turn();
        }
      } finally {
        ended.resolve();
      }
    });
    await client.message(isData);
    client.send({ type: 'unsubscribe', id: 'a' });
    await client.message(({ type }) => type === 'unsubscribed');
    await ended.promise;
    expect(client.messages.at(-1).type).toBe('unsubscribed');
  });

  test('that is ended while it is looked up leaves its id free at once; the last word counts', async () => {
    const known = Promise.withResolvers<void>();
    let begun = 0;
    await using client = await serve(async (signal) => {
      await known.promise;
      const n = ++begun;
      return (async function* () {
        yield { n };
        if (!signal!.aborted) await once(signal!, 'abort');
      })();
    });
    const again = { type: 'subscribe', id: 'a', channel: 'made', input: {} };
    const end = { type: 'unsubscribe', id: 'a' };
    for (const message of [end, again, end, end, again]) client.send(message);
    await client.message(({ type }) => type === 'error'); // for the end that came once too often
    known.resolve();
    await client.message(({ data }) => data?.n === 3);
    expect(client.messages.map(({ type, id }) => [type, id])).toEqual([
      ['authenticated', undefined],
      ['error', null],
      ['subscribed', 'a'],
      ['unsubscribed', 'a'],
      ['subscribed', 'a'],
      ['unsubscribed', 'a'],
      ['subscribed', 'a'],
      ['data', 'a'],
    ]);
  });

  test('is pulled no further while its client reads nothing, and is closed with 4490 after 15 s of that', async () => {
    let made = 0;
    await using client = await serve(async function* () {
      for (;;) yield { n: ++made, text: 'x'.repeat(10_000) };
    });
    await client.message(isData);
    client.socket.pause();
    for (let before = -1; before !== made;) {
      before = made;
      for (let n = 0; n < 50; n++) await turn();
    }
    expect(client.sockets.stats().bufferedBytes).toBeLessThan(100_000);
    const atRest = made;
    for (let n = 0; n < 16 * 20 && client.sockets.stats().closed[4490] === undefined; n++) {
      client.clock.advance(50);
      await turn();
    }
    expect(made).toBe(atRest);
    client.socket.resume();
    expect((await client.closed).code).toBe(4490);
  });
});

test('the table of channels names subscriptions of the product; one that names none is refused at the start', () => {
  const product = describeRouter();
  for (const [path, channels] of channelsOf(product, channelTable))
    expect([path, channels.size > 0]).toEqual([path, true]);
  expect(() => channelsOf(product, { x: { y: 'marketData.prices' } })).toThrow('marketData.prices');
});
