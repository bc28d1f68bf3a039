// What is going on on an account, for those who must not take it away beneath a deal.
import { and, count, eq, inArray, isNull } from 'drizzle-orm';
import { deals, positions, workingOrders } from '../../../drizzle/schema/index.ts';
import type { AccountUse } from '../accounts/ports.ts';
import { dealingStateOf } from '../../../shared/risk.ts';
import { undecidedStatuses } from './deals/life.ts';
import { factsOf } from './risk/guard.ts';
import { findRisk } from './risk/store.ts';

/** Asked in the transaction that holds the account's risk row: no deal is admitted meanwhile. */
export const createAccountUse = (): AccountUse => ({
  async of(tx, accountId) {
    const [undecided] = await tx
      .select({ n: count() })
      .from(deals)
      .where(and(eq(deals.accountId, accountId), inArray(deals.status, [...undecidedStatuses])));
    const [open] = await tx
      .select({ n: count() })
      .from(positions)
      .where(and(eq(positions.accountId, accountId), isNull(positions.closedAt)));
    const [resting] = await tx
      .select({ n: count() })
      .from(workingOrders)
      .where(and(eq(workingOrders.accountId, accountId), eq(workingOrders.state, 'open')));
    return { undecidedDeals: undecided!.n, openPositions: open!.n, workingOrders: resting!.n };
  },
  async dealingState(tx, { id, environment }) {
    const risk = await findRisk(tx, id);
    if (!risk) throw new Error(`invariant: the account ${id} has no risk row`);
    return dealingStateOf(factsOf(environment, risk)).dealingState;
  },
});
