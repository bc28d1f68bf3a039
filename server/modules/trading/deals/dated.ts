// Whether evidence is dated so that it may be of a deal. The broker's clock is not ours, and its history knows seconds only. Pure.
import type { JudgedDeal } from './kind.ts';

/** How far the broker's clock, and the seconds of its history, may be behind ours. */
const clockSlackMs = 3_000;

export const isSince = ({ at }: { at: Date }, { createdAt }: Pick<JudgedDeal, 'createdAt'>): boolean =>
  at.getTime() >= createdAt.getTime() - clockSlackMs;

/** Not of an earlier change of the same thing, which bears the same reference. */
export const isDatedFor = (deal: Pick<JudgedDeal, 'createdAt' | 'evidenceAfter'>, at: Date): boolean =>
  isSince({ at }, deal) && (deal.evidenceAfter === null || at > deal.evidenceAfter);
