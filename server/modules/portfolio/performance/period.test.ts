// The performance of a period from a ledger in several currencies: parts sum to the whole, and what is missing is said.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import { CostMethod } from '../../../../shared/portfolio.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { ledgerOf } from '../../../testing/portfolio-ledger.ts';
import { known, sum } from '../ledger/amount.ts';
import { holdingsOf } from '../valuation/holdings.ts';
import { createPriceBook } from '../valuation/price-book.ts';
import { dayAfter } from './days.ts';
import { performanceOf } from './period.ts';

const start = '2026-01-05'; // a Monday
const options = { method: 'fifo', periodsPerYear: 252, riskFreeRate: 0, base: 'GBP' } as const;
const prices = (instrument: string, currency: string, ...each: [on: string, price: string][]) =>
  each.map(([on, price]) => ({ instrument, currency, on, price }));
const dollars = (...each: [on: string, rate: string][]) =>
  each.map(([on, rate]) => ({ from: 'USD', to: 'GBP', on, rate }));

const ledger = ledgerOf([
  { on: '2026-01-05', terms: { kind: 'deposit', amount: '1000', currency: 'GBP' } },
  {
    on: '2026-01-05',
    terms: {
      kind: 'exchange',
      sold: { amount: '400', currency: 'GBP' },
      bought: { amount: '500', currency: 'USD' },
    },
  },
  {
    on: '2026-01-06',
    terms: { kind: 'buy', instrument: 'ACME', quantity: '4', price: '100', currency: 'USD', fee: '2' },
  },
  {
    on: '2026-01-07',
    terms: { kind: 'buy', instrument: 'VOD', quantity: '100', price: '80', currency: 'GBX' },
  },
  {
    on: '2026-01-08',
    terms: { kind: 'dividend', instrument: 'ACME', amount: '10', tax: '1.5', currency: 'USD' },
  },
  { on: '2026-01-08', terms: { kind: 'withdrawal', amount: '50', currency: 'GBP' } },
]);
const book = createPriceBook(
  [
    ...prices('ACME', 'USD', ['2026-01-06', '101'], ['2026-01-09', '110']),
    ...prices('VOD', 'GBX', ['2026-01-07', '81'], ['2026-01-09', '78']),
  ],
  dollars(['2026-01-05', '0.8'], ['2026-01-09', '0.75']),
);

test('a week in pounds, pence and dollars, to the last digit', () => {
  const made = performanceOf(ledger, { ...options, book, from: start, to: '2026-01-09' });
  // 470 + 78 pounds; 106.5 + 440 dollars at 0.75.
  expect(made).toMatchObject({
    valueAtBegin: '0',
    valueAtEnd: '957.875',
    flows: '950',
    gain: '7.875',
    missing: [],
  });
  expect(made.contributions.map(({ of, gain }) => [of, gain])).toEqual([
    ['ACME', '15.2'], // 440 × 0.75 − 402 × 0.8 + 8.5 × 0.8
    ['VOD', '-2'],
    ['cash', '-5.325'], // 106.5 dollars, from 0.8 to 0.75
  ]);
});

test('each figure comes with its definition, its convention, and how it is of a year', () => {
  const { figures } = performanceOf(ledger, { ...options, book, from: start, to: '2026-01-09' });
  for (const figure of Object.values(figures)) {
    expect(figure.definition).not.toBe('');
    expect(figure.convention).not.toBe('');
    expect(figure.value === null).toBe(figure.reason !== null);
  }
  expect(figures.sharpe.annualised).toBe('× √252');
  // The shares sum to the Modified Dietz return. The 50 that went on the fourth of five days were gone for one of them.
  const made = performanceOf(ledger, { ...options, book, from: start, to: '2026-01-09' });
  const shares = made.contributions.reduce((all, { share }) => all + share!, 0);
  expect(shares).toBeCloseTo(made.figures.modifiedDietz.value!, 12);
  expect(made.figures.modifiedDietz.value).toBeCloseTo(7.875 / (1000 - 50 / 5), 12);
});

