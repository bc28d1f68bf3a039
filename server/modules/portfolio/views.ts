// Rows as the ledger reads them and as clients see them. Pure.
import type { Portfolio, PortfolioTransaction } from '../../../shared/portfolio.ts';
import type { LedgerEntry } from './ledger/entry.ts';
import type { PortfolioRow, TransactionRow } from './store.ts';

export const toPortfolio = ({ userId: _owner, ...row }: PortfolioRow): Portfolio => row;

export const toEntry = ({ id, number, at, on, terms, postings, reverses }: TransactionRow): LedgerEntry => ({
  id,
  number,
  at,
  on,
  terms,
  postings,
  reverses,
});

export const toTransaction = (row: TransactionRow, reversedBy: string | null): PortfolioTransaction => ({
  ...toEntry(row),
  portfolioId: row.portfolioId,
  postings: row.postings,
  reversedBy,
  note: row.note,
  writtenAt: row.writtenAt,
});
