// The days of a portfolio: those that are stored are read, the others are made from the newest stored one on, and kept as soon as they are over.
import { inTransaction, type Db, type Tx } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import { dateIn } from '../../../lib/local-days.ts';
import { inSlices } from '../../../lib/slices.ts';
import { bookFor } from '../book.ts';
import { standing, type LedgerEntry } from '../ledger/entry.ts';
import { calendarDays, dayAfter, type Period, type PeriodDays } from '../performance/days.ts';
import type { PortfolioRow, PortfolioStore } from '../store.ts';
import { emptyDay, walkDays, type DayFigures, type LedgerDay } from '../valuation/ledger-day.ts';
import type { PriceBook } from '../valuation/price-book.ts';
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
  /** The newest stored day that is not after the period: from it on the days are to be made, of these entries and this book. */
  newest: LedgerDay | undefined;
  entries: LedgerEntry[];
  book: PriceBook;
}
/** Days that are made in one go, some 10 ms. */
const daysAtOnce = 50;
const portfoliosAtOnce = 500;

/** Reads of one moment of the database. */
export const inSnapshot = <T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> =>
  db.transaction(read, { isolationLevel: 'repeatable read', readOnly: true });

export function createStoredDays({ db, store, clock }: { db: Db; store: PortfolioStore; clock: Clock }) {
  /** What the days of a period are made of; `tx` is a snapshot. */
  async function gather(tx: Tx, portfolio: PortfolioRow, period: Period): Promise<GatheredDays> {
    const { id, userId } = portfolio;
    const { from, to } = period;
    const newest = await newestDay(tx, id, to);
    const isStored = newest?.on === to;
    const rows = isStored ? [] : await store.ledgerOfDays(tx, id, { after: newest?.on, to });
    const entries = standing(rows.map(toEntry));
    const first = newest?.on ?? entries[0]?.on ?? to;
    return {
      portfolio,
      revision: await pricesRevision(tx, userId),
      period,
      eve: await dayOn(tx, id, dayAfter(from, -1)),
      stored: await figuresWithin(tx, id, period),
      newest,
      entries,
      book: await bookFor(
        { store, on: tx },
        portfolio,
        { entries, since: isStored ? undefined : newest },
        { from: first, to, ratesToo: true },
      ),
    };
  }

  /** Days of the period that are not stored are made, and kept unless something was written meanwhile. */
  async function complete(gathered: GatheredDays): Promise<PeriodDays> {
    const { portfolio, period, eve, stored, newest, entries, book } = gathered;
    const made: LedgerDay[] = [];
    const first = newest ? dayAfter(newest.on) : entries[0]?.on;
    if (first !== undefined) {
      const days = calendarDays({ from: first, to: period.to });
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
  async function keep({ portfolio, revision }: GatheredDays, made: readonly LedgerDay[]): Promise<void> {
    const { id, userId, timeZone, transactions } = portfolio;
    const today = dateIn(timeZone, clock.now().getTime());
    const over = made.filter(({ on }) => on < today);
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

  async function fill({ userId, id }: PortfolioRow, period: Period): Promise<void> {
    const gathered = await inSnapshot(db, async (tx) => {
      const portfolio = await store.find(userId, id, tx);
      return portfolio && gather(tx, portfolio, period);
    });
    if (gathered) await complete(gathered);
  }

  return {
    gather,
    complete,
    /** Stores what is over and not stored yet, of all portfolios. One that fails holds up no other; throws the first failure in the end. */
    async run(): Promise<void> {
      const failures: unknown[] = [];
      for (let after = ''; ;) {
        const some = await portfoliosAfter(db, after, portfoliosAtOnce);
        for (const { portfolio, newest } of some) {
          const yesterday = dayAfter(dateIn(portfolio.timeZone, clock.now().getTime()), -1);
          if (yesterday < portfolio.startsOn || (newest !== null && newest >= yesterday)) continue;
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
