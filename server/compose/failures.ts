// What fails behind a user's back reaches them, and what is nobody's the administrators, as notifications.
import { and, eq, gte, isNull, sql, type SQL } from 'drizzle-orm';
import { brokerAccounts, notifications, users } from '../../drizzle/schema/index.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { AppError } from '../lib/app-error.ts';
import type { Ground } from './ground.ts';
import type { Writers } from './money.ts';

/** What fails again and again, as a schedule of every minute may, is told once in so long. */
const quietForMs = 3_600_000;
/** In place of errors that are none of their user's business: they name statements, files and hosts. */
const faultOfOurs = 'a fault of this server, which its log tells';

/** Before the jobs are started. */
export function tellFailedJobs(
  { database: { db }, clock }: Pick<Ground, 'database' | 'clock'>,
  { jobs, notifications: { notify }, events }: Pick<Writers, 'jobs' | 'notifications' | 'events'>,
): void {
  jobs.whenFailed(async ({ name: job, error, said, tries, owner, settle }) => {
    const told = await inTransaction(db, async (tx) => {
      const whom = owner ? [owner.userId] : await administrators(tx);
      await settle(tx);
      const at = clock.now();
      const account = owner?.account;
      const about = and(
        sql`${notifications.title} like ${`%: ${job}`}`,
        account ? eq(notifications.accountId, account.id) : undefined,
      )!;
      for (const userId of whom)
        if (!(await wasTold(tx, { userId, kind: 'job.failed', at }, about)))
          await notify(tx, {
            kind: 'job.failed',
            data: { job, error: owner ? (said ?? faultOfOurs) : error, tries },
            userId,
            at,
            accountId: account?.id ?? null,
            environment: account?.environment ?? null,
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
          data: { error: isTheirs ? saidOf(error) : firstLineOf(error) },
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

const saidOf = (error: unknown) => (error instanceof AppError ? error.message : faultOfOurs);
const firstLineOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300);

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
