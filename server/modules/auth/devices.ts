// Where a user is signed in, as the user sees and ends it.
import type { SessionList } from '../../../shared/auth.ts';
import type { LoggedOut } from '../../../shared/two-factor.ts';
import { AppError } from '../../lib/app-error.ts';
import { networkOf } from '../../lib/network-of.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Context } from '../../trpc/context.ts';
import type { ApiKeysStore } from './api-keys-store.ts';
import type { SessionEnds } from './session-ends.ts';
import type { AuthStore } from './store.ts';

export type Devices = ReturnType<typeof createDevices>;

export function createDevices({
  store,
  keys,
  ends,
  clock,
}: {
  store: AuthStore;
  keys: Pick<ApiKeysStore, 'deleteOf'>;
  ends: SessionEnds;
  clock: Clock;
}) {
  return {
    async listSessions({ userId, sessionId }: { userId: string; sessionId: string }): Promise<SessionList> {
      const rows = await store.listSessions(userId, clock.now());
      return {
        sessions: rows.map(({ id, createdAt, lastSeenAt, userAgent, ip }) => ({
          id,
          current: id === sessionId,
          createdAt,
          lastSeenAt: lastSeenAt ?? createdAt,
          userAgent,
          network: ip === null ? null : networkOf(ip),
        })),
      };
    },
    /** Its tokens, its cookie and, within a second, what it holds open end in every process. Throws auth.session_not_found. */
    async revokeSession(userId: string, id: string): Promise<void> {
      const ended = await store.deleteSessionOf(userId, id);
      if (ended.length === 0) throw new AppError('auth.session_not_found');
      ends.announce(id);
    },
    /** The login that asks is among them. What of it is open ends in every process, within a second. */
    async logoutEverywhere(
      userId: string,
      { apiKeys }: { apiKeys: boolean },
      caller: Pick<Context, 'cookie'>,
    ): Promise<LoggedOut> {
      const ended = await store.transaction(async (tx) => {
        await store.lockUser(tx, userId); // a log-in that is under way is waited for, and ended too
        return {
          sessions: await store.deleteSessionsOf(tx, userId),
          keys: apiKeys ? await keys.deleteOf(tx, userId) : [],
        };
      });
      for (const { id } of [...ended.sessions, ...ended.keys]) ends.announce(id);
      caller.cookie?.clear();
      return { sessions: ended.sessions.length, apiKeys: ended.keys.length };
    },
  };
}
