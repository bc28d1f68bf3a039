// The use cases of notifications: telling, listing, reading. Each change is a row and an event of one transaction.
import type { NewEvent } from '../../../shared/events.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { Database } from '../../db/client.ts';
import { inTransaction, type Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { countedField, type UserEvents } from '../events/index.ts';
import { textsOf, type Notice } from './kinds.ts';
import { countUnreadText, type NotificationStore, type StoredNotification } from './store.ts';

const stream = 'notifications';
/** Counted behind the counter's lock, so that two at once do not both count to the same. */
const unreadCount = countedField('unreadCount', countUnreadText);
/** Whom a notice is for, and what it is about. */
export interface Addressed {
  userId: string;
  at: Date;
  accountId: string | null;
  environment?: Environment | null;
}
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

  /** With the lock of the user's counter: what is committed before is what is marked and counted. */
  async function mark(tx: Tx, userId: string, id: string | null) {
    const readAt = clock.now();
    const marked = await store.markRead(tx, userId, id, readAt);
    if (marked === 0 && id !== null && !(await store.exists(tx, userId, id)))
      throw new AppError('notifications.not_found');
    const unread = await store.countUnread(userId, tx);
    if (marked > 0)
      void append(tx, userId, {
        type: 'notification.read',
        at: readAt,
        accountId: null,
        environment: null,
        data: { notificationId: id, readAt, unreadCount: unread },
      });
    return { unreadCount: unread, changed: marked > 0 };
  }
  async function read(userId: string, id: string | null): Promise<number> {
    const { unreadCount, changed } = await inTransaction(db, async (tx) => {
      events.lock(tx, userId, stream); // first
      return mark(tx, userId, id);
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
    /** Returns how many are unread now; marking again changes nothing. Throws notifications.not_found, also for somebody else's. */
    markRead: (userId: string, id: string) => read(userId, id),
    markAllRead: (userId: string) => read(userId, null),
    /** As `markRead`, in a transaction that has locked the user's counter of notifications. After the commit call `wake`. */
    markIn: (tx: Tx, userId: string, id: string) => mark(tx, userId, id),
  };
}
