// Portfolios over a real PostgreSQL: what is written and refused, by whom, and what follows from it.
import { expect, test } from 'vitest';
import { portfolioTransactions } from '../../../drizzle/schema/index.ts';
import type { Scope } from '../../../shared/auth.ts';
import type { TransactionTerms } from '../../../shared/portfolio-transactions.ts';
import { createDatabase } from '../../db/client.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import * as build from '../../testing/build.ts';
import { testDb } from '../../testing/test-db.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import { createPortfolioModule } from './index.ts';
import { isZero } from './ledger/amount.ts';
import { sumsByCurrency } from './ledger/postings.ts';

const dayMs = 86_400_000;
const all: Scope[] = ['session', 'account:read'];

/** A Monday, 2026-01-05, at 9 in London. */
async function setUp() {
  const db = await testDb();
  const database = createDatabase({ url: db.url, logger: silentLogger, max: 6 });
  const clock = createManualClock();
  const { router } = createPortfolioModule({ database, clock, ids: createIds(clock) });
  const as = (id: string | null, scopes = all) =>
    createCallerFactory(router)(
      build.context({ principal: id === null ? null : build.principal(scopes, { id }), clock }),
    );
  const ann = as('user_ann');
  const make = (over: object = {}) =>
    ann.create({
      name: 'Shares',
      baseCurrency: 'GBP',
      timeZone: 'Europe/London',
      startsOn: '2025-01-01',
      ...over,
    });
  let keys = 0;
  /** Adds to Ann's portfolio, `daysAgo` before now. */
  const add = (id: string, daysAgo: number, terms: TransactionTerms, more: object = {}) =>
    ann.addTransaction({
      id,
      at: new Date(clock.now().getTime() - daysAgo * dayMs),
      terms,
      idempotencyKey: `key-number-${++keys}`,
      ...more,
    });
  return {
    clock,
    database,
    as,
    ann,
    make,
    add,
    written: async () => (await database.db.select().from(portfolioTransactions)).length,
    [Symbol.asyncDispose]: async () => (await database.close(), db[Symbol.asyncDispose]()),
  };
}
const buy = (instrument: string, quantity: string, price: string, more: object = {}): TransactionTerms => ({
  kind: 'buy',
  instrument,
  quantity,
  price,
  currency: 'GBP',
  ...more,
});
const sell = (instrument: string, quantity: string, price: string, more: object = {}) =>
  ({ ...buy(instrument, quantity, price, more), kind: 'sell' }) as TransactionTerms;
const deposit = (amount: string, more: object = {}): TransactionTerms => ({
  kind: 'deposit',
  amount,
  currency: 'GBP',
  ...more,
});

test('a portfolio is made, listed, renamed and deleted with its ledger', async () => {
  await using app = await setUp();
  const made = await app.make({ tags: ['pension'] });
  expect(made).toMatchObject({ name: 'Shares', baseCurrency: 'GBP', tags: ['pension'], transactions: 0 });
  await app.add(made.id, 1, deposit('100'));
  expect(await app.ann.update({ id: made.id, name: 'Stocks' })).toMatchObject({
    name: 'Stocks',
    tags: ['pension'],
    transactions: 1,
  });
  expect((await app.ann.list({})).portfolios).toEqual([await app.ann.get({ id: made.id })]);
  expect(await app.ann.delete({ id: made.id })).toEqual({ id: made.id, transactions: 1 });
  expect(await app.written()).toBe(0);
  await expect(app.ann.get({ id: made.id })).rejects.toMatchObject({
    cause: { code: 'portfolio.not_found' },
  });
});

