// Portfolios that hold the broker's markets: over real candles and a real market catalogue, with the simulator as IG.
import { expect, test } from 'vitest';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { composePortfolioValuation } from '../../../compose/portfolio.ts';
import { createIds } from '../../../lib/ids.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { keepCandles } from '../../../testing/candle-rig.ts';
import { marketRig } from '../../../testing/market-rig.ts';
import { createCallerFactory } from '../../../trpc/init.ts';
import { createPriceFeed } from '../../trading/index.ts';
import { createPortfolioModule } from '../index.ts';

const [dayMs, hourMs] = [86_400_000, 3_600_000];

/** Ann's portfolio in dollars, in London; a Monday, 2026-01-05, at 9. */
async function setUp() {
  const rig = await marketRig();
  const { clock } = rig;
  const { database } = rig.db;
  const market = rig.newProcess();
  const prices = {
    latest: (_feed: string, epic: string) => market.latest(epic),
    subscribe: () => {
      throw new Error('nothing is streamed');
    },
    health: () => [],
  };
  const { router } = createPortfolioModule({
    database,
    clock,
    ids: createIds(clock),
    broker: composePortfolioValuation(
      { clock, logger: silentLogger },
      {
        accounts: { find: async () => null },
        feed: createPriceFeed({ catalogue: market.catalogue, prices }),
        trading: { valuation: { now: nobody, watch: nobody } },
        marketData: market,
      },
    ),
  });
  await market.as('ann');
  const ann = createCallerFactory(router)(
    build.context({ principal: build.principal(['session', 'account:read'], { id: 'user_ann' }), clock }),
  );
  const { id } = await ann.create({
    name: 'FX',
    baseCurrency: 'USD',
    timeZone: 'Europe/London',
    startsOn: '2025-01-01',
  });
  let keys = 0;
  const add = (terms: TransactionTerms) =>
    ann.addTransaction({
      id,
      at: new Date(clock.now().getTime() - 20 * dayMs),
      terms,
      idempotencyKey: `key-number-${++keys}`,
    });
  const trade = (kind: 'buy' | 'short', instrument: string, currency = 'USD') =>
    add({ kind, instrument, quantity: '10', price: '1', currency, ...(currency !== 'USD' && { rate: '1' }) });
  return {
    ...rig,
    market,
    ann,
    id,
    trade,
    database,
    /** The price of each holding, as `source price on`. */
    async used(asOf?: Date) {
      const { holdings } = await ann.holdings({ id, ...(asOf && { asOf }) });
      return Object.fromEntries(
        holdings.map(({ instrument, price }) => [
          instrument,
          price && `${price.source} ${price.price} ${price.on}`,
        ]),
      );
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}
const nobody = () => Promise.reject(new Error('nobody has an account'));
const gold = 'CS.D.CFDGOLD.BMU.IP';

test('today a market of the broker is priced by what it quotes now: at the bid what is long, at the offer what is short, streamed or read; what is stale, in another money or no market has no price', async () => {
  await using app = await setUp();
  await app.trade('buy', build.eurusd);
  await app.trade('short', gold);
  await app.trade('buy', 'MY.D.OWN');
  await app.trade('buy', 'OWN');
  app.market.stream({ epic: build.eurusd, bid: '1.20', offer: '1.30', stale: false });
  app.market.stream({ epic: gold, bid: '4000', offer: '4001', stale: false });
  const none = { 'MY.D.OWN': null, OWN: null };
  expect(await app.used()).toEqual({
    ...none,
    [build.eurusd]: 'live 1.2 2026-01-05',
    [gold]: 'live 4001 2026-01-05',
  });
  expect((await app.ann.holdings({ id: app.id })).missing).toMatchObject([{ of: 'MY.D.OWN' }, { of: 'OWN' }]);
  // A stale price of the stream is not taken: the broker is asked.
  app.market.stream({ epic: gold, bid: '1', offer: '1', stale: true });
  const [read] = await app.market.catalogue.quotes('simulated', [gold]);
  expect(await app.used()).toMatchObject({ [gold]: `live ${Number(read!.offer)} 2026-01-05` });
  await app.ann.setPrices({
    prices: [{ instrument: gold, on: '2026-01-05', price: '7', currency: 'USD' }],
  });
  expect(await app.used()).toMatchObject({ [gold]: 'entered 7 2026-01-05' });
});

test('a market that is kept in another money than the broker’s has no price of its', async () => {
  await using app = await setUp();
  await app.trade('buy', build.eurusd, 'GBP');
  app.market.stream({ epic: build.eurusd, bid: '1.20', offer: '1.30', stale: false });
  expect(await app.used()).toEqual({ [build.eurusd]: null });
});

test('on a past day it is priced by what that day of the portfolio’s zone closed at, as stored; what was entered for the day wins, and no history is asked for', async () => {
  await using app = await setUp();
  await app.trade('buy', build.eurusd);
  const one = (price: string) => ({ open: price, high: price, low: price, close: price });
  const hour = (at: string, bid: string, offer: string) => ({
    startMs: Date.parse(at),
    bid: one(bid),
    offer: one(offer),
  });
  await keepCandles(app.database.db, 'HOUR', [
    hour('2025-12-29T10:00:00Z', '1.10', '1.11'),
    hour('2025-12-30T23:00:00Z', '1.12', '1.13'),
    hour('2025-12-31T00:00:00Z', '1.14', '1.15'),
  ]);
  const noon = (on: string) => new Date(Date.parse(on) + 12 * hourMs);
  expect(await app.used(noon('2025-12-28'))).toEqual({ [build.eurusd]: null });
  expect(await app.used(noon('2025-12-30'))).toEqual({ [build.eurusd]: 'candle 1.12 2025-12-30' });
  expect(await app.used(noon('2026-01-02'))).toEqual({ [build.eurusd]: 'candle 1.14 2025-12-31' });
  await app.ann.setPrices({
    prices: [{ instrument: build.eurusd, on: '2025-12-30', price: '1.5', currency: 'USD' }],
  });
  expect(await app.used(noon('2025-12-30'))).toEqual({ [build.eurusd]: 'entered 1.5 2025-12-30' });
  expect(await app.used(noon('2026-01-02'))).toEqual({ [build.eurusd]: 'candle 1.14 2025-12-31' });
  app.market.stream({ epic: build.eurusd, bid: '1.20', offer: '1.30', stale: false });
  expect(await app.ann.performance({ id: app.id, from: '2025-12-31' })).toMatchObject({
    valueAtBegin: '5', // 10 × 1.5 − 10
    valueAtEnd: '2',
    missing: [],
  });
  // Its details were read once; nothing else was asked for.
  expect(app.asked()).toEqual(['GET /markets v2']);
});

test('days on which a market of the broker is held are not kept: a close that is known later counts', async () => {
  await using app = await setUp();
  await app.trade('buy', build.eurusd); // on 2025-12-16
  const valued = async () =>
    (await app.ann.valuations({ id: app.id, from: '2025-12-16', to: '2025-12-17' })).valuations.map(
      ({ value }) => value,
    );
  const close = (at: string, price: string) => {
    const prices = { open: price, high: price, low: price, close: price };
    return keepCandles(app.database.db, 'HOUR', [{ startMs: Date.parse(at), bid: prices, offer: prices }]);
  };
  expect(await valued()).toEqual([null, null]);
  await close('2025-12-16T10:00:00Z', '1.1');
  expect(await valued()).toEqual(['1', '1']);
  await close('2025-12-17T10:00:00Z', '1.3');
  expect(await valued()).toEqual(['1', '3']);
});

test('a market of the broker that nobody holds is a benchmark by what its days closed at', async () => {
  await using app = await setUp();
  const prices = (price: string) => ({ open: price, high: price, low: price, close: price });
  const hour = (at: string, bid: string) => ({
    startMs: Date.parse(at),
    bid: prices(bid),
    offer: prices('9'),
  });
  await keepCandles(app.database.db, 'HOUR', [
    hour('2025-12-29T10:00:00Z', '1.00'),
    hour('2025-12-30T10:00:00Z', '1.25'),
  ]);
  const period = { from: '2025-12-30', to: '2025-12-30' };
  const { benchmark } = await app.ann.performance({ id: app.id, ...period, benchmark: build.eurusd });
  expect(benchmark).toMatchObject({ figures: { return: { value: expect.closeTo(0.25, 12) } } });
});
