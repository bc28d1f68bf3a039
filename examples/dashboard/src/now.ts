// The page's clock: the server's time as this browser knows it, told a few times a second to whoever shows an age.
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { FTraderClient } from '../../../client/index.ts';

/** How often ages are redrawn. */
const everyMs = 200;

export interface PageClock {
  /** Milliseconds since 1970 by the server's clock; the same value until the next redraw. */
  now(): number;
  subscribe(listener: () => void): () => void;
  /** Asks the server for its time, so that a wrong clock here does not make prices look old or new. */
  synchronise(api: FTraderClient['api']): Promise<void>;
}

function createPageClock(): PageClock {
  const listeners = new Set<() => void>();
  let offsetMs = 0;
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tell = () => {
    now = Date.now() + offsetMs;
    for (const listener of listeners) listener();
  };
  return {
    now: () => now,
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
      const sentAt = Date.now();
      const server = await api.system.time.query();
      offsetMs = server.now.getTime() - (sentAt + Date.now()) / 2;
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
