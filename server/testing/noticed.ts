// What users were told in the app, for tests: the kinds of their notifications, in the order in which they were told.
import { and, asc, eq, sql } from 'drizzle-orm';
import { userEvents } from '../../drizzle/schema/index.ts';
import type { Db } from '../db/transaction.ts';

export async function noticed({ db }: { db: Db }, userId: string): Promise<string[]> {
  const { type, data, offset, stream } = userEvents;
  const rows = await db
    .select({ kind: sql<string>`${data}->'notification'->>'kind'` })
    .from(userEvents)
    .where(and(eq(userEvents.userId, userId), eq(stream, 'notifications'), eq(type, 'notification.created')))
    .orderBy(asc(offset));
  return rows.map(({ kind }) => kind);
}
