// The prices that open positions and resting orders need, whoever watches: which epics of which feeds, looked at now and then. What is streamed for it is the gateways' affair.
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createStandingWants } from '../market-data/index.ts';
import type { Accounts } from './ports.ts';

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
  return createStandingWants({ read, of: 'accounts', clock, logger });
}