test('a price or a rate that is missing is said, and nothing is made up in its place', () => {
  const noPrice = createPriceBook([], dollars(['2026-01-05', '0.8']));
  const made = performanceOf(ledger, { ...options, book: noPrice, from: start, to: '2026-01-09' });
  expect(made).toMatchObject({ valueAtEnd: null, gain: null, contributions: [], drawdown: null });
  expect(made.figures.timeWeighted).toMatchObject({
    value: null,
    reason: 'prices or rates are missing: see missing',
  });
  expect(made.missing).toContainEqual({ what: 'price', of: 'ACME', on: '2026-01-06' });
  const noRate = createPriceBook(prices('ACME', 'USD', ['2026-01-06', '101']), []);
  expect(
    performanceOf(ledger, { ...options, book: noRate, from: start, to: '2026-01-06' }).missing,
  ).toContainEqual({
    what: 'rate',
    of: 'USD',
    on: '2026-01-06',
  });
});

test('a benchmark is compared in the base currency, and one without a price on some day is null with the reason', () => {
  const entries = ledgerOf([{ on: start, terms: { kind: 'deposit', amount: '100', currency: 'GBP' } }]);
  const index = prices('INDEX', 'USD', ['2026-01-02', '100'], ['2026-01-06', '110']);
  const made = createPriceBook(index, dollars(['2026-01-02', '0.8'], ['2026-01-07', '0.7']));
  const compared = (instrument: string, to: string) =>
    performanceOf(entries, {
      ...options,
      book: made,
      from: start,
      to,
      comparedWith: { instrument, base: options.base, book: made },
    });
  const { figures } = compared('INDEX', '2026-01-07').benchmark!;
  expect(figures.return.value).toBeCloseTo((110 * 0.7) / (100 * 0.8) - 1, 12);
  expect(figures.trackingDifference.value).toBeCloseTo(1 - (110 * 0.7) / (100 * 0.8), 12);
  expect(figures.beta.value).toBe(0);
  expect(figures.correlation).toMatchObject({
    value: null,
    reason: 'it takes two daily returns that differ, of both',
  });
  const late = compared('INDEX', '2026-01-14');
  expect(late.missing).toEqual([{ what: 'price', of: 'INDEX', on: '2026-01-14' }]);
  for (const { value, reason, definition, convention } of Object.values(late.benchmark!.figures)) {
    expect({ value, reason }).toEqual({ value: null, reason: expect.stringContaining('see missing') });
    expect([definition, convention]).not.toContain('');
  }
  expect(late.figures.timeWeighted.value).toBe(0);
});

test('a price counts for seven days after its own and not for an eighth', () => {
  const on = (to: string) => performanceOf(ledger, { ...options, book, from: start, to }).missing;
  expect(on('2026-01-16')).toEqual([]);
  expect(on('2026-01-17')).toContainEqual({ what: 'price', of: 'ACME', on: '2026-01-17' });
});

test('what is closed has no unrealised gain, also where the rate of its money is missing by now', () => {
  const terms = { instrument: 'ACME', quantity: '1', price: '100', currency: 'USD', rate: '0.8' } as const;
  const entries = ledgerOf([
    { on: start, terms: { kind: 'buy', ...terms } },
    { on: start, terms: { kind: 'sell', ...terms, price: '110' } },
  ]);
  const { holdings } = holdingsOf(entries, { ...options, book: createPriceBook([], []), on: '2026-01-09' });
  expect(holdings).toMatchObject([{ unrealisedBase: '0', realisedBase: '8', effects: { total: '0' } }]);
});

test('a transaction’s own rate beats the rate of its day', () => {
  const at = (rate?: string) =>
    performanceOf(
      ledgerOf([
        { on: start, terms: { kind: 'deposit', amount: '100', currency: 'USD', ...(rate && { rate }) } },
      ]),
      { ...options, book, from: start, to: start },
    );
  expect(at()).toMatchObject({ flows: '80', gain: '0' });
  expect(at('0.79')).toMatchObject({ flows: '79', gain: '1' });
});

const money = (most: number) =>
  fc.integer({ min: 1, max: most }).map((n) => decimal.divide(String(n), '100', 2, 'down'));
