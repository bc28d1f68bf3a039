// Every query of positions. Whatever joins a transaction takes `tx` first; how news changes a row is in positions.ts.
import { and, asc, eq, gt, isNull } from 'drizzle-orm';
import { positions } from '../../../../drizzle/schema/index.ts';
import type { Db, Tx } from '../../../db/transaction.ts';

export type PositionRow = typeof positions.$inferSelect;
export type PositionStore = ReturnType<typeof createPositionStore>;

/** Positions of one account that are shown. */
const maxPositions = 2_000;

export function createPositionStore(db: Db) {
  const at = (accountId: string, dealId: string) =>
    and(eq(positions.accountId, accountId), eq(positions.dealId, dealId));
  return {
    async lock(tx: Tx, accountId: string, dealId: string): Promise<PositionRow | undefined> {
      return (await tx.select().from(positions).where(at(accountId, dealId)).for('update'))[0];
    },
    async find(accountId: string, dealId: string): Promise<PositionRow | undefined> {
      return (await db.select().from(positions).where(at(accountId, dealId)))[0];
    },
    insert: async (tx: Tx, row: PositionRow): Promise<void> => void (await tx.insert(positions).values(row)),
    save: async (tx: Tx, { accountId, dealId, ...rest }: PositionRow): Promise<void> =>
      void (await tx.update(positions).set(rest).where(at(accountId, dealId))),
    /** Oldest first. */
    listOpen: (accountId: string): Promise<PositionRow[]> =>
      db
        .select()
        .from(positions)
        .where(and(eq(positions.accountId, accountId), isNull(positions.closedAt), gt(positions.size, '0')))
        .orderBy(asc(positions.openedAt), asc(positions.dealId))
        .limit(maxPositions),
  };
}
