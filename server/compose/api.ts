// The API role: the product's modules behind HTTP and WebSockets.
import path from 'node:path';
import { createCallerOf } from '../api/caller.ts';
import { createContextFactory } from '../api/context.ts';
import { createEventStreams } from '../api/event-streams.ts';
import { createHoldings } from '../api/holdings.ts';
import { createHttpApp, createHttpServer } from '../api/http.ts';
import { createRequestLimiter } from '../api/limiter.ts';
import { listen } from '../api/listen.ts';
import { allowedOrigins, createOriginReports } from '../api/origins.ts';
import { isAllowedHost } from '../api/request-rules.ts';
import { createAppRouter } from '../api/router.ts';
import { channelTable } from '../api/channels.ts';
import { attachWebSockets } from '../api/ws.ts';
import type { Config } from '../config.ts';
import { isLoopbackHost } from '../lib/loopback.ts';
import { listLeases } from '../ig/index.ts';
import { createJobDesk } from '../jobs/desk.ts';
import type { Mail } from '../mail/index.ts';
import type { AccountsModule } from '../modules/accounts/index.ts';
import { createAdminModule } from '../modules/admin/index.ts';
import { createAuditModule, createAuditReads } from '../modules/audit/index.ts';
import { demoLogin, type AuthModule } from '../modules/auth/index.ts';
import { createPortfolioModule } from '../modules/portfolio/index.ts';
import { createPriceFeed } from '../modules/trading/index.ts';
import type { SignalsModule } from '../modules/signals/index.ts';
import { createSystemModule } from '../modules/system/index.ts';
import { createUsersModule } from '../modules/users/index.ts';
import { composeAlerts } from './alerts.ts';
import { registrationClosed } from './auth.ts';
import type { Ground } from './ground.ts';
import type { MarketData } from './market-data.ts';
import { composePortfolioValuation } from './portfolio.ts';
import type { Trading, Writers } from './money.ts';
import type { Prices } from './prices.ts';

interface ApiParts {
  config: Config;
  version: string;
  /** Whether this process runs the simulated broker, and so gives accounts at it. */
  hasSimulator: boolean;
  /** Mail that is not sent can be read at this process. */
  hasMailbox: boolean;
  auth: AuthModule;
  mail: Mail;
  accounts: AccountsModule;
  prices: Prices;
  writers: Writers;
  trading: Trading;
  marketData: MarketData;
  signals: SignalsModule;
}

/**
 * Who may sign in is settled, and the end of logins in other processes reaches this one. Throws when the demo login would be open to
 * others.
 */
export async function openToCallers(config: Config, auth: AuthModule): Promise<void> {
  await auth.ready();
  await guardDemoLogin(config, auth);
}

/** Listens when it resolves. After `openToCallers`, and after the hub and the followers are started. */
export async function startApi(ground: Ground, parts: ApiParts) {
  const { lifecycle, logger, bus, clock } = ground;
  const { config, auth } = parts;
  const { router, system } = composeModules(ground, parts);
  const { server, sockets, streams, holdings } = composeEdge(ground, parts, { router, system });
  const listening = await listen(server, {
    host: config.host,
    port: config.port,
    searchOnwards: !config.production,
    clock,
  });
  lifecycle.onClose('http', () => listening.close());
  lifecycle.onClose('sockets', () => sockets.shutdown());
  lifecycle.onClose('event streams', async () => {
    await holdings.shutdown();
    streams.close();
  });
  lifecycle.onClose(
    'session news',
    bus.onConnectionChange((up) => {
      if (up) void holdings.look();
    }),
  );
  if (listening.movedFrom !== undefined)
    logger.warn({ part: 'api' }, `port ${listening.movedFrom} is taken: using ${listening.port}`);
  return {
    urls: listening.urls,
    demoLogin: await auth.demo.shown(),
    hasAdministrator: await auth.administration.hasAdministrator(),
    problems: system.problems,
  };
}

async function guardDemoLogin({ host, production }: Config, { demo }: AuthModule): Promise<void> {
  if (production || isLoopbackHost(host)) await demo.prepare();
  else if (await demo.isDefault())
    throw new Error(
      `HOST=${host} would show this server to others while the demo login still has its published password. Shut it first: npm run user -- disable ${demoLogin.email} (or give it another password: npm run user -- password ${demoLogin.email}), or bind to 127.0.0.1.`,
    );
}

