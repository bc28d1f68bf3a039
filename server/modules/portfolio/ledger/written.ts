// What every transaction is checked and filed by before it is written, whoever writes it. Pure.
import type { Posting, TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { dateIn } from '../../../lib/local-days.ts';
import { isZero } from './amount.ts';
import { sumsByCurrency } from './postings.ts';

/** The instrument whose rules it comes under; null: none. */
export const instrumentOf = (terms: TransactionTerms): string | null =>
  'instrument' in terms ? (terms.instrument ?? null) : null;

/** The last look before anything is written. Throws where the rules of postings are wrong, whatever came in. */
export function balanced(postings: Posting[]): Posting[] {
  const open = [...sumsByCurrency(postings)].filter(([, left]) => !isZero(left));
  if (open.length > 0)
    throw new Error(
      `invariant: postings leave ${open.map(([currency, left]) => `${left} ${currency}`).join(', ')}`,
    );
  return postings;
}

/** Why a transaction of this portfolio cannot be dated so, and what to do. */
export const problemOfTime = (
  { startsOn, timeZone }: { startsOn: string; timeZone: string },
  { at, now }: { at: Date; now: Date },
): string | undefined =>
  at > now
    ? 'is in the future: date it when it has happened'
    : dateIn(timeZone, at.getTime()) < startsOn
      ? `is before ${startsOn}, on which the portfolio starts: date it later, or make a portfolio that starts earlier`
      : undefined;
