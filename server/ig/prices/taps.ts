// What consumes a feed's raw ticks beside the bus: told of the lease, fed in order, and held apart from publishing by a bounded queue each.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { again } from '../../lib/again.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { waitAtMost } from '../../lib/within.ts';
import type { TickMessage } from '../../messaging/bus.ts';
import type { FeedLease, PriceTap } from '../../modules/market-data/ports.ts';
import type { GatewayLimits } from '../limits.ts';

/** All methods return at once, whatever a tap does. */
export interface FeedTaps {
  /** The lease is ours. */
  begin(epoch: number): void;
  tick(tick: TickMessage): void;
  /** It is ours no more: what waits is dropped. */
  end(): void;
  /** Resolves when every tap has been told of the end, or after `tapCloseTimeoutMs`. */
  close(): Promise<void>;
}

interface TapDeps {
  /** Whether the lease is surely ours under this epoch at this moment. */
  holds: (epoch: number) => boolean;
  clock: Clock;
  logger: Logger;
  limits: GatewayLimits;
}

export function createFeedTaps({
  feed,
  taps,
  ...deps
}: TapDeps & { feed: string; taps: readonly PriceTap[] }): FeedTaps {
  const outlets = taps.map((tap) => createOutlet(tap, deps));
  let losing: AbortController | undefined;
  function enter(epoch: number | undefined) {
    losing?.abort();
    losing = epoch === undefined ? undefined : new AbortController();
    const lease = losing && epoch !== undefined ? { feed, epoch, signal: losing.signal } : undefined;
    for (const outlet of outlets) outlet.enter(lease);
  }
  return {
    begin: enter,
    tick(tick) {
      for (const outlet of outlets) outlet.add(tick);
    },
    end: () => enter(undefined),
    async close() {
      enter(undefined);
      const ended = Promise.all(outlets.map((outlet) => outlet.settled()));
      await waitAtMost(deps.clock, deps.limits.tapCloseTimeoutMs, ended);
    },
  };
}

/** One tap: its calls one after another, each awaited. It is not told of a lease that came and went while it was busy. */
function createOutlet(tap: PriceTap, { holds, logger: parent, limits }: TapDeps) {
  const logger = parent.child({ tap: tap.name });
  let present: FeedLease | undefined;
  let told: FeedLease | undefined;
  let waiting: TickMessage[] = [];
  let missed = 0;
  let failing = false;

  async function call(run: () => void | Promise<void>) {
    try {
      await run();
      failing = false;
    } catch (err) {
      if (!failing) logger.error({ err }, 'a tap of raw ticks failed (said once until it does not)');
      failing = true;
    }
  }
  /** The next call that is due, or undefined. */
  function due(): (() => void | Promise<void>) | undefined {
    const lease = told;
    if (lease && lease !== present) {
      told = undefined;
      return () => tap.end(lease);
    }
    if (!lease) {
      const begun = (told = present);
      return begun && (() => tap.begin(begun));
    }
    if (waiting.length === 0 || !holds(lease.epoch)) return undefined;
    const tapped = { lease, ticks: waiting.splice(0, limits.maxTicksPerCall), missed };
    missed = 0;
    return () => tap.ticks(tapped);
  }
  const next = again(async () => {
    // Before each call a turn of the event loop: never inside the publisher's call, and others have their turn.
    await nextTurn();
    const run = due();
    if (!run) return;
    await call(run);
    next();
  });

  return {
    enter(lease: FeedLease | undefined) {
      present = lease;
      waiting = [];
      missed = 0;
      next();
    },
    add(tick: TickMessage) {
      if (!present) return;
      if (waiting.length >= limits.maxWaitingTicks) {
        if (missed === 0)
          logger.warn({ waiting: waiting.length }, 'a tap of raw ticks lags: the oldest are dropped');
        const dropped = Math.ceil(limits.maxWaitingTicks / 10); // some at once: moving the rest up costs its length
        waiting.splice(0, dropped);
        missed += dropped;
      }
      waiting.push(tick);
      next();
    },
    settled: () => next.idle(),
  };
}