test('nobody sees, changes or reads another’s portfolio, and who is not signed in none', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  const { id: txId } = await app.add(id, 1, deposit('100'));
  await app.ann.setPrices({ prices: [{ instrument: 'X', on: '2026-01-02', price: '1', currency: 'GBP' }] });
  const ben = app.as('user_ben');
  const at = app.clock.now();
  const idempotencyKey = 'a-key-of-ben';
  const calls = [
    (who: typeof ben) => who.get({ id }),
    (who: typeof ben) => who.update({ id, name: 'mine' }),
    (who: typeof ben) => who.delete({ id }),
    (who: typeof ben) => who.holdings({ id }),
    (who: typeof ben) => who.transactions({ id }),
    (who: typeof ben) => who.trades({ id }),
    (who: typeof ben) => who.gains({ id }),
    (who: typeof ben) => who.performance({ id }),
    (who: typeof ben) => who.valuations({ id }),
    (who: typeof ben) => who.addTransaction({ id, at, terms: deposit('1'), idempotencyKey }),
    (who: typeof ben) => who.reverseTransaction({ id, txId, idempotencyKey }),
  ];
  for (const call of calls) {
    await expect(call(ben)).rejects.toMatchObject({ cause: { code: 'portfolio.not_found' } });
    await expect(call(app.as(null))).rejects.toMatchObject({ cause: { code: 'auth.required' } });
  }
  expect((await ben.list({})).portfolios).toEqual([]);
  expect((await ben.listPrices({})).entries).toEqual([]);
  await expect(app.as('user_ann', ['account:read']).delete({ id })).rejects.toMatchObject({
    cause: { code: 'auth.scope_missing' },
  });
  // A transaction of another of one's own portfolios is none of this one.
  const other = await app.make();
  await expect(
    app.ann.reverseTransaction({ id: other.id, txId, idempotencyKey: 'a-key-of-ann' }),
  ).rejects.toMatchObject({ cause: { code: 'portfolio.transaction_not_found' } });
  expect(await app.written()).toBe(1);
});

test('every transaction that is written sums to zero per currency, and has the next number', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  await app.add(id, 9, deposit('1000'));
  await app.add(id, 8, buy('VOD', '100', '98.4', { currency: 'GBX', fee: '5', tax: '0.49' }));
  await app.add(id, 7, {
    kind: 'exchange',
    sold: { amount: '80', currency: 'GBP' },
    bought: { amount: '100', currency: 'USD' },
  });
  await app.add(id, 6, { kind: 'dividend', instrument: 'VOD', amount: '4', tax: '1', currency: 'GBP' });
  await app.add(id, 5, { kind: 'split', instrument: 'VOD', newUnits: '2', oldUnits: '1' });
  const rows = await app.database.db.select().from(portfolioTransactions);
  expect(rows.map(({ number }) => number).toSorted()).toEqual([1, 2, 3, 4, 5]);
  for (const { postings } of rows) expect([...sumsByCurrency(postings).values()].every(isZero)).toBe(true);
  expect(await app.ann.holdings({ id })).toMatchObject({
    holdings: [
      {
        instrument: 'VOD',
        quantity: '200',
        cost: '98.4',
        dealingCosts: '5.49',
        incomeBase: '3',
        price: null,
        value: null,
      },
    ],
    cash: [
      { currency: 'GBP', amount: '819.11' },
      { currency: 'USD', amount: '100', amountBase: null },
    ],
    valueBase: null,
    missing: [
      { what: 'price', of: 'VOD', on: '2026-01-05' },
      { what: 'rate', of: 'USD', on: '2026-01-05' },
    ],
  });
});

