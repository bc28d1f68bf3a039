// The only place that builds things: a Config becomes running parts, and each part registers how it is closed.
import { createHash, createHmac } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { createContextFactory } from './api/context.ts';
import { createHttpApp, createHttpServer } from './api/http.ts';
import { listen } from './api/listen.ts';
import { isAllowedHost } from './api/request-rules.ts';
import { createAppRouter } from './api/router.ts';
import { attachWebSockets } from './api/ws.ts';
import type { Config } from './config.ts';
import { createDatabase, type Database } from './db/client.ts';
import {
  createAccountClients,
  createDealing,
  createEvidence,
  createGateway,
  createIgCatalogue,
  createIgClients,
  createSimulatedBroker,
  type AccountClients,
  type BrokerLogin,
  type IgClient,
} from './ig/index.ts';
import { createSimulator, type ReplayOptions, type Simulator } from './ig-simulator/index.ts';
import { createJobs, type Jobs } from './jobs/index.ts';
import { pause, systemClock, type Clock } from './lib/clock.ts';
import { createIds, type Ids } from './lib/ids.ts';
import type { Lifecycle } from './lib/lifecycle.ts';
import type { Logger } from './lib/logger.ts';
import { isLoopbackHost } from './lib/loopback.ts';
import { createMetrics } from './lib/metrics.ts';
import { createSealer } from './lib/seal.ts';
import { createBus, type Bus } from './messaging/index.ts';
import { createAccountsModule, type AccountsModule } from './modules/accounts/index.ts';
import { createAuditModule } from './modules/audit/index.ts';
import { createAuthModule, demoLogin, type AuthModule } from './modules/auth/index.ts';
import { createUserEvents } from './modules/events/index.ts';
import { createMarketDataModule } from './modules/market-data/index.ts';
import { createNotificationsModule } from './modules/notifications/index.ts';
import { createSystemModule } from './modules/system/index.ts';
import { createPriceFeed, createTradingModule } from './modules/trading/index.ts';
import { createUsersModule } from './modules/users/index.ts';
import { createFollowers } from './realtime/followers.ts';
import { createPriceHub } from './realtime/hub.ts';
import { toAppError } from './trpc/errors.ts';

export type Role = 'simulator' | 'gateway' | 'worker' | 'api';

export interface Secrets {
  secretKey: string;
  encryptionKeys: string[];
  simulatorAdminToken: string;
}

export interface ComposeOptions {
  config: Config;
  roles: readonly Role[];
  databaseUrl: string;
  secrets: Secrets;
  version: string;
  lifecycle: Lifecycle;
  logger: Logger;
  clock?: Clock;
  /** What the simulator's market is made of, and where its accounts and deals are kept. */
  simulator?: { seed?: string; replay?: ReplayOptions; dataDir?: string };
}

export interface Running {
  /** Where the API listens; undefined without that role. */
  url: string | undefined;
  simulator: Simulator | undefined;
  demoLogin: { email: string; password: string } | null;
  /** Resolves when every part is ready and the default feed is up, or after `withinMs`; gives what is not well by then, a line each. */
  settled(withinMs: number): Promise<string[]>;
}

/** How often readiness is looked at while a start settles. */
const settleStepMs = 50;

interface Parts {
  config: Config;
  version: string;
  lifecycle: Lifecycle;
  logger: Logger;
  clock: Clock;
  ids: Ids;
  database: Database;
  bus: Bus;
  clients: IgClient[];
  accounts: AccountsModule;
  accountClients: AccountClients;
}

