// Notifications as the outbox of deliveries, and the deliveries that more may be gathered in.
import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import { deliveries, notifications } from '../../../../drizzle/schema/index.ts';
import type { ChannelName } from '../../../../shared/notification-preferences.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { shown, type StoredNotification } from '../store.ts';
import type { KindSoFar } from './digest.ts';

/** The first number of the locks by which one dispatches a user's notifications at a time. */
const dispatchLock = 7_368_503;

export function createDispatchStore(db: Db) {
  return {
    /** Users behind `after` with notifications that nobody has looked at, in order. */
    async undispatchedUsers(after: string, limit: number): Promise<string[]> {
      const rows = await db
        .selectDistinct({ userId: notifications.userId })
        .from(notifications)
        .where(and(isNull(notifications.dispatchedAt), gt(notifications.userId, after)))
        .orderBy(asc(notifications.userId))
        .limit(limit);
      return rows.map(({ userId }) => userId);
    },
    /** False when somebody else dispatches this user's. */
    async lockDispatch(tx: Tx, userId: string): Promise<boolean> {
      const { rows } = await tx.execute<{ ours: boolean }>(
        sql`select pg_try_advisory_xact_lock(${dispatchLock}, hashtext(${userId})) as ours`,
      );
      return rows[0]!.ours;
    },
    /** The oldest of a user, held. */
    undispatched: async (tx: Tx, userId: string, limit: number): Promise<StoredNotification[]> =>
      (
        await tx
          .select()
          .from(notifications)
          .where(and(eq(notifications.userId, userId), isNull(notifications.dispatchedAt)))
          .orderBy(asc(notifications.at), asc(notifications.id))
          .limit(limit)
          .for('update')
      ).map(shown),
    markDispatched: (tx: Tx, ids: readonly string[], dispatchedAt: Date) =>
      tx
        .update(notifications)
        .set({ dispatchedAt })
        .where(inArray(notifications.id, [...ids])),

    /** What waits of a kind and is not under way, and when its last message was sent, if that was after `since`. */
    async kindSoFar(
      tx: Tx,
      {
        userId,
        channel,
        kind,
        now,
        since,
      }: { userId: string; channel: ChannelName; kind: string; now: Date; since: Date },
    ): Promise<KindSoFar> {
      const ofKind = and(
        eq(deliveries.userId, userId),
        eq(deliveries.channel, channel),
        eq(deliveries.kind, kind),
      );
      const [gathering] = await tx
        .select()
        .from(deliveries)
        .where(
          and(
            ofKind,
            eq(deliveries.state, 'waiting'),
            isNull(deliveries.claim),
            eq(deliveries.attempts, 0),
            gt(deliveries.dueAt, now),
          ),
        )
        .orderBy(asc(deliveries.dueAt), asc(deliveries.id))
        .limit(1)
        .for('update');
      const sentAt = sql`coalesce(${deliveries.triedSince}, ${deliveries.dueAt})`;
      const [last] = await tx
        .select({ at: sql<Date | null>`max(${sentAt})`.mapWith(deliveries.dueAt) })
        .from(deliveries)
        // Made a day before it was sent at most: only these rows are looked at.
        .where(
          and(
            ofKind,
            gt(deliveries.createdAt, new Date(since.getTime() - 86_400_000)),
            sql`${sentAt} > ${sql.param(since, deliveries.dueAt)}`,
          ),
        );
      return { gathering, lastAt: last?.at ?? undefined };
    },
    join: (tx: Tx, id: string, notificationIds: readonly string[]) =>
      tx
        .update(deliveries)
        .set({
          notificationIds: sql`${deliveries.notificationIds} || ${sql.param([...notificationIds], deliveries.notificationIds)}`,
        })
        .where(eq(deliveries.id, id)),
  };
}
