// The page's clock: the server's time, told a few times a second to whoever shows an age. This device's clock is not asked: it may be
// wrong, and be set right while the page is open.
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { FTraderClient } from '../../../client/index.ts';

/** How often ages are redrawn. */
const everyMs = 200;

export interface PageClock {
  /** Milliseconds since 1970 by the server's clock; the same value until the next redraw. Until the server was asked, a guess. */
  now(): number;
  /** Whether `now` is the server's. */
  known(): boolean;
  /** Milliseconds that only ever rise, from no particular instant: how long something has lasted on this page. */
  steady(): number;
  subscribe(listener: () => void): () => void;
  /** Asks the server for its time. */
  synchronise(api: FTraderClient['api']): Promise<void>;
}

export function createPageClock(steady: () => number = () => performance.now()): PageClock {
  const listeners = new Set<() => void>();
  let offsetMs: number | undefined;
  const read = () => (offsetMs === undefined ? Date.now() : steady() + offsetMs);
  let now = read();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tell = () => {
    now = read();
    for (const listener of listeners) listener();
  };
  return {
    now: () => now,
    known: () => offsetMs !== undefined,
    steady,
    subscribe(listener) {
      listeners.add(listener);
      timer ??= setInterval(tell, everyMs);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    async synchronise(api) {
      const sentAt = steady();
      const server = await api.system.time.query();
      const halfTripMs = (steady() - sentAt) / 2;
      const measured = server.now.getTime() - (sentAt + halfTripMs);
      // The answer was written some time during its trip: what it allows stays as it is, so that ages do not jump.
      if (offsetMs !== undefined && Math.abs(measured - offsetMs) <= halfTripMs) return;
      offsetMs = measured;
      tell();
    },
  };
}

export const ClockContext = createContext<PageClock>(createPageClock());

/** The time now, redrawing the caller five times a second. */
export function useNow(): number {
  const clock = useContext(ClockContext);
  return useSyncExternalStore(clock.subscribe, clock.now);
}

/** How long ago `at` was by the server's clock; null while its time is not known. */
export function useAge(at: Date): number | null {
  const now = useNow();
  return useContext(ClockContext).known() ? now - at.getTime() : null;
}
