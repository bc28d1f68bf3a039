// Which accounts were connected, changed or disconnected, by whatever process: woken to look at their rows, and looking now and then by itself.
import { again } from '../../lib/again.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createTrouble } from '../../lib/trouble.ts';
import { createPace } from '../../lib/pace.ts';
import type { Bus, KeyedSubscription } from '../../messaging/index.ts';
import type { Database } from '../../db/client.ts';
import { accountsWakeup, type AccountNews } from './ports.ts';
import { createAccountStore } from './store.ts';

export const accountChangeLimits = {
  /** Makes up for a wake-up that got lost. */
  lookEveryMs: 30_000,
  /** After the database could not be asked, growing while it cannot. */
  retryMs: 500,
  retryMaxMs: 5_000,
  /** Accounts asked for by name at once; beyond, all are looked at. */
  maxNamed: 1_000,
};

export interface AccountChanges extends AccountNews {
  /** Begins to follow, with news of every account. Resolves without waiting for the database. */
  start(): Promise<void>;
  /** Whether changes are told within moments: only then is it right to keep what was read. */
  readonly following: boolean;
  /** Tells the listeners of this process at once, as for a change that it has made itself. */
  tell(accountId: string): void;
  close(): Promise<void>;
}

export function createAccountChanges({
  database,
  bus,
  clock,
  logger,
  limits = accountChangeLimits,
}: {
  database: Database;
  bus: Bus;
  clock: Clock;
  logger: Logger;
  limits?: typeof accountChangeLimits;
}): AccountChanges {
  const store = createAccountStore(database.db);
  const listeners = new Set<(accountId: string) => void>();
  const closing = new AbortController();
  const pace = createPace(clock, { firstMs: limits.retryMs, maxMs: limits.retryMaxMs });
  const stops: (() => unknown)[] = [];
  /** The revision of each row as it was last told of. */
  const known = new Map<string, string>();
  let wanted = new Set<string>();
  let wantsAll = false;
  const reading = createTrouble(
    logger,
    'changes of accounts could not be read',
    'changes of accounts can be read again',
  );

  function tell(accountId: string) {
    for (const listener of listeners) {
      try {
        listener(accountId);
      } catch (err) {
        logger.error({ err, account: accountId }, 'a listener failed on a change of an account');
      }
    }
  }
  async function lookOnce(ids: ReadonlySet<string> | null) {
    const found = await store.revisions(ids && [...ids]);
    for (const id of ids ?? new Set([...known.keys(), ...found.keys()])) {
      const revision = found.get(id);
      if (revision === known.get(id)) continue;
      if (revision === undefined) known.delete(id);
      else known.set(id, revision);
      tell(id);
    }
  }
  const lookAtWanted = again(async () => {
    if (closing.signal.aborted) return;
    const ids = wantsAll ? null : wanted;
    wantsAll = false;
    wanted = new Set();
    try {
      await lookOnce(ids);
      reading.worked();
      pace.worked();
    } catch (err) {
      reading.failed(err);
      // What is looked at then is everything: who was named is not kept.
      await pause(clock, pace.failed(), closing.signal);
      look();
    }
  });
  function look(accountId?: string) {
    if (accountId === undefined || wanted.size >= limits.maxNamed) wantsAll = true;
    else wanted.add(accountId);
    lookAtWanted();
  }

  let wakeups: KeyedSubscription | undefined;
  return {
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get following() {
      return wakeups !== undefined && !closing.signal.aborted;
    },
    tell,
    async start() {
      const subscription = await bus.subscribe('wakeups', ({ id }) => look(id));
      await subscription.setKeys([accountsWakeup]);
      wakeups = subscription;
      stops.push(
        clock.every(limits.lookEveryMs, () => look()),
        bus.onConnectionChange((connected) => connected && look()),
        () => subscription.close(),
      );
      look();
    },
    async close() {
      closing.abort();
      await Promise.all([lookAtWanted.idle(), ...stops.splice(0).map((stop) => stop())]);
    },
  };
}
