import { expect, test } from 'vitest';
import { Market, MarketSummary, Tick } from '../../../shared/market-data.ts';
import { silentLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { createIgCatalogue, detailsMaxAgeMs, snapshotMaxAgeMs } from './catalogue.ts';
import { createIgClients, type IgClient } from '../index.ts';

const [eurusd, usdjpy] = ['CS.D.EURUSD.CFD.IP', 'CS.D.USDJPY.CFD.IP'] as const;

/** The catalogue over a simulator, one clock for both, and what it asked of IG. */
async function arrange() {
  const db = await testDb();
  const broker = await testBroker();
  const [client] = createIgClients({
    logins: [broker.login],
    database: db.database,
    sealer: build.sealer(),
    clock: broker.clock,
    logger: silentLogger,
    onSpent: () => spent++,
  });
  let spent = 0;
  const asked: string[] = [];
  const counted = (what: string, epics: readonly string[]) => asked.push(`${what} ${[...epics].join(' ')}`);
  const counting: IgClient = {
    ...client!,
    marketsByEpics: (epics) => (counted('details', epics), client!.marketsByEpics(epics)),
    snapshotsByEpics: (epics) => (counted('snapshots', epics), client!.snapshotsByEpics(epics)),
  };
  return {
    broker,
    asked,
    /** Requests that went out, the login among them. */
    spent: () => spent,
    clock: broker.clock,
    catalogue: createIgCatalogue({ clients: [counting], clock: broker.clock, logger: silentLogger }),
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('a search answers summaries in the broker’s order; nothing found is an empty list', async () => {
  await using rig = await arrange();
  const found = await rig.catalogue.search('simulated', 'eur');
  expect(found.map((row) => MarketSummary.parse(row).feed)).toContain('simulated');
  expect(found.map(({ epic }) => epic)).toContain(eurusd);
  expect(await rig.catalogue.search('simulated', 'no such thing')).toEqual([]);
});

test('markets come in the order asked, whatever the broker’s order; an unknown epic is left out and harms no other', async () => {
  await using rig = await arrange();
  const markets = await rig.catalogue.getMany('simulated', [
    usdjpy,
    'XX.D.NOTHING.CFD.IP',
    eurusd,
    'XX.D.NEITHER.CFD.IP',
  ]);
  expect(markets.map((market) => Market.parse(market).epic)).toEqual([usdjpy, eurusd]);
});

test('fifty markets, one of them unknown, are found with few requests, and the unknown one is remembered', async () => {
  await using rig = await arrange();
  const before = rig.asked.length;
  const some = Array.from({ length: 5 }, (_, i) => `XX.D.UNKNOWN${i}.IP`);
  await rig.catalogue.getMany('simulated', some);
  await rig.catalogue.getMany('simulated', [...some, eurusd]);
  expect(rig.asked.slice(before)).toEqual([`details ${some.join(' ')}`, `details ${eurusd}`]);
});

test('equal questions at the same time are asked once', async () => {
  await using rig = await arrange();
  await Promise.all(Array.from({ length: 10 }, () => rig.catalogue.getMany('simulated', [eurusd])));
  await Promise.all(Array.from({ length: 10 }, () => rig.catalogue.search('simulated', 'gold')));
  expect(rig.asked).toEqual([`details ${eurusd}`]);
  expect(rig.spent()).toBe(3);
});

test('different markets asked for at the same time are one request, and each caller finds its own or none', async () => {
  await using rig = await arrange();
  const { categoryPage, getMany } = rig.catalogue;
  const page = await categoryPage('simulated', { category: 'FOREX', page: 0, size: 20 });
  const known = page.map(({ epic }) => epic).slice(0, 12);
  expect(known.length).toBeGreaterThan(5);
  const before = rig.spent();
  const answers = await Promise.all(known.map((epic) => getMany('simulated', [epic])));
  expect(answers.map(([market]) => market!.epic)).toEqual(known);
  expect(rig.spent() - before).toBe(1);
  rig.clock.advance(snapshotMaxAgeMs + 1);
  await Promise.all(known.map((epic) => getMany('simulated', [epic])));
  expect(rig.spent() - before).toBe(2);
  const [none, one] = await Promise.all(
    ['XX.D.NOTHING.CFD.IP', 'CS.D.CFDGOLD.BMU.IP'].map((epic) => getMany('simulated', [epic])),
  );
  expect([none!.length, one!.length]).toEqual([0, 1]);
});

test('a search whose caller has left finds nothing and costs nothing, and harms nobody who asks the same', async () => {
  await using rig = await arrange();
  const left = new AbortController();
  const leaving = rig.catalogue.search('simulated', 'gold', left.signal);
  const staying = rig.catalogue.search('simulated', 'gold');
  left.abort();
  expect(await leaving).toEqual([]);
  expect(await staying).not.toEqual([]);
  const before = rig.spent();
  expect(await rig.catalogue.search('simulated', 'silver', AbortSignal.abort())).toEqual([]);
  expect(rig.spent()).toBe(before);
});

test('details are kept for a minute, prices for seconds; who needs no price costs no request', async () => {
  await using rig = await arrange();
  const [first] = await rig.catalogue.getMany('simulated', [eurusd]);
  rig.clock.advance(snapshotMaxAgeMs);
  expect(await rig.catalogue.getMany('simulated', [eurusd])).toEqual([first]);
  rig.clock.advance(20_000);
  await rig.catalogue.getMany('simulated', [eurusd], { maxAgeMs: Number.POSITIVE_INFINITY });
  expect(rig.asked).toEqual([`details ${eurusd}`]);
  const [later] = await rig.catalogue.getMany('simulated', [eurusd]);
  expect(later).toMatchObject({ name: first!.name, dealingRules: first!.dealingRules });
  expect(later!.bid).not.toBe(first!.bid);
  rig.clock.advance(detailsMaxAgeMs);
  await rig.catalogue.getMany('simulated', [eurusd]);
  expect(rig.asked).toEqual([`details ${eurusd}`, `snapshots ${eurusd}`, `details ${eurusd}`]);
});

test('a price is read again after seconds, also when the clock was set back meanwhile', async () => {
  await using rig = await arrange();
  await rig.catalogue.getMany('simulated', [eurusd]);
  rig.clock.set(-600_000);
  rig.clock.advance(snapshotMaxAgeMs + 1);
  await rig.catalogue.getMany('simulated', [eurusd]);
  expect(rig.asked).toEqual([`details ${eurusd}`, `snapshots ${eurusd}`]);
});

test('a price read by REST is a tick below every streamed one, with the venue’s time', async () => {
  await using rig = await arrange();
  const [quote] = await rig.catalogue.quotes('simulated', [eurusd]);
  expect(Tick.parse(quote)).toMatchObject({
    feed: 'simulated',
    epic: eurusd,
    seq: 0,
    marketState: 'tradeable',
    stale: false,
    receivedAt: rig.clock.now(),
  });
  expect(quote!.at.getTime()).toBeLessThanOrEqual(rig.clock.now().getTime());
  expect(quote!.at.getTime()).toBeGreaterThan(rig.clock.now().getTime() - 60_000);
});

test('an unknown feed is refused by name', async () => {
  await using rig = await arrange();
  expect(rig.catalogue.feeds).toEqual(['simulated']);
  await expect(rig.catalogue.search('live', 'eur')).rejects.toMatchObject({
    code: 'market_data.unknown_feed',
  });
});

test('while the broker is away a market that was read is told without its quote, and its last price as stale; one that never was is an error', async () => {
  await using rig = await arrange();
  const [before] = await rig.catalogue.quotes('simulated', [eurusd]);
  await rig.broker.stop();
  rig.clock.advance(detailsMaxAgeMs + 1);
  const [market] = await rig.catalogue.getMany('simulated', [eurusd]);
  expect(market).toMatchObject({ epic: eurusd, contractSize: expect.any(String), bid: null, offer: null });
  expect(await rig.catalogue.quotes('simulated', [eurusd])).toEqual([{ ...before, stale: true }]);
  await expect(rig.catalogue.getMany('simulated', [eurusd, usdjpy])).rejects.toMatchObject({
    code: expect.stringMatching(/^broker\./),
  });
});
