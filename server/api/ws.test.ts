// Which sockets are taken, how they are bounded, and with which code and word each ends.
import { once } from 'node:events';
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../testing/manual-clock.ts';
import { priceRig } from '../testing/price-rig.ts';
import { tryUpgrade } from '../testing/sockets.ts';

const eurusd = 'CS.D.EURUSD.CFD.IP';

test.each([
  ['an unknown Host', '/trpc', { Host: 'evil.example' }, 400, 'request.unknown_host'],
  ['two proofs', '/trpc', { Authorization: ['Bearer a', 'Bearer b'] }, 400, 'request.malformed'],
  ['another path', '/other', {}, 404, 'request.unknown_path'],
  ['a parameter that nobody reads', '/trpc?connectionParams=1&epics=x', {}, 400, 'request.invalid'],
  ['a token in the URL', '/trpc?token=abc', {}, 400, 'request.credentials_in_url'],
])('an upgrade with %s is refused with the one error object', async (_, path, headers, status, code) => {
  await using rig = await priceRig();
  const answer = await tryUpgrade(rig.port, path, headers as Record<string, string | string[]>);
  expect(answer).toMatchObject({
    status,
    body: { code, retryable: false, docUrl: `/api/docs/errors#${code}` },
  });
  expect(answer.requestId).toBe(answer.body.requestId);
  expect(rig.sockets.stats()).toMatchObject({ sockets: 0, opened: 0, refused: 1 });
});

test('more sockets than there is room for are refused with server.unavailable', async () => {
  await using rig = await priceRig({ wsLimits: { maxSockets: 1 } });
  await rig.raw();
  expect(await tryUpgrade(rig.port)).toMatchObject({
    status: 503,
    body: { code: 'server.unavailable', retryable: true },
  });
});

describe('proving who it is', () => {
  test('a socket that announces its login and does not send it within 5 s is told and closed with 4408', async () => {
    const clock = createManualClock();
    await using rig = await priceRig({ clock });
    const client = await rig.raw(null);
    while (rig.sockets.stats().sockets === 0) await once(rig.server, 'upgrade');
    clock.advance(5_000);
    expect(await client.closed).toEqual({ code: 4408, reason: 'auth.required' });
    expect(client.messages).toMatchObject([
      { id: null, error: { json: { data: { code: 'auth.required' } } } },
    ]);
  });

  test('a socket that is not signed in hears it on its request and on its connection, then is closed with 4401', async () => {
    await using rig = await priceRig();
    const client = await rig.raw(null, '');
    client.watch(5, eurusd);
    expect((await client.closed).code).toBe(4401);
    expect(client.messages.map(({ id, error }) => [id, error.json.data.code])).toEqual([
      [null, 'auth.required'],
      [5, 'auth.required'],
    ]);
  });

  test('a first message that cannot be read is answered and closed with 4400', async () => {
    await using rig = await priceRig();
    const client = await rig.raw(null);
    client.send('{nonsense');
    expect((await client.closed).code).toBe(4400);
    expect(client.messages).toMatchObject([
      { id: null, error: { json: { data: { code: 'request.malformed' } } } },
    ]);
  });

  test('a session that merely expired ends its sockets at the next check', async () => {
    const clock = createManualClock();
    await using rig = await priceRig({ clock });
    const [client, other] = [await rig.raw('session_one'), await rig.raw('session_two')];
    for (const each of [client, other]) {
      each.send({ id: 1, method: 'query', params: { path: 'echo', input: { json: { text: 'a' } } } });
      await each.message((message) => message.id === 1);
    }
    rig.sessions.delete('session_one');
    clock.advance(1_000);
    expect(await client.closed).toEqual({ code: 4401, reason: 'auth.required' });
    expect(client.messages.at(-1)).toMatchObject({
      id: null,
      error: { json: { message: 'This login has ended: sign in again.' } },
    });
    other.send('PING');
    await other.message((message) => message === 'PONG');
  });
});

