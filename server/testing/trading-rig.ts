// The trading module on a real database with real accounts, events, notifications and jobs, in front of a hand-made venue that can fail.
import { eq } from 'drizzle-orm';
import { accountRisk } from '../../drizzle/schema/index.ts';
import type { Scope } from '../../shared/auth.ts';
import type { Market, Tick } from '../../shared/market-data.ts';
import { createJobs } from '../jobs/index.ts';
import type { Clock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMemoryBus } from '../messaging/memory.ts';
import { defaultLimits } from '../messaging/topology.ts';
import { createUserEvents } from '../modules/events/index.ts';
import { createNotificationsModule } from '../modules/notifications/index.ts';
import { createTradingModule, type TradingModuleDeps } from '../modules/trading/index.ts';
import { AppError } from '../lib/app-error.ts';
import type { MarketPrice, PriceFeed } from '../modules/trading/ports.ts';
import { createCarry } from '../realtime/carry.ts';
import { createFollowers } from '../realtime/followers.ts';
import { createCallerFactory } from '../trpc/init.ts';
import * as build from './build.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import * as people from './people.ts';
import { testDb } from './test-db.ts';
import { createVenue } from './venue.ts';
import { testAccounts } from './test-accounts.ts';
import { silentChannels } from './silent-channels.ts';

/** EUR/USD at 1.17000/1.17006, tradeable, with parts replaced. */
export function quoteOf(
  {
    tick = {},
    minimum = '1',
    minDistance = { unit: 'points', value: '2' },
  }: {
    tick?: Partial<Tick>;
    minimum?: string;
    minDistance?: { unit: 'points' | 'percentage'; value: string };
  } = {},
  now = new Date('2026-01-05T09:00:00Z'),
): MarketPrice {
  const price = {
    bid: '1.17000',
    offer: '1.17006',
    high: null,
    low: null,
    netChange: null,
    netChangePct: null,
    marketState: 'tradeable' as const,
  };
  const points = (value: string) => ({ unit: 'points' as const, value });
  const market: Market = {
    ...price,
    feed: 'simulated',
    epic: build.eurusd,
    name: 'EUR/USD',
    type: 'CURRENCIES',
    expiry: '-',
    delayMinutes: 0,
    streaming: true,
    currencies: [{ code: 'USD', isDefault: true }],
    unit: 'CONTRACTS',
    lotSize: '10',
    contractSize: '100000',
    valueOfOnePip: '10.00',
    onePipMeans: '0.0001 USD/EUR',
    decimalPlaces: 5,
    scalingFactor: '10000',
    marginFactor: '3.33',
    marginFactorUnit: 'percentage',
    forceOpenAllowed: true,
    stopsLimitsAllowed: true,
    guaranteedStopsAllowed: true,
    guaranteedStopPremium: points('1.2'),
    dealingRules: {
      minDealSize: points(minimum),
      minStepDistance: null,
      minNormalStopOrLimitDistance: minDistance,
      maxStopOrLimitDistance: { unit: 'percentage', value: '75' },
      minGuaranteedStopDistance: points('5'),
      marketOrders: true,
      trailingStops: false,
    },
  };
  return {
    market,
    tick: {
      ...price,
      feed: 'simulated',
      epic: build.eurusd,
      seq: 1,
      at: now,
      receivedAt: now,
      stale: false,
      ...tick,
    },
  };
}

/** Prices that a test sets. `quote` null: the feed knows no such market; an AppError: it fails. */
export function createTestPrices(clock: Clock) {
  const rates = ['CS.D.GBPUSD.CFD.IP'].map((epic) => ({
    ...quoteOf().market,
    epic,
    name: 'GBP/USD',
    bid: '1.25',
    offer: '1.25',
  }));
  let changed = Promise.withResolvers<void>();
  const prices = {
    quote: quoteOf({}, clock.now()) as MarketPrice | AppError,
    /** While it is set no market is told: who asks waits for ever, and this is called. */
    onSilence: undefined as (() => void) | undefined,
    move(tick: Partial<Tick>) {
      if (prices.quote instanceof AppError) return;
      prices.quote = {
        market: { ...prices.quote.market },
        tick: { ...prices.quote.tick, ...tick, seq: prices.quote.tick.seq + 1 },
      };
      changed.resolve();
      changed = Promise.withResolvers();
    },
  };
  const current = () => {
    if (prices.quote instanceof AppError) throw prices.quote;
    return prices.quote;
  };
  const feed: PriceFeed = {
    quote: async (_feed, epic) => (epic === build.eurusd ? current() : null),
    latest: (_feed, epic) =>
      epic === build.eurusd && !(prices.quote instanceof AppError) ? prices.quote.tick : undefined,
    async markets(_feed, epics) {
      if (prices.onSilence) {
        prices.onSilence();
        await new Promise<never>(() => undefined);
      }
      return [current().market, ...rates].filter(({ epic }) => epics.includes(epic));
    },
    quotes: async (_feed, epics) => (epics.includes(build.eurusd) ? [current().tick] : []),
    async *watch(_feed, epics, signal) {
      const ended = new Promise<void>(
        (resolve) => void signal.addEventListener('abort', () => resolve(), { once: true }),
      );
      while (!signal.aborted) {
        if (epics.includes(build.eurusd)) yield [current().tick];
        await Promise.race([changed.promise, ended]);
      }
    },
  };
  return Object.assign(prices, { feed });
}

