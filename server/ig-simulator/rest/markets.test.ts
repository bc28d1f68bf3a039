import { afterAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testSimulator } from '../../testing/test-simulator.ts';
import type { Instrument } from '../market/instrument.ts';
import { instruments } from '../market/instruments.ts';
import type { Price, PriceSource } from '../market/price.ts';
import type { Call } from './endpoint.ts';
import { marketEndpoints } from './markets.ts';

const clock = createManualClock();
const simulator = await testSimulator({ clock });
afterAll(() => simulator.stop());
const headers = await simulator.logIn();
const get = (path: string, version = 1) => simulator.call('GET', path, { version, headers });
const epic = 'CS.D.EURUSD.CFD.IP';

describe('markets', () => {
  test("one market in three versions: v1 names currencies IG's own way and has a plain margin, later ones differ", async () => {
    const [one, two, three] = await Promise.all(
      [1, 2, 3].map(async (version) => (await get(`/markets/${epic}`, version)).body),
    );
    expect(one.instrument).toMatchObject({ margin: 3.33, currencies: [{ code: '$.', name: 'USD' }] });
    expect(one.instrument).not.toHaveProperty('limitedRiskPremium');
    expect(one.dealingRules).not.toHaveProperty('trailingStopsPreference');
    expect(three).toEqual(two);
    expect(three.instrument).toMatchObject({
      name: 'EUR/USD ',
      type: 'CURRENCIES',
      unit: 'CONTRACTS',
      expiry: '-',
      lotSize: 10,
      contractSize: '100000',
      valueOfOnePip: '10.00',
      marginFactor: 3.33,
      marginFactorUnit: 'PERCENTAGE',
      limitedRiskPremium: { value: 1.2, unit: 'POINTS' },
      openingHours: null,
    });
    expect(three.snapshot).toMatchObject({
      marketStatus: 'TRADEABLE',
      decimalPlacesFactor: 5,
      scalingFactor: 10_000,
      binaryOdds: null,
    });
  });

  test('many markets come in an order of their own; SNAPSHOT_ONLY empties the instrument', async () => {
    const epics = [epic, 'CS.D.CFDGOLD.CFDGC.IP', 'CS.D.BITCOIN.CFD.IP'];
    const { body } = await get(`/markets?epics=${epics.join()}`, 2);
    const names = body.marketDetails.map(
      ({ instrument }: { instrument: { epic: string } }) => instrument.epic,
    );
    expect(names).not.toEqual(epics);
    expect([...names].sort()).toEqual([...epics].sort());
    const only = (await get(`/markets?epics=${epic}&filter=SNAPSHOT_ONLY`, 2)).body.marketDetails[0];
    expect(only.dealingRules).toBeNull();
    expect(only.instrument).toMatchObject({
      epic,
      type: 'CURRENCIES',
      name: null,
      currencies: null,
      forceOpenAllowed: false,
    });
    expect(only.snapshot.bid).toBeGreaterThan(1);
  });

  test('a list of epics that is no list is refused at once, however long it is', async () => {
    for (const epics of [
      `${'a'.repeat(200)}<`,
      'a'.repeat(5_000),
      ',',
      `${epic},,${epic}`,
      Array.from({ length: 201 }, () => epic).join(),
    ])
      expect((await get(`/markets?epics=${epics}`)).body).toEqual({ errorCode: 'invalid.input' });
    expect((await get(`/markets?epics=${epic},`)).body.marketDetails).toHaveLength(1);
  });

  test('search finds by name, epic or market id; no match is an empty list', async () => {
    const found = async (term: string) =>
      (await get(`/markets?searchTerm=${encodeURIComponent(term)}`)).body.markets.map(
        (market: { epic: string }) => market.epic,
      );
    expect(await found('eur/usd')).toContain(epic);
    expect(await found('bitcoin')).toEqual(['CS.D.BITCOIN.CFD.IP', 'CS.D.BITCOIN.TODAY.IP']);
    expect(await found('US500')).toEqual(
      ['IFMM', 'IFM', 'DAILY', 'MONTH1'].map((part) => `IX.D.SPTRD.${part}.IP`),
    );
    for (const nothing of ['nothing like it', '/', '€', '-.-', ' ']) expect(await found(nothing)).toEqual([]);
  });

  test("version 4 has a price ladder and says plainly what is allowed; its words for a market's state are its own", async () => {
    const [three, four] = await Promise.all(
      [3, 4].map(async (version) => (await get(`/markets/${epic}`, version)).body),
    );
    const { bid, offer, marketStatus } = three.snapshot;
    expect(four.snapshot).toMatchObject({
      marketStatus,
      priceLadder: [{ bid, ask: offer }],
      updateTimestampUTC: expect.any(Number),
      decimalPlacesFactor: 5,
    });
    expect(new Date(four.snapshot.updateTimestampUTC * 1_000).toISOString().slice(11, 19)).toBe(
      three.snapshot.updateTime,
    );
    expect(four.snapshot).not.toHaveProperty('bid');
    expect(four.instrument).toMatchObject({
      limitAllowed: true,
      stopAllowed: true,
      currencies: [{ code: 'USD' }],
    });
    for (const gone of ['forceOpenAllowed', 'marginFactor', 'slippageFactor', 'openingHours', 'specialInfo'])
      expect(four.instrument).not.toHaveProperty(gone);
    expect(four.dealingRules).not.toHaveProperty('marketOrderPreference');
  });

  test("figures come as IG writes them: the margin factor with the noise of its binary form, the rate against the account's currency", async () => {
    const { text, body } = await get(`/markets/${epic}`, 3);
    expect(text).toContain('"marginFactor":3.3300000000000000710');
    const { bid, offer } = (await get('/markets/CS.D.GBPUSD.CFD.IP', 3)).body.snapshot;
    expect(body.instrument.currencies[0].baseExchangeRate).toBeCloseTo((bid + offer) / 2, 5);
  });

  test("opening hours are those of the day in the account's zone, and null for markets open around the clock", async () => {
    const hours = async (name: string) => (await get(`/markets/${name}`, 3)).body.instrument.openingHours;
    expect(await hours('UA.D.AAPL.CASH.IP')).toEqual({
      marketTimes: [{ openTime: '14:30', closeTime: '21:00' }],
    });
    expect(await hours('CC.D.LCO.UNC.IP')).toEqual({
      marketTimes: [{ openTime: '01:00', closeTime: '23:00' }],
    });
    expect(await hours(epic)).toBeNull();
    await using summer = await testSimulator({ clock: createManualClock(new Date('2026-07-06T15:00:00Z')) });
    const { body } = await summer.call('GET', '/markets/UA.D.AAPL.CASH.IP', {
      version: 3,
      headers: await summer.logIn(),
    });
    expect(body.instrument.openingHours).toEqual({
      marketTimes: [{ openTime: '13:30', closeTime: '20:00' }],
    });
  });

  test('following the tree from its root reaches every market once; a node has either nodes or markets', async () => {
    const reached: string[] = [];
    let deepest = 0;
    async function walk(path: string, depth: number): Promise<void> {
      const { nodes, markets } = (await get(path)).body;
      expect([nodes === null, markets === null].toSorted()).toEqual([false, true]);
      deepest = Math.max(deepest, depth);
      reached.push(...(markets ?? []).map((market: { epic: string }) => market.epic));
      for (const { id } of nodes ?? []) {
        expect(id).toMatch(/^\d+$/);
        await walk(`/marketnavigation/${id}`, depth + 1);
      }
    }
    await walk('/marketnavigation', 0);
    expect(reached.toSorted()).toEqual(instruments.map((instrument) => instrument.epic).toSorted());
    expect(deepest).toBe(2);
  });

  test('a node that is not there has neither nodes nor markets, and is no error', async () => {
    for (const node of ['1', '264134', 'Forex', '__proto__'])
      expect(await get(`/marketnavigation/${node}`)).toMatchObject({
        status: 200,
        text: '{"nodes":null,"markets":null}',
      });
  });

  test('the pages of the categories join up to every market once, and end with an empty page', async () => {
    const seen: string[] = [];
    for (const { code, nonTradeable } of (await get('/categories')).body.categories) {
      expect(nonTradeable).toBe(false);
      for (let page = 0; ; page++) {
        const { instruments: rows, metadata } = (
          await get(`/categories/${code}/instruments?pageNumber=${page}&pageSize=4`)
        ).body;
        expect(metadata).toEqual({ pageNumber: page, pageSize: 4 });
        if (rows.length === 0) break;
        seen.push(...rows.map((row: { epic: string }) => row.epic));
      }
    }
    expect(seen.toSorted()).toEqual(instruments.map((instrument) => instrument.epic).toSorted());
    expect((await get('/categories/FOREX/instruments')).body.metadata).toEqual({
      pageNumber: 0,
      pageSize: 150,
    });
  });

  test.each([
    ['closings-only', 'CLOSINGS_ONLY', 'EDITS_ONLY'],
    ['edits-only', 'EDITS_ONLY', 'EDITS_ONLY'],
  ] as const)('under %s categories say %s and the search %s', async (name, inCategories, inSearch) => {
    simulator.setFaults([{ name, epic }]);
    const statusIn = (rows: { epic: string; marketStatus: string }[]) =>
      rows.find((row) => row.epic === epic)!.marketStatus;
    const [categories, search] = await Promise.all([
      get('/categories/FOREX/instruments'),
      get('/markets?searchTerm=EURUSD'),
    ]);
    simulator.setFaults([]);
    expect([statusIn(categories.body.instruments), statusIn(search.body.markets)]).toEqual([
      inCategories,
      inSearch,
    ]);
  });

  test('accounts show a balance for the active one only, and the application its allowances', async () => {
    expect((await get('/accounts/')).body.accounts).toMatchObject([
      { accountId: 'ABC12', status: 'ENABLED', accountAlias: null, balance: { balance: 10_000 } },
      { accountId: 'XYZ99', balance: null },
    ]);
    expect((await get('/operations/application')).body).toMatchObject([
      { status: 'ENABLED', concurrentSubscriptionsLimit: 40 },
    ]);
  });
});

