// The background work of stored markets: those that somebody needs are read anew before they are too old, after everybody who waits for something.
import { z } from 'zod';
import { AppError } from '../../../lib/app-error.ts';
import { putNewest } from '../../../lib/bounded.ts';
import type { Clock } from '../../../lib/clock.ts';
import { ageMs } from '../../../lib/instants.ts';
import type { Logger } from '../../../lib/logger.ts';
import { createTrouble, type Trouble } from '../../../lib/trouble.ts';
import type { Jobs } from '../../../jobs/index.ts';
import { detailsFreshMs, unknownFreshMs, type Instruments } from './instruments.ts';
import type { FeedEpic, InstrumentStore } from './store.ts';

/** Well before a user's read would have to wait for the broker: a run may find no room in the allowance. */
export const refreshAfterMs = detailsFreshMs / 2;
/** Who looked at a market within this time may look again. */
export const askedWithinMs = 86_400_000;
/** The same of what a feed did not know. */
const unknownAgainMs = unknownFreshMs / 2;
/** What no feed knew goes after so long without a question. */
const keptUnknownMs = 86_400_000;
/** Rows that nobody needed for so long go. */
const keptIdleMs = 30 * 86_400_000;
/** What IG takes in one request. */
export const batchSize = 50;
/** Requests of one run and feed: within what a demo login leaves to a backfill in a minute. */
const maxBatches = 4;
/** Markets that one run looks at. */
const maxLooked = 20_000;
/** Feeds of which something is kept between runs. */
const maxFeeds = 500;

export interface RefreshDeps {
  store: InstrumentStore;
  instruments: Pick<Instruments, 'refresh'>;
  /** Markets needed by what is not known here: watchlists, positions, orders. */
  needed: () => Promise<FeedEpic[]>;
  clock: Clock;
  logger: Logger;
}

/** One run, oldest markets first. A feed whose broker does not answer, or has no room in its allowance, is left to the next run. */
export function createRefresh({ store, instruments, needed, clock, logger }: RefreshDeps) {
  const feeds = new Map<string, { trouble: Trouble; doubtfulAtOnce: number }>();
  function stateOf(feed: string) {
    const state = feeds.get(feed) ?? {
      trouble: createTrouble(
        logger,
        'stored markets could not be refreshed; the next run tries again',
        'stored markets are refreshed again',
      ),
      doubtfulAtOnce: batchSize,
    };
    putNewest(feeds, feed, state, maxFeeds);
    return state;
  }
  /** Those that are too old, oldest first: markets that the feed is sure to know, and doubtful ones. */
  async function dueOf(feed: string, epics: readonly string[]) {
    const now = clock.now();
    const rows = new Map((await store.list(feed, epics)).map((row) => [row.epic, row]));
    const aged = epics
      .map((epic) => {
        const row = rows.get(epic);
        const readAt = row?.instrument?.readAt ?? row?.checkedAt;
        return { epic, isSure: Boolean(row?.instrument), age: readAt ? ageMs(readAt, now) : Infinity };
      })
      .filter(({ isSure, age }) => age > (isSure ? refreshAfterMs : unknownAgainMs))
      .sort((a, b) => b.age - a.age);
    const of = (sure: boolean) => aged.filter(({ isSure }) => isSure === sure).map(({ epic }) => epic);
    return { sure: of(true), doubtful: of(false) };
  }
  /**
   * One epic that IG does not know fails the whole request, and some dozen more find out which it was: where the allowance ends before
   * they do, the next run asks for fewer at once, in the end for one, whose answer is kept.
   */
  async function refreshFeed(feed: string, epics: readonly string[]): Promise<void> {
    const state = stateOf(feed);
    const { sure, doubtful } = await dueOf(feed, epics);
    let batches = 0;
    let isDoubtful = false;
    try {
      for (let at = 0; at < sure.length && batches < maxBatches; at += batchSize, batches++)
        await instruments.refresh(feed, sure.slice(at, at + batchSize));
      isDoubtful = true;
      for (let at = 0; at < doubtful.length && batches < maxBatches; batches++) {
        const some = doubtful.slice(at, (at += state.doubtfulAtOnce));
        await instruments.refresh(feed, some);
        state.doubtfulAtOnce = Math.min(batchSize, state.doubtfulAtOnce * 2);
      }
      state.trouble.worked();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (isDoubtful) state.doubtfulAtOnce = Math.ceil(state.doubtfulAtOnce / 2);
      // The feed of an account that is gone meanwhile is nobody's.
      if (error.code !== 'market_data.unknown_feed') state.trouble.failed(error, { feed });
    }
  }
  return async function refresh(): Promise<void> {
    const now = clock.now().getTime();
    const asked = await store.listAsked(new Date(now - askedWithinMs), maxLooked);
    const byFeed = new Map<string, Set<string>>();
    for (const { feed, epic } of [...(await needed()), ...asked].slice(0, maxLooked))
      byFeed.set(feed, (byFeed.get(feed) ?? new Set()).add(epic));
    for (const [feed, epics] of byFeed) await refreshFeed(feed, [...epics]);
    await store.forget({
      idleSince: new Date(now - keptIdleMs),
      unknownSince: new Date(now - keptUnknownMs),
    });
  };
}

/** Before the jobs are started. */
export function defineRefreshJob(jobs: Jobs, refresh: () => Promise<void>): void {
  jobs.define({
    name: 'market-data.refresh-instruments',
    about: 'reads the markets that users look at from the broker again, before they are old',
    payload: z.object({}),
    retryLimit: 0, // the next run comes by itself
    retryDelaySeconds: 60,
    expireInSeconds: 300,
    cron: '*/5 * * * *',
    run: refresh,
  });
}
