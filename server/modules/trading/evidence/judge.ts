// What the broker's books say of one undecided deal. Pure: reading them is in reconcile.ts, what a verdict does in deals/life.ts.
import { decimal } from '../../../../shared/decimal.ts';
import type { Direction } from '../../../../shared/trading.ts';
import type { DealLife, Verdict } from '../deals/life.ts';
import type { ActivityEvidence, ConfirmEvidence, PositionEvidence } from '../ports.ts';

/**
 * How long after its connection was closed a request may still be executed. IG's own REST time-outs end well below it, and the
 * sender's connection is gone, so nothing waits for the answer; it is the one use of time in deciding a deal, and what it gets
 * wrong is adopted when it appears (deals/life.ts).
 */
export const settleAfterMs = 30_000;
/** Reads that must find no trace. */
export const absentReadsNeeded = 2;
/** How far the broker's lists may lag behind its engine, and so how far apart those reads begin: two at the same moment are one. */
export const readSpacingMs = 2_000;
/** Activity is dated to the second by the broker's clock. */
const clockSlackMs = 3_000;
export const absenceRules = { settleAfterMs, absentReadsNeeded, readSpacingMs };

export interface UndecidedDeal extends DealLife {
  kind: 'open' | 'close';
  direction: Direction;
  size: string;
  createdAt: Date;
  /** For a close: the position's size when it was admitted. */
  positionSize: string | null;
}

/** One complete reading: every part answered, and none was asked for before `begunAt`. */
export interface Books {
  begunAt: Date;
  /** By the deal's reference, where it has one. */
  confirm: ConfirmEvidence | null;
  positions: readonly PositionEvidence[];
  activity: readonly ActivityEvidence[];
  /** References of other deals of ours: what bears one is theirs. */
  othersReferences: ReadonlySet<string>;
}

/** A verdict, one more absent read, or null: nothing new. */
export type Finding = Verdict | { absentReads: number } | null;

export function judge(deal: UndecidedDeal, books: Books, rules = absenceRules): Finding {
  const found =
    fromConfirm(deal, books.confirm) ??
    (deal.kind === 'open' ? fromOpening(deal, books) : fromClosing(deal, books));
  if (found) return found;
  if (deal.status !== 'unknown' || !deal.connectionClosedAt || !isAbsent(deal, books)) return null;
  if (books.begunAt.getTime() < absenceCountsFrom(deal.connectionClosedAt, deal.absentReads, rules))
    return null;
  const absentReads = deal.absentReads + 1;
  return absentReads >= rules.absentReadsNeeded
    ? { status: 'rejected', reason: { code: 'never_reached_broker' } }
    : { absentReads };
}

/** From when on (ms) the next reading that finds no trace counts. */
export const absenceCountsFrom = (
  connectionClosedAt: Date,
  absentReads: number,
  rules = absenceRules,
): number => connectionClosedAt.getTime() + rules.settleAfterMs + absentReads * rules.readSpacingMs;

/** The verdict in a confirm that is known to be this deal's; null for none. */
export function fromConfirm(
  deal: Pick<UndecidedDeal, 'kind' | 'dealId'>,
  confirm: ConfirmEvidence | null,
): Verdict | null {
  if (!confirm) return null;
  const { dealReference } = confirm;
  if (confirm.status === 'rejected')
    return {
      status: 'rejected',
      dealReference,
      reason: { code: 'broker_refused', brokerCode: confirm.brokerCode ?? 'UNKNOWN' },
    };
  const dealId = deal.kind === 'close' ? deal.dealId : confirm.dealId;
  if (!dealId) return null;
  // An amend's confirm bears the opening's reference: it proves the position, not its figures.
  if (deal.kind === 'open' && confirm.action !== 'opened')
    return { status: 'accepted', dealId, dealReference };
  const { level, profit, profitCurrency } = confirm;
  const stops =
    deal.kind === 'open'
      ? { stopLevel: confirm.stopLevel, limitLevel: confirm.limitLevel }
      : { profit, profitCurrency };
  return { status: 'accepted', dealId, dealReference, level, ...stops };
}

function fromOpening(deal: UndecidedDeal, { positions, activity }: Books): Verdict | null {
  const position = positions.find(({ dealReference }) => dealReference === deal.dealReference);
  if (position)
    return {
      status: 'accepted',
      dealId: position.dealId,
      level: position.level,
      stopLevel: position.stopLevel,
      limitLevel: position.limitLevel,
    };
  const mine = activity.filter(({ dealReference }) => dealReference === deal.dealReference);
  for (const { actions, level } of mine) {
    const opened = actions.find(({ action }) => action === 'opened');
    if (opened) return { status: 'accepted', dealId: opened.dealId, level };
  }
  return mine.some(({ status }) => status === 'rejected')
    ? { status: 'rejected', reason: { code: 'broker_refused', brokerCode: 'UNKNOWN' } }
    : null;
}

const closes =
  (dealId: string | null) =>
  ({ status, actions }: ActivityEvidence) =>
    status === 'accepted' &&
    actions.some(
      (each) => each.dealId === dealId && (each.action === 'closed' || each.action === 'partially_closed'),
    );

/** A close bears no reference of ours: it is known by the broker's where we have that, else by position, size, direction and time. */
export const isMyClose =
  (
    deal: Pick<UndecidedDeal, 'dealId' | 'dealReference' | 'direction' | 'size' | 'createdAt'>,
    othersReferences: ReadonlySet<string>,
  ) =>
  (entry: ActivityEvidence): boolean => {
    if (!closes(deal.dealId)(entry)) return false;
    if (deal.dealReference !== null && entry.dealReference !== null)
      return entry.dealReference === deal.dealReference;
    return (
      entry.throughApi &&
      !(entry.dealReference && othersReferences.has(entry.dealReference)) &&
      entry.size !== null &&
      decimal.compare(entry.size, deal.size) === 0 &&
      (entry.direction ?? deal.direction) === deal.direction &&
      entry.at.getTime() >= deal.createdAt.getTime() - clockSlackMs
    );
  };

function fromClosing(deal: UndecidedDeal, { activity, othersReferences }: Books): Verdict | null {
  const entry = activity.find(isMyClose(deal, othersReferences));
  if (entry && deal.dealId)
    return {
      status: 'accepted',
      dealId: deal.dealId,
      level: entry.level,
      ...(entry.dealReference && { dealReference: entry.dealReference }),
    };
  const refused =
    deal.dealReference !== null &&
    activity.some(
      ({ status, dealReference }) => status === 'rejected' && dealReference === deal.dealReference,
    );
  return refused ? { status: 'rejected', reason: { code: 'broker_refused', brokerCode: 'UNKNOWN' } } : null;
}

/** No trace of an opening; for a close, a position as large as it was, less what others are shown to have closed. */
function isAbsent(deal: UndecidedDeal, { positions, activity }: Books): boolean {
  if (deal.kind === 'open') return true;
  const left = positions.find(({ dealId }) => dealId === deal.dealId)?.size ?? '0';
  const byOthers = activity
    .filter(closes(deal.dealId))
    .filter(({ at }) => at.getTime() >= deal.createdAt.getTime() - clockSlackMs)
    .reduce((sum, { size }) => decimal.add(sum, size ?? '0'), '0');
  return decimal.compare(decimal.add(left, byOthers), deal.positionSize ?? '0') >= 0;
}
