// The servers of the HTTP benchmark, one per process: the same market and the same login, answered four ways.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initTRPC, TRPCError } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import express from 'express';
import superjson from 'superjson';
import { GetMarket } from '../../shared/market-data.ts';
import { MarketDetails as MarketAnswer } from '../../shared/instruments.ts';
import { SystemTime } from '../../shared/system.ts';
import { createCallerOf } from '../../server/api/caller.ts';
import { createRequestLimiter } from '../../server/api/limiter.ts';
import { createContextFactory } from '../../server/api/context.ts';
import { createHttpApp, createHttpServer } from '../../server/api/http.ts';
import { credentialsOf } from '../../server/api/request-rules.ts';
import { createAppRouter } from '../../server/api/router.ts';
import { createIgCatalogue } from '../../server/ig/prices/catalogue.ts';
import type { IgClient } from '../../server/ig/prices/client.ts';
import { MarketDetails, MarketsAnswer } from '../../server/ig/prices/schemas.ts';
import { parseLossless } from '../../server/ig/rest/json.ts';
import { systemClock as clock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger as logger } from '../../server/lib/logger.ts';
import { createMetrics } from '../../server/lib/metrics.ts';
import { createBus } from '../../server/messaging/index.ts';
import { accountsFace } from '../../server/modules/accounts/index.ts';
import { createAccessTokens } from '../../server/modules/auth/access-tokens.ts';
import { createAuthenticate } from '../../server/modules/auth/authenticate.ts';
import { adminFace } from '../../server/modules/admin/index.ts';
import { authFace } from '../../server/modules/auth/index.ts';
import { createInstruments } from '../../server/modules/market-data/instruments/instruments.ts';
import { createMarketDataRouter } from '../../server/modules/market-data/router.ts';
import { createMarketDataService } from '../../server/modules/market-data/service.ts';
import type { WatchlistCalls } from '../../server/modules/market-data/watchlists/procedures.ts';
import { notificationsFace } from '../../server/modules/notifications/index.ts';
import { portfolioFace } from '../../server/modules/portfolio/index.ts';
import { signalsFace } from '../../server/modules/signals/index.ts';
import { createSystemModule } from '../../server/modules/system/index.ts';
import { tradingFace } from '../../server/modules/trading/index.ts';
import { usersFace } from '../../server/modules/users/index.ts';
import { createPriceHub } from '../../server/realtime/hub.ts';
import { benchUser } from './people.ts';
import { benchConnections } from './connections.ts';
import { epic, type ServerReply, type ServerRequest, type Variant } from './http-protocol.ts';

const recorded = new URL('../../server/ig/fixtures/markets-forex-with-noise.json', import.meta.url);
const details = MarketsAnswer.parse(parseLossless(readFileSync(recorded, 'utf8'))).marketDetails.map((raw) =>
  MarketDetails.parse(raw),
);

/** Who asks is found as on the server; only the session's row is made up, which is kept for a second there as well. */
const accessTokens = createAccessTokens({ secretKeys: ['of a benchmark'], lifetimeMinutes: 60, clock });
const user = benchUser();
const never = (): never => {
  throw new Error('no session is opened or ended here');
};
const authenticate = createAuthenticate({
  sessions: { find: async () => ({ user, disabled: false }), open: never, alive: never, end: never },
  keys: { find: async () => null },
  accessTokens,
  ends: { announce: never, listen: () => () => {}, ready: async () => {}, close: async () => {} },
  clock,
});

/** Answers say when they were read: all variants at the same instant, so that they can be compared. */
const dated = { ...clock, now: () => new Date('2026-01-05T09:00:00Z') };

/** The real catalogue and price hub, over a broker that answers at once; nobody watches prices. */
async function prices() {
  const broker = {
    login: { feed: 'simulated' },
    marketsByEpics: async () => details,
    snapshotsByEpics: async () => details,
    timezoneOffsetMinutes: async () => 0,
  } as unknown as IgClient;
  const bus = await createBus({ logger, clock });
  const hub = createPriceHub({ bus, clock, logger, source: 'bench' });
  const read = { clock: dated, logger };
  const catalogue = createIgCatalogue({ clients: [broker], ...read });
  const instruments = createInstruments({ store: null, catalogue, ...read });
  return { catalogue, instruments, prices: hub, access: { of: async () => catalogue.feeds } };
}
/** Without an ETag, as our answers are. */
const plainExpress = () => express().disable('etag');

/** The floor: a route and `res.json`. */
async function bare(): Promise<Server> {
  const market = MarketAnswer.parse(
    await createMarketDataService(await prices()).get({ epic, userId: 'somebody' }),
  );
  const app = plainExpress();
  app.get('/api/market-data/markets/:epic', (_req, res) => void res.json(market));
  app.get('/api/system/time', (_req, res) => void res.json({ now: clock.now() }));
  return createServer(app);
}

