// The broker's acknowledgement of a deal, written in one round trip: nothing is read first, and a deal that has moved on is left alone.
import type { NewEvent } from '../../../../shared/events.ts';
import type { Transaction } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import { eventOf } from '../account-transaction.ts';
import type { BrokerAccount, UserEvents } from '../ports.ts';
import { advance, type DealRow } from './life.ts';
import type { DealStore } from './store.ts';
import { toDeal } from './views.ts';

interface AcknowledgeDeps {
  transaction: Transaction;
  dealStore: Pick<DealStore, 'acknowledgement'>;
  events: UserEvents;
  clock: Clock;
  /** After the commit: what was told, for those in this process who wait for it. */
  committed: (told: readonly NewEvent<'trading'>[]) => void;
}
export type Acknowledge = ReturnType<typeof createAcknowledge>;

export function createAcknowledge({ transaction, dealStore, events, clock, committed }: AcknowledgeDeps) {
  /**
   * Gives the deal as it is then; undefined when it was not as admitted any more, and nothing was written. It changes no money, so the
   * account is not held for it: the confirm, often right behind it, waits for the deal's row alone.
   */
  return async function acknowledge(
    account: BrokerAccount,
    admitted: DealRow,
    dealReference: string,
  ): Promise<DealRow | undefined> {
    const at = clock.now();
    const deal = advance(admitted, { status: 'submitted', dealReference }, at);
    const event = eventOf({ account, at }, 'deal.submitted', toDeal(deal));
    const key = { userId: account.userId, stream: 'trading' } as const;
    const { told } = await transaction(async (tx) => {
      const told = events.appendChange(tx, key, event, ...dealStore.acknowledgement(deal));
      told.catch(() => undefined); // the COMMIT fails with it
      return { told };
    });
    if ((await told) === undefined) return undefined;
    events.wake(account.userId, 'trading');
    committed([event]);
    return deal;
  };
}
