// What of the notifications a list of the inbox shows, and what becomes of it with their news. Pure.
import type { Notification, NotificationEvent } from '../../../client/index.ts';

export const inboxParts = { all: 'Inbox', unread: 'Unread', archived: 'Archive' };
export type InboxPart = keyof typeof inboxParts;

export const askedOf = (part: InboxPart) => ({
  unreadOnly: part === 'unread',
  archived: part === 'archived',
});

/** The list after an event; null: what belongs into it now is not known here, it is to be read. */
export function afterNews(
  list: readonly Notification[],
  part: InboxPart,
  event: NotificationEvent,
): readonly Notification[] | null {
  const isMeant = ({ id }: Notification, ids: readonly string[] | null) => ids === null || ids.includes(id);
  switch (event.type) {
    case 'notification.created': {
      const { notification } = event.data;
      if (part === 'archived' || list.some(({ id }) => id === notification.id)) return list;
      return [notification, ...list].sort(
        (a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1),
      );
    }
    case 'notification.read': {
      const { notificationIds: ids, readAt } = event.data;
      if (part === 'unread') return list.filter((each) => !isMeant(each, ids));
      return list.map((each) => (isMeant(each, ids) ? { ...each, readAt: each.readAt ?? readAt } : each));
    }
    case 'notification.unread': {
      const { notificationIds: ids } = event.data;
      if (part === 'unread') return null;
      return list.map((each) => (isMeant(each, ids) ? { ...each, readAt: null } : each));
    }
    case 'alert.changed':
      return list; // of alerts, and none of what they have told
    case 'notification.archived':
    case 'notification.unarchived': {
      const goes = (event.type === 'notification.archived') === (part !== 'archived');
      return goes ? list.filter((each) => !isMeant(each, event.data.notificationIds)) : null;
    }
  }
}
