import { describe, expect, test } from 'vitest';
import type { Tick } from '../../shared/market-data.ts';
import { silentLogger } from '../lib/logger.ts';
import type { InterestMessage } from '../messaging/bus.ts';
import type { PriceRequest } from '../modules/market-data/ports.ts';
import * as build from '../testing/build.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { createTestGateway, testBus } from '../testing/price-rig.ts';
import { createPriceHub } from './hub.ts';
import { defaultHubLimits, type HubLimits } from './limits.ts';

const [eurusd, gold, ftse] = ['CS.D.EURUSD.CFD.IP', 'CS.D.USCGC.TODAY.IP', 'IX.D.FTSE.DAILY.IP'] as const;
const feed = 'simulated';
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Resolves in the first turn of the event loop in which `holds` is true. */
async function until(holds: () => boolean) {
  while (!holds()) await turn();
}

async function setUp(limits: Partial<HubLimits> = {}) {
  const clock = createManualClock();
  const bus = testBus(clock);
  const hub = createPriceHub({
    bus,
    clock,
    logger: silentLogger,
    source: 'here',
    limits: { ...defaultHubLimits, ...limits },
  });
  await hub.start();
  const gateway = createTestGateway(bus, { now: () => clock.now() });
  await gateway.start();
  const told: InterestMessage[] = [];
  await (await bus.subscribe('interest', (message) => void told.push(message))).setKeys(['#']);
  return {
    clock,
    bus,
    hub,
    gateway,
    told,
    watch(epics: readonly string[], more: Partial<PriceRequest> = {}) {
      const abort = new AbortController();
      const ticks = hub.subscribe({
        feed,
        epics,
        signal: abort.signal,
        socket: undefined,
        fallback: async () => [],
        ...more,
      });
      const iterator = ticks[Symbol.asyncIterator]();
      const next = async () => (await iterator.next()).value as Tick[];
      return {
        next,
        /** The next `count` ticks, however they are grouped. */
        async ticks(count: number) {
          const ticks: Tick[] = [];
          while (ticks.length < count) ticks.push(...(await next()));
          return ticks;
        },
        result: () => iterator.next(),
        stop: () => abort.abort(),
      };
    },
    reason: () => hub.health()[0]?.reason,
    /** Time goes on with a heartbeat every second. */
    async live(seconds: number) {
      for (let i = 0; i < seconds; i++) {
        clock.advance(1_000);
        gateway.heartbeat('up', `second ${i}`);
        await until(() => hub.health()[0]!.reason === `second ${i}`);
      }
    },
    async [Symbol.asyncDispose]() {
      await hub.close();
      await bus.close();
    },
  };
}
const seqs = (ticks: readonly Tick[]) => ticks.map(({ seq }) => seq);

describe('sequence', () => {
  test('a tick not above the last one is dropped, and so is everything of a gateway that was replaced', async () => {
    await using t = await setUp();
    const prices = t.watch([eurusd]);
    await t.gateway.watched(eurusd);
    const first = t.gateway.tick(eurusd);
    expect(seqs(await prices.next())).toEqual([first.seq]);
    t.bus.publish('prices', `${feed}.${eurusd}`, first);
    t.bus.publish('prices', `${feed}.${eurusd}`, { ...first, seq: first.seq - 1 });
    const successor = createTestGateway(t.bus, { epoch: 2 });
    const taken = successor.tick(eurusd);
    t.gateway.tick(eurusd); // it was frozen, wakes up and goes on
    const next = successor.tick(eurusd);
    expect(seqs(await prices.ticks(2))).toEqual([taken.seq, next.seq]);
    expect(t.hub.stats()).toMatchObject({ ticks: 6, ticksDropped: 3 });
  });

  test('a replaced gateway is ignored also for an epic its successor has not quoted yet, and its heartbeats too', async () => {
    await using t = await setUp();
    const prices = t.watch([eurusd]);
    await t.gateway.watched(eurusd);
    const successor = createTestGateway(t.bus, { epoch: 2 });
    successor.heartbeat('down', 'not yet');
    await until(() => t.reason() === 'not yet');
    const since = t.clock.now();
    t.clock.advance(500);
    t.gateway.heartbeat('up');
    t.gateway.tick(eurusd);
    successor.heartbeat('down', 'still not');
    const first = successor.tick(eurusd);
    expect(seqs(await prices.next())).toEqual([first.seq]);
    await until(() => t.reason() === 'still not');
    expect(t.hub.health()).toMatchObject([{ feed, state: 'down', since }]); // never up in between
  });

  test('the health of a feed has the age of its last tick here, and none before the first', async () => {
    await using t = await setUp();
    const prices = t.watch([eurusd]);
    await t.gateway.watched(eurusd);
    expect(t.hub.health()).toMatchObject([{ feed, tickAgeMs: null }]);
    t.gateway.tick(eurusd);
    await prices.next();
    t.clock.advance(400);
    expect(t.hub.health()).toMatchObject([{ feed, tickAgeMs: 400 }]);
  });

  test('unreadable ticks are dropped', async () => {
    await using t = await setUp();
    const prices = t.watch([eurusd]);
    await t.gateway.watched(eurusd);
    t.gateway.tick(eurusd, { at: 'yesterday' });
    t.gateway.tick(eurusd, { marketState: 'haunted' });
    t.gateway.tick(eurusd, { seq: 2 ** 32 + 100.5 });
    const readable = t.gateway.tick(eurusd);
    expect(seqs(await prices.next())).toEqual([readable.seq]);
    expect(t.hub.stats()).toMatchObject({ ticks: 4, ticksDropped: 3 });
  });
});