describe('what it sends', () => {
  test('a message that cannot be read is answered in the one shape; the fifth closes with 4400', async () => {
    await using rig = await priceRig();
    const client = await rig.raw();
    client.send({ id: 1, method: 'query', params: { path: 'echo', input: { json: { text: 'a' } } } });
    await client.message((message) => message.id === 1);
    for (const text of ['{', '[]', '{"id":{}}', 'null', '{"id":2,"method":"dance"}', '"x"'])
      client.send(text);
    expect((await client.closed).code).toBe(4400);
    const errors = client.messages.filter((message) => message.id === null);
    expect(errors).toHaveLength(5);
    for (const { error } of errors)
      expect(error.json).toMatchObject({
        message: expect.any(String),
        data: { code: 'request.malformed', httpStatus: 400 },
      });
    expect(JSON.stringify(client.messages)).not.toContain('stack');
  });

  test('a name that stands twice and what is not read are refused by name, and nothing of the message is done', async () => {
    await using rig = await priceRig();
    const client = await rig.raw();
    const call = '"method":"query","params":{"path":"echo"';
    for (const [text, message] of [
      [`{"id":1,${call},"input":{"json":{"text":"a","text":"b"}}}}`, 'text is given twice: write it once.'],
      [
        `{"id":1,${call},"input":{"json":{"text":"a"}},"text":"b"}}`,
        'text is not read here: write it into params.input, as {"json": {…}}.',
      ],
      [
        `[{"id":1,${call},"input":{"json":{"text":"a"}}},"size":"b"}]`,
        'size is not read here: write it into params.input, as {"json": {…}}.',
      ],
    ] as const) {
      client.send(text);
      const answer = await client.message(({ error }) => error?.json.message === message);
      expect(answer.error.json.data.code).toBe('request.invalid');
    }
    client.send(`{"id":2,${call},"input":{"json":{"text":"a"}}}}`);
    await client.message((message) => message.id === 2);
    expect(client.messages.filter((message) => message.id === 1)).toEqual([]);
  });

  test('binary frames are not understood, and say so', async () => {
    await using rig = await priceRig();
    const client = await rig.raw();
    client.socket.send(Buffer.from([1, 2, 3]));
    expect(await client.message((message) => message.id === null)).toMatchObject({
      error: { json: { data: { code: 'request.malformed' } } },
    });
  });

  test('a message larger than 100 kB closes with 1009', async () => {
    await using rig = await priceRig();
    const client = await rig.raw();
    client.send('x'.repeat(100 * 1024 + 1));
    expect((await client.closed).code).toBe(1009);
  });

  test('more messages than it may send close with 4429, and what follows is not executed', async () => {
    await using rig = await priceRig({ clock: createManualClock(), wsLimits: { messageBurst: 20 } });
    const client = await rig.raw(); // its login is the first message
    for (let id = 1; id <= 40; id++)
      client.send({ id, method: 'query', params: { path: 'echo', input: { json: { text: `${id}` } } } });
    expect(await client.closed).toEqual({ code: 4429, reason: 'request.limited' });
    expect(rig.echoed).toEqual(Array.from({ length: 19 }, (_, i) => `${i + 1}`));
    expect(client.messages.at(-1)).toMatchObject({
      id: null,
      error: { json: { data: { code: 'request.limited', retryAfterMs: 1_000 } } },
    });
  });

  test('a batch is as many messages as it holds', async () => {
    await using rig = await priceRig({ clock: createManualClock(), wsLimits: { messageBurst: 20 } });
    const client = await rig.raw(); // its login is the first message
    const batch = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({
        id: from + n,
        method: 'query',
        params: { path: 'echo', input: { json: { text: `${from + n}` } } },
      }));
    client.send(batch(1, 19));
    client.send(batch(20, 1));
    expect(await client.closed).toEqual({ code: 4429, reason: 'request.limited' });
    expect(rig.echoed).toEqual(Array.from({ length: 19 }, (_, n) => `${n + 1}`));
  });

  test('what one client sends at once holds up no other: each has its turn between two messages', async () => {
    await using rig = await priceRig();
    const [greedy, other] = [await rig.raw('session_one'), await rig.raw('session_two')];
    const ask = (client: typeof other, id: number, text: string) =>
      client.send({ id, method: 'query', params: { path: 'echo', input: { json: { text } } } });
    for (const each of [greedy, other]) {
      ask(each, 0, 'first');
      await each.message((message) => message.id === 0);
    }
    let [most, before, isOver] = [0, rig.echoed.length, false];
    const everyTurn = () => {
      most = Math.max(most, rig.echoed.length - before);
      before = rig.echoed.length;
      if (!isOver) setImmediate(everyTurn);
    };
    everyTurn();
    for (let id = 1; id <= 150; id++) ask(greedy, id, 'greedy');
    ask(other, 1, 'other');
    await greedy.message((message) => message.id === 150);
    isOver = true;
    expect(rig.echoed).toHaveLength(2 + 150 + 1);
    expect(most).toBeLessThan(10);
  });

  test('what many clients send at once, in batches, holds up nobody: so many calls begin in a turn, over all of them', async () => {
    await using rig = await priceRig();
    const clients = await Promise.all(Array.from({ length: 12 }, () => rig.raw('session_one')));
    let [most, before, isOver] = [0, 0, false];
    const everyTurn = () => {
      most = Math.max(most, rig.echoed.length - before);
      before = rig.echoed.length;
      if (!isOver) setImmediate(everyTurn);
    };
    everyTurn();
    const params = { path: 'echo', input: { json: { text: 'x' } } };
    for (const client of clients)
      client.send(Array.from({ length: 25 }, (_, n) => ({ id: n + 1, method: 'query', params })));
    await Promise.all(clients.map((client) => client.message((message) => message.id === 25)));
    isOver = true;
    expect(rig.echoed).toHaveLength(12 * 25);
    expect(most).toBeLessThan(25); // two of the server's turns may lie between two of ours
  });

  test('a client that reads no answers is read no more until it does, and gets every answer then', async () => {
    await using rig = await priceRig({ wsLimits: { maxUnreadBytes: 200_000 } });
    const client = await rig.raw();
    client.socket.pause();
    const [asked, text] = [190, 'x'.repeat(90_000)];
    for (let id = 1; id <= asked; id++)
      client.send({ id, method: 'query', params: { path: 'echo', input: { json: { text } } } });
    let [most, quiet, before] = [0, 0, 0];
    while (quiet < 200) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, rig.sockets.stats().bufferedBytes);
      quiet = rig.echoed.length > 0 && rig.echoed.length === before ? quiet + 1 : 0;
      before = rig.echoed.length;
    }
    expect(rig.echoed.length).toBeLessThan(asked);
    client.socket.resume();
    await client.message((message) => message.id === asked);
    expect(client.messages.map(({ id }) => id)).toEqual(Array.from({ length: asked }, (_, n) => n + 1));
    expect(most).toBeLessThan(1_000_000);
  });

  test('an over-long batch is refused request by request', async () => {
    await using rig = await priceRig({ wsLimits: { maxBatchSize: 2 } });
    const client = await rig.raw();
    client.send(
      [1, 2, 3].map((id) => ({
        id,
        method: 'query',
        params: { path: 'echo', input: { json: { text: 'a' } } },
      })),
    );
    expect(await client.message((message) => message.id === 3)).toMatchObject({
      error: { json: { data: { code: 'request.invalid' } } },
    });
  });
});

