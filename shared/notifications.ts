// Notifications as clients see them, what the calls on them take and give, and what each type of their events holds.
import { z } from 'zod';
import { Environment, Hidden, Instant, NextCursor, Page } from './primitives.ts';

export const Notification = z
  .object({
    id: z.string(),
    at: Instant,
    kind: z.string().describe('what it is about, such as `deal.accepted`'),
    title: z.string(),
    body: z.string(),
    accountId: z.string().nullable(),
    environment: Environment.nullish().describe(
      'of the account; left out of events that were stored before it was told',
    ),
    readAt: Instant.nullable(),
  })
  .meta({ id: 'Notification' });
export type Notification = z.infer<typeof Notification>;

/** Type → what an event of it holds. `unreadCount` is the user's, as of this event. */
export const NotificationEvents = {
  'notification.created': z.object({ notification: Notification, unreadCount: z.number().int() }),
  'notification.read': z.object({
    notificationId: z.string().nullable().describe('null: all'),
    readAt: Instant,
    unreadCount: z.number().int(),
  }),
};

export const ListNotifications = z.object({
  unreadOnly: z.boolean().default(false),
  ...Page.shape,
});
export const NotificationList = z
  .object({ notifications: z.array(Notification), nextCursor: NextCursor, hidden: Hidden })
  .meta({ id: 'NotificationList' });
export const MarkRead = z.object({ id: z.string().max(60) });
export const UnreadCount = z.object({ unreadCount: z.number().int() }).meta({ id: 'UnreadCount' });
