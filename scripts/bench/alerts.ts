// Alerts: what 10,000 of them over forty markets cost of a core at 1,000 ticks a second, and what those cost that no price reaches.
import { alertWindows } from '../../shared/alerts.ts';
import { between, seededRandom } from '../../server/ig-simulator/random.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import type { TickMessage } from '../../server/messaging/index.ts';
import { createAlertEngine } from '../../server/modules/alerts/engine.ts';
import { toMarketAlert } from '../../server/modules/alerts/rows.ts';
import type { AlertRow, AlertStore } from '../../server/modules/alerts/store.ts';
import { createAlertTap } from '../../server/modules/alerts/tap.ts';
import { spanAt } from '../../server/modules/market-data/index.ts';
import { atLeast, atMost, isShort, median, type BenchOptions, type BenchReport } from './report.ts';

const [feed, markets, perSecond, ticksPerCall] = ['simulated', 40, 1_000, 50];
const epicOf = (n: number) => `CS.D.BENCH${n}.CFD.IP`;
const many = 10_000;
const few = 100;

/** Alerts around the price, of every kind; or on prices alone, beyond all that is ever quoted. */
function rowsOf(count: number, reach: 'reached' | 'unreached'): AlertRow[] {
  const random = seededRandom(`${count} ${reach}`);
  const one = <Value>(values: readonly Value[]): Value => values[between(random, [0, values.length - 1])]!;
  return Array.from({ length: count }, (_, n) => {
    const epic = epicOf(n % markets);
    const market = { epic, feed, side: one(['bid', 'offer', 'mid'] as const) };
    const level = String(
      reach === 'reached' ? between(random, [9_950, 10_050]) : between(random, [20_000, 30_000]),
    );
    const kind = reach === 'reached' ? one(['price', 'price', 'move', 'candle_close'] as const) : 'price';
    const condition = {
      price: { kind, ...market, direction: 'up', level },
      move: {
        kind,
        ...market,
        direction: 'either',
        percent: one(['0.1', '0.5', '1']),
        windowSeconds: one(alertWindows),
      },
      candle_close: {
        kind,
        ...market,
        direction: 'up',
        level,
        resolution: one(['MINUTE', 'HOUR']),
        zone: 'UTC',
      },
    }[kind];
    return {
      id: `alert_${n}`,
      userId: `user_${n % 100}`,
      feed,
      epic,
      accountId: null,
      environment: null,
      name: epic,
      condition,
      repeat: 'every',
      rearmBand: kind === 'move' ? '0.05' : '2',
      expiresAt: null,
      note: null,
      state: 'waiting',
      stateAt: new Date(0),
      firedCount: 0,
      lastFiredAt: null,
      lastFiredLate: false,
      lastValue: null,
      seenAt: new Date(0),
      revision: 1,
      createdAt: new Date(0),
      updatedAt: new Date(0),
    };
  });
}
/** Rows in memory: PostgreSQL is another process, whose cost is not this one's. */
function storeOf(rows: readonly AlertRow[]): AlertStore {
  const versions = new Map(rows.map(({ id, revision }) => [id, revision]));
  const raise = (id: string) => versions.set(id, versions.get(id)! + 1);
  return {
    ofFeed: async () => [...versions].map(([id, revision]) => ({ id, revision })),
    rows: async (ids: readonly string[]) => {
      const wanted = new Set(ids);
      return rows.filter(({ id }) => wanted.has(id));
    },
    change: async (_tx: unknown, { id }: { id: string }) => Boolean(raise(id)),
    arm: async (armed: readonly { id: string }[]) => armed.map(({ id }) => (raise(id), id)),
    progress: async () => [],
    writeProgress: async () => undefined,
  } as unknown as AlertStore;
}
function createTicks() {
  const random = seededRandom('ticks');
  const prices = Array.from({ length: markets }, () => 10_000);
  let n = 0;
  return (): TickMessage => {
    const market = n++ % markets;
    // Back to where it began, so that it stays among the levels.
    prices[market]! += between(random, [-3, 3]) - Math.sign(prices[market]! - 10_000) * Number(n % 7 === 0);
    const at = new Date().toISOString();
    return {
      feed,
      epic: epicOf(market),
      seq: n,
      bid: String(prices[market]),
      offer: String(prices[market]! + 1),
      high: null,
      low: null,
      netChange: null,
      netChangePct: null,
      marketState: 'tradeable',
      at,
      receivedAt: at,
    };
  };
}

