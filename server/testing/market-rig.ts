// Market data as several processes of one installation have it, over one simulator whose requests are counted on the wire; the clock is the test's.
import { brokerAccounts, instruments } from '../../drizzle/schema/index.ts';
import type { Tick } from '../../shared/market-data.ts';
import { storeTimeoutMs } from '../ig/rest/allowance.ts';
import { createBrokerWatchlists, createIgCatalogue, createIgClients } from '../ig/index.ts';
import type { SimulatorOptions } from '../ig-simulator/index.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { AppError } from '../lib/app-error.ts';
import { createMarketDataModule } from '../modules/market-data/index.ts';
import { createCallerFactory } from '../trpc/init.ts';
import { alteringBroker, type Alterations } from './altering-broker.ts';
import * as build from './build.ts';
import { createIgCaller } from './ig-caller.ts';
import { jumpingClock } from './jumping-clock.ts';
import * as people from './people.ts';
import { testBroker } from './test-broker.ts';
import { testDb } from './test-db.ts';

type Parts = Parameters<typeof createMarketDataModule>[0];

/** Jane has the private feed `login_jane` beside that of everybody; whatever the login, it is the tester's at the simulator. */
export const janesFeed = 'login_jane';

export async function marketRig({
  environment = 'simulated',
  ...options
}: Partial<Omit<SimulatorOptions, 'clock'>> & { environment?: 'simulated' | 'demo' } = {}) {
  const db = await testDb();
  const broker = await testBroker(options);
  const { clock } = broker;
  const alterations: Alterations = {};
  const calls: string[] = [];
  const wire = await alteringBroker(broker.login.baseUrl, {
    answer(call, answer) {
      if (/ \/(markets|categories|clientsentiment|watchlists)/.test(call)) calls.push(call);
      alterations.answer?.(call, answer);
    },
  });
  const other = createIgCaller(broker.login);
  let isAway = false;
  const closeWire = async () => {
    if (!isAway) await wire[Symbol.asyncDispose]();
    isAway = true;
  };
  const login = { ...broker.login, feed: environment, environment, baseUrl: wire.baseUrl };
  const ids = createIds(clock);
  const accounts: Parts['accounts'] = {
    async forUser(userId, accountId) {
      const [row] = (await db.database.db.select().from(brokerAccounts)).filter(
        (each) => each.userId === userId && each.id === (accountId ?? each.id),
      );
      if (!row) throw new AppError(accountId ? 'accounts.not_found' : 'accounts.none');
      return build.account({ ...row, feed: environment });
    },
  };
  const known = new Set<string>();

  /** A process that remembers nothing yet. */
  function newProcess(over: Partial<Parts> = {}) {
    const [client] = createIgClients({
      logins: [login],
      database: db.database,
      sealer: build.sealer(),
      clock: jumpingClock(clock, { mostMs: 5_000, limitsMs: [storeTimeoutMs] }),
      logger: silentLogger,
    });
    const ticks = new Map<string, Tick>();
    const catalogue = createIgCatalogue({
      clients: [client!],
      loginFeed: async (feed) => (feed === janesFeed ? client! : null),
      clock,
      logger: silentLogger,
    });
    const module = createMarketDataModule({
      database: db.database,
      catalogue,
      prices: {
        latest: (feed, epic) => ticks.get(`${feed} ${epic}`),
        subscribe: () => {
          throw new Error('nothing is streamed');
        },
        health: () => [],
      },
      access: { of: async (user) => (user === 'user_jane' ? [environment, janesFeed] : [environment]) },
      accounts,
      watchlists: createBrokerWatchlists(async () => client!),
      ids,
      clock,
      logger: silentLogger,
      ...over,
    });
    return {
      catalogue,
      client: client!,
      refresh: module.refresh,
      quoted: module.quoted,
      latest: (epic: string) => ticks.get(`${environment} ${epic}`),
      /** A streamed price. */
      stream: (tick: Partial<Tick> & Pick<Tick, 'epic'>) =>
        ticks.set(`${environment} ${tick.epic}`, build.tick({ feed: environment, ...tick })),
      /** The procedures as `name` meets them, who is made where there is no such user yet. */
      async as(name = 'ann') {
        const id = `user_${name}`;
        if (!known.has(id)) await people.addUser(db.database, { id });
        known.add(id);
        return createCallerFactory(module.router)(
          build.context({ principal: build.principal(undefined, { id }) }),
        );
      },
    };
  }
  return {
    db,
    broker,
    clock,
    /** What the simulator was asked for markets and lists, since the last look. */
    asked: () => calls.splice(0),
    alterations,
    newProcess,
    /** An account of hers at the simulator; whatever it is asked goes over the tester's login. */
    addAccount: (name: string, over: { type?: 'CFD' | 'SPREADBET' } = {}) =>
      people.addAccount(db.database, `user_${name}`, { id: `acct_${name}`, environment, ...over }),
    stored: () => db.database.db.select().from(instruments).orderBy(instruments.feed, instruments.epic),
    /** What another program of the login does at the simulator, which is not counted. Throws where it is refused. */
    async atBroker(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object) {
      const { status, body: answer } = await other.send(method, path, body, 1);
      if (status >= 400) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
      return answer;
    },
    /** From now on nothing listens there. */
    away: closeWire,
    async [Symbol.asyncDispose]() {
      await closeWire();
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}
export type MarketRig = Awaited<ReturnType<typeof marketRig>>;