test.each<[string, TransactionTerms, Record<string, string>]>([
  [
    'a sale of more than is held',
    sell('X', '11', '2'),
    {
      'terms.quantity':
        'is more than is held; sell what is held, and what is more as a short of its own: 10 are held by then',
    },
  ],
  [
    'a deposit of pence',
    deposit('1', { currency: 'GBX' }),
    { 'terms.currency': 'is GBX, in which prices are quoted and nothing is paid: write the amount in GBP' },
  ],
  [
    'a split of what is not held',
    { kind: 'split', instrument: 'Y', newUnits: '2', oldUnits: '1' },
    { 'terms.instrument': 'is not held by then: leave the split out, or date it later' },
  ],
])('%s is refused with what to change, and nothing is written', async (_what, terms, fields) => {
  await using app = await setUp();
  const { id } = await app.make();
  await app.add(id, 2, buy('X', '10', '1'));
  await expect(app.add(id, 1, terms)).rejects.toMatchObject({
    cause: { code: 'request.invalid', options: { fields } },
  });
  expect(await app.written()).toBe(1);
  expect((await app.ann.get({ id })).transactions).toBe(1);
});

test('a date in the future, one before the portfolio, and a split of 0 are refused', async () => {
  await using app = await setUp();
  const { id } = await app.make({ startsOn: '2026-01-01' });
  await expect(app.add(id, -0.001, deposit('1'))).rejects.toMatchObject({
    cause: { options: { fields: { at: 'is in the future: date it when it has happened' } } },
  });
  await expect(app.add(id, 30, deposit('1'))).rejects.toMatchObject({
    cause: {
      options: {
        fields: {
          at: 'is before 2026-01-01, on which the portfolio starts: date it later, or make a portfolio that starts earlier',
        },
      },
    },
  });
  for (const wrong of [
    { newUnits: '0', oldUnits: '1' },
    { newUnits: '1', oldUnits: '0' },
    { newUnits: '-2', oldUnits: '1' },
  ])
    await expect(app.add(id, 1, { kind: 'split', instrument: 'X', ...wrong })).rejects.toMatchObject({
      cause: { code: 'request.invalid' },
    });
  await expect(app.make({ baseCurrency: 'ZZZ' })).rejects.toMatchObject({
    cause: { code: 'request.invalid', options: { fields: { baseCurrency: expect.any(String) } } },
  });
  const later = await app.make({ startsOn: '2099-01-01' });
  for (const read of [app.ann.performance, app.ann.valuations])
    await expect(read({ id: later.id })).rejects.toMatchObject({
      cause: { code: 'request.invalid', options: { fields: { id: expect.stringContaining('2099-01-01') } } },
    });
  await expect(app.make({ tags: ['a', 'b', 'a'] })).rejects.toMatchObject({
    cause: { code: 'request.invalid', message: expect.stringContaining('has a tag twice') },
  });
  await expect(app.make({ baseCurrency: 'GBX' })).rejects.toMatchObject({
    cause: { code: 'request.invalid' },
  });
  expect(await app.written()).toBe(0);
});

test('money without an exchange rate is refused; its own rate, or one of the week before, will do', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  await expect(app.add(id, 1, deposit('100', { currency: 'USD' }))).rejects.toMatchObject({
    cause: {
      code: 'portfolio.rate_missing',
      message: expect.stringContaining('from USD to GBP of 2026-01-04'),
    },
  });
  expect(await app.written()).toBe(0);
  await app.add(id, 1, deposit('100', { currency: 'USD', rate: '0.8' }));
  await app.ann.setPrices({ rates: [{ from: 'GBP', to: 'USD', on: '2025-12-29', rate: '1.6' }] });
  await app.add(id, 0, deposit('100', { currency: 'USD' }));
  expect((await app.ann.holdings({ id })).cash).toMatchObject([
    // 0.625 is 1 ÷ 1.6. The first hundred came at 0.8.
    {
      amount: '200',
      amountBase: '125',
      exchangeEffect: '-17.5',
      rate: { rate: '0.625', source: 'inverse of entered' },
    },
  ]);
});

