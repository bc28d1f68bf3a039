// Where REST has the procedures of notifications.
import type { RestRows } from '../../trpc/rest.ts';
import { alertsRest } from '../alerts/index.ts';
import type { createNotificationsRouter } from './router.ts';

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
  ...alertsRest,
};
