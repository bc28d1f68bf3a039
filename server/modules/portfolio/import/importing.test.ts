// Files over a real PostgreSQL: what an import writes, whoever imports at once, and what an export gives back.
import { expect, test } from 'vitest';
import { portfolioTransactions } from '../../../../drizzle/schema/index.ts';
import type { Scope } from '../../../../shared/auth.ts';
import { mostOfImport } from '../../../../shared/portfolio-import.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { createDatabase } from '../../../db/client.ts';
import { createIds } from '../../../lib/ids.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { testDb } from '../../../testing/test-db.ts';
import { createCallerFactory } from '../../../trpc/init.ts';
import { createPortfolioModule } from '../index.ts';
import { isZero } from '../ledger/amount.ts';
import { sumsByCurrency } from '../ledger/postings.ts';

/** A Monday, 2026-01-05, at 9 in London. */
async function setUp() {
  const db = await testDb();
  const database = createDatabase({ url: db.url, logger: silentLogger, max: 6 });
  const clock = createManualClock();
  const { router } = createPortfolioModule({ database, clock, ids: createIds(clock) });
  const as = (id: string | null, scopes: Scope[] = ['session', 'account:read']) =>
    createCallerFactory(router)(
      build.context({ principal: id === null ? null : build.principal(scopes, { id }), clock }),
    );
  const ann = as('user_ann');
  const rows = () => database.db.select().from(portfolioTransactions);
  return {
    clock,
    as,
    ann,
    make: async () =>
      (
        await ann.create({
          name: 'Shares',
          baseCurrency: 'GBP',
          timeZone: 'Europe/London',
          startsOn: '2025-01-01',
        })
      ).id,
    rows,
    written: async () => (await rows()).length,
    [Symbol.asyncDispose]: async () => (await database.close(), db[Symbol.asyncDispose]()),
  };
}
const head = 'at,kind,instrument,quantity,price,currency,amount\n';
const buy = '2025-06-02T09:00:00Z,buy,VOD,100,80.5,GBX,\n';
const sell = '2025-06-03T09:00:00Z,sell,VOD,200,81,GBX,\n';
const file = (csv: string, more: object = {}) => ({ profile: 'ftrader' as const, csv, ...more });

test('a preview says of each row what an import would do, and writes nothing; the import does just that', async () => {
  await using app = await setUp();
  const id = await app.make();
  await app.ann.importCommit({ id, ...file(head + buy) });
  const csv = `${head}${buy}${buy}${sell}2025-06-04T09:00:00Z,sell,VOD,1,81,GBX,\n`;
  const seen = await app.ann.importPreview({ id, ...file(csv, { leaveOut: [] }) });
  expect(seen).toMatchObject({ rows: 4, there: 1, add: 2, refused: 1, leftOut: 0, unread: [] });
  expect(seen.found).toMatchObject([
    { row: 2, outcome: 'there', transactions: [{ there: expect.stringMatching(/^ptx_/) }] },
    { row: 3, outcome: 'add', transactions: [{ terms: { kind: 'buy', quantity: '100' }, there: null }] },
    { row: 4, outcome: 'add' },
    { row: 5, outcome: 'refused', problem: expect.stringContaining('quantity is more than is held') },
  ]);
  expect(await app.written()).toBe(1);
  await expect(app.ann.importCommit({ id, ...file(csv) })).rejects.toMatchObject({
    cause: {
      code: 'request.invalid',
      options: { fields: { 'row 5': expect.stringContaining('quantity is more than is held') } },
    },
  });
  expect(await app.written()).toBe(1);
  expect(await app.ann.importCommit({ id, ...file(csv, { leaveOut: [5] }) })).toEqual({
    portfolioId: id,
    rows: 4,
    there: 1,
    add: 2,
    refused: 0,
    leftOut: 1,
    transactions: 2,
    lastNumber: 3,
  });
  for (const { postings } of await app.rows())
    expect([...sumsByCurrency(postings).values()].every(isZero)).toBe(true);
  expect(await app.ann.holdings({ id })).toMatchObject({
    holdings: [{ instrument: 'VOD', quantity: '0', realised: '1' }],
    cash: [{ currency: 'GBP', amount: '1' }],
  });
});

test('the same file imported many times at once is there once, with the two equal trades that it has', async () => {
  await using app = await setUp();
  const id = await app.make();
  const csv = head + buy + buy + sell;
  const made = await Promise.all(Array.from({ length: 6 }, () => app.ann.importCommit({ id, ...file(csv) })));
  expect(made.map(({ transactions }) => transactions).toSorted()).toEqual([0, 0, 0, 0, 0, 3]);
  const rows = await app.rows();
  expect(rows.map(({ number, terms: { kind } }) => `${number} ${kind}`).toSorted()).toEqual([
    '1 buy',
    '2 buy',
    '3 sell',
  ]);
  expect((await app.ann.get({ id })).transactions).toBe(3);
});