describe('interest', () => {
  test('is told whole at once, once per turn, then every 2 s, and withdrawn a while after the last watcher left', async () => {
    await using t = await setUp();
    const one = t.watch([eurusd]);
    const two = t.watch([gold, eurusd]);
    await t.gateway.watched(eurusd, gold);
    expect(t.told).toEqual([{ source: 'here.1', feed, epics: [eurusd, gold] }]);
    t.clock.advance(2_000);
    two.stop();
    t.clock.advance(4_999);
    await until(() => t.told.length >= 4);
    t.clock.advance(1);
    await t.gateway.watched(eurusd);
    expect(t.told.map(({ epics }) => epics.join())).toEqual([...Array(4).fill(`${eurusd},${gold}`), eurusd]);
    one.stop();
    t.clock.advance(5_000);
    await t.gateway.watched();
    expect(t.hub.stats()).toMatchObject({ watched: 0, onReaders: 0 });
  });

  test('who comes back within the linger finds the latest price without asking anyone', async () => {
    await using t = await setUp();
    t.gateway.tick(eurusd);
    const one = t.watch([eurusd]);
    const [before] = await one.next();
    one.stop();
    t.clock.advance(3_000);
    await until(() => t.told.length === 2); // at once, and after 2 s
    const again = t.watch([eurusd]);
    expect(await again.next()).toEqual([before]);
    t.clock.advance(60_000);
    await until(() => t.told.length >= 32);
    expect(t.hub.latest(feed, eurusd)).toMatchObject({ seq: before!.seq });
    expect(t.told.map(({ epics }) => epics.join())).toEqual(Array(32).fill(eurusd));
  });

  test('an unwatched price is forgotten, so memory is bounded', async () => {
    await using t = await setUp();
    t.gateway.tick(eurusd);
    const one = t.watch([eurusd]);
    await one.next();
    one.stop();
    t.clock.advance(5_000);
    expect(t.hub.latest(feed, eurusd)).toBeUndefined();
  });

  test('beyond the most epics a process watches a subscription fails, and nothing of it stays', async () => {
    await using t = await setUp({ maxWatchedEpics: 2, interestLingerMs: 0 });
    expect(() => t.watch([eurusd, gold, ftse])).toThrow('too many markets');
    t.clock.advance(0);
    expect(t.hub.stats()).toMatchObject({ watched: 0, onReaders: 0 });
    t.watch([eurusd, ftse]);
    await t.gateway.watched(eurusd, ftse);
  });

  test('is told as if new after the bus was away: what a quiet market said meanwhile is said again', async () => {
    await using t = await setUp();
    t.gateway.tick(eurusd);
    const prices = t.watch([eurusd]);
    await prices.next();
    t.clock.advance(3_500); // no heartbeat arrives
    expect(await prices.next()).toMatchObject([{ stale: true }]);
    const missed = t.gateway.build(eurusd, { bid: '9' });
    t.gateway.last.set(eurusd, missed);
    t.gateway.heartbeat();
    expect(await prices.next()).toMatchObject([{ seq: missed.seq, bid: '9', stale: false }]);
  });
});

