// A stream's events as a page, for those who ask and do not listen.
import { z } from 'zod';
import {
  EventId,
  EventStreams,
  Heartbeat,
  SnapshotNeeded,
  type EventStream,
  type StreamEvent,
} from './events.ts';
import { Environment, Instant, Page } from './primitives.ts';

export const ListEvents = z.object({
  after: EventId.optional().describe(
    'the `next` of the page before, kept wherever you like; "0" starts at the first event; left out: from now on',
  ),
  limit: Page.shape.limit,
});
export type ListEvents = z.infer<typeof ListEvents>;

const eventOf = ([type, data]: [string, z.ZodType]) =>
  z.object({
    id: EventId,
    type: z.literal(type),
    at: Instant,
    accountId: z.string().nullable(),
    environment: Environment.nullable(),
    data,
  });
const eventsOf = (stream: EventStream) => Object.entries(EventStreams[stream]).map(eventOf);
/** What the stream's subscription yields, as plain JSON sees it. */
const messageOf = (stream: EventStream) =>
  z.discriminatedUnion('type', [SnapshotNeeded, Heartbeat, ...eventsOf(stream)]);
export const TradingMessage = messageOf('trading').meta({ id: 'TradingMessage' });
export const NotificationMessage = messageOf('notifications').meta({ id: 'NotificationMessage' });

/** Events as the stream's subscription tells them, `snapshot.needed` in place of one that cannot be read. */
const listOf = <S extends EventStream>(stream: S, id: string) =>
  z
    .object({
      events: z
        .array(
          z.discriminatedUnion('type', [SnapshotNeeded, ...eventsOf(stream)]) as unknown as z.ZodType<
            StreamEvent<S> | SnapshotNeeded
          >,
        )
        .describe('in their order, from the one behind `after` on'),
      next: EventId.describe('the `after` of the next call'),
      head: EventId.describe('the newest event there is; where `next` is equal, there are no more'),
      recovered: z
        .boolean()
        .describe(
          'false: what came before `next` is not told here (no `after` was given, or it is older than what is kept, or not of this database): read the lists now, then go on from `next`',
        ),
    })
    .meta({ id });
export const EventList = listOf('trading', 'EventList');
export type EventList = z.infer<typeof EventList>;
export const NotificationEventList = listOf('notifications', 'NotificationEventList');
export type NotificationEventList = z.infer<typeof NotificationEventList>;
