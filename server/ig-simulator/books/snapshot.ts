// What was dealt, counted from the engine's own decisions: for tests that must not trust the client they test.
import { decimal } from '../../../shared/decimal.ts';
import { decisionsOf } from '../engine/state.ts';
import type { Position, WorkingOrder } from '../engine/decisions.ts';
import type { State } from '../engine/types.ts';

export interface AccountSnapshot {
  cash: string;
  positions: readonly Position[];
  /** By dealReference: how many positions were opened under it. */
  deals: Record<string, number>;
  /** By the position's dealId: what was taken from it, by requests and by stops and limits, and in how many deals. */
  closes: Record<string, { closedSize: string; count: number }>;
  orders: readonly WorkingOrder[];
  /** By dealReference: how many orders were placed under it. */
  placed: Record<string, number>;
  /** By dealId: how often requests have changed a position's stop and limit, or an order's terms. */
  amends: Record<string, number>;
  /** By dealId: how often requests have taken an order away. */
  cancels: Record<string, number>;
}

/** Counts the decisions an account still keeps (the newest 10,240). Without `accountId`: every account. */
export function snapshotOf(state: State, accountId?: string): Record<string, AccountSnapshot> {
  const wanted = [...state.accounts.entries()].filter(([id]) => accountId === undefined || id === accountId);
  return Object.fromEntries(
    wanted.map(([id, { cash, positions, orders }]) => {
      const deals = new Map<string, number>();
      const [amends, placed, cancels] = [
        new Map<string, number>(),
        new Map<string, number>(),
        new Map<string, number>(),
      ];
      const closes = new Map<string, { closedSize: string; count: number }>();
      for (const decision of decisionsOf(state, id)) {
        if (decision.type === 'positionAmended' && decision.cause === 'request')
          countIn(amends, decision.position.dealId);
        if (decision.type === 'orderChanged' && decision.cause === 'request') {
          const { change, order, dealReference } = decision;
          if (change === 'OPENED') countIn(placed, dealReference);
          else countIn(change === 'AMENDED' ? amends : cancels, order.dealId);
        }
        if (decision.type !== 'dealt') continue;
        if (decision.opening) countIn(deals, decision.dealReference);
        for (const { position, size } of decision.closings) {
          const { closedSize, count } = closes.get(position.dealId) ?? { closedSize: '0', count: 0 };
          closes.set(position.dealId, { closedSize: decimal.add(closedSize, size), count: count + 1 });
        }
      }
      return [
        id,
        {
          cash,
          positions,
          deals: Object.fromEntries(deals),
          closes: Object.fromEntries(closes),
          orders,
          placed: Object.fromEntries(placed),
          amends: Object.fromEntries(amends),
          cancels: Object.fromEntries(cancels),
        },
      ];
    }),
  );
}

const countIn = (counts: Map<string, number>, key: string): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1);
