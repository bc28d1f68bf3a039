import { expect, test } from 'vitest';
import { sql } from 'drizzle-orm';
import { demoAllowances } from '../../../ig-simulator/access/allowances.ts';
import { noQuote } from '../../../../shared/market-data.ts';
import { eurusd } from '../../../testing/build.ts';
import { failure } from '../../../testing/failure.ts';
import { janesFeed, marketRig } from '../../../testing/market-rig.ts';
import { besideDetailsMaxAgeMs } from '../service.ts';
import { detailsFreshMs, rememberedMs, unknownFreshMs } from './instruments.ts';
import { batchSize, refreshAfterMs } from './refresh.ts';

const [apple, gold, nothing] = ['UA.D.AAPL.CASH.IP', 'CS.D.CFDGOLD.BMU.IP', 'XX.D.NOTHING.CFD.IP'] as const;
const oneRead = 'GET /markets v2';
const minuteMs = 60_000;

test('100 reads of the same market within the hour cost one request, in however many processes, while its price is streamed', async () => {
  await using rig = await marketRig();
  const processes = [rig.newProcess(), rig.newProcess(), rig.newProcess()];
  for (let n = 0; n < 99; n++) {
    const { as, stream } = processes[n % 3]!;
    stream({ epic: eurusd, bid: `1.17${n}` });
    expect(await (await as()).get({ epic: eurusd })).toMatchObject({ bid: `1.17${n}` });
    rig.clock.advance(detailsFreshMs / 100);
  }
  const late = rig.newProcess();
  late.stream({ epic: eurusd });
  await (await late.as()).get({ epic: eurusd });
  expect(rig.asked()).toEqual([oneRead]);
  rig.clock.advance(detailsFreshMs);
  await (await late.as()).get({ epic: eurusd });
  expect(rig.asked()).toEqual([oneRead]);
});

test('where no price is streamed, 100 reads within a minute cost one request, and say how old the price is', async () => {
  await using rig = await marketRig();
  const caller = await rig.newProcess().as();
  const first = await caller.get({ epic: eurusd });
  for (let n = 0; n < 99; n++) {
    rig.clock.advance(besideDetailsMaxAgeMs / 100);
    expect(await caller.get({ epic: eurusd })).toEqual(first);
  }
  expect(rig.asked()).toEqual([oneRead]);
  rig.clock.advance(besideDetailsMaxAgeMs / 100 + 1);
  const later = await caller.get({ epic: eurusd });
  expect(later.readAt).toEqual(first.readAt);
  expect(later.quotedAt!.getTime() - first.quotedAt!.getTime()).toBeGreaterThan(minuteMs);
  expect(later.bid).not.toBe(first.bid);
  expect(rig.asked()).toHaveLength(1);
});

test('a market has its dealing rules, opening hours and last dealing day as data', async () => {
  await using rig = await marketRig();
  const caller = await rig.newProcess().as();
  // A Monday, 09:00 in London: New York opens at 14:30.
  expect(await caller.get({ epic: apple })).toMatchObject({
    marketId: 'AAPL-US',
    dealingRules: { minDealSize: { unit: 'points', value: expect.any(String) } },
    lastDealingAt: null,
    hours: {
      timeZone: 'America/New_York',
      sessions: [{ opens: '09:30', closes: '16:00' }],
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      isOpen: false,
      nextOpenAt: new Date('2026-01-05T14:30:00Z'),
      nextCloseAt: new Date('2026-01-05T21:00:00Z'),
    },
    readAt: rig.clock.now(),
    quotedAt: rig.clock.now(),
  });
  expect(await caller.get({ epic: 'MT.D.GC.Month1.IP' })).toMatchObject({
    lastDealingAt: new Date('2027-10-26T18:30:00Z'),
  });
  expect((await caller.get({ epic: eurusd })).hours).toBeNull(); // the broker tells none
  rig.clock.advance(6 * 60 * minuteMs);
  expect((await caller.get({ epic: apple })).hours).toMatchObject({
    isOpen: true,
    nextOpenAt: new Date('2026-01-06T14:30:00Z'),
  });
});

test('while the broker is away what is stored is answered after a restart, with when it was read and without a price', async () => {
  await using rig = await marketRig();
  const before = await (await rig.newProcess().as()).get({ epic: apple });
  await rig.away();
  rig.clock.advance(26 * 60 * minuteMs);
  const caller = await rig.newProcess().as();
  expect(await caller.get({ epic: apple })).toEqual({
    ...before,
    ...noQuote,
    quotedAt: null,
    hours: { ...before.hours, nextOpenAt: expect.any(Date), nextCloseAt: expect.any(Date) },
  });
  expect(await failure(caller.get({ epic: gold }))).toMatchObject({ code: 'broker.unavailable' });
  expect(await caller.search({ query: 'apple' })).toMatchObject({
    stored: true,
    markets: [{ epic: apple, bid: null, marketState: 'offline' }],
  });
  expect(await failure(caller.search({ query: 'gold' }))).toMatchObject({ code: 'broker.unavailable' });
});

