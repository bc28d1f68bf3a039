// The broker's list of working orders held against our copy of it. Pure.
import type { OrderEvidence } from '../ports.ts';
import { isSameTerms, termsOf } from './orders.ts';
import type { OrderRow } from './store.ts';

/** Our rows, resting or of unknown end, that the list lacks. */
export function missingOrders(known: readonly OrderRow[], listed: readonly OrderEvidence[]): OrderRow[] {
  const present = new Set(listed.map(({ dealId }) => dealId));
  return known.filter(({ dealId }) => !present.has(dealId));
}

/** Those of the list that are new to us or not as we have them. */
export function orderNewsIn(known: readonly OrderRow[], listed: readonly OrderEvidence[]): OrderEvidence[] {
  const rows = new Map(known.map((row) => [row.dealId, row]));
  return listed.filter((order) => {
    const row = rows.get(order.dealId);
    return !row || !isSameTerms(row, termsOf(order, row));
  });
}
