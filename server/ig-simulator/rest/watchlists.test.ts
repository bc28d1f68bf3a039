import { afterAll, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { temporaryFolder } from '../../testing/processes.ts';
import { testSimulator, type TestSimulator } from '../../testing/test-simulator.ts';

const clock = createManualClock();
const simulator = await testSimulator({ clock });
afterAll(() => simulator.stop());
const tokens = await simulator.logIn();
const epics = ['CS.D.EURUSD.CFD.IP', 'CS.D.BITCOIN.CFD.IP', 'IX.D.DAX.IFMM.IP'];
const caller = (on: TestSimulator, headers: Record<string, string>) => ({
  get: (path: string) => on.call('GET', path, { headers }),
  create: async (name: string, wanted: unknown = []) =>
    (await on.call('POST', '/watchlists', { headers, body: { name, epics: wanted } })).body,
  add: async (id: string, epic: unknown) => on.call('PUT', `/watchlists/${id}`, { headers, body: { epic } }),
  remove: (path: string) => on.call('DELETE', `/watchlists/${path}`, { headers }),
  content: async (id: string) =>
    (await on.call('GET', `/watchlists/${id}`, { headers })).body.markets.map(
      (market: { epic: string }) => market.epic,
    ),
  names: async () =>
    (await on.call('GET', '/watchlists', { headers })).body.watchlists.map(
      (list: { name: string }) => list.name,
    ),
});
const { create, add, remove, content } = caller(simulator, tokens);

test('a list is made, filled, emptied and deleted; its id is digits and never given again', async () => {
  await using fresh = await testSimulator({ clock });
  const { get, create, add, remove, content, names } = caller(fresh, await fresh.logIn());
  const made = await create('Mine', [epics[0]]);
  expect(made).toEqual({ watchlistId: expect.stringMatching(/^\d+$/), status: 'SUCCESS' });
  const { watchlistId: id } = made;
  expect((await get('/watchlists')).body.watchlists).toEqual([
    { id, name: 'Mine', editable: true, deleteable: true, defaultSystemWatchlist: false },
    {
      id: 'Popular Markets',
      name: 'Popular Markets',
      editable: false,
      deleteable: false,
      defaultSystemWatchlist: true,
    },
  ]);
  expect((await add(id, epics[1])).body).toEqual({ status: 'SUCCESS' });
  await add(id, epics[1]);
  expect(await content(id)).toEqual([epics[0], epics[1]]);
  expect((await remove(`${id}/${epics[0]}`)).body).toEqual({ status: 'SUCCESS' });
  expect((await get(`/watchlists/${id}`)).body.markets).toMatchObject([
    { epic: epics[1], lotSize: 1, bid: expect.any(Number), marketStatus: 'TRADEABLE' },
  ]);
  expect((await remove(id)).body).toEqual({ status: 'SUCCESS' });
  expect(await names()).toEqual(['Popular Markets']);
  expect((await create('Mine')).watchlistId).not.toBe(id);
});

test('unknown epics are left out and said so; changes that come together are all kept', async () => {
  const { watchlistId, status } = await create('Partly', [epics[0], 'CS.D.NOTHING.IP', epics[0]]);
  expect(status).toBe('SUCCESS_NOT_ALL_INSTRUMENTS_ADDED');
  await Promise.all(epics.map((epic) => add(watchlistId, epic)));
  expect((await content(watchlistId)).toSorted()).toEqual(epics.toSorted());
  const together = await Promise.all([create('Twice'), create('Twice'), create('Other')]);
  expect(together.map(({ errorCode }) => errorCode)).toEqual([
    undefined,
    'error.watchlists.management.duplicate-name',
    undefined,
  ]);
  expect(new Set(together.map((each) => each.watchlistId)).size).toBe(3);
});

test('the system list has markets and stays as it is', async () => {
  const before = await content('Popular%20Markets');
  expect(before).toEqual(expect.arrayContaining(['CS.D.EURUSD.CFD.IP']));
  expect((await add('Popular%20Markets', epics[1])).body.errorCode).toBe('error.watchlists.management.error');
  expect((await remove('Popular%20Markets')).body.errorCode).toBe(
    'error.watchlists.management.cannot-delete-watchlist',
  );
  expect(await content('Popular%20Markets')).toEqual(before);
});

const own = (await create('Refusals')).watchlistId as string;
test.each<[status: number, code: string, method: string, path: string, body?: unknown]>([
  [400, 'validation.null-not-allowed.request.name', 'POST', '/watchlists', { epics: [] }],
  [400, 'validation.pattern.invalid.request.name', 'POST', '/watchlists', { name: '' }],
  [400, 'error.invalid.watchlist.name.too.long', 'POST', '/watchlists', { name: 'x'.repeat(51) }],
  [400, 'invalid.request.epics', 'POST', '/watchlists', { name: 'new', epics: 'CS.D.EURUSD.CFD.IP' }],
  [400, 'invalid.request.epics', 'POST', '/watchlists', { name: 'new', epics: [null] }],
  [400, 'error.watchlists.management.duplicate-name', 'POST', '/watchlists', { name: 'Popular Markets' }],
  [400, 'validation.null-not-allowed.request.epic', 'PUT', `/watchlists/${own}`, {}],
  [
    400,
    'error.service.watchlists.add-instrument.invalid-epic',
    'PUT',
    `/watchlists/${own}`,
    { epic: 'CS.D.NOTHING.IP' },
  ],
  [404, 'error.invalid.watchlist', 'PUT', '/watchlists/1', { epic: 'CS.D.EURUSD.CFD.IP' }],
  [404, 'error.invalid.watchlist', 'GET', '/watchlists/1'],
  [400, 'error.watchlists.management.watchlist-not-found', 'DELETE', '/watchlists/1'],
  [404, 'error.invalid.watchlist', 'DELETE', '/watchlists/1/CS.D.EURUSD.CFD.IP'],
  [
    400,
    'error.service.watchlists.add-instrument.invalid-epic',
    'DELETE',
    `/watchlists/${own}/CS.D.EURUSD.CFD.IP`,
  ],
])('%i %s: %s %s', async (status, code, method, path, body) => {
  const answer = await simulator.call(method, path, { headers: tokens, body });
  expect([answer.status, answer.body]).toEqual([status, { errorCode: code }]);
});

test("an account has at most a hundred lists, and none of another account's", async () => {
  await using fresh = await testSimulator({ clock });
  const headers = await fresh.logIn();
  const mine = caller(fresh, headers);
  const made = await Promise.all(Array.from({ length: 101 }, (_, i) => mine.create(`List ${i}`)));
  expect(made.map(({ errorCode }) => errorCode).filter(Boolean)).toEqual([
    'error.watchlists.management.error',
  ]);
  const switched = await fresh.call('PUT', '/session', { headers, body: { accountId: 'XYZ99' } });
  expect(
    await caller(fresh, {
      ...headers,
      'X-SECURITY-TOKEN': switched.headers.get('x-security-token')!,
    }).names(),
  ).toEqual(['Popular Markets']);
});

test('lists and preferences come back after a restart', async () => {
  using folder = temporaryFolder('watchlists');
  let id: string;
  {
    await using before = await testSimulator({ clock, dataDir: folder.path });
    const headers = await before.logIn();
    const mine = caller(before, headers);
    id = (await mine.create('Mine', epics)).watchlistId;
    await mine.remove((await mine.create('Gone')).watchlistId);
    expect(
      (
        await before.call('PUT', '/accounts/preferences', {
          headers,
          body: { trailingStopsEnabled: 'false' },
        })
      ).body,
    ).toEqual({ status: 'SUCCESS' });
  }
  await using after = await testSimulator({ clock, dataDir: folder.path });
  const headers = await after.logIn();
  const mine = caller(after, headers);
  expect(await mine.names()).toEqual(['Mine', 'Popular Markets']);
  expect(await mine.content(id)).toEqual(epics);
  expect((await mine.get('/accounts/preferences')).body).toEqual({ trailingStopsEnabled: false });
  expect(
    (await after.call('PUT', '/session', { headers, body: { accountId: 'XYZ99' } })).body
      .trailingStopsEnabled,
  ).toBe(true);
});
