// One subscription to prices: its snapshot, then its changes in order. Where they go is its outlet's business.
import type { Clock } from '../lib/clock.ts';
import type { StaleReason, Tick } from '../../shared/market-data.ts';
import type { Outlet } from './conflate.ts';
import type { HubLimits } from './limits.ts';
import { priceless } from './priceless.ts';
import { toTickText, type TickText } from './wire-text.ts';

export interface Subscriber {
  readonly epics: ReadonlySet<string>;
  deliver(tickText: TickText): void;
  /** Tells why an epic of which no tick has come is not live. */
  explain(epic: string, reason: StaleReason): void;
  close(): void;
}

/**
 * Starts with what is `known`. When that is not everything, waits for first ticks, but of none that is known not to be streamed, then
 * asks `fallback` for the rest, and goes without what even that cannot supply, but for a reason: an epic that is known to have no live
 * price says why. Nothing delivered meanwhile is lost, repeated or put out of order.
 */
export function createSubscriber({
  feed,
  epics,
  known,
  outlet,
  fallback,
  whyStale,
  onFallbackFailed,
  clock,
  limits,
}: {
  feed: string;
  epics: ReadonlySet<string>;
  known: readonly TickText[];
  outlet: Outlet;
  fallback: (epics: readonly string[]) => Promise<Tick[]>;
  whyStale: (epic: string) => StaleReason | undefined;
  onFallbackFailed: (error: unknown) => void;
  clock: Clock;
  limits: Pick<HubLimits, 'snapshotWaitMs' | 'fallbackWaitMs' | 'earlyTicks'>;
}): Subscriber {
  const snapshot = new Map(known.map((tickText) => [tickText.tick.epic, tickText]));
  /** Changes of what the snapshot already holds; undefined once it has been sent. */
  let early: TickText[] | undefined = [];
  let asked = false;
  /** What was shown of an epic in place of a tick: from the broker, or nothing but a reason. */
  const shown = new Map<string, Tick>();

  function show(epic: string, read: Tick | undefined, reason = whyStale(epic)): TickText | undefined {
    const tick = read ?? (reason && priceless(feed, epic, clock.now()));
    if (!tick) return undefined;
    const told = reason ? { ...tick, stale: true, staleReason: reason } : tick;
    shown.set(epic, told);
    return toTickText(told);
  }
  function begin() {
    if (!early) return;
    cancelWait();
    for (const epic of epics) {
      const told = snapshot.has(epic) ? undefined : show(epic, undefined);
      if (told) snapshot.set(epic, told);
    }
    outlet.many([...epics].flatMap((epic) => snapshot.get(epic) ?? []));
    if (early.length > 0) outlet.many(early);
    early = undefined;
    snapshot.clear();
  }
  function collect(tickText: TickText) {
    const { epic } = tickText.tick;
    if (!snapshot.has(epic)) {
      snapshot.set(epic, tickText);
      look();
    } else if (early!.push(tickText) > limits.earlyTicks) {
      for (const each of early!) snapshot.set(each.tick.epic, each);
      early = [];
    }
  }
  /** A feed that is down may be up again in a moment; what is not streamed by one that is up comes no sooner for being waited for. */
  function isNotStreamed(epic: string): boolean {
    const reason = whyStale(epic);
    return reason !== undefined && reason.code !== 'feed_down';
  }
  function look() {
    if (snapshot.size === epics.size) begin();
    else if (!asked && [...epics].every((epic) => snapshot.has(epic) || isNotStreamed(epic))) askFallback();
  }
  function askFallback() {
    asked = true;
    cancelWait();
    cancelWait = clock.after(limits.fallbackWaitMs, begin);
    fallback([...epics].filter((epic) => !snapshot.has(epic)))
      .then((ticks) => {
        for (const tick of ticks)
          if (early && epics.has(tick.epic) && !snapshot.has(tick.epic))
            snapshot.set(tick.epic, show(tick.epic, tick)!);
      }, onFallbackFailed)
      .then(begin);
  }
  let cancelWait = clock.after(limits.snapshotWaitMs, askFallback);
  look();

  return {
    epics,
    deliver: (tickText) => (early ? collect(tickText) : outlet.one(tickText)),
    explain(epic, reason) {
      if (early) return look(); // the snapshot says it
      const before = shown.get(epic);
      if (before?.staleReason?.code === reason.code) return;
      outlet.many([show(epic, before, reason)!]);
    },
    close() {
      early = undefined;
      cancelWait();
      outlet.close();
    },
  };
}
