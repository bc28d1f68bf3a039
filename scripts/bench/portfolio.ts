// A portfolio of 100,000 transactions over ten years: its days made for the first time, what a trade costs to add and to value, and a year's performance.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Performance } from '../../shared/portfolio-performance.ts';
import type { TransactionTerms } from '../../shared/portfolio-transactions.ts';
import { portfolioDays } from '../../drizzle/schema/index.ts';
import { prepareDataDir } from '../../server/data-folder/index.ts';
import { createDatabase, type Database } from '../../server/db/client.ts';
import { startEmbeddedPostgres } from '../../server/db/embedded/index.ts';
import { migrate } from '../../server/db/migrate.ts';
import { inTransaction } from '../../server/db/transaction.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { createPortfolioDays, createPortfolioModule } from '../../server/modules/portfolio/index.ts';
import { enteredBook } from '../../server/modules/portfolio/valuation/books.ts';
import { standing } from '../../server/modules/portfolio/ledger/entry.ts';
import { postingsOf } from '../../server/modules/portfolio/ledger/postings.ts';
import { calendarDays, dayAfter } from '../../server/modules/portfolio/performance/days.ts';
import { performanceOf } from '../../server/modules/portfolio/performance/period.ts';
import { createPortfolioStore, type PriceRow } from '../../server/modules/portfolio/store.ts';
import { createRowOf } from '../../server/modules/portfolio/transaction-row.ts';
import { toEntry } from '../../server/modules/portfolio/views.ts';
import * as build from '../../server/testing/build.ts';
import { createCallerFactory } from '../../server/trpc/init.ts';
import { atMost, isShort, median, none, type BenchOptions, type BenchReport } from './report.ts';

const userId = 'user_bench';
const timeZone = 'Europe/London';
const full = { transactions: 100_000, years: 10 };
const few = { transactions: 2_000, years: 1 };
const tradesPerRound = 10;
const rowsAtOnce = 5_000;
const today = () => new Date().toISOString().slice(0, 10);
/** Five shares in pence and five in dollars. */
const instruments = Array.from({ length: 10 }, (_, n) => ({
  instrument: `SHARE${n}`,
  currency: n % 2 === 0 ? 'GBX' : 'USD',
}));
/** A price that wanders, the same in every run. */
const priceOn = (n: number, day: number) => (100 + n * 7 + 20 * Math.sin(day / 40 + n)).toFixed(2);

/** Ten units bought, later nine of them sold, of one share after the other; a dividend now and then. */
function termsOf(n: number, day: number): TransactionTerms {
  const which = n % instruments.length;
  const share = instruments[which]!;
  const turn = Math.floor(n / instruments.length);
  if (turn % 20 === 19) {
    const currency = share.currency === 'GBX' ? 'GBP' : 'USD';
    return { kind: 'dividend', instrument: share.instrument, amount: '3.5', currency };
  }
  const [kind, quantity] = turn % 2 === 0 ? (['buy', '10'] as const) : (['sell', '9'] as const);
  return { kind, ...share, quantity, price: priceOn(which, day), fee: '1.25' };
}

type Sizes = typeof full;
async function seed({ db }: Database, { transactions, years }: Sizes): Promise<string> {
  const store = createPortfolioStore(db);
  const ids = createIds(systemClock);
  const rowOf = createRowOf({ clock: systemClock, ids });
  const end = dayAfter(today(), -1);
  const startsOn = dayAfter(end, -365 * years);
  const days = calendarDays({ from: startsOn, to: end });
  const portfolio = {
    ...{ id: ids.next('pf'), userId, name: 'Bench', tags: [], baseCurrency: 'GBP', timeZone, startsOn },
    ...{ createdAt: new Date(), transactions: 0, statementToldOn: null },
  };
  await store.insert(portfolio);
  const money: TransactionTerms[] = [
    { kind: 'deposit', amount: '2000000', currency: 'GBP' },
    {
      kind: 'exchange',
      sold: { amount: '800000', currency: 'GBP' },
      bought: { amount: '1000000', currency: 'USD' },
    },
  ];
  const rows = Array.from({ length: transactions }, (_, n) => {
    const day = Math.floor((n * days.length) / transactions);
    const terms = money[n] ?? termsOf(n - money.length, day);
    const fresh = { terms, postings: postingsOf(terms), reverses: null, note: null };
    const at = new Date(Date.parse(`${days[day]}T10:00:00Z`) + (n % 1_000) * 1_000);
    const key = { userId, idempotencyKey: `bench-key-${n}`, requestHash: 'bench' };
    return rowOf(key, { ...portfolio, transactions: n }, { ...fresh, at });
  });
  const priced = [...days, today()];
  const row = (fields: Omit<PriceRow, 'id' | 'userId' | 'enteredAt'>): PriceRow => ({
    ...{ id: ids.next('price'), userId, enteredAt: new Date() },
    ...fields,
  });
  const prices = priced.flatMap((on, day) => [
    row({
      kind: 'rate',
      of: 'USD',
      into: 'GBP',
      on,
      value: (0.8 + day / 100_000).toFixed(5),
      currency: 'GBP',
    }),
    ...instruments.map(({ instrument, currency }, n) =>
      row({ kind: 'price', of: instrument, into: '', on, value: priceOn(n, day), currency }),
    ),
  ]);
  await inTransaction(db, async (tx) => {
    await store.appendAll(tx, rows);
    for (let from = 0; from < prices.length; from += rowsAtOnce)
      await store.setPrices(tx, prices.slice(from, from + rowsAtOnce));
  });
  return portfolio.id;
}

