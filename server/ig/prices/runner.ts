// One feed in this process: holds its lease, keeps its stream, turns updates into ticks on the bus and says every second how it is.
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createPace } from '../../lib/pace.ts';
import type { Bus, InterestMessage, TickMessage } from '../../messaging/bus.ts';
import type { PriceTap } from '../../modules/market-data/ports.ts';
import { createInterestTable } from './interest.ts';
import type { LeasedStreams } from '../leased-stream.ts';
import type { GatewayLimits } from '../limits.ts';
import type { StreamTokens } from '../rest/stream-tokens.ts';
import { createPriceItems } from './items.ts';
import { createStaleWatch, type StaleWatchDeps } from './stale-watch.ts';
import { createFeedTaps } from './taps.ts';
import { fromDealingFlag, toTickFields, type PriceValues, type TickFields } from './translate.ts';

/** The seq of a tick is the lease's epoch × 2^32 plus its number, so that every later holder's ticks come after. */
const ticksPerEpoch = 2 ** 32;

export interface FeedStatus {
  feed: string;
  held: boolean;
  state: 'up' | 'down';
  reason: string | null;
  streamed: number;
  /** Wanted, but beyond what a connection carries. */
  waiting: string[];
  unknown: string[];
}

export interface FeedRunnerDeps {
  feed: string;
  /** What opens its stream, asked for at each connection. */
  fetchTokens: () => Promise<StreamTokens>;
  /** Prices over REST, in one call. Throws broker.* AppErrors. */
  readSnapshots: StaleWatchDeps['readSnapshots'];
  taps: readonly PriceTap[];
  streams: LeasedStreams;
  bus: Bus;
  clock: Clock;
  logger: Logger;
  limits: GatewayLimits;
}

