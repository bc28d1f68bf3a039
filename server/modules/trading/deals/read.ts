// Deals as their owner reads them: a page of them, and one. Changes nothing.
import type { DealDetail } from '../../../../shared/history.ts';
import type { DealList } from '../../../../shared/trading.ts';
import type { ListDeals } from '../../../../shared/trading-reads.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Accounts } from '../ports.ts';
import type { DealRow } from './life.ts';
import type { DealStore } from './store.ts';
import { timelineOf } from './timeline.ts';
import { toDeal } from './views.ts';

export type DealReads = ReturnType<typeof createDealReads>;

export const createDealReads = ({ dealStore, accounts }: { dealStore: DealStore; accounts: Accounts }) => ({
  /** Newest first. Throws accounts.*, and request.invalid for a cursor of another list. */
  async list(userId: string, { accountId, cursor, limit, ...filter }: ListDeals): Promise<DealList> {
    const account = await accounts.forUser(userId, accountId);
    const { rows, nextCursor } = await dealStore.list(account.id, filter, { cursor, limit });
    return { deals: rows.map(toDeal), nextCursor };
  },
  /** Throws trading.deal_not_found, also for somebody else's. */
  async get(userId: string, id: string): Promise<DealDetail> {
    const row = await dealStore.find(id);
    if (row?.userId !== userId) throw new AppError('trading.deal_not_found');
    return detailed(row);
  },
  /**
   * The deal of a key, for whoever lost the answer. Throws trading.deal_not_found: nothing was asked for under this key; and
   * trading.key_reused for that of a saga, which is no single deal.
   */
  async find(userId: string, idempotencyKey: string): Promise<DealDetail> {
    const { deal: row, isOfSaga } = await dealStore.findByAnyKey(userId, idempotencyKey);
    if (isOfSaga) throw new AppError('trading.key_reused', { message: keyOfSaga });
    if (!row) throw new AppError('trading.deal_not_found', { message: noSuchKey });
    return detailed(row);
  },
});
const noSuchKey =
  'Nothing was asked for under this idempotency key: the request never came here, so sending it now is the first time.';
const keyOfSaga =
  'This idempotency key stands for a target, or for closing or cancelling everything, and not for one deal: send the same request again with it to see how far it is.';
const detailed = (row: DealRow): DealDetail => ({
  ...toDeal(row),
  timeline: timelineOf(row),
  decidedBy: row.decidedBy,
});
