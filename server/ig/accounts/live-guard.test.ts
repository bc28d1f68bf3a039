// No code path reaches a live host to deal there before live dealing is switched on. The live host is the simulator, behind a recorder.
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { accountRisk, brokerAccounts, deals } from '../../../drizzle/schema/index.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { Dealing } from '../../modules/trading/ports.ts';
import * as build from '../../testing/build.ts';
import { denyNetwork } from '../../testing/denied-network.ts';
import { listen } from '../../testing/listen.ts';
import { noAccountNews, testBroker } from '../../testing/test-broker.ts';
import { tradingRig } from '../../testing/trading-rig.ts';
import { createAccountClients } from './clients.ts';
import { createDealing } from './dealing.ts';
import { createEvidence } from './evidence.ts';

/** Ann's account is live, at a host that keeps what it is asked; the trading module deals and reads there as in the product. */
async function liveRig() {
  const rig = await tradingRig();
  const broker = await testBroker({ clock: rig.clock });
  const asked: string[] = [];
  const host = await listen(async (request, response) => {
    const headers = request.headers as Record<string, string>;
    const path = request.url!.split('?')[0]!.replace('/gateway/deal', '');
    asked.push(`${headers['_method'] ?? request.method} ${path.replace(/FT-.*/, '…')}`);
    const body = Buffer.concat(await request.toArray());
    const { host: _host, connection: _connection, 'content-length': _length, ...rest } = headers;
    const answer = await fetch(new URL(request.url!, broker.login.baseUrl), {
      method: request.method!,
      headers: rest,
      ...(body.length > 0 && { body }),
    });
    response
      .writeHead(answer.status, { 'Content-Type': 'application/json' })
      .end(Buffer.from(await answer.arrayBuffer()));
  });
  const { identifier, password, apiKey } = broker.login;
  const reach = { database: rig.database, clock: rig.clock, logger: silentLogger };
  const clients = createAccountClients({
    ...reach,
    endpoints: { live: `${host.url}/gateway/deal` },
    credentialsOf: async () => ({ identifier, password, apiKey }),
    changes: noAccountNews,
    sealer: build.sealer(),
  });
  const dealing = createDealing({ ...reach, clients });
  await rig.database.db
    .update(brokerAccounts)
    .set({ environment: 'live', brokerAccountId: broker.accountId });
  const start = (over: Partial<Dealing> = {}) =>
    rig.restart({
      evidence: createEvidence({ clients, clock: rig.clock }),
      dealing: { ...dealing, ...over },
    });
  const turn = (liveDealing: boolean) =>
    rig.database.db
      .update(accountRisk)
      .set({ liveDealing, maxSize: '5', maxDailyLoss: '500', haltEpoch: sql`halt_epoch + 1` as never });
  return {
    rig,
    dealing,
    start,
    turn,
    /** Denies the network to the live host; what is connected already is cut off. */
    deny() {
      host.server.closeAllConnections();
      return denyNetwork(host.port);
    },
    /** What the live host was asked since the last look, each kind once; what it publishes of the key is read in the background. */
    takeAsked: () =>
      [...new Set(asked.splice(0))].filter((each) => each !== 'GET /operations/application').sort(),
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
      await rig[Symbol.asyncDispose]();
    },
  };
}
const off = { status: 'denied', reason: { code: 'live_dealing_off' }, environment: 'live' };
/** A request whose answer never comes: its process ended while it was sending. */
const crashed = () => new Promise<never>(() => undefined);

test('with the network to the live host denied and live dealing off, an opening, a close, their repetitions and every sweep attempt no connection', async () => {
  await using live = await liveRig();
  const { rig, start, turn } = live;
  const process = start();
  // A position of better days, and a deal whose process died while it was sending.
  await turn(true);
  const opening = await process.as().openPosition(rig.order({ waitMs: 0 }));
  await process.reconcileAccount(rig.accountId);
  const { dealId } = await process.as().getDeal({ id: opening.id });
  const dying = start({ send: crashed });
  void dying.as().openPosition(rig.order());
  await expect.poll(async () => (await rig.database.db.select().from(deals)).length).toBe(2);
  await turn(false);

  live.takeAsked();
  using network = live.deny();
  const [order, close] = [rig.order(), rig.close(dealId!)];
  const part = rig.close(dealId!, { size: '0.5' });
  for (let again = 0; again < 2; again++) {
    expect(await process.as().openPosition(order)).toMatchObject(off);
    expect(await process.as().closePosition(close)).toMatchObject(off);
    expect(await process.as().closePosition(part)).toMatchObject(off);
  }
  await process.as().setRiskLimits({ maxSize: '1' });
  await process.as().getRisk({});
  await process.as().summary({});
  await process.as().listPositions({});
  rig.clock.advance(60_000);
  await process.sweep();
  const statuses = (await rig.database.db.select().from(deals)).map(({ status }) => status).sort();
  expect(statuses).toEqual(['accepted', 'denied', 'denied', 'denied', 'unknown']);
  expect([network.attempts, live.takeAsked()]).toEqual([0, []]);
  // What reads does try; so the denial is one.
  await expect(process.reconcileAccount(rig.accountId)).rejects.toMatchObject({ code: 'broker.unavailable' });
  expect(network.attempts).toBeGreaterThan(0);
});

test('with the network open and live dealing off, the live host is logged in to and read, and never asked to deal', async () => {
  await using live = await liveRig();
  const { rig, start, turn, dealing, takeAsked } = live;
  const process = start();
  await turn(true);
  await process.as().openPosition(rig.order());
  await process.reconcileAccount(rig.accountId);
  expect(takeAsked()).toContain('POST /positions/otc'); // a deal is seen when there is one
  const {
    positions: [position],
  } = await process.as().listPositions({});
  void start({ send: crashed }).as().openPosition(rig.order());
  await expect.poll(async () => (await rig.database.db.select().from(deals)).length).toBe(2);
  await turn(false);

  expect(await process.as().openPosition(rig.order())).toMatchObject(off);
  expect(await process.as().closePosition(rig.close(position!.dealId))).toMatchObject(off);
  expect(takeAsked()).toEqual([]);
  // What was lost is looked for: by reading.
  rig.clock.advance(60_000);
  await process.sweep();
  await process.reconcileAccount(rig.accountId);
  expect(takeAsked()).toEqual([
    'GET /accounts',
    'GET /confirms/…',
    'GET /history/activity',
    'GET /positions',
    'GET /workingorders',
    'POST /session/refresh-token',
  ]);

  // Switched off after the admission: the login and the connection may be there already, the deal is not sent.
  const late = start({
    send: async (...args) => (await turn(false), dealing.send(...args)),
  });
  await turn(true);
  expect(await late.as().openPosition(rig.order())).toMatchObject(off);
  await turn(true);
  expect(await late.as().closePosition(rig.close(position!.dealId))).toMatchObject(off);
  expect(takeAsked().filter((each) => /positions\/otc/.test(each))).toEqual([]);

  await turn(true);
  await process.as().closePosition(rig.close(position!.dealId));
  expect(takeAsked()).toContain('DELETE /positions/otc');
});

test('a call that deals on a live account and brings nobody to ask whether it may is not sent, whoever makes it', async () => {
  await using live = await liveRig();
  using network = live.deny();
  const account = build.account({ environment: 'live' });
  const refused = { kind: 'not_sent', reason: 'halted' };
  expect(await live.dealing.send(account, build.openRequest())).toMatchObject(refused);
  expect(await live.dealing.send(account, build.closeRequest())).toMatchObject(refused);
  expect(network.attempts).toBe(0);
});
