import { describe, expect, test } from 'vitest';
import { usualMarkets } from '../../../../shared/usual-markets.ts';
import {
  maxWatchlistEpics,
  maxWatchlists,
  QuotedWatchlist,
  Watchlist,
} from '../../../../shared/watchlists.ts';
import { demoAllowances } from '../../../ig-simulator/access/allowances.ts';
import { eurusd } from '../../../testing/build.ts';
import { failure } from '../../../testing/failure.ts';
import { marketRig, type MarketRig } from '../../../testing/market-rig.ts';
import { freeName, nameKeyOf, placed } from './rules.ts';

const [gold, ftse, nothing] = ['CS.D.CFDGOLD.BMU.IP', 'IX.D.FTSE.IFE.IP', 'XX.D.NOTHING.CFD.IP'] as const;
const unseen = 'user_nobody';
type Caller = Awaited<ReturnType<ReturnType<MarketRig['newProcess']>['as']>>;
const namesOf = async (caller: Caller) => (await caller.listWatchlists()).watchlists.map(({ name }) => name);

describe('a new user', () => {
  test.each([['CFD'], ['SPREADBET']] as const)(
    'finds one list, of the markets of %s accounts',
    async (type) => {
      await using rig = await marketRig();
      const { as } = rig.newProcess();
      const ann = await as();
      await rig.addAccount('ann', { type });
      const { watchlists } = await ann.listWatchlists();
      expect(watchlists.map((list) => Watchlist.parse(list))).toMatchObject([
        { name: 'Popular markets', epics: usualMarkets[type], version: 1, importedFrom: null },
      ]);
      expect(rig.asked()).toEqual([]); // the broker need not be there
    },
  );
  test('without an account has it too, once, however many processes are asked at once', async () => {
    await using rig = await marketRig();
    const [one, other] = [await rig.newProcess().as(), await rig.newProcess().as()];
    await Promise.all([one, other, one, other].map((caller) => caller.listWatchlists()));
    expect(await namesOf(one)).toEqual(['Popular markets']);
  });
  test('who deletes it does not get it again', async () => {
    await using rig = await marketRig();
    const ann = await rig.newProcess().as();
    const [first] = (await ann.listWatchlists()).watchlists;
    expect(await ann.deleteWatchlist({ id: first!.id })).toEqual({ id: first!.id });
    expect(await namesOf(ann)).toEqual([]);
    expect(await failure(ann.deleteWatchlist({ id: first!.id }))).toMatchObject({
      code: 'market_data.watchlist_not_found',
    });
  });
});

describe('a whole list in one call', () => {
  test('has a price for each market at one request, in the list’s order, the streamed ones as they stream', async () => {
    await using rig = await marketRig();
    const { as, stream } = rig.newProcess();
    const ann = await as();
    const { id } = await ann.createWatchlist({ name: 'Mine', epics: [ftse, eurusd, gold] });
    rig.clock.advance(60_001);
    rig.asked();
    stream({ epic: eurusd, bid: '1.17123' });
    const list = QuotedWatchlist.parse(await ann.getWatchlist({ id }));
    expect(list).toMatchObject({
      feed: 'simulated',
      rows: [
        { epic: ftse, name: 'FTSE 100 (£1)', marketState: 'tradeable', quote: { seq: 0, stale: false } },
        { epic: eurusd, quote: { bid: '1.17123', seq: 1 } },
        { epic: gold, quote: { epic: gold } },
      ],
      unknown: [],
      problem: null,
    });
    expect(rig.asked()).toHaveLength(1);
  });
  test('names the markets that the feed does not know, and answers the others', async () => {
    await using rig = await marketRig();
    // At the broker somebody has listed what is gone since.
    rig.alterations.answer = (call, { body }) => {
      if (call.startsWith('GET /watchlists/')) body.markets.splice(1, 0, { epic: nothing });
    };
    const { as } = rig.newProcess();
    const ann = await as();
    await rig.addAccount('ann');
    await makeAtBroker(rig, 'Old ones', [eurusd, gold]);
    const { watchlists: done } = await ann.importWatchlists({});
    expect(await ann.getWatchlist({ id: done[0]!.id! })).toMatchObject({
      rows: [
        { epic: eurusd, quote: { epic: eurusd } },
        { epic: nothing, name: null, quote: null, marketState: 'offline' },
        { epic: gold, quote: { epic: gold } },
      ],
      unknown: [nothing],
      problem: null,
    });
  });
  test('while the broker is away says so, and answers what is known: names, and the last price as stale', async () => {
    await using rig = await marketRig();
    const here = rig.newProcess();
    const ann = await here.as();
    const { id } = await ann.createWatchlist({ name: 'Mine', epics: [eurusd, gold] });
    here.stream({ epic: gold, stale: true });
    await ann.getWatchlist({ id });
    await rig.away();
    rig.clock.advance(3_700_000);
    const problem = { code: 'broker.unavailable', message: expect.any(String) };
    const known = [
      { epic: eurusd, name: 'EUR/USD', quote: { epic: eurusd, stale: true } },
      { epic: gold, name: 'Spot Gold ($1 Contract)', quote: { epic: gold, stale: true } },
    ];
    expect(await ann.getWatchlist({ id })).toMatchObject({ rows: known, unknown: [], problem });
    // Another process has never had a price.
    expect(await (await rig.newProcess().as()).getWatchlist({ id })).toMatchObject({
      rows: known.map(({ epic, name }) => ({ epic, name, quote: null, marketState: 'offline' })),
      unknown: [],
      problem,
    });
  });
  test('of an empty list is empty, and asks nobody', async () => {
    await using rig = await marketRig();
    const ann = await rig.newProcess().as();
    const { id } = await ann.createWatchlist({ name: 'Empty' });
    expect(await ann.getWatchlist({ id })).toMatchObject({ rows: [], unknown: [], problem: null });
    expect(rig.asked()).toEqual([]);
  });
});

