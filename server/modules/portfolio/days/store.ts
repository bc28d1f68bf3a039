// Every query of stored days. Each is of one snapshot or one transaction, which comes first.
import { and, asc, desc, eq, gt, gte, inArray, lte, max, sql } from 'drizzle-orm';
import {
  portfolioDays,
  portfolioPriceRevisions,
  portfolioPrices,
  portfolios,
} from '../../../../drizzle/schema/index.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import type { Period } from '../performance/days.ts';
import type { DayFigures, LedgerDay } from '../valuation/ledger-day.ts';

/** One statement takes 65,535 values, and a day has 10. */
const rowsAtOnce = 1_000;

const { portfolioId: ofPortfolio, holdings, cash, ...figures } = portfolioDays;
const figureColumns = {
  on: figures.on,
  value: figures.value,
  inflow: figures.inflow,
  outflow: figures.outflow,
  missing: figures.missing,
  flows: figures.flows,
  gains: figures.gains,
};
const dayColumns = { ...figureColumns, holdings, cash };

/** The newest stored day until `to`; undefined where none is. */
export async function newestDay(tx: Tx, portfolioId: string, to: string): Promise<LedgerDay | undefined> {
  const of = and(eq(ofPortfolio, portfolioId), lte(figures.on, to));
  return (await tx.select(dayColumns).from(portfolioDays).where(of).orderBy(desc(figures.on)).limit(1))[0];
}
export async function dayOn(tx: Tx, portfolioId: string, on: string): Promise<LedgerDay | undefined> {
  const of = and(eq(ofPortfolio, portfolioId), eq(figures.on, on));
  return (await tx.select(dayColumns).from(portfolioDays).where(of))[0];
}
/** Those of a period that are stored, in order. */
export const figuresWithin = (tx: Tx, portfolioId: string, { from, to }: Period): Promise<DayFigures[]> =>
  tx
    .select(figureColumns)
    .from(portfolioDays)
    .where(and(eq(ofPortfolio, portfolioId), gte(figures.on, from), lte(figures.on, to)))
    .orderBy(asc(figures.on));

/** Those that are there already are left as they are. */
export async function insertDays(tx: Tx, portfolioId: string, days: readonly LedgerDay[]): Promise<void> {
  for (let from = 0; from < days.length; from += rowsAtOnce)
    await tx
      .insert(portfolioDays)
      .values(days.slice(from, from + rowsAtOnce).map((day) => ({ portfolioId, ...day })))
      .onConflictDoNothing();
}
/** Of one portfolio, from this day on. Whoever writes a transaction of that day calls it, holding the portfolio. */
export const dropDays = async (tx: Tx, portfolioId: string, from: string): Promise<void> =>
  void (await tx.delete(portfolioDays).where(and(eq(ofPortfolio, portfolioId), gte(figures.on, from))));

/** How often the user has entered prices or rates. */
export async function pricesRevision(tx: Tx, userId: string): Promise<number> {
  const table = portfolioPriceRevisions;
  return (await tx.select().from(table).where(eq(table.userId, userId)))[0]?.revision ?? 0;
}
/** No other is entered until `tx` ends. */
export async function holdPrices(tx: Tx, userId: string): Promise<void> {
  const table = portfolioPriceRevisions;
  // A row that is not there cannot be held.
  await tx.insert(table).values({ userId }).onConflictDoNothing();
  await tx.select().from(table).where(eq(table.userId, userId)).for('share');
}
/** Whether any of a day until `until` was entered after the user's entry number `after`. */
export async function hasEntered(
  tx: Tx,
  userId: string,
  { after, until, kind }: { after: number; until: string; kind?: 'rate' },
): Promise<boolean> {
  const table = portfolioPrices;
  const since = and(eq(table.userId, userId), gt(table.revision, after));
  const counts = and(lte(table.on, until), kind && eq(table.kind, kind));
  return (await tx.select({ id: table.id }).from(table).where(and(since, counts)).limit(1)).length > 0;
}
/**
 * Whoever enters prices or rates calls it first, and has the number of this entry: days of the user's portfolios from the first of these
 * days on are not true any more.
 */
export async function changePrices(tx: Tx, userId: string, from: string): Promise<number> {
  const table = portfolioPriceRevisions;
  const [row] = await tx
    .insert(table)
    .values({ userId, revision: 1 })
    .onConflictDoUpdate({ target: table.userId, set: { revision: sql`${table.revision} + 1` } })
    .returning();
  const own = tx.select({ id: portfolios.id }).from(portfolios).where(eq(portfolios.userId, userId));
  await tx.delete(portfolioDays).where(and(inArray(ofPortfolio, own), gte(figures.on, from)));
  return row!.revision;
}

/** Portfolios that have a ledger, by id, after `after`; each with its newest stored day. */
export async function portfoliosAfter(
  db: Db,
  after: string,
  most: number,
): Promise<{ portfolio: typeof portfolios.$inferSelect; newest: string | null }[]> {
  const newest = db
    .select({ on: max(figures.on) })
    .from(portfolioDays)
    .where(eq(ofPortfolio, portfolios.id));
  return db
    .select({ portfolio: portfolios, newest: sql<string | null>`(${newest})` })
    .from(portfolios)
    .where(and(gt(portfolios.id, after), gt(portfolios.transactions, 0)))
    .orderBy(asc(portfolios.id))
    .limit(most);
}
