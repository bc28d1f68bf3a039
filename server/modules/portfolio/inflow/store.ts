// Every query of what flows in: how far each account is, and what is written of it already.
import { and, eq, inArray, isNotNull, ne, or, sql } from 'drizzle-orm';
import {
  portfolioInflows,
  portfolios,
  portfolioTransactions,
  users,
} from '../../../../drizzle/schema/index.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import type { PortfolioRow, TransactionRow } from '../store.ts';
import type { InflowAccount } from './ports.ts';

export type InflowRow = typeof portfolioInflows.$inferSelect;
/** An account that flows into portfolios, and those that are parts of it. */
export interface InflowSource {
  row: InflowRow;
  parts: PortfolioRow[];
}
export type InflowStore = ReturnType<typeof createInflowStore>;

/** Rows of one insert: PostgreSQL takes 65,535 parameters. */
const accountsAtOnce = 5_000;

export function createInflowStore(db: Db) {
  /** Portfolios that bear the account's id as a tag. */
  const partsOf = (on: Db | Tx, { userId, accountId }: InflowRow) =>
    on
      .select()
      .from(portfolios)
      .where(and(eq(portfolios.userId, userId), sql`${portfolios.tags} ? ${accountId}`))
      .orderBy(portfolios.id);
  const byAge = (rows: readonly PortfolioRow[]) =>
    rows.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  return {
    /** Accounts that are seen for the first time begin at the beginning; the others stay where they are. */
    async begin(accounts: readonly InflowAccount[]): Promise<void> {
      for (let from = 0; from < accounts.length; from += accountsAtOnce) {
        const some = accounts.slice(from, from + accountsAtOnce);
        await db
          .insert(portfolioInflows)
          .values(
            some.map(({ id, userId, environment, name, currency }) => ({
              accountId: id,
              userId,
              environment,
              name,
              currency,
            })),
          )
          .onConflictDoNothing();
      }
    },
    /** Also those that are not connected any more: their last events may be still to come. */
    all: (): Promise<InflowRow[]> => db.select().from(portfolioInflows).orderBy(portfolioInflows.accountId),
    /** Nobody else writes of the account until `tx` ends. */
    async lock(tx: Tx, accountId: string): Promise<InflowRow> {
      const table = portfolioInflows;
      const [row] = await tx.select().from(table).where(eq(table.accountId, accountId)).for('update');
      if (!row) throw new Error(`invariant: the inflow of account ${accountId} has no row`);
      return row;
    },
    async save(tx: Tx, row: InflowRow): Promise<void> {
      await tx.update(portfolioInflows).set(row).where(eq(portfolioInflows.accountId, row.accountId));
    },
    insertPortfolio: async (tx: Tx, row: PortfolioRow): Promise<void> =>
      void (await tx.insert(portfolios).values(row)),
    /** What the user has made for parts of an account. Held until `tx` ends; oldest first. */
    parts: async (tx: Tx, row: InflowRow): Promise<PortfolioRow[]> =>
      byAge(await partsOf(tx, row).for('update')),
    /** The accounts that flow into a portfolio: it was made for them, or is a part of them by its tags. Each with its parts, oldest first. */
    async into({ id, userId, tags }: PortfolioRow): Promise<InflowSource[]> {
      const table = portfolioInflows;
      const rows = await db
        .select()
        .from(table)
        .where(
          and(
            eq(table.userId, userId),
            isNotNull(table.portfolioId),
            or(eq(table.portfolioId, id), inArray(table.accountId, tags)),
          ),
        )
        .orderBy(table.accountId);
      return Promise.all(
        rows.map(async (row) => ({
          row,
          parts: byAge(await partsOf(db, row)).filter((part) => part.id !== row.portfolioId),
        })),
      );
    },
    /** What flowed in of an account and is still there, whatever portfolio it is in; `prefix` is that of its keys. Reads all of it. */
    async bookedCash(tx: Tx, userId: string, prefix: string): Promise<string> {
      const table = portfolioTransactions;
      const [row] = await tx
        .select({ booked: sql<string>`coalesce(sum((${table.terms}->>'amount')::numeric), 0)` })
        .from(table)
        .where(and(eq(table.userId, userId), sql`starts_with(${table.idempotencyKey}, ${prefix})`));
      return row!.booked;
    },
    /** Every account that has been seen of the user. */
    ofUser: (userId: string): Promise<InflowRow[]> =>
      db.select().from(portfolioInflows).where(eq(portfolioInflows.userId, userId)),
    /** What flowed in of an account into portfolios beside its own, and what took that back; in no order. `prefix` is that of its keys. */
    async inParts(userId: string, prefix: string, portfolioId: string): Promise<TransactionRow[]> {
      const table = portfolioTransactions;
      const isOfAccount = sql`starts_with(${table.idempotencyKey}, ${prefix})`;
      const isElsewhere = and(eq(table.userId, userId), ne(table.portfolioId, portfolioId));
      const came = await db.select().from(table).where(and(isElsewhere, isOfAccount));
      if (came.length === 0) return [];
      const portfolios = [...new Set(came.map((row) => row.portfolioId))];
      const corrections = await db
        .select()
        .from(table)
        .where(and(inArray(table.portfolioId, portfolios), isNotNull(table.reverses)));
      return [...came, ...corrections];
    },
    /** Which of these keys are written of the user. */
    async written(tx: Tx, userId: string, keys: readonly string[]): Promise<Set<string>> {
      if (keys.length === 0) return new Set();
      const table = portfolioTransactions;
      const rows = await tx
        .select({ key: table.idempotencyKey })
        .from(table)
        .where(and(eq(table.userId, userId), inArray(table.idempotencyKey, [...keys])));
      return new Set(rows.map(({ key }) => key));
    },
    /** The zone in which the user sees days. */
    async zoneOf(tx: Tx, userId: string): Promise<string> {
      const [user] = await tx.select({ zone: users.timeZone }).from(users).where(eq(users.id, userId));
      return user?.zone ?? 'UTC';
    },
  };
}