describe('a market that has everything that can be odd', () => {
  const instrument: Instrument = {
    ...instruments[0]!,
    epic: 'CO.D.ODD.Month2.IP',
    expiry: 'DEC-27',
    lastDealingDate: '2027-12-20T17:00',
    otherCurrencies: ['GBP'],
    marginBands: [
      [0, 10],
      [495, 15],
      [2_722.5, 30],
    ],
    guaranteedStopUnit: 'PERCENTAGE',
    maxStopPct: 90,
    spacingPoints: 10,
    stopsLimitsAllowed: false,
    marketOrderPreference: 'NOT_AVAILABLE',
    minStepPoints: 1e10,
  };
  const price: Price = {
    atMs: clock.now().getTime(),
    clockMs: clock.now().getTime(),
    bid: '1.10',
    offer: '1.20',
    high: '1.30',
    low: '1.00',
    midOpen: '1.10',
    netChange: '0.05',
    pctChange: '4.55',
    status: 'EDITS_ONLY',
  };
  const market = (version: number, over: Partial<Price> = {}) => {
    const source = { instrument, current: () => ({ ...price, ...over }) } as PriceSource;
    const [, endpoint] = marketEndpoints(new Map([[instrument.epic, source]]), (_, to) =>
      to === 'GBP' ? '1' : undefined,
    );
    const caller = () => ({ accountId: 'A', login: { accounts: [{ accountId: 'A', currency: 'GBP' }] } });
    const { body } = endpoint!.handle({
      version,
      params: { epic: instrument.epic },
      query: new URLSearchParams(),
      caller,
    } as unknown as Call) as { body: unknown };
    return { text: JSON.stringify(body), body: JSON.parse(JSON.stringify(body)) };
  };

  test('shows its bands, currencies, expiry and rules, each version in its own way', () => {
    const {
      text,
      body: { instrument: shown, dealingRules },
    } = market(3);
    expect(shown).toMatchObject({
      expiry: 'DEC-27',
      expiryDetails: { lastDealingDate: '2027-12-20T17:00' },
      stopsLimitsAllowed: false,
      controlledRiskAllowed: false,
      currencies: [
        { code: 'USD', baseExchangeRate: null, isDefault: true },
        { code: 'GBP', baseExchangeRate: 1, isDefault: false },
      ],
      marginDepositBands: [
        { min: 0, max: 495, margin: 10, currency: 'USD' },
        { min: 495, max: 2_722.5, margin: 15 },
        { min: 2_722.5, max: null, margin: 30 },
      ],
    });
    expect(text).toContain('"minStepDistance":{"unit":"POINTS","value":1.0E10}');
    expect(dealingRules).toMatchObject({
      minControlledRiskStopDistance: { unit: 'PERCENTAGE' },
      maxStopOrLimitDistance: { value: 90 },
      controlledRiskSpacing: { value: 10 },
      marketOrderPreference: 'NOT_AVAILABLE',
      trailingStopsPreference: 'NOT_AVAILABLE',
    });
    const one = market(1).body.instrument;
    expect(one).toMatchObject({
      expiryDetails: { lastDealingDate: '20/12/27 17:00' },
      currencies: [
        { code: '$.', name: 'USD' },
        { code: '#.', name: 'GBP' },
      ],
    });
    expect(one.marginDepositBands[0]).not.toHaveProperty('currency');
    const four = market(4).body.instrument;
    expect(four).toMatchObject({ limitAllowed: false, stopAllowed: false });
    expect(four).not.toHaveProperty('marginDepositBands');
  });

  test('has no bid and offer while only edits are taken; older versions do not say that only closings are', () => {
    expect(market(3).body.snapshot).toMatchObject({
      marketStatus: 'EDITS_ONLY',
      bid: null,
      offer: null,
      high: 1.3,
    });
    expect(market(4).body.snapshot).toMatchObject({ marketStatus: 'EDITS_ONLY', priceLadder: [] });
    expect(
      [3, 4].map((version) => market(version, { status: 'CLOSINGS_ONLY' }).body.snapshot.marketStatus),
    ).toEqual(['EDITS_ONLY', 'CLOSINGS_ONLY']);
    expect(market(3, { status: 'CLOSINGS_ONLY' }).body.snapshot.bid).toBe(1.1);
    expect(
      [3, 4].map((version) => market(version, { status: 'DEAL_NO_EDIT' }).body.snapshot.marketStatus),
    ).toEqual(['TRADEABLE', 'DEAL_NO_EDIT']);
  });
});

