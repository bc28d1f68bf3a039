import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Market, MarketSummary } from '../../../shared/market-data.ts';
import { parseLossless } from '../rest/json.ts';
import { MarketDetails, MarketsAnswer, MarketSnapshot, SearchAnswer } from './schemas.ts';
import { valuesOf } from '../stream/values.ts';
import {
  fromDealingFlag,
  fromMarketStatus,
  priceFields,
  samePrice,
  snapshotAt,
  toMarket,
  toMarketSummary,
  toTickFields,
  withSnapshot,
  type PriceValues,
} from './translate.ts';

const fixture = (name: string) =>
  parseLossless(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
const details = (name: string) => MarketDetails.parse(MarketsAnswer.parse(fixture(name)).marketDetails[0]);

test('numbers of a JSON answer keep the text IG wrote', () => {
  expect(
    parseLossless(
      '{"a":14147.0000,"b":[1.0E10,-0.310],"c":"1.50","d":null,"e":true,"f":12345678901234567890.1}',
    ),
  ).toEqual({
    a: '14147.0000',
    b: ['1.0E10', '-0.310'],
    c: '1.50',
    d: null,
    e: true,
    f: '12345678901234567890.1',
  });
});

describe('markets', () => {
  test('a market in the recorded shape becomes a Market whose prices are the text of the answer', () => {
    const market = toMarket('demo', details('markets-forex-with-noise'));
    expect(Market.parse(market)).toEqual({
      feed: 'demo',
      epic: 'CS.D.USDJPY.CFD.IP',
      name: 'USD/JPY',
      type: 'CURRENCIES',
      expiry: '-',
      bid: '152.0340',
      offer: '152.041',
      high: '14147.0000',
      low: '151.2',
      netChange: '-0.310',
      netChangePct: '-0.2',
      marketState: 'tradeable',
      delayMinutes: 0,
      streaming: true,
      currencies: [
        { code: 'JPY', isDefault: true },
        { code: 'USD', isDefault: false },
      ],
      unit: 'CONTRACTS',
      lotSize: '10.0',
      contractSize: '100000',
      valueOfOnePip: '1000.00',
      onePipMeans: '0.01 JPY/USD',
      decimalPlaces: 3,
      scalingFactor: '100',
      marginFactor: '3.33',
      marginFactorUnit: 'percentage',
      forceOpenAllowed: true,
      stopsLimitsAllowed: true,
      guaranteedStopsAllowed: true,
      guaranteedStopPremium: { unit: 'points', value: '1.2' },
      dealingRules: {
        minDealSize: { unit: 'points', value: '0.5' },
        minStepDistance: { unit: 'points', value: '5.0' },
        minNormalStopOrLimitDistance: { unit: 'points', value: '2.0' },
        maxStopOrLimitDistance: { unit: 'percentage', value: '75.0' },
        minGuaranteedStopDistance: { unit: 'points', value: '30.0' },
        marketOrders: true,
        trailingStops: true,
      },
    });
  });
  test('a share without a price, a trailing step of 1.0E10 and nulls is still a Market', () => {
    const market = Market.parse(toMarket('live', details('markets-share-edits-only')));
    expect(market).toMatchObject({
      name: 'Apple Inc (All Sessions)',
      bid: null,
      offer: null,
      marketState: 'edits_only',
      delayMinutes: 15,
      contractSize: null,
      streaming: false,
    });
    expect(market.dealingRules).toMatchObject({
      minStepDistance: null,
      minGuaranteedStopDistance: { unit: 'percentage', value: '5.0' },
      marketOrders: false,
      trailingStops: false,
    });
  });
  test('a market whose scale has no number is refused, not guessed', () => {
    const odd = details('markets-forex-with-noise');
    expect(() => toMarket('demo', { ...odd, snapshot: { ...odd.snapshot, scalingFactor: null } })).toThrow(
      'scaling factor',
    );
  });
  test('a later snapshot changes the prices and nothing else', () => {
    const market = toMarket('demo', details('markets-forex-with-noise'));
    const later = MarketSnapshot.parse(
      MarketsAnswer.parse(fixture('markets-snapshot-only')).marketDetails[0],
    );
    expect(withSnapshot(market, later.snapshot)).toEqual({
      ...market,
      bid: '152.10',
      offer: '152.2',
      high: '153.0',
      low: '151.20',
      netChange: '-0.3',
      netChangePct: '-0.19',
      marketState: 'closed',
    });
  });
  test('rows of a search become summaries; a status never seen deals nothing', () => {
    const rows = SearchAnswer.parse(fixture('search-mixed')).markets!.map((row) =>
      MarketSummary.parse(toMarketSummary('simulated', row)),
    );
    expect(rows).toMatchObject([
      {
        epic: 'CS.D.EURUSD.TODAY.IP',
        name: 'EUR/USD',
        expiry: 'DFB',
        bid: '11690.10',
        offer: '11690.7',
        marketState: 'tradeable',
        streaming: true,
      },
      {
        epic: 'DO.D.OTCDSPX.1.IP',
        bid: null,
        offer: null,
        netChangePct: null,
        marketState: 'offline',
        streaming: false,
      },
    ]);
  });
});

test.each([
  ['TRADEABLE', 'tradeable'],
  ['CLOSED', 'closed'],
  ['OFFLINE', 'offline'],
  ['SUSPENDED', 'suspended'],
  ['EDITS_ONLY', 'edits_only'],
  ['ON_AUCTION', 'auction'],
  ['ON_AUCTION_NO_EDITS', 'auction_no_edits'],
  ['CLOSINGS_ONLY', 'closings_only'],
  ['DEAL_NO_EDIT', 'deal_no_edits'],
  ['?', 'offline'],
  [null, 'offline'],
])('marketStatus %s is %s', (status, state) => {
  expect(fromMarketStatus(status)).toBe(state);
});
test.each([
  ['DEAL   ', 'tradeable'],
  ['CLOSED', 'closed'],
  ['CALL ', 'offline'],
  ['EDIT', 'edits_only'],
  ['CLOSINGSONLY', 'closings_only'],
  ['DEALNOEDIT', 'deal_no_edits'],
  ['AUCTION', 'auction'],
  ['AUCTIONNOEDIT ', 'auction_no_edits'],
  ['SUSPEND', 'suspended'],
  ['?', 'offline'],
  [null, 'offline'],
])('DLG_FLAG %j is %s', (flag, state) => {
  expect(fromDealingFlag(flag)).toBe(state);
});

describe('updates of a PRICE item', () => {
  const values: PriceValues = {
    BIDPRICE1: '1.38780',
    ASKPRICE1: '1.38786',
    HIGH: '1.39',
    LOW: '1.380',
    NET_CHG: '-0.00010',
    NET_CHG_PCT: '-0.01',
    DLG_FLAG: 'DEAL  ',
    TIMESTAMP: '1763888400123',
  };
  test('bid, offer and the rest keep the venue’s text; the time is the venue’s', () => {
    expect(toTickFields(values)).toEqual({
      bid: '1.38780',
      offer: '1.38786',
      high: '1.39',
      low: '1.380',
      netChange: '-0.00010',
      netChangePct: '-0.01',
      marketState: 'tradeable',
      at: new Date(1763888400123),
    });
  });
  test.each([[null], ['later']])('a TIMESTAMP of %j is no time', (TIMESTAMP) => {
    expect(toTickFields({ ...values, TIMESTAMP }).at).toBeNull();
  });
  test('an empty text and a null are both an absent price', () => {
    const decoded = valuesOf(priceFields, {
      getValue: (field) =>
        field === 'BIDPRICE1' ? '' : field === 'ASKPRICE1' ? null : values[field as keyof PriceValues],
    });
    expect(toTickFields(decoded)).toMatchObject({ bid: null, offer: null, high: '1.39' });
    expect(samePrice(decoded, { ...decoded })).toBe(true);
    expect(samePrice(decoded, values)).toBe(false);
  });
});

describe('when a snapshot was made', () => {
  const readAt = new Date('2026-06-10T13:00:30Z');
  test.each<[string | null, number, string, string]>([
    ['14:00:29', 60, '2026-06-10T13:00:29.000Z', 'one hour ahead of UTC'],
    ['13:00:29', 0, '2026-06-10T13:00:29.000Z', 'UTC'],
    ['13:01:00', 0, '2026-06-10T13:01:00.000Z', 'a clock half a minute ahead'],
    ['22:00:00', 0, '2026-06-10T01:00:30.000Z', 'yesterday evening, longer ago than can be told'],
    ['03:00:00', 0, '2026-06-10T03:00:00.000Z', 'this morning'],
    ['13:01:30', 0, '2026-06-10T13:01:30.000Z', 'our clock a minute behind'],
    ['13:10:00', 0, '2026-06-10T13:00:30.000Z', 'our clock ten minutes behind'],
    ['14:00:29', 0, '2026-06-10T13:00:30.000Z', 'the offset of before the change in March'],
    ['13:00:29', 60, '2026-06-10T12:00:29.000Z', 'the offset of before the change in October'],
    ['00:30:00', 120, '2026-06-10T01:00:30.000Z', 'before midnight UTC, longer ago than can be told'],
    ['20:00:00', -600, '2026-06-10T06:00:00.000Z', 'behind UTC, where it is still yesterday'],
    [null, 60, '2026-06-10T13:00:30.000Z', 'no time given'],
    ['2020/10/01 09:00:00:000', 60, '2026-06-10T13:00:30.000Z', 'another form'],
  ])('%s at offset %i is %s (%s)', (updateTime, offset, expected) => {
    expect(snapshotAt(updateTime, offset, readAt).toISOString()).toBe(expected);
  });
  test('whatever time of day at whatever offset: never more than 12 hours from the reading, nor ahead of it by more than clocks differ', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 86_399 }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        fc.integer({ min: 0, max: 366 * 86_400 }),
        (second, offset, later) => {
          const read = new Date(readAt.getTime() + later * 1_000);
          const updateTime = new Date(second * 1_000).toISOString().slice(11, 19);
          const ahead = snapshotAt(updateTime, offset, read).getTime() - read.getTime();
          expect(ahead).toBeGreaterThanOrEqual(-12 * 3_600_000);
          expect(ahead).toBeLessThanOrEqual(2 * 60_000);
        },
      ),
    );
  });
});
