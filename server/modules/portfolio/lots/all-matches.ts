// What was closed in a whole portfolio, by one method. Pure.
import type { CostMethod } from '../../../../shared/portfolio.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { currencyByInstrument } from '../ledger/instruments.ts';
import type { Base } from '../valuation/rates.ts';
import { lotEventsOf } from './events.ts';
import { endsOf, type Lot } from './lot.ts';
import { matchLots } from './methods.ts';
import type { InstrumentMatch } from './round-trips.ts';

/**
 * In the order of closing. `entries` stand and are in order. `open` is what is open before them, by instrument in the order in which each
 * was first traded, and after it what is open then; only a method that goes on from lots can be given any.
 */
export function allMatches(
  entries: readonly LedgerEntry[],
  method: CostMethod,
  base: Base,
  open: Map<string, Lot[]> = new Map(),
): InstrumentMatch[] {
  const currencies = currencyByInstrument(entries);
  const events = lotEventsOf(entries, base);
  for (const instrument of events.keys()) if (!open.has(instrument)) open.set(instrument, []);
  const closedMs = ({ match }: InstrumentMatch) => endsOf(match).closed.at.getTime();
  return [...open]
    .flatMap(([instrument, before]) => {
      const own = events.get(instrument);
      if (!own) return [];
      const { matches, lots } = matchLots(method, own, before);
      open.set(instrument, lots);
      return matches.map((match) => ({ instrument, currency: currencies.get(instrument)!, match }));
    })
    .toSorted((a, b) => closedMs(a) - closedMs(b));
}
