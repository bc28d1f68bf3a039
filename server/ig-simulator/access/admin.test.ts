import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { temporaryFolder } from '../../testing/processes.ts';
import { testLogin, testSimulator, type TestSimulator } from '../../testing/test-simulator.ts';

const admin = (
  simulator: TestSimulator,
  method: string,
  path: string,
  body?: unknown,
  token = 'admin-token',
) =>
  fetch(`${simulator.baseUrl.replace('/gateway/deal', '')}/simulator${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

test('a created login works on the REST side; naming it again returns it; another password is refused', async () => {
  await using simulator = await testSimulator({ adminToken: 'admin-token' });
  const made = await (
    await admin(simulator, 'POST', '/logins', { currency: 'USD', balance: '500.25' })
  ).json();
  expect(made).toEqual({
    baseUrl: simulator.baseUrl,
    apiKey: expect.stringMatching(/^[0-9a-f]{40}$/),
    identifier: expect.any(String),
    password: expect.any(String),
    accountId: expect.stringMatching(/^S[A-Z0-9]{5}$/),
  });
  const { body } = await simulator.call('POST', '/session', {
    version: 2,
    headers: { 'X-IG-API-KEY': made.apiKey },
    body: { identifier: made.identifier, password: made.password },
  });
  expect(body).toMatchObject({
    currencyIsoCode: 'USD',
    accountInfo: { balance: 500.25 },
    currentAccountId: made.accountId,
  });
  const { identifier, password } = made;
  expect(await (await admin(simulator, 'POST', '/logins', { identifier, password })).json()).toEqual(made);
  expect((await admin(simulator, 'POST', '/logins', { identifier, password: 'other' })).status).toBe(409);
  expect((await admin(simulator, 'POST', '/logins', { accountId: made.accountId })).status).toBe(409);
  const foreign = await simulator.call('POST', '/session', { version: 2, body: { identifier, password } });
  expect([foreign.status, foreign.body]).toEqual([
    403,
    { errorCode: 'unauthorised.clientId.api-key.mismatch' },
  ]);
});

test('faults are switched and shown; what is wrong with others is told and changes nothing', async () => {
  await using simulator = await testSimulator({ adminToken: 'admin-token' });
  expect(await (await admin(simulator, 'GET', '/state')).json()).toMatchObject({
    logins: 1,
    streams: 0,
    items: 0,
    replay: {},
    n: 2,
    accounts: { ABC12: { cash: '10000', positions: [], deals: {}, closes: {} }, XYZ99: { cash: '250.5' } },
  });
  expect(
    Object.keys((await (await admin(simulator, 'GET', '/state?accountId=XYZ99')).json()).accounts),
  ).toEqual(['XYZ99']);
  const faults = [
    { name: 'lost-confirm', count: 2 },
    { name: '5xx-after', probability: 0.5, seed: 'x', on: ['close'] },
  ];
  const shown = faults.map((fault) => ({ ...fault, hits: 0 }));
  expect(await (await admin(simulator, 'POST', '/faults', faults)).json()).toEqual(shown);
  for (const [path, body] of [
    ['/logins', { colour: 'red' }],
    ['/logins', { identifier: 'a b' }],
    ['/faults', [{ name: 'earthquake' }]],
    ['/faults', {}],
    ['/faults', [{ name: 'late-confirm', ms: [5, 1] }]],
    ['/allowances', { like: 'ours' }],
    ['/allowances', { accountTrading: -1 }],
    ['/logins', '{'],
  ] as const) {
    const response = await admin(simulator, 'POST', path, body);
    expect([response.status, typeof (await response.json()).error]).toEqual([400, 'string']);
  }
  expect(await (await admin(simulator, 'GET', '/faults')).json()).toEqual(shown);
  expect(await (await admin(simulator, 'POST', '/faults', [])).json()).toEqual([]);
});

test('faults of a group are replaced alone: those of others, and how often they struck, stay', async () => {
  await using simulator = await testSimulator({ adminToken: 'admin-token' });
  const put = async (group: string, faults: unknown) => {
    const response = await admin(simulator, 'PUT', `/faults/${group}`, faults);
    return [response.status, await response.json()];
  };
  const lost = { name: '5xx-before', on: ['open'], accountId: 'ABC12', count: 2 };
  expect(await put('mine', [lost])).toEqual([200, [{ ...lost, hits: 0 }]]);
  expect((await simulator.open()).status).toBe(500);
  expect(await put('theirs', [{ name: 'slow', accountId: 'XYZ99' }])).toMatchObject([200, [{ hits: 0 }]]);
  expect((await put('theirs', [{ name: 'earthquake' }]))[0]).toBe(400);
  expect(await put('theirs', [])).toEqual([200, []]);
  expect(await (await admin(simulator, 'GET', '/faults/mine')).json()).toEqual([{ ...lost, hits: 1 }]);
  expect(simulator.faults()).toEqual([{ ...lost, hits: 1 }]);
  await admin(simulator, 'POST', '/faults', []);
  expect(await (await admin(simulator, 'GET', '/faults/mine')).json()).toEqual([]);
});

test('a body is read as JSON whatever its content type says, so that faults sent by a bare curl are set and not taken away', async () => {
  await using simulator = await testSimulator({ adminToken: 'admin-token' });
  const bare = (body: string) =>
    fetch(`${simulator.baseUrl.replace('/gateway/deal', '')}/simulator/faults`, {
      method: 'POST',
      headers: { Authorization: 'Bearer admin-token', 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    });
  expect(await (await bare('[{"name":"slow"}]')).json()).toEqual([{ name: 'slow', hits: 0 }]);
  expect((await bare('name=slow')).status).toBe(400);
  expect(simulator.faults()).toEqual([{ name: 'slow', hits: 0 }]);
});

test('allowances change at run time: the next request feels them, and the application shows them', async () => {
  await using simulator = await testSimulator({ adminToken: 'admin-token', clock: createManualClock() });
  await simulator.open();
  const demo = { applicationOverall: 20, accountOverall: 10, accountTrading: 33, historicalPoints: 10_000 };
  expect(await (await admin(simulator, 'POST', '/allowances', { like: 'demo' })).json()).toEqual(demo);
  expect((await simulator.read('/operations/application')).body).toMatchObject([
    {
      allowanceApplicationOverall: 20,
      allowanceAccountOverall: 10,
      allowanceAccountTrading: 33,
      allowanceAccountHistoricalData: 10_000,
    },
  ]);
  expect(await (await admin(simulator, 'POST', '/allowances', { accountTrading: 1 })).json()).toEqual({
    ...demo,
    accountTrading: 1,
  });
  const refused = await simulator.open(); // what was used before counts
  expect([refused.status, refused.body]).toEqual([
    403,
    { errorCode: 'error.public-api.exceeded-account-trading-allowance' },
  ]);
  await admin(simulator, 'POST', '/allowances', { like: 'live' });
  expect(await (await admin(simulator, 'GET', '/allowances')).json()).toEqual({
    applicationOverall: 60,
    accountOverall: 30,
    accountTrading: 100,
    historicalPoints: 10_000,
  });
  expect((await simulator.open()).status).toBe(200);
});

test('a replay is shown, paused, stepped, paced and resumed, and what it is told wrong is refused', async () => {
  using folder = temporaryFolder('admin replay');
  const file = path.join(folder.path, 'EURUSD.csv');
  writeFileSync(
    file,
    [
      'timestamp,bid,ask',
      ...[0, 1, 2, 3].map((second) => `2014-05-04T21:00:0${second}.000Z,1.3878${second},1.3879${second}`),
    ].join('\n'),
  );
  const epic = 'CS.D.EURUSD.CFD.IP';
  await using simulator = await testSimulator({
    adminToken: 'admin-token',
    replay: { files: [{ path: file, epic }], speed: 1, paused: true, start: 'now' },
  });
  const tell = async (body: object) => (await admin(simulator, 'POST', '/replay', body)).json();
  expect(await (await admin(simulator, 'GET', '/replay')).json()).toMatchObject({
    paused: true,
    speed: 1,
    time: 'rebased',
    epics: { [epic]: { rows: 0, done: false } },
  });
  expect(await tell({ action: 'step', rows: 2 })).toMatchObject({
    epics: { [epic]: { rows: 2, recordedAt: '2014-05-04T21:00:01.000Z' } },
  });
  expect(await tell({ action: 'step', ms: 1_000 })).toMatchObject({
    paused: true,
    epics: { [epic]: { rows: 3 } },
  });
  expect(await tell({ action: 'speed', speed: 'max' })).toMatchObject({ paused: true, speed: 'max' });
  expect(await tell({ action: 'resume' })).toMatchObject({ paused: false });
  await vi.waitFor(() =>
    expect(simulator.stats().replay).toEqual({
      [epic]: { rows: 4, done: true, recordedAt: '2014-05-04T21:00:03.000Z' },
    }),
  );
  expect(await tell({ action: 'pause' })).toMatchObject({ paused: true });
  for (const body of [
    {},
    { action: 'rewind' },
    { action: 'step' },
    { action: 'step', rows: 0 },
    { action: 'step', rows: 1, ms: 1 },
    { action: 'speed', speed: 0 },
    { action: 'speed', speed: 'fast' },
    { action: 'pause', rows: 1 },
  ]) {
    const refused = await admin(simulator, 'POST', '/replay', body);
    expect([refused.status, (await refused.json()).error], JSON.stringify(body)).toEqual([
      400,
      expect.stringMatching(/action is pause, resume, speed|rows|at speed|Unrecognized/),
    ]);
  }
});

test('the routes need the token, and are not there without one', async () => {
  await using guarded = await testSimulator({ adminToken: 'admin-token' });
  expect((await admin(guarded, 'GET', '/state', undefined, 'guess')).status).toBe(401);
  await using bare = await testSimulator();
  expect((await admin(bare, 'GET', '/state')).status).toBe(404);
  await using empty = await testSimulator({ adminToken: '' }); // as from a variable that is not set
  expect((await admin(empty, 'GET', '/state', undefined, '')).status).toBe(404);
  expect((await admin(guarded, 'GET', '/nothing')).status).toBe(404);
  expect(
    (
      await bare.call('POST', '/session', {
        version: 2,
        body: { identifier: testLogin.identifier, password: testLogin.password },
      })
    ).status,
  ).toBe(200);
});
