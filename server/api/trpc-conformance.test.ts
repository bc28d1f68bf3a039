// An unmodified @trpc/client against the price plane: what a front end may rely on.
import { once } from 'node:events';
import type { TRPCClientError } from '@trpc/client';
import { describe, expect, test } from 'vitest';
import type { Tick } from '../../shared/market-data.ts';
import { createWaiters } from '../testing/inbox.ts';
import { priceRig, type PriceRig } from '../testing/price-rig.ts';

const [eurusd, gold] = ['CS.D.EURUSD.CFD.IP', 'CS.D.USCGC.TODAY.IP'] as const;
type Api = ReturnType<PriceRig['client']>['api'];

/** Subscribes and collects; `batch(n)` resolves with the n-th array, `ticks(n)` with the first n ticks of all arrays. */
function collect(api: Api, ...epics: string[]) {
  const batches: Tick[][] = [];
  const all: Tick[] = [];
  const { changed, until } = createWaiters();
  let failure: TRPCClientError<never> | undefined;
  let stopped = false;
  const subscription = api.marketData.onPrices.subscribe(
    { epics },
    {
      onData(ticks) {
        batches.push(ticks);
        all.push(...ticks);
        changed();
      },
      onError: (error) => ((failure = error as never), changed()),
      onStopped: () => ((stopped = true), changed()),
    },
  );
  return {
    batches,
    unsubscribe: () => subscription.unsubscribe(),
    batch: async (n: number) => (await until(() => batches.length >= n), batches[n - 1]!),
    ticks: async (n: number) => (await until(() => all.length >= n), all.slice(0, n)),
    tickWhere: async (test: (tick: Tick) => boolean) => (await until(() => all.some(test)), all.find(test)!),
    error: async () => (
      await until(() => failure !== undefined),
      failure!.data as unknown as { code: string; requestId: string; httpStatus: number }
    ),
    stopped: () => until(() => stopped),
  };
}

describe('a subscription', () => {
  test('starts with the snapshot of all epics as one Tick[], then brings each change, with real dates', async () => {
    await using rig = await priceRig();
    rig.gateway.tick(gold, { bid: '4321.5', offer: null });
    rig.gateway.tick(eurusd, { bid: '1.38780' });
    const prices = collect(rig.client().api, eurusd, gold);
    const snapshot = await prices.batch(1);
    expect(snapshot.map(({ epic, bid, offer, stale }) => ({ epic, bid, offer, stale }))).toEqual([
      { epic: eurusd, bid: '1.38780', offer: '1.10010', stale: false },
      { epic: gold, bid: '4321.5', offer: null, stale: false },
    ]);
    expect(snapshot[0]!.at).toEqual(new Date('2026-01-05T09:00:00Z'));
    expect(snapshot[0]!.receivedAt).toBeInstanceOf(Date);
    const sent = Array.from({ length: 50 }, (_, i) => rig.gateway.tick(eurusd, { bid: `1.2${i}0` }));
    const seen = (await prices.ticks(52)).slice(2);
    expect(seen.map(({ seq, bid }) => ({ seq, bid }))).toEqual(sent.map(({ seq, bid }) => ({ seq, bid })));
    expect(rig.hub.stats()).toMatchObject({ onSockets: 1, onReaders: 0, holds: 0 });
  });

  test('two on one socket each get their own epics, and queries work beside them', async () => {
    await using rig = await priceRig();
    rig.gateway.tick(gold);
    rig.gateway.tick(eurusd);
    const { api } = rig.client();
    const [one, two] = [collect(api, eurusd), collect(api, gold)];
    await Promise.all([one.batch(1), two.batch(1)]);
    rig.gateway.tick(gold, { bid: '2' });
    rig.gateway.tick(eurusd, { bid: '3' });
    expect(await Promise.all([api.echo.query({ text: 'a' }), api.echo.query({ text: 'b' })])).toEqual([
      'a',
      'b',
    ]);
    expect((await one.batch(2)).map(({ epic, bid }) => [epic, bid])).toEqual([[eurusd, '3']]);
    expect((await two.batch(2)).map(({ epic, bid }) => [epic, bid])).toEqual([[gold, '2']]);
    expect(rig.sockets.stats()).toMatchObject({ sockets: 1, opened: 1 });
  });

  test('that is stopped gets nothing more, and its interest ends', async () => {
    await using rig = await priceRig({ hubLimits: { interestLingerMs: 0 } });
    rig.gateway.tick(eurusd);
    rig.gateway.tick(gold);
    const { api } = rig.client();
    const [one, two] = [collect(api, eurusd), collect(api, gold)];
    await Promise.all([one.batch(1), two.batch(1)]);
    one.unsubscribe();
    await rig.gateway.watched(gold);
    rig.gateway.tick(eurusd);
    rig.gateway.tick(gold);
    await two.batch(2);
    expect(one.batches).toHaveLength(1);
    expect(rig.hub.stats()).toMatchObject({ watched: 1, onSockets: 1 });
  });

  test('with a wrong input fails with the fields that are wrong', async () => {
    await using rig = await priceRig();
    expect(await collect(rig.client().api, 'nonsense epic').error()).toMatchObject({
      code: 'request.invalid',
      httpStatus: 400,
      fields: { 'epics[0]': 'must be an IG epic such as CS.D.EURUSD.CFD.IP' },
    });
  });

  test('beyond the bound of its connection fails with market_data.too_many_subscriptions, and stopping one makes room', async () => {
    await using rig = await priceRig({ hubLimits: { maxSubscriptionsPerSocket: 1, interestLingerMs: 0 } });
    rig.gateway.tick(eurusd);
    const { api } = rig.client();
    const one = collect(api, eurusd);
    await one.batch(1);
    expect(await collect(api, gold).error()).toMatchObject({
      code: 'market_data.too_many_subscriptions',
      httpStatus: 429,
    });
    one.unsubscribe();
    await rig.gateway.watched();
    expect(await collect(api, eurusd).batch(1)).toHaveLength(1);
  });
});

