// Every query of the notifications module. Their events are in modules/events.
import { and, asc, eq, getTableColumns, inArray, isNull } from 'drizzle-orm';
import { notifications } from '../../../drizzle/schema/index.ts';
import type { Notification } from '../../../shared/notifications.ts';
import type { Page } from '../../../shared/primitives.ts';
import { columnsOf, leave, run, statement } from '../../db/statement.ts';
import type { Db, Tx } from '../../db/transaction.ts';
import { keyset } from '../../lib/keyset.ts';

const newest = keyset(notifications, { at: 'at', id: 'id', order: 'newest first' });
/** A row, or what becomes one. */
export type StoredNotification = Required<Notification>;
export type NotificationStore = ReturnType<typeof createNotificationStore>;

/** What a notice is stored as; the rest comes later. */
const { dispatchedAt: _later, ...told } = getTableColumns(notifications);
const all = columnsOf(notifications, Object.keys(told) as (keyof typeof told)[]);
const insert = statement(
  'notifications_insert',
  `insert into notifications (${all.list}) values (${all.placeholders()})`,
);
/** How many of a user, `$1`, are unread. */
export const countUnreadText = 'select count(*) from notifications where user_id = $1 and read_at is null';
const countUnread = statement('notifications_count_unread', countUnreadText, ([unread]) => Number(unread));

type Row = typeof notifications.$inferSelect;
export const shown = ({ userId: _owner, dispatchedAt: _dispatched, ...row }: Row): StoredNotification => row;

export function createNotificationStore(db: Db) {
  const ofUser = (userId: string) => eq(notifications.userId, userId);
  const unreadOf = (userId: string) => and(ofUser(userId), isNull(notifications.readAt));
  return {
    /** Left to the transaction's COMMIT. */
    insert: (tx: Tx, userId: string, notification: StoredNotification): void =>
      void leave(tx, insert, all.values({ ...notification, userId })),
    /** Newest first. Throws request.invalid for a cursor that is none. */
    async list(
      userId: string,
      { unreadOnly, ...page }: Page & { unreadOnly: boolean },
    ): Promise<{ notifications: StoredNotification[]; nextCursor: string | null }> {
      const { rows, nextCursor } = await newest(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(notifications)
          .where(and(unreadOnly ? unreadOf(userId) : ofUser(userId), after))
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
    countUnread: async (userId: string, on: Db | Tx = db): Promise<number> =>
      (await run(on, countUnread, [userId]))[0]!,
    async exists(tx: Tx, userId: string, id: string): Promise<boolean> {
      return (
        (
          await tx
            .select({ id: notifications.id })
            .from(notifications)
            .where(and(ofUser(userId), eq(notifications.id, id)))
        ).length > 0
      );
    },
    /** Marks one, or with null all, that are unread; returns how many that were. */
    async markRead(tx: Tx, userId: string, id: string | null, readAt: Date): Promise<number> {
      const { rowCount } = await tx
        .update(notifications)
        .set({ readAt })
        .where(and(unreadOf(userId), id === null ? undefined : eq(notifications.id, id)));
      return rowCount ?? 0;
    },
  };
}
