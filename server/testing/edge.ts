// The real HTTP edge over any router, on port 0, for tests: real express, real tRPC adapter; the caller says who may sign in.
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnyTRPCRouter } from '@trpc/server';
import { createCallerOf } from '../api/caller.ts';
import { createContextFactory, type ContextDeps } from '../api/context.ts';
import { createEventStreams, defaultStreamLimits, type StreamLimits } from '../api/event-streams.ts';
import { createHoldings, type HoldingLimits } from '../api/holdings.ts';
import { createHttpApp, createHttpServer, defaultTimeouts, type AnyHttpDeps } from '../api/http.ts';
import { createRequestLimiter, defaultRequestLimits, type RequestLimits } from '../api/limiter.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMetrics } from '../lib/metrics.ts';
import { createSystemModule } from '../modules/system/index.ts';
import type { RestRoute } from '../trpc/rest.ts';
import * as build from './build.ts';

export const edgeOrigin = 'http://front.example:3000';
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: any;
}
export interface Ask {
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer | object;
}

export interface EdgeOptions {
  router: AnyTRPCRouter;
  authenticate?: ContextDeps['authenticate'];
  audit?: ContextDeps['audit'];
  logger?: ContextDeps['logger'];
  table?: readonly RestRoute[];
  trustedProxies?: readonly string[];
  requestLimits?: RequestLimits;
  metricsToken?: string;
  timeouts?: typeof defaultTimeouts;
  over?: Partial<AnyHttpDeps>;
  /** Which sessions hold; without it all do, for ever. */
  sessions?: Parameters<typeof createHoldings>[0]['sessions'];
  limits?: Partial<HoldingLimits & StreamLimits>;
}

/** Sessions that hold, whichever they are. */
export const everlasting: Parameters<typeof createHoldings>[0]['sessions'] = {
  onSessionEnded: () => () => {},
  liveSessions: async (ids) => new Set(ids),
};

/** Who signs in by which token or cookie: `good` is Ada, `root` an admin, `old` has expired, and with `broken` nobody can be looked up. */
export const tokensByName: NonNullable<EdgeOptions['authenticate']> = async ({ bearer, cookie }) => {
  if (bearer === 'broken') throw new Error('the database is gone');
  if (bearer === 'old') return { principal: null, problem: 'auth.token_expired' };
  if (bearer === 'root' || cookie === 'root') return { principal: build.principal(['admin']) };
  if (bearer === 'good' || cookie === 'good')
    return { principal: build.principal(['public', 'session'], { email: 'ada@example.com' }) };
  return bearer || cookie ? { principal: null, problem: 'auth.token_invalid' } : { principal: null };
};

/** A system module whose parts are all well. */
export const healthySystem = (over: Partial<Parameters<typeof createSystemModule>[0]> = {}) =>
  createSystemModule({
    accounts: async () => ({ up: 2, degraded: 0, read_only: 0, offline: 1, disconnected: 0 }),
    version: '1.2.3',
    clock: systemClock,
    database: async () => undefined,
    bus: () => true,
    defaultFeed: () => null,
    feeds: () => [],
    feedsOf: async () => [],
    demoLogin: async () => null,
    signUp: { open: true, mailbox: false, simulatedAccount: true },
    ...over,
  });

export async function startEdge({
  router,
  authenticate = async () => ({ principal: null }),
  logger = silentLogger,
  audit = { begin: async () => async () => undefined, refuse: async () => undefined },
  table,
  trustedProxies = ['loopback'],
  requestLimits = defaultRequestLimits,
  metricsToken,
  timeouts = defaultTimeouts,
  over,
  sessions = everlasting,
  limits = {},
}: EdgeOptions) {
  const ids = createIds(systemClock);
  const { clock = systemClock } = over ?? {};
  const callerOf = createCallerOf({ trustedProxies, production: false });
  const limiter = createRequestLimiter({ clock, callerOf, limits: requestLimits });
  const holdings = createHoldings({ sessions, clock, logger: silentLogger, limits });
  const streams = createEventStreams({ holdings, clock, limits: { ...defaultStreamLimits, ...limits } });
  const contexts = createContextFactory({
    authenticate,
    audit,
    streams,
    ids,
    logger,
    callerOf,
    limiter,
    corsOrigins: [edgeOrigin],
    metricsToken,
    production: false,
  });
  const app = createHttpApp({
    router,
    contexts,
    limiter,
    ids,
    logger: silentLogger,
    clock: systemClock,
    metrics: createMetrics(),
    system: healthySystem(),
    open: holdings.stats,
    hosts: { allowedHosts: ['ftrader.example'], host: '127.0.0.1' },
    corsOrigins: [edgeOrigin],
    production: false,
    pageFolder: '/nowhere',
    ...(table && { table }),
    channels: {},
    ...over,
  });
  const server = createHttpServer({ app, ids, timeouts });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  /** One request on a connection of its own, exactly as given. An object as body goes as JSON. */
  const ask = (path: string, { method = 'GET', headers = {}, body }: Ask = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const isJson = typeof body === 'object' && !Buffer.isBuffer(body);
      const content =
        body === undefined ? undefined : isJson ? JSON.stringify(body) : (body as string | Buffer);
      const sent = httpRequest(
        {
          host: '127.0.0.1',
          port,
          path,
          method,
          agent: false,
          headers: {
            ...(isJson && { 'content-type': 'application/json' }),
            ...(content !== undefined && { 'content-length': String(Buffer.byteLength(content)) }),
            ...headers,
          },
        },
        (res) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer) => chunks.push(chunk));
          res.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            resolve({
              status: res.statusCode!,
              headers: res.headers,
              text,
              json: res.headers['content-type']?.includes('json') && text ? JSON.parse(text) : undefined,
            });
          });
          res.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(content);
    });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    contexts,
    holdings,
    ask,
    async [Symbol.asyncDispose]() {
      await holdings.shutdown();
      streams.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
