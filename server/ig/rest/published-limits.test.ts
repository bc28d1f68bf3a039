import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { createDatabase } from '../../db/client.ts';
import type { Allowances } from '../../ig-simulator/access/allowances.ts';
import { silentLogger } from '../../lib/logger.ts';
import { igProcess } from '../../testing/ig-process.ts';
import { listen } from '../../testing/listen.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { allowancePauseMs, IgError } from './errors.ts';

const granted: Allowances = {
  applicationOverall: 40,
  accountOverall: 25,
  accountTrading: 12,
  historicalPoints: 500,
};
const day = 86_400_000;

/** Processes of one login of IG demo, for which the simulator stands. */
async function arrange({ environment = 'demo' as 'demo' | 'simulated' } = {}) {
  const db = await testDb();
  const broker = await testBroker({ allowances: granted });
  const others: ReturnType<typeof createDatabase>[] = [];
  const make = (database = db.database) =>
    igProcess({ database, login: { ...broker.login, feed: environment, environment }, clock: broker.clock });
  return {
    broker,
    clock: broker.clock,
    make,
    another() {
      others.push(createDatabase({ url: db.url, logger: silentLogger, max: 2 }));
      return make(others.at(-1));
    },
    limitsOf: async ({ allowance }: ReturnType<typeof make>) =>
      (await allowance.bucketsOf(broker.accountId)).map(({ bucket }) => bucket.perMinute),
    async [Symbol.asyncDispose]() {
      for (const other of others) await other.close();
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}
const asked = ({ sent }: { sent: string[] }) =>
  sent.filter((request) => request === 'GET /operations/application').length;

test('budgets start from what the broker publishes of the key, a little below, in every process and after a restart', async () => {
  await using rig = await arrange();
  const one = rig.make();
  expect(await rig.limitsOf(one)).toEqual([18, 8, 31]);
  await one.limits.look();
  expect(await rig.limitsOf(one)).toEqual([38, 23, 10]);
  expect((await one.points.of(rig.broker.accountId)).granted).toBe(500);
  const two = rig.another();
  await two.limits.look();
  expect(await rig.limitsOf(two)).toEqual([38, 23, 10]);
  expect((await two.points.of(rig.broker.accountId)).granted).toBe(500);
  expect(await two.limits.recall(rig.broker.accountId)).toMatchObject({ streamItems: 40 });
  expect([asked(one), asked(two)]).toEqual([1, 0]);
});

test('the first read of a login makes it look, and waits for nothing', async () => {
  await using rig = await arrange();
  const one = rig.make();
  await one.reader.get('/accounts', 1, { by: 'user' });
  await one.reader.get('/positions', 2, { by: 'user' });
  await one.limits.look();
  while (asked(one) === 0) await one.allowance.bucketsOf(rig.broker.accountId);
  expect(asked(one)).toBe(1);
});

test('what is published is read again after a day; what was found out meanwhile stays unless it is another', async () => {
  await using rig = await arrange();
  const one = rig.make();
  await one.limits.look();
  const found = { by: 'user', counts: 'reads', accountId: rig.broker.accountId } as const;
  for (let i = 0; i < 24; i++) await one.allowance.turn({ ...found, by: 'confirm' });
  const [, before] = await rig.limitsOf(one);
  expect(before).toBeGreaterThan(23);
  rig.clock.advance(day - 1);
  await one.limits.look();
  expect(asked(one)).toBe(1);
  rig.clock.advance(600_000);
  await one.limits.look();
  expect(asked(one)).toBe(2);
  expect((await rig.limitsOf(one))[1]).toBe(before);
  rig.broker.simulator.grantAllowances({ ...granted, accountOverall: 15 });
  rig.clock.advance(day);
  await one.limits.look();
  expect(await rig.limitsOf(one)).toEqual([38, 13, 10]);
});

test('after a refusal it is read again once the broker may be asked, at most once in ten minutes', async () => {
  await using rig = await arrange();
  const one = rig.make();
  await one.limits.look();
  const another = { ...granted, accountOverall: 6 };
  const refuse = () => {
    one.allowance.refused(
      { by: 'user', accountId: rig.broker.accountId },
      new IgError({
        environment: 'demo',
        method: 'GET',
        path: '/accounts',
        status: 403,
        errorCode: 'error.public-api.exceeded-account-allowance',
      }),
    );
    return one.allowance.counted();
  };
  rig.broker.simulator.grantAllowances(another);
  await refuse();
  rig.clock.advance(allowancePauseMs);
  await one.limits.look();
  expect(asked(one)).toBe(1);
  rig.clock.advance(600_000);
  await refuse();
  await one.limits.look();
  expect(asked(one)).toBe(1);
  rig.clock.advance(allowancePauseMs);
  await one.limits.look();
  expect(asked(one)).toBe(2);
  expect(await rig.limitsOf(one)).toEqual([38, 4, 10]);
});

test('a simulated account is not asked', async () => {
  await using rig = await arrange({ environment: 'simulated' });
  const one = rig.make();
  await one.limits.look();
  expect(one.sent).toEqual([]);
});

test.each<[what: string, answer: (response: ServerResponse) => void, limits: number[]]>([
  [
    'refuses',
    (response) => response.writeHead(403).end('{"errorCode":"endpoint.unavailable.for.api-key"}'),
    [18, 8, 31],
  ],
  ['answers 500', (response) => response.writeHead(500).end(), [18, 8, 31]],
  ['lists other keys only', (response) => response.end('[{"apiKey":"another"}]'), [18, 8, 31]],
  ['answers another shape', (response) => response.end('{"applications":[]}'), [18, 8, 31]],
  [
    'leaves figures out, or tells odd ones',
    (response) =>
      response.end(
        '[{"apiKey":"k","allowanceAccountOverall":30.0,"allowanceAccountTrading":null,"allowanceApplicationOverall":"many","allowEquities":true}]',
      ),
    [18, 28, 31],
  ],
  ['tells 0', (response) => response.end('[{"apiKey":"k","allowanceAccountTrading":0}]'), [18, 8, 31]],
])('a broker that %s harms no read, and what is not told is assumed', async (_what, answer, limits) => {
  await using db = await testDb();
  await using server = await listen((request, response) => {
    if (request.url === '/operations/application') return answer(response);
    const session = {
      accountId: 'ABC12',
      lightstreamerEndpoint: 'http://127.0.0.1',
      oauthToken: { access_token: 't', refresh_token: 'r', expires_in: '60' },
    };
    response.end(JSON.stringify(request.url === '/session' ? session : { positions: [] }));
  });
  const one = igProcess({
    database: db.database,
    clock: createManualClock(),
    login: {
      feed: 'demo',
      environment: 'demo',
      baseUrl: server.url,
      apiKey: 'k',
      identifier: 'i',
      password: 'p',
    },
  });
  await one.limits.look();
  expect(asked(one)).toBe(1);
  await one.reader.get('/positions', 2, { by: 'user' });
  expect((await one.allowance.bucketsOf('ABC12')).map(({ bucket }) => bucket.perMinute)).toEqual(limits);
  expect(asked(one)).toBe(1);
});
