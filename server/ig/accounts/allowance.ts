// What is left of the broker's allowance for an account, for its owner. How it is spent: rest/allowance.ts.
import { allowanceClasses, type AccountAllowance } from '../../../shared/allowance.ts';
import type { BrokerAccount } from '../../modules/accounts/ports.ts';
import { pointsLeft, spentOf, type HistoryPoints } from '../rest/history-points-rules.ts';
import { windowMs, type Bucket } from '../rest/allowance-rules.ts';
import type { AccountClients } from './clients.ts';

/** IG allows so many on one connection unless it publishes otherwise; that of an account carries its TRADE and its ACCOUNT. Prices come by those of the feeds. */
const assumedStreamItems = 40;
const accountItems = 2;

/** Asks nothing of the broker. The function throws what `clients.of` throws, and PostgreSQL's errors. */
export const createAllowanceOf =
  ({ clients }: { clients: Pick<AccountClients, 'linkOf'> }) =>
  async (account: BrokerAccount): Promise<AccountAllowance> => {
    const { allowance, points, limits } = await clients.linkOf(account);
    const published = await limits.recall(account.brokerAccountId);
    const streamItems = published?.streamItems ?? assumedStreamItems;
    const requests = await allowance.bucketsOf(account.brokerAccountId);
    const history = await points.of(account.brokerAccountId);
    return {
      accountId: account.id,
      environment: account.environment,
      buckets: [
        ...requests.map(({ scope, bucket }) => ({ scope, ...toView(bucket) })),
        { scope: 'history_points', ...pointsView(history) },
        {
          scope: 'stream_items',
          limit: streamItems,
          left: Math.max(0, streamItems - accountItems),
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
    refusedAt: dateOf(refusedMs),
  };
}

const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms));
/** Of what the key has used, other programs' reads are not told apart. */
function pointsView(points: HistoryPoints) {
  const spent = spentOf(points);
  return {
    limit: points.granted,
    left: pointsLeft(points),
    spent: spent > 0 ? [{ by: 'backfill' as const, count: spent }] : [],
    wholeAt: dateOf(points.endsMs),
    refusedAt: dateOf(points.refusedMs),
  };
}