describe('what it holds open', () => {
  const isRefusal = (id: number) => (message: { id: unknown; error?: unknown }) =>
    message.id === id && message.error !== undefined;

  test('a socket carries a bounded number of subscriptions; one that ends makes room for another', async () => {
    await using rig = await priceRig({ wsLimits: { maxSubscriptionsPerSocket: 2 } });
    rig.gateway.tick(eurusd);
    const client = await rig.raw();
    for (const id of [1, 2, 3]) client.watch(id, eurusd);
    expect((await client.message(isRefusal(3))).error.json).toMatchObject({
      message: 'A connection carries at most 2 subscriptions at a time: end one first.',
      data: { code: 'request.too_many_subscriptions', httpStatus: 429 },
    });
    client.send({ id: 1, method: 'subscription.stop' });
    await client.message((message) => message.id === 1 && message.result?.type === 'stopped');
    client.watch(4, eurusd);
    await client.message((message) => message.id === 4 && message.result?.type === 'data');
    expect(rig.holdings.stats()).toEqual({ sockets: 1, eventStreams: 0, subscriptions: 2 });
  });

  test('a user’s subscriptions are bounded over all of their sockets, and leaving gives all back', async () => {
    await using rig = await priceRig({ wsLimits: { maxSubscriptionsPerUser: 3 } });
    rig.gateway.tick(eurusd);
    const [one, two, other] = [await rig.raw(), await rig.raw(), await rig.raw('session_two')];
    for (const id of [1, 2]) one.watch(id, eurusd);
    await one.message((message) => message.id === 2 && message.result?.type === 'data');
    for (const id of [1, 2]) two.watch(id, eurusd);
    expect((await two.message(isRefusal(2))).error.json.data.code).toBe('request.too_many_subscriptions');
    other.watch(1, eurusd);
    await other.message((message) => message.result?.type === 'data');
    one.close();
    await expect.poll(() => rig.holdings.stats()).toEqual({ sockets: 2, eventStreams: 0, subscriptions: 2 });
    two.watch(3, eurusd);
    await two.message((message) => message.id === 3 && message.result?.type === 'data');
  });

  test('a socket more than a user may have is told so and closed with 4413', async () => {
    await using rig = await priceRig({ wsLimits: { maxConnectionsPerUser: 1, refuseWithinMs: 50 } });
    const [first, second] = [await rig.raw(), await rig.raw()];
    expect(await second.closed).toMatchObject({ code: 4413 });
    expect(second.messages).toMatchObject([
      { id: null, error: { json: { data: { code: 'request.too_many_subscriptions' } } } },
    ]);
    first.send('PING');
    await first.message((message) => message === 'PONG');
  });
});

