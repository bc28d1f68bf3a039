// A figure is explained over the API as its own call tells it, on a real PostgreSQL.
import { expect, test } from 'vitest';
import { YearFigure, type BenchmarkFigure, type TradesFigure } from '../../../../shared/portfolio-explain.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { createDatabase } from '../../../db/client.ts';
import { createIds } from '../../../lib/ids.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { testDb } from '../../../testing/test-db.ts';
import { createCallerFactory } from '../../../trpc/init.ts';
import { createPortfolioModule } from '../index.ts';

const dollars = { instrument: 'ACME', currency: 'USD' };
/** From Monday, 2026-01-05, on. */
const ledger: [on: string, terms: TransactionTerms][] = [
  ['2026-01-05', { kind: 'deposit', amount: '1000', currency: 'GBP' }],
  ['2026-01-05', { kind: 'buy', ...dollars, quantity: '4', price: '100', fee: '2', rate: '0.81' }],
  ['2026-01-06', { kind: 'buy', ...dollars, quantity: '2', price: '130' }],
  ['2026-01-07', { kind: 'dividend', ...dollars, amount: '10', tax: '1.5' }],
  ['2026-01-08', { kind: 'sell', ...dollars, quantity: '3', price: '120', fee: '1' }],
];

async function setUp() {
  const db = await testDb();
  const database = createDatabase({ url: db.url, logger: silentLogger, max: 4 });
  const clock = createManualClock(new Date('2026-01-09T18:00:00Z'));
  const { router } = createPortfolioModule({ database, clock, ids: createIds(clock) });
  const as = (id: string) =>
    createCallerFactory(router)(
      build.context({ principal: build.principal(['session', 'account:read'], { id }), clock }),
    );
  const ann = as('user_ann');
  const { id } = await ann.create({ name: 'Shares', baseCurrency: 'GBP', startsOn: '2026-01-05' });
  await ann.setPrices({
    prices: ['05', '06', '07', '08', '09'].map((day, n) => ({
      ...dollars,
      on: `2026-01-${day}`,
      price: String(101 + 7 * n),
    })),
    rates: [
      { from: 'USD', to: 'GBP', on: '2026-01-05', rate: '0.8' },
      { from: 'GBP', to: 'USD', on: '2026-01-08', rate: '1.3' },
    ],
  });
  const written: string[] = [];
  for (const [on, terms] of ledger)
    written.push(
      (
        await ann.addTransaction({
          id,
          at: new Date(`${on}T12:00:00Z`),
          terms,
          idempotencyKey: `key-number-${written.length}`,
        })
      ).id,
    );
  return {
    id,
    as,
    ann,
    written,
    [Symbol.asyncDispose]: async () => (await database.close(), db[Symbol.asyncDispose]()),
  };
}

test('every figure of performance, holdings, gains and trades is explained as it is told', async () => {
  await using app = await setUp();
  const { id, ann } = app;
  const period = {
    id,
    from: '2026-01-05',
    to: '2026-01-09',
    method: 'section_104',
    riskFreeRate: 0.01,
  } as const;
  const explained = async (asked: Omit<Parameters<typeof ann.explain>[0], 'id'>) =>
    (await ann.explain({ ...period, ...asked })).value;
  const told = await ann.performance(period);
  for (const figure of ['valueAtBegin', 'valueAtEnd', 'flows', 'gain'] as const)
    expect([figure, await explained({ figure })]).toEqual([figure, told[figure]]);
  for (const figure of Object.keys(told.figures) as (keyof typeof told.figures)[])
    expect([figure, await explained({ figure })]).toEqual([figure, told.figures[figure].value]);
  expect(told.figures.timeWeighted.value).not.toBeNull();
  for (const { of, gain, share } of told.contributions) {
    expect([of, await explained({ figure: 'contribution', of })]).toEqual([of, gain]);
    expect([of, await explained({ figure: 'contributionShare', of })]).toEqual([of, share]);
  }
  for (const [name, value] of Object.entries(told.trades!)) {
    const figure = name === 'trades' ? name : `trades${name[0]!.toUpperCase()}${name.slice(1)}`;
    expect([figure, await explained({ figure: figure as TradesFigure })]).toEqual([figure, value]);
  }
  const beside = { from: '2026-01-06', benchmark: 'ACME' };
  const { benchmark } = await ann.performance({ ...period, ...beside });
  for (const [name, { value }] of Object.entries(benchmark!.figures)) {
    const figure = `benchmark${name[0]!.toUpperCase()}${name.slice(1)}` as BenchmarkFigure;
    expect([figure, await explained({ figure, ...beside })]).toEqual([figure, value]);
  }
  expect(benchmark!.figures.beta.value).not.toBeNull();
  const held = await ann.holdings({ id, method: 'section_104' });
  expect(await explained({ figure: 'value' })).toBe(held.valueBase);
  const [acme] = held.holdings;
  for (const [figure, value] of [
    ['holdingValue', acme!.value],
    ['holdingValueBase', acme!.valueBase],
    ['holdingCost', acme!.cost],
    ['holdingRealised', acme!.realised],
    ['holdingRealisedBase', acme!.realisedBase],
    ['holdingUnrealised', acme!.unrealised],
    ['holdingUnrealisedBase', acme!.unrealisedBase],
    ['holdingIncomeBase', acme!.incomeBase],
  ] as const)
    expect([figure, await explained({ figure, instrument: 'ACME' })]).toEqual([figure, value]);
  for (const { currency, amount, amountBase, exchangeEffect } of held.cash) {
    expect(await explained({ figure: 'cash', currency })).toBe(amount);
    expect(await explained({ figure: 'cashBase', currency })).toBe(amountBase);
    expect(await explained({ figure: 'cashExchangeEffect', currency })).toBe(exchangeEffect);
  }
  const { rows, years } = await ann.gains({ id, method: 'section_104', taxYear: 'uk' });
  const [uk] = years;
  for (const figure of YearFigure.options) {
    const name = `${figure[4]!.toLowerCase()}${figure.slice(5)}` as keyof typeof uk;
    const asked = { figure, year: '2025/26', taxYear: 'uk' } as const;
    expect([figure, await explained(asked)]).toEqual([figure, uk![name]]);
  }
  expect(rows).toHaveLength(1);
  for (const { acquiredBy, disposedBy, gain, gainBase } of rows) {
    expect(await explained({ figure: 'disposalGain', acquiredBy, disposedBy })).toBe(gain);
    expect(await explained({ figure: 'disposalGainBase', acquiredBy, disposedBy })).toBe(gainBase);
  }
});

