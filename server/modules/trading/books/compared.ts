// What a reading found to differ, as one list: for whoever asks how far our books have drifted. Pure.
import type { BookDifference } from '../../../../shared/history.ts';
import type { OrderEvidence, PositionEvidence } from '../ports.ts';
import type { OrderRow } from '../orders/store.ts';
import type { Comparison } from '../positions/compare.ts';
import type { PositionRow } from '../positions/store.ts';

interface Compared {
  known: readonly PositionRow[];
  knownOrders: readonly OrderRow[];
  differences: Comparison;
  /** Listed orders that are new here or have other terms. */
  orderNews: readonly OrderEvidence[];
  /** Our orders that are not listed. */
  missing: readonly OrderRow[];
}

export function differencesIn({
  known,
  knownOrders,
  differences,
  orderNews,
  missing,
}: Compared): BookDifference[] {
  const positionSizes = new Map(known.map(({ dealId, size }) => [dealId, size]));
  const orderSizes = new Map(knownOrders.map(({ dealId, size }) => [dealId, size]));
  const listed =
    (what: BookDifference['what'], sizes: Map<string, string>) =>
    ({ dealId, size }: PositionEvidence | OrderEvidence): BookDifference => ({
      what,
      dealId,
      ours: sizes.get(dealId) ?? null,
      brokers: size,
    });
  const absent =
    (what: BookDifference['what']) =>
    ({ dealId, size }: PositionRow | OrderRow): BookDifference => ({
      what,
      dealId,
      ours: size,
      brokers: null,
    });
  return [
    ...differences.newcomers.map(listed('position', positionSizes)),
    ...differences.contrary.map(listed('position', positionSizes)),
    ...differences.gone.map(absent('position')),
    ...orderNews.map(listed('order', orderSizes)),
    ...missing.map(absent('order')),
  ];
}
