// The real WebSocket edge over any router, on a free port, for tests: HTTP answers 404, nothing is audited, the test says who may sign in.
import type { AnyTRPCRouter } from '@trpc/server';
import { createCallerOf } from '../api/caller.ts';
import { createRequestLimiter } from '../api/limiter.ts';
import { createContextFactory } from '../api/context.ts';
import { createEventStreams } from '../api/event-streams.ts';
import { defaultTimeouts } from '../api/http.ts';
import { createHoldings, type HoldingLimits } from '../api/holdings.ts';
import type { ChannelTable } from '../api/channels.ts';
import { attachWebSockets, type WsLimits } from '../api/ws.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import type { Authenticate } from '../modules/auth/index.ts';
import { everlasting } from './edge.ts';
import { listen } from './listen.ts';

interface SocketServerOptions {
  port?: number;
  clock?: Clock;
  limits?: Partial<WsLimits & HoldingLimits>;
  /** Which sessions hold; without it all do, for ever. */
  sessions?: typeof everlasting;
  channels?: ChannelTable;
}

/** `sockets` are shut down by the caller, before what their streams come from. */
export async function socketServer(
  router: AnyTRPCRouter,
  authenticate: Authenticate,
  {
    port = 0,
    clock = systemClock,
    limits = {},
    sessions = everlasting,
    channels = {},
  }: SocketServerOptions = {},
) {
  const ids = createIds(systemClock);
  const callerOf = createCallerOf({ trustedProxies: ['loopback'], production: false });
  const limiter = createRequestLimiter({ clock, callerOf });
  const holdings = createHoldings({ sessions, clock, logger: silentLogger, limits });
  const http = await listen((_, res) => res.writeHead(404).end(), port);
  http.server.keepAliveTimeout = defaultTimeouts.keepAliveMs;
  const sockets = attachWebSockets({
    server: http.server,
    router,
    channels,
    contexts: createContextFactory({
      authenticate,
      audit: { begin: async () => async () => {}, refuse: async () => {} },
      streams: createEventStreams({ holdings, clock }),
      ids,
      logger: silentLogger,
      callerOf,
      limiter,
      corsOrigins: [],
      production: false,
    }),
    isAllowedHost: (req) => /^(127\.0\.0\.1|localhost):/.test(req.headers.host ?? ''),
    holdings,
    ids,
    logger: silentLogger,
    clock,
    limits: { moveWithinMs: 0, ...limits },
  });
  return { ...http, sockets, holdings };
}