describe('a lost connection', () => {
  test('is made again by itself, with a fresh snapshot', async () => {
    await using rig = await priceRig();
    const upgraded = once(rig.server, 'upgrade');
    rig.gateway.tick(eurusd, { bid: '1' });
    const prices = collect(rig.client().api, eurusd);
    await prices.batch(1);
    const [, stream] = await upgraded;
    stream.destroy();
    rig.gateway.tick(eurusd, { bid: '2' });
    expect(await prices.tickWhere(({ bid }) => bid === '2')).toMatchObject({ epic: eurusd, stale: false });
    rig.gateway.tick(eurusd, { bid: '3' });
    await prices.tickWhere(({ bid }) => bid === '3');
    expect(rig.sockets.stats()).toMatchObject({ opened: 2, sockets: 1 });
  });

  test('at a restart of the server is closed with 1012 and resumes on the new one at the same port', async () => {
    const codes: (number | undefined)[] = [];
    const first = await priceRig();
    first.gateway.tick(eurusd, { bid: '1' });
    // Only the pauses between attempts are shortened.
    const { api, wsClient } = first.client('session_one', {
      onClose: (event) => codes.push(event?.code),
      retryDelayMs: (attempt) => (attempt === 0 ? 0 : 20),
    });
    const prices = collect(api, eurusd);
    await prices.batch(1);
    await first.sockets.shutdown();
    first.server.close();
    await once(first.server, 'close');
    await using second = await priceRig({ port: first.port });
    second.gateway.tick(eurusd, { bid: '2' });
    expect(await prices.tickWhere(({ bid }) => bid === '2')).toMatchObject({ epic: eurusd });
    expect(codes).toContain(1012); // beside the attempts refused meanwhile
    expect(first.sockets.stats()).toMatchObject({ sockets: 0, closed: { 1012: 1 } });
    await wsClient.close();
    await first[Symbol.asyncDispose]();
  });

  test('is handed over without a gap when another server takes over before the old one closes', async () => {
    await using rig = await priceRig({ wsLimits: { moveWithinMs: 60_000 } });
    rig.gateway.tick(eurusd, { bid: '1' });
    const prices = collect(rig.client('session_one', { retryDelayMs: () => 20 }).api, eurusd);
    await prices.batch(1);
    const down = rig.sockets.shutdown(); // still bound: attempts are refused, and the old socket goes on
    rig.gateway.tick(eurusd, { bid: '2' });
    await prices.tickWhere(({ bid }) => bid === '2');
    rig.server.close();
    await using next = await priceRig({ port: rig.port, bus: rig.bus });
    next.gateway.last.set(eurusd, rig.gateway.last.get(eurusd)!);
    await down; // ended by the client's own leaving
    rig.gateway.tick(eurusd, { bid: '3' });
    await prices.tickWhere(({ bid }) => bid === '3');
    expect(rig.sockets.stats()).toMatchObject({ sockets: 0, closed: { 1000: 1 } });
  });
});

