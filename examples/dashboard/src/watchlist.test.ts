import { expect, test } from 'vitest';
import { maxEpicsPerRequest } from '../../../shared/market-data.ts';
import { usualMarkets } from '../../../shared/usual-markets.ts';
import { maxWatchlistEpics, maxWatchlists } from '../../../shared/watchlists.ts';
import { maxAsked } from './markets.ts';
import { maxEpicsPerSubscription } from './prices.ts';
import {
  adding,
  importWords,
  isOfOtherKind,
  listToShow,
  maxLists,
  maxMarkets,
  moving,
  removing,
} from './watchlist.ts';

test('the page’s bounds are the server’s', () => {
  expect([maxMarkets, maxLists]).toEqual([maxWatchlistEpics, maxWatchlists]);
  expect([maxAsked, maxEpicsPerSubscription]).toEqual([maxEpicsPerRequest, maxEpicsPerRequest]);
});

test.each([
  ['added at the end', adding('D'), 'ABCD'],
  ['added once', adding('B'), 'ABC'],
  ['removed', removing('B'), 'AC'],
  ['moved down', moving('A', 'C'), 'BCA'],
  ['moved up', moving('C', 'A'), 'CAB'],
  ['moved to one that has gone', moving('A', 'X'), 'ABC'],
  ['moved, though it has gone', moving('X', 'A'), 'ABC'],
])('a market is %s', (_what, edit, after) => expect(edit([...'ABC']).join('')).toBe(after));

const list = (id: string, epics: readonly string[]) => ({
  id,
  name: id,
  epics: [...epics],
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  importedFrom: null,
});
const [cfds, bets, own] = [
  list('cfds', usualMarkets.CFD),
  list('bets', usualMarkets.SPREADBET),
  list('own', ['XX.D.OTHER.CASH.IP']),
];
test('the list to show is the one chosen, else the first for the kind of account, else the first', () => {
  expect(listToShow([cfds, bets, own], 'own', 'CFD')).toBe(own);
  expect(listToShow([cfds, bets, own], 'gone', 'SPREADBET')).toBe(bets);
  expect(listToShow([cfds], null, 'SPREADBET')).toBe(cfds);
  expect(listToShow([cfds, own], null, 'SPREADBET')).toBe(own);
  expect(listToShow(undefined, 'own', 'CFD')).toBe(undefined);
});
test('only a list with usual markets of the other kind and none of this one is of the other kind', () => {
  expect([isOfOtherKind(cfds, 'SPREADBET'), isOfOtherKind(bets, 'CFD')]).toEqual([true, true]);
  const both = list('both', [usualMarkets.CFD[0]!, usualMarkets.SPREADBET[0]!]);
  expect([cfds, own, both].map((each) => isOfOtherKind(each, 'CFD'))).toEqual([false, false, false]);
});

test('an import says of each list what became of it, and what did not fit', () => {
  const told = (outcome: 'created' | 'not_read', leftOut: string[] = []) => ({
    brokerName: 'Metals',
    outcome,
    id: null,
    leftOut,
  });
  expect(importWords({ watchlists: [told('created', ['A', 'B']), told('not_read')] })).toEqual([
    'Metals: copied, without 2 that did not fit in.',
    'Metals: not read yet: import again in a minute.',
  ]);
  expect(importWords({ watchlists: [] })).toEqual(['IG keeps no list of yours.']);
});
