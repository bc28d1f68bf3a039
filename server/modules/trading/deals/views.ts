// A deal's row as clients see it. Pure.
import { reasonSentence } from '../../../../shared/deal-words.ts';
import type { Deal, DealReason } from '../../../../shared/trading.ts';
import { pick } from '../../../lib/pick.ts';
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
  'epic',
  'direction',
  'size',
  'stopLevel',
  'limitLevel',
  'level',
  'profit',
  'profitCurrency',
  'createdAt',
  'statusAt',
  'decidedAt',
] as const satisfies readonly (keyof Deal)[];

export const toDeal = (row: DealRow): Deal => ({
  ...pick(row, shown),
  reason: row.reason && { ...revive(row.reason), message: reasonSentence(row.reason) },
});

/** An instant of a reason comes back from JSON as text. */
function revive(reason: DealReason): DealReason {
  if (reason.code === 'price_stale') return { ...reason, at: reason.at && new Date(reason.at) };
  return reason.code === 'account_unavailable' ? { ...reason, since: new Date(reason.since) } : reason;
}
