// The procedures of notifications: shape, permission, one call.
import { ListEvents, NotificationEventList } from '../../../shared/event-lists.ts';
import { FollowEvents } from '../../../shared/events.ts';
import {
  ListNotifications,
  NotificationIds,
  NotificationList,
  UnreadCount,
} from '../../../shared/notifications.ts';
import { alertProcedures, type AlertService } from '../alerts/index.ts';
import { router, sessionProcedure } from '../../trpc/init.ts';
import { recorded } from '../../trpc/recorded.ts';
import { eventSubscription, listEvents } from '../events/index.ts';
import type { EventFollower, EventSource } from '../events/ports.ts';
import { deliveryProcedures } from './deliveries/procedures.ts';
import type { DeliveryService } from './deliveries/service.ts';
import { preferenceProcedures } from './preferences/procedures.ts';
import type { PreferencesService } from './preferences/service.ts';
import type { NotificationService } from './service.ts';
import { webhookProcedures } from './webhooks/procedures.ts';
import type { WebhookService } from './webhooks/service.ts';

const stream = 'notifications';

export function createNotificationsRouter({
  service,
  events,
  preferences,
  webhooks,
  deliveries,
  alerts,
  follower,
}: {
  service: NotificationService;
  events: EventSource;
  preferences: PreferencesService;
  webhooks: WebhookService;
  deliveries: DeliveryService;
  alerts: AlertService;
  follower: EventFollower;
}) {
  /** Some of the user's are moved; answers how many are unread then. */
  const moving = (move: 'markRead' | 'markUnread' | 'archive' | 'unarchive') =>
    sessionProcedure
      .input(NotificationIds)
      .output(UnreadCount)
      .mutation(
        recorded({ after: (answer, { input: { ids } }) => ({ ids, ...answer }) }, async ({ ctx, input }) => ({
          unreadCount: await service[move](ctx.principal.user.id, input.ids),
        })),
      );
  return router({
    list: sessionProcedure
      .input(ListNotifications)
      .output(NotificationList)
      .query(({ ctx, input }) => service.list(ctx.principal.user.id, input)),
    unreadCount: sessionProcedure
      .output(UnreadCount)
      .query(async ({ ctx }) => ({ unreadCount: await service.unreadCount(ctx.principal.user.id) })),
    markRead: moving('markRead'),
    markUnread: moving('markUnread'),
    markAllRead: sessionProcedure
      .output(UnreadCount)
      .mutation(async ({ ctx }) => ({ unreadCount: await service.markAllRead(ctx.principal.user.id) })),
    archive: moving('archive'),
    unarchive: moving('unarchive'),
    listEvents: sessionProcedure
      .input(ListEvents)
      .output(NotificationEventList)
      .query(({ ctx, input }) => listEvents(events, { userId: ctx.principal.user.id, stream }, input)),
    ...preferenceProcedures(preferences),
    ...webhookProcedures(webhooks),
    ...deliveryProcedures(deliveries),
    ...alertProcedures(alerts),
    onNotification: sessionProcedure.input(FollowEvents).subscription(({ ctx, input, signal }) =>
      eventSubscription(follower, {
        userId: ctx.principal.user.id,
        stream,
        after: input.lastEventId,
        signal,
        socket: ctx.socket,
      }),
    ),
  });
}