test('a key stands for one transaction: asked again it is told again, with another request it is refused, at once it is written once', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  const at = new Date(app.clock.now().getTime() - dayMs);
  const ask = (amount: string) =>
    app.ann.addTransaction({ id, at, terms: deposit(amount), idempotencyKey: 'the-same-key' });
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask('100')));
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(new Set(answers.map((each) => each.id)).size).toBe(1);
  await expect(ask('101')).rejects.toMatchObject({ cause: { code: 'portfolio.key_reused' } });
  await expect(
    app.ann.reverseTransaction({ id, txId: answers[0]!.id, idempotencyKey: 'the-same-key' }),
  ).rejects.toMatchObject({ cause: { code: 'portfolio.key_reused' } });
  expect(await app.written()).toBe(1);
});

test('transactions written at once have numbers without a gap, and no two sell the same units', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  await app.add(id, 2, buy('X', '10', '1'));
  // Every connection is open before: none begins late by opening its own.
  await Promise.all(Array.from({ length: 6 }, () => app.ann.get({ id })));
  const sales = await Promise.allSettled(
    Array.from({ length: 6 }, () => app.add(id, 1, sell('X', '4', '2'))),
  );
  expect(sales.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  // Each of the others was told what is held by then, and none that something went wrong.
  const refused = sales.flatMap((each) => (each.status === 'rejected' ? [each.reason.cause.code] : []));
  expect(refused).toEqual(Array.from({ length: 4 }, () => 'request.invalid'));
  const rows = await app.database.db.select().from(portfolioTransactions);
  expect(rows.map(({ number }) => number).toSorted()).toEqual([1, 2, 3]);
});

test('a reversal takes back, once, and is not taken back itself', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  const wrong = await app.add(id, 3, deposit('1000'));
  const reverse = (txId: string, idempotencyKey: string) =>
    app.ann.reverseTransaction({ id, txId, idempotencyKey });
  app.clock.advance(1);
  const back = await reverse(wrong.id, 'reversal-one');
  expect(back).toMatchObject({ reverses: wrong.id, at: wrong.at, number: 2, replayed: false });
  expect(await reverse(wrong.id, 'reversal-one')).toMatchObject({ id: back.id, replayed: true });
  await expect(reverse(wrong.id, 'reversal-two')).rejects.toMatchObject({
    cause: { code: 'portfolio.already_reversed' },
  });
  await expect(reverse(back.id, 'reversal-three')).rejects.toMatchObject({
    cause: { code: 'portfolio.is_reversal' },
  });
  await expect(reverse('ptx_none', 'reversal-four')).rejects.toMatchObject({
    cause: { code: 'portfolio.transaction_not_found' },
  });
  expect((await app.ann.holdings({ id })).cash).toEqual([]);
  expect((await app.ann.transactions({ id })).transactions).toMatchObject([
    { id: back.id, reverses: wrong.id, reversedBy: null },
    { id: wrong.id, reverses: null, reversedBy: back.id },
  ]);
});

test('what a later sale needs is neither taken back nor sold before it', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  const bought = await app.add(id, 5, buy('X', '10', '1'));
  const sold = await app.add(id, 1, sell('X', '10', '2'));
  const named = {
    code: 'portfolio.impossible',
    message: expect.stringContaining(`the sell ${sold.id} of 2026-01-04`),
  };
  await expect(
    app.ann.reverseTransaction({ id, txId: bought.id, idempotencyKey: 'reversal-one' }),
  ).rejects.toMatchObject({ cause: named });
  await expect(app.add(id, 3, sell('X', '1', '2'))).rejects.toMatchObject({ cause: named });
  expect(await app.written()).toBe(2);
});