describe('a login', () => {
  test.each([
    ['without one', null, 'auth.required'],
    ['with an expired one', 'late', 'auth.token_expired'],
    ['with a wrong one', 'forged', 'auth.token_invalid'],
  ])(
    '%s the subscription is told why, the socket is closed with 4401, and the client backs off',
    async (_, token, code) => {
      await using rig = await priceRig({ wsLimits: { refuseWithinMs: 50 } });
      rig.expired.add('late');
      const attempts: number[] = [];
      const codes: (number | undefined)[] = [];
      const enough = Promise.withResolvers<void>();
      const { api } = rig.client(token, {
        onClose: (event) => codes.push(event?.code),
        retryDelayMs(attempt) {
          attempts.push(attempt);
          if (attempts.length === 4) enough.resolve();
          return attempts.length < 4 ? 0 : 60_000;
        },
      });
      const error = await collect(api, eurusd).error();
      expect(error).toMatchObject({ code, httpStatus: 401, docUrl: `/api/docs/errors#${code}` });
      expect(error.requestId).toMatch(/^req_/);
      await enough.promise;
      // The stock client waits 2, 4, 8 and 16 s before attempts 1 to 4: at most three connections in 3 s.
      expect(attempts).toEqual([1, 2, 3, 4]);
      expect(new Set(codes)).toEqual(new Set([4401]));
    },
  );

  test('that ends closes its sockets, and no other', async () => {
    await using rig = await priceRig();
    rig.gateway.tick(eurusd);
    const codes: (number | undefined)[] = [];
    const one = collect(
      rig.client('session_one', { onClose: (event) => codes.push(event?.code), retryDelayMs: () => 0 }).api,
      eurusd,
    );
    const two = collect(rig.client('session_two').api, eurusd);
    await Promise.all([one.batch(1), two.batch(1)]);
    rig.endSession('session_one');
    expect(await one.error()).toMatchObject({ code: 'auth.token_invalid' });
    rig.gateway.tick(eurusd, { bid: '2' });
    await two.batch(2);
    expect(codes[0]).toBe(4401);
    expect(one.batches).toHaveLength(1);
  });
});

test('a client that stops reading costs bounded memory, slows nobody, and gets the final prices when it reads again', async () => {
  await using rig = await priceRig();
  const epics = [eurusd, gold];
  for (const epic of epics) rig.gateway.tick(epic);
  const slow = await rig.raw();
  slow.watch(1, ...epics);
  await slow.message((message) => message.result?.type === 'data');
  const healthy = collect(rig.client('session_two').api, ...epics);
  await healthy.batch(1);
  slow.socket.pause();

  const sent: number[] = [];
  let mostHeld = 0;
  async function publish(rounds: number) {
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < 200; i++)
        sent.push(rig.gateway.tick(epics[i % 2]!, { bid: String(sent.length) }).seq);
      await healthy.ticks(2 + sent.length);
      mostHeld = Math.max(mostHeld, rig.sockets.stats().bufferedBytes);
    }
  }
  while (rig.hub.stats().holds === 0 && sent.length < 200_000) await publish(5); // fills the system's own buffers first
  expect(rig.hub.stats().holds).toBe(1);
  await publish(50);
  expect(mostHeld).toBeGreaterThan(0);
  expect(mostHeld).toBeLessThan(2 * 64 * 1024);
  expect((await healthy.ticks(2 + sent.length)).slice(2).map(({ seq }) => seq)).toEqual(sent);

  slow.socket.resume();
  const has = (seq: number) => (message: any) =>
    message.result?.data?.json.some((tick: Tick) => tick.seq === seq);
  for (const { seq } of epics.map((epic) => rig.gateway.last.get(epic)!)) await slow.message(has(seq));
  await slow.message(has(rig.gateway.tick(gold).seq)); // whatever it was sent before has come too
  const bySeq = new Map<string, number>();
  for (const tick of slow.messages.flatMap((message) => (message.result?.data?.json ?? []) as Tick[])) {
    expect(tick.seq).toBeGreaterThan(bySeq.get(tick.epic) ?? 0); // in order, none twice
    bySeq.set(tick.epic, tick.seq);
  }
}, 60_000);
