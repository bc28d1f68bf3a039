// The days of a portfolio: those that are stored are read, the others are made from the newest stored one on, and kept as soon as they are over.
import { inTransaction, type Db, type Tx } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import { dateIn } from '../../../lib/local-days.ts';
import { inSlices } from '../../../lib/slices.ts';
import { standing, type LedgerEntry } from '../ledger/entry.ts';
import { calendarDays, dayAfter, type Period, type PeriodDays } from '../performance/days.ts';
import type { PortfolioRow, PortfolioStore } from '../store.ts';
import { emptyDay, walkDays, type DayFigures, type LedgerDay } from '../valuation/ledger-day.ts';
import {
  dealtIn,
  enteredRows,
  mayBeQuoted,
  pricedOf,
  type Books,
  type EnteredRows,
  type Priced,
} from '../valuation/books.ts';
import { toEntry } from '../views.ts';
import {
  dayOn,
  figuresWithin,
  hasEntered,
  holdPrices,
  insertDays,
  newestDay,
  portfoliosAfter,
  pricesRevision,
} from './store.ts';

export type StoredDays = ReturnType<typeof createStoredDays>;
/** All of one snapshot. */
export interface GatheredDays {
  portfolio: PortfolioRow;
  /** Of prices. */
  revision: number;
  period: Period;
  eve: LedgerDay | undefined;
  stored: DayFigures[];
  /** The newest stored day that is not after the period: from it on the days are to be made, of these entries and prices. */
  newest: LedgerDay | undefined;
  entries: LedgerEntry[];
  priced: Priced;
  entered: EnteredRows;
}
/** Days that are made in one go, some 10 ms. */
const daysAtOnce = 50;
const portfoliosAtOnce = 500;

/** Reads of one moment of the database. */
export const inSnapshot = <T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> =>
  db.transaction(read, { isolationLevel: 'repeatable read', readOnly: true });

/** The first day that is not kept, since a market of the broker was held on it: its closes may come later, and be revised. */
function firstQuoted({ newest, entries }: GatheredDays): string | undefined {
  if (newest?.holdings.some(({ instrument }) => mayBeQuoted(instrument))) return dayAfter(newest.on);
  return entries.find((entry) => dealtIn(entry).some(mayBeQuoted))?.on;
}

export function createStoredDays({
  db,
  store,
  books,
  clock,
}: {
  db: Db;
  store: PortfolioStore;
  books: Pick<Books, 'quoted'>;
  clock: Clock;
}) {
  /** What the days of a period are made of; `tx` is a snapshot. */
  async function gather(tx: Tx, portfolio: PortfolioRow, period: Period): Promise<GatheredDays> {
    const { id, userId } = portfolio;
    const { from, to } = period;
    const newest = await newestDay(tx, id, to);
    const isStored = newest?.on === to;
    const rows = isStored ? [] : await store.ledgerOfDays(tx, id, { after: newest?.on, to });
    const entries = standing(rows.map(toEntry));
    const first = newest?.on ?? entries[0]?.on ?? to;
    const priced = pricedOf(entries, isStored ? undefined : newest);
    return {
      portfolio,
      revision: await pricesRevision(tx, userId),
      period,
      eve: await dayOn(tx, id, dayAfter(from, -1)),
      stored: await figuresWithin(tx, id, period),
      newest,
      entries,
      priced,
      entered: await enteredRows({ store, on: tx }, portfolio, priced, { from: first, to, ratesToo: true }),
    };
  }

  /** Days of the period that are not stored are made, and kept unless something was written meanwhile. */
  async function complete(gathered: GatheredDays): Promise<PeriodDays> {
    const { portfolio, period, eve, stored, newest, entries, priced, entered } = gathered;
    const made: LedgerDay[] = [];
    const first = newest ? dayAfter(newest.on) : entries[0]?.on;
    if (first !== undefined) {
      const days = calendarDays({ from: first, to: period.to });
      const book = await books.quoted(portfolio, priced, entered, { from: first, to: period.to });
      const valuing = { base: portfolio.baseCurrency, book };
      await inSlices(walkDays(entries, days, valuing, newest), daysAtOnce, (day) => void made.push(day));
      await keep(gathered, made);
    }
    const found = new Map<string, DayFigures>([...stored, ...made].map((day) => [day.on, day]));
    const begin = dayAfter(period.from, -1);
    const whole = (on: string) => made.find((day) => day.on === on) ?? emptyDay(on);
    return {
      begin: eve ?? whole(begin),
      days: calendarDays(period).map((on) => found.get(on) ?? emptyDay(on)),
      end: newest?.on === period.to ? newest : whole(period.to),
    };
  }

  /** Stores those that are over, if they are still true: no transaction and no price of them was written since they were gathered. */
  async function keep(gathered: GatheredDays, made: readonly LedgerDay[]): Promise<void> {
    const { portfolio, revision } = gathered;
    const { id, userId, timeZone, transactions } = portfolio;
    const today = dateIn(timeZone, clock.now().getTime());
    const end = [today, firstQuoted(gathered) ?? today].toSorted()[0]!;
    const over = made.filter(({ on }) => on < end);
    const last = over.at(-1);
    if (!last) return;
    await inTransaction(db, async (tx) => {
      // Whoever writes holds one of these as well, so that it is either seen here or sees these days.
      await holdPrices(tx, userId);
      if (!(await store.lock(tx, userId, id))) return;
      if (await hasEntered(tx, userId, { after: revision, until: last.on })) return;
      if (await store.hasWritten(tx, id, { after: transactions, until: last.on })) return;
      await insertDays(tx, id, over);
    });
  }

  /** Portfolios of which nothing more is to be kept, and the last day for which that was found: each is looked at once a day. */
  let done = new Map<string, string>();
  async function fill({ userId, id }: PortfolioRow, period: Period): Promise<void> {
    const gathered = await inSnapshot(db, async (tx) => {
      const portfolio = await store.find(userId, id, tx);
      return portfolio && gather(tx, portfolio, period);
    });
    if (!gathered) return;
    const first = gathered.newest ? dayAfter(gathered.newest.on) : gathered.entries[0]?.on;
    const end = firstQuoted(gathered);
    if (first !== undefined && end !== undefined && first >= end) done.set(id, period.to);
    else await complete(gathered);
  }

  return {
    gather,
    complete,
    /** Stores what is over and not stored yet, of all portfolios. One that fails holds up no other; throws the first failure in the end. */
    async run(): Promise<void> {
      const failures: unknown[] = [];
      const before = done;
      done = new Map(); // of those that are still there
      for (let after = ''; ;) {
        const some = await portfoliosAfter(db, after, portfoliosAtOnce);
        for (const { portfolio, newest } of some) {
          const yesterday = dayAfter(dateIn(portfolio.timeZone, clock.now().getTime()), -1);
          if (yesterday < portfolio.startsOn || (newest !== null && newest >= yesterday)) continue;
          if (before.get(portfolio.id) === yesterday) {
            done.set(portfolio.id, yesterday);
            continue;
          }
          const period = { from: yesterday, to: yesterday };
          try {
            await fill(portfolio, period);
          } catch (error) {
            failures.push(error);
          }
        }
        if (some.length < portfoliosAtOnce) break;
        after = some.at(-1)!.portfolio.id;
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
