// Every query of portfolios. Whatever joins a transaction takes `tx` first.
import { and, eq, gte, inArray, lte, or, sql } from 'drizzle-orm';
import {
  portfolioInflows,
  portfolioPrices,
  portfolios,
  portfolioTransactions,
} from '../../../drizzle/schema/index.ts';
import type { Page } from '../../../shared/primitives.ts';
import { isTaken, type Db, type Tx } from '../../db/transaction.ts';
import { keyset } from '../../lib/keyset.ts';
import { dayAfter } from './performance/days.ts';
import type { EnteredPrice, EnteredRate } from './valuation/price-book.ts';

export type PortfolioRow = typeof portfolios.$inferSelect;
export type TransactionRow = typeof portfolioTransactions.$inferSelect;
export type PriceRow = typeof portfolioPrices.$inferSelect;
export type PortfolioStore = ReturnType<typeof createPortfolioStore>;

const newestPortfolios = keyset(portfolios, { at: 'createdAt', id: 'id', order: 'newest first' });
const newestTransactions = keyset(portfolioTransactions, { at: 'at', id: 'id', order: 'newest first' });
const lastEntered = keyset(portfolioPrices, { at: 'enteredAt', id: 'id', order: 'newest first' });
/** A price counts for so many days after its own (price-book.ts), and the day before the first one is valued too. */
export const daysBefore = 8;
/** One statement takes 65,535 values, and a transaction has 14. */
const rowsAtOnce = 1_000;

/** For which instruments and currencies prices and rates are wanted, and until which day. */
export interface BookQuestion {
  userId: string;
  instruments: readonly string[];
  currencies: readonly string[];
  /** Of prices; rates are wanted since the first transaction. */
  from: string;
  to: string;
}

