// What outlives a crash: the database with its queue of jobs, and the broker; and processes over them, one after the other, on one clock that tests own.
import { setImmediate as turn } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { deals, positions, workingOrders, type OrderCounts } from '../../../drizzle/schema/index.ts';
import { isDecided } from '../../../shared/deal-words.ts';
import {
  createAccountClients,
  createDealing,
  createEvidence,
  createIgCatalogue,
  createIgClients,
  createSimulatedBroker,
  suspectingDealing,
  suspectingEvidence,
} from '../../ig/index.ts';
import type { AccountSnapshot } from '../../ig-simulator/index.ts';
import { createJobs, type Job, type JobDefinition, type Jobs } from '../../jobs/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger as logger } from '../../lib/logger.ts';
import { within } from '../../lib/within.ts';
import { createUserEvents } from '../../modules/events/index.ts';
import { createNotificationsModule } from '../../modules/notifications/index.ts';
import { sweepEveryMs } from '../../modules/trading/jobs.ts';
import { createPriceFeed, createTradingModule } from '../../modules/trading/index.ts';
import { heldBy, type Held } from '../../modules/trading/risk/exposure.ts';
import { findRisk } from '../../modules/trading/risk/store.ts';
import { createCarry } from '../../realtime/carry.ts';
import { createFollowers } from '../../realtime/followers.ts';
import { createPriceHub } from '../../realtime/hub.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import * as build from '../build.ts';
import { addUser } from '../people.ts';
import { testBus } from '../price-rig.ts';
import { noAccountNews, testBroker } from '../test-broker.ts';
import { testDb } from '../test-db.ts';
import { createLife, type Life } from './mortal.ts';
import { testAccounts } from '../test-accounts.ts';
import { silentChannels } from '../silent-channels.ts';

type AnyJob = Job<z.ZodType>;
const adminToken = 'admin-of-the-crash-test';
/** pg-boss looks for work so often. */
const pollEveryMs = 2_000;
/** A piece of work that takes longer, by the machine's clock, is stuck. */
const stuckAfterMs = 60_000;
/** How often, by the machine's clock, somebody looks whether only time helps. */
const lookEveryMs = 1;
/** How often the database is looked at again while somebody waits for it: then it is held by who waits for the broker. */
const maxBusyLooks = 250;

