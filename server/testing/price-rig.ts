// A price server for tests: real HTTP, WebSockets, contexts, hub and in-memory bus; a test router and a gateway the test feeds by hand.
import { createTRPCClient, wsLink, type WebSocketClientOptions } from '@trpc/client';
import superjson from 'superjson';
import { z } from 'zod';
import { WatchPrices, type Tick } from '../../shared/market-data.ts';
import { channelTable } from '../api/channels.ts';
import type { HoldingLimits } from '../api/holdings.ts';
import type { WsLimits } from '../api/ws.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import type { Bus, TickMessage } from '../messaging/bus.ts';
import { createMemoryBus } from '../messaging/memory.ts';
import { defaultLimits } from '../messaging/topology.ts';
import type { Authenticate } from '../modules/auth/index.ts';
import { createPriceHub } from '../realtime/hub.ts';
import { defaultHubLimits, type HubLimits } from '../realtime/limits.ts';
import { marketProcedure, publicProcedure, router } from '../trpc/init.ts';
import * as build from './build.ts';
import { createWaiters } from './inbox.ts';
import { socketServer } from './socket-server.ts';
import { openPlain, openRaw, openStock } from './sockets.ts';

export const testBus = (clock: Clock = systemClock): Bus =>
  createMemoryBus({ clock, logger: silentLogger, limits: defaultLimits });

/** Publishes ticks of one feed as a gateway does: sequence from its epoch, heartbeats, its last tick again on new interest. */
export function createTestGateway(
  bus: Bus,
  { feed = 'simulated', epoch = 1, now = () => new Date('2026-01-05T09:00:00Z') } = {},
) {
  const last = new Map<string, TickMessage>();
  const seen = new Map<string, string[]>();
  const { changed, until } = createWaiters();
  let n = 0;
  const gateway = {
    feed,
    epoch,
    last,
    /** What each source watches now. */
    interest: seen,
    build: (epic: string, fields: Partial<TickMessage> = {}): TickMessage => ({
      feed,
      epic,
      seq: epoch * 2 ** 32 + ++n,
      bid: '1.10000',
      offer: '1.10010',
      high: null,
      low: null,
      netChange: '-0.10',
      netChangePct: '-0.01',
      marketState: 'tradeable',
      at: now().toISOString(),
      receivedAt: now().toISOString(),
      ...fields,
    }),
    tick(epic: string, fields: Partial<TickMessage> = {}): TickMessage {
      const message = gateway.build(epic, fields);
      last.set(epic, message);
      bus.publish('prices', `${feed}.${epic}`, message);
      return message;
    },
    heartbeat: (state: 'up' | 'down' = 'up', reason?: string) =>
      bus.publish('feeds', feed, {
        feed,
        epoch,
        state,
        at: now().toISOString(),
        ...(reason && { reason }),
        items: last.size,
      }),
    /** Resolves when, over all sources, exactly these epics are watched. */
    watched(...epics: string[]): Promise<void> {
      const wanted = [...epics].sort().join();
      return until(() => [...new Set([...seen.values()].flat())].sort().join() === wanted);
    },
    async start() {
      const interest = await bus.subscribe('interest', ({ source, epics }) => {
        const before = seen.get(source) ?? [];
        seen.set(source, epics);
        for (const epic of epics) {
          const message = before.includes(epic) ? undefined : last.get(epic);
          if (message) bus.publish('prices', `${feed}.${epic}`, message);
        }
        changed();
      });
      await interest.setKeys([feed]);
      gateway.heartbeat();
    },
  };
  return gateway;
}
export type TestGateway = ReturnType<typeof createTestGateway>;

