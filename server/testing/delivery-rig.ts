// Notifications with all their channels on a real database: real receivers of webhooks and a real mail server, users of a test, a clock that stands still.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Database } from '../db/client.ts';
import { inTransaction } from '../db/transaction.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import { createIds, type Ids } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createMail } from '../mail/index.ts';
import { createUserEvents } from '../modules/events/index.ts';
import { createNotificationsModule, type ChannelDeps, type Notice } from '../modules/notifications/index.ts';
import { createCallerFactory } from '../trpc/init.ts';
import * as build from './build.ts';
import { createInbox } from './inbox.ts';
import { createManualClock } from './manual-clock.ts';
import { addUser } from './people.ts';
import { testBus } from './price-rig.ts';
import { startSmtpServer } from './smtp-server.ts';
import { testDb } from './test-db.ts';
import { noAlerts } from '../modules/alerts/index.ts';

export interface TakenWebhook {
  headers: Record<string, string>;
  body: string;
  path: string;
}

/** A server that takes webhooks: 204 unless `answer` does it. */
export async function startReceiver(
  answer?: (res: ServerResponse, req: IncomingMessage, body: string) => void,
) {
  const { items: taken, put, until } = createInbox<TakenWebhook>();
  const server = createServer((req, res) => {
    void text(req).then(
      (body) => {
        put({ headers: req.headers as Record<string, string>, body, path: req.url! });
        if (answer) answer(res, req, body);
        else res.writeHead(204).end();
      },
      () => undefined,
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    taken,
    /** Resolves when it has taken so many. */
    took: (count: number) => until(() => taken.length >= count),
    ids: () => taken.map(({ headers }) => headers['webhook-id']),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** One process of ours on a database, as far as users are told: webhooks go to this machine, letters to `smtpUrl`. */
export function deliveryProcess({
  smtpUrl,
  ...deps
}: { database: Database; clock: Clock; ids: Ids; smtpUrl: string } & Partial<ChannelDeps>) {
  const { database, clock } = deps;
  const bus = testBus(clock);
  const mail = createMail({
    smtpUrl,
    from: 'ftrader@test.local',
    production: false,
    clock,
    logger: silentLogger,
  });
  const events = createUserEvents({ database, bus, logger: silentLogger });
  const module = createNotificationsModule({
    events,
    follower: {
      follow() {
        throw new Error('nobody follows events in this test');
      },
    },
    logger: silentLogger,
    sealer: build.sealer(),
    letters: { problem: null, send: mail.send },
    webhookNetworks: ['loopback'],
    random: () => 0.5,
    ...deps,
  });
  return Object.assign(module, {
    events,
    mail,
    async close() {
      mail.close();
      await bus.close();
    },
  });
}

/** The users `user_ann` and `user_bob`, whose addresses are confirmed. `over` replaces parts of the channels. */
export async function deliveryRig(over: Partial<ChannelDeps> = {}) {
  const db = await testDb();
  const { database } = db;
  const clock = createManualClock();
  const ids = createIds(systemClock);
  const smtp = await startSmtpServer();
  for (const name of ['ann', 'bob'])
    await addUser(database, { id: `user_${name}`, emailVerifiedAt: new Date(0) });
  const processes: ReturnType<typeof deliveryProcess>[] = [];
  /** One process more on the same database. */
  function startProcess(more: Partial<ChannelDeps> & { database?: Database } = {}) {
    const started = deliveryProcess({ database, clock, ids, smtpUrl: smtp.url, ...over, ...more });
    processes.push(started);
    return started;
  }
  const process = startProcess();
  const { delivering, events, mail } = process;
  return {
    database,
    databaseUrl: db.url,
    clock,
    ids,
    events,
    smtp,
    mail,
    startProcess,
    process,
    delivering,
    as: (userId: string, signal?: AbortSignal) =>
      createCallerFactory(process.routerWith(noAlerts))(
        build.context({ principal: build.principal(['session'], { id: userId }) }),
        signal ? { signal } : {},
      ),
    /** Tells a user, in one transaction. */
    tell: (userId: string, ...notices: (Notice & { environment?: 'live' | 'demo' | 'simulated' })[]) =>
      inTransaction(database.db, async (tx) => {
        for (const { environment = 'demo', ...notice } of notices)
          await process.notify(tx, {
            ...(notice as Notice),
            userId,
            at: clock.now(),
            accountId: 'acct_1',
            environment,
          });
      }),
    /** Looks once for what is to be delivered, and waits for what comes of it. */
    async deliver() {
      delivering.look();
      await delivering.idle();
    },
    async [Symbol.asyncDispose]() {
      for (const each of processes) await each.close();
      await smtp[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}
export type DeliveryRig = Awaited<ReturnType<typeof deliveryRig>>;

/** A notice that is told by its number from the others: a warning. */
export const closed = (n: number): Notice => ({
  kind: 'position.closed',
  data: {
    name: `market ${n}`,
    direction: 'BUY',
    size: '1',
    level: null,
    profit: null,
    profitCurrency: null,
    stopLevel: null,
    limitLevel: null,
  },
});
/** One that is critical. */
export const disagreement = (n: number): Notice => ({
  kind: 'break.opened',
  data: { difference: `Difference ${n}.` },
});
