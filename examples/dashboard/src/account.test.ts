import { expect, test } from 'vitest';
import type { Deal, DealStatus } from '../../../client/index.ts';
import * as build from '../../../server/testing/build.ts';
import { mergeDeals } from './account.ts';
import { dealOutcome } from './deal-words.ts';

const deal = (status: DealStatus, second: number, more: Partial<Deal> = {}): Deal =>
  build.deal({ status, level: null, statusAt: new Date(second * 1000), ...more });

test('a verdict is not unsaid by what was said before it, whichever comes first and whatever the clocks say', () => {
  const [unknown, accepted] = [deal('unknown', 9), deal('accepted', 8)];
  expect(mergeDeals([accepted], [unknown])).toEqual([accepted]);
  expect(mergeDeals([unknown], [accepted])).toEqual([accepted]);
  expect(mergeDeals([deal('submitted', 1)], [unknown])).toEqual([unknown]);
  expect(mergeDeals([unknown], [deal('submitted', 1)])).toEqual([unknown]);
});
test('what was taken for lost and was dealt after all is shown as dealt', () => {
  expect(mergeDeals([deal('rejected', 1)], [deal('accepted', 2)])[0]!.status).toBe('accepted');
});
test('deals stand newest first, each once', () => {
  const newest = deal('accepted', 1, { id: 'deal_2', createdAt: new Date(5) });
  expect(mergeDeals([deal('accepted', 1)], [newest, newest]).map(({ id }) => id)).toEqual([
    'deal_2',
    'deal_1',
  ]);
});

test.each([
  [deal('accepted', 1, { level: '1.21374' }), 'Bought 1 EUR/USD at 1.21374.'],
  [
    deal('accepted', 1, {
      kind: 'close',
      direction: 'SELL',
      level: '1.21374',
      profit: '-1043.5',
      profitCurrency: 'GBP',
    }),
    'Closed 1 EUR/USD at 1.21374, \u22121,043.50 GBP.',
  ],
  [
    deal('denied', 1, { reason: { code: 'size_below_minimum', size: '0.1', minimum: '0.5' } }),
    'Not sent: the size 0.1 is below the minimum of 0.5.',
  ],
  [
    deal('denied', 1, { reason: { code: 'insufficient_funds', required: '2940.26', available: '1124.35' } }),
    'Not sent: it needs 2,940.26 of margin and 1,124.35 is available.',
  ],
  [
    deal('rejected', 1, { reason: { code: 'broker_refused', brokerCode: 'MARKET_CLOSED' } }),
    'Rejected: the broker refused it: market closed (MARKET_CLOSED).',
  ],
  [
    deal('unknown', 1),
    'Not decided yet: the broker did not answer, and FTrader is asking it. Do not send it again.',
  ],
])('$status is said in plain words with its numbers', (one, said) =>
  expect(dealOutcome(one, 'EUR/USD')).toBe(said),
);
