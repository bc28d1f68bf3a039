// The use cases of notifications: telling, listing, reading. Each change is a row and an event of one transaction.
import type { NewEvent } from '../../../shared/events.ts';
import type { Database } from '../../db/client.ts';
import { inTransaction, type Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { countedField, type UserEvents } from '../events/index.ts';
import { textsOf, type Notice } from './kinds.ts';
import type { Addressed } from './ports.ts';
import { countUnreadText, type Move, type NotificationStore, type StoredNotification } from './store.ts';

const stream = 'notifications';
/** Counted behind the counter's lock, so that two at once do not both count to the same. */
const unreadCount = countedField('unreadCount', countUnreadText);
export type NotificationService = ReturnType<typeof createNotificationService>;

export function createNotificationService({
  database: { db },
  store,
  events,
  ids,
  clock,
}: {
  database: Database;
  store: NotificationStore;
  events: UserEvents;
  ids: Ids;
  clock: Clock;
}) {
  const append = (tx: Tx, userId: string, event: NewEvent<'notifications'>) =>
    events.append(tx, userId, stream, [event]);

  /** With the lock of the user's counter: what is committed before is what is moved and counted. Throws notifications.not_found. */
  async function moveIn(tx: Tx, userId: string, ids: readonly string[] | null, to: Move) {
    const at = clock.now();
    const moved = await store.move(tx, userId, ids, to, at);
    if (ids && moved.length < ids.length && (await store.count(tx, userId, ids)) < new Set(ids).size)
      throw new AppError('notifications.not_found');
    const unreadCount = await store.countUnread(userId, tx);
    if (moved.length > 0)
      void append(tx, userId, {
        ...eventOf[to]({ notificationIds: moved, isAll: ids === null, at, unreadCount }),
        at,
        accountId: null,
        environment: null,
      });
    return { unreadCount, changed: moved.length > 0 };
  }
  /** Returns how many are unread then. Moving again changes and tells nothing. Throws notifications.not_found. */
  async function move(userId: string, ids: readonly string[] | null, to: Move): Promise<number> {
    const { unreadCount, changed } = await inTransaction(db, async (tx) => {
      events.lock(tx, userId, stream); // first
      return moveIn(tx, userId, ids, to);
    });
    if (changed) events.wake(userId, stream);
    return unreadCount;
  }

  return {
    /**
     * Tells a user something in the transaction that caused it: the row and its event. It locks the user's notifications counter, so
     * it comes last of all, after `append` to `trading`. After the commit call `wake(userId, 'notifications')`. What leaves by e-mail and
     * webhook is made of the row afterwards (deliveries/dispatch.ts).
     */
    async notify(tx: Tx, notice: Notice & Addressed): Promise<void> {
      const { kind, userId, at, accountId, environment = null } = notice;
      const notification: StoredNotification = {
        id: ids.next('ntf'),
        at,
        kind,
        ...textsOf(notice),
        accountId,
        environment,
        readAt: null,
        archivedAt: null,
      };
      store.insert(tx, userId, notification);
      const event = {
        type: 'notification.created',
        at,
        accountId,
        environment,
        data: { notification },
      } as const;
      events.appendCounted(tx, { userId, stream }, event, unreadCount);
    },
    /** Newest first. Throws request.invalid for a cursor that is none. */
    list: store.list,
    unreadCount: (userId: string) => store.countUnread(userId),
    /** Each returns how many are unread then, and changes all of `ids` or none. Throw notifications.not_found, also for somebody else's. */
    markRead: (userId: string, ids: readonly string[]) => move(userId, ids, 'read'),
    markUnread: (userId: string, ids: readonly string[]) => move(userId, ids, 'unread'),
    archive: (userId: string, ids: readonly string[]) => move(userId, ids, 'archived'),
    unarchive: (userId: string, ids: readonly string[]) => move(userId, ids, 'unarchived'),
    markAllRead: (userId: string) => move(userId, null, 'read'),
    /** As `markRead`, in a transaction that has locked the user's counter of notifications. After the commit call `wake`. */
    markReadIn: (tx: Tx, userId: string, ids: readonly string[]) => moveIn(tx, userId, ids, 'read'),
  };
}

interface Moved {
  notificationIds: string[];
  /** All that were unread, however many. */
  isAll: boolean;
  at: Date;
  unreadCount: number;
}
/** What is told of a move. */
const eventOf = {
  read: ({ notificationIds, isAll, at, unreadCount }: Moved) => ({
    type: 'notification.read' as const,
    data: { notificationIds: isAll ? null : notificationIds, readAt: at, unreadCount },
  }),
  unread: ({ notificationIds, unreadCount }: Moved) => ({
    type: 'notification.unread' as const,
    data: { notificationIds, unreadCount },
  }),
  archived: ({ notificationIds, at, unreadCount }: Moved) => ({
    type: 'notification.archived' as const,
    data: { notificationIds, archivedAt: at, unreadCount },
  }),
  unarchived: ({ notificationIds, unreadCount }: Moved) => ({
    type: 'notification.unarchived' as const,
    data: { notificationIds, unreadCount },
  }),
};
