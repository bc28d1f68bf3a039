// What fails behind a user's back reaches them, and what is nobody's the administrators, as notifications.
import { and, eq, gte, isNull, sql, type SQL } from 'drizzle-orm';
import { brokerAccounts, notifications, users } from '../../drizzle/schema/index.ts';
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
        if (
          !(await wasTold(
            tx,
            { userId, kind: 'job.failed', at },
            sql`${notifications.title} like ${`%: ${job}`}`,
          ))
        )
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

/** What the broker told of an account and could not be taken in: told to its owner, and to the administrators, who find it in the log. */
export function createDeadLetterNews(
  { database: { db }, clock }: Pick<Ground, 'database' | 'clock'>,
  { notifications: { notify }, events }: Pick<Writers, 'notifications' | 'events'>,
) {
  return async ({ message, error }: { message: object | undefined; error: unknown }): Promise<void> => {
    const at = clock.now();
    const told = await inTransaction(db, async (tx) => {
      const account =
        message && 'accountId' in message ? await ownerOf(tx, String(message.accountId)) : undefined;
      const whom = new Set([...(account ? [account.userId] : []), ...(await administrators(tx))]);
      const told: string[] = [];
      for (const userId of [...whom].sort()) {
        const isTheirs = userId === account?.userId;
        const place = isTheirs ? eq(notifications.accountId, account.id) : isNull(notifications.accountId);
        if (await wasTold(tx, { userId, kind: 'account.event_failed', at }, place)) continue;
        await notify(tx, {
          kind: 'account.event_failed',
          data: { error: error instanceof Error ? error.message : String(error) },
          userId,
          at,
          accountId: isTheirs ? account.id : null,
          environment: isTheirs ? account.environment : null,
        });
        told.push(userId);
      }
      return told;
    });
    for (const userId of told) events.wake(userId, 'notifications');
  };
}

async function ownerOf(tx: Tx, accountId: string) {
  const { id, userId, environment } = brokerAccounts;
  return (await tx.select({ id, userId, environment }).from(brokerAccounts).where(eq(id, accountId)))[0];
}

/** Whether it was told within `quietForMs`. */
async function wasTold(
  tx: Tx,
  { userId, kind, at }: { userId: string; kind: string; at: Date },
  about: SQL,
): Promise<boolean> {
  const { userId: owner, kind: itsKind, at: toldAt } = notifications;
  const since = new Date(at.getTime() - quietForMs);
  const [told] = await tx
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(eq(owner, userId), gte(toldAt, since), eq(itsKind, kind), about))
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
