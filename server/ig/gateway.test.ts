import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../lib/clock.ts';
import type { SimulatorOptions } from '../ig-simulator/index.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import type { FeedStatusMessage, InterestMessage, TickMessage } from '../messaging/bus.ts';
import { createMemoryBus } from '../messaging/memory.ts';
import { defaultLimits } from '../messaging/topology.ts';
import type { PriceTap } from '../modules/market-data/ports.ts';
import * as build from '../testing/build.ts';
import { createWaiters } from '../testing/inbox.ts';
import { createManualClock } from '../testing/manual-clock.ts';
import { testBroker } from '../testing/test-broker.ts';
import { testDb } from '../testing/test-db.ts';
import { createGateway, createIgClients } from './index.ts';
import { defaultGatewayLimits, type GatewayLimits } from './limits.ts';
import { loadSdk, loadSdkFrom, type LoadSdk } from './stream/sdk.ts';

const ids = createIds(systemClock);
const [eurusd, usdjpy, gold] = ['CS.D.EURUSD.CFD.IP', 'CS.D.USDJPY.CFD.IP', 'CS.D.CFDGOLD.CFDGC.IP'] as const;
const ticksPerEpoch = 2 ** 32;
const generations: [string, LoadSdk][] = [
  ['8.0.5', loadSdk],
  ['9.2.2', () => loadSdkFrom(() => import('lightstreamer-client-node-9'))],
];

