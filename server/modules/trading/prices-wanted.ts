// The prices that open positions and resting orders need, whoever watches: which epics of which feeds, looked at now and then. What is streamed for it is the gateways' affair.
import { again } from '../../lib/again.ts';
import type { Clock } from '../../lib/clock.ts';
import { createTrouble } from '../../lib/trouble.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Accounts, PriceInterest } from './ports.ts';

/** How soon what another process opened is wanted here. */
export const lookEveryMs = 2_000;

interface PricesWantedDeps {
  /** The markets in which each account has something. */
  openEpics: () => Promise<{ accountId: string; epic: string }[]>;
  accounts: Pick<Accounts, 'all'>;
  clock: Clock;
  logger: Logger;
}

export function createPricesWanted({ openEpics, accounts, clock, logger }: PricesWantedDeps) {
  /** By feed: each account's own. What is not connected any more has none. */
  async function read(): Promise<Map<string, Set<string>>> {
    const open = await openEpics();
    if (open.length === 0) return new Map();
    const feeds = new Map((await accounts.all()).map(({ id, feed }) => [id, feed]));
    const byFeed = new Map<string, Set<string>>();
    for (const { accountId, epic } of open) {
      const feed = feeds.get(accountId);
      if (feed !== undefined) byFeed.set(feed, (byFeed.get(feed) ?? new Set()).add(epic));
    }
    return byFeed;
  }
  /** Wants them from now until the returned function is called and has resolved. While the database is away, what was wanted last. */
  return function want(interest: PriceInterest): () => Promise<void> {
    const wanted = new Map<string, { epics: string; release: () => void }>();
    async function lookOnce() {
      const byFeed = await read();
      for (const feed of new Set([...wanted.keys(), ...byFeed.keys()])) {
        const [before, now] = [wanted.get(feed), [...(byFeed.get(feed) ?? [])].sort()];
        if (before?.epics === now.join()) continue;
        // Wanted anew before it is released: nothing is let go in between.
        if (now.length > 0) wanted.set(feed, { epics: now.join(), release: interest.want(feed, now) });
        else wanted.delete(feed);
        before?.release();
      }
    }
    const looking = createTrouble(
      logger,
      'the prices that accounts need could not be looked at',
      'the prices that accounts need can be looked at again',
    );
    const look = again(() => lookOnce().then(looking.worked, looking.failed));
    look();
    const cancel = clock.every(lookEveryMs, look);
    return async () => {
      cancel();
      await look.idle();
      for (const { release } of wanted.values()) release();
      wanted.clear();
    };
  };
}
