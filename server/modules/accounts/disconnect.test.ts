// Disconnecting an account: what goes with it, what stays readable, and that nothing touches it any more until it is connected again.
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import {
  brokerAccounts,
  brokerSessions,
  deals,
  positions,
  workingOrders,
} from '../../../drizzle/schema/index.ts';
import { accountRig, jane, janeTypes } from '../../testing/account-rig.ts';
import { failure } from '../../testing/failure.ts';

test('disconnected, an account is listed no more, its credentials are gone and what it did can be read; it comes back under its id', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const [first, second] = (await ann.connect(janeTypes)).accounts;
  const gone = await ann.disconnect({ id: first!.id });
  expect(gone).toMatchObject({ id: first!.id, isDefault: false, disconnectedAt: rig.clock.now() });
  const { defaultAccountId, ...shown } = gone;
  expect(await ann.get({ id: first!.id })).toEqual(shown);
  expect(defaultAccountId).toBe(second!.id);
  expect((await ann.list()).accounts).toMatchObject([{ id: second!.id, isDefault: true }]);
  expect((await rig.rows()).find(({ id }) => id === first!.id)!.credentials).toBe('');
  expect(await rig.accounts.forUser('user_ann', first!.id)).toMatchObject({ id: first!.id });
  expect((await rig.told('ann')).at(-1)).toBe(`account.disconnected ${first!.id}`);
  const back = (await ann.connect(janeTypes)).accounts;
  expect(back.map(({ id }) => id)).toEqual([first!.id, second!.id]);
  expect(back[0]).toMatchObject({ isDefault: false, disconnectedAt: null, name: first!.name });
});

test('an account with open positions is disconnected when that is asked again, one in mid-deal is not', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const [account] = (await ann.connect(janeTypes)).accounts;
  const at = rig.clock.now();
  const on = {
    accountId: account!.id,
    environment: 'demo' as const,
    epic: 'CS.D.EURUSD.CFD.IP',
    expiry: '-',
    name: 'EUR/USD',
  };
  const terms = { ...on, direction: 'BUY' as const, size: '1', currency: 'USD' };
  await rig.database.db.insert(positions).values({
    ...terms,
    dealId: 'DIAAAA1',
    level: '1.1',
    source: 'external',
    openedAt: at,
    updatedAt: at,
  });
  expect(await failure(ann.disconnect({ id: account!.id }))).toMatchObject({
    code: 'accounts.open_positions',
    message: expect.stringContaining('A position is open on this account: close it first'),
  });
  // An order that rests may be filled when nobody here looks any more.
  await rig.database.db.insert(workingOrders).values({
    ...terms,
    dealId: 'DIAAAA2',
    type: 'limit',
    level: '1.0',
    source: 'ftrader',
    state: 'open',
    placedAt: at,
    updatedAt: at,
  });
  expect(await failure(ann.disconnect({ id: account!.id }))).toMatchObject({
    message: expect.stringContaining(
      'A position is open and an order rests on this account: close and cancel them first',
    ),
  });
  await rig.database.db.insert(deals).values({
    ...terms,
    id: 'deal_1',
    userId: 'user_ann',
    environment: 'demo',
    kind: 'open',
    idempotencyKey: 'k',
    requestHash: 'h',
    status: 'unknown',
    referenceOf: 'ours',
    createdAt: at,
    statusAt: at,
  });
  expect(await failure(ann.disconnect({ id: account!.id, withOpenPositions: true }))).toMatchObject({
    code: 'accounts.deal_under_way',
  });
  expect((await ann.list()).accounts).toHaveLength(2);
  await rig.database.db.update(deals).set({ status: 'rejected', decidedAt: at });
  await ann.disconnect({ id: account!.id, withOpenPositions: true });
  expect(await rig.database.db.select().from(positions)).toHaveLength(1);
});

test('an account that is disconnected is not asked about at its broker, changed, given credentials or switched live, and stays as it was left', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const [first] = (await ann.connect(janeTypes)).accounts;
  const { id } = first!;
  const { defaultAccountId: _heir, ...gone } = await ann.disconnect({ id });
  rig.clock.advance(1_000);
  for (const attempt of [
    () => ann.disconnect({ id }),
    () => ann.test({ id }),
    () => ann.allowance({ id }),
    () => ann.update({ id, name: 'x' }),
    () => ann.setDefault({ id }),
    () => ann.updateCredentials({ id, password: jane.password }),
    () => ann.enableLiveDealing({ id, password: 'correct horse' }),
  ])
    expect(await failure(attempt())).toMatchObject({ code: 'accounts.disconnected' });
  await expect(rig.accounts.credentialsOf(first!)).rejects.toMatchObject({ code: 'accounts.disconnected' });
  expect(await ann.get({ id })).toEqual(gone);
  expect(await rig.accounts.find(id)).toBeNull();
});

