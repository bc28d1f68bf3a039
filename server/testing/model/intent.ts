// One intent of the model: its row in the database, which only `advance` moves on, and what a verdict is applied to. No I/O.
import { isDecided } from '../../../shared/deal-words.ts';
import type { JudgedDeal } from '../../modules/trading/deals/kind.ts';
import { advance, type Verdict } from '../../modules/trading/deals/life.ts';
import type { Ask } from './bookings.ts';
import type { Rules } from './rules.ts';
import type { Timeline } from './timeline.ts';

/** What became of the run, as far as it is seen on the way. */
export interface Seen {
  violations: string[];
  /** The broker executed later than our one assumption allows. */
  beyondAssumption: boolean;
  /** The slowest verdict, from when nothing stood in its way. */
  decidedAfterMs: number | null;
}
export interface Intent {
  id: string;
  ask: Ask;
  /** Under which it is sent, where the broker takes one of ours. */
  reference: string | null;
  row(): JudgedDeal | undefined;
  insert(): void;
  apply(change: (deal: JudgedDeal) => JudgedDeal): void;
  decide(to: Verdict): void;
  /** Until now (ms) something stood in the way of a verdict. */
  clearFrom(ms: number): void;
  isAwaited(): boolean;
  isTakenForLost(): boolean;
}

interface IntentDeps {
  seen: Seen;
  id: string;
  ask: Ask;
  row: JudgedDeal;
  /** What follows from its being accepted. */
  accepted: (intent: Intent, row: JudgedDeal) => void;
  /** When the process last came up, ms. */
  upSince: () => number;
}

export function createIntent(
  { now, date, choose, later, note }: Timeline,
  rules: Rules,
  { seen, id, ask, row: fresh, accepted, upSince }: IntentDeps,
): Intent {
  let row: JudgedDeal | undefined;
  let clearSince = 0;
  function write(next: JudgedDeal): void {
    if (row === next) return;
    if (!row) clearSince = now();
    note(`${id} ${row?.status ?? 'none'} → ${next.status}`);
    const isLate = seen.beyondAssumption && row?.status === 'rejected';
    if (row && isDecided(row.status) && row.status !== next.status && !isLate)
      seen.violations.push(`${id}: decided ${row.status} became ${next.status}`);
    if (!(row && isDecided(row.status)) && isDecided(next.status))
      seen.decidedAfterMs = Math.max(seen.decidedAfterMs ?? 0, now() - Math.max(clearSince, upSince()));
    const isNew = next.status === 'accepted' && row?.status !== 'accepted';
    row = next;
    if (isNew) accepted(intent, next);
  }
  function apply(change: (deal: JudgedDeal) => JudgedDeal): void {
    if (!row) return;
    const known = row;
    const finish = (deal: JudgedDeal) => {
      try {
        write(change(deal));
      } catch (error) {
        seen.violations.push(String(error));
      }
    };
    if (rules.rowLock) finish(known);
    else later(choose(3) * 400, () => finish(known));
  }
  const intent: Intent = {
    id,
    ask,
    reference: fresh.dealReference,
    row: () => row,
    insert: () => write(fresh),
    apply,
    decide: (to: Verdict) =>
      apply((deal) => {
        if (!rules.advanceTable) return { ...deal, ...to, statusAt: date() };
        if (!rules.lateAppearanceAdopted && deal.status === 'rejected') return deal;
        return advance(deal, to, date());
      }),
    clearFrom: (ms: number) => void (clearSince = Math.max(clearSince, ms)),
    isAwaited: () => row !== undefined && !isDecided(row.status),
    isTakenForLost: () => row?.reason?.code === 'never_reached_broker',
  };
  return intent;
}

/** What the request fixes of its row. */
export function rowOf(
  id: string,
  { kind, dealId, direction, size, level }: Ask,
  known: Pick<JudgedDeal, 'dealReference' | 'positionSize' | 'evidenceAfter'>,
  at: Date,
): JudgedDeal {
  const isOrder = kind.endsWith('_order');
  return {
    id,
    kind,
    dealId,
    direction,
    ...known,
    size: String(size),
    orderLevel: isOrder && level !== null ? String(level) : null,
    limitLevel: kind === 'amend' && level !== null ? String(level) : null,
    status: 'submitting',
    reason: null,
    affected: null,
    level: null,
    stopLevel: null,
    profit: null,
    profitCurrency: null,
    statusAt: at,
    decidedAt: null,
    connectionClosedAt: null,
    absentReads: 0,
    createdAt: at,
    goodTillAt: null,
    stopDistance: null,
    limitDistance: null,
    guaranteedStop: false,
    trailingDistance: null,
    trailingIncrement: null,
    brokerAt: null,
  };
}
