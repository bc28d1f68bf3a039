// Every query of portfolios. Whatever joins a transaction takes `tx` first.
import { and, eq, exists, gt, gte, inArray, isNull, lte, not, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import {
  portfolioInflows,
  portfolioPrices,
  portfolios,
  portfolioTransactions,
} from '../../../drizzle/schema/index.ts';
import type { Page } from '../../../shared/primitives.ts';
import { isTaken, type Db, type Tx } from '../../db/transaction.ts';
import { keyset } from '../../lib/keyset.ts';
import { changePrices, dropDays } from './days/store.ts';
import { dayAfter } from './performance/days.ts';
import type { EnteredPrice, EnteredRate } from './valuation/price-book.ts';

export type PortfolioRow = typeof portfolios.$inferSelect;
export type TransactionRow = typeof portfolioTransactions.$inferSelect;
/** Its revision is that of its entry. */
export type PriceRow = Omit<typeof portfolioPrices.$inferSelect, 'revision'>;
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
  /** Of prices; rates are wanted since the first transaction, unless `ratesToo`. */
  from: string;
  to: string;
  ratesToo?: boolean;
}

export function createPortfolioStore(db: Db) {
  const ofUser = (userId: string, id: string) => and(eq(portfolios.userId, userId), eq(portfolios.id, id));
  return {
    insert: async (row: PortfolioRow): Promise<void> => void (await db.insert(portfolios).values(row)),
    async find(userId: string, id: string, on: Db | Tx = db): Promise<PortfolioRow | undefined> {
      return (await on.select().from(portfolios).where(ofUser(userId, id)))[0];
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

    /** Appends a transaction and counts it; days from its own on are stored no more. */
    async append(tx: Tx, row: TransactionRow): Promise<void> {
      await dropDays(tx, row.portfolioId, row.on);
      await tx.insert(portfolioTransactions).values(row);
      await tx.update(portfolios).set({ transactions: row.number }).where(eq(portfolios.id, row.portfolioId));
    },
    /** Appends those of one portfolio in the order of their numbers, and counts them; days from the first on are stored no more. All or none. */
    async appendAll(tx: Tx, rows: readonly TransactionRow[]): Promise<void> {
      for (let from = 0; from < rows.length; from += rowsAtOnce)
        await tx.insert(portfolioTransactions).values(rows.slice(from, from + rowsAtOnce));
      const last = rows.at(-1);
      if (!last) return;
      await dropDays(tx, last.portfolioId, earliest(rows));
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
    /** All that have to do with an instrument, in no order; with `after` those of later days. */
    ofInstrument: (
      tx: Tx,
      portfolioId: string,
      instrument: string,
      after?: string,
    ): Promise<TransactionRow[]> =>
      tx
        .select()
        .from(portfolioTransactions)
        .where(
          and(
            eq(portfolioTransactions.portfolioId, portfolioId),
            eq(portfolioTransactions.instrument, instrument),
            after === undefined ? undefined : gt(portfolioTransactions.on, after),
          ),
        ),
    /** One that moved units of an instrument until the end of a day and stands; undefined for none. */
    async anyTradeOf(
      tx: Tx,
      portfolioId: string,
      { instrument, until }: { instrument: string; until: string },
    ): Promise<TransactionRow | undefined> {
      const table = portfolioTransactions;
      const reversal = alias(portfolioTransactions, 'reversal');
      const isReversed = exists(
        tx.select({ id: reversal.id }).from(reversal).where(eq(reversal.reverses, table.id)),
      );
      const isTrade = sql`${table.terms} ? 'quantity'`;
      const ofIt = and(eq(table.portfolioId, portfolioId), eq(table.instrument, instrument));
      const stands = and(lte(table.on, until), isNull(table.reverses), not(isReversed));
      return (
        await tx
          .select()
          .from(table)
          .where(and(ofIt, isTrade, stands))
          .limit(1)
      )[0];
    },
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
    /** Those dated after one day and until another, in no order. */
    ledgerOfDays: (
      tx: Tx,
      portfolioId: string,
      { after, to }: { after?: string | undefined; to: string },
    ): Promise<TransactionRow[]> => {
      const { on } = portfolioTransactions;
      const within = and(after === undefined ? undefined : gt(on, after), lte(on, to));
      return tx
        .select()
        .from(portfolioTransactions)
        .where(and(eq(portfolioTransactions.portfolioId, portfolioId), within));
    },
    /** Whether any that was written after number `after` is dated until that day. */
    async hasWritten(
      tx: Tx,
      portfolioId: string,
      { after, until }: { after: number; until: string },
    ): Promise<boolean> {
      const table = portfolioTransactions;
      const rows = await tx
        .select({ id: table.id })
        .from(table)
        .where(and(eq(table.portfolioId, portfolioId), gt(table.number, after), lte(table.on, until)))
        .limit(1);
      return rows.length > 0;
    },
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

    /** Of one user; one of a day that is there already is replaced, and days from the first on are stored no more. All or none. */
    setPrices: async (tx: Tx, rows: readonly PriceRow[]): Promise<void> => {
      if (rows.length === 0) return;
      const revision = await changePrices(tx, rows[0]!.userId, earliest(rows));
      const table = portfolioPrices;
      await tx
        .insert(table)
        .values(rows.map((row) => ({ ...row, revision })))
        .onConflictDoUpdate({
          target: [table.userId, table.kind, table.of, table.into, table.on],
          set: {
            value: sql`excluded.value`,
            currency: sql`excluded.currency`,
            enteredAt: sql`excluded.entered_at`,
            revision: sql`excluded.revision`,
          },
        });
    },
    /** What was entered last comes first. Throws request.invalid for a cursor that is none. */
    /** What is entered for these days, in no order. */
    async pricesAt(userId: string, days: readonly Pick<PriceRow, 'kind' | 'of' | 'into' | 'on'>[]) {
      if (days.length === 0) return [];
      const { kind, of, into, on, value, currency, enteredAt } = portfolioPrices;
      const asked = days.map((day) => sql`(${day.kind}, ${day.of}, ${day.into}, ${day.on})`);
      return db
        .select({ kind, of, into, on, value, currency, enteredAt })
        .from(portfolioPrices)
        .where(
          and(
            eq(portfolioPrices.userId, userId),
            sql`(${kind}, ${of}, ${into}, ${on}) in (${sql.join(asked, sql`, `)})`,
          ),
        );
    },
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
      { userId, instruments, currencies, from, to, ratesToo = false }: BookQuestion,
    ): Promise<{ prices: EnteredPrice[]; rates: EnteredRate[] }> {
      const table = portfolioPrices;
      const isRecent = gte(table.on, dayAfter(from, -daysBefore));
      const isPrice = and(eq(table.kind, 'price'), inArray(table.of, [...instruments]), isRecent);
      const isRate = and(
        eq(table.kind, 'rate'),
        inArray(table.of, [...currencies]),
        inArray(table.into, [...currencies]),
        ratesToo ? isRecent : undefined,
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

const earliest = (rows: readonly { on: string }[]): string =>
  rows.reduce((first, { on }) => (on < first ? on : first), rows[0]!.on);
