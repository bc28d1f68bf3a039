// Every query of API keys.
import { and, arrayContains, desc, eq, gt, inArray, isNull, lte, or } from 'drizzle-orm';
import { apiKeys, sessions, signals, users } from '../../../drizzle/schema/index.ts';
import type { KeyScope } from '../../../shared/api-keys.ts';
import { inTransaction, type Db, type Tx } from '../../db/transaction.ts';

export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type ApiKeysStore = ReturnType<typeof createApiKeysStore>;

export function createApiKeysStore(db: Db) {
  return {
    transaction: <T>(work: (tx: Tx) => Promise<T>) => inTransaction(db, work),
    /** Holds the user until the end of `tx`, so that keys are counted one after another. Whether it is there and not disabled. */
    async lockUser(tx: Tx, userId: string): Promise<boolean> {
      const open = and(eq(users.id, userId), isNull(users.disabledAt));
      return (await tx.select({ id: users.id }).from(users).where(open).for('update')).length > 0;
    },
    count: (tx: Tx, userId: string): Promise<number> => tx.$count(apiKeys, eq(apiKeys.userId, userId)),
    insert: (tx: Tx, row: ApiKeyRow) => tx.insert(apiKeys).values(row),
    /** Newest first. */
    list: (userId: string): Promise<ApiKeyRow[]> =>
      db.select().from(apiKeys).where(eq(apiKeys.userId, userId)).orderBy(desc(apiKeys.id)),
    /** Whether there was one. */
    async delete(tx: Tx, userId: string, id: string): Promise<boolean> {
      const own = and(eq(apiKeys.id, id), eq(apiKeys.userId, userId));
      return (await tx.delete(apiKeys).where(own).returning({ id: apiKeys.id })).length > 0;
    },
    /** Whether a login holds. Under `lockUser`: whoever ends it holds the user too. */
    hasSession: async (tx: Tx, id: string): Promise<boolean> =>
      (await tx.select({ id: sessions.id }).from(sessions).where(eq(sessions.id, id))).length > 0,
    /** The ids of the keys it deleted: a user's, or those of them that have `scope`. */
    deleteOf: (tx: Tx, userId: string, { scope }: { scope?: KeyScope } = {}) =>
      tx
        .delete(apiKeys)
        .where(and(eq(apiKeys.userId, userId), scope && arrayContains(apiKeys.scopes, [scope])))
        .returning({ id: apiKeys.id }),
    /** Signals bear a secret too, in their bodies: they end with the keys. */
    deleteSignalsOf: (tx: Tx, userId: string) => tx.delete(signals).where(eq(signals.userId, userId)),
    /** With its user, unless that is disabled. */
    async find(id: string) {
      const [found] = await db
        .select({ key: apiKeys, user: users })
        .from(apiKeys)
        .innerJoin(users, eq(users.id, apiKeys.userId))
        .where(and(eq(apiKeys.id, id), isNull(users.disabledAt)));
      return found;
    },
    /** Those of `ids` that work at `now`. */
    listLive: (ids: readonly string[], now: Date) =>
      db
        .select({ id: apiKeys.id })
        .from(apiKeys)
        .innerJoin(users, eq(users.id, apiKeys.userId))
        .where(
          and(
            inArray(apiKeys.id, [...ids]),
            isNull(users.disabledAt),
            or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
          ),
        ),
    /** Does nothing where it was used after `unless`, as another process knows. */
    setUsed: (id: string, { at, unless }: { at: Date; unless: Date }) =>
      db
        .update(apiKeys)
        .set({ lastUsedAt: at })
        .where(and(eq(apiKeys.id, id), or(isNull(apiKeys.lastUsedAt), lte(apiKeys.lastUsedAt, unless)))),
  };
}
