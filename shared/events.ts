// What happens to money, as events: gapless per user and stream, resumable by the last id seen.
import { z } from 'zod';
import { Environment, Instant, NextCursor, Page } from './primitives.ts';

/** The decimal offset of an event in its stream: where to resume. */
export const EventId = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the id of an event')
  .meta({ id: 'EventId' });
export const EventStream = z.enum(['trading', 'notifications']);
export type EventStream = z.infer<typeof EventStream>;

export const TradingEventType = z.enum([
  'deal.submitting',
  'deal.submitted',
  'deal.unknown',
  'deal.accepted',
  'deal.rejected',
  'deal.denied',
  'position.opened',
  'position.reduced',
  'position.closed',
  'cash.changed',
  'account.connected',
  'break.opened',
  'break.resolved',
]);
export const NotificationEventType = z.enum(['notification.created', 'notification.read']);

const envelope = {
  id: EventId,
  at: Instant,
  accountId: z.string().nullable(),
  environment: Environment.nullable(),
};
/** One event. `data` is the thing it happened to, in its shape of that moment; what its names ending in `At` hold are instants. */
export const UserEvent = z
  .object({
    ...envelope,
    type: z.union([TradingEventType, NotificationEventType]),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'UserEvent' });
export type UserEvent = z.infer<typeof UserEvent>;

/**
 * What came before `id` is not told: read the lists now; every event after `id` follows. First message of a subscription without
 * `lastEventId`, or with one from which there is no way on (older than what is kept, or not of this database).
 */
export const SnapshotNeeded = z
  .object({ id: EventId, type: z.literal('snapshot.needed'), at: Instant, recovered: z.literal(false) })
  .meta({ id: 'SnapshotNeeded' });
/** Every 10 s: as of `at` (the server's time) there is no event after `id`, the last one delivered; `head` is the newest there is. */
export const Heartbeat = z
  .object({ id: EventId, type: z.literal('heartbeat'), at: Instant, head: EventId })
  .meta({ id: 'Heartbeat' });
/** What a money stream yields: tell them apart by `type`. */
export type StreamMessage<Event = UserEvent> =
  Event | z.infer<typeof SnapshotNeeded> | z.infer<typeof Heartbeat>;
export const FollowEvents = z.object({ lastEventId: EventId.nullish() });

export const Notification = z
  .object({
    id: z.string(),
    at: Instant,
    kind: z.string().describe('what it is about, such as `deal.accepted`'),
    title: z.string(),
    body: z.string(),
    accountId: z.string().nullable(),
    readAt: Instant.nullable(),
  })
  .meta({ id: 'Notification' });
export type Notification = z.infer<typeof Notification>;

/** `unreadCount` is the user's, as of this event. */
export const NotificationEvent = z
  .discriminatedUnion('type', [
    z.object({
      ...envelope,
      type: z.literal('notification.created'),
      data: z.object({ notification: Notification, unreadCount: z.number().int() }),
    }),
    z.object({
      ...envelope,
      type: z.literal('notification.read'),
      data: z.object({
        notificationId: z.string().nullable().describe('null: all'),
        readAt: Instant,
        unreadCount: z.number().int(),
      }),
    }),
  ])
  .meta({ id: 'NotificationEvent' });
export type NotificationEvent = z.infer<typeof NotificationEvent>;

const NotificationId = z.string().max(60);
export const ListNotifications = z.object({
  unreadOnly: z.boolean().default(false),
  ...Page.shape,
});
export const NotificationList = z
  .object({ notifications: z.array(Notification), nextCursor: NextCursor })
  .meta({ id: 'NotificationList' });
export const MarkRead = z.object({ id: NotificationId });
export const UnreadCount = z.object({ unreadCount: z.number().int() }).meta({ id: 'UnreadCount' });
