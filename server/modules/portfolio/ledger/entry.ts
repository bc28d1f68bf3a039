// A transaction as the ledger keeps it, in the order in which it counts. Pure.
import type { Posting, TransactionTerms } from '../../../../shared/portfolio-transactions.ts';

export interface LedgerEntry {
  id: string;
  /** In the order of writing, within a portfolio. */
  number: number;
  at: Date;
  /** The day of `at` in the portfolio's time zone, such as `2026-03-29`. */
  on: string;
  terms: TransactionTerms;
  postings: readonly Posting[];
  /** The id of what it takes back; it counts at the same instant. */
  reverses: string | null;
}

/** By instant, then as they were written. */
export const inOrder = <Entry extends Pick<LedgerEntry, 'at' | 'number'>>(entries: readonly Entry[]) =>
  entries.toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.number - b.number);

/** What was neither taken back nor takes back, in order. */
export function standing<Entry extends LedgerEntry>(entries: readonly Entry[]): Entry[] {
  const reversed = new Set(entries.flatMap(({ reverses }) => reverses ?? []));
  return inOrder(entries.filter(({ id, reverses }) => reverses === null && !reversed.has(id)));
}
