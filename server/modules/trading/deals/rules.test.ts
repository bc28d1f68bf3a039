// The rules of admission and the arithmetic of money, as tables.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import { quoteOf } from '../../../testing/trading-rig.ts';
import { availableOf, refuseFunds } from '../risk/funds.ts';
import { refuseClosing, judgeOpening, sizeStep, type Order } from './rules.ts';
import { firstReason } from './ruling.ts';
import {
  quoteUnitValue,
  rateBetween,
  requiredMargin,
  runningProfit,
  toMoney,
} from '../../../../shared/worth.ts';

const quote = quoteOf(); // EUR/USD 1.17000/1.17006, minimum size 1, stops 2 points away at least
const buy: Order = { direction: 'BUY', size: '1' };
/** The first rule that it breaks. */
const refuseOpening = (...opening: Parameters<typeof judgeOpening>) => firstReason(judgeOpening(...opening));
const codeOf = (order: Partial<Order>, over: Parameters<typeof quoteOf>[0] = {}) =>
  refuseOpening({ ...buy, ...order }, null, quoteOf(over));

describe('an opening is refused with its numbers', () => {
  test.each<[string, Partial<Order>, Parameters<typeof quoteOf>[0]?, object?]>([
    ['market_not_tradeable', {}, { tick: { marketState: 'closed' } }, { marketState: 'closed' }],
    ['price_stale', {}, { tick: { stale: true } }],
    ['price_stale', {}, { tick: { offer: null } }],
    ['size_below_minimum', { size: '0.99' }, {}, { size: '0.99', minimum: '1' }],
    ['size_off_step', { size: '1.505' }, {}, { size: '1.505', step: '0.01' }],
    ['size_off_step', { size: '0.055' }, { minimum: '0.04' }, { step: '0.01' }],
    ['stop_too_fine', { stopLevel: '1.169805' }, {}, { stopLevel: '1.169805', nearest: '1.1698' }],
    ['limit_too_fine', { limitLevel: '1.190016' }, {}, { limitLevel: '1.190016', nearest: '1.19002' }],
    [
      'stop_distance_too_fine',
      { stopDistancePoints: '20.12345' },
      {},
      { distance: '20.12345', nearest: '20.1' },
    ],
    ['limit_distance_too_fine', { limitDistancePoints: '30.05' }, {}, { distance: '30.05', nearest: '30' }],
    [
      'stop_distance_too_fine', // 117.0 would be nearer, and too near to the price
      { stopDistancePoints: '117.01' },
      { minDistance: { unit: 'percentage', value: '1' } },
      { nearest: '117.1' },
    ],
    [
      'stop_too_fine', // so would 1.15836
      { stopLevel: '1.158359' },
      { minDistance: { unit: 'percentage', value: '1' } },
      { nearest: '1.15835' },
    ],
    ['stop_wrong_side', { stopLevel: '1.17006' }, {}, { stopLevel: '1.17006', level: '1.17006' }],
    ['stop_wrong_side', { direction: 'SELL', stopLevel: '1.16' }, {}, { level: '1.17000' }],
    ['stop_too_near', { stopLevel: '1.16987' }, {}, { distance: '1.9', minimum: '2' }],
    ['stop_too_near', { stopDistancePoints: '1.99' }],
    [
      'stop_too_near',
      { stopDistancePoints: '100' },
      { minDistance: { unit: 'percentage', value: '1' } },
      { minimum: '117.006' },
    ],
    ['limit_wrong_side', { limitLevel: '1.17' }],
    ['limit_wrong_side', { direction: 'SELL', limitLevel: '1.18' }],
    ['limit_too_near', { limitLevel: '1.17025' }, {}, { distance: '1.9' }],
    ['limit_too_near', { direction: 'SELL', limitDistancePoints: '1' }],
  ])('%s: %j', (code, order, over = {}, numbers = {}) => {
    expect(codeOf(order, over)).toMatchObject({ code, ...numbers });
  });
  test.each<[Partial<Order>, Parameters<typeof quoteOf>[0]?]>([
    [{}],
    [{ size: '1.0' }],
    [{ size: '1.25' }],
    [{ size: '0.05' }, { minimum: '0.04' }],
    [{ stopLevel: '1.16986' }],
    [{ stopLevel: '1.1600000' }],
    [{ stopDistancePoints: '2' }],
    [{ stopDistancePoints: '20.100', limitDistancePoints: '30.1' }],
    [{ stopDistancePoints: '20.12' }, { tick: { bid: '1.170001' } }],
    [{ limitLevel: '1.17026' }],
    [{ direction: 'SELL', stopLevel: '1.1702', limitLevel: '1.1698' }],
    [{ stopDistancePoints: '118' }, { minDistance: { unit: 'percentage', value: '1' } }],
  ])('%j may be sent', (order, over) => expect(codeOf(order, over)).toBeNull());

  test('the step is 1 for shares that are dealt whole, a hundredth else, or as fine as a finer minimum', () => {
    expect(
      [
        ['SHARES', '1'],
        ['SHARES', '0.1'],
        ['SHARES', '0.001'],
        ['CONTRACTS', '1'],
        ['AMOUNT', '0.5'],
        ['CONTRACTS', '0.04'],
        ['CONTRACTS', '0.001'],
      ].map(([unit, minimum]) => sizeStep(unit!, minimum!)),
    ).toEqual(['1', '0.1', '0.001', '0.01', '0.01', '0.01', '0.001']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999 }), fc.integer({ min: 0, max: 4 }), (units, places) => {
        const minimum = (units / 10 ** places).toFixed(places);
        expect(codeOf({ size: minimum }, { minimum })).toBeNull();
      }),
    );
  });
  test('a distance that is too fine is refused with the nearest one that may be sent', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('stopDistancePoints' as const, 'limitDistancePoints' as const),
        fc.integer({ min: 20_001, max: 50_000_000 }),
        (field, units) => {
          const points = decimal.divide(String(units), '10000', 4, 'down');
          const reason = codeOf({ [field]: points });
          if (reason === null) return void expect(points).toMatch(/^\d+(\.\d)?$/);
          if (!('nearest' in reason)) throw new Error(reason.code);
          expect(codeOf({ [field]: reason.nearest })).toBeNull();
          expect(Math.abs(Number(reason.nearest) - Number(points))).toBeLessThanOrEqual(0.0501);
        },
      ),
    );
  });
  test('a stop and a limit at their nearest are taken, one step nearer they are not, in either direction', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('BUY' as const, 'SELL' as const),
        fc.integer({ min: 2, max: 5_000 }),
        (direction, points) => {
          const [level, sign] = direction === 'BUY' ? (['1.17006', -1] as const) : (['1.17000', 1] as const);
          const at = (distance: number) =>
            decimal.add(level, decimal.divide(String(distance), '10000', 6, 'down'));
          expect(
            refuseOpening(
              { direction, size: '1', stopLevel: at(sign * points), limitLevel: at(-sign * points) },
              null,
              quote,
            ),
          ).toBeNull();
          expect(
            refuseOpening({ direction, size: '1', stopLevel: at(sign * 1.9) }, null, quote),
          ).toMatchObject({
            code: 'stop_too_near',
          });
          expect(
            refuseOpening({ direction, size: '1', limitLevel: at(-sign * 1.9) }, null, quote),
          ).toMatchObject({
            code: 'limit_too_near',
          });
        },
      ),
    );
  });
});

