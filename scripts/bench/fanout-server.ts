// The three servers of the fan-out benchmark, one per process: the same feed, three ways to deliver it.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { WatchlistCalls } from '../../server/modules/market-data/watchlists/procedures.ts';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { initTRPC } from '@trpc/server';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import superjson from 'superjson';
import { WebSocketServer, type WebSocket } from 'ws';
import { createCallerOf } from '../../server/api/caller.ts';
import { createRequestLimiter } from '../../server/api/limiter.ts';
import { createContextFactory } from '../../server/api/context.ts';
import { channelTable } from '../../server/api/channels.ts';
import { attachWebSockets } from '../../server/api/ws.ts';
import { instruments } from '../../server/ig-simulator/market/instruments.ts';
import { createMarket } from '../../server/ig-simulator/market/seeded-market.ts';
import { createSeededPrices } from '../../server/ig-simulator/market/seeded-prices.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { createBus, type TickMessage } from '../../server/messaging/index.ts';
import { createInstruments } from '../../server/modules/market-data/instruments/instruments.ts';
import { createMarketDataRouter } from '../../server/modules/market-data/router.ts';
import { createMarketDataService } from '../../server/modules/market-data/service.ts';
import type { MarketCatalogue } from '../../server/modules/market-data/ports.ts';
import { createPriceHub } from '../../server/realtime/hub.ts';
import { router } from '../../server/trpc/init.ts';
import { WatchPrices, type Market, type Tick } from '../../shared/market-data.ts';
import {
  epics,
  feed,
  nowMicros,
  type ServerReply,
  type ServerRequest,
  type Variant,
} from './fanout-protocol.ts';
import { benchConnections } from './connections.ts';
import { benchUser } from './people.ts';

type Publish = (message: TickMessage) => void;
const toTick = (message: TickMessage): Tick => ({
  ...message,
  marketState: 'tradeable',
  at: new Date(message.at),
  receivedAt: new Date(message.receivedAt),
  stale: false,
});

/** The floor: text made once, one public `send` per client. */
function bare(server: Server): Publish {
  const wss = new WebSocketServer({ server, perMessageDeflate: false });
  const watchers = new Map<string, Set<WebSocket>>(epics.map((epic) => [epic, new Set()]));
  wss.on('connection', (ws) =>
    ws.on('message', (data) => {
      for (const epic of JSON.parse(String(data)) as string[]) watchers.get(epic)!.add(ws);
    }),
  );
  return (message) => {
    const text = JSON.stringify(toTick(message));
    for (const ws of watchers.get(message.epic)!) ws.send(text);
  };
}

