// Every query of the notifications module. Their events are in modules/events.
import { and, asc, eq, getTableColumns, inArray, isNotNull, isNull, or, sql, type SQL } from 'drizzle-orm';
import { notifications } from '../../../drizzle/schema/index.ts';
import type { ListNotifications, Notification } from '../../../shared/notifications.ts';
import { deleteSome } from '../../db/delete-some.ts';
import { columnsOf, leave, run, statement } from '../../db/statement.ts';
import type { Db, Tx } from '../../db/transaction.ts';
import { keyset } from '../../lib/keyset.ts';

const newest = keyset(notifications, { at: 'at', id: 'id', order: 'newest first' });
/** A row, or what becomes one. */
export type StoredNotification = Required<Notification>;
/** What becomes of a notification that is there. */
export type Move = 'read' | 'unread' | 'archived' | 'unarchived';
export type NotificationStore = ReturnType<typeof createNotificationStore>;

/** What a notice is stored as; the rest comes later. */
const { dispatchedAt: _later, ...told } = getTableColumns(notifications);
const all = columnsOf(notifications, Object.keys(told) as (keyof typeof told)[]);
const insert = statement(
  'notifications_insert',
  `insert into notifications (${all.list}) values (${all.placeholders()})`,
);
/** How many of a user, `$1`, are unread in the inbox. */
export const countUnreadText =
  'select count(*) from notifications where user_id = $1 and read_at is null and archived_at is null';
const countUnread = statement('notifications_count_unread', countUnreadText, ([unread]) => Number(unread));

type Row = typeof notifications.$inferSelect;
export const shown = ({ userId: _owner, dispatchedAt: _dispatched, ...row }: Row): StoredNotification => row;

export function createNotificationStore(db: Db) {
  const ofUser = (userId: string) => eq(notifications.userId, userId);
  const { id, readAt, archivedAt } = notifications;
  /** A change of some notifications, and which it is a change for. */
  const moves = {
    read: { set: (at: Date) => ({ readAt: at }), from: isNull(readAt) },
    unread: { set: () => ({ readAt: null }), from: isNotNull(readAt) },
    archived: { set: (at: Date) => ({ archivedAt: at }), from: isNull(archivedAt) },
    unarchived: { set: () => ({ archivedAt: null }), from: isNotNull(archivedAt) },
  } satisfies Record<Move, { set(at: Date): Partial<StoredNotification>; from: SQL }>;
  return {
    /** Left to the transaction's COMMIT. */
    insert: (tx: Tx, userId: string, notification: StoredNotification): void =>
      void leave(tx, insert, all.values({ ...notification, userId })),
    /** Newest first. Throws request.invalid for a cursor that is none. */
    async list(
      userId: string,
      { unreadOnly, archived, ...page }: ListNotifications,
    ): Promise<{ notifications: StoredNotification[]; nextCursor: string | null }> {
      const { rows, nextCursor } = await newest(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(notifications)
          .where(
            and(
              ofUser(userId),
              archived ? isNotNull(archivedAt) : isNull(archivedAt),
              unreadOnly ? isNull(readAt) : undefined,
              after,
            ),
          )
          .orderBy(...orderBy)
          .limit(limit),
      );
      return { notifications: rows.map(shown), nextCursor };
    },
    /** Those of `ids` that are the user's, oldest first. */
    findAll: async (userId: string, ids: readonly string[]): Promise<StoredNotification[]> =>
      (
        await db
          .select()
          .from(notifications)
          .where(and(ofUser(userId), inArray(notifications.id, [...ids])))
          .orderBy(asc(notifications.at), asc(notifications.id))
      ).map(shown),
    /**
     * Some of those that were read or archived before and are dispatched; the ids of what was removed. What is unread in the inbox stays, so
     * that its number does.
     */
    deleteSomeDoneBefore: (before: Date): Promise<string[]> =>
      deleteSome(
        db,
        id,
        and(
          or(isNotNull(readAt), isNotNull(archivedAt)),
          sql`greatest(read_at, archived_at) < ${before.toISOString()}`,
          isNotNull(notifications.dispatchedAt),
        )!,
      ),
    countUnread: async (userId: string, on: Db | Tx = db): Promise<number> =>
      (await run(on, countUnread, [userId]))[0]!,
    /** How many of these there are. */
    count: (tx: Tx, userId: string, ids: readonly string[]): Promise<number> =>
      tx.$count(notifications, and(ofUser(userId), inArray(id, [...ids]))),
    /** Moves those of `ids`, or with null all, that are not there yet; returns which they were. */
    async move(
      tx: Tx,
      userId: string,
      ids: readonly string[] | null,
      move: Move,
      at: Date,
    ): Promise<string[]> {
      const { set, from } = moves[move];
      const moved = await tx
        .update(notifications)
        .set(set(at))
        .where(and(ofUser(userId), from, ids === null ? undefined : inArray(id, [...ids])))
        .returning({ id });
      return moved.map((each) => each.id).sort();
    },
  };
}
