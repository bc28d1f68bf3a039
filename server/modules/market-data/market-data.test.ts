import { describe, expect, test } from 'vitest';
import {
  ListedMarket,
  MarketCategory,
  MarketSummary,
  Tick,
  type Navigation,
} from '../../../shared/market-data.ts';
import type { Scope } from '../../../shared/auth.ts';
import { MarketDetails } from '../../../shared/instruments.ts';
import { createBrokerWatchlists, createGateway, createIgCatalogue, createIgClients } from '../../ig/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryBus } from '../../messaging/memory.ts';
import { defaultLimits } from '../../messaging/topology.ts';
import { createPriceHub } from '../../realtime/hub.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import { createMarketDataModule } from './index.ts';

const [eurusd, usdjpy, nothing] = [
  'CS.D.EURUSD.CFD.IP',
  'CS.D.USDJPY.CFD.IP',
  'XX.D.NOTHING.CFD.IP',
] as const;
const ids = createIds(systemClock);

/** The whole price path in one process, from the simulator to a caller of the procedures. */
async function arrange({ streaming = true, feeds = true } = {}) {
  const db = await testDb();
  const broker = await testBroker({ clock: systemClock });
  const bus = createMemoryBus({ logger: silentLogger, clock: systemClock, limits: defaultLimits });
  const clients = createIgClients({
    logins: feeds ? [broker.login] : [],
    database: db.database,
    sealer: build.sealer(),
    clock: systemClock,
    logger: silentLogger,
    onSpent: () => spent++,
  });
  let spent = 0;
  const prices = createPriceHub({ bus, clock: systemClock, logger: silentLogger, source: 'test' });
  await prices.start();
  const gateway = createGateway({
    feeds: { clients },
    database: db.database,
    bus,
    clock: systemClock,
    ids,
    logger: silentLogger,
  });
  if (streaming) await gateway.start();
  const newCatalogue = () => createIgCatalogue({ clients, clock: systemClock, logger: silentLogger });
  const { router } = createMarketDataModule({
    database: db.database,
    catalogue: newCatalogue(),
    prices,
    accounts: { forUser: () => Promise.reject(new Error('nobody has an account in this test')) },
    watchlists: createBrokerWatchlists(() => Promise.reject(new Error('no account has lists in this test'))),
    ids,
    clock: systemClock,
    logger: silentLogger,
  });
  const createCaller = createCallerFactory(router);
  return {
    broker,
    prices,
    /** Reads and logins that counted at the broker. */
    spent: () => spent,
    /** What the broker's REST says now, asked by somebody who remembers nothing. */
    restQuote: async (epic: string) => (await newCatalogue().quotes('simulated', [epic]))[0]!,
    /** As somebody signed in with `scopes`, or as nobody. */
    as: (scopes: Scope[] | null, signal?: AbortSignal) =>
      createCaller(build.context({ principal: scopes && build.principal(scopes) }), signal ? { signal } : {}),
    async [Symbol.asyncDispose]() {
      await prices.close();
      await gateway.stop();
      await bus.close();
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

const lostPlace =
  'cursor must be the nextCursor of the page before: leave it out to start at the first page.';

describe('marketData.search and get', () => {
  test('markets are found by name, on the default feed', async () => {
    await using app = await arrange({ streaming: false });
    const { markets } = await app.as(['market']).search({ query: 'eur' });
    expect(markets.map((market) => MarketSummary.parse(market).epic)).toContain(eurusd);
    expect(markets.every(({ feed }) => feed === 'simulated')).toBe(true);
  });
  test('one market comes with its rules and price', async () => {
    await using app = await arrange({ streaming: false });
    expect(MarketDetails.parse(await app.as(['market']).get({ epic: eurusd }))).toMatchObject({
      epic: eurusd,
      feed: 'simulated',
      marketState: 'tradeable',
    });
  });
  test('an unknown market is not found', async () => {
    await using app = await arrange({ streaming: false });
    expect(await failure(app.as(['market']).get({ epic: nothing }))).toMatchObject({
      code: 'market_data.unknown_epic',
      options: { fields: { epic: expect.stringContaining(nothing) } },
    });
  });
  test('twelve markets got at the same time cost one request, and who asks for one that is none is told so alone', async () => {
    await using app = await arrange({ streaming: false });
    const caller = app.as(['market']);
    const { markets } = await caller.search({ query: 'usd' });
    const more = (await caller.search({ query: 'eur' })).markets;
    const epics = [...new Set([...markets, ...more].map(({ epic }) => epic))].slice(0, 12);
    expect(epics).toHaveLength(12);
    const before = app.spent();
    const found = await Promise.all(epics.map((epic) => caller.get({ epic })));
    expect(found.map(({ epic }) => epic)).toEqual(epics);
    expect(app.spent() - before).toBe(1);
    const [gold, none] = await Promise.all([
      caller.get({ epic: 'CS.D.CFDGOLD.BMU.IP' }),
      failure(caller.get({ epic: nothing })),
    ]);
    expect(gold.epic).toBe('CS.D.CFDGOLD.BMU.IP');
    expect(none).toMatchObject({
      code: 'market_data.unknown_epic',
      options: { fields: { epic: expect.stringContaining(nothing) } },
    });
  });
  test('where the price is streamed, get shows the streamed one', async () => {
    await using app = await arrange();
    const stop = new AbortController();
    const caller = app.as(['market'], stop.signal);
    for await (const ticks of await caller.onPrices({ epics: [eurusd] }))
      if (ticks.some(({ stale }) => !stale)) break;
    // The streamed price stands still while that of REST is elsewhere.
    app.broker.simulator.setFaults([{ name: 'mute' }, { name: 'price-gap', points: 50 }]);
    const rest = await app.restQuote(eurusd); // and what was under way has arrived
    const { bid, offer, netChange } = app.prices.latest('simulated', eurusd)!;
    expect(rest.bid).not.toBe(bid);
    expect(await caller.get({ epic: eurusd })).toMatchObject({ bid, offer, netChange });
    stop.abort();
  });
});

describe('marketData.navigate', () => {
  test('the kinds of markets come first; of one kind every market comes once, page by page', async () => {
    await using app = await arrange({ streaming: false });
    const caller = app.as(['market']);
    const { categories, markets: none } = await caller.navigate({});
    expect(categories.map((each) => MarketCategory.parse(each))).toContainEqual({
      id: 'FOREX',
      name: 'Forex',
    });
    expect(none).toEqual([]);
    const { markets: all, nextCursor: end } = await caller.navigate({ category: 'FOREX' });
    expect(all.map((market) => ListedMarket.parse(market).epic)).toContain(eurusd);
    expect(end).toBeNull();

    const seen: string[] = [];
    for (let cursor: string | null = null, pages = 0; pages === 0 || cursor; pages++) {
      const page: Navigation = await caller.navigate({
        category: 'FOREX',
        limit: pages === 0 ? 2 : 500, // the cursor keeps the size it began with
        ...(cursor && { cursor }),
      });
      expect(page.markets.length).toBeLessThanOrEqual(2);
      seen.push(...page.markets.map(({ epic }) => epic));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(all.map(({ epic }) => epic));
  });
  test.each([
    [
      'a kind that is none',
      { category: 'NO_SUCH' },
      'category is NO_SUCH, which is no category here: leave it out, and this call lists them.',
    ],
    ['a cursor that is none', { category: 'FOREX', cursor: 'x' }, lostPlace],
    ['a cursor with a page of no size', { category: 'FOREX', cursor: '1.0' }, lostPlace],
  ])('%s is refused with its field and what to write', async (_what, input, message) => {
    await using app = await arrange({ streaming: false });
    expect(await failure(app.as(['market']).navigate(input))).toMatchObject({
      code: 'request.invalid',
      message,
    });
  });
});

describe('marketData.prices', () => {
  test('answers one tick per epic in the order asked, from the broker where nobody streams', async () => {
    await using app = await arrange({ streaming: false });
    const { prices } = await app.as(['market']).prices({ epics: [usdjpy, eurusd, usdjpy] });
    expect(prices.map((tick) => Tick.parse(tick))).toMatchObject([
      { epic: usdjpy, seq: 0, stale: false },
      { epic: eurusd, seq: 0, stale: false },
    ]);
  });
  test('answers the streamed tick where one is live', async () => {
    await using app = await arrange();
    const stop = new AbortController();
    const caller = app.as(['market'], stop.signal);
    for await (const ticks of await caller.onPrices({ epics: [eurusd] }))
      if (ticks.some(({ stale }) => !stale)) break;
    const { prices } = await caller.prices({ epics: [eurusd] });
    expect(prices[0]!.seq).toBeGreaterThan(2 ** 32);
    stop.abort();
  });
  test('an epic the feed does not know takes nothing from the others, and is named; where none is known each is refused by its place', async () => {
    await using app = await arrange({ streaming: false });
    const caller = app.as(['market']);
    const { prices, unknown } = await caller.prices({
      epics: [eurusd, nothing, usdjpy, 'XX.D.NEITHER.CFD.IP'],
    });
    expect(prices.map(({ epic }) => epic)).toEqual([eurusd, usdjpy]);
    expect(unknown).toEqual([nothing, 'XX.D.NEITHER.CFD.IP']);
    expect(await failure(caller.prices({ epics: [nothing, 'XX.D.NEITHER.CFD.IP'] }))).toMatchObject({
      code: 'market_data.unknown_epic',
      options: { fields: { 'epics[0]': expect.any(String), 'epics[1]': expect.any(String) } },
    });
  });
});

describe('marketData.onPrices', () => {
  test('gives the snapshot of all epics, then changes whose sequence rises', async () => {
    await using app = await arrange();
    const stop = new AbortController();
    const seen: Tick[][] = [];
    for await (const ticks of await app.as(['market'], stop.signal).onPrices({ epics: [eurusd, usdjpy] })) {
      seen.push(ticks);
      if (seen.flat().filter(({ epic }) => epic === eurusd).length >= 3) break;
    }
    stop.abort();
    expect(seen[0]!.map(({ epic }) => epic).sort()).toEqual([eurusd, usdjpy].sort());
    const seqs = seen
      .flat()
      .filter(({ epic }) => epic === eurusd)
      .map(({ seq }) => seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect(new Set(seqs).size).toBe(seqs.length);
  });
  test('without a gateway the prices come from the broker and are marked stale: no stream stands behind them', async () => {
    await using app = await arrange({ streaming: false });
    const stop = new AbortController();
    for await (const ticks of await app.as(['market'], stop.signal).onPrices({ epics: [eurusd] })) {
      expect(ticks).toMatchObject([{ epic: eurusd, seq: 0, stale: true }]);
      break;
    }
    stop.abort();
  });
  test('of a list with an unknown epic the rest is watched, and the first ticks name what is no market', async () => {
    await using app = await arrange({ streaming: false });
    const stop = new AbortController();
    for await (const ticks of await app.as(['market'], stop.signal).onPrices({ epics: [nothing, eurusd] })) {
      expect(ticks).toMatchObject([
        { epic: eurusd, bid: expect.any(String) },
        { epic: nothing, bid: null, stale: true, staleReason: { code: 'unknown_epic' } },
      ]);
      expect(app.prices.stats()).toMatchObject({ watched: 1 });
      break;
    }
    stop.abort();
  });
  test('a list of unknown epics opens nothing', async () => {
    await using app = await arrange({ streaming: false });
    expect(await failure(app.as(['market']).onPrices({ epics: [nothing] }))).toMatchObject({
      code: 'market_data.unknown_epic',
    });
    expect(app.prices.stats()).toMatchObject({ watched: 0, onReaders: 0 });
  });
});

describe('every procedure', () => {
  const calls: [
    string,
    (caller: ReturnType<Awaited<ReturnType<typeof arrange>>['as']>, feed?: string) => Promise<unknown>,
  ][] = [
    ['search', (caller, feed) => caller.search({ query: 'eur', feed })],
    ['navigate', (caller, feed) => caller.navigate({ feed })],
    ['get', (caller, feed) => caller.get({ epic: eurusd, feed })],
    ['sentiment', (caller, feed) => caller.sentiment({ epic: eurusd, feed })],
    ['prices', (caller, feed) => caller.prices({ epics: [eurusd], feed })],
    ['onPrices', (caller, feed) => caller.onPrices({ epics: [eurusd], feed })],
  ];
  test.each(calls)(
    '%s wants a login with the scope market, a feed that exists, and a broker that answers',
    async (_name, call) => {
      await using app = await arrange({ streaming: false });
      expect(await failure(call(app.as(null)))).toMatchObject({ code: 'auth.required' });
      expect(await failure(call(app.as(['account:read'])))).toMatchObject({ code: 'auth.scope_missing' });
      expect(await failure(call(app.as(['market']), 'live'))).toMatchObject({
        code: 'market_data.unknown_feed',
        message: expect.stringContaining('no feed live here'),
        options: { fields: { feed: 'must be simulated' } },
      });
      await app.broker.stop();
      expect(await failure(call(app.as(['market'])))).toMatchObject({ code: 'broker.unavailable' });
    },
  );
  test.each(calls)('%s says when there is no broker at all', async (_name, call) => {
    await using app = await arrange({ streaming: false, feeds: false });
    expect(await failure(call(app.as(['market'])))).toMatchObject({ code: 'market_data.no_feed' });
  });
  test('epics that cannot be epics, none, or too many are refused before the broker is asked', async () => {
    await using app = await arrange({ streaming: false, feeds: false });
    const caller = app.as(['market']);
    for (const epics of [[], ['#'], ['a b c d e f'], Array.from({ length: 51 }, (_, i) => `CS.D.X${i}.IP`)])
      await expect(caller.prices({ epics })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});
