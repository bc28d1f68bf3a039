// A portfolio's ledger for tests, of terms alone.
import type { TransactionTerms } from '../../shared/portfolio-transactions.ts';
import type { LedgerEntry } from '../modules/portfolio/ledger/entry.ts';
import { postingsOf } from '../modules/portfolio/ledger/postings.ts';

/** One entry each, `tx_1` first; rows are in the order of days. */
export const ledgerOf = (rows: readonly { on: string; terms: TransactionTerms }[]): LedgerEntry[] =>
  rows.map(({ on, terms }, n) => ({
    id: `tx_${n + 1}`,
    number: n + 1,
    at: new Date(Date.parse(on) + n),
    on,
    terms,
    postings: postingsOf(terms),
    reverses: null,
  }));