describe('a feed', () => {
  test('that goes down marks every watched price stale, once; the next ticks are fresh when it is up again', async () => {
    await using t = await setUp();
    const [first] = [t.gateway.tick(eurusd), t.gateway.tick(gold)];
    const prices = t.watch([eurusd, gold]);
    await prices.next();
    t.gateway.heartbeat('down', 'the stream was lost');
    t.gateway.heartbeat('down', 'the stream was lost');
    const stale = await prices.ticks(2);
    expect(stale).toMatchObject([
      { epic: eurusd, seq: first.seq, stale: true },
      { epic: gold, stale: true },
    ]);
    expect(t.hub.health()).toMatchObject([
      { feed, state: 'down', reason: 'the stream was lost', since: t.clock.now() },
    ]);
    expect(await t.watch([eurusd]).next()).toMatchObject([{ stale: true }]);
    t.gateway.heartbeat('up');
    t.bus.publish('prices', `${feed}.${eurusd}`, first); // older than the outage: does not count as live again
    const fresh = t.gateway.tick(eurusd);
    expect(await prices.next()).toMatchObject([{ seq: fresh.seq, stale: false }]);
  });

  test('that is down makes stale what is first watched meanwhile, and a first tick that was still on its way', async () => {
    await using t = await setUp();
    t.gateway.heartbeat('down', 'the stream was lost');
    await until(() => t.hub.health()[0]?.state === 'down');
    const prices = t.watch([gold]);
    const late = t.gateway.tick(gold);
    expect(await prices.next()).toMatchObject([{ seq: late.seq, stale: true }]);
    expect(t.hub.latest(feed, gold)).toMatchObject({ stale: true });
    t.gateway.heartbeat('up');
    const fresh = t.gateway.tick(gold);
    expect(await prices.next()).toMatchObject([{ seq: fresh.seq, stale: false }]);
  });

  test('unheard for 3 s is down; the same price said again by the same gateway is live again', async () => {
    await using t = await setUp();
    const tick = t.gateway.tick(eurusd);
    const prices = t.watch([eurusd]);
    await prices.next();
    await t.live(5);
    expect(t.hub.latest(feed, eurusd)).toMatchObject({ stale: false });
    t.clock.advance(3_500);
    expect(await prices.next()).toMatchObject([{ stale: true }]);
    expect(t.hub.health()).toMatchObject([
      { state: 'down', reason: 'no heartbeat from its gateway for 3000 ms' },
    ]);
    t.gateway.heartbeat();
    expect(await prices.next()).toMatchObject([{ seq: tick.seq, stale: false }]);
  });

  test('never heard of is unknown at first, then down', async () => {
    await using t = await setUp();
    t.watch([eurusd], { feed: 'live' });
    expect(t.hub.health()).toContainEqual({
      feed: 'live',
      state: 'unknown',
      since: null,
      tickAgeMs: null,
      reason: null,
      items: 0,
    });
    t.clock.advance(3_500);
    expect(t.hub.health()).toContainEqual(expect.objectContaining({ feed: 'live', state: 'down' }));
  });

  test('one epic on three feeds has three prices and nothing crosses', async () => {
    await using t = await setUp();
    const feeds = ['simulated', 'demo', 'live'];
    const gateways = feeds.map((name) => createTestGateway(t.bus, { feed: name }));
    await Promise.all(gateways.map((gateway) => gateway.start()));
    gateways.forEach((gateway, i) => gateway.tick(eurusd, { bid: String(i) }));
    const watchers = feeds.map((name) => t.watch([eurusd], { feed: name }));
    expect(
      (await Promise.all(watchers.map((watcher) => watcher.next())))
        .flat()
        .map(({ feed: from, bid }) => `${from} ${bid}`),
    ).toEqual(['simulated 0', 'demo 1', 'live 2']);
    gateways[1]!.tick(eurusd, { bid: '9' });
    expect(await watchers[1]!.next()).toMatchObject([{ feed: 'demo', bid: '9' }]);
    gateways[2]!.heartbeat('down');
    expect(await watchers[2]!.next()).toMatchObject([{ feed: 'live', stale: true }]);
    const marker = gateways[0]!.tick(eurusd, { bid: '7' });
    expect(await watchers[0]!.next()).toMatchObject([{ seq: marker.seq, bid: '7', stale: false }]); // the first since its snapshot
  });
});