describe('keeping lists', () => {
  test('a name is taken once, whatever its case; unknown epics are named by their place and nothing is made', async () => {
    await using rig = await marketRig();
    const ann = await rig.newProcess().as();
    await ann.createWatchlist({ name: 'Metals', epics: [gold] });
    expect(await failure(ann.createWatchlist({ name: ' METALS ' }))).toMatchObject({
      code: 'market_data.watchlist_name_taken',
    });
    expect(
      await failure(ann.createWatchlist({ name: 'Other', epics: [gold, nothing, eurusd] })),
    ).toMatchObject({
      code: 'market_data.unknown_epic',
      options: { fields: { 'epics[1]': expect.stringContaining(nothing) } },
    });
    expect(await namesOf(ann)).toEqual(['Popular markets', 'Metals']);
  });
  test.each([
    ['no name', { name: ' ' }, 'name'],
    ['a name too long', { name: 'x'.repeat(61) }, 'name'],
    ['an epic twice', { name: 'A', epics: [gold, eurusd, gold] }, 'epics'],
    ['what is no epic', { name: 'A', epics: ['gold; drop'] }, 'epics[0]'],
    [
      'too many epics',
      { name: 'A', epics: Array.from({ length: maxWatchlistEpics + 1 }, (_, n) => `CS.D.X${n}.CFD.IP`) },
      'epics',
    ],
  ])('%s is refused by its field, before anybody is asked', async (_what, input, field) => {
    await using rig = await marketRig();
    const ann = await rig.newProcess().as();
    expect(await failure(ann.createWatchlist(input))).toMatchObject({
      code: 'request.invalid',
      options: { fields: { [field]: expect.any(String) } },
    });
    expect(rig.asked()).toEqual([]);
  });
  test(`there are ${maxWatchlists} lists at most, also when they are made at once`, async () => {
    await using rig = await marketRig();
    const ann = await rig.newProcess().as();
    await ann.listWatchlists();
    const tries = await Promise.allSettled(
      Array.from({ length: maxWatchlists + 4 }, (_, n) => ann.createWatchlist({ name: `List ${n}` })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(maxWatchlists - 1);
    expect(await failure(ann.createWatchlist({ name: 'One more' }))).toMatchObject({
      code: 'market_data.too_many_watchlists',
      message: expect.stringContaining(String(maxWatchlists)),
    });
    expect(await namesOf(ann)).toHaveLength(maxWatchlists);
  });
  test('a list is renamed, its markets are set in order, and it is moved; what is left out stays', async () => {
    await using rig = await marketRig();
    const ann = await rig.newProcess().as();
    const made = await ann.createWatchlist({ name: 'A', epics: [gold, eurusd] });
    await ann.createWatchlist({ name: 'B' });
    rig.clock.advance(1_000);
    const { id } = made;
    const renamed = await ann.updateWatchlist({ id, version: 1, name: 'a' });
    expect(renamed).toEqual({ ...made, name: 'a', version: 2, updatedAt: rig.clock.now() });
    expect(await ann.updateWatchlist({ id, version: 2, epics: [eurusd, ftse] })).toMatchObject({
      name: 'a',
      epics: [eurusd, ftse],
      version: 3,
    });
    await ann.updateWatchlist({ id, version: 3, place: 0 });
    expect(await namesOf(ann)).toEqual(['a', 'Popular markets', 'B']);
    await ann.updateWatchlist({ id, version: 4, place: maxWatchlists - 1 });
    expect(await namesOf(ann)).toEqual(['Popular markets', 'B', 'a']);
    expect(await failure(ann.updateWatchlist({ id, version: 5, name: 'b' }))).toMatchObject({
      code: 'market_data.watchlist_name_taken',
    });
    expect(await failure(ann.updateWatchlist({ id, version: 5 }))).toMatchObject({ code: 'request.invalid' });
  });
  test('of two changes that are based on the same version one is made and the other is told, whoever is first', async () => {
    await using rig = await marketRig();
    const [one, other] = [await rig.newProcess().as(), await rig.newProcess().as()];
    const { id, version } = await one.createWatchlist({ name: 'A', epics: [gold] });
    const tries = await Promise.allSettled([
      one.updateWatchlist({ id, version, epics: [gold, eurusd] }),
      other.updateWatchlist({ id, version, epics: [ftse, gold] }),
    ]);
    const made = tries.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(made).toHaveLength(1);
    const lost = tries.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(lost.reason.cause).toMatchObject({ code: 'market_data.watchlist_changed' });
    expect(await one.getWatchlist({ id })).toMatchObject({ epics: made[0]!.epics, version: version + 1 });
  });
  test('what is in a list already is not asked for again when it is put in order, also while the broker is away', async () => {
    await using rig = await marketRig();
    const ann = await rig.newProcess().as();
    const { id } = await ann.createWatchlist({ name: 'A', epics: [gold, eurusd] });
    await rig.away();
    rig.clock.advance(3_700_000);
    expect(await ann.updateWatchlist({ id, version: 1, epics: [eurusd, gold] })).toMatchObject({
      epics: [eurusd, gold],
    });
    // What nobody can look up now is taken, and is named once it can.
    expect(await ann.createWatchlist({ name: 'B', epics: [ftse] })).toMatchObject({ epics: [ftse] });
  });
});

test('nobody sees, changes or deletes another’s list, nor without the scope market', async () => {
  await using rig = await marketRig();
  const { as } = rig.newProcess();
  const [ann, bob] = [await as('ann'), await as('bob')];
  const { id } = await ann.createWatchlist({ name: 'Mine', epics: [gold] });
  const missing = { code: 'market_data.watchlist_not_found' };
  for (const call of [
    () => bob.getWatchlist({ id }),
    () => bob.updateWatchlist({ id, version: 1, name: 'His' }),
    () => bob.updateWatchlist({ id, version: 1, epics: [ftse] }),
    () => bob.deleteWatchlist({ id }),
    () => bob.getWatchlist({ id: unseen }),
  ])
    expect(await failure(call())).toMatchObject(missing);
  expect(await namesOf(bob)).toEqual(['Popular markets']);
  expect(await bob.createWatchlist({ name: 'Mine' })).toMatchObject({ name: 'Mine' });
  expect(await ann.getWatchlist({ id })).toMatchObject({ name: 'Mine', epics: [gold], version: 1 });
});

/** A list that the tester keeps at the simulator. */
const makeAtBroker = async (rig: MarketRig, name: string, epics: readonly string[]): Promise<string> =>
  (await rig.atBroker('POST', '/watchlists', { name, epics })).watchlistId;

describe('an import', () => {
  test('copies the lists of the login once: again it changes the same lists, and leaves the user’s own', async () => {
    await using rig = await marketRig();
    const { as } = rig.newProcess();
    const ann = await as();
    await rig.addAccount('ann');
    await ann.createWatchlist({ name: 'metals', epics: [ftse] });
    const metals = await makeAtBroker(rig, 'Metals', [gold]);
    await makeAtBroker(rig, 'Money', [eurusd]);
    const first = await ann.importWatchlists({});
    expect(first.watchlists).toMatchObject([
      { brokerName: 'Metals', outcome: 'created', leftOut: [] },
      { brokerName: 'Money', outcome: 'created', leftOut: [] },
    ]);
    const all = async () => (await ann.listWatchlists()).watchlists;
    expect((await all()).map(({ name, epics, importedFrom }) => ({ name, epics, importedFrom }))).toEqual([
      { name: 'Popular markets', epics: usualMarkets.CFD, importedFrom: null },
      { name: 'metals', epics: [ftse], importedFrom: null },
      { name: 'Metals (IG)', epics: [gold], importedFrom: 'simulated' },
      { name: 'Money', epics: [eurusd], importedFrom: 'simulated' },
    ]);
    const before = await all();
    expect((await ann.importWatchlists({})).watchlists.map(({ outcome }) => outcome)).toEqual([
      'unchanged',
      'unchanged',
    ]);
    expect(await all()).toEqual(before);
    const money = before.find(({ name }) => name === 'Money')!;
    await ann.updateWatchlist({ id: money.id, version: 1, name: 'Currencies' });
    await rig.atBroker('PUT', `/watchlists/${metals}`, { epic: eurusd });
    await Promise.all([ann.importWatchlists({}), ann.importWatchlists({})]);
    expect((await all()).map(({ name, epics }) => [name, epics.length])).toEqual([
      ['Popular markets', 12],
      ['metals', 1],
      ['Metals (IG)', 2],
      ['Currencies', 1],
    ]);
  });
  test('takes the broker’s own lists where they are wanted, names what does not fit, and makes no more lists than there may be', async () => {
    await using rig = await marketRig();
    const { as } = rig.newProcess();
    const ann = await as();
    await rig.addAccount('ann');
    const many = [...(await allEpics(rig))].slice(0, maxWatchlistEpics + 3);
    await makeAtBroker(rig, 'Long', many);
    for (let n = 0; n < maxWatchlists; n++) await makeAtBroker(rig, `List ${n}`, [gold]);
    const { watchlists } = await ann.importWatchlists({ withBrokersOwn: true });
    expect(watchlists).toHaveLength(maxWatchlists + 2);
    expect(watchlists[0]).toMatchObject({ outcome: 'created', leftOut: many.slice(maxWatchlistEpics) });
    expect(watchlists.filter(({ outcome }) => outcome === 'no_room')).toHaveLength(3);
    expect(await namesOf(ann)).toHaveLength(maxWatchlists);
  });
  test('goes on where the allowance ended, the lists that are not here yet first', async () => {
    await using rig = await marketRig({ environment: 'demo', allowances: demoAllowances });
    const { as } = rig.newProcess();
    const ann = await as();
    await rig.addAccount('ann');
    for (let n = 0; n < 9; n++) {
      await makeAtBroker(rig, `List ${n}`, [gold]);
      rig.clock.advance(20_000);
    }
    rig.clock.advance(61_000);
    const created: string[] = [];
    let rounds = 0;
    for (; created.length < 9 && rounds < 8; rounds++) {
      const limited = (error: { cause: unknown }) => {
        expect(error.cause).toMatchObject({ code: 'broker.limited' }); // not even the names of the lists
        return { watchlists: [] };
      };
      const { watchlists } = await ann.importWatchlists({}).catch(limited);
      for (const { outcome, brokerName } of watchlists) if (outcome === 'created') created.push(brokerName);
      rig.clock.advance(61_000);
    }
    expect(rounds).toBeGreaterThan(1);
    expect(created.sort()).toEqual(Array.from({ length: 9 }, (_, n) => `List ${n}`));
  });
  test('without an account, of somebody else’s, or while the broker is away is refused, and nothing is made', async () => {
    await using rig = await marketRig();
    const { as } = rig.newProcess();
    const [ann, bob] = [await as('ann'), await as('bob')];
    await rig.addAccount('ann');
    expect(await failure(bob.importWatchlists({}))).toMatchObject({ code: 'accounts.none' });
    expect(await failure(bob.importWatchlists({ accountId: 'acct_ann' }))).toMatchObject({
      code: 'accounts.not_found',
    });
    await rig.away();
    expect(await failure(ann.importWatchlists({}))).toMatchObject({ code: 'broker.unavailable' });
    expect(await namesOf(ann)).toEqual(['Popular markets']);
  });
});

/** Every market of the simulator. */
async function allEpics(rig: MarketRig): Promise<Set<string>> {
  const { catalogue } = rig.newProcess();
  const epics = new Set<string>();
  for (const { id } of await catalogue.categories('simulated'))
    for (const { epic } of await catalogue.categoryPage('simulated', { category: id, page: 0, size: 500 }))
      epics.add(epic);
  return epics;
}

describe('rules', () => {
  test.each([
    ['free', 'Metals', [], 'Metals'],
    ['taken', 'Metals', ['METALS'], 'Metals (IG)'],
    ['taken with its ending', 'Metals', ['metals', 'metals (ig)'], 'Metals (IG 2)'],
    ['of nothing but control characters', '\u0000\u001b', [], 'Watchlist'],
    ['too long', 'x'.repeat(80), [], 'x'.repeat(60)],
    ['too long and taken', 'x'.repeat(80), ['x'.repeat(60)], `${'x'.repeat(55)} (IG)`],
  ])('a name that is %s', (_what, name, taken, expected) => {
    expect(freeName(name, new Set(taken.map(nameKeyOf)))).toBe(expected);
  });
  test.each([
    ['b', 0, 'bac'],
    ['a', 2, 'bca'],
    ['a', 19, 'bca'],
    ['c', 1, 'acb'],
  ])('%s at %i makes %s', (id, place, expected) => {
    const rows = ['a', 'b', 'c'].map((each) => ({ id: each }));
    expect(
      placed(rows, id, place)
        .map((row) => row.id)
        .join(''),
    ).toBe(expected);
  });
});
