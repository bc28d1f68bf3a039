// Who did what, as an administrator reads it.
import type { AuditList, ListAudit } from '../../../shared/admin-audit.ts';
import type { AuditLog } from './ports.ts';

export type AuditPages = ReturnType<typeof createAuditPages>;

export const createAuditPages = (log: AuditLog) => ({
  /** Newest first. Throws request.invalid for a cursor of another list. */
  async list(asked: ListAudit): Promise<AuditList> {
    const { rows, nextCursor } = await log.list(asked);
    return { entries: rows, nextCursor };
  },
});
