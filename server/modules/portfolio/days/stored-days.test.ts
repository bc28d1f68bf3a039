// Stored days over a real PostgreSQL: whatever is written and whenever, they are what a full rebuild gives.
import { asc, eq } from 'drizzle-orm';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { portfolioDays } from '../../../../drizzle/schema/index.ts';
import { CostMethod } from '../../../../shared/portfolio.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { createDatabase } from '../../../db/client.ts';
import { inTransaction, type Tx } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import { createIds } from '../../../lib/ids.ts';
import { dateIn } from '../../../lib/local-days.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { testDb } from '../../../testing/test-db.ts';
import { createCallerFactory } from '../../../trpc/init.ts';
import { enteredBook } from '../valuation/books.ts';
import { createPortfolioDays, createPortfolioModule } from '../index.ts';
import { standing } from '../ledger/entry.ts';
import { calendarDays, dayAfter } from '../performance/days.ts';
import { performanceOf } from '../performance/period.ts';
import { firstImpossible } from '../ledger/rules.ts';
import { instrumentOf } from '../ledger/written.ts';
import { postingsOf } from '../ledger/postings.ts';
import { createPortfolioStore } from '../store.ts';
import { createRowOf } from '../transaction-row.ts';
import { walkDays } from '../valuation/ledger-day.ts';
import { toEntry } from '../views.ts';

const dayMs = 86_400_000;
const zone = 'Europe/London';
const startsOn = '2025-12-01';

/** A Monday, 2026-01-05, at 9 in London; two processes on one database. */
async function setUp() {
  const db = await testDb();
  const database = createDatabase({ url: db.url, logger: silentLogger, max: 8 });
  const clock = createManualClock();
  const parts = { database, clock, ids: createIds(clock) };
  const callers = [1, 2].map(() => createCallerFactory(createPortfolioModule(parts).router));
  const store = createPortfolioStore(database.db);
  let keys = 0;

  /** A user with a portfolio in pounds. */
  async function person(userId: string) {
    const principal = build.principal(['session', 'account:read'], { id: userId });
    const processes = callers.map((call) => call(build.context({ principal, clock })));
    const [first] = processes;
    const { id } = await first!.create({ name: 'Shares', baseCurrency: 'GBP', timeZone: zone, startsOn });
    const portfolio = () => store.find(userId, id).then((row) => row!);
    const today = () => dateIn(zone, clock.now().getTime());
    const whole = async (to: string) => {
      const entries = standing((await store.ledger(id)).map(toEntry)).filter(({ on }) => on <= to);
      const from = startsOn;
      const book = await enteredBook({ store, on: database.db }, await portfolio(), entries, { from, to });
      return { entries, book, base: 'GBP' };
    };
    return {
      id,
      processes,
      whole,
      today,
      add: (daysAgo: number, terms: TransactionTerms, n = 0) =>
        processes[n]!.addTransaction({
          id,
          at: new Date(clock.now().getTime() - daysAgo * dayMs),
          terms,
          idempotencyKey: `key-number-${++keys}`,
        }),
      reverse: (txId: string, n = 0) =>
        processes[n]!.reverseTransaction({ id, txId, idempotencyKey: `key-number-${++keys}` }),
      stored: async () =>
        (
          await database.db
            .select()
            .from(portfolioDays)
            .where(eq(portfolioDays.portfolioId, id))
            .orderBy(asc(portfolioDays.on))
        ).map(({ portfolioId: _portfolio, ...day }) => day),
      /** What a full rebuild gives until a day. */
      async rebuilt(to: string) {
        const { entries, ...valuing } = await whole(to);
        const from = entries[0]?.on;
        return from === undefined ? [] : [...walkDays(entries, calendarDays({ from, to }), valuing)];
      },
    };
  }
  return {
    database,
    clock,
    store,
    rowOf: createRowOf(parts),
    person,
    run: createPortfolioDays(parts).run,
    [Symbol.asyncDispose]: async () => (await database.close(), db[Symbol.asyncDispose]()),
  };
}
type Rig = Awaited<ReturnType<typeof setUp>>;
type Person = Awaited<ReturnType<Rig['person']>>;

const shares = (kind: 'buy' | 'sell', quantity: string, price = '10'): TransactionTerms => ({
  kind,
  instrument: 'X',
  quantity,
  price,
  currency: 'USD',
});
const deposit = (amount: string): TransactionTerms => ({ kind: 'deposit', amount, currency: 'GBP' });
const xOn = (on: string, price: string) => ({
  prices: [{ instrument: 'X', on, price, currency: 'USD' }],
  rates: [{ from: 'USD', to: 'GBP', on, rate: '0.8' }],
});

