// The procedures of notifications: shape, permission, one call.
import { FollowEvents } from '../../../shared/events.ts';
import { ListNotifications, MarkRead, NotificationList, UnreadCount } from '../../../shared/notifications.ts';
import { alertProcedures, type AlertService } from '../alerts/index.ts';
import { router, sessionProcedure } from '../../trpc/init.ts';
import { eventSubscription } from '../events/index.ts';
import type { EventFollower } from '../events/ports.ts';
import type { NotificationService } from './service.ts';

export const createNotificationsRouter = ({
  service,
  alerts,
  follower,
}: {
  service: NotificationService;
  alerts: AlertService;
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
    ...alertProcedures(alerts),
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
