// One database of the growth benchmark with trading, events, notifications and sockets over it; prices and the broker's books are made up here.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCallerOf } from '../../server/api/caller.ts';
import { createRequestLimiter } from '../../server/api/limiter.ts';
import { createContextFactory } from '../../server/api/context.ts';
import { attachWebSockets } from '../../server/api/ws.ts';
import { createDatabase } from '../../server/db/client.ts';
import { createJobs } from '../../server/jobs/index.ts';
import { systemClock as clock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger as logger } from '../../server/lib/logger.ts';
import { createBus } from '../../server/messaging/index.ts';
import { noAlerts } from '../../server/modules/alerts/index.ts';
import type { BrokerAccount } from '../../server/modules/accounts/ports.ts';
import { createUserEvents } from '../../server/modules/events/index.ts';
import { createNotificationsModule } from '../../server/modules/notifications/index.ts';
import { createTradingModule } from '../../server/modules/trading/index.ts';
import type {
  Accounts,
  ActivityEvidence,
  Dealing,
  Evidence,
  PositionEvidence,
} from '../../server/modules/trading/ports.ts';
import { createCarry } from '../../server/realtime/carry.ts';
import { createFollowers } from '../../server/realtime/followers.ts';
import type { Context } from '../../server/trpc/context.ts';
import { createCallerFactory, router } from '../../server/trpc/init.ts';
import {
  epics,
  feed,
  people,
  type Size,
  type GrowthRequest,
  type MoveReply,
  type Read,
  type ReadReply,
  type Reading,
  type ReadingReply,
} from './growth-protocol.ts';
import { createMovingPrices } from './growth-prices.ts';
import { benchConnections } from './connections.ts';
import { benchUser } from './people.ts';
import { watchLoop, watchTransactions } from './growth-probe.ts';
import { silentChannels } from '../../server/testing/silent-channels.ts';

const [, , url, sizeText] = process.argv as [string, string, string, string];
const size = JSON.parse(sizeText) as Size;
process.on('disconnect', () => process.exit()); // the benchmark is gone
const database = createDatabase({ url, logger });
const held = watchTransactions(database.pool);
const ids = createIds(clock);
const bus = await createBus({ logger, clock });
const events = createUserEvents({ database, bus, logger });
const followers = createFollowers({ source: events, bus, clock, logger });
await followers.start();
const notifications = createNotificationsModule({
  ...silentChannels(),
  database,
  events,
  follower: followers,
  ids,
  clock,
});

const prices = createMovingPrices();

// --- the broker's books: what ann has open, and what a reading adds to it ---
const listed = new Map<string, PositionEvidence[]>(Object.values(people).map((each) => [each.accountId, []]));
let activity: ActivityEvidence[] = [];
const stored = await database.pool.query<{
  deal_id: string;
  deal_reference: string;
  epic: string;
  opened_at: Date;
}>(
  'select deal_id, deal_reference, epic, opened_at from positions where account_id = $1 and closed_at is null order by 1',
  [people.ann.accountId],
);
const position = (dealId: string, dealReference: string, epic: string, openedAt: Date): PositionEvidence => ({
  dealId,
  dealReference,
  epic,
  expiry: '-',
  name: 'Market',
  direction: 'BUY',
  size: '2',
  level: '1.17',
  currency: 'USD',
  contractSize: '100000',
  stopLevel: null,
  limitLevel: null,
  openedAt,
});
const known = stored.rows.map((row) => position(row.deal_id, row.deal_reference, row.epic, row.opened_at));
listed.set(people.ann.accountId, known);
const evidence: Evidence = {
  confirm: async () => null,
  positions: async ({ id }) => listed.get(id)!.map((each) => ({ ...each })),
  orders: async () => [],
  activity: async () => activity,
  history: async () => [],
  transactions: async () => [],
  funds: async () => ({ cash: '10000', margin: '0', runningProfit: '0', at: clock.now() }),
};
const unused = () => Promise.reject(new Error('not used here'));
const dealing: Dealing = { send: unused };
const accountList: BrokerAccount[] = Object.values(people).map(({ userId, accountId }) => ({
  id: accountId,
  userId,
  environment: 'simulated',
  feed,
  brokerAccountId: `S${accountId}`,
  type: 'CFD',
  name: 'Simulated',
  currency: 'GBP',
  isDefault: true,
  disconnectedAt: null,
}));
const accounts: Accounts = {
  forUser: async (userId) => accountList.find((each) => each.userId === userId)!,
  all: async () => accountList,
  find: async (id) => accountList.find((each) => each.id === id) ?? null,
};
const trading = createTradingModule({
  database,
  accounts,
  dealing,
  evidence,
  prices: prices.feed,
  events: { ...events, follow: followers.follow },
  notify: notifications.notify,
  carry: createCarry({ clock }),
  jobs: createJobs({ databaseUrl: url, logger }),
  clock,
  ids,
  logger,
});