test('methods are switched without touching what is written: gains differ, realised plus unrealised does not', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  await app.add(id, 40, buy('X', '10', '5'));
  await app.add(id, 39, buy('X', '10', '9'));
  await app.add(id, 2, sell('X', '10', '10'));
  await app.add(id, 1, buy('X', '4', '8'));
  await app.ann.setPrices({
    prices: [{ instrument: 'X', on: '2026-01-05', price: '1100', currency: 'GBX' }],
  });
  const of = async (method: 'fifo' | 'lifo' | 'average' | 'section_104') => {
    const { holdings } = await app.ann.holdings({ id, method });
    const { years } = await app.ann.gains({ id, method });
    return [
      holdings[0]!.realised,
      holdings[0]!.unrealised,
      years.map(({ taxYear, gainBase }) => `${taxYear} ${gainBase}`),
    ];
  };
  expect(await of('fifo')).toEqual(['50', '32', ['2026 50']]);
  expect(await of('lifo')).toEqual(['10', '72', ['2026 10']]);
  expect(await of('average')).toEqual(['30', '52', ['2026 30']]);
  // Four of those sold on Saturday are matched with what was bought on Sunday.
  expect(await of('section_104')).toEqual(['26', '56', ['2026 26']]);
  expect(await app.ann.trades({ id, method: 'section_104' })).toMatchObject({
    left: 0,
    statistics: { trades: 2, won: 2, total: '26', profitFactor: null },
    trades: [
      { quantity: '4', rule: 'thirty_days', profit: '8' },
      { quantity: '6', rule: 'pool', profit: '18' },
    ],
  });
});

test('gains as CSV have a row for each match, by the tax year that is asked for', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  await app.add(id, 300, buy('X', '10', '5', { fee: '1' }));
  await app.add(id, 2, sell('X', '10', '10'));
  const made = await app.ann.gains({ id, method: 'section_104', taxYear: 'uk', format: 'csv' });
  expect(made).toMatchObject({
    rows: [],
    left: 0,
    years: [{ taxYear: '2025/26', disposals: 1, gainBase: '49' }],
  });
  const [head, row, end] = made.csv!.split('\r\n');
  expect(head).toMatch(/^taxYear,on,instrument,side,quantity,/);
  expect(row).toMatch(
    /^2025\/26,2026-01-03,X,long,10,2025-03-11,2026-01-03,GBP,100,50,1,49,100,50,1,49,pool,ptx_/,
  );
  expect(end).toBe('');
  expect((await app.ann.gains({ id, from: '2026-01-04' })).rows).toEqual([]);
  await expect(app.ann.gains({ id, from: '2026-01-04', to: '2026-01-03' })).rejects.toMatchObject({
    cause: { options: { fields: { to: 'is before from: write 2026-01-04 or a later day' } } },
  });
});

test('holdings as of an instant know nothing of what came later', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  await app.add(id, 5, buy('X', '10', '1'));
  await app.add(id, 1, sell('X', '10', '2'));
  const asOf = new Date(app.clock.now().getTime() - 2 * dayMs);
  expect(await app.ann.holdings({ id, asOf })).toMatchObject({
    on: '2026-01-03',
    holdings: [{ quantity: '10', realised: '0' }],
  });
  expect(await app.ann.holdings({ id })).toMatchObject({
    holdings: [{ quantity: '0', realised: '10', value: '0' }],
  });
  await expect(app.ann.holdings({ id, asOf: new Date(app.clock.now().getTime() + 1) })).rejects.toMatchObject(
    {
      cause: { code: 'request.invalid' },
    },
  );
});

test('a price of a day that is there already is replaced; two of one day, or rates of pence, are refused whole', async () => {
  await using app = await setUp();
  const price = (value: string) => ({ instrument: 'X', on: '2026-01-05', price: value, currency: 'GBP' });
  await app.ann.setPrices({ prices: [price('1')] });
  expect(await app.ann.setPrices({ prices: [price('2.50')] })).toEqual({ prices: 1, rates: 0 });
  expect((await app.ann.listPrices({})).entries).toMatchObject([{ kind: 'price', of: 'X', value: '2.5' }]);
  await expect(app.ann.setPrices({ prices: [price('3'), price('4')] })).rejects.toMatchObject({
    cause: { options: { fields: { 'prices[1]': 'is of the same day as prices[0]: write one of them' } } },
  });
  const pence = { from: 'GBX', to: 'USD', on: '2026-01-05', rate: '1' };
  await expect(app.ann.setPrices({ prices: [price('3')], rates: [pence] })).rejects.toMatchObject({
    cause: { code: 'request.invalid' },
  });
  await expect(app.ann.setPrices({})).rejects.toMatchObject({ cause: { code: 'request.invalid' } });
  expect((await app.ann.listPrices({ of: 'X' })).entries).toMatchObject([{ value: '2.5' }]);
});

