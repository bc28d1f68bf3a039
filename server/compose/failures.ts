// What fails behind a user's back reaches them, and what is nobody's the administrators, as notifications of the transaction that settles it.
import { and, eq, isNull } from 'drizzle-orm';
import { users } from '../../drizzle/schema/index.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import type { Ground } from './ground.ts';
import type { Writers } from './money.ts';

/** Before the jobs are started. */
export function tellFailedJobs(
  { database: { db }, clock }: Pick<Ground, 'database' | 'clock'>,
  { jobs, notifications: { notify }, events }: Pick<Writers, 'jobs' | 'notifications' | 'events'>,
): void {
  jobs.whenFailed(async ({ name: job, error, tries, ownerId, settle }) => {
    const told = await inTransaction(db, async (tx) => {
      const whom = ownerId === undefined ? await administrators(tx) : [ownerId];
      await settle(tx);
      for (const userId of whom)
        await notify(tx, {
          kind: 'job.failed',
          data: { job, error, tries },
          userId,
          at: clock.now(),
          accountId: null,
        });
      return whom;
    });
    for (const userId of told) events.wake(userId, 'notifications');
  });
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