// --- who asks ---
const principalOf = (userId: string) => ({
  user: benchUser(userId),
  sessionId: userId,
  scopes: new Set(['session', 'market', 'account:read'] as const),
});
const appRouter = router({ trading: trading.router, notifications: notifications.routerWith(noAlerts) });
const callers = createCallerFactory(appRouter);
const places: Context['places'] = {
  take: (left = new AbortController().signal) => ({ signal: left, failure: undefined, leave() {} }),
};
const as = ({ userId }: { userId: string }) =>
  callers({
    requestId: 'req',
    ip: '127.0.0.1',
    isOperator: false,
    userAgent: undefined,
    principal: principalOf(userId),
    places,
    audit: { begin: async () => async () => {}, refuse: async () => {} },
  } satisfies Context);
const callerOf = createCallerOf({ trustedProxies: ['loopback'], production: false });
const limiter = createRequestLimiter({ clock, callerOf });
const server = createServer();
const { holdings, streams } = benchConnections();
attachWebSockets({
  server,
  router: appRouter,
  contexts: createContextFactory({
    authenticate: async () => ({ principal: principalOf(people.ann.userId) }),
    streams,
    audit: { begin: async () => async () => {}, refuse: async () => {} },
    ids,
    callerOf,
    limiter,
    corsOrigins: [],
    logger,
    production: false,
  }),
  ids,
  logger,
  clock,
  isAllowedHost: () => true,
  holdings,
});

// --- what is measured ---
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const middleDeal = async () => {
  const [page] = (
    await database.pool.query<{ id: string; created_at: Date }>(
      'select id, created_at from deals where account_id = $1 order by created_at desc offset $2 limit 1',
      [people.ann.accountId, Math.floor(size.deals / 2)],
    )
  ).rows;
  return Buffer.from(`${page!.created_at.getTime()}.${page!.id}`).toString('base64url');
};
const cursor = await middleDeal();
const stream = { userId: people.ann.userId, stream: 'trading' } as const;
const pages: Record<Read, () => Promise<unknown[]>> = {
  'deals, newest page': async () => (await as(people.ann).trading.listDeals({ limit: 50 })).deals,
  'deals, a page in the middle': async () =>
    (await as(people.ann).trading.listDeals({ limit: 50, cursor })).deals,
  'deals, rejected ones': async () =>
    (await as(people.ann).trading.listDeals({ limit: 50, status: ['rejected'] })).deals,
  'deals, of a kind that is rare': async () =>
    (await as(people.ann).trading.listDeals({ limit: 50, kind: ['amend', 'cancel_order'] })).deals,
  'deals, undecided ones of one market': async () =>
    (await as(people.ann).trading.listDeals({ limit: 50, status: ['unknown'], epic: epics[0]! })).deals,
  'open positions, first page': async () => {
    const input = { limit: 50 };
    return (await as(people.ann).trading.listPositions(input)).positions;
  },
  'open positions, page of an account without any': async () =>
    (await as(people.bob).trading.listPositions({})).positions,
  'events, newest page': async () => (await events.read(stream, Math.max(0, size.events - 50), 50)).events,
  'events, a page in the middle': async () =>
    (await events.read(stream, Math.floor(size.events / 2), 50)).events,
  'notifications, newest page': async () =>
    (await as(people.ann).notifications.list({ limit: 50, unreadOnly: false })).notifications,
};
async function read(which: Read, times: number): Promise<ReadReply> {
  const ms: number[] = [];
  let rows = 0;
  for (let n = 0; n < times; n++) {
    const from = performance.now();
    rows = (await pages[which]()).length;
    ms.push(performance.now() - from);
  }
  return { ms, rows };
}

