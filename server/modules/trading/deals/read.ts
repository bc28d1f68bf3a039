// Deals as their owner reads them: a page of them, and one. Changes nothing.
import type { Deal, DealList, ListDeals } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Accounts } from '../ports.ts';
import type { DealStore } from './store.ts';
import { toDeal } from './views.ts';

export type DealReads = ReturnType<typeof createDealReads>;

export const createDealReads = ({ dealStore, accounts }: { dealStore: DealStore; accounts: Accounts }) => ({
  /** Newest first. Throws accounts.*. */
  async list(userId: string, { accountId, ...page }: ListDeals): Promise<DealList> {
    const account = await accounts.forUser(userId, accountId);
    const { rows, nextCursor } = await dealStore.list(account.id, page);
    return { deals: rows.map(toDeal), nextCursor };
  },
  /** Throws trading.deal_not_found, also for somebody else's. */
  async get(userId: string, id: string): Promise<Deal> {
    const row = await dealStore.find(id);
    if (row?.userId !== userId) throw new AppError('trading.deal_not_found');
    return toDeal(row);
  },
});
