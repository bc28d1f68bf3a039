// Which portfolio of an account positions with a tag belong to. Pure.
import { dateIn } from '../../../lib/local-days.ts';
import type { PortfolioRow } from '../store.ts';

/** The part of the account that the user made for such positions, if it can hold this; undefined: they belong to the whole. */
export function partFor(
  { tag, at }: { tag: string | null; at: Date },
  parts: readonly PortfolioRow[],
  currency: string,
): PortfolioRow | undefined {
  if (tag === null) return undefined;
  return parts.find(
    ({ tags, baseCurrency, startsOn, timeZone }) =>
      tags.includes(tag) && baseCurrency === currency && startsOn <= dateIn(timeZone, at.getTime()),
  );
}