test('a ledger with everything in it is exported, imported elsewhere and exported again as the same text', async () => {
  await using app = await setUp();
  const [id, other] = [await app.make(), await app.make()];
  let keys = 0;
  const add = async (day: number, terms: TransactionTerms, note?: string) =>
    (
      await app.ann.addTransaction({
        id,
        at: new Date(Date.UTC(2025, 5, day, 9, 0, 0, 7)),
        terms,
        ...(note !== undefined && { note }),
        idempotencyKey: `key-number-${++keys}`,
      })
    ).id;
  const shares = { instrument: 'VOD', quantity: '100', price: '80.50', currency: 'GBX' };
  await add(2, { kind: 'deposit', amount: '1000', currency: 'GBP' }, 'from "home", as agreed');
  const first = await add(3, { kind: 'buy', ...shares, fee: '5' });
  await add(3, { kind: 'buy', ...shares, fee: '5' });
  const slip = await add(4, { kind: 'buy', ...shares, price: '1' });
  await app.ann.reverseTransaction({ id, txId: slip, note: '=a slip', idempotencyKey: 'reversal-one' });
  await add(5, { kind: 'sell', ...shares, lots: [{ transactionId: first, quantity: '100' }] });
  const [sold, bought] = [
    { amount: '80', currency: 'GBP' },
    { amount: '100', currency: 'USD' },
  ];
  await add(6, { kind: 'exchange', sold, bought });
  await add(6, { kind: 'split', instrument: 'VOD', newUnits: '2', oldUnits: '1' });
  const whole = await app.ann.export({ id });
  expect(whole).toMatchObject({ transactions: 8, nextAfter: null });

  const parts: string[] = [];
  for (let after: number | null = 0; after !== null;) {
    const part: Awaited<ReturnType<typeof app.ann.export>> = await app.ann.export({ id, after, most: 3 });
    parts.push(part.csv);
    after = part.nextAfter;
  }
  expect(parts).toHaveLength(3);
  for (const csv of parts) await app.ann.importCommit({ id: other, ...file(csv) });
  expect((await app.ann.export({ id: other })).csv).toBe(whole.csv);
  for (const into of [id, other])
    expect(await app.ann.importCommit({ id: into, ...file(whole.csv) })).toMatchObject({
      there: 8,
      transactions: 0,
    });
  const held = async (of: string) => {
    const { portfolioId: _id, ...rest } = await app.ann.holdings({ id: of, method: 'specific' });
    return rest;
  };
  expect(await held(other)).toEqual(await held(id));
});

test('a file that is too long, of another broker or no CSV is refused for what it is, and nothing is written', async () => {
  await using app = await setUp();
  const id = await app.make();
  const problemOf = (csv: string, more: object = {}) =>
    app.ann.importCommit({ id, ...file(csv), ...more }).then(
      () => 'imported',
      (error: { cause: { options: { fields: Record<string, string> } } }) => error.cause.options.fields,
    );
  expect(await problemOf('x'.repeat(mostOfImport.characters + 1))).toEqual({
    csv: 'may have 95,000 characters at most: import the file in parts, in their order, each with the head',
  });
  expect(await problemOf('a,b\n1,2\n', { profile: 'ig' })).toEqual({
    csv: expect.stringContaining('is not the transaction history of IG'),
  });
  expect(await problemOf(`${head}"2025`)).toEqual({
    csv: expect.stringContaining('cannot be read at line 2'),
  });
  expect(await problemOf(head + buy, { leaveOut: [3] })).toEqual({
    csv: 'has no row 3, which is in leaveOut: take it out of there',
  });
  const wrong = Array.from({ length: 130 }, () => 'yesterday,buy,VOD,1,1,GBP,\n').join('');
  const fields = (await problemOf(head + buy + wrong)) as Record<string, string>;
  expect(Object.keys(fields)).toHaveLength(101);
  expect(fields['row 3']).toContain('at is "yesterday"');
  expect(fields['csv']).toBe('has 30 rows more that are refused: correct those that are named first');
  expect(await app.written()).toBe(0);
});

test('a file of a broker is imported with the rates that its own exchanges say', async () => {
  await using app = await setUp();
  const id = await app.make();
  const csv = [
    'Action,Time,ISIN,Ticker,Name,ID,No. of shares,Price / share,Currency (Price / share),Total,Currency (Total)',
    'Deposit,2025-06-02 08:00:00,,,,a,,,,500,GBP',
    'Market buy,2025-06-02 14:30:06,US59,MSFT,Microsoft,b,2,100.5,USD,160.8,GBP',
  ].join('\n');
  const input = { id, profile: 'trading_212' as const, csv };
  expect(await app.ann.importCommit(input)).toMatchObject({ add: 2, transactions: 3 });
  expect(await app.ann.importCommit(input)).toMatchObject({ there: 2, transactions: 0 });
  expect((await app.ann.holdings({ id })).cash).toMatchObject([{ currency: 'GBP', amount: '339.2' }]);
});

test('nobody imports into another’s portfolio or exports it, nor without a login of one’s own', async () => {
  await using app = await setUp();
  const id = await app.make();
  await app.ann.importCommit({ id, ...file(head + buy) });
  const calls = [
    (who: typeof app.ann) => who.importPreview({ id, ...file(head + buy) }),
    (who: typeof app.ann) => who.importCommit({ id, ...file(head + buy + buy) }),
    (who: typeof app.ann) => who.export({ id }),
  ];
  for (const call of calls) {
    await expect(call(app.as('user_ben'))).rejects.toMatchObject({ cause: { code: 'portfolio.not_found' } });
    await expect(call(app.as(null))).rejects.toMatchObject({ cause: { code: 'auth.required' } });
    await expect(call(app.as('user_ann', ['account:read']))).rejects.toThrow();
  }
  expect(await app.written()).toBe(1);
});