const step: fc.Arbitrary<TransactionTerms> = fc.oneof(
  fc.record({
    kind: fc.constant('deposit' as const),
    amount: money(100_000),
    currency: fc.constantFrom('GBP', 'USD'),
  }),
  fc.record({
    kind: fc.constant('buy' as const),
    instrument: fc.constant('ACME'),
    quantity: money(10_000),
    price: money(10_000),
    currency: fc.constant('USD'),
    fee: money(500),
    rate: fc.option(money(200), { nil: undefined }) as fc.Arbitrary<string>,
  }),
  fc.record({
    kind: fc.constant('buy' as const),
    instrument: fc.constant('VOD'),
    quantity: money(10_000),
    price: money(50_000),
    currency: fc.constant('GBX'),
  }),
  fc.record({
    kind: fc.constant('short' as const),
    instrument: fc.constant('OWED'),
    quantity: money(1_000),
    price: money(1_000),
    currency: fc.constant('EUR'),
  }),
  fc.record({
    kind: fc.constant('interest' as const),
    amount: money(1_000),
    currency: fc.constantFrom('EUR', 'GBP'),
  }),
  fc.record({
    kind: fc.constant('exchange' as const),
    sold: fc.record({ amount: money(9_999), currency: fc.constantFrom('USD', 'GBP') }),
    bought: fc.record({ amount: money(9_999), currency: fc.constant('EUR') }),
  }),
  fc.record({
    kind: fc.constant('transfer' as const),
    direction: fc.constant('in' as const),
    instrument: fc.constant('ACME'),
    quantity: money(500),
    price: money(9_000),
    currency: fc.constant('USD'),
  }),
);

test('whatever happened: contributions sum to the gain and currency effects to theirs, exactly, by every method', () => {
  const days = Array.from({ length: 12 }, (_, n) => dayAfter(start, n));
  const walk = (steps: number[]) => steps.map((n) => decimal.divide(String(n), '1000', 3, 'down'));
  const levels = fc.array(fc.integer({ min: 100, max: 5_000 }), { minLength: 12, maxLength: 12 }).map(walk);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(11), step), { minLength: 1, maxLength: 20 }),
      fc.tuple(levels, levels, levels, levels, levels),
      fc.nat(11),
      (steps, [acme, vod, owed, usd, eur], first) => {
        const rows = steps.toSorted(([a], [b]) => a - b).map(([day, terms]) => ({ on: days[day]!, terms }));
        const each = (values: string[]) => days.map((on, n): [string, string] => [on, values[n]!]);
        const made = createPriceBook(
          [
            ...prices('ACME', 'USD', ...each(acme)),
            ...prices('VOD', 'GBX', ...each(vod)),
            ...prices('OWED', 'EUR', ...each(owed)),
          ],
          [
            ...dollars(...each(usd)),
            ...each(eur).map(([on, rate]) => ({ from: 'EUR', to: 'GBP', on, rate })),
            { from: 'USD', to: 'GBP', on: dayAfter(start, -1), rate: usd[0]! },
          ],
        );
        const entries = ledgerOf(rows);
        const { gain, contributions } = performanceOf(entries, {
          ...options,
          book: made,
          from: days[first]!,
          to: days[11]!,
        });
        expect(gain).not.toBeNull();
        expect(sum(contributions.map((one) => one.gain))).toBe(gain);
        const totals = CostMethod.options.map((method) => {
          const { holdings } = holdingsOf(entries, { method, base: 'GBP', book: made, on: days[11]! });
          for (const { effects } of holdings)
            expect(sum([effects!.local, effects!.exchange, effects!.cross])).toBe(effects!.total);
          return holdings.map((one) => [
            known(decimal.add, one.realised, one.unrealised),
            known(decimal.add, one.realisedBase, one.unrealisedBase),
          ]);
        });
        for (const total of totals) expect(total).toEqual(totals[0]);
      },
    ),
    { numRuns: 150 },
  );
});

test('a figure that no number can hold is null and says so', () => {
  const one = ledgerOf([
    { on: start, terms: { kind: 'deposit', amount: '1', currency: 'GBP' } },
    { on: start, terms: { kind: 'buy', instrument: 'ACME', quantity: '1', price: '1', currency: 'GBP' } },
  ]);
  const risen = createPriceBook(prices('ACME', 'GBP', [start, '100']), []);
  const { figures } = performanceOf(one, { ...options, book: risen, from: start, to: start });
  expect(figures.timeWeighted).toMatchObject({ value: 99, reason: null });
  expect(figures.timeWeightedAnnual).toMatchObject({ value: null, reason: 'it is too large for a number' });
});
