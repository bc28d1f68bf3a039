import { expect, test } from 'vitest';
import type { AccountTransaction, ActivityEntry } from '../../../client/index.ts';
import * as build from '../../../server/testing/build.ts';
import {
  dealsAsked,
  historyParts,
  kindsOf,
  noHistoryFilter,
  outcomesOf,
  shows,
  spanMissed,
  spanOf,
  type HistoryPart,
} from './history-filter.ts';

test('days are whole ones of this device, the last included, also over the end of a month', () => {
  expect(spanOf({ from: '2026-02-27', to: '2026-02-28' })).toEqual({
    from: new Date(2026, 1, 27),
    to: new Date(2026, 2, 1),
  });
  expect(spanOf({ from: '', to: '' })).toEqual({});
  expect(spanOf({ from: 'soon', to: '2026-12-31' })).toEqual({ to: new Date(2027, 0, 1) });
});

test('a last day before the first is told, the same day is one', () => {
  expect(spanMissed({ from: '2026-03-02', to: '2026-03-01' })).toMatch(/before/);
  expect(spanMissed({ from: '2026-03-02', to: '2026-03-02' })).toBeUndefined();
  expect(spanMissed({ from: '2026-03-02', to: '' })).toBeUndefined();
});

test('the server is asked for the kinds and statuses that are meant, and for nothing where any will do', () => {
  expect(dealsAsked(noHistoryFilter)).toEqual({});
  expect(dealsAsked({ ...noHistoryFilter, kind: 'orders', outcome: 'refused', from: '2026-03-01' })).toEqual({
    kind: ['place_order', 'amend_order', 'cancel_order'],
    status: ['rejected', 'denied'],
    from: new Date(2026, 2, 1),
  });
});

const entry = (more: Partial<ActivityEntry>) =>
  ({
    epic: 'CS.D.EURUSD.CFD.IP',
    name: 'EUR/USD',
    status: 'accepted',
    changes: [],
    ...more,
  }) as ActivityEntry;
const transaction = (more: Partial<AccountTransaction>) =>
  ({ type: 'deal', name: 'EUR/USD', amount: '1.50', ...more }) as AccountTransaction;
const any = noHistoryFilter;

test.each([
  ['all', {}, true],
  ['its kind', { kind: 'positions' }, true],
  ['another kind', { kind: 'orders' }, false],
  ['its outcome', { outcome: 'accepted' }, true],
  ['another outcome', { outcome: 'undecided' }, false],
  ['its name in part', { market: 'eur' }, true],
  ['its epic', { market: 'CS.D.EURUSD' }, true],
  ['another market', { market: 'gold' }, false],
])('of deals, one that is accepted is shown for %s: %j', (_, filter, isShown) =>
  expect(shows.deals({ ...any, ...filter }, build.deal({}), 'EUR/USD')).toBe(isShown),
);

test.each([
  [{}, {}, true],
  [{ kind: 'positions' }, { changes: [{ action: 'partially_closed', dealId: 'D1' }] }, true],
  [{ kind: 'orders' }, { changes: [{ action: 'order_deleted', dealId: 'D1' }] }, true],
  [{ kind: 'orders' }, { changes: [{ action: 'amended', dealId: 'D1' }] }, false],
  [{ kind: 'other' }, {}, true],
  [{ outcome: 'refused' }, { status: 'rejected' }, true],
  [{ outcome: 'refused' }, {}, false],
  [{ market: 'usd' }, { epic: null, name: null }, false],
  [{}, { epic: null, name: null }, true],
] as const)('of the activity, %j shows %j: %s', (filter, more, isShown) =>
  expect(shows.activity({ ...any, part: 'activity', ...filter }, entry(more as Partial<ActivityEntry>))).toBe(
    isShown,
  ),
);

test.each([
  [{ outcome: 'gain' }, {}, true],
  [{ outcome: 'loss' }, { amount: '-0.01' }, true],
  [{ outcome: 'gain' }, { amount: '0.00' }, false],
  [{ outcome: 'loss' }, { amount: '-0.00' }, false],
  [{ kind: 'deposit' }, {}, false],
  [{ kind: 'deal', market: 'eur' }, {}, true],
] as const)('of the cash, %j shows %j: %s', (filter, more, isShown) =>
  expect(shows.transactions({ ...any, part: 'transactions', ...filter }, transaction(more))).toBe(isShown),
);

test('every part has its choices, any first', () => {
  for (const part of Object.keys(historyParts) as HistoryPart[])
    expect([Object.keys(kindsOf[part])[0], Object.keys(outcomesOf[part])[0]]).toEqual(['any', 'any']);
});
