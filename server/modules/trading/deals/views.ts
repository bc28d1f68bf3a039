// A deal's row as clients see it. Pure.
import { reasonSentence } from '../../../../shared/deal-words.ts';
import type { Deal, DealReason } from '../../../../shared/trading.ts';
import { pick } from '../../../lib/pick.ts';
import { trailingOf } from '../positions/positions.ts';
import type { DealRow } from './life.ts';

const shown = [
  'id',
  'accountId',
  'environment',
  'kind',
  'status',
  'reason',
  'dealReference',
  'dealId',
  'affected',
  'epic',
  'direction',
  'size',
  'stopLevel',
  'limitLevel',
  'guaranteedStop',
  'worstLevel',
  'tag',
  'note',
  'orderType',
  'orderLevel',
  'goodTillAt',
  'level',
  'profit',
  'profitCurrency',
  'createdAt',
  'statusAt',
  'decidedAt',
  'brokerAt',
] as const satisfies readonly (keyof Deal)[];

export const toDeal = (row: DealRow): Deal => ({
  ...pick(row, shown),
  stopDistancePoints: row.stopDistance,
  limitDistancePoints: row.limitDistance,
  trailingStop: trailingOf(row),
  tolerancePoints: row.tolerance,
  reason: row.reason && toReason(row.reason),
});
/** With its sentence. */
export const toReason = (reason: DealReason): DealReason => ({
  ...revive(reason),
  message: reasonSentence(reason),
});

/** An instant of a reason comes back from JSON as text. */
function revive(reason: DealReason): DealReason {
  if (reason.code === 'price_stale') return { ...reason, at: reason.at && new Date(reason.at) };
  if (reason.code === 'good_till_past') return { ...reason, goodTillAt: new Date(reason.goodTillAt) };
  if (reason.code === 'orders_per_minute_limit' || reason.code === 'orders_per_day_limit')
    return { ...reason, allowedAgainAt: new Date(reason.allowedAgainAt) };
  return reason.code === 'account_unavailable' ? { ...reason, since: new Date(reason.since) } : reason;
}