export function createPortfolioStore(db: Db) {
  const ofUser = (userId: string, id: string) => and(eq(portfolios.userId, userId), eq(portfolios.id, id));
  return {
    insert: async (row: PortfolioRow): Promise<void> => void (await db.insert(portfolios).values(row)),
    async find(userId: string, id: string): Promise<PortfolioRow | undefined> {
      return (await db.select().from(portfolios).where(ofUser(userId, id)))[0];
    },
    /** Nobody else writes into it until `tx` ends. */
    async lock(tx: Tx, userId: string, id: string): Promise<PortfolioRow | undefined> {
      return (await tx.select().from(portfolios).where(ofUser(userId, id)).for('update'))[0];
    },
    /** Newest first. Throws request.invalid for a cursor that is none. */
    list: (userId: string, page: Page) =>
      newestPortfolios(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(portfolios)
          .where(and(eq(portfolios.userId, userId), after))
          .orderBy(...orderBy)
          .limit(limit),
      ),
    async update(
      userId: string,
      id: string,
      changes: Partial<Pick<PortfolioRow, 'name' | 'tags'>>,
    ): Promise<PortfolioRow | undefined> {
      return (await db.update(portfolios).set(changes).where(ofUser(userId, id)).returning())[0];
    },
    /** With its ledger. Undefined when there is none. */
    async delete(userId: string, id: string): Promise<PortfolioRow | undefined> {
      return (await db.delete(portfolios).where(ofUser(userId, id)).returning())[0];
    },

    /** Appends a transaction and counts it. */
    async append(tx: Tx, row: TransactionRow): Promise<void> {
      await tx.insert(portfolioTransactions).values(row);
      await tx.update(portfolios).set({ transactions: row.number }).where(eq(portfolios.id, row.portfolioId));
    },
    /** Appends them in the order of their numbers, and counts them. All or none. */
    async appendAll(tx: Tx, rows: readonly TransactionRow[]): Promise<void> {
      for (let from = 0; from < rows.length; from += rowsAtOnce)
        await tx.insert(portfolioTransactions).values(rows.slice(from, from + rowsAtOnce));
      const last = rows.at(-1);
      if (last)
        await tx
          .update(portfolios)
          .set({ transactions: last.number })
          .where(eq(portfolios.id, last.portfolioId));
    },
    isKeyTaken: (error: unknown): boolean => isTaken(error, 'portfolio_transactions_user_key'),
    async findByKey(userId: string, idempotencyKey: string): Promise<TransactionRow | undefined> {
      const table = portfolioTransactions;
      return (
        await db
          .select()
          .from(table)
          .where(and(eq(table.userId, userId), eq(table.idempotencyKey, idempotencyKey)))
      )[0];
    },
    async findTransaction(on: Db | Tx, portfolioId: string, id: string): Promise<TransactionRow | undefined> {
      const table = portfolioTransactions;
      return (
        await on
          .select()
          .from(table)
          .where(and(eq(table.portfolioId, portfolioId), eq(table.id, id)))
      )[0];
    },
    /** What takes these back, by what it takes back. */
    async reversalsOf(on: Db | Tx, ids: readonly string[]): Promise<Map<string, string>> {
      if (ids.length === 0) return new Map();
      const table = portfolioTransactions;
      const rows = await on
        .select({ id: table.id, reverses: table.reverses })
        .from(table)
        .where(inArray(table.reverses, [...ids]));
      return new Map(rows.map(({ id, reverses }) => [reverses!, id]));
    },
    /** All that have to do with an instrument, in no order. */
    ofInstrument: (tx: Tx, portfolioId: string, instrument: string): Promise<TransactionRow[]> =>
      tx
        .select()
        .from(portfolioTransactions)
        .where(
          and(
            eq(portfolioTransactions.portfolioId, portfolioId),
            eq(portfolioTransactions.instrument, instrument),
          ),
        ),
    /** All of a portfolio, in no order; with `until` those up to that instant. */
    ledger: (portfolioId: string, until?: Date, on: Db | Tx = db): Promise<TransactionRow[]> =>
      on
        .select()
        .from(portfolioTransactions)
        .where(
          and(
            eq(portfolioTransactions.portfolioId, portfolioId),
            until && lte(portfolioTransactions.at, until),
          ),
        ),
    /** Newest first. Throws request.invalid for a cursor that is none. */
    transactions: (portfolioId: string, page: Page) =>
      newestTransactions(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(portfolioTransactions)
          .where(and(eq(portfolioTransactions.portfolioId, portfolioId), after))
          .orderBy(...orderBy)
          .limit(limit),
      ),

    /** One of a day that is there already is replaced. All or none. */
    setPrices: async (tx: Tx, rows: readonly PriceRow[]): Promise<void> => {
      if (rows.length === 0) return;
      const table = portfolioPrices;
      await tx
        .insert(table)
        .values([...rows])
        .onConflictDoUpdate({
          target: [table.userId, table.kind, table.of, table.into, table.on],
          set: {
            value: sql`excluded.value`,
            currency: sql`excluded.currency`,
            enteredAt: sql`excluded.entered_at`,
          },
        });
    },
    /** What was entered last comes first. Throws request.invalid for a cursor that is none. */
    prices: (
      userId: string,
      {
        of,
        from,
        to,
        ...page
      }: Page & { of?: string | undefined; from?: string | undefined; to?: string | undefined },
    ) =>
      lastEntered(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(portfolioPrices)
          .where(
            and(
              eq(portfolioPrices.userId, userId),
              of === undefined ? undefined : eq(portfolioPrices.of, of),
              from === undefined ? undefined : gte(portfolioPrices.on, from),
              to === undefined ? undefined : lte(portfolioPrices.on, to),
              after,
            ),
          )
          .orderBy(...orderBy)
          .limit(limit),
      ),
    /** Text that differs once a ledger or its tags do, what its user entered of prices and rates, or what flowed in of the accounts; undefined: there is no such portfolio any more. */
    async version(userId: string, id: string): Promise<string | undefined> {
      const [row] = await db
        .select({
          transactions: portfolios.transactions,
          tags: portfolios.tags,
          booked: sql<
            string | null
          >`(select string_agg(${portfolioInflows.bookedCash}::text, ' ' order by ${portfolioInflows.accountId}) from ${portfolioInflows} where ${portfolioInflows.userId} = ${userId})`,
          enteredAt: sql<
            string | null
          >`(select max(${portfolioPrices.enteredAt})::text from ${portfolioPrices} where ${portfolioPrices.userId} = ${userId})`,
        })
        .from(portfolios)
        .where(ofUser(userId, id));
      return row && JSON.stringify(row);
    },
    /** What may count on a day from `from` to `to`, and the rates of all days before. */
    async bookRows(
      on: Db | Tx,
      { userId, instruments, currencies, from, to }: BookQuestion,
    ): Promise<{ prices: EnteredPrice[]; rates: EnteredRate[] }> {
      const table = portfolioPrices;
      const isPrice = and(
        eq(table.kind, 'price'),
        inArray(table.of, [...instruments]),
        gte(table.on, dayAfter(from, -daysBefore)),
      );
      const isRate = and(
        eq(table.kind, 'rate'),
        inArray(table.of, [...currencies]),
        inArray(table.into, [...currencies]),
      );
      const rows = await on
        .select()
        .from(table)
        .where(
          and(
            eq(table.userId, userId),
            lte(table.on, to),
            or(instruments.length > 0 ? isPrice : undefined, currencies.length > 1 ? isRate : sql`false`),
          ),
        );
      return {
        prices: rows
          .filter(({ kind }) => kind === 'price')
          .map(({ of, on: day, value, currency }) => ({ instrument: of, on: day, price: value, currency })),
        rates: rows
          .filter(({ kind }) => kind === 'rate')
          .map(({ of, into, on: day, value }) => ({ from: of, to: into, on: day, rate: value })),
      };
    },
  };
}