/** tRPC as its documents show it: an async generator per subscription, superjson, the stock adapter. */
function stock(server: Server): Publish {
  const t = initTRPC.create({ transformer: superjson });
  const watchers = new Map<string, Set<(tick: Tick) => void>>(epics.map((epic) => [epic, new Set()]));
  const appRouter = t.router({
    marketData: t.router({
      onPrices: t.procedure.input(WatchPrices).subscription(async function* ({ input, signal }) {
        let queue: Tick[] = [];
        let wake = () => {};
        const push = (tick: Tick) => {
          queue.push(tick);
          wake();
        };
        for (const epic of input.epics) watchers.get(epic)!.add(push);
        while (!signal?.aborted) {
          if (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
          const ticks = queue;
          queue = [];
          for (const tick of ticks) yield [tick];
        }
      }),
    }),
  });
  applyWSSHandler({ wss: new WebSocketServer({ server, perMessageDeflate: false }), router: appRouter });
  return (message) => {
    const tick = toTick(message);
    for (const push of watchers.get(message.epic)!) push(tick);
  };
}

/** A broker that knows every epic, and has no prices but the streamed ones. */
const catalogue: MarketCatalogue = {
  feeds: [feed],
  search: async () => [],
  categories: async () => [],
  categoryPage: async () => [],
  getMany: async (_feed, wanted) => wanted.map((epic) => ({ epic }) as Market),
  quotes: async () => [],
  lastQuotes: async () => [],
  describe: async (_feed, wanted) =>
    wanted.map((epic) => ({
      market: { epic } as Market,
      marketId: null,
      lastDealingAt: null,
      schedule: null,
      readAt: new Date(),
    })),
  sentiment: async () => ({ longPct: null, shortPct: null, readAt: new Date() }),
};

/** The real thing: bus, hub, market data, contexts and sockets of the server; only the login and the broker are made up. */
async function ours(server: Server, amqpUrl?: string): Promise<Publish> {
  const bus = await createBus({
    logger: silentLogger,
    clock: systemClock,
    prefix: `bench${process.pid}`,
    ...(amqpUrl && { amqpUrl }),
  });
  const hub = createPriceHub({ bus, clock: systemClock, logger: silentLogger, source: 'bench' });
  await hub.start();
  const user = benchUser();
  const ids = createIds(systemClock);
  const callerOf = createCallerOf({ trustedProxies: ['loopback'], production: false });
  const limiter = createRequestLimiter({ clock: systemClock, callerOf });
  const { holdings, streams } = benchConnections();
  const contexts = createContextFactory({
    authenticate: async () => ({
      principal: { user, sessionId: 'session_bench', scopes: new Set(['market'] as const) },
    }),
    streams,
    audit: { begin: async () => async () => {}, refuse: async () => {} },
    ids,
    callerOf,
    limiter,
    corsOrigins: [],
    logger: silentLogger,
    production: false,
  });
  const instruments = createInstruments({ store: null, catalogue, clock: systemClock, logger: silentLogger });
  const nothing = {} as WatchlistCalls;
  const marketData = createMarketDataRouter({
    ...nothing, // nobody keeps lists here
    ...createMarketDataService({
      catalogue,
      instruments,
      prices: hub,
      access: { of: async () => catalogue.feeds },
    }),
  });
  attachWebSockets({
    server,
    router: router({ marketData }),
    channels: { 'market-data': channelTable['market-data'] },
    contexts,
    ids,
    logger: silentLogger,
    clock: systemClock,
    isAllowedHost: () => true,
    holdings,
  });
  systemClock.every(1_000, () =>
    bus.publish('feeds', feed, { feed, epoch: 0, state: 'up', at: systemClock.now().toISOString() }),
  );
  return (message) => bus.publish('prices', `${feed}.${message.epic}`, message);
}

const server = createServer();
/** The streams under the WebSockets, to see what waits in them. */
const streams: Duplex[] = [];
server.on('upgrade', (_, stream) => streams.push(stream));
const [variant, amqpUrl] = process.argv.slice(2) as [Variant, string?];
const publish =
  variant === 'bare' ? bare(server) : variant === 'stock' ? stock(server) : await ours(server, amqpUrl);
const turn = () => new Promise((resolve) => setImmediate(resolve));
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The clients say here how many ticks they have read: what the system holds for them shows in no stream. */
const progress = createTcpServer((from) =>
  from.on('data', (said) => (read = Number(String(said).trimEnd().split('\n').at(-1)))),
);
let read = 0;

let count = 0;
const seqs: Record<string, number> = Object.fromEntries(epics.map((epic) => [epic, 0]));
function tick(epic = epics[count % epics.length]!) {
  const at = new Date().toISOString();
  count++;
  publish({
    feed,
    epic,
    seq: ++seqs[epic]!,
    bid: '1.38780',
    offer: '1.38790',
    high: '1.39000',
    low: '1.38000',
    netChange: String(nowMicros()),
    netChangePct: '-0.05',
    marketState: 'tradeable',
    at,
    receivedAt: at,
  });
}

/** In saturation, how much may wait for a client before the feed pauses: the clients then are the slower side. */
const backlogBytes = 16 * 1024;
const backlogTicks = 64;
const deliveriesPerSecond = 10_000;
/** Whether more clients than have stalled have more than so many bytes before them. */
const isBehind = (bytes: number, stalled: number) =>
  streams.filter((stream) => stream.writableLength > bytes).length > stalled;

/** The ticks of forty simulated markets for so long, at their own pace. */
async function market(seconds: number) {
  const sources = epics.map((epic, i) => {
    const instrument = instruments[i]!;
    const seeded = createMarket(instrument, { seed: 'bench', realHours: false });
    const source = createSeededPrices(instrument, seeded, systemClock);
    return { source, ...source.subscribe({ onPrice: () => tick(epic), busy: () => undefined }) };
  });
  await rest(seconds * 1_000);
  for (const { source, unsubscribe } of sources) {
    unsubscribe();
    source.stop();
  }
}

async function run({ mode, seconds, stalled }: Extract<ServerRequest, { do: 'run' }>) {
  const watchersPerEpic = (streams.length * 10) / epics.length;
  const reading = streams.length - stalled;
  const [first, readBefore] = [count, read];
  const unread = () => ((count - first) * 10 * reading) / epics.length - (read - readBefore);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  if (mode === 'market') await market(seconds);
  for (let now = start; now < end; now = performance.now()) {
    if (mode === 'saturated') {
      // One tick per turn of the event loop, as they come from a broker.
      for (let i = 0; i < epics.length; i++, await turn()) tick();
      while (isBehind(backlogBytes, stalled) || unread() > backlogTicks * reading) await rest(1);
    } else {
      const due = ((now - start) / 1000) * (deliveriesPerSecond / watchersPerEpic);
      while (count - first < due) {
        tick();
        await turn();
      }
      await rest(1);
    }
  }
  for (let i = 0; i < 5; i++) await turn();
  while (isBehind(0, stalled)) await rest(1);
  const { user, system } = process.cpuUsage(cpu);
  return {
    deliveries: (count - first) * watchersPerEpic,
    cpuMs: (user + system) / 1000,
    wallMs: performance.now() - start,
  };
}

process.on('message', async (request: ServerRequest) => {
  const reply: ServerReply = { port: 0, progressPort: 0, rss: 0, deliveries: 0, cpuMs: 0, wallMs: 0, seqs };
  if (request.do === 'listen') {
    for (const each of [server, progress]) {
      each.listen(0, '127.0.0.1');
      await once(each, 'listening');
    }
    reply.port = (server.address() as AddressInfo).port;
    reply.progressPort = (progress.address() as AddressInfo).port;
  } else if (request.do === 'prime') for (const _ of epics) tick();
  else if (request.do === 'run') {
    const measured = await run(request);
    Object.assign(reply, measured);
  }
  (globalThis as { gc?: () => void }).gc?.();
  reply.rss = process.memoryUsage().rss;
  process.send!(reply);
});
