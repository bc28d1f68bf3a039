// Every kind of transaction posts to zero per currency, and what takes it back leaves nothing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TransactionKind, TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { isZero } from './amount.ts';
import { postingsOf, reversalOf, sumsByCurrency } from './postings.ts';

const decimals = (most: bigint) =>
  fc.tuple(fc.bigInt({ min: 1n, max: most }), fc.integer({ min: 0, max: 10 })).map(([digits, places]) => {
    const text = String(digits).padStart(places + 1, '0');
    return places ? `${text.slice(0, -places)}.${text.slice(-places)}` : text;
  });
const positive = decimals(10n ** 18n);
const either = fc.tuple(fc.boolean(), positive).map(([below, amount]) => (below ? `-${amount}` : amount));
const currency = fc.constantFrom('GBP', 'USD', 'EUR');
const quoted = fc.constantFrom('GBP', 'GBX', 'USD', 'ZAC');
const instrument = fc.constantFrom('AAPL', 'CS.D.EURUSD.CFD.IP');
const may = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const traded = {
  instrument,
  quantity: positive,
  price: positive,
  currency: quoted,
  fee: may(positive),
  tax: may(positive),
};
const of = <Kind extends TransactionKind>(kind: Kind, fields: object) =>
  fc.record({ kind: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<TransactionTerms>;
const kinds: Record<TransactionKind, fc.Arbitrary<TransactionTerms>> = {
  buy: of('buy', traded),
  sell: of('sell', traded),
  short: of('short', traded),
  cover: of('cover', traded),
  dividend: of('dividend', { instrument, amount: either, tax: may(positive), currency }),
  interest: of('interest', { amount: either, instrument: may(instrument), currency }),
  fee: of('fee', { amount: positive, instrument: may(instrument), currency }),
  tax: of('tax', { amount: positive, currency }),
  deposit: of('deposit', { amount: positive, currency }),
  withdrawal: of('withdrawal', { amount: positive, currency }),
  split: of('split', { instrument, newUnits: positive, oldUnits: positive }),
  transfer: of('transfer', { ...traded, direction: fc.constantFrom('in', 'out') }),
  funding: of('funding', { instrument, amount: either, currency }),
  result: of('result', { instrument: may(instrument), amount: either, currency }),
  adjustment: of('adjustment', { amount: either, currency }),
  exchange: of('exchange', {
    sold: fc.record({ amount: positive, currency }),
    bought: fc.record({ amount: positive, currency }),
    fee: may(positive),
  }),
};

test.each(Object.entries(kinds))('%s: its postings sum to zero in each currency, exactly', (kind, terms) => {
  fc.assert(
    fc.property(terms, (made) => {
      const postings = postingsOf(made);
      expect(postings.length === 0).toBe(kind === 'split');
      expect([...sumsByCurrency(postings).values()].filter((left) => !isZero(left))).toEqual([]);
    }),
  );
});

test('a transaction and what takes it back leave nothing in any account', () => {
  fc.assert(
    fc.property(fc.oneof(...Object.values(kinds)), (terms) => {
      const postings = postingsOf(terms);
      const both = [...postings, ...reversalOf(postings)];
      const accounts = Map.groupBy(both, ({ account, instrument: of, currency: money }) =>
        [account, of, money].join(),
      );
      for (const lines of accounts.values())
        expect([...sumsByCurrency(lines).values()].every(isZero)).toBe(true);
    }),
  );
});

test.each<[string, TransactionTerms, string[]]>([
  [
    'a buy in pence is paid in pounds, with its fee and duty',
    {
      kind: 'buy',
      instrument: 'VOD',
      quantity: '1000',
      price: '1600.5',
      currency: 'GBX',
      fee: '5',
      tax: '80.02',
    },
    ['holdings VOD GBP 16005 (1000)', 'fees VOD GBP 5', 'taxes VOD GBP 80.02', 'cash GBP -16090.02'],
  ],
  [
    'a short sale brings cash and owes units',
    { kind: 'short', instrument: 'X', quantity: '2', price: '10', currency: 'USD' },
    ['holdings X USD -20 (-2)', 'cash USD 20'],
  ],
  [
    'a dividend less what was withheld',
    { kind: 'dividend', instrument: 'X', amount: '10', tax: '1.5', currency: 'USD' },
    ['income X USD -10', 'cash USD 10', 'taxes X USD 1.5', 'cash USD -1.5'],
  ],
  [
    'funding that was paid',
    { kind: 'funding', instrument: 'X', amount: '-3.78', currency: 'GBP' },
    ['funding X GBP 3.78', 'cash GBP -3.78'],
  ],
  [
    'the result of a closed position is paid into cash, without what it was worth',
    { kind: 'result', instrument: 'X', amount: '-12.5', currency: 'GBP' },
    ['results X GBP 12.5', 'cash GBP -12.5'],
  ],
  [
    'cash that nothing explains comes from outside',
    { kind: 'adjustment', amount: '40', currency: 'GBP' },
    ['capital GBP -40', 'cash GBP 40'],
  ],
  [
    'a transfer in comes from outside, without cash',
    { kind: 'transfer', direction: 'in', instrument: 'X', quantity: '3', price: '7', currency: 'EUR' },
    ['holdings X EUR 21 (3)', 'capital X EUR -21'],
  ],
  [
    'an exchange is balanced in both currencies',
    {
      kind: 'exchange',
      sold: { amount: '100', currency: 'GBP' },
      bought: { amount: '125', currency: 'USD' },
      fee: '1',
    },
    ['exchange GBP 100', 'fees GBP 1', 'cash GBP -101', 'exchange USD -125', 'cash USD 125'],
  ],
])('%s', (_what, terms, lines) => {
  expect(
    postingsOf(terms).map(({ account, instrument: of, currency: money, amount, quantity }) =>
      [account, of, money, amount, quantity && `(${quantity})`].filter(Boolean).join(' '),
    ),
  ).toEqual(lines);
});