test('a market that a feed does not know is not asked for again by whoever types it, and is found once it is listed', async () => {
  await using rig = await marketRig();
  const unknown = { code: 'market_data.unknown_epic' };
  for (const caller of [await rig.newProcess().as(), await rig.newProcess().as()]) {
    for (let n = 0; n < 5; n++) {
      expect(await failure(caller.get({ epic: nothing }))).toMatchObject(unknown);
      expect(await failure(caller.prices({ epics: [nothing] }))).toMatchObject({
        ...unknown,
        options: { fields: { 'epics[0]': expect.stringContaining(nothing) } },
      });
      rig.clock.advance(unknownFreshMs / 20);
    }
  }
  expect(rig.asked().filter((call) => call === oneRead).length).toBeLessThanOrEqual(3);
  rig.clock.advance(unknownFreshMs);
  const caller = await rig.newProcess().as();
  expect(await failure(caller.get({ epic: nothing }))).toMatchObject(unknown);
  expect(rig.asked()).toEqual([oneRead]);
});

test('what is stored of a private feed is answered to nobody else', async () => {
  await using rig = await marketRig();
  const { as } = rig.newProcess();
  const jane = await as('jane');
  expect(await jane.get({ epic: gold, feed: janesFeed })).toMatchObject({ feed: janesFeed, epic: gold });
  rig.asked();
  expect(await failure((await as('bob')).get({ epic: gold, feed: janesFeed }))).toMatchObject({
    code: 'market_data.unknown_feed',
  });
  expect(await (await as('bob')).get({ epic: gold })).toMatchObject({ feed: 'simulated' });
  expect(rig.asked()).toHaveLength(1); // his own feed's: hers says nothing of it
  await rig.away();
  expect(await failure((await as('bob')).search({ query: 'spot gold', feed: janesFeed }))).toMatchObject({
    code: 'market_data.unknown_feed',
  });
});

test('without the database markets are read of the broker, and a row that cannot be read is as none', async () => {
  await using rig = await marketRig();
  const { as } = rig.newProcess();
  await (await as()).get({ epic: eurusd });
  await rig.db.database.db.execute(sql`update instruments set details = '{"of": "another release"}'`);
  expect(await (await rig.newProcess().as()).get({ epic: eurusd })).toMatchObject({ epic: eurusd });
  await rig.db.database.db.execute(sql`alter table instruments rename to elsewhere`);
  expect(await (await rig.newProcess().as()).get({ epic: gold })).toMatchObject({ epic: gold });
  await rig.db.database.db.execute(sql`alter table elsewhere rename to instruments`);
});

test('how clients are positioned is told in per cent, costs a request a minute, and is the last known while the broker is away', async () => {
  await using rig = await marketRig();
  const caller = await rig.newProcess().as();
  const first = await caller.sentiment({ epic: apple });
  expect(first).toMatchObject({
    feed: 'simulated',
    epic: apple,
    marketId: 'AAPL-US',
    readAt: rig.clock.now(),
  });
  expect(first.longPct! + first.shortPct!).toBe(100);
  await Promise.all([caller.sentiment({ epic: eurusd }), caller.sentiment({ epic: gold })]);
  for (let n = 0; n < 20; n++) await caller.sentiment({ epic: apple });
  expect(rig.asked().filter((call) => call.includes('clientsentiment'))).toEqual([
    'GET /clientsentiment v1',
    'GET /clientsentiment v1',
  ]);
  await rig.away();
  rig.clock.advance(10 * minuteMs);
  expect(await caller.sentiment({ epic: apple })).toEqual(first);
  expect(await failure((await rig.newProcess().as()).sentiment({ epic: apple }))).toMatchObject({
    code: 'broker.unavailable',
  });
});

test('a market that nobody counts clients for has no sentiment, which is not an even one', async () => {
  await using rig = await marketRig();
  rig.alterations.answer = (call, { body }) => {
    if (!call.includes('clientsentiment')) return;
    for (const row of body.clientSentiments)
      [row.longPositionPercentage, row.shortPositionPercentage] = [0, 0];
  };
  expect(await (await rig.newProcess().as()).sentiment({ epic: apple })).toMatchObject({
    longPct: null,
    shortPct: null,
  });
});

