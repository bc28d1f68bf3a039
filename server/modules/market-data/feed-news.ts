// A feed of which nothing comes, told to those whose positions, orders and alerts rest on its prices: once when it is down for long, once when it is back.
import { and, eq, isNull, lt } from 'drizzle-orm';
import { feedOutages } from '../../../drizzle/schema/index.ts';
import { isLoginFeed } from '../../../shared/feeds.ts';
import type { FeedHealth } from '../../../shared/system.ts';
import { inTransaction, type Db, type Tx } from '../../db/transaction.ts';
import type { Clock } from '../../lib/clock.ts';
import { ageMs } from '../../lib/instants.ts';
import type { BrokerAccount } from '../accounts/ports.ts';
import type { Notify } from '../notifications/ports.ts';

/** A feed that is back sooner is nobody's business. */
export const toldAfterMs = 60_000;
/** Of a feed that comes and goes no new outage is told for so long. */
export const quietForMs = 10 * 60_000;

/** Between two readings of which feeds are used at all. */
const usedEveryMs = 60_000;

export interface FeedNewsDeps {
  db: Db;
  feeds: {
    health(): readonly FeedHealth[];
    /** Its heartbeats are due from now on. */
    watch(feed: string): void;
  };
  accounts: { all(): Promise<readonly BrokerAccount[]> };
  /** In which markets accounts have a position or a resting order. */
  openEpics(): Promise<readonly { accountId: string }[]>;
  /** On which feeds alerts in force rest, and whose they are. */
  alerts: { feeds(): Promise<readonly string[]>; holders(feed: string): Promise<readonly string[]> };
  notify: Notify;
  wake: (userId: string) => void;
  clock: Clock;
}

export function createFeedNews({
  db,
  feeds,
  accounts,
  openEpics,
  alerts,
  notify,
  wake,
  clock,
}: FeedNewsDeps) {
  let usedAtMs = -Infinity;
  /** In the order in which their events are locked. */
  async function usersOf(feed: string): Promise<string[]> {
    const [all, open, holders] = await Promise.all([accounts.all(), openEpics(), alerts.holders(feed)]);
    const used = new Set(open.map(({ accountId }) => accountId));
    const users = all.filter((each) => each.feed === feed && used.has(each.id)).map(({ userId }) => userId);
    return [...new Set([...users, ...holders])].sort();
  }
  async function tell(
    tx: Tx,
    users: readonly string[],
    kind: 'feed.stale' | 'feed.back',
    data: { feed: string; since: Date },
  ) {
    for (const userId of users) await notify(tx, { kind, data, userId, at: clock.now(), accountId: null });
  }

  async function begin(feed: string, since: Date): Promise<readonly string[]> {
    const told = await usersOf(feed);
    return inTransaction(db, async (tx) => {
      const quiet = new Date(clock.now().getTime() - quietForMs);
      const set = { since, told, endedAt: null };
      const begun = await tx
        .insert(feedOutages)
        .values({ feed, ...set })
        .onConflictDoUpdate({ target: feedOutages.feed, set, setWhere: lt(feedOutages.endedAt, quiet) })
        .returning({ feed: feedOutages.feed });
      if (begun.length === 0) return [];
      await tell(tx, told, 'feed.stale', { feed, since });
      return told;
    });
  }
  async function end(feed: string): Promise<readonly string[]> {
    return inTransaction(db, async (tx) => {
      const [ended] = await tx
        .update(feedOutages)
        .set({ endedAt: clock.now() })
        .where(and(eq(feedOutages.feed, feed), isNull(feedOutages.endedAt)))
        .returning();
      if (!ended) return [];
      await tell(tx, ended.told, 'feed.back', { feed, since: ended.since });
      return ended.told;
    });
  }

  return {
    /** Of two processes that find the same one tells it. */
    async look(): Promise<void> {
      // Also one of which nothing was heard since this process began: it may be its gateway that did not come back.
      if (clock.monotonicMs() - usedAtMs >= usedEveryMs) {
        usedAtMs = clock.monotonicMs();
        const used = [...(await accounts.all()).map(({ feed }) => feed), ...(await alerts.feeds())];
        for (const feed of new Set(used)) feeds.watch(feed);
      }
      for (const { feed, state, since } of feeds.health()) {
        if (isLoginFeed(feed) || state === 'unknown' || !since) continue; // of an account's own login the account's health tells
        const isLong = ageMs(since, clock.now()) >= toldAfterMs;
        const told = state === 'up' ? await end(feed) : isLong ? await begin(feed, since) : [];
        for (const userId of told) wake(userId);
      }
    },
  };
}