test('each day of a period is told, today included, page by page, with what came and went on it and what is missing', async () => {
  await using app = await setUp();
  const ann = await app.person('user_ann');
  const [api] = ann.processes;
  await ann.add(4, deposit('1000'));
  await api!.setPrices(xOn('2026-01-03', '10'));
  await ann.add(2, shares('buy', '10'));
  await ann.add(0, { kind: 'withdrawal', amount: '30', currency: 'GBP' });
  const first = await api!.valuations({ id: ann.id, from: '2025-12-31', limit: 4 });
  expect(first).toMatchObject({ from: '2025-12-31', to: '2026-01-03', nextFrom: '2026-01-04' });
  const nothing = { inflow: '0', outflow: '0', missing: [] };
  expect(first.valuations).toEqual([
    { on: '2025-12-31', value: '0', ...nothing },
    { on: '2026-01-01', value: '1000', ...nothing, inflow: '1000' },
    { on: '2026-01-02', value: '1000', ...nothing },
    { on: '2026-01-03', value: '1000', ...nothing },
  ]);
  const rest = await api!.valuations({ id: ann.id, from: first.nextFrom! });
  expect(rest.nextFrom).toBeNull();
  expect(rest.valuations.map(({ on, value, outflow }) => [on, value, outflow])).toEqual([
    ['2026-01-04', '1000', '0'],
    ['2026-01-05', '970', '30'],
  ]);
  app.clock.advance(7 * dayMs);
  const { valuations } = await api!.valuations({ id: ann.id, from: '2026-01-10' });
  expect(valuations.map(({ value, missing }) => [value, missing.map(({ of }) => of)])).toEqual([
    ['970', []],
    [null, ['X', 'USD']],
    [null, ['X', 'USD']],
  ]);
  await expect(api!.valuations({ id: ann.id, from: '2025-11-30' })).rejects.toMatchObject({
    cause: { code: 'request.invalid' },
  });
});

test('the job stores each day once it is over in the portfolio’s zone, and only what is missing', async () => {
  await using app = await setUp();
  const ann = await app.person('user_ann');
  await ann.add(2, deposit('1000'));
  await app.run();
  const days = async () => (await ann.stored()).map(({ on }) => on);
  expect(await days()).toEqual(['2026-01-03', '2026-01-04']);
  app.clock.advance(15 * 3_600_000 - 1); // the last millisecond of the day
  await app.run();
  expect(await days()).toHaveLength(2);
  app.clock.advance(1);
  await Promise.all([app.run(), app.run()]);
  expect(await days()).toEqual(['2026-01-03', '2026-01-04', '2026-01-05']);
  await ann.add(1, deposit('1'));
  expect(await days()).toEqual(['2026-01-03', '2026-01-04']);
});

test.each<[string, (rig: Rig, own: Person, tx: Tx) => Promise<void>]>([
  [
    'a transaction',
    async (rig, { id }, tx) => {
      const portfolio = (await rig.store.lock(tx, 'user_ann', id))!;
      const key = { userId: 'user_ann', idempotencyKey: 'a-key-of-its-own', requestHash: 'none' };
      const fresh = { at: new Date('2026-01-03T12:00:00Z'), terms: deposit('5'), reverses: null, note: null };
      await rig.store.append(tx, rig.rowOf(key, portfolio, { ...fresh, postings: postingsOf(fresh.terms) }));
    },
  ],
  [
    'a price',
    (rig, _own, tx) =>
      rig.store.setPrices(tx, [
        {
          ...{ id: 'price_new', userId: 'user_ann', kind: 'price', of: 'X', into: '' },
          ...{ on: '2026-01-03', value: '11', currency: 'USD', enteredAt: rig.clock.now() },
        },
      ]),
  ],
])(
  'days that are made while %s is written are told as they were before it, and not stored',
  async (_what, write) => {
    await using app = await setUp();
    const ann = await app.person('user_ann');
    const [api] = ann.processes;
    await ann.add(3, deposit('1000'));
    await api!.setPrices(xOn('2026-01-03', '10'));
    await ann.add(2, shares('buy', '10'));
    const reading = async () => (await api!.valuations({ id: ann.id, from: '2026-01-02' })).valuations;
    const before = await reading();
    await app.database.db.delete(portfolioDays);
    const { promise: isWritten, resolve: written } = Promise.withResolvers<void>();
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
    const writing = inTransaction(app.database.db, async (tx) => {
      await write(app, ann, tx);
      written();
      await mayEnd;
    });
    await isWritten;
    const read = reading();
    await vi.waitFor(async () => expect(await waiting(app)).toBe(1));
    end();
    await writing;
    expect(await read).toEqual(before);
    expect(await ann.stored()).toEqual([]);
    expect(await reading()).not.toEqual(before);
    expect(await ann.stored()).toEqual(await ann.rebuilt('2026-01-04'));
  },
);
const waiting = async ({ database }: Rig) =>
  (
    await database.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
  ).rowCount;

