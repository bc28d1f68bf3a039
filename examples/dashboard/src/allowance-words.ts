// A broker’s allowance in a trader’s words. Pure.
import type { AccountAllowance, AllowanceBucket, AllowanceClass } from '../../../client/index.ts';

export const bucketName: Record<AllowanceBucket['scope'], string> = {
  key: 'Requests of the API key',
  account: 'Requests of the account',
  trading: 'Deals',
  stream_items: 'Streams',
  history_points: 'Price history, in points',
};
const spender: Record<AllowanceClass, string> = {
  close: 'closing',
  deal: 'before a deal',
  open: 'opening',
  confirm: 'confirms',
  session: 'logging in',
  reconcile: 'checking the books',
  user: 'looking at markets',
  backfill: 'price history',
};

/** `6 of 18 left`; nothing left is said so. */
export const leftOf = (left: number, limit: number): string =>
  left === 0 ? `None of ${limit} left` : `${left} of ${limit} left`;

/** `checking the books 3, logging in 1`: who spent most comes first. */
export const spentBy = (spent: AllowanceBucket['spent']): string =>
  [...spent]
    .sort((a, b) => b.count - a.count)
    .map(({ by, count }) => `${spender[by]} ${count}`)
    .join(', ');

/** What has a limit; nothing where no request has one, as on a simulator. */
export const boundedBuckets = ({ buckets }: AccountAllowance): AllowanceBucket[] => {
  const bounded = buckets.filter(({ limit }) => limit !== null);
  return bounded.some(({ scope }) => scope !== 'stream_items') ? bounded : [];
};
