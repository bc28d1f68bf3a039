// The sums of a tax year as terms: its disposals, and the money of each. Pure.
import type { YearFigure } from '../../../../shared/portfolio-explain.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { countsOn, type InstrumentMatch } from '../lots/round-trips.ts';
import { totalled, type Draft } from './draft.ts';
import type { Ground } from './ledger.ts';
import { entriesById, gainTerm, legTerm } from './lots.ts';
import type { Explained } from './of-period.ts';
import { tradeTerm } from './of-trades.ts';

/** `disposals` are those of the year; `entries` the whole ledger. */
export function explainYear(
  figure: YearFigure,
  disposals: readonly InstrumentMatch[],
  entries: readonly LedgerEntry[],
  { base, book }: Ground,
): Explained {
  const entryOf = entriesById(entries);
  const inOrder = disposals.toSorted((a, b) => (countsOn(a.match) < countsOn(b.match) ? -1 : 1));
  const money = (name: string, of: (each: InstrumentMatch) => readonly Draft[]) =>
    totalled({ name, currency: base }, inOrder.flatMap(of));
  const ground = ({ currency }: InstrumentMatch) => ({ base, book, currency, entryOf });
  switch (figure) {
    case 'yearDisposals': {
      const term = totalled(
        { name: 'disposals', currency: null },
        inOrder.map((each) => tradeTerm(each, '1', entryOf)),
      );
      return { formula: '1 for each disposal', term };
    }
    case 'yearProceedsBase':
      return {
        formula: 'Σ proceeds of each disposal',
        term: money('proceeds', (each) => [
          legTerm('proceeds', each.match.disposed, 'valueBase', ground(each)),
        ]),
      };
    case 'yearCostBase':
      return {
        formula: 'Σ cost of what each disposal is matched with',
        term: money('cost', (each) => [legTerm('cost', each.match.acquired, 'valueBase', ground(each))]),
      };
    case 'yearDealingCostsBase':
      return {
        formula: 'Σ dealing costs of acquiring + dealing costs of disposing, of each disposal',
        term: money('dealing costs', (each) => [
          legTerm('dealing costs of acquiring', each.match.acquired, 'costsBase', ground(each)),
          legTerm('dealing costs of disposing', each.match.disposed, 'costsBase', ground(each)),
        ]),
      };
    case 'yearGainBase':
      return {
        formula: 'Σ proceeds − cost − dealing costs, of each disposal',
        term: money('gain', (each) => [gainTerm(each.match, true, ground(each))]),
      };
  }
}
