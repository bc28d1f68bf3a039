// A transaction as its row: what whoever writes into a ledger has in common. No query.
import type { Db } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { dateIn } from '../../lib/local-days.ts';
import { instrumentOf } from './ledger/written.ts';
import type { PortfolioRow, PortfolioStore, TransactionRow } from './store.ts';

/** What whoever writes works with. */
export interface WritingTools {
  db: Db;
  store: PortfolioStore;
  clock: Clock;
  ids: Ids;
}

export type Key = Pick<TransactionRow, 'userId' | 'idempotencyKey' | 'requestHash'>;
/** What is to be written; the rest of the row follows from the portfolio. */
export type NewTransaction = Pick<TransactionRow, 'at' | 'terms' | 'postings' | 'reverses' | 'note'>;

/** Makes the row that comes next in a portfolio, which the caller holds. */
export const createRowOf =
  ({ clock, ids }: Pick<WritingTools, 'clock' | 'ids'>) =>
  (key: Key, portfolio: PortfolioRow, fresh: NewTransaction): TransactionRow => ({
    ...key,
    ...fresh,
    id: ids.next('ptx'),
    portfolioId: portfolio.id,
    number: portfolio.transactions + 1,
    on: dateIn(portfolio.timeZone, fresh.at.getTime()),
    instrument: instrumentOf(fresh.terms),
    writtenAt: clock.now(),
  });
