// Ending what lets somebody in, together with the change that ends it. What the change is, is its caller's.
import type { Tx } from '../../db/transaction.ts';
import type { ApiKeysStore } from './api-keys-store.ts';
import type { SessionEnds } from './session-ends.ts';
import type { AuthStore } from './store.ts';

/** How many logins and API keys ended. */
export interface Ended {
  sessions: number;
  apiKeys: number;
}
/** Which keys end with the logins: all, and signals with them, those that may do what an administrator may, or none. */
export type KeysToo = 'all' | 'admin' | 'none';
export type SignOut = ReturnType<typeof createSignOut>;

export function createSignOut({
  store,
  keys,
  ends,
}: {
  store: Pick<AuthStore, 'transaction' | 'deleteSessionsOf'>;
  keys: Pick<ApiKeysStore, 'deleteOf' | 'deleteSignalsOf'>;
  ends: Pick<SessionEnds, 'announce'>;
}) {
  /** What a transaction ended, to be told once it is committed. */
  type Gone = { sessions: { id: string }[]; apiKeys: { id: string }[] };

  /** Ends them for ever: none comes back when somebody is let in again. After a change that holds the user. */
  async function end(tx: Tx, userId: string, keysToo: KeysToo): Promise<Gone> {
    if (keysToo === 'all') await keys.deleteSignalsOf(tx, userId);
    return {
      sessions: await store.deleteSessionsOf(tx, userId),
      apiKeys:
        keysToo === 'none'
          ? []
          : await keys.deleteOf(tx, userId, keysToo === 'admin' ? { scope: 'admin' } : {}),
    };
  }
  /** To every process, which drops what it remembers and closes what is open on them. */
  function tell({ sessions, apiKeys }: Gone): Ended {
    for (const { id } of [...sessions, ...apiKeys]) ends.announce(id);
    return { sessions: sessions.length, apiKeys: apiKeys.length };
  }

  return {
    end,
    tell,
    /**
     * Makes `change`, whose lock comes first: a login that is under way is waited for, and ended too. Where it gives false nothing ends.
     */
    async changeAndEnd(
      userId: string,
      keysToo: KeysToo,
      change: (tx: Tx) => Promise<boolean>,
    ): Promise<Ended> {
      const gone = await store.transaction(async (tx) =>
        (await change(tx)) ? end(tx, userId, keysToo) : { sessions: [], apiKeys: [] },
      );
      return tell(gone);
    },
  };
}
