// Whether each feed lives, from its gateway's heartbeats. What that means for a price is decided in the hub.
import type { Clock } from '../lib/clock.ts';
import { StaleReason } from '../../shared/market-data.ts';
import type { FeedStatusMessage } from '../messaging/bus.ts';
import type { FeedHealth } from '../../shared/system.ts';
import type { HubLimits } from './limits.ts';

export interface FeedState {
  readonly feed: string;
  /** `unknown` until the first heartbeat; counted as live until it is overdue. */
  state: FeedHealth['state'];
  since: Date;
  reason: string | null;
  items: number;
  /** Epics that are wanted and not streamed, and why. */
  missing: ReadonlyMap<string, StaleReason>;
  /** The highest lease epoch seen: whatever carries a lower one comes from a gateway that was replaced. */
  epoch: number;
  /** True after a mere silence: the same gateway may say again that its last price holds. Not after a `down`. */
  revivable: boolean;
  heardAtMs: number;
  /** Null until a tick of it arrived here. */
  tickAtMs: number | null;
}

export interface Feeds {
  /** The state of a feed somebody watches; its heartbeat is due from now on. */
  watch(feed: string): FeedState;
  isLive(feed: string): boolean;
  /** Why an epic has no live price, where that is known. */
  whyStale(feed: string, epic: string): StaleReason | undefined;
  get(feed: string): FeedState | undefined;
  onHeartbeat(message: FeedStatusMessage): void;
  /** A tick of a feed that somebody watches. */
  onTick(feed: string): void;
  /** Finds the feeds gone silent; forgets those long unheard for which `isWatched` is false. */
  check(isWatched: (feed: string) => boolean): void;
  health(): FeedHealth[];
}

export function createFeeds({
  clock,
  limits,
  onDown,
  onMissing,
  onRevived,
}: {
  clock: Clock;
  limits: HubLimits;
  onDown: (feed: string) => void;
  /** With each heartbeat that names epics which are not streamed; `at` is the gateway's time. */
  onMissing: (feed: string, epics: Iterable<string>, at: Date) => void;
  /** It was only silent: messages may have been missed. */
  onRevived: (feed: string) => void;
}): Feeds {
  const feeds = new Map<string, FeedState>();
  const find = (feed: string): FeedState => {
    let known = feeds.get(feed);
    if (!known) {
      known = {
        feed,
        state: 'unknown',
        since: clock.now(),
        reason: null,
        items: 0,
        missing: new Map(),
        epoch: 0,
        revivable: false,
        heardAtMs: clock.monotonicMs(),
        tickAtMs: null,
      };
      feeds.set(feed, known);
    }
    return known;
  };
  function enter(known: FeedState, state: 'up' | 'down', reason: string | null) {
    const changed = known.state !== state;
    if (changed) known.since = clock.now();
    known.state = state;
    known.reason = reason;
    if (changed && state === 'down') onDown(known.feed);
  }
  return {
    watch: find,
    isLive: (feed) => feeds.get(feed)?.state !== 'down',
    whyStale(feed, epic) {
      const known = feeds.get(feed);
      if (known?.state !== 'down') return known?.missing.get(epic);
      const why = known.reason === null ? '' : `: ${known.reason}`;
      return { code: 'feed_down', message: `The feed ${feed} is down${why}.` };
    },
    get: (feed) => feeds.get(feed),
    onHeartbeat(message) {
      const known = find(message.feed);
      if (message.epoch < known.epoch) return;
      const wasSilent = known.revivable;
      known.heardAtMs = clock.monotonicMs();
      known.items = message.items ?? 0;
      known.missing = missingIn(message);
      if (message.state === 'down' || message.epoch > known.epoch) known.revivable = false;
      known.epoch = message.epoch;
      enter(known, message.state, message.reason ?? null);
      if (wasSilent && known.state === 'up') onRevived(known.feed);
      if (known.missing.size > 0) onMissing(known.feed, known.missing.keys(), new Date(message.at));
    },
    onTick(feed) {
      const known = feeds.get(feed);
      if (known) known.tickAtMs = clock.monotonicMs();
    },
    check(isWatched) {
      const now = clock.monotonicMs();
      for (const known of feeds.values()) {
        const silentMs = now - known.heardAtMs;
        if (silentMs > limits.forgetFeedAfterMs && !isWatched(known.feed)) feeds.delete(known.feed);
        else if (silentMs > limits.heartbeatTimeoutMs && known.state !== 'down') {
          known.revivable = true;
          enter(known, 'down', `no heartbeat from its gateway for ${limits.heartbeatTimeoutMs} ms`);
        }
      }
    },
    health: () =>
      [...feeds.values()].map(({ feed, state, since, tickAtMs, reason, items }) => ({
        feed,
        state,
        since: state === 'unknown' ? null : since,
        tickAgeMs: tickAtMs === null ? null : Math.round(clock.monotonicMs() - tickAtMs),
        reason,
        items,
      })),
  };
}

/** A reason that only another release knows says nothing here. */
function missingIn({ missing = [] }: FeedStatusMessage): Map<string, StaleReason> {
  const reasons = new Map<string, StaleReason>();
  for (const { code, message, epics } of missing) {
    const reason = StaleReason.safeParse({ code, message }).data;
    if (reason) for (const epic of epics) reasons.set(epic, reason);
  }
  return reasons;
}
