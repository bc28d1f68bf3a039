import { expect, test } from 'vitest';
import { accountRisk, brokerAccounts } from '../../../drizzle/schema/index.ts';
import { createDatabase } from '../../db/client.ts';
import { createSimulatedBroker } from '../../ig/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { addAccount } from '../../testing/people.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { createCallerFactory, router } from '../../trpc/init.ts';
import type { SimulatedBroker } from './index.ts';
import { testAccounts } from '../../testing/test-accounts.ts';

const neverAudited = () => expect.unreachable('only mutations are audited');

const sealer = build.sealer();
const ids = createIds(systemClock);
const adminToken = 'admin-of-a-test';

/** Users, the simulator with its admin route, and the accounts module of as many processes as the test starts. */
async function arrange() {
  const app = await testAuth();
  const ig = await testBroker({ adminToken });
  const simulated = createSimulatedBroker({ baseUrl: ig.login.baseUrl, token: adminToken, clock: app.clock });
  const { database, bus, clock } = app;
  const announced: string[] = [];
  await (await bus.subscribe('wakeups', ({ id }) => void announced.push(id))).setKeys(['accounts']);
  const startProcess = (over: Partial<Parameters<typeof testAccounts>[0]> = {}) =>
    testAccounts({ database, ids, clock, sealer, bus, simulator: simulated, ...over });
  const accounts = startProcess();
  return {
    app,
    ig,
    accounts,
    startProcess,
    announced,
    simulated,
    database,
    bus,
    signUp: (name: string) => app.signUp({ email: `${name}@example.com`, name }),
    /** The procedures as the holder of `bearer` meets them; `mutates`: they are audited. */
    async call(bearer?: string, { mutates } = { mutates: false }) {
      const { principal } = await app.auth.authenticate(bearer === undefined ? {} : { bearer });
      const unaudited = { audit: { begin: neverAudited, refuse: neverAudited } };
      return createCallerFactory(router({ accounts: accounts.router }))(
        build.context({ principal, ...(mutates ? {} : unaudited) }),
      );
    },
    logIn: (identifier: string, password: string, apiKey: string) =>
      fetch(`${ig.login.baseUrl}/session`, {
        method: 'POST',
        headers: { 'X-IG-API-KEY': apiKey, Version: '3', 'Content-Type': 'application/json' },
        body: JSON.stringify({ identifier, password }),
      }),
    async [Symbol.asyncDispose]() {
      await ig[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}

test('the first use gives a user a simulated account, the next ones the same; its credentials log in to it', async () => {
  await using rig = await arrange();
  const { user, accessToken } = await rig.signUp('ann');
  const account = await rig.accounts.forUser(user.id);
  expect(account).toMatchObject({
    userId: user.id,
    environment: 'simulated',
    feed: 'simulated',
    currency: 'GBP',
    isDefault: true,
  });
  expect(await rig.accounts.forUser(user.id)).toEqual(account);
  expect(await rig.accounts.forUser(user.id, account.id)).toEqual(account);
  expect(await rig.accounts.all()).toEqual([account]);
  const call = await rig.call(accessToken);
  const {
    accounts: [listed],
  } = await call.accounts.list();
  expect(listed).toEqual({
    id: account.id,
    environment: 'simulated',
    feed: 'simulated',
    brokerAccountId: account.brokerAccountId,
    type: 'CFD',
    name: 'Simulated',
    currency: 'GBP',
    isDefault: true,
    createdAt: rig.app.clock.now(),
    disconnectedAt: null,
    health: { state: 'up', since: rig.app.clock.now(), problem: null },
    liveDealing: null,
  });
  expect(await call.accounts.get({ id: account.id })).toEqual(listed);

  const { identifier, password, apiKey } = await rig.accounts.credentialsOf(account);
  expect(await (await rig.logIn(identifier, password, apiKey)).json()).toMatchObject({
    accountId: account.brokerAccountId,
  });
  expect(await rig.database.db.select().from(accountRisk)).toMatchObject([
    { accountId: account.id, reserved: '0', halted: false },
  ]);
  expect(rig.announced).toEqual([account.id]);
});

test('listing is a first use too', async () => {
  await using rig = await arrange();
  const { user, accessToken } = await rig.signUp('ann');
  const { accounts } = await (await rig.call(accessToken)).accounts.list();
  expect(accounts.map(({ id }) => id)).toEqual([(await rig.accounts.forUser(user.id)).id]);
});

test('two processes that use an account for the first time at once make one: one row, one login, told once', async () => {
  await using rig = await arrange();
  const { user } = await rig.signUp('ann');
  const other = createDatabase({ url: rig.database.pool.options.connectionString!, logger: silentLogger });
  const logins = rig.ig.simulator.stats().logins;
  await rig.app.openConnections();
  await Promise.all(Array.from({ length: 8 }, () => other.pool.query('select 1')));
  const modules = [rig.accounts, rig.startProcess({ database: other })];
  const found = await Promise.all(Array.from({ length: 16 }, (_, i) => modules[i % 2]!.forUser(user.id)));
  await other.close();
  expect(new Set(found.map(({ id }) => id)).size).toBe(1);
  expect(await rig.database.db.select().from(brokerAccounts)).toHaveLength(1);
  expect(await rig.database.db.select().from(accountRisk)).toHaveLength(1);
  expect(rig.ig.simulator.stats().logins).toBe(logins + 1);
  expect(rig.announced).toHaveLength(1);
});

test('a process that dies between the broker’s answer and the row leaves nothing behind: the next one gets the same login', async () => {
  await using rig = await arrange();
  const { user } = await rig.signUp('ann');
  let answered: Awaited<ReturnType<SimulatedBroker['createLogin']>> | undefined;
  const dying = rig.startProcess({
    simulator: {
      ...rig.simulated,
      createLogin: async (wanted) => {
        answered = await rig.simulated.createLogin(wanted);
        throw new Error('killed');
      },
    },
  });
  await failure(dying.forUser(user.id));
  const account = await rig.accounts.forUser(user.id);
  expect({ accountId: account.brokerAccountId, ...(await rig.accounts.credentialsOf(account)) }).toEqual({
    accountId: answered!.accountId,
    identifier: answered!.identifier,
    password: answered!.password,
    apiKey: answered!.apiKey,
  });
});

test('a first look that is still at the broker brings back nothing that its user has left meanwhile, and the next finds none', async () => {
  await using rig = await arrange();
  const { user, accessToken } = await rig.signUp('ann');
  const call = await rig.call(accessToken, { mutates: true });
  const slow = rig.startProcess({
    simulator: {
      ...rig.simulated,
      async createLogin(wanted) {
        const login = await rig.simulated.createLogin(wanted);
        const {
          accounts: [elsewhere],
        } = await call.accounts.list();
        await call.accounts.disconnect({ id: elsewhere!.id });
        return login;
      },
    },
  });
  expect(await failure(slow.forUser(user.id))).toMatchObject({ code: 'accounts.none' });
  expect((await call.accounts.list()).accounts).toEqual([]);
  const [row] = await rig.database.db.select().from(brokerAccounts);
  expect(row).toMatchObject({ credentials: '', disconnectedAt: rig.app.clock.now() });
  // Who asks for it gets it back.
  const { accounts } = await call.accounts.connect({ environment: 'simulated' });
  expect(accounts).toMatchObject([{ id: row!.id, disconnectedAt: null }]);
});

test('credentials lie in the database as ciphertext only, and open for no other account', async () => {
  await using rig = await arrange();
  const [ann, bob] = [
    await rig.accounts.forUser((await rig.signUp('ann')).user.id),
    await rig.accounts.forUser((await rig.signUp('bob')).user.id),
  ];
  const { identifier, password, apiKey } = await rig.accounts.credentialsOf(ann);
  const rows = await rig.database.db.select().from(brokerAccounts);
  for (const secret of [identifier, password, apiKey]) expect(JSON.stringify(rows)).not.toContain(secret);
  await rig.database.db
    .update(brokerAccounts)
    .set({ credentials: rows.find(({ id }) => id === ann.id)!.credentials });
  await expect(rig.accounts.credentialsOf(bob)).rejects.toThrow();
});

test('somebody else’s account does not exist; several need a choice; without a simulator there is none', async () => {
  await using rig = await arrange();
  const { user: ann } = await rig.signUp('ann');
  const { user: bob, accessToken } = await rig.signUp('bob');
  const account = await rig.accounts.forUser(ann.id);
  expect(await failure(rig.accounts.forUser(bob.id, account.id))).toMatchObject({
    code: 'accounts.not_found',
  });
  await expect((await rig.call(accessToken)).accounts.get({ id: account.id })).rejects.toMatchObject({
    cause: { code: 'accounts.not_found' },
  });
  expect(await failure(rig.startProcess({ simulator: null }).forUser(bob.id))).toMatchObject({
    code: 'accounts.none',
  });
  await addAccount(rig.database, ann.id, { id: 'acct_second', environment: 'demo', isDefault: false });
  expect(await failure(rig.accounts.forUser(ann.id))).toMatchObject({ code: 'accounts.ambiguous' });
  expect(await rig.accounts.forUser(ann.id, 'acct_second')).toMatchObject({
    environment: 'demo',
    feed: 'login_second',
  });
});

test('a simulator that is away, or refuses, is the broker’s failure and leaves no row', async () => {
  await using rig = await arrange();
  const { user, accessToken } = await rig.signUp('ann');
  const wrongToken = rig.startProcess({
    simulator: createSimulatedBroker({ baseUrl: rig.ig.login.baseUrl, token: 'wrong', clock: systemClock }),
  });
  expect(await failure(wrongToken.forUser(user.id))).toMatchObject({ code: 'broker.refused' });
  await rig.ig.stop();
  await expect((await rig.call(accessToken)).accounts.list()).rejects.toMatchObject({
    cause: { code: 'broker.unavailable' },
  });
  expect(await rig.database.db.select().from(brokerAccounts)).toEqual([]);
});

test('accounts need a login', async () => {
  await using rig = await arrange();
  const call = await rig.call();
  await expect(call.accounts.list()).rejects.toMatchObject({ cause: { code: 'auth.required' } });
  await expect(call.accounts.get({ id: 'acct_1' })).rejects.toMatchObject({
    cause: { code: 'auth.required' },
  });
});
