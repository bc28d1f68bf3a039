// Notifications as clients see them, what the calls on them take and give, and what each type of their events holds.
import { z } from 'zod';
import { Environment, Hidden, Instant, NextCursor, Page } from './primitives.ts';

/** `info`: it went as asked · `warning`: worth a look · `critical`: look now. */
export const Severity = z.enum(['info', 'warning', 'critical']);
export type Severity = z.infer<typeof Severity>;

export const Notification = z
  .object({
    id: z.string(),
    at: Instant,
    kind: z.string().describe('what it is about, such as `deal.accepted`'),
    severity: Severity.describe('`info`: it went as asked · `warning`: worth a look · `critical`: look now'),
    title: z.string(),
    body: z.string(),
    accountId: z.string().nullable(),
    environment: Environment.nullish().describe(
      'of the account; left out of events that were stored before it was told',
    ),
    readAt: Instant.nullable(),
    archivedAt: Instant.nullable().describe('out of the inbox since; null: in it'),
  })
  .meta({ id: 'Notification' });
export type Notification = z.infer<typeof Notification>;

const unreadCount = z.number().int().describe('unread ones in the inbox, as of this event');
/** Those that changed. */
const notificationIds = z.array(z.string());
/** Type → what an event of it holds. */
export const NotificationEvents = {
  'notification.created': z.object({ notification: Notification, unreadCount }),
  'notification.read': z.object({
    notificationIds: notificationIds.nullable().describe('null: all'),
    readAt: Instant,
    unreadCount,
  }),
  'notification.unread': z.object({ notificationIds, unreadCount }),
  'notification.archived': z.object({ notificationIds, archivedAt: Instant, unreadCount }),
  'notification.unarchived': z.object({ notificationIds, unreadCount }),
  // What an alert does by itself is told as a notification.
  'alert.changed': z.object({
    alertId: z.string().describe('of an alert that its user made, changed or deleted: read the alerts anew'),
  }),
};

export const ListNotifications = z.object({
  unreadOnly: z.boolean().default(false),
  archived: z.boolean().default(false).describe('true: those out of the inbox instead of those in it'),
  ...Page.shape,
});
export type ListNotifications = z.infer<typeof ListNotifications>;
export const NotificationList = z
  .object({ notifications: z.array(Notification), nextCursor: NextCursor, hidden: Hidden })
  .meta({ id: 'NotificationList' });
/** Over REST in the path, separated by commas. All of them change, or none where one is not there. */
export const NotificationIds = z.object({ ids: z.array(z.string().max(60)).min(1).max(100) });
export const UnreadCount = z.object({ unreadCount: z.number().int() }).meta({ id: 'UnreadCount' });
