// Where REST has the procedures of notifications.
import type { RestRows } from '../../trpc/rest.ts';
import { listEventsWords } from '../events/index.ts';
import { deliveriesRest } from './deliveries/rest.ts';
import { preferencesRest } from './preferences/rest.ts';
import { alertsRest } from '../alerts/index.ts';
import type { createNotificationsRouter } from './router.ts';
import { webhooksRest } from './webhooks/rest.ts';

/** Of the calls that move some of them. */
const some = {
  description: 'One, or up to 100 separated by commas: all of them change, or none where one is not there.',
  errors: ['notifications.not_found'],
  example: { ids: ['ntf_…'] },
} as const;

export const notificationsRest: RestRows<ReturnType<typeof createNotificationsRouter>> = {
  list: {
    method: 'GET',
    path: '/notifications',
    summary: 'Notifications, newest first',
    example: { limit: 20 },
    revalidates: true,
  },
  unreadCount: {
    method: 'GET',
    path: '/notifications/unread-count',
    summary: 'How many are unread',
    revalidates: true,
  },
  markRead: {
    method: 'POST',
    path: '/notifications/{ids}/read',
    summary: 'Mark some as read',
    ...some,
  },
  markUnread: {
    method: 'POST',
    path: '/notifications/{ids}/unread',
    summary: 'Mark some as unread',
    ...some,
  },
  markAllRead: {
    method: 'POST',
    path: '/notifications/read-all',
    summary: 'Mark all as read',
  },
  archive: {
    method: 'POST',
    path: '/notifications/{ids}/archive',
    summary: 'Take some out of the inbox',
    ...some,
  },
  unarchive: {
    method: 'POST',
    path: '/notifications/{ids}/unarchive',
    summary: 'Put some back into the inbox',
    ...some,
  },
  listEvents: {
    method: 'GET',
    path: '/notifications/events',
    summary: 'What happened to notifications, in order, for those who ask and do not listen',
    description: listEventsWords,
    example: { after: '0', limit: 50 },
    revalidates: true,
  },
  ...preferencesRest,
  ...deliveriesRest, // before the webhooks by id: paths are looked for in this order
  ...webhooksRest,
  ...alertsRest,
};
