// What a client of prices may rely on, whichever protocol its socket speaks; the differences are in `faces`.
import superjson from 'superjson';
import { describe, expect, test } from 'vitest';
import type { ErrorBody } from '../../shared/errors.ts';
import type { Tick } from '../../shared/market-data.ts';
import { createManualClock } from './manual-clock.ts';
import { priceRig, type PriceRig } from './price-rig.ts';
import { tryUpgrade } from './sockets.ts';

type Raw = Awaited<ReturnType<PriceRig['plain']>>;
/** A protocol as far as the suite speaks it. */
interface Face {
  path: string;
  open(rig: PriceRig, token?: string | null): Promise<Raw>;
  /** Ends the subscription. */
  stop(id: number): object;
  /** The ticks of a message with data of this subscription; undefined for any other. */
  ticks(message: any, id: number): Tick[] | undefined;
  hasStopped(message: any, id: number): boolean;
  /** The error of a message, of this subscription or (null) of the connection. */
  error(message: any, id: number | null): ErrorBody | undefined;
  /** A message that is understood and harmless, and whether that is its answer. */
  harmless: { message: object | string; isAnswer: (message: any) => boolean };
}

const plainTick = (tick: any): Tick => {
  for (const instant of [tick.at, tick.receivedAt])
    expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  return { ...tick, at: new Date(tick.at), receivedAt: new Date(tick.receivedAt) };
};
export const faces: Record<'trpc' | 'plain', Face> = {
  trpc: {
    path: '/trpc',
    open: (rig, token) => rig.raw(token),
    stop: (id) => ({ id, method: 'subscription.stop' }),
    ticks: (message, id) =>
      message.id === id && message.result?.type === 'data'
        ? superjson.deserialize<Tick[]>(message.result.data)
        : undefined,
    hasStopped: (message, id) => message.id === id && message.result?.type === 'stopped',
    error: (message, id) => (message.id === id ? message.error?.json.data : undefined),
    harmless: { message: 'PING', isAnswer: (message) => message === 'PONG' },
  },
  plain: {
    path: '/ws/market-data/',
    open: (rig, token) => rig.plain(token),
    stop: (id) => ({ type: 'unsubscribe', id }),
    ticks: (message, id) =>
      message.type === 'data' && message.id === id ? message.data.map(plainTick) : undefined,
    hasStopped: (message, id) => message.type === 'unsubscribed' && message.id === id,
    error: (message, id) => (message.type === 'error' && message.id === id ? message.error : undefined),
    harmless: {
      message: { type: 'unsubscribe', id: 'none' },
      isAnswer: (message) => message.error?.fields?.id === 'is that of no open subscription on this socket',
    },
  },
};

const [eurusd, gold] = ['CS.D.EURUSD.CFD.IP', 'CS.D.USCGC.TODAY.IP'] as const;

