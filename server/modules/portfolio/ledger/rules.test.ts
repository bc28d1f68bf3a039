// What the ledger refuses, with what is wrong and what to do.
import { expect, test } from 'vitest';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { ledgerOf } from '../../../testing/portfolio-ledger.ts';
import { standing } from './entry.ts';
import { postingsOf, reversalOf } from './postings.ts';
import { firstImpossible, problemOfTerms } from './rules.ts';

const trade = (
  kind: 'buy' | 'sell' | 'short' | 'cover',
  quantity: string,
  more: object = {},
): TransactionTerms =>
  ({ kind, instrument: 'X', quantity, price: '5', currency: 'GBP', ...more }) as TransactionTerms;
const split = (newUnits: string, oldUnits: string): TransactionTerms => ({
  kind: 'split',
  instrument: 'X',
  newUnits,
  oldUnits,
});
const transfer = (direction: 'in' | 'out', quantity: string): TransactionTerms => ({
  kind: 'transfer',
  direction,
  instrument: 'X',
  quantity,
  price: '5',
  currency: 'GBP',
});
const ledger = (...all: TransactionTerms[]) =>
  ledgerOf(all.map((terms, n) => ({ on: `2026-01-${String(n + 10)}`, terms })));

test.each<[string, TransactionTerms[]]>([
  ['buying, splitting and selling all of it', [trade('buy', '10'), split('7', '1'), trade('sell', '70')]],
  [
    'a short that is covered',
    [trade('short', '10'), trade('cover', '4'), trade('cover', '6'), trade('buy', '1')],
  ],
  ['what came by a transfer is sold', [transfer('in', '3'), trade('sell', '3')]],
  ['pence and pounds are one money', [trade('buy', '3'), trade('sell', '3', { currency: 'GBX' })]],
  [
    'a lot that is named',
    [
      trade('buy', '3'),
      trade('buy', '4'),
      trade('sell', '4', { lots: [{ transactionId: 'tx_2', quantity: '4' }] }),
    ],
  ],
])('can have happened: %s', (_what, all) => {
  expect(firstImpossible(ledger(...all))).toBeUndefined();
});

test.each<[string, TransactionTerms[], string, string]>([
  [
    'more than is held is sold',
    [trade('buy', '3'), trade('sell', '4')],
    'quantity',
    'is more than is held; sell what is held, and what is more as a short of its own: 3 are held by then',
  ],
  [
    'what is short is sold',
    [trade('short', '3'), trade('sell', '1')],
    'kind',
    'is sell, and 3 are sold short by then: write cover to close, or short to sell more',
  ],
  [
    'more than is short is covered',
    [trade('short', '3'), trade('cover', '4')],
    'quantity',
    'is more than was sold short; cover what is short, and buy what is more: 3 are sold short by then',
  ],
  [
    'what is held is covered',
    [trade('buy', '3'), trade('cover', '1')],
    'kind',
    'is cover, and 3 are held by then: write sell to close, or buy to buy more',
  ],
  [
    'what is short is bought',
    [trade('short', '3'), trade('buy', '3')],
    'kind',
    'is buy, and 3 are sold short by then: write cover until none are',
  ],
  [
    'what is held is sold short',
    [trade('buy', '3'), trade('short', '3')],
    'kind',
    'is short, and 3 are held by then: write sell until none are',
  ],
  [
    'more than is held goes',
    [trade('buy', '3'), transfer('out', '4')],
    'quantity',
    'is more than is held; transfer what is held: 3 are held by then',
  ],
  [
    'a split of nothing',
    [split('2', '1')],
    'instrument',
    'is not held by then: leave the split out, or date it later',
  ],
  [
    'a split that leaves nothing',
    [trade('buy', '1'), split('1', '900000000000000')],
    'newUnits',
    'leaves less than a unit’s twelfth place of 1: correct the split',
  ],
  [
    'a split that makes more units than can be told, as several large ones do',
    [trade('buy', '10'), split('100000000', '1'), split('10000000', '1')],
    'newUnits',
    'makes 10000000000000000 units, and 999999999999999 is the most: correct the split',
  ],
  [
    'a second money',
    [trade('buy', '3'), trade('sell', '3', { currency: 'USD' })],
    'currency',
    'is USD, and the buy tx_1 of 2026-01-10 is paid in GBP: keep one instrument in one money, under another name if it is dealt in two',
  ],
  [
    'a lot that is none',
    [trade('buy', '3'), trade('sell', '3', { lots: [{ transactionId: 'tx_9', quantity: '1' }] })],
    'lots[0].transactionId',
    'is tx_9, which opened nothing that is left by then: name a transaction that did',
  ],
  [
    'a lot that is a sale',
    [
      trade('buy', '3'),
      trade('sell', '1'),
      trade('sell', '1', { lots: [{ transactionId: 'tx_2', quantity: '1' }] }),
    ],
    'lots[0].transactionId',
    'is tx_2, which opened nothing that is left by then: name a transaction that did',
  ],
  [
    'a lot of a position that was closed as a whole',
    [
      trade('buy', '3'),
      trade('sell', '3'),
      trade('buy', '3'),
      trade('sell', '1', { lots: [{ transactionId: 'tx_1', quantity: '1' }] }),
    ],
    'lots[0].transactionId',
    'is tx_1, which opened nothing that is left by then: name a transaction that did',
  ],
  [
    'more than a lot opened',
    [
      trade('buy', '3'),
      trade('buy', '3'),
      trade('sell', '4', { lots: [{ transactionId: 'tx_1', quantity: '4' }] }),
    ],
    'lots[0].quantity',
    'is more than the 3 of tx_1 that no other names: write less',
  ],
  [
    'a lot that another sale has named, in the units after a split',
    [
      trade('buy', '3'),
      trade('buy', '3'),
      trade('sell', '2', { lots: [{ transactionId: 'tx_1', quantity: '2' }] }),
      split('2', '1'),
      trade('sell', '3', { lots: [{ transactionId: 'tx_1', quantity: '3' }] }),
    ],
    'lots[0].quantity',
    'is more than the 2 of tx_1 that no other names: write less',
  ],
])('is refused: %s', (_what, all, field, problem) => {
  const entries = ledger(...all);
  expect(firstImpossible(entries)).toEqual({ entry: entries.at(-1), field, problem });
});