test('a gain from a pool names each purchase of the pool, its rate with day and source, and what share it is', async () => {
  await using app = await setUp();
  const [, first, second, , sale] = app.written;
  const told = await app.ann.explain({
    id: app.id,
    figure: 'disposalGainBase',
    method: 'section_104',
    acquiredBy: first!,
    disposedBy: sale!,
  });
  expect(told).toMatchObject({
    formula: 'proceeds − cost − dealing costs',
    term: {
      is: 'sum',
      parts: [
        { name: 'proceeds' },
        {
          name: 'cost',
          minus: true,
          is: 'share',
          part: '3',
          of: '6',
          parts: [
            {
              is: 'sum',
              parts: [
                {
                  is: 'product',
                  parts: [
                    {
                      is: 'transaction',
                      transaction: { id: first, kind: 'buy' },
                      value: '400',
                      currency: 'USD',
                    },
                    { is: 'rate', rate: { rate: '0.81', on: '2026-01-05', source: 'transaction' } },
                  ],
                },
                {
                  is: 'product',
                  parts: [
                    { is: 'transaction', transaction: { id: second, on: '2026-01-06' }, value: '260' },
                    { is: 'rate', rate: { rate: '0.8', on: '2026-01-05', source: 'entered' } },
                  ],
                },
              ],
            },
          ],
        },
        { name: 'dealing costs of acquiring' },
        { name: 'dealing costs of disposing' },
      ],
    },
  });
  const value = await app.ann.explain({ id: app.id, figure: 'holdingValueBase', instrument: 'ACME' });
  expect(value).toMatchObject({
    term: {
      parts: [
        { name: 'units', value: '3', parts: [{ value: '4' }, { value: '2' }, { value: '-3' }] },
        { is: 'price', price: { price: '129', on: '2026-01-09', source: 'entered' } },
        { is: 'rate', rate: { on: '2026-01-08', source: 'inverse of entered' } },
      ],
    },
  });
});

test('what a figure needs is asked for by name, what is not there is refused, and nobody explains another’s', async () => {
  await using app = await setUp();
  const { id, ann } = app;
  const fields = (field: string) => ({
    cause: { code: 'request.invalid', options: { fields: { [field]: expect.any(String) } } },
  });
  await expect(ann.explain({ id, figure: 'contribution' })).rejects.toMatchObject(fields('of'));
  await expect(ann.explain({ id, figure: 'contribution', of: 'X' })).rejects.toMatchObject(fields('of'));
  await expect(ann.explain({ id, figure: 'contributionShare', of: 'X' })).rejects.toMatchObject(fields('of'));
  await expect(ann.explain({ id, figure: 'benchmarkBeta' })).rejects.toMatchObject(fields('benchmark'));
  await expect(ann.explain({ id, figure: 'holdingCost' })).rejects.toMatchObject(fields('instrument'));
  await expect(ann.explain({ id, figure: 'holdingCost', instrument: 'X' })).rejects.toMatchObject(
    fields('instrument'),
  );
  await expect(ann.explain({ id, figure: 'cash', currency: 'EUR' })).rejects.toMatchObject(
    fields('currency'),
  );
  await expect(
    ann.explain({ id, figure: 'disposalGain', acquiredBy: app.written[4]!, disposedBy: app.written[1]! }),
  ).rejects.toMatchObject(fields('disposedBy'));
  await expect(ann.explain({ id, figure: 'yearGainBase' })).rejects.toMatchObject(fields('year'));
  await expect(ann.explain({ id, figure: 'yearGainBase', year: '2025' })).rejects.toMatchObject(
    fields('year'),
  );
  await expect(ann.explain({ id, figure: 'gain', from: '2025-01-01' })).rejects.toMatchObject(fields('from'));
  await expect(app.as('user_ben').explain({ id, figure: 'gain' })).rejects.toMatchObject({
    cause: { code: 'portfolio.not_found' },
  });
});
