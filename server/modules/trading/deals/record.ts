// What an operator sees of deals: a line of the log and a count for each that is decided, and how many are not. Changes nothing.
import { isDealEvent, isDecided } from '../../../../shared/deal-words.ts';
import type { NewEvent } from '../../../../shared/events.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Metrics } from '../../../lib/metrics.ts';
import type { DealStore } from './store.ts';

/** For the account's transactions: takes what one of them has told, once it is committed. */
export function createRecord({
  dealStore,
  logger,
  metrics,
}: {
  dealStore: Pick<DealStore, 'countUndecided'>;
  logger: Logger;
  metrics?: Metrics | undefined;
}): (told: readonly NewEvent<'trading'>[]) => void {
  const decided = metrics?.counter('ftrader_deals_total', 'Deals decided in this process, by outcome', [
    'environment',
    'kind',
    'outcome',
  ]);
  metrics?.gauge(
    'ftrader_deals_undecided',
    'Deals of this installation without a verdict yet',
    ['status'],
    async () =>
      (await dealStore.countUndecided()).map(({ status, count }) => ({ labels: { status }, value: count })),
  );
  return (told) => {
    for (const event of told) {
      if (!isDealEvent(event) || !isDecided(event.data.status)) continue;
      const { id, accountId, environment, kind, status, reason, epic, direction, size, level } = event.data;
      decided?.inc({ environment, kind, outcome: status });
      const facts = { deal: id, account: accountId, environment, kind, epic, direction, size };
      logger.info(
        { ...facts, ...(level !== null && { price: level }), ...(reason && { reason: reason.code }) },
        `deal ${status}`,
      );
    }
  };
}