test('with an account its session ends: the row is gone with the commit, its token is worth nothing at the broker, and no process keeps one again', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const [first, second] = (await ann.connect(janeTypes)).accounts;
  const [one, two] = await rig.accounts.all();
  const client = await rig.clients.of(one!);
  await client.positions();
  await (await rig.clients.of(two!)).positions();
  const { accessToken } = await client.session.current();
  const asked = (token: string) =>
    fetch(`${rig.ig.login.baseUrl}/accounts`, {
      headers: { 'X-IG-API-KEY': jane.apiKey, Authorization: `Bearer ${token}`, 'IG-ACCOUNT-ID': 'JANE1' },
    }).then(({ status }) => status);
  expect(await asked(accessToken)).toBe(200);
  await ann.disconnect({ id: first!.id });
  const sessions = async () =>
    (await rig.database.db.select().from(brokerSessions)).map(({ login }) => login);
  expect(await sessions()).toEqual([second!.id]);
  expect(await asked(accessToken)).toBe(401);
  // A process that has not heard of it yet, and still has the credentials in memory.
  await expect(client.session.renew(accessToken)).rejects.toMatchObject({ code: 'accounts.disconnected' });
  await expect(rig.clients.of(one!)).rejects.toMatchObject({ code: 'accounts.disconnected' });
  expect(await sessions()).toEqual([second!.id]);
  await ann.connect(janeTypes); // and it can have one again
  await (await rig.clients.of(one!)).positions();
  expect((await sessions()).sort()).toEqual([first!.id, second!.id].sort());
});

test('a broker that is away, and a key of ours that is gone, hold up no disconnect: the session is gone here all the same', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const [first, second] = (await ann.connect(janeTypes)).accounts;
  for (const account of await rig.accounts.all()) await (await rig.clients.of(account)).positions();
  await rig.database.db
    .update(brokerAccounts)
    .set({ credentials: 'sealed under a key that is gone' })
    .where(eq(brokerAccounts.id, second!.id));
  await rig.ig.stop();
  await ann.disconnect({ id: first!.id });
  await ann.disconnect({ id: second!.id });
  expect(await rig.database.db.select().from(brokerSessions)).toEqual([]);
});

test('a disconnected account says so as its health, whatever was found of it before, and begins anew when it is connected again', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const { id } = (await ann.connect(janeTypes)).accounts[0]!;
  await rig.accounts.reportHealth(
    id,
    { state: 'degraded', message: 'Its stream is down.', brokerCode: null },
    { epoch: 4 },
  );
  rig.clock.advance(5_000);
  await ann.disconnect({ id });
  const disconnected = {
    state: 'disconnected',
    since: rig.clock.now(),
    problem: { message: expect.stringContaining('connect it again'), brokerCode: null },
  };
  expect((await ann.get({ id })).health).toEqual(disconnected);
  expect(await rig.accounts.healthCounts()).toEqual({
    up: 1,
    degraded: 0,
    read_only: 0,
    offline: 0,
    disconnected: 1,
  });
  rig.clock.advance(5_000);
  await ann.connect(janeTypes);
  expect((await ann.get({ id })).health.state).toBe('up');
  // A gateway of before is still not believed.
  await rig.accounts.reportHealth(id, { state: 'offline', message: 'Away.', brokerCode: null }, { epoch: 3 });
  expect((await ann.get({ id })).health.state).toBe('up');
});

test('no live account becomes the default in the place of another: one of the same environment does, else one without real money, else none', async () => {
  await using rig = await accountRig();
  const ann = await rig.as('ann');
  const [first, second] = (await ann.connect(janeTypes)).accounts;
  const at = rig.clock.now();
  const other = (id: string, environment: 'live' | 'simulated') => ({
    id,
    environment,
    userId: 'user_ann',
    brokerAccountId: id,
    name: id,
    currency: 'GBP',
    credentials: '',
    isDefault: false,
    createdAt: new Date(at.getTime() - 60_000), // older than the others
  });
  await rig.database.db
    .insert(brokerAccounts)
    .values([other('acct_live', 'live'), other('acct_simulated', 'simulated')]);
  expect((await ann.disconnect({ id: first!.id })).defaultAccountId).toBe(second!.id);
  expect((await ann.disconnect({ id: second!.id })).defaultAccountId).toBe('acct_simulated');
  expect((await ann.disconnect({ id: 'acct_simulated' })).defaultAccountId).toBeNull();
  expect((await ann.list()).accounts).toMatchObject([{ id: 'acct_live', isDefault: false }]);
  // What names no account is not about real money then.
  await expect(rig.accounts.forUser('user_ann')).rejects.toMatchObject({
    code: 'accounts.ambiguous',
    message: expect.stringMatching(/live, and none is the default: send accountId/),
  });
  expect(await rig.accounts.forUser('user_ann', 'acct_live')).toMatchObject({ environment: 'live' });
  await ann.setDefault({ id: 'acct_live' });
  expect(await rig.accounts.forUser('user_ann')).toMatchObject({ id: 'acct_live' });
  // Nor does it while another is disconnected that was not the default.
  const back = (await ann.connect(janeTypes)).accounts;
  expect((await ann.disconnect({ id: back[0]!.id })).defaultAccountId).toBe('acct_live');
});
