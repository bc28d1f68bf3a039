// The prices and rates that a ledger needs, read.
import type { Db, Tx } from '../../db/transaction.ts';
import type { LedgerEntry } from './ledger/entry.ts';
import type { PortfolioRow, PortfolioStore } from './store.ts';
import type { LedgerDay } from './valuation/ledger-day.ts';
import { createPriceBook, type PriceBook } from './valuation/price-book.ts';
import { currenciesOf } from './valuation/rates.ts';

export interface BookedDays {
  from: string;
  to: string;
  /** Rates are wanted of these days as well, not of all that came before them. */
  ratesToo?: boolean;
}

/** Of what `entries` deal in and what `since` holds. `from` is of prices: of rates all until `to` are read, unless `ratesToo`. */
export async function bookFor(
  { store, on }: { store: PortfolioStore; on: Db | Tx },
  { userId, baseCurrency }: Pick<PortfolioRow, 'userId' | 'baseCurrency'>,
  { entries, since }: { entries: readonly LedgerEntry[]; since?: LedgerDay | undefined },
  days: BookedDays,
): Promise<PriceBook> {
  const { holdings = [], cash = [] } = since ?? {};
  const instruments = new Set([
    ...entries.flatMap(({ terms }) => ('instrument' in terms ? (terms.instrument ?? []) : [])),
    ...holdings.map(({ instrument }) => instrument),
  ]);
  const currencies = new Set([
    baseCurrency,
    ...entries.flatMap(({ terms }) => currenciesOf(terms)),
    ...[...holdings, ...cash].map(({ currency }) => currency),
  ]);
  const asked = { userId, instruments: [...instruments], currencies: [...currencies], ...days };
  const { prices, rates } = await store.bookRows(on, asked);
  return createPriceBook(prices, rates);
}
