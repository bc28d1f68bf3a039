// What an account holds by our rows, in the order in which it is ended: orders and positions each oldest first.
import { and, asc, eq, isNull } from 'drizzle-orm';
import { positions, workingOrders } from '../../../../drizzle/schema/index.ts';
import { pick } from '../../../lib/pick.ts';
import type { Holdings } from './begin.ts';

const named = ['dealId', 'epic', 'direction', 'size'] as const;

export const holdings: Holdings = {
  async orders(db, accountId) {
    const rows = await db
      .select()
      .from(workingOrders)
      .where(and(eq(workingOrders.accountId, accountId), eq(workingOrders.state, 'open')))
      .orderBy(asc(workingOrders.placedAt), asc(workingOrders.dealId));
    return rows.map((row) => ({ kind: 'order', ...pick(row, named) }));
  },
  async positions(db, accountId) {
    const rows = await db
      .select()
      .from(positions)
      .where(and(eq(positions.accountId, accountId), isNull(positions.closedAt)))
      .orderBy(asc(positions.openedAt), asc(positions.dealId));
    return rows.map((row) => ({ kind: 'position', ...pick(row, named) }));
  },
};