test('performance is of days of the portfolio’s zone, within its life', async () => {
  await using app = await setUp();
  const { id } = await app.make({ startsOn: '2025-12-31' });
  await app.add(id, 4, deposit('100'));
  await app.add(id, 4, buy('X', '10', '10'));
  await app.ann.setPrices({
    prices: [
      { instrument: 'X', on: '2026-01-01', price: '10', currency: 'GBP' },
      { instrument: 'X', on: '2026-01-05', price: '11', currency: 'GBP' },
    ],
  });
  expect(await app.ann.performance({ id })).toMatchObject({
    from: '2025-12-31',
    to: '2026-01-05',
    timeZone: 'Europe/London',
    valueAtBegin: '0',
    valueAtEnd: '110',
    flows: '100',
    gain: '10',
    figures: { timeWeighted: { value: expect.closeTo(0.1, 12), reason: null, annualised: null } },
    contributions: [{ of: 'X', gain: '10' }],
    missing: [],
  });
  await expect(app.ann.performance({ id, from: '2025-12-30', to: '2026-01-06' })).rejects.toMatchObject({
    cause: {
      options: {
        fields: {
          from: 'is before the portfolio starts: write 2025-12-31 or a later day',
          to: 'is in the future: write 2026-01-05 or an earlier day',
        },
      },
    },
  });
});

test('performance is compared with an instrument nobody holds, turned into the base currency; one without a price is named', async () => {
  await using app = await setUp();
  const { id } = await app.make({ startsOn: '2025-12-31' });
  await app.add(id, 4, deposit('100'));
  const index = (on: string, price: string) => ({ instrument: 'INDEX', on, price, currency: 'USD' });
  const rate = (on: string, rate: string) => ({ from: 'USD', to: 'GBP', on, rate });
  await app.ann.setPrices({
    prices: [index('2026-01-01', '1000'), index('2026-01-05', '1100')],
    rates: [rate('2026-01-01', '0.8'), rate('2026-01-05', '0.4')],
  });
  const period = { id, from: '2026-01-02', to: '2026-01-05' };
  const { benchmark } = await app.ann.performance({ ...period, benchmark: 'INDEX' });
  expect(benchmark).toMatchObject({
    instrument: 'INDEX',
    figures: {
      return: { value: expect.closeTo(-0.45, 12) }, // 440 pounds where it was 800
      trackingDifference: { value: expect.closeTo(0.45, 12) },
    },
  });
  const unknown = await app.ann.performance({ ...period, benchmark: 'NOTHING' });
  expect(unknown.missing).toContainEqual({ what: 'price', of: 'NOTHING', on: '2026-01-01' });
  expect(unknown.benchmark!.figures.return).toMatchObject({ value: null, reason: expect.any(String) });
  expect((await app.ann.performance(period)).benchmark).toBe(null);
});

test('the ledger is read page by page, newest first', async () => {
  await using app = await setUp();
  const { id } = await app.make();
  for (const daysAgo of [3, 1, 2]) await app.add(id, daysAgo, deposit(String(daysAgo)));
  const first = await app.ann.transactions({ id, limit: 2 });
  expect(first.transactions.map(({ number }) => number)).toEqual([2, 3]);
  const second = await app.ann.transactions({ id, limit: 2, cursor: first.nextCursor! });
  expect(second).toMatchObject({ transactions: [{ number: 1 }], nextCursor: null });
});