test('a sale that something written later, and dated earlier, makes too large is found', () => {
  const [bought, sold, earlier] = ledger(trade('buy', '3'), trade('sell', '3'), trade('sell', '1'));
  const backDated = { ...earlier!, at: new Date(bought!.at.getTime() + 1), on: bought!.on };
  expect(firstImpossible(standing([bought!, sold!, backDated]))?.entry).toBe(sold);
});

test.each<[TransactionTerms, string, string]>([
  [
    { kind: 'deposit', amount: '1', currency: 'GBX' },
    'currency',
    'is GBX, in which prices are quoted and nothing is paid: write the amount in GBP',
  ],
  [
    { kind: 'exchange', sold: { amount: '1', currency: 'USX' }, bought: { amount: '1', currency: 'GBP' } },
    'sold.currency',
    'is USX, in which prices are quoted and nothing is paid: write the amount in USD',
  ],
  [
    { kind: 'exchange', sold: { amount: '1', currency: 'GBP' }, bought: { amount: '1', currency: 'GBP' } },
    'bought.currency',
    'is the currency that is sold: write two different ones',
  ],
  [
    trade('sell', '3', {
      lots: [
        { transactionId: 'tx_1', quantity: '2' },
        { transactionId: 'tx_2', quantity: '1.5' },
      ],
    }),
    'lots',
    'are 3.5 together, and 3 are closed: write less',
  ],
  [
    trade('cover', '3', { lots: [1, 2].map(() => ({ transactionId: 'tx_1', quantity: '1' })) }),
    'lots[1].transactionId',
    'is tx_1, which lots[0] is too: write one of them',
  ],
])('terms that mean nothing: %j', (terms, field, problem) => {
  expect(problemOfTerms(terms)).toEqual({ field, problem });
});

test('what was taken back, and what took it back, do not stand', () => {
  const [one, two] = ledger(trade('buy', '3'), trade('buy', '4'));
  const back = {
    ...one!,
    id: 'tx_3',
    number: 3,
    reverses: 'tx_1',
    postings: reversalOf(postingsOf(one!.terms)),
  };
  expect(standing([back, two!, one!])).toEqual([two]);
});