let readings = 0;
/** Makes the books as the reading is to find them; returns whose, and how to undo what was written. */
async function arrange(reading: Reading): Promise<{ accountId: string; undo: () => Promise<unknown> }> {
  const { ann, carol } = people;
  const n = ++readings;
  if (reading === 'one opening elsewhere')
    listed
      .get(ann.accountId)!
      .push(position(`DIWEB${String(n).padStart(8, '0')}`, `WEB-${n}`, epics[n % 40]!, clock.now()));
  if (reading === 'one closing elsewhere, with its notification') {
    const { dealId, epic } = known.at(-1)!;
    listed.set(
      ann.accountId,
      listed.get(ann.accountId)!.filter((each) => each.dealId !== dealId),
    );
    activity = [
      {
        dealId: `DICLOSE${n}`,
        dealReference: null,
        epic,
        status: 'accepted',
        actions: [{ action: 'closed', dealId }],
        direction: 'SELL',
        size: '2',
        level: '1.17',
        stopLevel: null,
        limitLevel: null,
        stopDistancePoints: null,
        limitDistancePoints: null,
        throughApi: false,
        at: clock.now(),
      },
    ];
    return {
      accountId: ann.accountId,
      async undo() {
        listed.get(ann.accountId)!.push(known.at(-1)!);
        await database.pool.query(
          'update positions set size = 2, closed_at = null where account_id = $1 and deal_id = $2',
          [ann.accountId, dealId],
        );
      },
    };
  }
  if (reading === 'one close of ours undecided') {
    const { dealId, epic } = known[0]!;
    const id = `deal_undecided${n}`;
    const now = clock.now();
    await database.pool.query(
      `insert into deals (id, user_id, account_id, environment, kind, idempotency_key, request_hash, status, reference_of, deal_id, epic, expiry,
       name, direction, size, currency, position_size, position_version, created_at, status_at, connection_closed_at)
       values ($1, $2, $3, 'simulated', 'close', $1, 'hash', 'unknown', 'brokers', $4, $5, '-', 'Market', 'SELL', 1, 'USD', 2, 1, $6, $6, $6)`,
      [id, ann.userId, ann.accountId, dealId, epic, now],
    );
    activity = Array.from({ length: 20 }, (_, i) => ({
      dealId: `DIC${i}`,
      dealReference: `BR-${size.deals - i}`,
      epic,
      status: 'accepted',
      actions: [{ action: 'partially_closed', dealId }],
      direction: 'SELL',
      size: '1',
      level: '1.17',
      stopLevel: null,
      limitLevel: null,
      stopDistancePoints: null,
      limitDistancePoints: null,
      throughApi: true,
      at: new Date(now.getTime() - 60_000),
    }));
    return {
      accountId: ann.accountId,
      undo: () => database.pool.query('delete from deals where id = $1', [id]),
    };
  }
  if (reading === 'first reading of an account with as many positions') {
    listed.set(
      carol.accountId,
      known.map((each) => ({ ...each, dealReference: `WEB-${each.dealId}` })),
    );
    return {
      accountId: carol.accountId,
      undo: () => database.pool.query('delete from positions where account_id = $1', [carol.accountId]),
    };
  }
  return { accountId: ann.accountId, undo: async () => undefined };
}
async function readBooks(reading: Reading): Promise<ReadingReply> {
  activity = [];
  const { accountId, undo } = await arrange(reading);
  held();
  await rest(5);
  const stop = watchLoop();
  const from = performance.now();
  await trading.reconcileAccount(accountId);
  const ms = performance.now() - from;
  await rest(3);
  const blockMs = stop();
  await undo();
  const transactions = held();
  return {
    ms,
    blockMs,
    lockMs: transactions.map((each) => each.ms),
    statements: Math.max(0, ...transactions.map((each) => each.statements)),
    transactions: transactions.length,
  };
}

/** Forty markets move together: 1,000 ticks a second. */
const moveEveryMs = 40;
async function move(seconds: number): Promise<MoveReply> {
  const stop = watchLoop();
  const [from, cpuFrom] = [performance.now(), process.cpuUsage()];
  for (let n = 1; performance.now() < from + seconds * 1_000; n++) {
    prices.move();
    await rest(Math.max(0, from + n * moveEveryMs - performance.now()));
  }
  const { user, system } = process.cpuUsage(cpuFrom);
  const corePct = (user + system) / 10 / (performance.now() - from);
  return { blockMs: stop(), bid: prices.bid(), corePct };
}

process.on('message', async (request: GrowthRequest) => {
  process.send!(
    request.do === 'read'
      ? await read(request.read, request.times)
      : request.do === 'reading'
        ? await readBooks(request.reading)
        : await move(request.seconds),
  );
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send!((server.address() as AddressInfo).port);