function composeModules(ground: Ground, parts: ApiParts) {
  const { database, bus, clock, ids } = ground;
  const {
    config,
    hasSimulator,
    hasMailbox,
    version,
    auth,
    accounts,
    trading,
    marketData,
    signals,
    prices: { hub, catalogue },
    writers: { notifications, jobs },
  } = parts;
  const system = createSystemModule({
    version,
    clock,
    database: () => database.trouble(),
    bus: () => bus.connected,
    defaultFeed: () => catalogue.feeds[0] ?? null,
    feeds: () => hub.health(),
    accounts: () => accounts.healthCounts(),
    feedsOf: (userId) => accounts.feeds.of(userId),
    demoLogin: () => auth.demo.shown(),
    signUp: {
      open: registrationClosed(config, { hasMailbox }) === undefined,
      simulatedAccount: hasSimulator,
      mailbox: hasMailbox,
    },
  });
  const router = createAppRouter({
    auth: auth.router,
    users: createUsersModule({ database, signIn: auth, leaveAccounts: accounts.leaveAll }).router,
    marketData: marketData.router,
    accounts: accounts.router,
    trading: trading.router,
    portfolio: createPortfolioModule({
      database,
      clock,
      ids,
      broker: composePortfolioValuation(ground, {
        ...parts,
        feed: createPriceFeed({ catalogue, prices: hub }),
      }),
      brokerCash: trading.brokerCash,
    }).router,
    notifications: notifications.routerWith(composeAlerts(ground, parts)),
    signals: signals.router,
    admin: createAdminModule({
      dealing: trading,
      users: auth,
      people: auth.people,
      accounts,
      jobs: createJobDesk(database.db, jobs),
      audit: createAuditReads(database),
      streams: {
        parts: system.groundParts,
        feeds: () => hub.health(),
        accountCounts: () => accounts.healthCounts(),
        accounts: () => accounts.healthList(),
        leases: () => listLeases(database.db),
      },
    }).router,
    system: system.router,
  });
  return { router, system };
}

function composeEdge(
  { database, ids, clock, logger, metrics }: Ground,
  { config, auth, mail }: ApiParts,
  { router, system }: ReturnType<typeof composeModules>,
) {
  const { production } = config;
  const corsOrigins = allowedOrigins(config.corsOrigins, production);
  const onForeignOrigin = createOriginReports(logger.child({ part: 'api' }));
  const hosts = { allowedHosts: config.allowedHosts, host: config.host };
  const audit = createAuditModule({ database, ids, clock, logger, metrics });
  const callerOf = createCallerOf({
    trustedProxies: config.trustedProxies,
    production,
    onUntrusted: (peer) =>
      logger.warn(
        { part: 'api', peer },
        `${peer} forwards requests of others and is not in TRUSTED_PROXIES: all its callers count as one`,
      ),
  });
  const limiter = createRequestLimiter({ clock, callerOf });
  const holdings = createHoldings({
    sessions: auth,
    clock,
    logger: logger.child({ part: 'sockets' }),
    limits: config.open,
  });
  const streams = createEventStreams({ holdings, clock });
  const contexts = createContextFactory({
    authenticate: auth.authenticate,
    audit,
    streams,
    ids,
    logger: logger.child({ part: 'api' }),
    callerOf,
    limiter,
    corsOrigins,
    onForeignOrigin,
    cookieName: auth.cookieName,
    metricsToken: config.metricsToken,
    production,
  });
  const app = createHttpApp({
    router,
    contexts,
    limiter,
    ids,
    logger: logger.child({ part: 'api' }),
    hosts,
    corsOrigins,
    onForeignOrigin,
    production,
    clock,
    metrics,
    system,
    open: () => ({ ...holdings.stats(), sockets: sockets.stats().sockets }),
    letters: mail.kept,
    pageFolder: path.resolve(import.meta.dirname, '../../examples/dashboard/dist'),
  });
  const server = createHttpServer({ app, ids });
  const sockets = attachWebSockets({
    server,
    router,
    channels: channelTable,
    contexts,
    isAllowedHost: (req) => isAllowedHost(req, hosts),
    holdings,
    ids,
    logger: logger.child({ part: 'sockets' }),
    clock,
    limits: config.open,
  });
  return { server, sockets, streams, holdings };
}
