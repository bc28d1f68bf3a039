// Accounts that somebody watches: their figures again whenever they change, on prices at most once a second. Computes nothing itself.
import type { Clock } from '../../lib/clock.ts';
import type { Timers } from '../timers.ts';

/** Shortest time between two updates that only prices caused. */
const priceUpdateMs = 1_000;

export interface AccountFeed {
  watch(accountId: string, listener: () => void): () => void;
  /** Cash or positions changed: told at once. */
  changed(accountId: string): void;
  /** A price that counts for the account moved. */
  moved(accountId: string): void;
}

export function createAccountFeed({ clock, timers }: { clock: Clock; timers: Timers }): AccountFeed {
  const watched = new Map<
    string,
    { listeners: Set<() => void>; toldMs: number; cancel: (() => void) | undefined }
  >();
  function tell(accountId: string) {
    const account = watched.get(accountId);
    if (!account) return;
    account.cancel?.();
    account.cancel = undefined;
    account.toldMs = clock.monotonicMs();
    for (const listener of account.listeners) listener();
  }
  return {
    watch(accountId, listener) {
      const account = watched.get(accountId) ?? {
        listeners: new Set(),
        toldMs: clock.monotonicMs(),
        cancel: undefined,
      };
      watched.set(accountId, account);
      account.listeners.add(listener);
      return () => {
        account.listeners.delete(listener);
        if (account.listeners.size > 0) return;
        account.cancel?.();
        if (watched.get(accountId) === account) watched.delete(accountId);
      };
    },
    changed: tell,
    moved(accountId) {
      const account = watched.get(accountId);
      if (account)
        account.cancel ??= timers.after(
          Math.max(0, account.toldMs + priceUpdateMs - clock.monotonicMs()),
          () => tell(accountId),
        );
    },
  };
}
