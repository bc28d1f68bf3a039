// What is going on on an account, for those who must not take it away beneath a deal.
import { and, count, eq, inArray, isNull } from 'drizzle-orm';
import { deals, positions } from '../../../drizzle/schema/index.ts';
import type { AccountUse } from '../accounts/ports.ts';
import { undecidedStatuses } from './deals/life.ts';

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
    return { undecidedDeals: undecided!.n, openPositions: open!.n };
  },
});
