// The price hub of one process: ticks come from the bus once and go to every subscriber here as shared text. Knows no ws and no IG.
import { MarketState, type StaleReason, type Tick } from '../../shared/market-data.ts';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Bus, KeyedSubscription, TickMessage } from '../messaging/bus.ts';
import type { LivePrices, PriceRequest } from '../modules/market-data/ports.ts';
import type { ClientSocket } from '../trpc/context.ts';
import { createLane, type Lane } from './conflate.ts';
import { createFeeds } from './feeds.ts';
import { createInterest, type Interest } from './interest.ts';
import { defaultHubLimits, type HubLimits } from './limits.ts';
import { createPulledOutlet } from './pulled.ts';
import { noMarket } from './priceless.ts';
import { createSubscriber } from './subscriber.ts';
import { createWatchedEpics, type Watched } from './watched.ts';
import { toTickText, type TickText } from './wire-text.ts';

export interface PriceHub extends LivePrices {
  start(): Promise<void>;
  /** Ends what is still subscribed with server.unavailable; close the sockets before, so that their clients resume elsewhere. */
  close(): Promise<void>;
  stats(): Readonly<HubStats>;
}

export interface HubStats {
  /** Feed and epic pairs bound now. */
  watched: number;
  /** Subscriptions written to a socket as shared text, and those pulled from as an iterator. */
  onSockets: number;
  onReaders: number;
  ticks: number;
  /** Ticks not above the last one, of a replaced gateway, or unreadable. */
  ticksDropped: number;
  /** How often a socket had so much unread that only the latest was kept for it. */
  holds: number;
}

/** The lease epoch of the gateway that made it: seq = epoch × 2³² + n. */
const epochOf = (seq: number) => Math.floor(seq / 2 ** 32);

const silent: StaleReason = {
  code: 'silent',
  message: 'The stream of this market is silent while the broker has another price, which is this one.',
};

