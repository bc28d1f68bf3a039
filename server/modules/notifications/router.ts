// The procedures of notifications: shape, permission, one call.
import { FollowEvents } from '../../../shared/events.ts';
import { ListNotifications, MarkRead, NotificationList, UnreadCount } from '../../../shared/notifications.ts';
import { router, sessionProcedure } from '../../trpc/init.ts';
import { eventSubscription } from '../events/index.ts';
import type { EventFollower } from '../events/ports.ts';
import { deliveryProcedures } from './deliveries/procedures.ts';
import type { DeliveryService } from './deliveries/service.ts';
import { preferenceProcedures } from './preferences/procedures.ts';
import type { PreferencesService } from './preferences/service.ts';
import type { NotificationService } from './service.ts';
import { webhookProcedures } from './webhooks/procedures.ts';
import type { WebhookService } from './webhooks/service.ts';

export const createNotificationsRouter = ({
  service,
  preferences,
  webhooks,
  deliveries,
  follower,
}: {
  service: NotificationService;
  preferences: PreferencesService;
  webhooks: WebhookService;
  deliveries: DeliveryService;
  follower: EventFollower;
}) =>
  router({
    list: sessionProcedure
      .input(ListNotifications)
      .output(NotificationList)
      .query(({ ctx, input }) => service.list(ctx.principal.user.id, input)),
    unreadCount: sessionProcedure
      .output(UnreadCount)
      .query(async ({ ctx }) => ({ unreadCount: await service.unreadCount(ctx.principal.user.id) })),
    markRead: sessionProcedure
      .input(MarkRead)
      .output(UnreadCount)
      .mutation(async ({ ctx, input }) => ({
        unreadCount: await service.markRead(ctx.principal.user.id, input.id),
      })),
    markAllRead: sessionProcedure
      .output(UnreadCount)
      .mutation(async ({ ctx }) => ({ unreadCount: await service.markAllRead(ctx.principal.user.id) })),
    ...preferenceProcedures(preferences),
    ...webhookProcedures(webhooks),
    ...deliveryProcedures(deliveries),
    onNotification: sessionProcedure.input(FollowEvents).subscription(({ ctx, input, signal }) =>
      eventSubscription(follower, {
        userId: ctx.principal.user.id,
        stream: 'notifications',
        after: input.lastEventId,
        signal,
        socket: ctx.socket,
      }),
    ),
  });