export type TradingRig<C extends Clock = ManualClock> = Awaited<ReturnType<typeof tradingRig<C>>>;

/** `clock` stands still unless given. `work` runs the jobs. */
export async function tradingRig<C extends Clock = ManualClock>({
  clock = createManualClock() as Clock as C,
  work = false,
}: { clock?: C; work?: boolean } = {}) {
  const db = await testDb();
  const { database } = db;
  const ids = createIds(clock);
  const logger = silentLogger;
  const bus = createMemoryBus({ logger, clock, limits: defaultLimits });
  const rows = createUserEvents({ database, bus, logger });
  const followers = createFollowers({ source: rows, bus, clock, logger });
  await followers.start();
  const events = { ...rows, follow: followers.follow };
  const { notify } = createNotificationsModule({
    ...silentChannels(),
    database,
    events: rows,
    follower: followers,
    ids,
    clock,
  });
  const accounts = testAccounts({ database, ids, clock, bus });
  const venue = createVenue(clock);
  const prices = createTestPrices(clock);
  const jobs = createJobs({ databaseUrl: db.url, logger });
  const deps: TradingModuleDeps = {
    database,
    accounts,
    dealing: venue.dealing,
    evidence: venue.evidence,
    prices: prices.feed,
    events,
    notify,
    carry: createCarry({ clock }),
    jobs,
    clock,
    ids,
    logger,
  };
  const trading = createTradingModule(deps);
  await jobs.start({ work });

  async function addUser(name: string): Promise<string> {
    const [id, createdAt] = [`user_${name}`, clock.now()];
    await people.addUser(database, { id, createdAt });
    await people.addAccount(database, id, { id: `acct_${name}`, createdAt });
    return id;
  }
  const caller = (module: typeof trading, userId: string | null, over?: Scope[], signal?: AbortSignal) => {
    const principal = userId === null ? null : build.principal(over, { id: userId });
    return createCallerFactory(module.router)(build.context({ principal }), signal ? { signal } : {});
  };
  await addUser('ann');
  return {
    database,
    clock,
    venue,
    prices,
    trading,
    jobs,
    deps,
    accounts,
    addUser,
    events,
    accountId: 'acct_ann',
    userId: 'user_ann',
    as: (userId: string | null = 'user_ann', over?: Scope[], signal?: AbortSignal) =>
      caller(trading, userId, over, signal),
    /** The same deployment as another process would run it, with parts replaced. Its jobs are this one's, already started. */
    restart: (over: Partial<TradingModuleDeps> = {}) => {
      const module = createTradingModule({
        ...deps,
        jobs: { ...jobs, define: (definition) => ({ definition, enqueue: async () => {} }) },
        ...over,
      });
      return {
        ...module,
        as: (userId = 'user_ann', signal?: AbortSignal) => caller(module, userId, undefined, signal),
      };
    },
    /** The stream brings the confirm of a deal, or of the newest, to a process. */
    applyConfirm(
      dealReference?: string | null,
      process: Pick<typeof trading, 'applyAccountEvent'> = trading,
    ) {
      const confirm = dealReference ? venue.confirms.get(dealReference) : [...venue.confirms.values()].at(-1);
      return process.applyAccountEvent(venue.confirmEvent('acct_ann', confirm!));
    },
    order: build.openPosition,
    close: build.closePosition,
    amend: build.amendPosition,
    resting: build.placeOrder,
    change: build.changeOrder,
    /** The stream of events so far: types in order, gapless offsets asserted. */
    async told(userId = 'user_ann'): Promise<string[]> {
      const { events: all } = await rows.read({ userId, stream: 'trading' }, 0, 1_000);
      if (all.some(({ id }, index) => id !== String(index + 1)))
        throw new Error(`a gap in ${all.map(({ id }) => id).join()}`);
      return all.map(({ type }) => type);
    },
    risk: async (accountId = 'acct_ann') =>
      (await database.db.select().from(accountRisk).where(eq(accountRisk.accountId, accountId)))[0]!,
    waitingJobs: async () =>
      (
        await database.pool.query<{ name: string }>(
          `select name from pgboss.job where name like 'trading.%' and state = 'created'`,
        )
      ).rows.map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      await jobs.close();
      await followers.close();
      await bus.close();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** Opens a position and lets the stream tell of it: its id at the broker. */
export async function openedPosition(rig: TradingRig, over: Record<string, unknown> = {}): Promise<string> {
  const { dealReference } = await rig.as().openPosition(rig.order(over));
  await rig.applyConfirm(dealReference);
  return rig.venue.confirms.get(dealReference!)!.dealId!;
}
