// One subscription to prices: its snapshot, then its changes in order. Where they go is its outlet's business.
import type { Clock } from '../lib/clock.ts';
import type { Tick } from '../../shared/market-data.ts';
import type { Outlet } from './conflate.ts';
import type { HubLimits } from './limits.ts';
import { toQuote, type Quote } from './wire-text.ts';

export interface Subscriber {
  readonly epics: ReadonlySet<string>;
  deliver(quote: Quote, text: string): void;
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
  known: readonly Quote[];
  outlet: Outlet;
  fallback: (epics: readonly string[]) => Promise<Tick[]>;
  onFallbackFailed: (error: unknown) => void;
  clock: Clock;
  limits: Pick<HubLimits, 'snapshotWaitMs' | 'fallbackWaitMs' | 'earlyTicks'>;
}): Subscriber {
  const snapshot = new Map(known.map((quote) => [quote.tick.epic, quote]));
  /** Changes of what the snapshot already holds; undefined once it has been sent. */
  let early: Quote[] | undefined = [];
  let cancelWait = () => {};

  function begin() {
    if (!early) return;
    cancelWait();
    outlet.many([...epics].flatMap((epic) => snapshot.get(epic) ?? []));
    if (early.length > 0) outlet.many(early);
    early = undefined;
    snapshot.clear();
  }
  function collect(quote: Quote) {
    const { epic } = quote.tick;
    if (!snapshot.has(epic)) {
      snapshot.set(epic, quote);
      if (snapshot.size === epics.size) begin();
    } else if (early!.push(quote) > limits.earlyTicks) {
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
            snapshot.set(tick.epic, toQuote(tick));
      }, onFallbackFailed)
      .then(begin);
  }
  if (snapshot.size === epics.size) begin();
  else cancelWait = clock.after(limits.snapshotWaitMs, askFallback);

  return {
    epics,
    deliver: (quote, text) => (early ? collect(quote) : outlet.one(quote, text)),
    close() {
      early = undefined;
      cancelWait();
      outlet.close();
    },
  };
}