/** Microseconds of this process's CPU a tick, of so many seconds' ticks at the rate of the target, and how often alerts fired. */
async function run(rows: readonly AlertRow[], seconds: number): Promise<{ cpuUs: number; fired: number }> {
  let fired = 0;
  const tap = createAlertTap({
    store: storeOf(rows),
    candles: { stored: async () => [], bought: async () => ({ candles: [], whole: true }) },
    transaction: (work) => work(undefined as never),
    spanAt: ({ resolution, zone }, atMs) => spanAt(resolution, zone, atMs),
    notify: async () => void fired++,
    wake: () => undefined,
    clock: systemClock,
    logger: silentLogger,
  });
  const lease = { feed, epoch: 1, signal: new AbortController().signal };
  await tap.begin(lease);
  const next = createTicks();
  const call = () => tap.ticks({ lease, ticks: Array.from({ length: ticksPerCall }, next), missed: 0 });
  for (let n = 0; n < perSecond; n += ticksPerCall) await call();
  const everyMs = (ticksPerCall / perSecond) * 1_000;
  const began = process.cpuUsage();
  const endMs = performance.now() + seconds * 1_000;
  let ticks = 0;
  for (let dueMs = performance.now(); dueMs < endMs; dueMs += everyMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    await call();
    ticks += ticksPerCall;
  }
  const { user, system } = process.cpuUsage(began);
  await tap.close();
  return { cpuUs: (user + system) / ticks, fired };
}

/** Microseconds of one tick in engines whose alerts no price reaches, of few and of many, a block of each in turns. */
function compareUnreached(blocks: number): [number, number] {
  const engines = [few, many].map((count) => {
    const engine = createAlertEngine({
      spanAt: ({ resolution, zone }, atMs) => spanAt(resolution, zone, atMs),
    });
    for (const row of rowsOf(count, 'unreached')) engine.add({ ...toMarketAlert(row)!, state: 'armed' });
    return { engine, next: createTicks(), us: [] as number[] };
  });
  const perBlock = 2_000;
  for (let block = 0; block < blocks + 10; block++)
    for (const { engine, next, us } of engines) {
      const quotes = Array.from({ length: perBlock }, next).map(({ epic, bid, offer }) => ({
        epic,
        quote: { bid, offer, atMs: block, receivedAtMs: block },
      }));
      const beganMs = performance.now();
      for (const { epic, quote } of quotes) engine.tick(epic, quote);
      if (block >= 10) us.push(((performance.now() - beganMs) * 1_000) / perBlock);
    }
  return engines.map(({ us }) => median(us)) as [number, number];
}

export async function alerts({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const kinds = [
    { name: 'none', rows: rowsOf(0, 'unreached') },
    { name: `${few} that no price reaches`, rows: rowsOf(few, 'unreached') },
    { name: `${many} that no price reaches`, rows: rowsOf(many, 'unreached') },
    { name: `${many} of every kind around the price`, rows: rowsOf(many, 'reached') },
  ].map((kind) => ({ ...kind, cpuUs: [] as number[], fired: 0 }));
  for (let round = 0; round < rounds + 1; round++) {
    say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    for (const kind of kinds) {
      const { cpuUs, fired } = await run(kind.rows, round === 0 ? Math.min(seconds, 1) : seconds);
      if (round === 0) continue;
      kind.cpuUs.push(cpuUs);
      kind.fired += fired;
    }
  }
  const ofAll = median(kinds.at(-1)!.cpuUs);
  const unreached = compareUnreached(isShort(seconds) ? 20 : 200);
  const share = (cpuUs: number) => (cpuUs * perSecond) / 10_000;
  return {
    name: 'alerts',
    about: `alerts over ${markets} markets at ${perSecond} ticks a second, making the ticks and writing to rows in memory counted in`,
    columns: ['alerts', 'CPU µs a tick', '% of a core', 'fired'],
    rows: kinds.map(({ name, cpuUs, fired }) => [
      name,
      median(cpuUs).toFixed(1),
      share(median(cpuUs)).toFixed(1),
      fired,
    ]),
    targets: [
      atMost(`% of a core with ${many} alerts`, share(ofAll), 20),
      atMost(`a tick with ${many} unreached alerts to one with ${few}`, unreached[1] / unreached[0], 1.5),
      atLeast('alerts that fired', kinds.at(-1)!.fired, isShort(seconds) ? 0 : 1),
    ],
    details: {
      measured: kinds.map(({ name, cpuUs, fired }) => ({ name, cpuUs, fired })),
      unreachedUs: unreached,
    },
  };
}
