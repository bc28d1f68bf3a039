// The money that each instrument is kept in. Pure.
import type { LedgerEntry } from './entry.ts';
import { moneyOf } from './quotes.ts';

/** That of its trades, since the ledger lets no other in; of what was never traded that of its first transaction. */
export function currencyByInstrument(entries: readonly Pick<LedgerEntry, 'terms'>[]): Map<string, string> {
  const traded = new Map<string, string>();
  const named = new Map<string, string>();
  for (const { terms } of entries) {
    if (!('instrument' in terms) || terms.instrument === undefined || !('currency' in terms)) continue;
    const currencies = 'quantity' in terms ? traded : named;
    if (!currencies.has(terms.instrument)) currencies.set(terms.instrument, moneyOf(terms.currency));
  }
  return new Map([...named, ...traded]);
}
