// What fails behind a user's back reaches them, and what is nobody's the administrators, as notifications of the transaction that settles it.
import { and, eq, gte, isNull, sql } from 'drizzle-orm';
import { notifications, users } from '../../drizzle/schema/index.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import type { Ground } from './ground.ts';
import type { Writers } from './money.ts';

/** What fails again and again, as a schedule of every minute may, is told once in so long. */
const quietForMs = 3_600_000;

/** Before the jobs are started. */
export function tellFailedJobs(
  { database: { db }, clock }: Pick<Ground, 'database' | 'clock'>,
  { jobs, notifications: { notify }, events }: Pick<Writers, 'jobs' | 'notifications' | 'events'>,
): void {
  jobs.whenFailed(async ({ name: job, error, tries, ownerId, settle }) => {
    const told = await inTransaction(db, async (tx) => {
      const whom = ownerId === undefined ? await administrators(tx) : [ownerId];
      await settle(tx);
      const at = clock.now();
      for (const userId of whom)
        if (!(await wasTold(tx, userId, job, new Date(at.getTime() - quietForMs))))
          await notify(tx, {
            kind: 'job.failed',
            data: { job, error, tries },
            userId,
            at,
            accountId: null,
          });
      return whom;
    });
    for (const userId of told) events.wake(userId, 'notifications');
  });
}

async function wasTold(tx: Tx, userId: string, job: string, since: Date): Promise<boolean> {
  const { userId: owner, kind, title, at } = notifications;
  const [told] = await tx
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(eq(owner, userId), gte(at, since), eq(kind, 'job.failed'), sql`${title} like ${`%: ${job}`}`))
    .limit(1);
  return told !== undefined;
}

/** In the order in which their events are locked. */
async function administrators(tx: Tx): Promise<string[]> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.isAdmin, true), isNull(users.disabledAt), isNull(users.deletedAt)))
    .orderBy(users.id);
  return rows.map(({ id }) => id);
}
