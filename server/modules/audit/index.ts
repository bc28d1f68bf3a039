// The door of the audit module: a row before each mutation, closed with its outcome. What a mutation is, is decided in trpc/init.
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { AuditWho } from '../../trpc/context.ts';
import { createAuditStore } from './store.ts';

export interface AuditEntry {
  /** The procedure, such as `auth.login`. */
  action: string;
  userId: string | null;
  sessionId: string | null;
  requestId: string;
  ip: string | null;
}

export function createAuditModule({
  database,
  ids,
  clock,
  logger,
}: {
  database: Database;
  ids: Ids;
  clock: Clock;
  logger: Logger;
}) {
  const store = createAuditStore(database.db);
  return {
    /**
     * Writes the row (`started`) and gives back how to close it with `ok` or an error code. Rejects when the row cannot be
     * written: then the mutation must not run. Closing never rejects: the mutation has happened, and an answer that said
     * otherwise would be repeated; the row stays `started`, as after a crash, and the log says why.
     */
    async begin({
      action,
      userId,
      sessionId,
      requestId,
      ip,
    }: AuditEntry): Promise<(outcome: string, who?: AuditWho) => Promise<void>> {
      const id = ids.next('audit');
      await store.insert({
        id,
        at: clock.now(),
        action,
        userId,
        sessionId,
        requestId,
        ip,
        outcome: 'started',
      });
      return async (outcome, who) => {
        await store
          .close(id, { outcome, finishedAt: clock.now(), ...who })
          .catch((err: unknown) =>
            logger.error({ err, auditId: id, action, outcome }, 'an audit row could not be closed'),
          );
      };
    },
  };
}