test('a position may be left while the market takes closings, not while it is shut', () => {
  for (const state of ['edits_only', 'deal_no_edits']) expect(refuseClosing(state)).toBeNull();
  expect([refuseClosing('tradeable'), refuseClosing('closings_only'), refuseClosing('closed')]).toEqual([
    null,
    null,
    { code: 'market_not_tradeable', marketState: 'closed' },
  ]);
});

describe('funds', () => {
  const funds = { cash: '1000', margin: '300', runningProfit: '-100', reserved: '50' };
  test('available is equity less margin less what is set aside', () => {
    expect(availableOf(funds)).toBe('550');
    expect(refuseFunds('550', funds)).toBeNull();
    expect(refuseFunds('550.01', funds)).toEqual({
      code: 'insufficient_funds',
      required: '550.01',
      available: '550',
    });
  });
  test('what is not known is left to the broker; a halt is not', () => {
    expect(refuseFunds(null, funds)).toBeNull();
    expect(refuseFunds('1000000', { ...funds, cash: null })).toBeNull();
  });
});

describe('valuation', () => {
  test.each([
    [
      'a CFD moves by its contract size',
      { unit: 'CONTRACTS', scalingFactor: '10000', contractSize: '100000', valueOfOnePip: '10.00' },
      '100000',
    ],
    [
      'a spread bet is per point',
      { unit: 'AMOUNT', scalingFactor: '1', contractSize: null, valueOfOnePip: null },
      '1',
    ],
    [
      'without a contract size the value of a pip tells',
      { unit: 'CONTRACTS', scalingFactor: '10000', contractSize: null, valueOfOnePip: '10.00' },
      '100000',
    ],
  ])('%s', (_case, market, value) => expect(quoteUnitValue(market)).toBe(value));
  test('a BUY is valued at the bid, a SELL at the offer, and nothing without one', () => {
    const [bid, offer] = ['1.17106', '1.17112'];
    expect(runningProfit({ direction: 'BUY', size: '2', level: '1.17006' }, { bid, offer }, '100000')).toBe(
      '200',
    );
    expect(runningProfit({ direction: 'SELL', size: '2', level: '1.17' }, { bid, offer }, '100000')).toBe(
      '-224',
    );
    expect(
      runningProfit({ direction: 'SELL', size: '2', level: '1.17' }, { bid, offer: null }, '100000'),
    ).toBeNull();
  });
  test('profit is what both halves of a position make', () => {
    const units = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(units, units, units, units, (a, b, level, bid) => {
        const profit = (size: number) =>
          runningProfit(
            { direction: 'BUY', size: String(size), level: String(level) },
            { bid: String(bid), offer: null },
            '0.1',
          )!;
        expect(decimal.add(profit(a), profit(b))).toBe(profit(a + b));
      }),
    );
  });
  test('margin is a share of the exposure, or points of it', () => {
    const { market } = quote;
    expect(requiredMargin('2', '1.17006', market)).toBe('7792.5996');
    expect(
      requiredMargin('2', '1.17006', { ...market, marginFactor: '30', marginFactorUnit: 'points' }),
    ).toBe('600');
    expect(requiredMargin('2', '1.17006', { ...market, marginFactor: null })).toBeNull();
  });
  test('rates lead straight, the other way round, over the dollar, from quotes in points, or nowhere', () => {
    const pairs: Record<string, [bid: string, offer: string, scaling?: string, pip?: string]> = {
      'CS.D.GBPUSD.CFD.IP': ['1.25', '1.25'],
      'CS.D.USDJPY.CFD.IP': ['150', '150', '100', '0.01 JPY/USD'],
      'CS.D.EURUSD.CFD.IP': ['11740', '11760', '1', '0.0001 USD/EUR'],
    };
    const rate = (from: string, to: string) =>
      rateBetween(from, to, (epic) => {
        const [bid, offer, scalingFactor = '10000', onePipMeans = '0.0001 X/Y'] = pairs[epic] ?? [];
        return bid && offer ? { bid, offer, scalingFactor, onePipMeans } : undefined;
      });
    expect([
      rate('GBP', 'GBP'),
      rate('GBP', 'USD'),
      rate('USD', 'GBP'),
      rate('EUR', 'USD'),
      rate('GBP', 'JPY'),
      rate('GBP', 'CHF'),
    ]).toEqual(['1', '1.25', '0.8', '1.175', '187.5', null]);
    expect(toMoney('10', rate('JPY', 'GBP'))).toBe('0.05');
  });
});
