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
  /** An epic, or all (null), is not streamed from now on, or its stream is not to be trusted. */
  interrupt(epic: string | null): void;
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
    interrupt(epic) {
      for (const outlet of outlets) outlet.interrupt(epic);
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
  /** Ticks, and interruptions among them: an epic, or null for all. */
  let waiting: (TickMessage | { interrupted: string | null })[] = [];
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
    const interrupted = takeInterruptions();
    if (interrupted !== undefined) return () => tap.interrupted?.({ lease, epics: interrupted });
    const tapped = { lease, ticks: takeTicks(), missed };
    missed = 0;
    return () => tap.ticks(tapped);
  }
  /** Those that are due before the next tick; null: all epics are, undefined: none is. */
  function takeInterruptions(): string[] | null | undefined {
    const end = waiting.findIndex((each) => !('interrupted' in each));
    const first = waiting.splice(0, end === -1 ? waiting.length : end);
    if (first.length === 0) return undefined;
    const epics = first.flatMap((each) => ('interrupted' in each ? [each.interrupted] : []));
    return epics.includes(null) ? null : epics.filter((epic) => epic !== null);
  }
  function takeTicks(): TickMessage[] {
    const end = waiting.findIndex((each, index) => index >= limits.maxTicksPerCall || 'interrupted' in each);
    const taken = waiting.splice(0, end === -1 ? waiting.length : end);
    return taken.flatMap((each) => ('interrupted' in each ? [] : [each]));
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
    interrupt(epic: string | null) {
      if (!present) return;
      const last = waiting.at(-1);
      if (last && 'interrupted' in last && last.interrupted === epic) return;
      waiting.push({ interrupted: epic });
      next();
    },
    settled: () => next.idle(),
  };
}
