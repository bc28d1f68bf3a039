// Where a user is signed in, as the user sees and ends it.
import type { SessionList } from '../../../shared/auth.ts';
import { AppError } from '../../lib/app-error.ts';
import { networkOf } from '../../lib/network-of.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SessionEnds } from './session-ends.ts';
import type { AuthStore } from './store.ts';

export type Devices = ReturnType<typeof createDevices>;

export function createDevices({ store, ends, clock }: { store: AuthStore; ends: SessionEnds; clock: Clock }) {
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
  };
}
