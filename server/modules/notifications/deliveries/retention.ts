// How long it is kept what was delivered and what was not: the workers' job runs it.
import type { Clock } from '../../../lib/clock.ts';
import type { DeliveryStore } from './store.ts';

const keptMs = 30 * 24 * 3_600_000;

/** What waits is never removed. */
export const createDeliveryRetention =
  ({ store, clock }: { store: Pick<DeliveryStore, 'deleteSomeEndedBefore'>; clock: Clock }) =>
  async (): Promise<void> => {
    const before = new Date(clock.now().getTime() - keptMs);
    while ((await store.deleteSomeEndedBefore(before)).length > 0);
  };
