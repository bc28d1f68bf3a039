// Where each part of the history comes from, and what of it fits a filter. No drawing here.
import type {
  Account,
  AccountTransaction,
  ActivityEntry,
  Deal,
  FTraderClient,
} from '../../../client/index.ts';
import { dealsAsked, shows, spanMissed, spanOf, type HistoryFilter } from './history-filter.ts';
import type { Names } from './names.ts';
import type { HistoryQuery } from './use-history.ts';

export type HistoryRow =
  | { of: 'deals'; id: string; deal: Deal; name: string }
  | { of: 'activity'; id: string; entry: ActivityEntry }
  | { of: 'transactions'; id: string; transaction: AccountTransaction };

/** Pages come newest first. */
export function historyQuery(
  api: FTraderClient['api'],
  { id: accountId }: Pick<Account, 'id'>,
  names: Names,
  filter: HistoryFilter,
): HistoryQuery<HistoryRow> {
  const page = (cursor: string | undefined, limit: number) => ({
    accountId,
    limit,
    ...(cursor !== undefined && { cursor }),
  });
  return {
    async read(cursor, limit) {
      // There are no such days: said beside them, and nothing is asked for.
      if (spanMissed(filter)) return { rows: [], nextCursor: null };
      switch (filter.part) {
        case 'deals': {
          const { deals, nextCursor } = await api.trading.listDeals.query({
            ...page(cursor, limit),
            ...dealsAsked(filter),
          });
          await names.learn(deals.map(({ epic }) => epic));
          const rows = deals.map((deal) => ({
            of: 'deals' as const,
            id: deal.id,
            deal,
            name: names.of(deal.epic),
          }));
          return { rows, nextCursor };
        }
        case 'activity': {
          const { activity, ...rest } = await api.trading.listActivity.query({
            ...page(cursor, limit),
            ...spanOf(filter),
          });
          return { rows: activity.map((entry) => ({ of: 'activity', id: entry.id, entry })), ...rest };
        }
        case 'transactions': {
          const { transactions, ...rest } = await api.trading.listTransactions.query({
            ...page(cursor, limit),
            ...spanOf(filter),
          });
          return {
            rows: transactions.map((transaction) => ({
              of: 'transactions',
              id: transaction.id,
              transaction,
            })),
            ...rest,
          };
        }
      }
    },
    fits(row) {
      switch (row.of) {
        case 'deals':
          return shows.deals(filter, row.deal, row.name);
        case 'activity':
          return shows.activity(filter, row.entry);
        case 'transactions':
          return shows.transactions(filter, row.transaction);
      }
    },
  };
}
