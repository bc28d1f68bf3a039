// Where REST has the procedures of notifications.
import type { RestRows } from '../../trpc/rest.ts';
import { deliveriesRest } from './deliveries/rest.ts';
import { preferencesRest } from './preferences/rest.ts';
import type { createNotificationsRouter } from './router.ts';
import { webhooksRest } from './webhooks/rest.ts';

export const notificationsRest: RestRows<ReturnType<typeof createNotificationsRouter>> = {
  list: {
    method: 'GET',
    path: '/notifications',
    summary: 'Notifications, newest first',
    example: { limit: 20 },
  },
  unreadCount: {
    method: 'GET',
    path: '/notifications/unread-count',
    summary: 'How many are unread',
  },
  markRead: {
    method: 'POST',
    path: '/notifications/{id}/read',
    summary: 'Mark one as read',
    errors: ['notifications.not_found'],
    example: { id: 'ntf_…' },
  },
  markAllRead: {
    method: 'POST',
    path: '/notifications/read-all',
    summary: 'Mark all as read',
  },
  ...preferencesRest,
  ...deliveriesRest, // before the webhooks by id: paths are looked for in this order
  ...webhooksRest,
};
