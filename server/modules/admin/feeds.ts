// Feeds, accounts and their streams on one screen, gathered from those who know a part of it.
import type { AdminFeeds } from '../../../shared/admin-feeds.ts';
import type { Streams } from './ports.ts';

export type FeedsRead = ReturnType<typeof createFeedsRead>;

export const createFeedsRead = (streams: Streams) => ({
  async get(): Promise<AdminFeeds> {
    const [{ database, bus }, accountCounts, accounts, leases] = await Promise.all([
      streams.parts(),
      streams.accountCounts(),
      streams.accounts(),
      streams.leases(),
    ]);
    return { database, bus, feeds: streams.feeds(), accountCounts, accounts, leases };
  },
});
