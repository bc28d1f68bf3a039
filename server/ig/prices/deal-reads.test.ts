// What an opening must read of a market while users and a backfill have used up what reads may: it is not denied for them.
import { expect, test } from 'vitest';
import { demoAllowances } from '../../ig-simulator/access/allowances.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createEvidence } from '../accounts/evidence.ts';
import { createAccountClients } from '../accounts/clients.ts';
import { createPriceFeed } from '../../modules/trading/index.ts';
import * as build from '../../testing/build.ts';
import { igProcess } from '../../testing/ig-process.ts';
import { noAccountNews, testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { IgError } from '../rest/errors.ts';
import { windowMs } from '../rest/allowance-rules.ts';
import type { AppError } from '../../lib/app-error.ts';
import { createIgCatalogue } from './catalogue.ts';

const limited = { code: 'broker.limited' };
const [euro, gold, ftse] = ['CS.D.EURUSD.CFD.IP', 'CS.D.CFDGOLD.BMU.IP', 'IX.D.FTSE.IFE.IP'];

/** A demo login that grants what IG's does, and what a user and a deal see of its feed. */
async function arrange() {
  const db = await testDb();
  const broker = await testBroker({ allowances: demoAllowances });
  const { clock } = broker;
  const login = { ...broker.login, feed: 'demo', environment: 'demo' as const, accountId: broker.accountId };
  const ig = igProcess({ database: db.database, login, clock, looksAtLimits: false });
  const catalogue = createIgCatalogue({ clients: [ig.client], clock, logger: silentLogger });
  const prices = createPriceFeed({
    catalogue,
    prices: {
      latest: () => undefined,
      subscribe: () => {
        throw new Error('nothing is streamed');
      },
      health: () => [],
    },
  });
  const account = build.account({ environment: 'demo', feed: 'demo', brokerAccountId: broker.accountId });
  const clients = createAccountClients({
    endpoints: { demo: broker.login.baseUrl },
    credentialsOf: async () => broker.login,
    changes: noAccountNews,
    database: db.database,
    sealer: build.sealer(),
    clock,
    logger: silentLogger,
  });
  // A refusal not long ago: nobody tries for more than is believed.
  ig.allowance.refused(
    { by: 'user', accountId: broker.accountId },
    new IgError({
      environment: 'demo',
      method: 'GET',
      path: '/x',
      status: 403,
      errorCode: 'error.public-api.exceeded-account-allowance',
    }),
  );
  await ig.allowance.counted();
  clock.advance(windowMs);
  await ig.session.current();
  /** Reads until one is refused: how many were answered, and when the next may be. */
  async function exhaust(read: (n: number) => Promise<unknown>) {
    for (let n = 0; ; n++) {
      const refusal = await read(n).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refusal) {
        expect(refusal).toMatchObject(limited);
        return { answered: n, retryAfterMs: (refusal as AppError).options.retryAfterMs! };
      }
    }
  }
  return {
    clock,
    catalogue,
    prices,
    account,
    ig,
    evidence: createEvidence({ clients, clock }),
    exhaustByUser: () => exhaust((n) => ig.client.search(`user ${n}`)),
    exhaustByBackfill: () => exhaust((n) => ig.reader.get(`/prices/${euro}?n=${n}`, 3, { by: 'backfill' })),
    spent: async () =>
      (await ig.allowance.bucketsOf(broker.accountId)).map(({ bucket }) => bucket.spent.length),
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test.each(['user', 'backfill'] as const)(
  'reads that a %s has used up deny no opening: the market, its price and the figures of the account are read all the same',
  async (by) => {
    await using it = await arrange();
    const { answered } = await (by === 'user' ? it.exhaustByUser() : it.exhaustByBackfill());
    expect(answered).toBeGreaterThan(0);
    if (by === 'user') await expect(it.catalogue.getMany('demo', [euro!])).rejects.toMatchObject(limited);
    for (const epic of [euro, gold]) {
      const quote = await it.prices.quote('demo', epic!);
      expect(quote).toMatchObject({ market: { epic }, tick: { stale: false } });
    }
    expect(await it.evidence.funds(it.account, { forDeal: true })).toMatchObject({
      cash: expect.any(String),
    });
  },
);

test('a user’s read that waits for its turn is the deal’s own once a deal needs the same, and is sent once, at once', async () => {
  await using it = await arrange();
  const { retryAfterMs } = await it.exhaustByUser();
  const patienceMs = 3_000; // a user waits so long
  it.clock.advance(retryAfterMs - patienceMs);
  const waits: number[] = [];
  const { after } = it.clock;
  it.clock.after = (ms, run) => (waits.push(ms), after(ms, run));
  const asked = () => it.ig.sent.filter((request) => request === 'GET /markets').length;
  const before = asked();
  let isAnswered = false;
  const waiting = it.catalogue.getMany('demo', [ftse!]).then((found) => {
    isAnswered = true;
    return found;
  });
  await expect.poll(() => waits).toContain(patienceMs);
  expect([isAnswered, asked()]).toEqual([false, before]);
  expect(await it.prices.quote('demo', ftse!)).toMatchObject({ market: { epic: ftse } });
  expect(await waiting).toMatchObject([{ epic: ftse }]);
  expect(asked()).toBe(before + 1);
});
