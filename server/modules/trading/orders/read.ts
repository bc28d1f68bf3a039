// Working orders as their owner reads them: those that rest, and one. Changes nothing.
import type { ListOrders, OneOfAccount, OrderList, WorkingOrder } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Accounts } from '../ports.ts';
import type { RiskStore } from '../risk/store.ts';
import { asOf } from '../valuation/views.ts';
import { toOrder } from './orders.ts';
import type { OrderStore } from './store.ts';

export type OrderReads = ReturnType<typeof createOrderReads>;

interface OrderReadsDeps {
  orderStore: OrderStore;
  riskStore: Pick<RiskStore, 'find'>;
  accounts: Accounts;
  clock: Clock;
}

export const createOrderReads = ({ orderStore, riskStore, accounts, clock }: OrderReadsDeps) => ({
  /** Oldest first. Throws accounts.*, and request.invalid for a cursor of another list. */
  async list(userId: string, { accountId, ...page }: ListOrders): Promise<OrderList> {
    const account = await accounts.forUser(userId, accountId);
    const [{ rows, nextCursor }, risk] = await Promise.all([
      orderStore.list(account.id, page),
      riskStore.find(account.id),
    ]);
    return {
      orders: rows.map((row) => toOrder(row, account)),
      asOf: asOf(account, risk, clock.now()),
      nextCursor,
    };
  },
  /** One that rests or has rested. Throws trading.order_not_found, also for somebody else's; accounts.*. */
  async get(userId: string, { accountId, dealId }: OneOfAccount): Promise<WorkingOrder> {
    const account = await accounts.forUser(userId, accountId);
    const row = (await orderStore.findOf(userId, dealId)).find((each) => each.accountId === account.id);
    if (!row) throw new AppError('trading.order_not_found');
    return toOrder(row, account);
  },
});