export async function portfolio({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const sizes = isShort(seconds) ? few : full;
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-bench-'));
  chmodSync(folder, 0o777); // as root PostgreSQL runs as somebody else
  const postgres = await startEmbeddedPostgres({ dataDir: prepareDataDir(folder), logger: silentLogger });
  const database = createDatabase({ url: postgres.url, logger: silentLogger });
  try {
    await migrate(postgres.url, { logger: silentLogger });
    say(`writing ${sizes.transactions} transactions over ${sizes.years} years`);
    const id = await seed(database, sizes);
    await database.pool.query('analyze');
    const parts = { database, clock: systemClock, ids: createIds(systemClock) };
    const context = () =>
      build.context({
        principal: build.principal(['session', 'account:read'], { id: userId }),
        clock: systemClock,
      });
    const startApi = () => createCallerFactory(createPortfolioModule(parts).router)(context());
    const { run } = createPortfolioDays(parts);
    const from = dayAfter(today(), -364);
    const times = {
      'first build': [] as number[],
      'a year, by a process that just started': [] as number[],
      'adding a trade': [] as number[],
      'valuing it': [] as number[],
      'a year, after a trade was added': [] as number[],
      'a year, again': [] as number[],
    };
    const timed = async <Answer>(into: keyof typeof times, work: () => Promise<Answer>): Promise<Answer> => {
      const startMs = performance.now();
      const answer = await work();
      times[into].push(performance.now() - startMs);
      return answer;
    };
    let keys = 0;
    let differences = 0;
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`);
      await database.db.delete(portfolioDays);
      await timed('first build', run);
      const api = startApi();
      const year = () => api.performance({ id, from });
      await timed('a year, by a process that just started', year);
      for (let n = 0; n < tradesPerRound; n++) {
        const before = await api.valuations({ id, from: today() });
        const terms = { kind: 'deposit', amount: '1', currency: 'GBP' } as const;
        const trade = { kind: 'buy', ...instruments[n]!, quantity: '1', price: '50' } as const;
        const at = new Date();
        await api.addTransaction({ id, at, terms, idempotencyKey: `bench-deposit-${++keys}` });
        await timed('adding a trade', () =>
          api.addTransaction({ id, at, terms: trade, idempotencyKey: `bench-trade-${++keys}` }),
        );
        const after = await timed('valuing it', () => api.valuations({ id, from: today() }));
        if (after.valuations[0]!.value === before.valuations[0]!.value) differences++;
        await timed('a year, after a trade was added', year);
        await timed('a year, again', year);
      }
      if (round === rounds) differences += (await isWhole(database, id, await year())) ? 0 : 1;
    }
    const slowest = (all: readonly number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length * 0.95)]!;
    const of = (name: keyof typeof times) => median(times[name]);
    return {
      name: 'portfolio',
      about: `${sizes.transactions} transactions over ${sizes.years} years, 10 shares in two currencies, a price of each for each day`,
      columns: ['what', 'ms', '95 % within ms'],
      rows: Object.entries(times).map(([what, all]) => [
        what,
        median(all).toFixed(1),
        slowest(all).toFixed(1),
      ]),
      targets: [
        atMost('s of the first build', of('first build') / 1_000, 10),
        atMost('ms of valuing what a trade was added to', of('valuing it'), 50),
        atMost('ms of a year’s performance, after a trade', of('a year, after a trade was added'), 100),
        none('answers that differ from those of the whole ledger', differences),
      ],
      details: { times },
    };
  } finally {
    await database.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether a performance is what the whole ledger, read and matched from its beginning, gives. */
async function isWhole({ db }: Database, id: string, made: Performance): Promise<boolean> {
  const store = createPortfolioStore(db);
  const portfolio = (await store.find(userId, id))!;
  const entries = standing((await store.ledger(id)).map(toEntry));
  const { from, to, portfolioId: _id, baseCurrency: base, timeZone: _zone, ...figures } = made;
  const book = await enteredBook({ store, on: db }, portfolio, entries, { from, to });
  const options = { method: 'fifo', periodsPerYear: 252, riskFreeRate: 0 } as const;
  return isDeepStrictEqual(figures, performanceOf(entries, { ...options, base, book, from, to }));
}