describe('an epic that is not streamed', () => {
  const noRoom = { code: 'no_room', message: 'Others come first.' };
  const missing = (t: Awaited<ReturnType<typeof setUp>>, reason: { code: string; message: string } | null) =>
    t.bus.publish('feeds', feed, {
      feed,
      epoch: 1,
      state: 'up',
      at: t.clock.now().toISOString(),
      reason: String(reason?.code),
      missing: reason ? [{ ...reason, epics: [gold] }] : [],
    });

  test('any more is stale at once and says why, once; with its next tick it is live again', async () => {
    await using t = await setUp();
    t.gateway.tick(eurusd);
    const known = t.gateway.tick(gold);
    const prices = t.watch([eurusd, gold]);
    await prices.next();
    missing(t, noRoom);
    expect(await prices.next()).toMatchObject([
      { epic: gold, seq: known.seq, bid: known.bid, stale: true, staleReason: noRoom },
    ]);
    expect(await t.watch([gold]).next()).toMatchObject([{ stale: true, staleReason: noRoom }]);
    missing(t, noRoom);
    const fresh = t.gateway.tick(gold);
    const [told] = await prices.next();
    expect(told).toMatchObject({ seq: fresh.seq, stale: false });
    expect(told).not.toHaveProperty('staleReason');
  });

  test('says why in its snapshot: with the broker’s price, or without one', async () => {
    await using t = await setUp();
    missing(t, noRoom);
    await until(() => t.reason() === 'no_room');
    const read = { ...build.tick({ feed, epic: gold }), seq: 0, stale: true };
    const withPrice = t.watch([gold], { fallback: async () => [read] });
    const without = t.watch([gold], { fallback: () => Promise.reject(new Error('the broker is away')) });
    t.clock.advance(1_000);
    expect(await withPrice.next()).toEqual([{ ...read, staleReason: noRoom }]);
    expect(await without.next()).toMatchObject([
      { epic: gold, seq: 0, bid: null, offer: null, stale: true, staleReason: noRoom },
    ]);
  });

  test.each(['before', 'while'])(
    'is not waited for by a snapshot, where that is known %s it is made: the others do not come later for it',
    async (known) => {
      await using t = await setUp();
      const read = { ...build.tick({ feed, epic: gold }), seq: 0, stale: true };
      const asked: string[][] = [];
      if (known === 'before') missing(t, noRoom);
      if (known === 'before') await until(() => t.reason() === 'no_room');
      const prices = t.watch([eurusd, gold], { fallback: async (epics) => (asked.push([...epics]), [read]) });
      await t.gateway.watched(eurusd, gold);
      if (known === 'while') missing(t, noRoom);
      const tick = t.gateway.tick(eurusd);
      expect(await prices.next()).toEqual([
        expect.objectContaining({ epic: eurusd, seq: tick.seq, stale: false }),
        { ...read, staleReason: noRoom },
      ]);
      expect(asked).toEqual([[gold]]);
    },
  );

  test('says so once the reason is known, and again when it is another; reasons of other releases are left out', async () => {
    await using t = await setUp();
    const read = { ...build.tick({ feed, epic: gold }), seq: 0, stale: true };
    const prices = t.watch([gold], { fallback: async () => [read] });
    t.clock.advance(1_000);
    expect(await prices.next()).toEqual([read]);
    missing(t, { code: 'phase_of_the_moon', message: 'Of a later release.' });
    missing(t, noRoom);
    expect(await prices.next()).toEqual([{ ...read, staleReason: noRoom }]);
    missing(t, noRoom);
    t.gateway.heartbeat('down', 'the stream was lost');
    expect(await prices.next()).toMatchObject([
      {
        bid: read.bid,
        staleReason: { code: 'feed_down', message: expect.stringContaining('the stream was lost') },
      },
    ]);
  });

  test('as an overtaken heartbeat says, is live if a later tick has come', async () => {
    await using t = await setUp();
    const prices = t.watch([gold]);
    await t.gateway.watched(gold);
    const late = t.clock.now().toISOString();
    t.clock.advance(1);
    t.gateway.tick(gold);
    await prices.next();
    t.bus.publish('feeds', feed, {
      feed,
      epoch: 1,
      state: 'up',
      at: late,
      reason: 'late',
      missing: [{ ...noRoom, epics: [gold] }],
    });
    await until(() => t.reason() === 'late');
    expect(t.hub.latest(feed, gold)).toMatchObject({ stale: false });
  });
});