describe('client sentiment', () => {
  const sentiments = async (path: string) =>
    (await get(path)).body.clientSentiments as {
      marketId: string;
      longPositionPercentage: number;
      shortPositionPercentage: number;
    }[];

  test('every market has two sides that make a hundred, the same all day and whichever way it is asked', async () => {
    const ids = [...new Set(instruments.map(({ marketId }) => marketId))];
    const many = await sentiments(`/clientsentiment?marketIds=${ids.join()}`);
    expect(many.map(({ marketId }) => marketId)).toEqual(ids);
    for (const { longPositionPercentage: long, shortPositionPercentage: short } of many)
      expect([long + short, long > 0, short > 0]).toEqual([100, true, true]);
    expect((await get('/clientsentiment/EURUSD')).body).toEqual(
      many.find(({ marketId }) => marketId === 'EURUSD'),
    );
    await using again = await testSimulator({ clock });
    expect(
      (await again.call('GET', `/clientsentiment?marketIds=${ids.join()}`, { headers: await again.logIn() }))
        .body.clientSentiments,
    ).toEqual(many);
  });

  test("related markets are of the same kind; an unknown one is nobody's on either side and related to none", async () => {
    const related = await sentiments('/clientsentiment/related/EURUSD');
    expect(related.map(({ marketId }) => marketId)).toEqual(expect.arrayContaining(['GBPUSD', 'USDJPY']));
    expect(related.map(({ marketId }) => marketId)).not.toContain('FT100');
    expect((await get('/clientsentiment/XXXX')).text).toBe(
      '{"marketId":"XXXX","longPositionPercentage":0.0,"shortPositionPercentage":0.0}',
    );
    expect(await sentiments('/clientsentiment/related/XXXX')).toEqual([]);
  });
});

test('nobody has a sprint market', async () => {
  expect((await get('/positions/sprintmarkets', 2)).body).toEqual({ sprintMarketPositions: [] });
});
