// A transaction as its row: what whoever writes into a ledger has in common. No query.
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { dateIn } from '../../lib/local-days.ts';
import { instrumentOf } from './ledger/written.ts';
import type { PortfolioRow, TransactionRow } from './store.ts';

export type Key = Pick<TransactionRow, 'userId' | 'idempotencyKey' | 'requestHash'>;
/** What is to be written; the rest of the row follows from the portfolio. */
export type NewTransaction = Pick<TransactionRow, 'at' | 'terms' | 'postings' | 'reverses' | 'note'>;

/** Makes the row that comes next in a portfolio, which the caller holds. */
export const createRowOf =
  ({ clock, ids }: { clock: Clock; ids: Ids }) =>
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
