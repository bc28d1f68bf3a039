// Every query of the audit module.
import { eq } from 'drizzle-orm';
import { auditLog } from '../../../drizzle/schema/index.ts';
import type { Db } from '../../db/transaction.ts';
import type { AuditWho } from '../../trpc/context.ts';

export function createAuditStore(db: Db) {
  return {
    insert: (row: typeof auditLog.$inferInsert) => db.insert(auditLog).values(row),
    close: (id: string, end: { outcome: string; finishedAt: Date } & AuditWho) =>
      db.update(auditLog).set(end).where(eq(auditLog.id, id)),
  };
}
