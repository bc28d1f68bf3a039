// What a reading of the broker says of one undecided deal. Pure: reading is in reconcile.ts, what a verdict does in deals/settle.ts.
import type { DealEvidence, JudgedDeal, Reading } from '../deals/kind.ts';
import type { Verdict } from '../deals/life.ts';
import type { ConfirmEvidence } from '../ports.ts';

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
export const absenceRules = { settleAfterMs, absentReadsNeeded, readSpacingMs };

/** A verdict, one more absent read, or null: nothing new. */
export type Finding = Verdict | { absentReads: number } | null;

/** What a reading says of a deal, by the evidence of its kind. */
export function judge(
  evidence: DealEvidence,
  deal: JudgedDeal,
  reading: Reading,
  rules = absenceRules,
): Finding {
  const { confirm } = reading;
  // The reference of a position's opening is borne by the confirms of all that is done to it.
  const told = confirm && evidence.isToldBy(deal, confirm) ? verdictIn(evidence, deal, confirm) : null;
  const found = told ?? evidence.proves(deal, reading);
  if (found) return found;
  if (deal.status !== 'unknown' || !deal.connectionClosedAt || !evidence.isAbsent(deal, reading)) return null;
  if (reading.begunAt.getTime() < absenceCountsFrom(deal.connectionClosedAt, deal.absentReads, rules))
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

/** The verdict in a confirm that is known to be this deal's; null: it does not say enough. */
export function verdictIn(
  evidence: DealEvidence,
  deal: Pick<JudgedDeal, 'dealId'>,
  confirm: ConfirmEvidence,
): Verdict | null {
  if (confirm.status !== 'rejected') return evidence.confirmed(deal, confirm);
  const { dealReference, brokerCode, at: brokerAt } = confirm;
  const reason = { code: 'broker_refused', brokerCode: brokerCode ?? 'UNKNOWN' } as const;
  return { status: 'rejected', dealReference, reason, brokerAt };
}
