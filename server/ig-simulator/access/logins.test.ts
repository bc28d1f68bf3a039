import { expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { temporaryFolder } from '../../testing/processes.ts';
import { testSimulator, type TestSimulator } from '../../testing/test-simulator.ts';

const others = (...ids: string[]) =>
  ids.map((accountId, i) => ({
    accountId,
    accountName: `Account ${accountId}`,
    accountType: 'SPREADBET' as const,
    currency: 'EUR',
    balance: `${i + 1}00`,
  }));
const wanted = {
  identifier: 'user-1',
  password: 'pass word',
  accountId: 'SUSER1',
  otherAccounts: others('ZZZ', 'AAA', 'MMM'),
};

async function logIn(simulator: TestSimulator, apiKey: string) {
  const { body } = await simulator.call('POST', '/session', {
    version: 2,
    headers: { 'X-IG-API-KEY': apiKey },
    body: { identifier: 'user-1', password: 'pass word' },
  });
  return {
    current: body.currentAccountId,
    accounts: body.accounts.map(
      ({ accountId, accountName }: { accountId: string; accountName: string }) =>
        `${accountId} ${accountName}`,
    ),
  };
}

test('all accounts of a login made at run time come back after a restart, in their order, under their names and with their money', async () => {
  using folder = temporaryFolder('logins');
  const dataDir = folder.path;
  const clock = createManualClock();
  let before: Awaited<ReturnType<typeof logIn>>;
  {
    await using simulator = await testSimulator({ clock, dataDir });
    before = await logIn(simulator, (await simulator.createLogin(wanted)).apiKey);
    expect(before).toEqual({
      current: 'SUSER1',
      accounts: ['SUSER1 Simulated', 'ZZZ Account ZZZ', 'AAA Account AAA', 'MMM Account MMM'],
    });
  }
  await using simulator = await testSimulator({ clock, dataDir });
  const { n } = simulator.snapshot();
  const { apiKey } = await simulator.createLogin(wanted);
  expect(await logIn(simulator, apiKey)).toEqual(before);
  expect(simulator.snapshot()).toMatchObject({
    n,
    accounts: { ZZZ: { cash: '100' }, AAA: { cash: '200' }, MMM: { cash: '300' } },
  });
  await expect(simulator.createLogin({ identifier: 'user-2', accountId: 'AAA' })).rejects.toThrow('taken');
});

test('naming a login again adds the accounts that are new; what belongs to somebody else, comes twice or is one too many is refused whole', async () => {
  await using simulator = await testSimulator({ clock: createManualClock() });
  const { apiKey } = await simulator.createLogin(wanted);
  await simulator.createLogin({ ...wanted, otherAccounts: others('AAA', 'NEW') });
  expect((await logIn(simulator, apiKey)).accounts.at(-1)).toBe('NEW Account NEW');
  for (const ids of [
    ['XYZ99'],
    ['TWICE', 'TWICE'],
    ['FREE', 'ABC12'],
    ['a b'],
    Array.from({ length: 16 }, (_, i) => `X${i}`),
  ])
    await expect(simulator.createLogin({ ...wanted, otherAccounts: others(...ids) })).rejects.toThrow(
      /taken|must match|no more/,
    );
  expect((await logIn(simulator, apiKey)).accounts).toHaveLength(5);
  expect((await simulator.createLogin({ identifier: 'user-2', accountId: 'FREE' })).accountId).toBe('FREE');
});

test('the admin route takes further accounts', async () => {
  await using simulator = await testSimulator({ adminToken: 'admin-token' });
  const post = (body: object) =>
    fetch(simulator.baseUrl.replace('/gateway/deal', '/simulator/logins'), {
      method: 'POST',
      headers: { Authorization: 'Bearer admin-token', 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const { apiKey } = (await (await post(wanted)).json()) as { apiKey: string };
  expect((await logIn(simulator, apiKey)).accounts).toHaveLength(4);
  expect((await post({ otherAccounts: [{ accountId: 'ONLY' }] })).status).toBe(400);
  expect(
    (await post({ otherAccounts: others(...Array.from({ length: 20 }, (_, i) => `X${i}`)) })).status,
  ).toBe(400);
});
