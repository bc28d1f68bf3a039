// The news that a session has ended: told to listeners here at once, and over the bus to those in other processes.
import { putNewest, useNewest } from '../../lib/bounded.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Bus } from '../../messaging/index.ts';

export interface SessionEnds {
  /** Tells everyone. Call it after the session's row is gone for good (committed). */
  announce(sessionId: string): void;
  /** Calls `listener` for each session, once. Returns how to stop listening. */
  listen(listener: (sessionId: string) => void): () => void;
  /** Resolves when news from other processes arrives. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

const kind = 'session';
/** Ends remembered: our own news comes back over the bus, and two callers may end one session. */
const maxRecentEnds = 1_000;

export function createSessionEnds({ bus, logger }: { bus: Bus; logger: Logger }): SessionEnds {
  const listeners = new Set<(sessionId: string) => void>();
  const told = new Map<string, object>();
  const tell = (sessionId: string) => {
    if (useNewest(told, sessionId)) return;
    putNewest(told, sessionId, {}, maxRecentEnds);
    for (const listener of listeners) {
      try {
        listener(sessionId);
      } catch (err) {
        logger.error({ err }, 'a listener failed on the end of a session');
      }
    }
  };
  const subscribed = bus.subscribe('wakeups', (message) => {
    if (message.kind === kind) tell(message.id);
  });
  const ready = subscribed.then((subscription) => subscription.setKeys([kind]));
  ready.catch((err: unknown) =>
    logger.error({ err }, 'the end of sessions in other processes does not reach this one'),
  );
  return {
    announce(sessionId) {
      tell(sessionId);
      bus.publish('wakeups', kind, { kind, id: sessionId });
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ready: () => ready,
    async close() {
      listeners.clear();
      await subscribed.then(
        (subscription) => subscription.close(),
        () => undefined,
      ); // a failure was logged above
    },
  };
}
