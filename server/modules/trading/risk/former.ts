// How dealing on an account stands before its owner changes it, for the audit log: plain reads that wait for no lock.
import { and, eq } from 'drizzle-orm';
import { dealingSwitches } from '../../../../drizzle/schema/index.ts';
import type { SetDealingState } from '../../../../shared/risk.ts';
import { limitsOf } from '../../../../shared/risk-limits.ts';
import type { Db } from '../../../db/transaction.ts';
import type { Accounts } from '../ports.ts';
import type { DeadMen } from './dead-man.ts';
import type { RiskStore } from './store.ts';
import { ownOf } from './switches.ts';

interface OfAccount {
  accountId?: string | undefined;
}
export type Former = ReturnType<typeof createFormer>;

export function createFormer({
  db,
  accounts,
  riskStore,
  deadMen,
}: {
  db: Db;
  accounts: Pick<Accounts, 'forUser'>;
  riskStore: Pick<RiskStore, 'find'>;
  deadMen: Pick<DeadMen, 'of'>;
}) {
  const riskOf = async (userId: string, { accountId: named }: OfAccount) => {
    const { id: accountId } = await accounts.forUser(userId, named);
    return { accountId, risk: await riskStore.find(accountId) };
  };
  /** Nothing before it was ever set. */
  async function wide(userId: string) {
    const of = and(eq(dealingSwitches.scope, 'user'), eq(dealingSwitches.subject, userId));
    const [row] = await db.select().from(dealingSwitches).where(of);
    return row && { dealingState: row.dealingState, by: row.by, at: row.at, reason: row.reason };
  }
  async function own(userId: string, asked: OfAccount) {
    const { accountId, risk } = await riskOf(userId, asked);
    if (!risk) return undefined;
    const { switchedBy: by, switchedAt: at, switchReason: reason } = risk;
    return { accountId, dealingState: ownOf(risk), by, at, reason };
  }
  return {
    switch: (userId: string, asked: Pick<SetDealingState, 'scope' | 'accountId'>) =>
      asked.scope === 'user' ? wide(userId) : own(userId, asked),
    async limits(userId: string, asked: OfAccount) {
      const { accountId, risk } = await riskOf(userId, asked);
      return risk && { accountId, limits: limitsOf(risk) };
    },
    async deadMan(userId: string, { accountId }: OfAccount) {
      const { id } = await accounts.forUser(userId, accountId);
      return { accountId: id, deadMan: await deadMen.of(id) };
    },
  };
}
