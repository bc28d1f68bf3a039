// Every query about watchlists. Changes hold the row of their user's set, so that they come one after the other.
import { and, asc, desc, eq } from 'drizzle-orm';
import { watchlists, watchlistSets } from '../../../../drizzle/schema/index.ts';
import type { Db, Tx } from '../../../db/transaction.ts';

export type WatchlistRow = typeof watchlists.$inferSelect;
export type WatchlistStore = ReturnType<typeof createWatchlistStore>;

export function createWatchlistStore(db: Db) {
  const inOrder = [asc(watchlists.place), asc(watchlists.createdAt), asc(watchlists.id)] as const;
  const listOf = (userId: string, on: Db | Tx = db): Promise<WatchlistRow[]> =>
    on
      .select()
      .from(watchlists)
      .where(eq(watchlists.userId, userId))
      .orderBy(...inOrder);
  return {
    /** In the user's order. */
    listOf,
    /** Whether the user's first list was ever made. */
    async hasSet(userId: string): Promise<boolean> {
      const found = await db.select().from(watchlistSets).where(eq(watchlistSets.userId, userId));
      return found.length > 0;
    },
    /** Another user's is none. */
    async find(userId: string, id: string): Promise<WatchlistRow | undefined> {
      return (
        await db
          .select()
          .from(watchlists)
          .where(and(eq(watchlists.userId, userId), eq(watchlists.id, id)))
      )[0];
    },
    /** Holds the user's set until `tx` ends; true: it was made by this, and is empty. */
    async lockSet(tx: Tx, userId: string, createdAt: Date): Promise<boolean> {
      const made = await tx
        .insert(watchlistSets)
        .values({ userId, createdAt })
        .onConflictDoNothing()
        .returning({ userId: watchlistSets.userId });
      await tx.select().from(watchlistSets).where(eq(watchlistSets.userId, userId)).for('update');
      return made.length > 0;
    },
    insert: async (tx: Tx, row: WatchlistRow): Promise<void> =>
      void (await tx.insert(watchlists).values(row)),
    save: async (tx: Tx, { id, ...row }: WatchlistRow): Promise<void> =>
      void (await tx.update(watchlists).set(row).where(eq(watchlists.id, id))),
    async remove(tx: Tx, userId: string, id: string): Promise<boolean> {
      const { rowCount } = await tx
        .delete(watchlists)
        .where(and(eq(watchlists.userId, userId), eq(watchlists.id, id)));
      return (rowCount ?? 0) > 0;
    },
    /** What the lists hold, by whose they are; the lists changed last come first, `limit` at most. */
    listHeld: (limit: number): Promise<Pick<WatchlistRow, 'userId' | 'epics'>[]> =>
      db
        .select({ userId: watchlists.userId, epics: watchlists.epics })
        .from(watchlists)
        .orderBy(desc(watchlists.updatedAt))
        .limit(limit),
  };
}
