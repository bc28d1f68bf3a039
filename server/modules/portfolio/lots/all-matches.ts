// What was closed in a whole portfolio, by one method. Pure.
import type { CostMethod } from '../../../../shared/portfolio.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { currencyByInstrument } from '../ledger/instruments.ts';
import type { Base } from '../valuation/rates.ts';
import { lotEventsOf } from './events.ts';
import { endsOf } from './lot.ts';
import { matchLots } from './methods.ts';
import type { InstrumentMatch } from './round-trips.ts';

/** In the order of closing. `entries` stand and are in order. */
export function allMatches(
  entries: readonly LedgerEntry[],
  method: CostMethod,
  base: Base,
): InstrumentMatch[] {
  const currencies = currencyByInstrument(entries);
  const closedMs = ({ match }: InstrumentMatch) => endsOf(match).closed.at.getTime();
  return [...lotEventsOf(entries, base)]
    .flatMap(([instrument, events]) =>
      matchLots(method, events).matches.map((match) => ({
        instrument,
        currency: currencies.get(instrument)!,
        match,
      })),
    )
    .toSorted((a, b) => closedMs(a) - closedMs(b));
}
