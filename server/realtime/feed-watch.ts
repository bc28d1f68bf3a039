// Whether feeds live, for a process that shows no prices.
import type { FeedHealth } from '../../shared/system.ts';
import type { Clock } from '../lib/clock.ts';
import type { Bus } from '../messaging/index.ts';
import { createFeeds } from './feeds.ts';
import { defaultHubLimits, type HubLimits } from './limits.ts';

export interface FeedWatch {
  /** Empty while this process hears nobody: it knows of no feed then. */
  health(): FeedHealth[];
  /** A heartbeat of this feed is due from now on, also when none was ever heard. */
  watch(feed: string): void;
  close(): Promise<void>;
}

export async function watchFeeds({
  bus,
  clock,
  limits = defaultHubLimits,
}: {
  bus: Bus;
  clock: Clock;
  limits?: HubLimits;
}): Promise<FeedWatch> {
  const nothing = () => undefined;
  const feeds = createFeeds({ clock, limits, onDown: nothing, onMissing: nothing, onRevived: nothing });
  const heartbeats = await bus.subscribe('feeds', (message) => feeds.onHeartbeat(message));
  await heartbeats.setKeys(['#']);
  const stop = clock.every(limits.feedCheckEveryMs, () => feeds.check(() => true));
  return {
    health: () => (bus.connected ? feeds.health() : []),
    watch: (feed) => void feeds.watch(feed),
    async close() {
      stop();
      await heartbeats.close();
    },
  };
}