describe('what it gets', () => {
  test('ticks come byte for byte as stock tRPC would send them, whatever the request id', async () => {
    await using rig = await priceRig();
    rig.gateway.tick(eurusd);
    const client = await rig.raw();
    client.watch(12, eurusd);
    client.send({
      id: 'mine',
      jsonrpc: '2.0',
      method: 'subscription',
      params: { path: 'marketData.onPrices', input: { json: { epics: [eurusd] } } },
    });
    await client.message((message) => message.id === 'mine' && message.result.type === 'data');
    rig.gateway.tick(eurusd, { bid: '1.00' });
    await client.message((message) => message.id === 'mine' && message.result.data?.json[0].bid === '1.00');
    const data = client.texts.filter((text) => text.includes('"type":"data"'));
    expect(data).toHaveLength(4);
    for (const text of data) {
      const { id, jsonrpc, result } = JSON.parse(text);
      const value = superjson.deserialize(result.data);
      expect(text).toBe(
        JSON.stringify({ id, jsonrpc, result: { type: 'data', data: superjson.serialize(value) } }),
      );
    }
    expect(rig.hub.stats()).toMatchObject({ onSockets: 2, onReaders: 0 });
  });

  test('texts of every frame length arrive whole and in order between what ws itself sends', async () => {
    await using rig = await priceRig({ hubLimits: { backlogBytes: 100e6 } });
    const client = await rig.raw();
    client.watch(1, eurusd);
    await rig.gateway.watched(eurusd);
    rig.gateway.tick(eurusd);
    await client.message((message) => message.result?.type === 'data');
    const long = Array.from({ length: 400 }, (_, i) => (i % 7 === 0 ? '9'.repeat(i * 200) : `1.${i}`));
    for (const [i, bid] of long.entries()) {
      rig.gateway.tick(eurusd, { bid, netChange: 'é€😀'.repeat(i % 5) });
      if (i % 3 === 0) client.send('PING');
      if (i % 20 === 0) await client.message((message) => message.result?.data?.json[0].bid === bid);
    }
    await client.message((message) => message.result?.data?.json.at(-1).bid === long.at(-1));
    expect(
      client.messages
        .flatMap((message) => message.result?.data?.json ?? [])
        .slice(1)
        .map(({ bid }) => bid),
    ).toEqual(long);
    const pongs = () => client.messages.filter((message) => message === 'PONG').length;
    while (pongs() < 134) await once(client.socket, 'message');
  });

  test('a subscription that is stopped ends with `stopped` and nothing after it; its id may be used again', async () => {
    await using rig = await priceRig();
    rig.gateway.tick(eurusd);
    const client = await rig.raw();
    client.watch(1, eurusd);
    await client.message((message) => message.result?.type === 'data');
    client.send({ id: 1, method: 'subscription.stop' });
    await client.message((message) => message.result?.type === 'stopped');
    rig.gateway.tick(eurusd);
    client.watch(1, eurusd);
    await client.message(
      (message) => message.result?.data?.json[0].seq === rig.gateway.last.get(eurusd)!.seq,
    );
    expect(client.messages.map(({ result }) => result.type)).toEqual([
      'started',
      'data',
      'stopped',
      'started',
      'data',
    ]);
  });
});

test('a shutdown asks clients to reconnect, closes them with 1012, cuts off who does not answer, and refuses newcomers', async () => {
  await using rig = await priceRig({ wsLimits: { closeWithinMs: 100 } });
  const [polite, deaf] = [await rig.raw(), await rig.raw()];
  for (const each of [polite, deaf]) each.send('PING');
  await Promise.all([polite, deaf].map((each) => each.message((message) => message === 'PONG')));
  deaf.socket.pause();
  const down = rig.sockets.shutdown();
  expect((await polite.closed).code).toBe(1012);
  expect(polite.messages).toContainEqual({ id: null, method: 'reconnect' });
  expect(await tryUpgrade(rig.port)).toMatchObject({ status: 503, body: { code: 'server.unavailable' } });
  await down;
  expect(rig.sockets.stats()).toMatchObject({ sockets: 0, closed: { 1012: 2 } });
});