export async function crashWorld(seed: string) {
  const db = await testDb();
  const { database } = db;
  const broker = await testBroker({ seed, adminToken });
  const { clock, simulator, login } = broker;
  const bus = testBus(clock);
  const ids = createIds(clock);
  const sealer = build.sealer();
  const accounts = testAccounts({
    database,
    ids,
    clock,
    sealer,
    bus,
    simulator: createSimulatedBroker({ baseUrl: simulator.baseUrl, token: adminToken, clock }),
  });
  const events = createUserEvents({ database, bus, logger });
  const followers = createFollowers({ source: events, bus, clock, logger });
  const notifications = createNotificationsModule({
    ...silentChannels(),
    database,
    events,
    follower: followers,
    ids,
    clock,
  });
  const catalogue = createIgCatalogue({
    clients: createIgClients({ logins: [login], database, sealer, clock, logger }),
    clock,
    logger,
  });
  const prices = createPriceFeed({
    catalogue,
    prices: createPriceHub({ bus, clock, logger, source: 'crash' }),
  });
  const queue = createJobs({ databaseUrl: db.url, logger });
  const queued = new Map<string, AnyJob>();

  /** One process's parts of the money plane. `life` ends it; `suspect` is told of requests that the broker leaves unanswered; `quote` stands for prices that go on. */
  function startProcess(
    life: Life = createLife(),
    {
      suspect = () => undefined,
      quote = prices.quote,
    }: { suspect?: (accountId: string) => void; quote?: typeof prices.quote } = {},
  ) {
    const runs = new Map<string, JobDefinition<z.ZodType>['run']>();
    const jobs: Jobs = {
      ...queue,
      define(definition) {
        runs.set(definition.name, definition.run as JobDefinition<z.ZodType>['run']);
        if (!queued.has(definition.name))
          queued.set(definition.name, queue.define(definition) as unknown as AnyJob);
        const job = queued.get(definition.name)!;
        return {
          definition,
          enqueue: (tx, payload, options) =>
            life.call('jobs.enqueue', () => job.enqueue(tx, payload, options)),
        };
      },
    };
    const clients = createAccountClients({
      endpoints: { simulated: simulator.baseUrl },
      credentialsOf: accounts.credentialsOf,
      changes: noAccountNews,
      database,
      sealer,
      clock,
      logger,
    });
    const trading = createTradingModule({
      database: life.database(database),
      accounts: life.port('accounts', accounts),
      jobs,
      clock,
      ids,
      logger,
      dealing: life.port(
        'dealing',
        suspectingDealing(createDealing({ clients: life.clients(clients), clock, logger }), suspect, clock),
      ),
      evidence: life.port('evidence', suspectingEvidence(createEvidence({ clients, clock }), suspect, clock)),
      prices: life.port('prices', { ...prices, quote }, ['latest', 'watch']),
      events: { ...events, follow: followers.follow, ...life.writer(events) },
      notify: (tx, notice) => life.call('notify', () => notifications.notify(tx, notice)),
      carry: createCarry({ clock }),
    });
    const as = (id: string) =>
      createCallerFactory(trading.router)(build.context({ principal: build.principal(undefined, { id }) }));
    return { life, trading, as, clients, run: (name: string, payload: object) => runs.get(name)!(payload) };
  }
  type Process = ReturnType<typeof startProcess>;
  startProcess();
  await queue.start({ work: false });

  /** Lets `work` go on until it ends or its process dies; `look` moves time where only time helps. True when it ended. */
  async function until(life: Life, work: Promise<unknown>, look?: () => void): Promise<boolean> {
    const looking = look && setInterval(look, lookEveryMs);
    const done = () => true;
    try {
      return await within(systemClock, stuckAfterMs, () =>
        Promise.race([work.then(done, done), life.died.then(() => false)]),
      );
    } catch (error) {
      throw new Error(`stuck after ${life.steps.at(-1)}`, { cause: error });
    } finally {
      clearInterval(looking);
    }
  }

  const due = new Map<string, number>();
  /** The jobs of an account whose time has come on our clock, taken off the queue; and when the next one's comes. */
  async function dueJobs(accountId: string): Promise<{ names: string[]; nextAt: number }> {
    const { rows } = await database.pool.query<{ id: string; name: string; wait: number }>(
      `select id, name, extract(epoch from start_after - created_on)::float8 * 1000 as wait from pgboss.job where state = 'created' and singleton_key = $1 and name = 'trading.reconcile-account'`,
      [accountId],
    );
    const now = clock.now().getTime();
    for (const { id, wait } of rows) if (!due.has(id)) due.set(id, now + Math.round(wait));
    const ripe = rows.filter(({ id }) => due.get(id)! <= now);
    if (ripe.length > 0)
      await database.pool.query(
        `update pgboss.job set state = 'completed', completed_on = now() where id = any($1::uuid[])`,
        [ripe.map(({ id }) => id)],
      );
    const later = rows.filter((row) => !ripe.includes(row)).map(({ id }) => due.get(id)!);
    return { names: ripe.map(({ name }) => name), nextAt: Math.min(...later) };
  }

  return {
    clock,
    simulator,
    accounts,
    prices,
    /**
     * Resolves after the database and the broker have answered a question each, one after the other, a few times, and nobody waits for
     * the database any more, but for who holds it while the broker keeps silent: what waits for them gets on.
     */
    async breathe() {
      for (let n = 0; n < 3; n++) {
        await database.pool.query('select 1');
        await fetch(new URL('/simulator/nothing', simulator.baseUrl)).then((answer) => answer.text());
      }
      const { pool } = database;
      const isBusy = () => pool.waitingCount > 0 || pool.idleCount < pool.totalCount;
      for (let n = 0; n < maxBusyLooks && isBusy(); n++) await pool.query('select 1');
    },
    /** A user's trading events, oldest first. */
    toldTo: async (userId: string) =>
      (await events.read({ userId, stream: 'trading' }, 0, 1_000)).events.flatMap((event) =>
        'data' in event ? [event] : [],
      ),
    startProcess,
    until,
    async addUser(name: string): Promise<{ userId: string; accountId: string; brokerAccountId: string }> {
      const userId = ids.next(name);
      await addUser(database, { id: userId, createdAt: clock.now() });
      const account = await accounts.forUser(userId);
      return { userId, accountId: account.id, brokerAccountId: account.brokerAccountId };
    },
    dealsOf: (userId: string) =>
      database.db.select().from(deals).where(eq(deals.userId, userId)).orderBy(deals.createdAt, deals.id),
    positionsOf: (accountId: string) =>
      database.db.select().from(positions).where(eq(positions.accountId, accountId)),
    /** Those that rest. */
    ordersOf: (accountId: string) =>
      database.db
        .select()
        .from(workingOrders)
        .where(and(eq(workingOrders.accountId, accountId), eq(workingOrders.state, 'open'))),
    /** As the broker last told it; null: it has told nothing yet. */
    cashOf: async (accountId: string): Promise<string | null> =>
      (await findRisk(database.db, accountId))?.cash ?? null,
    /** What counts against the account's limits: its exposure, and its orders. */
    async countedOf(accountId: string): Promise<{ held: Held[]; orders: OrderCounts }> {
      const held = await heldBy(database.db, accountId, clock.now());
      return { held, orders: (await findRisk(database.db, accountId))!.orders };
    },
    /** What the broker booked, by its own route; nothing of ours has a part in it. */
    async booked(brokerAccountId: string): Promise<AccountSnapshot> {
      const response = await fetch(
        new URL(`/simulator/state?accountId=${brokerAccountId}`, simulator.baseUrl),
        { headers: { Authorization: `Bearer ${adminToken}` } },
      );
      const { accounts: found } = (await response.json()) as { accounts: Record<string, AccountSnapshot> };
      return found[brokerAccountId]!;
    },
    /**
     * A worker works for up to `forMs`: it sweeps as its timer does and looks for jobs as pg-boss does, on our clock.
     * With `untilDecided` it stops when the user has no undecided deal; `second` is what may happen within each second. False when it
     * died first.
     */
    async work(
      process: Process,
      {
        userId,
        accountId,
        forMs,
        untilDecided = true,
        second = async () => {
          for (let i = 0; i < 3; i++) await turn();
        },
      }: {
        userId: string;
        accountId: string;
        forMs: number;
        untilDecided?: boolean;
        second?: () => Promise<void>;
      },
    ): Promise<boolean> {
      let [nextAt, news] = [0, true];
      for (let ms = 0; ms < forMs; ms += 1_000) {
        if (ms % sweepEveryMs === 0) {
          if (!(await until(process.life, process.trading.sweep()))) return false;
          news = true;
        }
        // Only what this process does asks for jobs and decides deals: without it there is nothing to look for.
        const looks = ms % pollEveryMs === 0 && (news || clock.now().getTime() >= nextAt);
        if (looks) {
          const jobs = await dueJobs(accountId);
          for (const name of jobs.names)
            if (!(await until(process.life, process.run(name, { accountId })))) return false;
          [nextAt, news] = [jobs.nextAt, jobs.names.length > 0];
        }
        if (untilDecided && (looks || ms % sweepEveryMs === 0)) {
          const rows = await database.db
            .select({ status: deals.status })
            .from(deals)
            .where(eq(deals.userId, userId));
          if (rows.every(({ status }) => isDecided(status))) return true;
        }
        clock.advance(1_000);
        await second();
      }
      return true;
    },
    async [Symbol.asyncDispose]() {
      await queue.close();
      await followers.close();
      await bus.close();
      await broker.stop();
      await db[Symbol.asyncDispose]();
    },
  };
}
export type CrashWorld = Awaited<ReturnType<typeof crashWorld>>;