/** Builds and starts the roles in the order in which they need each other. Whatever fails, what was started is closed by the lifecycle. */
export async function compose({
  config,
  roles,
  databaseUrl,
  secrets,
  version,
  lifecycle,
  logger,
  clock = systemClock,
  simulator: market,
}: ComposeOptions): Promise<Running> {
  const ids = createIds(clock);
  const database = createDatabase({ url: databaseUrl, logger: logger.child({ part: 'database' }) });
  lifecycle.onClose('database', () => database.close());
  const bus = await createBus({
    amqpUrl: config.amqpUrl,
    logger: logger.child({ part: 'bus' }),
    clock,
    prefix: await installationPrefix(database),
  });
  lifecycle.onClose('bus', () => bus.close());

  // Pointed at a simulator by IG_BASE_URL, a second one beside it would only confuse.
  const simulated =
    roles.includes('simulator') && config.ig?.environment !== 'simulated'
      ? await startSimulator({ secrets, lifecycle, logger, clock, ids }, market ?? {})
      : undefined;
  // A real login first: it is what its owner came for. The simulator stands beside it.
  const real: BrokerLogin[] = config.ig ? [{ ...config.ig, feed: config.ig.environment }] : [];
  const logins = simulated ? [...real, simulated.login] : real;
  const sealer = createSealer(secrets.encryptionKeys);
  const igLogger = logger.child({ part: 'ig' });
  const clients = createIgClients({ logins, database, sealer, clock, logger: igLogger });
  const broker = simulated
    ? createSimulatedBroker({ baseUrl: simulated.login.baseUrl, token: secrets.simulatorAdminToken, clock })
    : null;
  const accounts = createAccountsModule({ database, ids, clock, sealer, bus, broker });
  const endpoints = Object.fromEntries(logins.map(({ environment, baseUrl }) => [environment, baseUrl]));
  const accountClients = createAccountClients({
    endpoints,
    credentialsOf: accounts.credentialsOf,
    database,
    sealer,
    clock,
    logger: igLogger,
  });
  const parts: Parts = {
    config,
    version,
    lifecycle,
    logger,
    clock,
    ids,
    database,
    bus,
    clients,
    accounts,
    accountClients,
  };

  if (roles.includes('gateway')) {
    const gateway = createGateway({
      clients,
      accounts: { all: accounts.all, clients: accountClients },
      database,
      bus,
      clock,
      ids,
      logger,
    });
    lifecycle.onClose('gateway', () => gateway.stop());
    await gateway.start();
  }
  if (!roles.includes('worker') && !roles.includes('api'))
    return { url: undefined, simulator: simulated?.simulator, demoLogin: null, settled: async () => [] };

  const auth = createAuthModule({
    database,
    ids,
    clock,
    bus,
    logger: logger.child({ part: 'auth' }),
    settings: {
      ...secrets,
      accessTokenMinutes: config.accessTokenMinutes,
      refreshTokenMinutes: config.refreshTokenMinutes,
      production: config.production,
    },
  });
  lifecycle.onClose('auth', () => auth.close());
  const jobs = createJobs({ databaseUrl, logger: logger.child({ part: 'jobs' }) });
  jobs.define({
    name: 'auth.delete-expired',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 30,
    expireInSeconds: 300,
    cron: '*/5 * * * *',
    run: () => auth.deleteExpired(),
  });
  const money = composeMoney(parts, jobs);
  lifecycle.onClose('jobs', () => jobs.close());
  await jobs.start({ work: roles.includes('worker') });
  if (roles.includes('worker')) {
    const consumer = await bus.consume('account', (message) => money.trading.applyAccountEvent(message), {
      countsAsFailure: (error) => toAppError(error).code !== 'server.unavailable',
    });
    lifecycle.onClose('account events', () => consumer.close());
    lifecycle.onClose('sweeping', money.trading.startSweeping());
  }
  const api = roles.includes('api') ? await startApi(parts, auth, money) : undefined;
  return {
    url: api?.url,
    simulator: simulated?.simulator,
    demoLogin: api?.demoLogin ?? null,
    async settled(withinMs) {
      for (let waited = 0; ; waited += settleStepMs) {
        const problems = (await api?.problems()) ?? [];
        if (problems.length === 0 || waited >= withinMs) return problems;
        await pause(clock, settleStepMs);
      }
    },
  };
}

/** Names this installation's queues after its database, so that several may share a RabbitMQ without hearing each other. */
async function installationPrefix({ pool }: Database): Promise<string> {
  const {
    rows: [row],
  } = await pool.query<{ name: string }>(
    `select (select system_identifier from pg_control_system()) || '/' || current_database() as name`,
  );
  return `ftrader-${createHash('sha256').update(row!.name).digest('hex').slice(0, 10)}`;
}

/** The simulator, and its own login for FTrader's price feed; the same at every start, since the simulator keeps the account. */
async function startSimulator(
  {
    secrets,
    lifecycle,
    logger,
    clock,
    ids,
  }: Pick<Parts, 'lifecycle' | 'logger' | 'clock' | 'ids'> & { secrets: Secrets },
  { seed = 'ftrader', replay, dataDir }: NonNullable<ComposeOptions['simulator']>,
) {
  const derived = (what: string) =>
    createHmac('sha256', secrets.simulatorAdminToken).update(`feed ${what}`).digest('base64url');
  const login = {
    identifier: 'ftrader-feed',
    password: derived('password'),
    apiKey: derived('API key'),
    accountId: 'SFEED',
  };
  const simulator = await createSimulator({
    port: 0,
    seed,
    clock,
    ids,
    logger: logger.child({ part: 'simulator' }),
    adminToken: secrets.simulatorAdminToken,
    logins: [login],
    ...(replay && { replay }),
    ...(dataDir !== undefined && { dataDir }),
  });
  lifecycle.onClose('simulator', () => simulator.stop());
  return {
    simulator,
    login: { ...login, feed: 'simulated', environment: 'simulated' as const, baseUrl: simulator.baseUrl },
  };
}

