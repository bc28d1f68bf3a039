// A server of money streams for tests: real database, HTTP, WebSockets, contexts, followers and notifications; the test writes the events.
import { createTRPCClient, wsLink, type WebSocketClientOptions } from '@trpc/client';
import superjson from 'superjson';
import { FollowEvents, type NewEvent } from '../../shared/events.ts';
import { createDatabase } from '../db/client.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import type { Bus } from '../messaging/bus.ts';
import { noAlerts } from '../modules/alerts/index.ts';
import type { Authenticate } from '../modules/auth/index.ts';
import { createUserEvents, eventSubscription } from '../modules/events/index.ts';
import { createNotificationsModule } from '../modules/notifications/index.ts';
import { createFollowers } from '../realtime/followers.ts';
import { defaultFollowLimits, type FollowLimits } from '../realtime/limits.ts';
import { accountProcedure, router } from '../trpc/init.ts';
import * as build from './build.ts';
import { testBus } from './price-rig.ts';
import { socketServer } from './socket-server.ts';
import { openStock } from './sockets.ts';
import { silentChannels } from './silent-channels.ts';

export interface EventRigOptions {
  databaseUrl: string;
  port?: number;
  bus?: Bus;
  clock?: Clock;
  limits?: Partial<FollowLimits>;
}

/** Whoever brings the token `session_x` is the user `user_x`. */
export async function eventRig({
  databaseUrl,
  port = 0,
  bus,
  clock = systemClock,
  limits = {},
}: EventRigOptions) {
  const database = createDatabase({ url: databaseUrl, logger: silentLogger, max: 8 });
  const ownBus = bus ?? testBus(clock);
  const ids = createIds(systemClock);
  const events = createUserEvents({ database, bus: ownBus, logger: silentLogger });
  const followers = createFollowers({
    source: events,
    bus: ownBus,
    clock,
    logger: silentLogger,
    limits: { ...defaultFollowLimits, ...limits },
  });
  await followers.start();
  const notifications = createNotificationsModule({
    ...silentChannels(),
    database,
    events,
    follower: followers,
    ids,
    clock,
  });
  const authenticate: Authenticate = async ({ bearer }) => {
    if (!bearer?.startsWith('session_')) return { principal: null };
    const principal = build.principal(['session', 'account:read'], {
      id: bearer.replace('session', 'user'),
    });
    return { principal: { ...principal, sessionId: bearer } };
  };
  const appRouter = router({
    trading: router({
      onEvents: accountProcedure.input(FollowEvents).subscription(({ ctx, input, signal }) =>
        eventSubscription(followers, {
          userId: ctx.principal.user.id,
          stream: 'trading',
          after: input.lastEventId,
          signal,
          socket: ctx.socket,
        }),
      ),
    }),
    notifications: notifications.routerWith(noAlerts),
  });
  const http = await socketServer(appRouter, authenticate, { port, clock });
  const { sockets } = http;
  return {
    database,
    bus: ownBus,
    events,
    followers,
    notifications,
    router: appRouter,
    sockets,
    port: http.port,
    /** Commits events of `trading` and wakes their readers. */
    async tell(userId: string, ...list: NewEvent<'trading'>[]) {
      await inTransaction(database.db, (tx) => events.append(tx, userId, 'trading', list));
      events.wake(userId, 'trading');
    },
    /** Closes with 1012, as a restart does. */
    async [Symbol.asyncDispose]() {
      await sockets.shutdown();
      await followers.close();
      if (!bus) await ownBus.close();
      await http[Symbol.asyncDispose]();
      await database.close();
    },
  };
}
export type EventRig = Awaited<ReturnType<typeof eventRig>>;

/** The unmodified client, impatient to reconnect; `cut()` breaks its connection without a word. */
export function stockClient(port: number, token: string, options: Partial<WebSocketClientOptions> = {}) {
  const stock = openStock(port, token, { retryDelayMs: () => 20, ...options });
  const api = createTRPCClient<EventRig['router']>({
    links: [wsLink({ client: stock.wsClient, transformer: superjson })],
  });
  return { ...stock, api, [Symbol.asyncDispose]: async () => void (await stock.close()) };
}
export type StockClient = ReturnType<typeof stockClient>;
