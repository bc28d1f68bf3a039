// What is left of the broker's allowance for an account, for its owner. How it is spent: rest/allowance.ts.
import { allowanceClasses, type AccountAllowance } from '../../../shared/allowance.ts';
import type { BrokerAccount } from '../../modules/accounts/ports.ts';
import { windowMs, type Bucket } from '../rest/allowance-rules.ts';
import type { AccountClients } from './clients.ts';

/** IG allows so many on one connection; that of an account carries its TRADE and its ACCOUNT. Prices come by those of the feeds. */
const streamItems = 40;
const accountItems = 2;

/** Asks nothing of the broker. The function throws what `clients.of` throws, and PostgreSQL's errors. */
export const createAllowanceOf =
  ({ clients }: { clients: AccountClients }) =>
  async (account: BrokerAccount): Promise<AccountAllowance> => {
    const { allowance } = await clients.of(account);
    const requests = await allowance.bucketsOf(account.brokerAccountId);
    return {
      accountId: account.id,
      environment: account.environment,
      buckets: [
        ...requests.map(({ scope, bucket }) => ({ scope, ...toView(bucket) })),
        {
          scope: 'stream_items',
          limit: streamItems,
          left: streamItems - accountItems,
          spent: [],
          wholeAt: null,
          refusedAt: null,
        },
      ],
    };
  };

function toView({ perMinute, spent, refusedMs }: Bucket) {
  const limit = Number.isFinite(perMinute) ? perMinute : null;
  const newest = spent.at(-1);
  return {
    limit,
    left: limit === null ? null : Math.max(0, limit - spent.length),
    spent: allowanceClasses
      .map((by) => ({ by, count: spent.filter((each) => each.by === by).length }))
      .filter(({ count }) => count > 0),
    wholeAt: newest ? new Date(newest.atMs + windowMs) : null,
    refusedAt: refusedMs === null ? null : new Date(refusedMs),
  };
}
