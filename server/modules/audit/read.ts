// The audit log as administrators read it, newest first. Writing it is in index.ts.
import { and, eq, gte, lt, sql } from 'drizzle-orm';
import { auditLog } from '../../../drizzle/schema/index.ts';
import type { AuditEntry, ListAudit } from '../../../shared/admin-audit.ts';
import type { Page } from '../../../shared/primitives.ts';
import type { Database } from '../../db/client.ts';
import type { Db } from '../../db/transaction.ts';
import { keyset, type Window } from '../../lib/keyset.ts';

/** Walks the index on `at`, or the one on the user and `at`; what else is asked for is looked for on the way. */
export const newestAudit = keyset(auditLog, { at: 'at', id: 'id', order: 'newest first' });
/** What ends in a dot is the beginning of many. */
const actionIs = (action: string) =>
  action.endsWith('.') ? sql`starts_with(${auditLog.action}, ${action})` : eq(auditLog.action, action);

/** The query of one page. */
export const auditPage = (
  db: Db,
  { userId, action, outcome, requestId, from, to }: Omit<ListAudit, keyof Page>,
  { after, orderBy, limit }: Window,
) =>
  db
    .select()
    .from(auditLog)
    .where(
      and(
        userId === undefined ? undefined : eq(auditLog.userId, userId),
        action === undefined ? undefined : actionIs(action),
        outcome === undefined ? undefined : eq(auditLog.outcome, outcome),
        requestId === undefined ? undefined : eq(auditLog.requestId, requestId),
        from && gte(auditLog.at, from),
        to && lt(auditLog.at, to),
        after,
      ),
    )
    .orderBy(...orderBy)
    .limit(limit);

export const createAuditReads = ({ db }: Pick<Database, 'db'>) => ({
  /** Throws request.invalid for a cursor of another list. */
  list: ({ cursor, limit, ...filter }: ListAudit) =>
    newestAudit<AuditEntry>({ cursor, limit }, (window) => auditPage(db, filter, window)),
});