/** Simulator, database, bus, a listener to everything, and as many gateways as the test makes. */
async function arrange({
  limits = {},
  sdk = loadSdk,
  simulator = {},
}: { limits?: Partial<GatewayLimits>; sdk?: LoadSdk; simulator?: Partial<SimulatorOptions> } = {}) {
  const db = await testDb();
  const broker = await testBroker({ ...simulator, clock: systemClock });
  const bus = createMemoryBus({ logger: silentLogger, clock: systemClock, limits: defaultLimits });
  const ticks: TickMessage[] = [];
  const beats: FeedStatusMessage[] = [];
  const { changed, until } = createWaiters();
  const heard =
    <M>(list: M[]) =>
    (message: M) => {
      list.push(message);
      changed();
    };
  await (await bus.subscribe('prices', heard(ticks))).setKeys(['#']);
  await (await bus.subscribe('feeds', heard(beats))).setKeys(['#']);
  const gateways = new Set<ReturnType<typeof createGateway>>();
  return {
    broker,
    bus,
    ticks,
    beats,
    async startGateway(clock: Clock = systemClock, taps: PriceTap[] = []) {
      const clients = createIgClients({
        logins: [broker.login],
        database: db.database,
        sealer: build.sealer(),
        clock,
        logger: silentLogger,
      });
      const gateway = createGateway({
        feeds: { clients, taps },
        database: db.database,
        bus,
        clock,
        ids,
        logger: silentLogger,
        loadSdk: sdk,
        // Interest is told once here, not every 2 s as a process tells it.
        limits: { ...defaultGatewayLimits, interestLapseMs: 120_000, ...limits },
      });
      gateways.add(gateway);
      await gateway.start();
      return gateway;
    },
    watch: (epics: readonly string[], source = 'one') =>
      bus.publish('interest', 'simulated', { source, feed: 'simulated', epics: [...epics] }),
    /** The epics that open positions need. */
    hold: (...epics: string[]) =>
      bus.publish('interest', 'simulated', {
        source: 'positions',
        feed: 'simulated',
        epics,
        class: 'positions',
      }),
    /** Resolves once `condition` holds, looked at after every message. */
    until,
    of: (epic: string) => ticks.filter((tick) => tick.epic === epic),
    states: () => beats.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]),
    async [Symbol.asyncDispose]() {
      for (const gateway of gateways) await gateway.stop();
      await bus.close();
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** The time of this whole process, libraries included, is set by `ms` once `condition` holds; put right at the end. */
function shiftedDate(ms: number, condition: () => boolean): Disposable {
  const RealDate = Date;
  const offset = () => (condition() ? ms : 0);
  globalThis.Date = class extends RealDate {
    constructor(...given: unknown[]) {
      super(...((given.length > 0 ? given : [RealDate.now() + offset()]) as [number]));
    }
    static override now = () => RealDate.now() + offset();
  } as DateConstructor;
  return { [Symbol.dispose]: () => void (globalThis.Date = RealDate) };
}

/** A tick file of `rows` quotes: repeated ones and trailing zeros among them. */
async function tickFile(rows: number) {
  const folder = await mkdtemp(path.join(tmpdir(), 'ftrader-ticks-'));
  const quotes = Array.from({ length: rows }, (_, i) => {
    const step = Math.floor(i / 2) % 90; // every quote twice
    return { bid: `1.${13_000 + step * 10}`, offer: `1.${13_010 + step * 10}` };
  });
  const start = Date.UTC(2026, 0, 5, 9);
  const lines = quotes.map(
    ({ bid, offer }, i) => `${new Date(start + i * 250).toISOString()},${bid},${offer}`,
  );
  const file = path.join(folder, 'ticks.csv');
  await writeFile(file, `timestamp,bid,ask\n${lines.join('\n')}\n`);
  return { file, quotes, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe.each(generations)('with the SDK %s', (_version, sdk) => {
  test('every replayed tick is published once, in order, its text unchanged', async () => {
    await using recorded = await tickFile(5_000);
    await using rig = await arrange({
      sdk,
      simulator: { replay: { files: [{ path: recorded.file, epic: eurusd }], speed: 'max' } },
    });
    rig.watch([eurusd]);
    await rig.startGateway();
    rig.watch([eurusd]);
    await rig.until(() => rig.ticks.length >= recorded.quotes.length);
    expect(rig.ticks.map(({ bid, offer }) => ({ bid, offer }))).toEqual(recorded.quotes);
    expect(rig.ticks.map(({ seq }) => seq)).toEqual(recorded.quotes.map((_, i) => ticksPerEpoch + i + 1));
    expect(rig.ticks[0]).toMatchObject({ feed: 'simulated', epic: eurusd, marketState: 'tradeable' });
  });

  test('a lost stream takes the feed down and brings it back, the sequence rising on', async () => {
    await using rig = await arrange({ sdk });
    await rig.startGateway();
    rig.watch([eurusd]);
    await rig.until(() => rig.ticks.length > 0);
    rig.broker.simulator.setFaults([{ name: 'stream-drop', recoverable: false }]);
    await rig.until(() => rig.states().at(-1) === 'down');
    const before = rig.ticks.length;
    await rig.until(() => rig.states().at(-1) === 'up' && rig.ticks.length > before);
    expect(rig.states()).toEqual(['down', 'up', 'down', 'up']);
    expect(rig.ticks.map(({ seq }) => seq)).toEqual(rig.ticks.map((_, i) => ticksPerEpoch + i + 1));
  });

  test.each([-20, -600])(
    'a clock that is set by %d s: the feed is marked down at once, then its market goes on',
    async (seconds) => {
      await using rig = await arrange({ sdk });
      await rig.startGateway();
      rig.watch([eurusd]);
      const repeated = setInterval(() => rig.watch([eurusd]), 1_000); // as a hub repeats it
      using _clock = shiftedDate(seconds * 1_000, () => rig.ticks.length > 2);
      await rig.until(() => rig.states().length > 2);
      expect(rig.states().slice(0, 3)).toEqual(['down', 'up', 'down']);
      expect(rig.beats.at(-1)?.reason).toBe('the clock was set back');
      const told = rig.ticks.length;
      await rig.until(() => rig.states().at(-1) === 'up' && rig.ticks.length > told + 3);
      const instants = rig.ticks.map(({ at }) => new Date(at).getTime());
      expect(instants.at(-1)! - Math.max(...instants)).toBeLessThan(seconds * 500);
      clearInterval(repeated);
    },
  );

  test('a server that asks to bind again interrupts nothing', async () => {
    await using rig = await arrange({ sdk });
    await rig.startGateway();
    rig.watch([eurusd]);
    await rig.until(() => rig.ticks.length > 0);
    rig.broker.simulator.setFaults([{ name: 'stream-loop' }]);
    const before = rig.ticks.length;
    await rig.until(() => rig.ticks.length > before + 1);
    expect([rig.broker.simulator.faults()[0]!.hits, rig.states()]).toEqual([1, ['down', 'up']]);
  });

  test.each([[31], [32], [48]])('a stream the server ends with code %i comes back', async (code) => {
    await using rig = await arrange({ sdk });
    await rig.startGateway();
    rig.watch([eurusd]);
    await rig.until(() => rig.ticks.length > 0);
    rig.broker.simulator.setFaults([{ name: 'stream-end', code }]);
    await rig.until(() => rig.states().at(-1) === 'down');
    await rig.until(() => rig.states().at(-1) === 'up');
  });

  test('an unknown epic is reported and harms no other', async () => {
    await using rig = await arrange({ sdk });
    const gateway = await rig.startGateway();
    rig.watch(['XX.D.NOTHING.CFD.IP', eurusd, usdjpy]);
    await rig.until(
      () => rig.of(eurusd).length > 1 && rig.of(usdjpy).length > 1 && gateway.status()[0]!.unknown.length > 0,
    );
    expect(gateway.status()).toMatchObject([
      { held: true, state: 'up', streamed: 2, unknown: ['XX.D.NOTHING.CFD.IP'], waiting: [] },
    ]);
    expect(rig.broker.simulator.stats().items).toBe(2);
  });
});

test('a broker that restarts and knows no token of ours any more is logged in to again', async () => {
  await using rig = await arrange();
  await rig.startGateway();
  rig.watch([eurusd]);
  await rig.until(() => rig.ticks.length > 0);
  await rig.broker.restart();
  await rig.until(() => rig.states().at(-1) === 'down');
  const before = rig.ticks.length;
  await rig.until(() => rig.ticks.length > before); // 10 s after the first login, not before
}, 40_000);

test('an open but mute stream is asked, found dead, marked down and replaced', async () => {
  await using rig = await arrange({ limits: { muteAfterMs: 300, muteAnswerMs: 300, beatMs: 50 } });
  await rig.startGateway();
  rig.watch([eurusd]);
  await rig.until(() => rig.ticks.length > 0);
  rig.broker.simulator.setFaults([{ name: 'mute' }]);
  await rig.until(() => rig.states().at(-1) === 'down');
  expect(rig.beats.at(-1)!.reason).toMatch('mute');
  rig.broker.simulator.setFaults([]);
  const before = rig.ticks.length;
  await rig.until(() => rig.ticks.length > before);
});

test('a stream that lives but has nothing to say is asked without a new tick, and stays up', async () => {
  await using recorded = await tickFile(3);
  await using rig = await arrange({
    limits: { muteAfterMs: 100, muteAnswerMs: 2_000, beatMs: 20 },
    simulator: { replay: { files: [{ path: recorded.file, epic: eurusd }], speed: 'max' } },
  });
  await rig.startGateway();
  rig.watch([eurusd]);
  await rig.until(() => rig.ticks.length === 3);
  await rig.until(() => rig.beats.length > 40); // some 800 ms: asked several times
  expect(rig.ticks).toHaveLength(3);
  expect(rig.states()).toEqual(['down', 'up']);
  rig.broker.simulator.setFaults([{ name: 'mute' }]);
  await rig.until(() => rig.states().at(-1) === 'down'); // it had been asked, and had answered
  expect(rig.beats.at(-1)!.reason).toMatch('mute');
});

test('of two gateways one streams; when it stops the other takes over with higher numbers', async () => {
  await using rig = await arrange();
  const first = await rig.startGateway();
  rig.watch([eurusd]);
  await rig.until(() => rig.ticks.length > 0);
  const second = await rig.startGateway();
  rig.watch([eurusd, gold]);
  await rig.until(() => rig.of(gold).length > 0);
  expect(rig.broker.simulator.stats().streams).toBe(1);
  expect([first.status()[0]!.held, second.status()[0]!.held]).toEqual([true, false]);
  await first.stop();
  const before = rig.ticks.length;
  await rig.until(() => rig.ticks.length > before && second.status()[0]!.state === 'up');
  const epochs = (ticks: TickMessage[]) => [
    ...new Set(ticks.map(({ seq }) => Math.floor(seq / ticksPerEpoch))),
  ];
  expect([epochs(rig.ticks.slice(0, before)), epochs(rig.ticks.slice(before))]).toEqual([[1], [2]]);
  expect(rig.beats.at(-1)).toMatchObject({ epoch: 2, state: 'up' });
  expect(rig.broker.simulator.stats().streams).toBe(1);
});

/** What a tap was told, and the ticks it saw, by the epoch it saw them under. */
function recordingTap() {
  const told: string[] = [];
  const ticks: { epoch: number; tick: TickMessage }[] = [];
  const tap: PriceTap = {
    name: 'recording',
    begin: ({ feed, epoch }) => void told.push(`${feed} begins ${epoch}`),
    ticks: ({ lease: { epoch }, ticks: some }) => some.forEach((tick) => ticks.push({ epoch, tick })),
    end: ({ feed, epoch }) => void told.push(`${feed} ends ${epoch}`),
  };
  return { tap, told, ticks };
}

test('a tap sees every published tick once, in order, under the lease’s epoch; a broken one harms nobody', async () => {
  await using recorded = await tickFile(2_000);
  await using rig = await arrange({
    simulator: { replay: { files: [{ path: recorded.file, epic: eurusd }], speed: 'max' } },
  });
  const { tap, ticks } = recordingTap();
  const fail = () => {
    throw new Error('broken on purpose');
  };
  const broken: PriceTap = { name: 'broken', begin: fail, ticks: fail, end: fail };
  rig.watch([eurusd]);
  await rig.startGateway(systemClock, [broken, tap]);
  rig.watch([eurusd]);
  await rig.until(() => rig.ticks.length >= recorded.quotes.length);
  await expect.poll(() => ticks.length, { timeout: 5_000 }).toBe(recorded.quotes.length);
  rig.watch([eurusd], 'two'); // published again, and no new tick
  await rig.until(() => rig.ticks.length > recorded.quotes.length);
  expect(ticks.map(({ tick }) => tick)).toEqual(rig.ticks.slice(0, -1));
  expect(new Set(ticks.map(({ epoch }) => epoch))).toEqual(new Set([1]));
});

test('a tap is fed only where the lease is: when its gateway stops, the next one’s goes on under a higher epoch', async () => {
  await using rig = await arrange();
  const [one, two] = [recordingTap(), recordingTap()];
  const first = await rig.startGateway(systemClock, [one.tap]);
  rig.watch([eurusd]);
  await rig.until(() => rig.ticks.length > 1);
  await rig.startGateway(systemClock, [two.tap]);
  rig.watch([eurusd]);
  expect(two.told).toEqual([]);
  await first.stop();
  const before = one.ticks.length;
  await expect.poll(() => two.ticks.length, { timeout: 10_000 }).toBeGreaterThan(1);
  expect(one.told).toEqual(['simulated begins 1', 'simulated ends 1']);
  expect(two.told).toEqual(['simulated begins 2']);
  expect(one.ticks).toHaveLength(before);
  const seqs = [...one.ticks, ...two.ticks].map(({ tick }) => tick.seq);
  expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
});

test('a gateway that has lost its lease without noticing publishes only what its successor’s ticks outrank', async () => {
  await using rig = await arrange();
  const stopped = createManualClock(); // its lease never seems to end
  await rig.startGateway(stopped);
  rig.watch([eurusd]);
  await rig.until(() => rig.ticks.length > 0);
  await rig.startGateway();
  rig.watch([eurusd]);
  const of = (epoch: number) => rig.ticks.filter(({ seq }) => Math.floor(seq / ticksPerEpoch) === epoch);
  await rig.until(() => of(2).length > 0);
  const late = of(1).length;
  rig.watch([eurusd]);
  await rig.until(() => of(1).length > late && of(2).length > 1);
  expect(Math.max(...of(1).map(({ seq }) => seq))).toBeLessThan(Math.min(...of(2).map(({ seq }) => seq)));
});

test('what nobody watches any more is unsubscribed, also when its watcher just fell silent', async () => {
  await using rig = await arrange({ limits: { interestLapseMs: 300, interestLingerMs: 100, beatMs: 20 } });
  await rig.startGateway();
  /** Watches, with each beat anew, until the watched have a tick more. */
  const hear = (...epics: string[]) => {
    const before = epics.map((epic) => rig.of(epic).length);
    return rig.until(() => {
      rig.watch(epics);
      return epics.every((epic, i) => rig.of(epic).length > before[i]!);
    });
  };
  await hear(eurusd, usdjpy);
  expect(rig.broker.simulator.stats().items).toBe(2);
  await rig.until(() => rig.beats.at(-1)!.items === 0 && rig.broker.simulator.stats().items === 0);
  await hear(eurusd);
  expect(rig.ticks.at(-1)!.seq).toBeGreaterThan(rig.of(eurusd).at(-2)!.seq);
});

test('on a full connection what an open position needs takes the place of what was watched last, whose watchers are told why and have it back once there is room', async () => {
  await using rig = await arrange({ limits: { maxStreamedEpics: 2, interestLingerMs: 100, beatMs: 20 } });
  const gateway = await rig.startGateway();
  rig.watch([eurusd, usdjpy]);
  await rig.until(() => rig.of(eurusd).length > 0 && rig.of(usdjpy).length > 0);
  rig.hold(gold);
  await rig.until(() => rig.of(gold).length > 0);
  expect(gateway.status()).toMatchObject([{ streamed: 2, waiting: [usdjpy] }]);
  expect(rig.beats.at(-1)).toMatchObject({
    reason: 'wanted and not streamed: 1 for want of room on the connection',
    missing: [{ code: 'no_room', epics: [usdjpy] }],
  });
  rig.watch([usdjpy], 'another'); // however many watch it
  rig.watch([eurusd, usdjpy]);
  const before = rig.of(gold).length;
  await rig.until(() => rig.of(gold).length > before);
  expect(gateway.status()).toMatchObject([{ streamed: 2, waiting: [usdjpy] }]);
  rig.hold();
  const displaced = rig.of(usdjpy).length;
  await rig.until(() => {
    rig.watch([eurusd, usdjpy]);
    return rig.of(usdjpy).length > displaced;
  });
  await rig.until(() => rig.beats.at(-1)!.missing === undefined);
});

test('interest in a form of another release breaks nothing: what follows is streamed', async () => {
  await using rig = await arrange();
  await rig.startGateway();
  for (const form of [{}, { epics: 'all' }, { epics: [eurusd], class: 'weather', source: 'later' }])
    rig.bus.publish('interest', 'simulated', { feed: 'simulated', ...form } as unknown as InterestMessage);
  rig.watch([usdjpy]);
  await rig.until(() => rig.of(eurusd).length > 0 && rig.of(usdjpy).length > 0);
});

test('a new watcher of a streamed epic gets its last tick again, unchanged', async () => {
  await using recorded = await tickFile(3);
  await using rig = await arrange({
    simulator: { replay: { files: [{ path: recorded.file, epic: eurusd }], speed: 'max' } },
  });
  await rig.startGateway();
  rig.watch([eurusd], 'one');
  await rig.until(() => rig.ticks.length === 3);
  rig.watch([eurusd], 'one');
  rig.watch([eurusd], 'two');
  await rig.until(() => rig.ticks.length > 3);
  expect(rig.ticks.slice(3)).toEqual([rig.ticks[2]]);
});

test('a refused client version takes the feed down with the reason', async () => {
  await using rig = await arrange();
  rig.broker.simulator.setFaults([{ name: 'create-refused' }]);
  await rig.startGateway();
  await rig.until(() => rig.beats.at(-1)?.reason?.includes('takes no stream of this version') ?? false);
  expect(rig.states()).toEqual(['down']);
});

test('a market that falls silent while the broker has another price is stale with that price to its watchers, no tap sees it, and it is live again once its item speaks', async () => {
  await using rig = await arrange({
    limits: { silentLeastMs: 2_000, silentMostMs: 3_000, bridgeEveryMs: 300, beatMs: 100 },
  });
  const tapped: TickMessage[] = [];
  const tap: PriceTap = {
    name: 'all',
    begin: () => undefined,
    ticks: async ({ ticks }) => void tapped.push(...ticks),
    end: () => undefined,
  };
  await rig.startGateway(systemClock, [tap]);
  rig.watch([eurusd, usdjpy]);
  await rig.until(() => rig.of(eurusd).length > 8 && rig.of(usdjpy).length > 8);
  rig.broker.simulator.setFaults([{ name: 'mute', epic: eurusd }]);
  await rig.until(() => rig.of(eurusd).filter(({ stale }) => stale).length > 1); // a quiet market's price moves every few seconds
  const shown = rig.of(eurusd);
  expect(shown.map(({ seq }) => seq)).toEqual(shown.map(({ seq }) => seq).toSorted((a, b) => a - b));
  expect(rig.of(usdjpy).some(({ stale }) => stale)).toBe(false);
  rig.broker.simulator.setFaults([]);
  await rig.until(() => rig.of(eurusd).at(-1)?.stale === undefined);
  expect(tapped.some(({ stale }) => stale)).toBe(false);
  expect(rig.states()).toEqual(['down', 'up']);
}, 60_000);
