import { expect, test } from 'vitest';
import { AccountAllowance } from '../../../shared/allowance.ts';
import { demoAllowances } from '../../ig-simulator/access/allowances.ts';
import { silentLogger } from '../../lib/logger.ts';
import { accountRig, janeTypes } from '../../testing/account-rig.ts';
import * as build from '../../testing/build.ts';
import { noAccountNews, testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { windowMs } from '../rest/allowance-rules.ts';
import { createAllowanceOf } from './allowance.ts';
import { createAccountClients } from './clients.ts';
import { createDealing } from './dealing.ts';
import { createEvidence } from './evidence.ts';

/** A demo account at the simulator, which grants what IG's demo does, and its wires. */
async function arrange(environment: 'demo' | 'simulated' = 'demo') {
  const db = await testDb();
  const broker = await testBroker({ allowances: demoAllowances });
  const { clock } = broker;
  const account = build.account({ environment, feed: environment, brokerAccountId: broker.accountId });
  const clients = createAccountClients({
    endpoints: { [environment]: broker.login.baseUrl },
    credentialsOf: async () => broker.login,
    changes: noAccountNews,
    database: db.database,
    sealer: build.sealer(),
    clock,
    logger: silentLogger,
  });
  return {
    account,
    broker,
    clock,
    /** What the broker publishes has been read. */
    limitsRead: async () => (await clients.linkOf(account)).limits.look(),
    allowanceOf: createAllowanceOf({ clients }),
    dealing: createDealing({ clients, clock, logger: silentLogger }),
    evidence: createEvidence({ clients, clock }),
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('the owner of an account sees what is left of each allowance, who spent it, and when it is whole again', async () => {
  await using rig = await arrange();
  const { account, evidence, dealing, clock } = rig;
  await rig.limitsRead();
  clock.advance(windowMs);
  const whole = await rig.allowanceOf(account);
  expect(AccountAllowance.parse(whole).buckets.map(({ scope, limit, left }) => [scope, limit, left])).toEqual(
    [
      ['key', 18, 18],
      ['account', 8, 8],
      ['trading', 31, 31],
      ['history_points', 10_000, 10_000],
      ['stream_items', 40, 38],
    ],
  );
  await evidence.positions(account);
  await evidence.confirm(account, 'ftr_none');
  await dealing.send(account, build.openRequest());
  await dealing.send(account, build.closeRequest());
  const wholeAt = new Date(clock.now().getTime() + windowMs);
  expect((await rig.allowanceOf(account)).buckets).toMatchObject([
    {
      scope: 'key',
      left: 15,
      spent: [
        { by: 'confirm', count: 1 },
        { by: 'session', count: 1 },
        { by: 'reconcile', count: 1 },
      ],
      wholeAt,
    },
    { scope: 'account', left: 6, wholeAt },
    {
      scope: 'trading',
      left: 29,
      spent: [
        { by: 'close', count: 1 },
        { by: 'open', count: 1 },
      ],
      wholeAt,
      refusedAt: null,
    },
    { scope: 'history_points' },
    { scope: 'stream_items' },
  ]);
  clock.advance(windowMs);
  expect(await rig.allowanceOf(account)).toEqual(whole);
});

test('a simulated account shows no limit', async () => {
  await using rig = await arrange('simulated');
  for (const bucket of (await rig.allowanceOf(rig.account)).buckets.slice(0, 4))
    expect(bucket).toMatchObject({ limit: null, left: null, spent: [], wholeAt: null });
});

test('an opening beyond the allowance is refused as the broker would, without asking it; a close still goes', async () => {
  await using rig = await arrange();
  const { account, dealing } = rig;
  for (let i = 0; i < 27; i++)
    expect(await dealing.send(account, build.openRequest({ dealReference: `ftr_${i}` }))).toMatchObject({
      kind: 'submitted',
    });
  const before = rig.broker.simulator.snapshot().n;
  expect(await dealing.send(account, build.openRequest({ dealReference: 'late' }))).toEqual({
    kind: 'refused',
    brokerCode: 'error.public-api.exceeded-account-trading-allowance',
  });
  expect(rig.broker.simulator.snapshot().n).toBe(before);
  expect(await dealing.send(account, build.closeRequest())).toMatchObject({ kind: 'submitted' });
});

test('a close that is refused for the allowance is refused once, and what is left is learned for all', async () => {
  await using rig = await arrange();
  const { account, dealing, broker, clock } = rig;
  await dealing.send(account, build.closeRequest());
  await rig.allowanceOf(account); // the close did not wait for being counted
  clock.advance(windowMs);
  broker.simulator.grantAllowances({ ...broker.simulator.allowances(), accountTrading: 5 });
  const answers = [];
  for (let i = 0; i < 7; i++) answers.push((await dealing.send(account, build.closeRequest())).kind);
  expect(answers).toEqual([...Array(5).fill('submitted'), 'refused', 'refused']);
  expect((await rig.allowanceOf(account)).buckets[2]).toMatchObject({
    scope: 'trading',
    limit: 5,
    left: 0,
    refusedAt: clock.now(),
  });
});

test('what connecting a login asks of the broker counts in the budget of its key and account, also when it is refused', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  await ann.connect(janeTypes);
  const [first] = await rig.accounts.all();
  const { allowance } = await rig.clients.linkOf(first!);
  const spent = async () =>
    (await allowance.bucketsOf(first!.brokerAccountId)).map(({ bucket }) => bucket.spent.map(({ by }) => by));
  expect(await spent()).toEqual([['session', 'session'], ['session'], []]);
  await expect(ann.connect({ ...janeTypes, password: 'wrong' })).rejects.toThrow();
  await expect.poll(spent).toEqual([['session', 'session', 'session'], ['session'], []]);
});