test('the job refreshes what was asked for in the last day and what accounts and lists need, 50 in a request, before a user would have to wait', async () => {
  await using rig = await marketRig();
  const page = await rig
    .newProcess()
    .catalogue.categoryPage('simulated', { category: 'FOREX', page: 0, size: 60 });
  const others = await rig
    .newProcess()
    .catalogue.categoryPage('simulated', { category: 'INDICES', page: 0, size: 60 });
  const epics = [...new Set([...page, ...others].map(({ epic }) => epic))].slice(0, batchSize);
  expect(epics.length).toBeGreaterThan(20);
  const needed = async () => epics.map((epic) => ({ feed: 'simulated', epic }));
  const { as, refresh } = rig.newProcess({ needed });
  const caller = await as();
  await caller.get({ epic: gold });
  await caller.listWatchlists(); // the first list, of a dozen
  rig.asked();
  await refresh();
  expect(rig.asked().length).toBeLessThanOrEqual(2);
  const stored = (await rig.stored()).map(({ epic }) => epic);
  expect(stored).toEqual(expect.arrayContaining([...epics, gold, 'UA.D.AAPL.CASH.IP']));
  await refresh();
  expect(rig.asked()).toEqual([]);
  rig.clock.advance(refreshAfterMs + 1);
  await refresh();
  expect(rig.asked().length).toBe(Math.ceil(stored.length / batchSize));
  rig.clock.advance(detailsFreshMs - minuteMs);
  await (await rig.newProcess().as()).getWatchlist({ id: (await caller.listWatchlists()).watchlists[0]!.id });
  // The rows are fresh, so that a whole list costs its prices alone.
  expect(rig.asked()).toHaveLength(1);
});

test('the job leaves the allowance to those above it, and what it could not read to the next run', async () => {
  await using rig = await marketRig({ environment: 'demo', allowances: demoAllowances });
  const all = Array.from({ length: 1_000 }, (_, n) => ({ feed: 'demo', epic: `XX.D.NO${n}.CFD.IP` }));
  const { refresh, client } = rig.newProcess({ needed: async () => [...all, { feed: 'demo', epic: gold }] });
  await refresh(); // unknown ones cost most: each 50 are halved until they stand alone
  const spentByJob = rig.asked().length;
  expect(spentByJob).toBeGreaterThan(0);
  // Of 8 a minute it leaves 3 to others.
  expect(spentByJob).toBeLessThanOrEqual(5);
  expect(await client.snapshotsByEpics([eurusd], 'deal')).toHaveLength(1);
  expect(await client.snapshotsByEpics([gold], 'user')).toHaveLength(1);
});

test('markets that a feed does not know hold up no other: each run finds out about fewer of them at once', async () => {
  await using rig = await marketRig({ environment: 'demo', allowances: demoAllowances });
  const unknown = Array.from({ length: 12 }, (_, n) => `XX.D.NO${n}.CFD.IP`);
  const needed = async () => [...unknown, gold].map((epic) => ({ feed: 'demo', epic }));
  const { refresh } = rig.newProcess({ needed });
  for (let run = 0; run < 12; run++) {
    await refresh();
    rig.clock.advance(2 * minuteMs);
  }
  const stored = await rig.stored();
  expect(stored.map(({ epic }) => epic)).toEqual([gold, ...unknown].sort());
  expect(stored.filter(({ details }) => details).map(({ epic }) => epic)).toEqual([gold]);
});

test('a market that nobody asked for in a month is forgotten, one that is needed is not', async () => {
  await using rig = await marketRig();
  const { as, refresh } = rig.newProcess({ needed: async () => [{ feed: 'simulated', epic: gold }] });
  const caller = await as();
  for (const epic of [eurusd, gold]) await caller.get({ epic });
  await failure(caller.get({ epic: nothing }));
  rig.clock.advance(31 * 24 * 60 * minuteMs);
  await refresh();
  expect((await rig.stored()).map(({ epic }) => epic)).toEqual([gold]);
});

test('what another process read is known here within half a minute', async () => {
  await using rig = await marketRig();
  const [here, there] = [rig.newProcess(), rig.newProcess()];
  for (const { stream } of [here, there]) stream({ epic: eurusd });
  const caller = await here.as();
  const first = await caller.get({ epic: eurusd });
  rig.clock.advance(refreshAfterMs + 1);
  await there.refresh();
  rig.clock.advance(rememberedMs + 1);
  expect((await caller.get({ epic: eurusd })).readAt.getTime()).toBeGreaterThan(first.readAt.getTime());
  expect(rig.asked()).toHaveLength(2);
});
