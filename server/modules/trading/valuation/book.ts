// What one reader of a valuation has been told, and what is to be told next: per position its newest state only, so a slow reader costs nothing.
import type { AccountSummary, Position, ValuationMessage } from '../../../../shared/trading.ts';
import { inSlices } from '../../../lib/slices.ts';
import type { BrokerAccount } from '../ports.ts';
import type { PositionRow } from '../positions/store.ts';
import type { RiskRow } from '../risk/store.ts';
import { valuedAtOnce } from './account.ts';
import { addTo, noSum, toSummary, type Valuer } from './views.ts';

/** Positions in one message of changes, some 110 KiB: 2,000 that all move are told within two seconds, and the rest of the process waits for none. */
export const changesPerMessage = 250;

interface Held {
  row: PositionRow;
  basis: string;
  position: Position;
}
export type ValuationBook = ReturnType<typeof createValuationBook>;

export function createValuationBook(account: BrokerAccount) {
  let held = new Map<string, Held>();
  let summary: AccountSummary | undefined;
  let begun = false;
  /** Ids of what changed, the longest waiting first; its state is looked up when it is told. */
  const waiting = new Set<string>();
  const closed = new Set<string>();

  return {
    /** Takes in the open rows, oldest first, at the valuer's prices. What comes out as it was stays the same object and is not told again. */
    async value(
      rows: readonly PositionRow[],
      valuer: Valuer,
      risk: RiskRow | undefined,
      at: Date,
    ): Promise<void> {
      const next = new Map<string, Held>();
      const sum = noSum();
      await inSlices(rows, valuedAtOnce, (row) => {
        const known = held.get(row.dealId);
        const basis = valuer.basisOf(row);
        const same = known?.row === row && known.basis === basis;
        const now = same ? known : heldOf(known, row, basis, valuer);
        next.set(row.dealId, now);
        if (now.position !== known?.position) waiting.add(row.dealId);
        closed.delete(row.dealId);
        addTo(sum, now.position);
      });
      for (const dealId of held.keys())
        if (!next.has(dealId)) {
          waiting.delete(dealId);
          closed.add(dealId);
        }
      held = next;
      summary = toSummary(account, risk, sum, at);
    },
    /** Whether there is more to tell than the last message took. */
    get pending(): boolean {
      return waiting.size > 0;
    },
    /** The next message: first everything, then what has changed since, the longest waiting first. Throws before the first `value`. */
    take(): ValuationMessage {
      if (!summary) throw new Error('invariant: a valuation was told before it was made');
      if (!begun) {
        begun = true;
        waiting.clear();
        return { summary, positions: Array.from(held.values(), ({ position }) => position) };
      }
      const changed: Position[] = [];
      for (const dealId of waiting) {
        if (changed.length === changesPerMessage) break;
        waiting.delete(dealId);
        changed.push(held.get(dealId)!.position);
      }
      const gone = [...closed];
      closed.clear();
      return { summary, changed, closed: gone, pending: waiting.size };
    },
  };
}

function heldOf(known: Held | undefined, row: PositionRow, basis: string, { toPosition }: Valuer): Held {
  const position = toPosition(row);
  return { row, basis, position: known && isSame(known.position, position) ? known.position : position };
}
const isSame = (a: Position, b: Position): boolean =>
  (Object.keys(a) as (keyof Position)[]).every((field) =>
    field === 'openedAt' ? a.openedAt.getTime() === b.openedAt.getTime() : a[field] === b[field],
  );
