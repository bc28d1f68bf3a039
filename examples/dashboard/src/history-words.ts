// The broker's history in words. Pure.
import type { AccountTransaction, ActivityChange, ActivityEntry } from '../../../client/index.ts';
import { dayAndTime, levelText } from './format.ts';

const changeWords: Record<ActivityChange['action'], string> = {
  opened: 'opened',
  closed: 'closed',
  partially_closed: 'closed in part',
  amended: 'changed',
  order_placed: 'order placed',
  order_amended: 'order changed',
  order_filled: 'order filled',
  order_deleted: 'order deleted',
  other: 'changed otherwise',
};

/** What it did, or the broker's own words where it did nothing: `opened DIAAA1, stop 1.15`. */
export function activityWords({ changes, description, stopLevel, limitLevel }: ActivityEntry): string {
  const did = changes.map(({ action, dealId }) => `${changeWords[action]} ${dealId}`);
  return [
    ...(did.length > 0 ? did : [description ?? '']),
    stopLevel && `stop ${levelText(stopLevel)}`,
    limitLevel && `limit ${levelText(limitLevel)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Of a closed position what it was: `Buy 1, opened at 1.17 on 3 Mar, 10:00:00`. */
export function transactionWords({ direction, size, openLevel, openedAt }: AccountTransaction): string {
  const what = direction && size ? `${direction === 'BUY' ? 'bought' : 'sold'} ${levelText(size)}` : '';
  const from = openLevel ? `opened at ${levelText(openLevel)}` : '';
  return [what, from && openedAt ? `${from}, ${dayAndTime(openedAt)}` : from].filter(Boolean).join(', ');
}