export async function priceRig({
  port = 0,
  bus,
  clock = systemClock,
  hubLimits = {},
  wsLimits = {},
  fallback = async () => [],
}: {
  port?: number;
  bus?: Bus;
  clock?: Clock;
  hubLimits?: Partial<HubLimits>;
  wsLimits?: Partial<WsLimits & HoldingLimits>;
  fallback?: (epics: readonly string[]) => Promise<Tick[]>;
} = {}) {
  const ownBus = bus ?? testBus(clock);
  const hub = createPriceHub({
    bus: ownBus,
    clock,
    logger: silentLogger,
    source: 'test',
    limits: { ...defaultHubLimits, ...hubLimits },
  });
  await hub.start();
  const sessions = new Set(['session_one', 'session_two']);
  const expired = new Set<string>();
  const endListeners = new Set<(sessionId: string) => void>();
  const echoed: string[] = [];
  const authenticate: Authenticate = async ({ bearer, cookie }) => {
    const proof = bearer ?? cookie;
    if (proof && expired.has(proof)) return { principal: null, problem: 'auth.token_expired' };
    if (!proof || !sessions.has(proof))
      return { principal: null, ...(proof && { problem: 'auth.token_invalid' as const }) };
    const principal = build.principal(['session', 'market'], { id: `user_${proof}` });
    return { principal: { ...principal, sessionId: proof } };
  };
  const appRouter = router({
    echo: publicProcedure.input(z.object({ text: z.string() })).query(({ input }) => {
      echoed.push(input.text);
      return input.text;
    }),
    marketData: router({
      onPrices: marketProcedure.input(WatchPrices).subscription(({ ctx, input, signal }) =>
        hub.subscribe({
          feed: input.feed ?? 'simulated',
          epics: input.epics,
          signal,
          socket: ctx.socket,
          fallback,
        }),
      ),
    }),
  });
  const http = await socketServer(appRouter, authenticate, {
    port,
    clock,
    limits: wsLimits,
    channels: { 'market-data': { prices: channelTable['market-data'].prices } },
    sessions: {
      onSessionEnded: (listener) => (endListeners.add(listener), () => void endListeners.delete(listener)),
      liveSessions: async (ids) => new Set(ids.filter((id) => sessions.has(id))),
    },
  });
  const { server, sockets, holdings } = http;
  const clients: { close(): unknown }[] = [];
  const gateway = createTestGateway(ownBus);
  await gateway.start();
  const stopHeartbeat = clock.every(1_000, () => gateway.heartbeat());

  return {
    hub,
    server,
    sockets,
    holdings,
    /** What `echo` was called with. */
    echoed,
    sessions,
    expired,
    gateway,
    clock,
    bus: ownBus,
    port: http.port,
    endSession(sessionId: string) {
      sessions.delete(sessionId);
      for (const listener of endListeners) listener(sessionId);
    },
    /** The unmodified client. */
    client(token: string | null = 'session_one', options: Partial<WebSocketClientOptions> = {}) {
      const stock = openStock(http.port, token, options);
      clients.push(stock);
      const api = createTRPCClient<typeof appRouter>({
        links: [wsLink({ client: stock.wsClient, transformer: superjson })],
      });
      return { api, wsClient: stock.wsClient };
    },
    /** A client that speaks the protocol by hand: open, the connectionParams sent. */
    async raw(token: string | null = 'session_one', path?: string, ip?: string) {
      const client = await openRaw(http.port, token, path, ip);
      clients.push(client);
      return {
        ...client,
        watch: (id: number, ...epics: string[]) =>
          client.send({
            id,
            method: 'subscription',
            params: { path: 'marketData.onPrices', input: { json: { epics } } },
          }),
      };
    },
    /** A client of the plain socket: open, its first message sent. */
    async plain(token: string | null = 'session_one', headers: Record<string, string> = {}) {
      const client = await openPlain(http.port, token, headers);
      clients.push(client);
      return {
        ...client,
        watch: (id: number, ...epics: string[]) =>
          client.send({ type: 'subscribe', id, channel: 'prices', input: { epics } }),
      };
    },
    async [Symbol.asyncDispose]() {
      stopHeartbeat();
      await Promise.all(clients.map((client) => client.close()));
      await sockets.shutdown();
      await hub.close();
      if (!bus) await ownBus.close();
      await http[Symbol.asyncDispose]();
    },
  };
}
export type PriceRig = Awaited<ReturnType<typeof priceRig>>;
