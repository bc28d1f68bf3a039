// What was dealt, counted from the engine's own decisions: for tests that must not trust the client they test.
import { decimal } from '../../../shared/decimal.ts';
import { decisionsOf } from '../engine/state.ts';
import type { Position } from '../engine/decisions.ts';
import type { State } from '../engine/types.ts';

export interface AccountSnapshot {
  cash: string;
  positions: readonly Position[];
  /** By dealReference: how many positions were opened under it. */
  deals: Record<string, number>;
  /** By the position's dealId: what was taken from it, by requests and by stops and limits, and in how many deals. */
  closes: Record<string, { closedSize: string; count: number }>;
}

/** Counts the decisions an account still keeps (the newest 10,240). Without `accountId`: every account. */
export function snapshotOf(state: State, accountId?: string): Record<string, AccountSnapshot> {
  const wanted = [...state.accounts.entries()].filter(([id]) => accountId === undefined || id === accountId);
  return Object.fromEntries(
    wanted.map(([id, { cash, positions }]) => {
      const deals = new Map<string, number>();
      const closes = new Map<string, { closedSize: string; count: number }>();
      for (const decision of decisionsOf(state, id)) {
        if (decision.type !== 'dealt') continue;
        if (decision.opening) deals.set(decision.dealReference, (deals.get(decision.dealReference) ?? 0) + 1);
        for (const { position, size } of decision.closings) {
          const { closedSize, count } = closes.get(position.dealId) ?? { closedSize: '0', count: 0 };
          closes.set(position.dealId, { closedSize: decimal.add(closedSize, size), count: count + 1 });
        }
      }
      return [id, { cash, positions, deals: Object.fromEntries(deals), closes: Object.fromEntries(closes) }];
    }),
  );
}