describe('the snapshot', () => {
  test('waits for the first tick of every epic; what comes meanwhile follows in order, and nothing twice', async () => {
    await using t = await setUp();
    const prices = t.watch([eurusd, gold]);
    await t.gateway.watched(eurusd, gold);
    const early = [t.gateway.tick(eurusd), t.gateway.tick(eurusd), t.gateway.tick(eurusd)];
    const last = t.gateway.tick(gold);
    const after = t.gateway.tick(eurusd);
    expect(seqs(await prices.ticks(5))).toEqual([
      early[0]!.seq,
      last.seq,
      early[1]!.seq,
      early[2]!.seq,
      after.seq,
    ]);
  });

  test('asks the fallback for what does not come in time, marked stale; its first tick replaces it', async () => {
    await using t = await setUp();
    const asked: string[][] = [];
    const closed = {
      ...t.gateway.build(ftse),
      marketState: 'closed' as const,
      seq: 0,
      stale: true,
      at: new Date(0),
      receivedAt: new Date(1),
    };
    const prices = t.watch([eurusd, gold, ftse], {
      fallback: async (epics) => (asked.push([...epics]), [closed]),
    });
    await t.gateway.watched(eurusd, gold, ftse);
    const tick = t.gateway.tick(eurusd);
    await until(() => t.hub.latest(feed, eurusd)?.seq === tick.seq);
    t.clock.advance(1_000);
    expect(await prices.next()).toEqual([expect.objectContaining({ epic: eurusd, seq: tick.seq }), closed]);
    expect(asked).toEqual([[gold, ftse]]);
    const opened = t.gateway.tick(ftse);
    const first = t.gateway.tick(gold);
    expect(seqs(await prices.ticks(2))).toEqual([opened.seq, first.seq]);
  });

  test.each([
    ['fails', () => Promise.reject(new Error('the broker is away'))],
    ['never answers', () => new Promise<Tick[]>(() => {})],
  ])('has no price of an epic, and says why, when even the fallback %s', async (_, fallback) => {
    await using t = await setUp();
    const prices = t.watch([eurusd], { fallback });
    t.clock.advance(1_000);
    await turn(); // the fallback has failed, or is waited for
    t.clock.advance(5_000);
    expect(await prices.next()).toMatchObject([
      { epic: eurusd, bid: null, stale: true, staleReason: { code: 'feed_down' } },
    ]);
    t.gateway.tick(eurusd);
    expect(await prices.next()).toMatchObject([{ epic: eurusd }]);
  });

  test('that waits very long keeps a bounded number of changes, and the latest', async () => {
    await using t = await setUp({ earlyTicks: 10 });
    const prices = t.watch([eurusd, gold]);
    await t.gateway.watched(eurusd, gold);
    const sent = Array.from({ length: 25 }, () => t.gateway.tick(eurusd).seq);
    const last = t.gateway.tick(gold);
    expect(seqs(await prices.ticks(4))).toEqual([sent[22], last.seq, sent[23], sent[24]]);
  });
});

test('on a socket whose adapter does not say which request starts, ticks are yielded instead of written', async () => {
  await using t = await setUp();
  const sent: string[] = [];
  const socket = {
    bufferedAmount: 0,
    open: true,
    send: (text: string) => void sent.push(text),
    close: () => {},
    sendShared: () => {},
    takeStarted: () => undefined,
  };
  const tick = t.gateway.tick(eurusd);
  expect(await t.watch([eurusd], { socket }).next()).toMatchObject([{ seq: tick.seq }]);
  expect(sent).toEqual([]);
  expect(t.hub.stats()).toMatchObject({ onSockets: 0, onReaders: 1 });
});

test('a hub that closes ends what is left with server.unavailable and withdraws its interest', async () => {
  await using t = await setUp();
  const prices = t.watch([eurusd]);
  await t.gateway.watched(eurusd);
  const refused = expect(prices.result()).rejects.toMatchObject({ code: 'server.unavailable' });
  await t.hub.close();
  await refused;
  await t.gateway.watched();
});