test('days are stored until a market of the broker is held; what its positions paid holds up none', async () => {
  await using app = await setUp();
  const ann = await app.person('user_ann');
  const market = { instrument: 'CS.D.EURUSD.CFD.IP', currency: 'GBP' };
  await ann.add(4, deposit('1000'));
  await ann.add(4, { kind: 'result', ...market, amount: '25' });
  await app.run();
  expect((await ann.stored()).map(({ on, value }) => [on, value])).toEqual(
    ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04'].map((on) => [on, '1025']),
  );
  await ann.add(2, { kind: 'buy', ...market, quantity: '1', price: '1.2' });
  for (let n = 0; n < 2; n++) await app.run();
  expect((await ann.stored()).map(({ on }) => on)).toEqual(['2026-01-01', '2026-01-02']);
});

test('what a process remembers of closed trades holds no longer than the rates and the ledger it was made of', async () => {
  await using app = await setUp();
  const ann = await app.person('user_ann');
  const totals = async () => {
    const asked = CostMethod.options.map((method) => ann.processes[0]!.performance({ id: ann.id, method }));
    return new Set((await Promise.all(asked)).map(({ trades }) => trades!.total));
  };
  await ann.processes[1]!.setPrices(xOn('2026-01-02', '10'));
  await ann.add(3, shares('buy', '10', '10'));
  await ann.add(2, shares('sell', '5', '20'), 1);
  expect(await totals()).toEqual(new Set(['40'])); // dollars at 0.8
  await ann.processes[1]!.setPrices({ rates: [{ from: 'USD', to: 'GBP', on: '2026-01-03', rate: '0.5' }] });
  expect(await totals()).toEqual(new Set(['10'])); // sold at 0.5
  const late = await ann.add(1, shares('sell', '1', '20'), 1);
  expect(await totals()).toEqual(new Set(['12']));
  await ann.add(0, shares('sell', '1', '20'), 1);
  expect(await totals()).toEqual(new Set(['14']));
  await ann.reverse(late.id, 1);
  expect(await totals()).toEqual(new Set(['12']));
});

