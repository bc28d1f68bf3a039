// A verdict on a deal, with everything that follows from it in the same transaction: money, events, notices, and what its kind changes.
import { decimal } from '../../../../shared/decimal.ts';
import { isDecided } from '../../../../shared/deal-words.ts';
import type { DecidedBy } from '../../../../shared/history.ts';
import { noticeOfDeal } from '../../notifications/index.ts';
import type { Entry } from '../account-transaction.ts';
import { withoutOrder } from '../risk/order-counts.ts';
import type { Kinds } from './kinds.ts';
import { advance, appearsLate, type DealRow, type Verdict } from './life.ts';
import type { DealStore } from './store.ts';
import { toDeal } from './views.ts';

export type Settle = ReturnType<typeof createSettle>;

export function createSettle({ dealStore, kinds }: { dealStore: DealStore; kinds: Kinds }) {
  /** Moves a deal on by what was learnt in `by`. `deal` is locked. Returns it as it is then. Throws on a contradiction. */
  return async function settle(
    entry: Entry,
    deal: DealRow,
    verdict: Verdict,
    by: DecidedBy,
  ): Promise<DealRow> {
    const next = advance(deal, verdict, entry.at);
    if (next === deal) return deal;
    if (isDecided(next.status)) next.decidedBy = by;
    else if (next.status === 'unknown') next.unknownAt ??= entry.at;
    if (isDecided(next.status)) release(entry, next);
    if (next.status === 'denied' && next.raisesRisk) uncount(entry, next);
    dealStore.save(entry.tx, next);
    entry.dealsSaved = true;
    if (next.status === deal.status) return next;
    entry.tell(`deal.${next.status}`, toDeal(next));
    entry.notice(noticeOfDeal(toDeal(next), next.name, deal.status));
    if (appearsLate(deal, next.status)) tellLate(entry, next);
    if (next.status === 'accepted') await kinds[next.kind].apply(entry, next);
    return next;
  };
}

/** It stayed here, so it was no order; what the broker refused, or may have had, stays one. */
function uncount({ risk }: Entry, { epic, createdAt }: DealRow): void {
  risk.orders = withoutOrder(risk.orders, epic, createdAt);
}

/** Frees what was set aside for a deal that is decided. */
function release({ risk }: Entry, deal: DealRow): void {
  if (deal.reserved === '0') return;
  risk.reserved = decimal.subtract(risk.reserved, deal.reserved);
  // Until the broker tells its next figures the money is spent: it must not look free in between.
  if (deal.status === 'accepted' && risk.margin !== null)
    risk.margin = decimal.add(risk.margin, deal.reserved);
  deal.reserved = '0';
}

function tellLate(entry: Entry, deal: DealRow): void {
  const difference = `A deal taken for lost was dealt: ${deal.kind} ${deal.size} ${deal.name}.`;
  const { dealId } = deal;
  entry.disagree({ kind: 'late_appearance', dealId, deal: toDeal(deal), difference });
}