/** `source` names this process among all that show interest. */
export function createPriceHub({
  bus,
  clock,
  logger,
  source,
  limits = defaultHubLimits,
}: {
  bus: Bus;
  clock: Clock;
  logger: Logger;
  source: string;
  limits?: HubLimits;
}): PriceHub {
  const lanes = new WeakMap<ClientSocket, Lane>();
  const endings = new Set<(error: Error) => void>();
  const stats: HubStats = { watched: 0, onSockets: 0, onReaders: 0, ticks: 0, ticksDropped: 0, holds: 0 };
  let interest: Interest | undefined;
  const stops: (() => unknown)[] = [];

  const feeds = createFeeds({
    clock,
    limits,
    onDown: (feed) => watched.ofFeed(feed).forEach(tellStale),
    onMissing: markMissing,
    onRevived: () => interest?.renew(),
  });
  const watched = createWatchedEpics({
    clock,
    limits,
    onChange(feed) {
      feeds.watch(feed);
      interest?.changed();
    },
  });

  function publish(entry: Watched, tickText: TickText) {
    entry.tickText = tickText;
    for (const subscriber of entry.subscribers) subscriber.deliver(tickText);
  }
  function onTick(message: TickMessage, key: string) {
    stats.ticks++;
    const entry = watched.find(key);
    const tick = entry && read(message);
    if (!tick || !isNews(entry, tick)) return void stats.ticksDropped++;
    feeds.onTick(tick.feed);
    publish(entry, toTickText(tick));
  }
  function read(message: TickMessage): Tick | undefined {
    const at = new Date(message.at);
    const receivedAt = new Date(message.receivedAt);
    const { feed, epic, seq, bid, offer, high, low, netChange, netChangePct } = message;
    const marketState = MarketState.safeParse(message.marketState);
    const isSilent = message.stale === true;
    const stale = isSilent || !feeds.isLive(feed);
    const staleReason = stale ? (feeds.whyStale(feed, epic) ?? (isSilent ? silent : undefined)) : undefined;
    if (!marketState.success || !Number.isSafeInteger(seq) || Number.isNaN(+at) || Number.isNaN(+receivedAt))
      return undefined;
    return {
      feed,
      epic,
      seq,
      bid,
      offer,
      high,
      low,
      netChange,
      netChangePct,
      marketState: marketState.data,
      at,
      receivedAt,
      stale,
      ...(staleReason && { staleReason }),
    };
  }
  function isNews({ feed, tickText }: Watched, tick: Tick): boolean {
    const known = feeds.get(feed);
    if (known && epochOf(tick.seq) < known.epoch) return false;
    if (!tickText || tick.seq > tickText.tick.seq) return true;
    // Said again after a mere silence: the price we had marked stale holds.
    return tick.seq === tickText.tick.seq && tickText.tick.stale && !tick.stale && known?.revivable === true;
  }
  /** The price known of an epic is not live any more, or not for another reason; where none is known, the reason is told. */
  function tellStale(entry: Watched) {
    const { feed, epic, tickText, subscribers } = entry;
    const staleReason = feeds.whyStale(feed, epic);
    if (!tickText) {
      if (staleReason) for (const subscriber of subscribers) subscriber.explain(epic, staleReason);
      return;
    }
    const { tick } = tickText;
    if (!tick.stale || tick.staleReason?.code !== staleReason?.code)
      publish(entry, toTickText({ ...tick, stale: true, ...(staleReason && { staleReason }) }));
  }
  /** A tick that the gateway has read since it said so is streamed again. */
  function markMissing(feed: string, epics: Iterable<string>, at: Date) {
    for (const epic of epics) {
      const entry = watched.find(`${feed}.${epic}`);
      if (entry && !(entry.tickText && entry.tickText.tick.receivedAt > at)) tellStale(entry);
    }
  }

  /** Reserves room for a subscription on its socket; throws market_data.too_many_subscriptions. */
  function reserve(socket: ClientSocket, epics: number): Lane {
    let lane = lanes.get(socket);
    if (!lane) lanes.set(socket, (lane = createLane(socket, { clock, limits, onHold: () => stats.holds++ })));
    if (
      lane.subscriptions >= limits.maxSubscriptionsPerSocket ||
      lane.epics + epics > limits.maxEpicsPerSocket
    ) {
      throw new AppError('market_data.too_many_subscriptions', {
        message: `A connection watches at most ${limits.maxEpicsPerSocket} markets in ${limits.maxSubscriptionsPerSocket} subscriptions: end one first.`,
      });
    }
    lane.subscriptions++;
    lane.epics += epics;
    return lane;
  }

  function subscribe(request: PriceRequest): AsyncIterable<Tick[]> {
    const { feed, epics: asked, unknown = [], signal, socket, fallback } = request;
    const epics = new Set(asked);
    const lane = socket && reserve(socket, epics.size);
    const reader = createPulledOutlet(limits.readerTicks);
    const cleanups: (() => void)[] = [];
    let ended = false;
    function end(error?: Error) {
      if (ended) return;
      ended = true;
      signal?.removeEventListener('abort', onAbort);
      endings.delete(end);
      if (lane) {
        lane.subscriptions--;
        lane.epics -= epics.size;
      }
      for (const cleanup of cleanups) cleanup();
      reader.end(error);
    }
    const onAbort = () => end();
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', onAbort, { once: true });

    function begin() {
      // Without its form (off a socket, or where tRPC's adapter has changed) whoever asks pulls and sends: slower, and right.
      const written = lane && socket.takeStarted();
      const outlet = written ? lane.outlet(written) : reader;
      const entries: Watched[] = [];
      cleanups.push(() => entries.forEach(watched.unwatch));
      for (const epic of epics) entries.push(watched.watch(feed, epic));
      const subscriber = createSubscriber({
        feed,
        epics: new Set([...epics, ...unknown]),
        outlet,
        fallback,
        whyStale: (epic) => feeds.whyStale(feed, epic),
        clock,
        limits,
        known: [
          ...entries.flatMap((entry) => entry.tickText ?? []),
          ...unknown.map((epic) => toTickText(noMarket(feed, epic, clock.now()))),
        ],
        onFallbackFailed: (err) =>
          logger.warn({ err, feed }, 'no prices for a snapshot from the broker either'),
      });
      const kind = outlet === reader ? 'onReaders' : 'onSockets';
      stats[kind]++;
      for (const entry of entries) entry.subscribers.add(subscriber);
      cleanups.push(() => {
        stats[kind]--;
        subscriber.close();
        for (const entry of entries) entry.subscribers.delete(subscriber);
      });
      endings.add(end);
    }
    return {
      [Symbol.asyncIterator]() {
        try {
          if (!ended) begin();
        } catch (error) {
          end();
          throw error;
        }
        return {
          async next() {
            const { done, value } = await reader.next();
            return done
              ? { done, value: undefined }
              : { done: false, value: value.map((tickText) => tickText.tick) };
          },
          async return() {
            end();
            return { done: true, value: undefined };
          },
        };
      },
    };
  }

  return {
    latest: (feed, epic) => watched.find(`${feed}.${epic}`)?.tickText?.tick,
    subscribe,
    health: () => feeds.health(),
    stats: () => ({ ...stats, watched: watched.size }),
    async start() {
      const ticks: KeyedSubscription = await bus.subscribe('prices', onTick);
      const heartbeats = await bus.subscribe('feeds', (message) => feeds.onHeartbeat(message));
      await heartbeats.setKeys(['#']);
      const shown = createInterest({ bus, logger, source, ticks, wanted: watched.byFeed });
      interest = shown;
      stops.push(
        clock.every(limits.interestEveryMs, () => shown.repeat()),
        clock.every(limits.feedCheckEveryMs, () => feeds.check((feed) => watched.ofFeed(feed).length > 0)),
        bus.onConnectionChange((connected) => connected && shown.renew()),
        () => shown.withdraw(),
        () => ticks.close(),
        () => heartbeats.close(),
      );
      shown.changed();
    },
    async close() {
      for (const end of endings) end(new AppError('server.unavailable'));
      watched.clear();
      await Promise.all(stops.splice(0).map((stop) => stop()));
    },
  };
}
