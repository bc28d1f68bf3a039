// Every query of an account's risk row: its money, what is reserved, whether dealing is halted.
import { and, eq, lt } from 'drizzle-orm';
import { accountRisk } from '../../../../drizzle/schema/index.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { pick } from '../../../lib/pick.ts';
import type { FundsEvidence } from '../ports.ts';

export type RiskRow = typeof accountRisk.$inferSelect;
export type RiskStore = ReturnType<typeof createRiskStore>;

/** What a transaction on an account may change. */
export const figures = ['cash', 'margin', 'runningProfit', 'fundsAt', 'reserved'] as const;

export function createRiskStore(db: Db) {
  return {
    /** The account's risk row, made when it is missing, locked until the end of `tx`: all that decides about an account's money queues here. */
    async lock(tx: Tx, accountId: string): Promise<RiskRow> {
      const lock = async () =>
        (await tx.select().from(accountRisk).where(eq(accountRisk.accountId, accountId)).for('update'))[0];
      const found = await lock();
      if (found) return found;
      await tx.insert(accountRisk).values({ accountId }).onConflictDoNothing();
      return (await lock())!;
    },
    async find(accountId: string): Promise<RiskRow | undefined> {
      return (await db.select().from(accountRisk).where(eq(accountRisk.accountId, accountId)))[0];
    },
    save: async (tx: Tx, row: RiskRow): Promise<void> =>
      void (await tx
        .update(accountRisk)
        .set(pick(row, figures))
        .where(eq(accountRisk.accountId, row.accountId))),
    /** Figures that leave the cash as it is. False when the cash differs, or what is known is as new. */
    async saveFigures(
      accountId: string,
      { cash, margin, runningProfit, at }: FundsEvidence,
    ): Promise<boolean> {
      const older = and(
        eq(accountRisk.accountId, accountId),
        eq(accountRisk.cash, cash),
        lt(accountRisk.fundsAt, at),
      );
      const { rowCount } = await db
        .update(accountRisk)
        .set({ margin, runningProfit, fundsAt: at })
        .where(older);
      return rowCount === 1;
    },
  };
}
