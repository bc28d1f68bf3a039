// What an account's positions are worth, kept once for all who watch it, and what each reader is to be told next: per position its newest state only, so a slow reader costs nothing.
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
/** What one valuation found changed since the one before. */
interface Round {
  changed: readonly string[];
  closed: readonly string[];
  /** The message of it, the same for every reader who knew what was before. */
  message?: ValuationMessage;
}
/** What is valued: an account, its open rows (oldest first) and its figures. */
export interface Valued {
  account: BrokerAccount;
  rows: readonly PositionRow[];
  risk: RiskRow | undefined;
}
export interface ValuationReader {
  /** Whether there is something to tell that the last message did not. */
  readonly pending: boolean;
  /** The next message: first everything, then what has changed since, the longest waiting first. Throws before the first `value`. */
  take(): ValuationMessage;
  close(): void;
}
export type ValuationBook = ReturnType<typeof createValuationBook>;

export function createValuationBook() {
  let held = new Map<string, Held>();
  let summary: AccountSummary | undefined;
  let whole: ValuationMessage | undefined;
  const readers = new Set<{ hear(round: Round): void }>();

  const positionOf = (dealId: string) => held.get(dealId)!.position;
  function made(): AccountSummary {
    if (!summary) throw new Error('invariant: a valuation was told before it was made');
    return summary;
  }
  /** The same object for everybody until the next valuation, so that its text is made once. */
  const wholeMessage = () =>
    (whole ??= { summary: made(), positions: Array.from(held.values(), ({ position }) => position) });

  return {
    /** Takes in what there is at the valuer's prices. What comes out as it was stays the same object and is not told again. */
    async value({ account, rows, risk }: Valued, valuer: Valuer, at: Date): Promise<void> {
      const next = new Map<string, Held>();
      const changed: string[] = [];
      const sum = noSum();
      await inSlices(rows, valuedAtOnce, (row) => {
        const known = held.get(row.dealId);
        const basis = valuer.basisOf(row);
        const same = known?.row === row && known.basis === basis;
        const now = same ? known : heldOf(known, row, basis, valuer);
        next.set(row.dealId, now);
        if (now.position !== known?.position) changed.push(row.dealId);
        addTo(sum, now.position);
      });
      const closed = [...held.keys()].filter((dealId) => !next.has(dealId));
      held = next;
      summary = toSummary(account, risk, sum, at);
      whole = undefined;
      const round = { changed, closed };
      for (const reader of readers) reader.hear(round);
    },
    /** Somebody who knows nothing yet. */
    open(): ValuationReader {
      let begun = false;
      /** The newest valuation, when all before it has been told. */
      let untold: Round | undefined;
      /** Ids of what changed, the longest waiting first; its state is looked up when it is told. */
      const waiting = new Set<string>();
      const closed = new Set<string>();
      function absorb(round: Round) {
        for (const dealId of round.changed) {
          waiting.add(dealId);
          closed.delete(dealId);
        }
        for (const dealId of round.closed) {
          waiting.delete(dealId);
          closed.add(dealId);
        }
      }
      const reader = {
        hear(round: Round) {
          if (!begun) return;
          if (!untold && waiting.size + closed.size === 0) return void (untold = round);
          if (untold) absorb(untold);
          untold = undefined;
          absorb(round);
        },
      };
      readers.add(reader);
      return {
        get pending() {
          return !begun || untold !== undefined || waiting.size + closed.size > 0;
        },
        take(): ValuationMessage {
          if (!begun) {
            const message = wholeMessage();
            begun = true;
            return message;
          }
          const round = untold;
          untold = undefined;
          if (round && round.changed.length <= changesPerMessage)
            return (round.message ??= {
              summary: made(),
              changed: round.changed.map(positionOf),
              closed: [...round.closed],
              pending: 0,
            });
          if (round) absorb(round);
          const told = [...waiting.values().take(changesPerMessage)];
          for (const dealId of told) waiting.delete(dealId);
          const gone = [...closed];
          closed.clear();
          return { summary: made(), changed: told.map(positionOf), closed: gone, pending: waiting.size };
        },
        close: () => void readers.delete(reader),
      };
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
