import { expect, test } from 'vitest';
import type { MarketDetails } from '../../../client/index.ts';
import { marketFacts } from './market-facts.ts';

const points = (value: string) => ({ unit: 'points' as const, value });
const market = (over: Partial<MarketDetails> = {}, rules: Partial<MarketDetails['dealingRules']> = {}) =>
  ({
    epic: 'CS.D.EURUSD.CFD.IP',
    type: 'CURRENCIES',
    expiry: '-',
    delayMinutes: 0,
    currencies: [
      { code: 'EUR', isDefault: false },
      { code: 'USD', isDefault: true },
    ],
    unit: 'CONTRACTS',
    contractSize: '100000',
    marginFactor: '3.33',
    marginFactorUnit: 'percentage',
    stopsLimitsAllowed: true,
    guaranteedStopsAllowed: true,
    guaranteedStopPremium: points('1.2'),
    lastDealingAt: null,
    ...over,
    dealingRules: {
      minDealSize: points('0.5'),
      minStepDistance: points('1'),
      minNormalStopOrLimitDistance: points('2'),
      maxStopOrLimitDistance: { unit: 'percentage', value: '75' },
      minGuaranteedStopDistance: points('20'),
      marketOrders: true,
      trailingStops: true,
      ...rules,
    },
  }) as MarketDetails;

test('the rules of a market are told with their units, what is as usual and what is not told is left out', () => {
  expect(marketFacts(market(), '0.6')).toEqual([
    ['Spread', '0.6 points'],
    ['Smallest size', '0.5 contracts'],
    ['Margin, from', '3.33 %'],
    ['Nearest stop', '2 points'],
    ['Farthest stop', '75 % of the price'],
    ['Guaranteed stop, nearest', '20 points'],
    ['Guaranteed stop, if hit', 'costs 1.2 points'],
    ['Trailing stops', 'steps from 1 points'],
    ['One contract', '100,000'],
    ['Currency', 'USD'],
    ['Kind', 'Currencies'],
    ['Epic', 'CS.D.EURUSD.CFD.IP'],
  ]);
});
test('what a market does not take is said', () => {
  const facts = new Map(marketFacts(market({ stopsLimitsAllowed: false }, { marketOrders: false }), '1'));
  expect(facts.get('Nearest stop')).toBe('no stops here');
  expect(facts.get('Deals at market')).toBe('not here');
  expect([...facts.keys()].filter((name) => /Guaranteed|Trailing|Farthest/.test(name))).toEqual([]);
  expect(new Map(marketFacts(market({}, { trailingStops: false }), '1')).get('Trailing stops')).toBe(
    'not here',
  );
});
