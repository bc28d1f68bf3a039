// Whose account events are believed: those of the newest holder of the account's stream.
import { putNewest } from '../../../lib/bounded.ts';

/** Some 60 bytes each. */
const maxKept = 10_000;

/**
 * One process at a time applies an account's events, in the order in which the bus took them. So what was sent before a takeover is
 * applied before anything of the new holder; what comes after it under an older epoch is of a gateway that was frozen or cut off and
 * does not know yet. The new holder has begun by ordering to read everything: nothing is lost with it.
 *
 * What was applied is known in memory. A process that has just started, or has not heard of an account for long, begins with the epoch
 * in the row of the lease (`heldUnder`; null: nobody ever held it), which no takeover leaves as it was: one read for an account, none
 * for its events. It may be ahead of what was applied; what that leaves out its holder orders to be read.
 */
export function createStreamEpochs(heldUnder: (accountId: string) => Promise<number | null>) {
  const newest = new Map<string, number>();
  return {
    /** Throws what `heldUnder` throws. */
    async isReplaced(accountId: string, epoch: number): Promise<boolean> {
      const known = newest.get(accountId) ?? (await heldUnder(accountId)) ?? epoch;
      if (!newest.has(accountId)) putNewest(newest, accountId, known, maxKept);
      return epoch < newest.get(accountId)!;
    },
    applied: (accountId: string, epoch: number): void => putNewest(newest, accountId, epoch, maxKept),
  };
}