export function priceSocketContract(face: Face): void {
  /** A client with what it has of each subscription. */
  async function open(rig: PriceRig, token?: string | null) {
    const raw = await face.open(rig, token);
    let at = 0;
    const received = new Map<number, { lists: Tick[][]; ticks: Tick[] }>();
    /** What a subscription has received. Every message is read once, however often this is asked. */
    function of(id: number) {
      for (; at < raw.messages.length; at++) {
        const message = raw.messages[at];
        const ticks = face.ticks(message, message.id);
        if (!ticks) continue;
        const known = received.get(message.id) ?? { lists: [], ticks: [] };
        received.set(message.id, known);
        known.lists.push(ticks);
        known.ticks.push(...ticks);
      }
      return received.get(id) ?? { lists: [], ticks: [] };
    }
    const listsOf = (id: number) => of(id).lists;
    const ticksOf = (id: number) => of(id).ticks;
    return {
      ...raw,
      listsOf,
      ticksOf,
      /** The nth list of a subscription, from 1. */
      list: async (id: number, n: number) => (
        await raw.message(() => listsOf(id).length >= n),
        listsOf(id)[n - 1]!
      ),
      ticks: async (id: number, count: number) => (
        await raw.message(() => ticksOf(id).length >= count),
        ticksOf(id).slice(0, count)
      ),
      refused: async (id: number | null) =>
        face.error(await raw.message((message) => face.error(message, id) !== undefined), id)!,
      stop: (id: number) => raw.send(face.stop(id)),
      stopped: (id: number) => raw.message((message) => face.hasStopped(message, id)),
      /** Resolves when everything sent so far has been answered. */
      async settled() {
        raw.send(face.harmless.message);
        await raw.message(face.harmless.isAnswer);
      },
    };
  }

  describe('a subscription', () => {
    test('starts with the newest price of all its epics in one list, then brings each change once and in order', async () => {
      await using rig = await priceRig();
      rig.gateway.tick(gold, { bid: '4321.5', offer: null });
      rig.gateway.tick(eurusd, { bid: '1.38780' });
      const client = await open(rig);
      client.watch(1, eurusd, gold);
      expect(await client.list(1, 1)).toMatchObject([
        { feed: 'simulated', epic: eurusd, bid: '1.38780', offer: '1.10010', stale: false },
        { feed: 'simulated', epic: gold, bid: '4321.5', offer: null, marketState: 'tradeable' },
      ]);
      expect(client.ticksOf(1)[0]).toMatchObject({
        at: new Date('2026-01-05T09:00:00Z'),
        receivedAt: new Date('2026-01-05T09:00:00Z'),
      });
      const sent = Array.from({ length: 50 }, (_, i) =>
        rig.gateway.tick([eurusd, gold][i % 2]!, { bid: `1.2${i}0` }),
      );
      const seen = (await client.ticks(1, 52)).slice(2);
      expect(seen.map(({ seq, bid }) => ({ seq, bid }))).toEqual(sent.map(({ seq, bid }) => ({ seq, bid })));
      expect(rig.hub.stats()).toMatchObject({ onSockets: 1, onReaders: 0, holds: 0 });
    });

    test('gets its own epics, whatever others on the same socket watch', async () => {
      await using rig = await priceRig();
      for (const epic of [eurusd, gold]) rig.gateway.tick(epic);
      const client = await open(rig);
      client.watch(1, eurusd);
      client.watch(2, gold);
      await Promise.all([client.list(1, 1), client.list(2, 1)]);
      rig.gateway.tick(gold, { bid: '2' });
      rig.gateway.tick(eurusd, { bid: '3' });
      expect(await client.list(1, 2)).toMatchObject([{ epic: eurusd, bid: '3' }]);
      expect(await client.list(2, 2)).toMatchObject([{ epic: gold, bid: '2' }]);
      expect(rig.sockets.stats()).toMatchObject({ sockets: 1, opened: 1 });
    });

    test('that is stopped gets nothing more, its interest ends, and its id may be used again', async () => {
      await using rig = await priceRig({ hubLimits: { interestLingerMs: 0 } });
      for (const epic of [eurusd, gold]) rig.gateway.tick(epic);
      const client = await open(rig);
      client.watch(1, eurusd);
      client.watch(2, gold);
      await Promise.all([client.list(1, 1), client.list(2, 1)]);
      client.stop(1);
      await client.stopped(1);
      await rig.gateway.watched(gold);
      for (const epic of [eurusd, gold]) rig.gateway.tick(epic, { bid: '2' });
      await client.list(2, 2);
      expect(client.listsOf(1)).toHaveLength(1);
      client.watch(1, eurusd);
      expect(await client.list(1, 2)).toMatchObject([{ epic: eurusd, bid: '2' }]);
    });

    test('with a wrong input fails with the fields that are wrong, and the socket goes on', async () => {
      await using rig = await priceRig();
      const client = await open(rig);
      client.watch(1, 'nonsense epic');
      expect(await client.refused(1)).toMatchObject({
        code: 'request.invalid',
        fields: { 'epics[0]': 'must be an IG epic such as CS.D.EURUSD.CFD.IP' },
        requestId: expect.stringMatching(/^req_/),
      });
      await client.settled();
    });

    test('beyond the markets of a connection fails, and stopping one makes room', async () => {
      await using rig = await priceRig({ hubLimits: { maxEpicsPerSocket: 1, interestLingerMs: 0 } });
      for (const epic of [eurusd, gold]) rig.gateway.tick(epic);
      const client = await open(rig);
      client.watch(1, eurusd);
      await client.list(1, 1);
      client.watch(2, gold);
      expect(await client.refused(2)).toMatchObject({
        code: 'market_data.too_many_subscriptions',
        retryable: true,
      });
      client.stop(1);
      await client.stopped(1);
      client.watch(3, gold);
      await client.list(3, 1);
    });

    test('beyond the subscriptions of a connection fails', async () => {
      await using rig = await priceRig({ wsLimits: { maxSubscriptionsPerSocket: 1 } });
      rig.gateway.tick(eurusd);
      const client = await open(rig);
      client.watch(1, eurusd);
      await client.list(1, 1);
      client.watch(2, eurusd);
      expect(await client.refused(2)).toMatchObject({ code: 'request.too_many_subscriptions' });
    });

    test('is told when its feed goes down and when it lives again', async () => {
      await using rig = await priceRig();
      rig.gateway.tick(eurusd, { bid: '1' });
      const client = await open(rig);
      client.watch(1, eurusd);
      await client.list(1, 1);
      rig.gateway.heartbeat('down', 'the stream was lost');
      expect(await client.list(1, 2)).toMatchObject([
        { bid: '1', stale: true, staleReason: { code: 'feed_down' } },
      ]);
      rig.gateway.heartbeat('up');
      rig.gateway.tick(eurusd, { bid: '2' });
      const [fresh] = await client.list(1, 3);
      expect(fresh).toMatchObject({ bid: '2', stale: false });
      expect(fresh).not.toHaveProperty('staleReason');
    });
  });

  describe('a caller', () => {
    test.each([
      ['with an expired login', 'late', 'auth.token_expired'],
      ['with a wrong one', 'forged', 'auth.token_invalid'],
    ])('%s is told so, and closed with 4401', async (_, token, code) => {
      await using rig = await priceRig({ wsLimits: { refuseWithinMs: 50 } });
      rig.expired.add('late');
      const client = await open(rig, token);
      expect(await client.refused(null)).toMatchObject({ code, docUrl: `/api/docs/errors#${code}` });
      expect((await client.closed).code).toBe(4401);
    });

    test('who does not say within 5 s who it is is told so, and closed with 4408', async () => {
      const clock = createManualClock();
      await using rig = await priceRig({ clock });
      const client = await open(rig, null);
      while (rig.sockets.stats().sockets === 0) await new Promise((resolve) => setImmediate(resolve));
      clock.advance(4_999);
      expect(rig.sockets.stats().closed).toEqual({});
      clock.advance(1);
      expect(await client.closed).toEqual({ code: 4408, reason: 'auth.required' });
      expect(await client.refused(null)).toMatchObject({ code: 'auth.required' });
    });

    test('whose login ends is closed with 4401 at once, and no other', async () => {
      await using rig = await priceRig();
      rig.gateway.tick(eurusd);
      const [one, two] = [await open(rig, 'session_one'), await open(rig, 'session_two')];
      for (const client of [one, two]) {
        client.watch(1, eurusd);
        await client.list(1, 1);
      }
      rig.endSession('session_one');
      expect((await one.closed).code).toBe(4401);
      expect(await one.refused(null)).toMatchObject({ message: 'This login has ended: sign in again.' });
      rig.gateway.tick(eurusd, { bid: '2' });
      await two.list(1, 2);
      expect(one.listsOf(1)).toHaveLength(1);
    });

    test('whose login has ended without a word of it is closed with 4401 within a second', async () => {
      const clock = createManualClock();
      await using rig = await priceRig({ clock });
      const client = await open(rig);
      await client.settled();
      rig.sessions.delete('session_one');
      clock.advance(1_000);
      expect((await client.closed).code).toBe(4401);
    });

    test('with more sockets than a user may have is told so, and closed with 4413', async () => {
      await using rig = await priceRig({ wsLimits: { maxConnectionsPerUser: 1, refuseWithinMs: 50 } });
      const first = await open(rig);
      await first.settled();
      const second = await open(rig);
      expect((await second.closed).code).toBe(4413);
      expect(await second.refused(null)).toMatchObject({ code: 'request.too_many_subscriptions' });
      await first.settled();
    });

    test('with a credential in the URL is refused', async () => {
      await using rig = await priceRig();
      for (const name of ['token', 'access_token', 'apiKey'])
        expect(await tryUpgrade(rig.port, `${face.path}?${name}=x`)).toMatchObject({
          status: 400,
          body: { code: 'request.credentials_in_url' },
        });
    });
  });

  describe('what is sent', () => {
    test('first and cannot be read is answered, and closed with 4400', async () => {
      await using rig = await priceRig();
      const client = await open(rig, null);
      client.send('{nonsense');
      expect((await client.closed).code).toBe(4400);
      expect(await client.refused(null)).toMatchObject({ code: 'request.malformed' });
    });

    test('and cannot be read is answered; the fifth closes with 4400', async () => {
      await using rig = await priceRig();
      const client = await open(rig);
      await client.settled();
      for (const text of ['{', '[', 'x', '{"a":}', '"', '{}']) client.send(text);
      expect((await client.closed).code).toBe(4400);
      expect(
        client.messages.filter((message) => face.error(message, null)?.code === 'request.malformed'),
      ).toHaveLength(5);
    });

    test('as a binary message says so', async () => {
      await using rig = await priceRig();
      const client = await open(rig);
      await client.settled();
      client.socket.send(Buffer.from('{}'));
      await client.message((message) => face.error(message, null)?.code === 'request.malformed');
    });

    test('in a message longer than 100 kB closes with 1009', async () => {
      await using rig = await priceRig();
      const client = await open(rig);
      client.send('x'.repeat(100 * 1024 + 1));
      expect((await client.closed).code).toBe(1009);
    });

    test('faster than 50 messages a second closes with 4429 once the first 200 are used up', async () => {
      await using rig = await priceRig({ clock: createManualClock() });
      const client = await open(rig);
      for (let n = 0; n < 300; n++) client.send(face.harmless.message);
      expect(await client.closed).toEqual({ code: 4429, reason: 'request.limited' });
      expect(client.messages.filter(face.harmless.isAnswer).length).toBeLessThanOrEqual(199);
      expect(face.error(client.messages.at(-1), null)).toMatchObject({
        code: 'request.limited',
        retryAfterMs: 1_000,
      });
    });
  });

  test('a restart closes with 1012, and newcomers are asked to come later', async () => {
    await using rig = await priceRig({ wsLimits: { closeWithinMs: 100 } });
    const [client, deaf] = [await open(rig), await open(rig)];
    for (const each of [client, deaf]) await each.settled();
    deaf.socket.pause();
    const down = rig.sockets.shutdown();
    expect((await client.closed).code).toBe(1012);
    expect(await tryUpgrade(rig.port, face.path)).toMatchObject({
      status: 503,
      body: { code: 'server.unavailable' },
    });
    await down;
    expect(rig.sockets.stats()).toMatchObject({ sockets: 0, closed: { 1012: 2 } });
  });

  describe('a client that stops reading', () => {
    /** Ticks until one that does not read has more unread than it may; what a healthy one was sent meanwhile. */
    async function untilHeld(rig: PriceRig, healthy: Awaited<ReturnType<typeof open>>) {
      const epics = [eurusd, gold];
      const sent: number[] = [];
      let mostHeld = 0;
      async function publish(count: number) {
        for (let i = 0; i < count; i++)
          sent.push(rig.gateway.tick(epics[i % 2]!, { bid: String(sent.length) }).seq);
        await healthy.ticks(1, 2 + sent.length);
        mostHeld = Math.max(mostHeld, rig.sockets.stats().bufferedBytes);
      }
      while (rig.hub.stats().holds === 0 && sent.length < 200_000) await publish(200); // fills the system's own buffers first
      await publish(2_000);
      return { sent, mostHeld };
    }
    async function pair(rig: PriceRig) {
      for (const epic of [eurusd, gold]) rig.gateway.tick(epic);
      const [slow, healthy] = [await open(rig, 'session_one'), await open(rig, 'session_two')];
      for (const client of [slow, healthy]) {
        client.watch(1, eurusd, gold);
        await client.list(1, 1);
      }
      slow.socket.pause();
      return { slow, healthy };
    }

    test('costs bounded memory, slows nobody, and gets the final prices when it reads again, in order and none twice', async () => {
      await using rig = await priceRig();
      const { slow, healthy } = await pair(rig);
      const { sent, mostHeld } = await untilHeld(rig, healthy);
      expect(rig.hub.stats().holds).toBe(1);
      expect(mostHeld).toBeLessThan(2 * 64 * 1024);
      expect(
        healthy
          .ticksOf(1)
          .slice(2)
          .map(({ seq }) => seq),
      ).toEqual(sent);
      slow.socket.resume();
      await slow.message(() => slow.ticksOf(1).at(-1)?.seq === sent.at(-1));
      const bySeq = new Map<string, Tick>();
      for (const tick of slow.ticksOf(1)) {
        expect(tick.seq).toBeGreaterThan(bySeq.get(tick.epic)?.seq ?? 0);
        bySeq.set(tick.epic, tick);
      }
      for (const epic of [eurusd, gold])
        expect(bySeq.get(epic)).toMatchObject({
          seq: rig.gateway.last.get(epic)!.seq,
          bid: rig.gateway.last.get(epic)!.bid,
        });
    }, 60_000);

    test('for 15 s is closed with 4490, and finds the code when it reads', async () => {
      const clock = createManualClock();
      await using rig = await priceRig({ clock });
      const { slow, healthy } = await pair(rig);
      await untilHeld(rig, healthy);
      clock.advance(15_000);
      slow.socket.resume();
      expect((await slow.closed).code).toBe(4490);
      await healthy.settled();
    }, 60_000);
  });
}
