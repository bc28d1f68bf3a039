import { expect, test } from 'vitest';
import type { Deal } from '../../../client/index.ts';
import * as build from '../../../server/testing/build.ts';
import { filterDeals, noFilter } from './deal-filter.ts';
import { dealEffects, dealOutcome, dealTerms, dealTitle, howDecided } from './deal-words.ts';

const order = { orderType: 'limit', orderLevel: '1.21', level: null } as const;

test.each<[Partial<Deal>, title: string, terms: string, outcome: string]>([
  [{}, 'Buy 1 EUR/USD', '', 'Bought 1 EUR/USD at 1.17006.'],
  [{ kind: 'close' }, 'Close 1 EUR/USD', 'to close', 'Closed 1 EUR/USD at 1.17006.'],
  [
    { kind: 'amend', stopLevel: '1.15', level: null },
    'Change stop and limit of 1 EUR/USD',
    'to change: stop 1.15, no limit',
    'Changed stop and limit of 1 EUR/USD.',
  ],
  [
    { kind: 'place_order', ...order, stopDistancePoints: '20' },
    'Place an order to buy 1 EUR/USD',
    'limit order at 1.21, stop 20 points away, until it is cancelled',
    'Placed an order to buy 1 EUR/USD at 1.21.',
  ],
  [
    { kind: 'amend_order', ...order },
    'Change the order to buy 1 EUR/USD',
    'change of the limit order at 1.21, until it is cancelled',
    'Changed the order to buy 1 EUR/USD at 1.21.',
  ],
  [
    { kind: 'cancel_order', ...order },
    'Cancel the order to buy 1 EUR/USD',
    'cancel of the limit order at 1.21',
    'Cancelled the order to buy 1 EUR/USD at 1.21.',
  ],
])('$kind reads as what was asked for and what became of it', (more, title, terms, outcome) => {
  const deal = build.deal(more);
  expect([dealTitle(deal, 'EUR/USD'), dealTerms(deal), dealOutcome(deal, 'EUR/USD')]).toEqual([
    title,
    terms,
    outcome,
  ]);
});

test('deals are filtered by what they were and how they ended, and no kind and no status is left out of all', () => {
  const kinds = ['open', 'close', 'amend', 'place_order', 'amend_order', 'cancel_order'] as const;
  const statuses = ['submitting', 'submitted', 'unknown', 'accepted', 'rejected', 'denied'] as const;
  const deals = kinds.flatMap((kind) =>
    statuses.map((status) => build.deal({ id: `${kind} ${status}`, kind, status })),
  );
  const shown = (filter: Partial<typeof noFilter>) =>
    filterDeals(deals, { ...noFilter, ...filter }).map(({ id }) => id);
  expect(shown({}).length).toBe(36);
  expect(shown({ kind: 'changes', ending: 'undecided' })).toEqual([
    'amend submitting',
    'amend submitted',
    'amend unknown',
  ]);
  expect(shown({ kind: 'positions', ending: 'accepted' })).toEqual(['open accepted', 'close accepted']);
  expect(
    (['positions', 'orders', 'changes'] as const).flatMap((kind) =>
      (['undecided', 'accepted', 'refused'] as const).flatMap((ending) => shown({ kind, ending })),
    ).length,
  ).toBe(36);
});

test('what a deal did is said of each position, and of an order as of an order; nothing is said before the broker tells it', () => {
  const affected = [
    { dealId: 'DIAAA1', action: 'closed' },
    { dealId: 'DIAAA2', action: 'partially_closed' },
  ] as const;
  expect(dealEffects(build.deal({ kind: 'net', affected: [...affected] }))).toEqual([
    'Closed: position DIAAA1',
    'Closed in part: position DIAAA2',
  ]);
  expect(
    dealEffects(build.deal({ kind: 'cancel_order', affected: [{ dealId: 'DIBBB1', action: 'deleted' }] })),
  ).toEqual(['Deleted: order DIBBB1']);
  expect(dealEffects(build.deal({ affected: null }))).toEqual([]);
});

test.each([
  ['unknown', null, /^Nobody knows yet/],
  ['accepted', null, /answer was lost, and .* show that it was accepted\.$/],
  [
    'rejected',
    { code: 'broker_refused', brokerCode: 'X' },
    /answer was lost, and .* show that it was rejected\.$/,
  ],
  ['rejected', { code: 'never_reached_broker' }, /two complete readings .* show nothing of it\.$/],
] as const)(
  'of a deal whose answer was lost and that is %s (%j) it is said how that is known',
  (status, reason, said) => expect(howDecided(build.deal({ status, reason }))).toMatch(said),
);