/** The money plane: events and their readers, notifications, trading; with the prices it deals and values by. */
function composeMoney(
  { lifecycle, logger, clock, ids, database, bus, clients, accounts, accountClients }: Parts,
  jobs: Jobs,
) {
  const hub = createPriceHub({ bus, clock, logger: logger.child({ part: 'hub' }), source: ids.next('api') });
  lifecycle.onClose('price hub', () => hub.close());
  const catalogue = createIgCatalogue({ clients, clock, logger: logger.child({ part: 'catalogue' }) });
  const rows = createUserEvents({ database, bus, logger });
  const followers = createFollowers({ source: rows, bus, clock, logger: logger.child({ part: 'events' }) });
  lifecycle.onClose('event readers', () => followers.close());
  const notifications = createNotificationsModule({
    database,
    events: rows,
    follower: followers,
    ids,
    clock,
  });
  const trading = createTradingModule({
    database,
    accounts,
    jobs,
    clock,
    ids,
    logger: logger.child({ part: 'trading' }),
    dealing: createDealing({ clients: accountClients, clock, logger: logger.child({ part: 'dealing' }) }),
    evidence: createEvidence({ clients: accountClients, clock }),
    prices: createPriceFeed({ catalogue, prices: hub }),
    events: { ...rows, follow: followers.follow },
    notify: notifications.notify,
  });
  lifecycle.onClose('deals under way', () => trading.settled());
  return { hub, catalogue, followers, notifications, trading };
}
type Money = ReturnType<typeof composeMoney>;

async function startApi(
  { config, version, lifecycle, logger, clock, ids, database, bus, accounts }: Parts,
  auth: AuthModule,
  { hub, catalogue, followers, notifications, trading }: Money,
) {
  const { production, corsOrigins } = config;
  const hosts = { allowedHosts: config.allowedHosts, host: config.host };
  await auth.ready();
  if (isLoopbackHost(config.host)) await auth.demo.ensure();
  else if (await auth.demo.isDefault()) {
    throw new Error(
      `HOST=${config.host} would show this server to others while the demo login still has its published password. Change or disable ${demoLogin.email} first, or bind to 127.0.0.1.`,
    );
  }

  await hub.start();
  await followers.start();
  const metrics = createMetrics();
  const system = createSystemModule({
    version,
    clock,
    database: () => database.pool.query('select 1'),
    bus: () => bus.connected,
    defaultFeed: () => catalogue.feeds[0] ?? null,
    feeds: () => hub.health(),
    demoLogin: async () => ((await auth.demo.isDefault()) ? { ...demoLogin } : null),
  });
  const router = createAppRouter({
    auth: auth.router,
    users: createUsersModule({ database }).router,
    marketData: createMarketDataModule({ catalogue, prices: hub }).router,
    accounts: accounts.router,
    trading: trading.router,
    notifications: notifications.router,
    system: system.router,
  });
  const contexts = createContextFactory({
    authenticate: auth.authenticate,
    audit: createAuditModule({ database, ids, clock, logger }),
    ids,
    corsOrigins,
    production,
  });

  const app = createHttpApp({
    router,
    contexts,
    ids,
    logger: logger.child({ part: 'api' }),
    hosts,
    corsOrigins,
    production,
    clock,
    metrics,
    system,
    metricsToken: config.metricsToken,
    sockets: () => sockets.stats().sockets,
    pageFolder: path.resolve(import.meta.dirname, '../examples/dashboard/dist'),
  });
  const server = createHttpServer({ app, ids });
  const sockets = attachWebSockets({
    server,
    router,
    contexts,
    isAllowedHost: (req) => isAllowedHost(req, hosts),
    onSessionEnded: auth.onSessionEnded,
    isSessionLive: auth.isSessionLive,
    ids,
    logger: logger.child({ part: 'sockets' }),
    clock,
  });
  const listening = await listen(server, {
    host: config.host,
    port: config.port,
    searchOnwards: !production,
  });
  lifecycle.onClose('http', () => listening.close());
  lifecycle.onClose('sockets', () => sockets.shutdown());
  lifecycle.onClose(
    'session news',
    bus.onConnectionChange((up) => {
      if (up) void sockets.recheckSessions();
    }),
  );
  if (listening.movedFrom !== undefined)
    logger.warn({ part: 'api' }, `port ${listening.movedFrom} is taken: using ${listening.port}`);
  return {
    url: listening.url,
    demoLogin: (await auth.demo.isDefault()) ? demoLogin : null,
    problems: system.problems,
  };
}
