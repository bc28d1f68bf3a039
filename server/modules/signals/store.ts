// Every query of signals and of those that were let through.
import { and, asc, eq, gt, isNull, lt, ne, sql } from 'drizzle-orm';
import { sessions, signalReceipts, signals, users } from '../../../drizzle/schema/index.ts';
import type { Db, Tx } from '../../db/transaction.ts';

export type SignalRow = typeof signals.$inferSelect;
export type SignalStore = ReturnType<typeof createSignalStore>;

/** Receipts are kept for so long: those of the last day are counted. */
const keptMs = 2 * 86_400_000;

export function createSignalStore(db: Db) {
  const isOf = (userId: string, id: string) => and(eq(signals.userId, userId), eq(signals.id, id));
  const isReceipt = (signalId: string, key: string) =>
    and(eq(signalReceipts.signalId, signalId), eq(signalReceipts.idempotencyKey, key));
  return {
    /** Oldest first. */
    list: (userId: string): Promise<SignalRow[]> =>
      db
        .select()
        .from(signals)
        .where(eq(signals.userId, userId))
        .orderBy(asc(signals.createdAt), asc(signals.id)),
    find: async (userId: string, id: string): Promise<SignalRow | undefined> =>
      (await db.select().from(signals).where(isOf(userId, id)))[0],
    /** Whoever's it is, unless they are disabled. */
    async findLive(id: string): Promise<SignalRow | undefined> {
      const [found] = await db
        .select({ signal: signals })
        .from(signals)
        .innerJoin(users, eq(users.id, signals.userId))
        .where(and(eq(signals.id, id), isNull(users.disabledAt)));
      return found?.signal;
    },
    /** Until the transaction ends: signals are counted one after another. */
    async lock(tx: Tx, id: string): Promise<SignalRow | undefined> {
      return (await tx.select().from(signals).where(eq(signals.id, id)).for('update'))[0];
    },
    /** Holds the user until the end of `tx`, so that signals are counted; false where they or their login have ended meanwhile. */
    async holdLogin(tx: Tx, userId: string, sessionId: string): Promise<boolean> {
      const open = and(eq(users.id, userId), isNull(users.disabledAt));
      const held = await tx.select({ id: users.id }).from(users).where(open).for('update');
      return held.length > 0 && (await tx.$count(sessions, eq(sessions.id, sessionId))) > 0;
    },
    count: (tx: Tx, userId: string): Promise<number> => tx.$count(signals, eq(signals.userId, userId)),
    insert: (tx: Tx, row: SignalRow) => tx.insert(signals).values(row),
    /** Undefined where there is none. */
    async update(userId: string, id: string, set: Partial<SignalRow>): Promise<SignalRow | undefined> {
      return (await db.update(signals).set(set).where(isOf(userId, id)).returning())[0];
    },
    /** Of one that is locked. */
    note: (tx: Tx, id: string, set: Partial<SignalRow>) =>
      tx.update(signals).set(set).where(eq(signals.id, id)),
    delete: async (userId: string, id: string): Promise<boolean> =>
      (await db.delete(signals).where(isOf(userId, id)).returning({ id: signals.id })).length === 1,

    /** How many others were let through after `after`, and when the first of them was. */
    async takenSince(tx: Tx, signalId: string, key: string, after: Date) {
      const [found] = await tx
        .select({ count: sql<number>`count(*)::int`, first: sql<Date | null>`min(${signalReceipts.at})` })
        .from(signalReceipts)
        .where(
          and(
            eq(signalReceipts.signalId, signalId),
            gt(signalReceipts.at, after),
            ne(signalReceipts.idempotencyKey, key),
          ),
        );
      return { count: found!.count, first: found!.first && new Date(found!.first) };
    },
    /** One that was let through before and failed is under way again. */
    async take(tx: Tx, signalId: string, key: string, at: Date): Promise<void> {
      const kept = new Date(at.getTime() - keptMs);
      await tx
        .delete(signalReceipts)
        .where(and(eq(signalReceipts.signalId, signalId), lt(signalReceipts.at, kept)));
      await tx
        .insert(signalReceipts)
        .values({ signalId, idempotencyKey: key, at, outcome: null })
        .onConflictDoUpdate({
          target: [signalReceipts.signalId, signalReceipts.idempotencyKey],
          set: { at, outcome: null },
        });
    },
    end: (signalId: string, key: string, outcome: string) =>
      db.update(signalReceipts).set({ outcome }).where(isReceipt(signalId, key)),
    /** Those that are under way since before `before`, with their signals. */
    listOpen: (before: Date) =>
      db
        .select({ key: signalReceipts.idempotencyKey, at: signalReceipts.at, signal: signals })
        .from(signalReceipts)
        .innerJoin(signals, eq(signals.id, signalReceipts.signalId))
        .where(and(isNull(signalReceipts.outcome), lt(signalReceipts.at, before)))
        .limit(200),
    /** Whether this ended it: of two who look at once one tells. */
    async endOpen(tx: Tx, signalId: string, key: string, outcome: string): Promise<boolean> {
      const isOpen = and(isReceipt(signalId, key), isNull(signalReceipts.outcome));
      const ended = await tx
        .update(signalReceipts)
        .set({ outcome })
        .where(isOpen)
        .returning({ key: signalReceipts.idempotencyKey });
      return ended.length === 1;
    },
  };
}
