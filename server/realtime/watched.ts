// The epics somebody watches in this process: the last tick of each and who wants the next. Bounded; nothing unwatched stays.
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { HubLimits } from './limits.ts';
import type { Subscriber } from './subscriber.ts';
import type { TickText } from './wire-text.ts';

/** One epic of one feed. */
export interface Watched {
  readonly feed: string;
  readonly epic: string;
  tickText: TickText | undefined;
  readonly subscribers: Set<Subscriber>;
  count: number;
  cancelLinger: () => void;
}

export interface WatchedEpics {
  readonly size: number;
  find(key: string): Watched | undefined;
  ofFeed(feed: string): Watched[];
  /** One watcher more. Throws market_data.too_many_subscriptions beyond maxWatchedEpics. */
  watch(feed: string, epic: string): Watched;
  /** One watcher less; the last one's epic is forgotten after interestLingerMs. */
  unwatch(entry: Watched): void;
  byFeed(): Map<string, string[]>;
  clear(): void;
}

export function createWatchedEpics({
  clock,
  limits,
  onChange,
}: {
  clock: Clock;
  limits: HubLimits;
  onChange: (feed: string) => void;
}): WatchedEpics {
  const entries = new Map<string, Watched>();
  return {
    get size() {
      return entries.size;
    },
    find: (key) => entries.get(key),
    ofFeed: (feed) => [...entries.values()].filter((entry) => entry.feed === feed),
    watch(feed, epic) {
      const key = `${feed}.${epic}`;
      let entry = entries.get(key);
      if (!entry) {
        if (entries.size >= limits.maxWatchedEpics)
          throw new AppError('market_data.too_many_subscriptions', {
            detail: 'this process watches its maximum',
          });
        entry = { feed, epic, tickText: undefined, subscribers: new Set(), count: 0, cancelLinger: () => {} };
        entries.set(key, entry);
        onChange(feed);
      }
      entry.cancelLinger();
      entry.count++;
      return entry;
    },
    unwatch(entry) {
      if (--entry.count > 0) return;
      entry.cancelLinger = clock.after(limits.interestLingerMs, () => {
        entries.delete(`${entry.feed}.${entry.epic}`);
        onChange(entry.feed);
      });
    },
    byFeed() {
      const byFeed = new Map<string, string[]>();
      for (const { feed, epic } of entries.values()) {
        const epics = byFeed.get(feed);
        if (epics) epics.push(epic);
        else byFeed.set(feed, [epic]);
      }
      return byFeed;
    },
    clear() {
      for (const entry of entries.values()) entry.cancelLinger();
      entries.clear();
    },
  };
}