/** What a careful hand would write for one route: the login, input and output by Zod, `res.json`. */
async function checked(): Promise<Server> {
  const market = createMarketDataService(await prices());
  const app = plainExpress();
  app.get('/api/market-data/markets/:epic', async (req, res) => {
    const { principal } = await authenticate(credentialsOf(req.headers));
    if (!principal?.scopes.has('market')) return void res.sendStatus(401);
    res.json(
      MarketAnswer.parse(await market.get({ ...GetMarket.parse(req.params), userId: principal.user.id })),
    );
  });
  return createServer(app);
}

/** tRPC as its documents show it, with the same login, scopes and schemas. */
async function stock(): Promise<Server> {
  const market = createMarketDataService(await prices());
  const createContext = ({ req }: { req: express.Request }) => authenticate(credentialsOf(req.headers));
  const t = initTRPC.context<typeof createContext>().create({ transformer: superjson });
  const marketProcedure = t.procedure.use(({ ctx, next }) => {
    if (!ctx.principal) throw new TRPCError({ code: 'UNAUTHORIZED' });
    if (!ctx.principal.scopes.has('market')) throw new TRPCError({ code: 'FORBIDDEN' });
    return next({ ctx: { principal: ctx.principal } });
  });
  const router = t.router({
    marketData: t.router({
      get: marketProcedure
        .input(GetMarket)
        .output(MarketAnswer)
        .query(({ ctx, input }) => market.get({ ...input, userId: ctx.principal.user.id })),
    }),
    system: t.router({ time: t.procedure.output(SystemTime).query(() => ({ now: clock.now() })) }),
  });
  return createServer(plainExpress().use('/trpc', createExpressMiddleware({ router, createContext })));
}

/** The real edge with the whole table; what the other modules stand on is left out, since nobody calls them. */
async function ours(): Promise<Server> {
  const nothing = {} as never;
  const ids = createIds(clock);
  const system = createSystemModule({
    version: '0',
    clock,
    database: async () => {},
    bus: () => true,
    defaultFeed: () => 'simulated',
    feeds: () => [],
    accounts: async () => ({ up: 0, degraded: 0, read_only: 0, offline: 0, disconnected: 0 }),
    feedsOf: async () => [],
    demoLogin: async () => null,
    signUp: { open: true, mailbox: false, simulatedAccount: false },
  });
  const router = createAppRouter({
    auth: authFace.createRouter(nothing),
    users: usersFace.createRouter(nothing),
    marketData: createMarketDataRouter({
      ...({} as WatchlistCalls), // nobody keeps lists here
      ...createMarketDataService(await prices()),
    }),
    accounts: accountsFace.createRouter(nothing),
    trading: tradingFace.createRouter(nothing),
    portfolio: portfolioFace.createRouter(nothing),
    notifications: notificationsFace.createRouter(nothing),
    signals: signalsFace.createRouter(nothing),
    admin: adminFace.createRouter(nothing),
    system: system.router,
  });
  const corsOrigins = ['http://localhost:3000', 'http://127.0.0.1:3000'];
  const callerOf = createCallerOf({ trustedProxies: ['loopback'], production: true });
  const limiter = createRequestLimiter({ clock, callerOf });
  const app = createHttpApp({
    router,
    limiter,
    contexts: createContextFactory({
      authenticate,
      audit: { begin: never, refuse: never },
      streams: benchConnections().streams,
      ids,
      callerOf,
      limiter,
      corsOrigins,
      logger,
      production: true,
    }),
    ids,
    logger,
    hosts: { allowedHosts: [], host: '127.0.0.1' },
    corsOrigins,
    production: true,
    clock,
    metrics: createMetrics(),
    system,
    open: () => ({ sockets: 0, eventStreams: 0, subscriptions: 0 }),
    pageFolder: '/nowhere',
  });
  return createHttpServer({ app, ids });
}

const servers = { bare, checked, stock, ours };
const server = await servers[process.argv[2] as Variant]();
let cpu = process.cpuUsage();
process.on('message', async (request: ServerRequest) => {
  const reply: ServerReply = { port: 0, token: '', cpuMs: 0 };
  if (request.do === 'listen') {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    reply.port = (server.address() as AddressInfo).port;
    reply.token = (await accessTokens.issue({ userId: user.id, sessionId: 'session_bench' })).token;
  } else if (request.do === 'begin') {
    (globalThis as { gc?: () => void }).gc?.();
    cpu = process.cpuUsage();
  } else {
    const used = process.cpuUsage(cpu);
    reply.cpuMs = (used.user + used.system) / 1000;
  }
  process.send!(reply);
});
// The benchmark may go without a word.
process.on('disconnect', () => process.exit());
