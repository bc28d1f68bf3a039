// Trade messages on their way: kept until they are due, then handed to whoever listens to the account. Decides no content.
import { putNewest } from '../../lib/bounded.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Timers } from '../timers.ts';

/** Messages that may wait; a stream promises nothing, so beyond it they are dropped, as messages without a subscriber are. */
const maxWaiting = 100_000;
/** Messages of an account that a new subscription may get again (a consumer has seen it; IG promises none), and for how long. */
export const repeated = { count: 20, forMs: 60_000 };
/** Accounts whose messages are kept; the one that was silent longest goes first. */
const maxAccounts = 10_000;

export interface TradeMessage {
  field: 'CONFIRMS' | 'OPU' | 'WOU';
  /** JSON. */ text: string;
}
export interface Outbox {
  /** Sends at `dueMs` (on the monotonic clock) or as soon as possible after it; messages due at the same time leave in the order of the calls. */
  send(accountId: string, dueMs: number, message: TradeMessage): void;
  /** What was sent a short while ago, with or without a subscriber, oldest first. */
  recent(accountId: string): TradeMessage[];
  listen(accountId: string, listener: (message: TradeMessage) => void): () => void;
}

export function createOutbox({
  clock,
  timers,
  logger,
}: {
  clock: Clock;
  timers: Timers;
  logger: Logger;
}): Outbox {
  const waiting: { accountId: string; dueMs: number; message: TradeMessage }[] = [];
  const listeners = new Map<string, Set<(message: TradeMessage) => void>>();
  const sent = new Map<string, { atMs: number; message: TradeMessage }[]>();
  let cancel: (() => void) | undefined;
  function keep(accountId: string, message: TradeMessage) {
    putNewest(
      sent,
      accountId,
      [...(sent.get(accountId) ?? []), { atMs: clock.monotonicMs(), message }].slice(-repeated.count),
      maxAccounts,
    );
  }
  function pump() {
    cancel?.();
    cancel = undefined;
    const now = clock.monotonicMs();
    while (waiting[0] && waiting[0].dueMs <= now) {
      const { accountId, message } = waiting.shift()!;
      keep(accountId, message);
      for (const listener of listeners.get(accountId) ?? []) listener(message);
    }
    if (waiting[0]) cancel = timers.after(Math.ceil(waiting[0].dueMs - now), pump);
  }
  return {
    send(accountId, dueMs, message) {
      if (waiting.length >= maxWaiting)
        return void logger.warn({ accountId }, 'a trade message was dropped: too many wait');
      let i = waiting.length;
      while (i > 0 && waiting[i - 1]!.dueMs > dueMs) i--;
      waiting.splice(i, 0, { accountId, dueMs, message });
      if (i === 0) pump();
    },
    recent: (accountId) =>
      (sent.get(accountId) ?? [])
        .filter(({ atMs }) => clock.monotonicMs() - atMs < repeated.forMs)
        .map(({ message }) => message),
    listen(accountId, listener) {
      const known = listeners.get(accountId) ?? new Set();
      listeners.set(accountId, known.add(listener));
      return () => {
        known.delete(listener);
        if (known.size === 0 && listeners.get(accountId) === known) listeners.delete(accountId);
      };
    },
  };
}
