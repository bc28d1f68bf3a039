// The life of a deal on one screen: which status may follow which, and what each verdict brings. Pure; who decides is in evidence/judge.ts.
import { isDecided } from '../../../../shared/deal-words.ts';
import type { deals } from '../../../../drizzle/schema/index.ts';
import type { DealReason, DealStatus } from '../../../../shared/trading.ts';
import { maxDealingMs } from '../ports.ts';

/** A sender that was held up for longer than this after the admission (a frozen process) sends nothing any more. */
const sendWithinMs = 5_000;
/**
 * A row still `submitting` or `submitted` this long after has lost its sender, or its confirm. No sender outlives it: else a sweep
 * would count absence from before the real close of the connection (the model found that one).
 */
export const abandonedAfterMs = sendWithinMs + maxDealingMs;

/** Read again before the first byte: whether the deal, admitted so long ago, is still this sender's to send. */
export const maySend = ({ status }: Pick<DealLife, 'status'>, sinceMs: number): boolean =>
  status === 'submitting' && sinceMs <= sendWithinMs;
/** What a sender that may not send knows: nobody else sends this deal, so it never left. */
export const tooLateToSend: Verdict = { status: 'rejected', reason: { code: 'never_reached_broker' } };

/** A verdict is awaited. */
export const undecidedStatuses: readonly DealStatus[] = ['submitting', 'submitted', 'unknown'];

export type DealRow = typeof deals.$inferSelect;
/** What verdicts change of a deal. */
export const lifeFields = [
  'status',
  'reason',
  'dealReference',
  'dealId',
  'affected',
  'level',
  'stopLevel',
  'limitLevel',
  'profit',
  'profitCurrency',
  'statusAt',
  'decidedAt',
  'brokerAt',
  'connectionClosedAt',
  'absentReads',
] as const satisfies readonly (keyof DealRow)[];
export type DealLife = Pick<DealRow, 'id' | (typeof lifeFields)[number]>;

/** What has become known of a deal. Fields left out stay as they are. */
export type Verdict =
  | { status: 'denied'; reason: DealReason }
  | { status: 'submitted'; dealReference: string }
  | { status: 'unknown'; connectionClosedAt: Date }
  | { status: 'rejected'; reason: DealReason; dealReference?: string; brokerAt?: Date }
  | ({ status: 'accepted'; dealId: string } & Partial<
      Pick<
        DealLife,
        | 'dealReference'
        | 'affected'
        | 'level'
        | 'stopLevel'
        | 'limitLevel'
        | 'profit'
        | 'profitCurrency'
        | 'brokerAt'
      >
    >);

const allowed: Record<DealStatus, readonly DealStatus[]> = {
  submitting: ['denied', 'submitted', 'accepted', 'rejected', 'unknown'], // written here; the broker may or may not have it
  submitted: ['accepted', 'rejected', 'unknown'], // the broker acknowledged it
  unknown: ['submitted', 'accepted', 'rejected', 'unknown'], // only evidence decides; a connection may prove to have closed later
  rejected: ['accepted'], // only from never_reached_broker: a critical break
  accepted: [],
  denied: [], // refused by us, never sent
};

/** Moves out of a decided state only this way: what we declared absent has appeared. */
export const appearsLate = (deal: Pick<DealLife, 'status' | 'reason'>, to: DealStatus): boolean =>
  deal.status === 'rejected' && deal.reason?.code === 'never_reached_broker' && to === 'accepted';

/** Redelivery and overtaking are normal: what says nothing new. Of a decided deal, earlier statuses come late, and its own verdict comes twice. */
const isLate = (from: DealStatus, to: DealStatus): boolean =>
  from === to || (from !== 'denied' && isDecided(from) && !isDecided(to));

/** The deal after `to`, or the same object when it says nothing new. Throws on a contradiction: evidence that cannot be true with what is decided. */
export function advance<D extends DealLife>(deal: D, to: Verdict, at: Date): D {
  const moves =
    allowed[deal.status].includes(to.status) && (deal.status !== 'rejected' || appearsLate(deal, to.status));
  if (deal.status === 'unknown' && to.status === 'unknown') {
    // Absence counts from the last close we know of: a sweep may have been wrong about a sender that was only slow.
    const later = !deal.connectionClosedAt || to.connectionClosedAt > deal.connectionClosedAt;
    return later ? { ...deal, connectionClosedAt: to.connectionClosedAt, absentReads: 0 } : deal;
  }
  if (moves) {
    return {
      ...deal,
      ...to,
      ...(to.status === 'accepted' && { reason: null }),
      ...(to.status === 'unknown' && { absentReads: 0 }),
      statusAt: at,
      decidedAt: isDecided(to.status) ? at : null,
    };
  }
  if (isLate(deal.status, to.status)) return deal;
  throw new Error(`invariant: deal ${deal.id} cannot go from ${deal.status} to ${to.status}`);
}