export type FeedRunner = ReturnType<typeof createFeedRunner>;
export function createFeedRunner({
  feed,
  fetchTokens,
  readSnapshots,
  taps: registered,
  streams,
  bus,
  clock,
  logger: parent,
  limits,
}: FeedRunnerDeps) {
  const logger = parent.child({ feed });
  const interest = createInterestTable({ clock, limits });
  /** Ticks published per epic since this process started: they never count backwards, whatever the epoch does. */
  const counts = new Map<string, number>();
  const last = new Map<string, TickMessage>();
  let state: 'up' | 'down' = 'down';
  let reason: string | null = 'not connected yet';
  let updatedAt = 0;
  let askedAt: number | undefined;
  /** Connections in a row that were open and said nothing; each is left for longer. */
  const mute = createPace(clock, { firstMs: limits.muteAfterMs, maxMs: limits.muteMaxMs });
  let muteAfterMs = limits.muteAfterMs;
  let toldMissing = '[]';
  let cancelBeat: () => void = () => undefined;

  /** The next tick of a market; undefined without the lease. */
  function tickOf(epic: string, { at, ...quote }: TickFields): TickMessage | undefined {
    const epoch = stream.epoch();
    if (epoch === undefined) return undefined;
    const n = (counts.get(epic) ?? 0) + 1;
    counts.set(epic, n);
    const receivedAt = clock.now();
    return {
      feed,
      epic,
      seq: epoch * ticksPerEpoch + n,
      ...quote,
      at: (at ?? receivedAt).toISOString(),
      receivedAt: receivedAt.toISOString(),
    };
  }
  function publish(epic: string, tick: TickMessage) {
    last.set(epic, tick);
    bus.publish('prices', `${feed}.${epic}`, tick);
  }
  function onPrice(epic: string, values: PriceValues) {
    const tick = tickOf(epic, toTickFields(values));
    if (!tick) return;
    publish(epic, tick);
    taps.tick(tick);
  }
  function beat() {
    const epoch = stream.epoch();
    if (epoch === undefined) return;
    const { streamed, waiting, unknown } = items.status();
    const missing = items.missing();
    toldMissing = JSON.stringify(missing);
    const left = [
      ...(waiting.length > 0 ? [`${waiting.length} for want of room on the connection`] : []),
      ...(unknown.length > 0 ? [`${unknown.length} refused by the broker`] : []),
    ];
    const why = reason ?? (left.length > 0 ? `wanted and not streamed: ${left.join(', ')}` : null);
    bus.publish('feeds', feed, {
      feed,
      epoch,
      state,
      at: clock.now().toISOString(),
      items: streamed,
      ...(why === null ? {} : { reason: why }),
      ...(missing.length === 0 ? {} : { missing }),
    });
  }
  /** Those who watch a market learn at once that it is not streamed, or is again. */
  function tellMissing() {
    if (JSON.stringify(items.missing()) !== toldMissing) beat();
  }
  function enter(next: 'up' | 'down', why: string | null) {
    if (state !== next) logger.info({ reason: why ?? undefined }, `the feed is ${next}`);
    state = next;
    reason = why;
    beat();
  }

  const items = createPriceItems({
    clock,
    logger,
    limits,
    onPrice,
    onUpdate(epic, isNews) {
      silent.heard(epic, isNews);
      updatedAt = clock.monotonicMs();
      askedAt = undefined;
      mute.worked();
      muteAfterMs = limits.muteAfterMs;
    },
    onDropped(epic) {
      last.delete(epic);
      silent.forget(epic);
      taps.interrupt(epic);
    },
    onRefused: tellMissing,
  });
  const silent = createStaleWatch({
    readSnapshots,
    lastOpen(epic) {
      const values = items.lastOf(epic);
      const fields = values && toTickFields(values);
      return fields?.marketState === 'tradeable' ? fields : undefined;
    },
    // No tap sees it: candles and alerts are of what is streamed.
    onStale(epic, price) {
      const tick = state === 'up' ? tickOf(epic, price) : undefined;
      if (!tick) return;
      publish(epic, { ...tick, stale: true });
      taps.interrupt(epic);
    },
    resubscribe(epic) {
      taps.interrupt(epic);
      items.resubscribe(epic);
    },
    clock,
    logger,
    limits,
  });
  const stream = streams.create({
    name: feed,
    logger,
    fetchTokens,
    onHeld(epoch) {
      logger.info({ epoch }, 'this process streams the feed');
      taps.begin(epoch);
      items.want(interest.wanted());
      beat();
    },
    onLost(why) {
      logger.warn({ reason: why }, 'this process no longer streams the feed');
      taps.end();
      disconnected(why);
      items.want([]);
    },
    onUp(connection) {
      updatedAt = clock.monotonicMs();
      askedAt = undefined;
      silent.begin();
      enter('up', null); // said before the first price, which takes a round trip more
      items.attach(connection);
    },
    onDown: disconnected,
  });
  function disconnected(why: string) {
    taps.interrupt(null);
    items.detach();
    enter('down', why);
  }

  const taps = createFeedTaps({
    feed,
    taps: registered,
    holds: (epoch) => stream.epoch() === epoch,
    clock,
    logger,
    limits,
  });

  /** A connection that is open but says nothing while a market trades: first asked, then replaced. */
  function watchForSilence() {
    if (
      state === 'down' ||
      !items.expectsUpdates((values) => fromDealingFlag(values.DLG_FLAG) === 'tradeable')
    ) {
      updatedAt = clock.monotonicMs();
      return;
    }
    const now = clock.monotonicMs();
    if (askedAt !== undefined && now - askedAt >= limits.muteAnswerMs) {
      muteAfterMs = Math.max(limits.muteAfterMs, mute.failed());
      stream.restart('the stream is open but mute');
    } else if (askedAt === undefined && now - updatedAt >= muteAfterMs) {
      logger.info('no update for long while a market is open: subscribing anew');
      askedAt = now;
      taps.interrupt(null);
      items.resubscribe();
    }
  }
  function everySecond() {
    const wanted = interest.wanted();
    if (stream.epoch() === undefined) return;
    items.want(wanted);
    watchForSilence();
    if (state === 'up') silent.look();
    beat();
  }
  return {
    start() {
      cancelBeat = clock.every(limits.beatMs, everySecond);
      stream.start();
    },
    /** A source's whole set. What it newly wants and is streamed already is published again as it was, with its old `seq`. */
    onInterest(message: InterestMessage) {
      const fresh = interest.update(message);
      if (stream.epoch() === undefined) return;
      items.want(interest.wanted());
      tellMissing();
      for (const epic of fresh) {
        const tick = last.get(epic);
        if (tick) bus.publish('prices', `${feed}.${epic}`, tick);
      }
    },
    /** Whether anybody wants a market of it, or did a moment ago. */
    isWanted: (): boolean => interest.wanted().length > 0,
    /** Opens the stream anew, with tokens of a new session. */
    reconnect: (why: string): void => stream.restart(why, { fresh: true }),
    status: (): FeedStatus => ({
      feed,
      held: stream.epoch() !== undefined,
      state,
      reason,
      ...items.status(),
    }),
    async stop() {
      cancelBeat();
      stream.close();
      if (stream.epoch() !== undefined) disconnected('the gateway stops');
      await Promise.all([taps.close(), stream.release(), silent.idle()]);
    },
  };
}
