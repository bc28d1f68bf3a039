// Every query of the audit module.
import { eq } from 'drizzle-orm';
import { auditLog } from '../../../drizzle/schema/index.ts';
import type { Db } from '../../db/transaction.ts';

export function createAuditStore(db: Db) {
  return {
    insert: (row: typeof auditLog.$inferInsert) => db.insert(auditLog).values(row),
    close: (id: string, outcome: string, finishedAt: Date) => db.update(auditLog).set({ outcome, finishedAt }).where(eq(auditLog.id, id)),
  };
}