type Step = (rig: Rig, own: Person, n: number) => Promise<unknown>;
const cents = (most: number) => fc.integer({ min: 1, max: most }).map((n) => (n / 100).toFixed(2));
const daysAgo = fc.integer({ min: 0, max: 25 });
const terms: fc.Arbitrary<TransactionTerms> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('buy' as const, 'sell' as const, 'sell' as const),
    instrument: fc.constantFrom('X', 'Y'),
    quantity: cents(2_000),
    price: cents(2_000),
    currency: fc.constant('USD'),
    fee: cents(100),
  }),
  fc.record({
    kind: fc.constantFrom('buy' as const, 'sell' as const),
    instrument: fc.constant('PENCE'),
    quantity: cents(1_000),
    price: cents(9_000),
    currency: fc.constant('GBX'),
  }),
  fc.record({
    kind: fc.constantFrom('deposit' as const, 'withdrawal' as const),
    amount: cents(100_000),
    currency: fc.constantFrom('GBP', 'USD'),
  }),
  fc.record({
    kind: fc.constant('dividend' as const),
    instrument: fc.constant('X'),
    amount: cents(500),
    currency: fc.constant('USD'),
    rate: fc.constantFrom('0.7', '0.9'),
  }),
  fc.record({
    kind: fc.constant('split' as const),
    instrument: fc.constantFrom('X', 'PENCE'),
    newUnits: fc.constantFrom('3', '2'),
    oldUnits: fc.constantFrom('1', '7'),
  }),
);
const steps: fc.Arbitrary<{ step: Step; text: string }>[] = [
  fc.tuple(daysAgo, terms).map(([ago, each]) => ({
    text: `${each.kind} ${ago} days ago`,
    step: (_rig, own, n) => own.add(ago, each, n),
  })),
  fc.nat(30).map((which) => ({
    text: `reverse ${which}`,
    async step(rig, own, n) {
      const rows = await rig.store.ledger(own.id);
      const row = rows[which % Math.max(rows.length, 1)];
      if (row) await own.reverse(row.id, n);
    },
  })),
  fc
    .tuple(daysAgo, cents(3_000), fc.constantFrom('X', 'Y', 'PENCE', 'USD', 'USD'))
    .map(([ago, value, of]) => ({
      text: `${of} at ${value} ${ago} days ago`,
      step(_rig, own, n) {
        const on = dayAfter(own.today(), -ago);
        if (of === 'USD')
          return own.processes[n]!.setPrices({ rates: [{ from: of, to: 'GBP', on, rate: value }] });
        const currency = of === 'PENCE' ? 'GBX' : 'USD';
        return own.processes[n]!.setPrices({ prices: [{ instrument: of, on, price: value, currency }] });
      },
    })),
  fc.tuple(daysAgo, cents(900)).map(([ago, amount]) => ({
    text: `import of ${ago} days ago`,
    step: (_rig, own, n) =>
      own.processes[n]!.importCommit({
        id: own.id,
        profile: 'ftrader',
        csv: `at,kind,amount,currency\n${dayAfter(own.today(), -ago)}T00:00:00Z,deposit,${amount},GBP\n`,
      }),
  })),
  fc.constant({
    text: 'the next day',
    async step(rig: Rig) {
      rig.clock.advance(dayMs);
      await rig.run();
    },
  }),
  fc.record({ back: daysAgo, length: daysAgo }).map(({ back, length }) => ({
    text: `performance from ${back} days ago, of ${length} days`,
    async step(_rig, own, n) {
      const from = dayAfter(own.today(), -back);
      const to = dayAfter(from, Math.min(back, length));
      const { entries, ...valuing } = await own.whole(to);
      for (const method of CostMethod.options) {
        const asked = { from, to, method, periodsPerYear: 252, riskFreeRate: 0 };
        const made = await own.processes[n]!.performance({ id: own.id, ...asked });
        expect(made, method).toMatchObject(performanceOf(entries, { ...valuing, ...asked }));
      }
    },
  })),
];
const refusals = ['request.invalid', 'portfolio.impossible', 'portfolio.rate_missing'].concat([
  'portfolio.already_reversed',
  'portfolio.is_reversal',
]);

test('whatever is written, back-dated, taken back, priced or imported: stored days are those of a full rebuild, and a performance is that of the whole ledger to the last digit', async () => {
  await using app = await setUp();
  let people = 0;
  const weighted = fc.oneof(
    { weight: 6, arbitrary: steps[0]! },
    { weight: 2, arbitrary: steps[1]! },
    { weight: 4, arbitrary: steps[2]! },
    { weight: 1, arbitrary: steps[3]! },
    { weight: 1, arbitrary: steps[4]! },
    { weight: 6, arbitrary: steps[5]! },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(weighted, fc.nat(1)), { minLength: 10, maxLength: 30, size: 'max' }),
      async (all) => {
        const own = await app.person(`user_${++people}`);
        for (const ago of [25, 18, 11, 4])
          await own.processes[0]!.setPrices(xOn(dayAfter(own.today(), -ago), '10'));
        for (const instrument of ['X', 'Y'])
          await own.add(25, { ...shares('buy', '50', '10'), instrument } as TransactionTerms);
        for (const [{ step, text }, n] of all) {
          await step(app, own, n).catch((error: unknown) => {
            const cause = error instanceof Error ? error.cause : undefined;
            if (!(cause instanceof AppError) || !refusals.includes(cause.code)) throw error;
          });
          const stored = await own.stored();
          const last = stored.at(-1)?.on;
          if (last !== undefined) expect(stored, text).toEqual(await own.rebuilt(last));
          const { entries } = await own.whole(own.today());
          for (const ofOne of Map.groupBy(entries, ({ terms }) => instrumentOf(terms)).values())
            expect(firstImpossible(ofOne), text).toBeUndefined();
        }
      },
    ),
    // What the machine is busy with decides how long it takes; the counterexample of a failure is told as it was found.
    { numRuns: 8, endOnFailure: true },
  );
}, 90_000);
