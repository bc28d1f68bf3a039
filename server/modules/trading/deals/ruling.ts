// What each rule says of a deal, one after the other: the deal is denied for the first reason, a preview tells all of them. Pure.
import type { RuleName, UnknownBecause } from '../../../../shared/preview.ts';
import type { DealReason } from '../../../../shared/trading.ts';

/** One rule: a reason against the deal or null, and why it could not be judged or null. Where both stand, the deal is denied unjudged. */
export interface Ruling {
  rule: RuleName;
  reason: DealReason | null;
  unknown: UnknownBecause | null;
}
/** In the order in which they are held against a deal; each is judged only when it is asked for. */
export type Rulings = Iterable<Ruling>;

export const ruled = (rule: RuleName, reason: DealReason | null): Ruling => ({ rule, reason, unknown: null });
export const unjudged = (
  rule: RuleName,
  unknown: UnknownBecause,
  reason: DealReason | null = null,
): Ruling => ({ rule, reason, unknown });

/** Why a deal is denied; null: nothing is known against it. */
export function firstReason(rulings: Rulings): DealReason | null {
  for (const { reason } of rulings) if (reason) return reason;
  return null;
}
