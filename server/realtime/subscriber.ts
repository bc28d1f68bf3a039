// One subscription to prices: its snapshot, then its changes in order. Where they go is its outlet's business.
import type { Clock } from '../lib/clock.ts';
import type { Tick } from '../../shared/market-data.ts';
import type { Outlet } from './conflate.ts';
import type { HubLimits } from './limits.ts';
import { toTickText, type TickText } from './wire-text.ts';

export interface Subscriber {
  readonly epics: ReadonlySet<string>;
  deliver(tickText: TickText, text: string): void;
  close(): void;
}

/**
 * Starts with what is `known`. When that is not everything, waits for first ticks, then asks `fallback` for the rest, and goes
 * without what even that cannot supply. Nothing delivered meanwhile is lost, repeated or put out of order.
 */
export function createSubscriber({
  epics,
  known,
  outlet,
  fallback,
  onFallbackFailed,
  clock,
  limits,
}: {
  epics: ReadonlySet<string>;
  known: readonly TickText[];
  outlet: Outlet;
  fallback: (epics: readonly string[]) => Promise<Tick[]>;
  onFallbackFailed: (error: unknown) => void;
  clock: Clock;
  limits: Pick<HubLimits, 'snapshotWaitMs' | 'fallbackWaitMs' | 'earlyTicks'>;
}): Subscriber {
  const snapshot = new Map(known.map((tickText) => [tickText.tick.epic, tickText]));
  /** Changes of what the snapshot already holds; undefined once it has been sent. */
  let early: TickText[] | undefined = [];
  let cancelWait = () => {};

  function begin() {
    if (!early) return;
    cancelWait();
    outlet.many([...epics].flatMap((epic) => snapshot.get(epic) ?? []));
    if (early.length > 0) outlet.many(early);
    early = undefined;
    snapshot.clear();
  }
  function collect(tickText: TickText) {
    const { epic } = tickText.tick;
    if (!snapshot.has(epic)) {
      snapshot.set(epic, tickText);
      if (snapshot.size === epics.size) begin();
    } else if (early!.push(tickText) > limits.earlyTicks) {
      for (const each of early!) snapshot.set(each.tick.epic, each);
      early = [];
    }
  }
  function askFallback() {
    cancelWait = clock.after(limits.fallbackWaitMs, begin);
    fallback([...epics].filter((epic) => !snapshot.has(epic)))
      .then((ticks) => {
        for (const tick of ticks)
          if (early && epics.has(tick.epic) && !snapshot.has(tick.epic))
            snapshot.set(tick.epic, toTickText(tick));
      }, onFallbackFailed)
      .then(begin);
  }
  if (snapshot.size === epics.size) begin();
  else cancelWait = clock.after(limits.snapshotWaitMs, askFallback);

  return {
    epics,
    deliver: (tickText, text) => (early ? collect(tickText) : outlet.one(tickText, text)),
    close() {
      early = undefined;
      cancelWait();
      outlet.close();
    },
  };
}
