// Transaction history, versions 1 and 2: which of an account's money movements are listed, and in which pages.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import { oldTransactionOf, transactionsOf } from '../engine/transactions.ts';
import { endpoint, IgError, type Call, type Endpoint } from './endpoint.ts';
import { decisionsIn, pageOf, pathRange, rangeOf } from './range.ts';

const kinds: Record<string, readonly string[]> = {
  ALL: ['DEAL', 'DEPO', 'WITH'],
  ALL_DEAL: ['DEAL'],
  DEPOSIT: ['DEPO'],
  WITHDRAWAL: ['WITH'],
};

export function transactionEndpoints({ desk, nowMs }: { desk: DealingDesk; nowMs(): number }): Endpoint[] {
  function listed(call: Call, type: string, range: readonly [number, number]) {
    const kind = Object.hasOwn(kinds, type) ? kinds[type]! : undefined;
    if (!kind) throw new IgError(400, 'invalid.input');
    const { accountId } = call.caller();
    const { currency } = desk.account(accountId);
    return [...decisionsIn(desk, accountId, range)]
      .flatMap((decision) => transactionsOf(decision, currency, desk.market.instrument))
      .filter(({ transactionType }) => kind.includes(transactionType));
  }
  return [
    endpoint('GET /history/transactions', [2], {}, (call) => {
      const { page: transactions, metadata } = pageOf(
        listed(call, call.query.get('type') ?? 'ALL', rangeOf(call.query, nowMs())),
        call.query,
      );
      return { body: { transactions, metadata } };
    }),
    ...['/history/transactions/:type/:lastPeriod', '/history/transactions/:type/:fromDate/:toDate'].map(
      (path): Endpoint =>
        endpoint(`GET ${path}`, [1], {}, (call) => ({
          body: {
            transactions: listed(call, call.params['type']!, pathRange(call.params, nowMs())).map(
              oldTransactionOf,
            ),
          },
        })),
    ),
  ];
}
