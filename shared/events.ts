// What happens to money, as events: gapless per user and stream, resumable by the last id seen. What each type holds is in trading-events.ts and notifications.ts.
import { z } from 'zod';
import { NotificationEvents } from './notifications.ts';
import { Instant, type Environment } from './primitives.ts';
import { TradingEvents } from './trading-events.ts';

/** The decimal offset of an event in its stream: where to resume. */
export const EventId = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the id of an event, or "0" to start at the beginning')
  .meta({ id: 'EventId' });

/** Stream → type → schema. A new type of event is an entry of its stream's map and nothing else. */
export const EventStreams = { trading: TradingEvents, notifications: NotificationEvents };
export type EventStream = keyof typeof EventStreams;
export const TradingEventType = z.object(TradingEvents).keyof();
export const NotificationEventType = z.object(NotificationEvents).keyof();

/** Type → data, of the events of each stream. */
export interface EventData {
  trading: DataOf<typeof TradingEvents>;
  notifications: DataOf<typeof NotificationEvents>;
}
type DataOf<Schemas extends Record<string, z.ZodType>> = { [T in keyof Schemas]: z.output<Schemas[T]> };

/** What is said of every event beside its type and data. */
export interface EventFacts {
  at: Date;
  accountId: string | null;
  environment: Environment | null;
}
/** The same of one that is written: `id` is its place in its stream, an `EventId`. */
export interface Envelope extends EventFacts {
  id: string;
}
/** An event of the type `T`; of any of them when `T` is a union: its type decides what its data is. */
export type EventOf<Facts, Data, T extends keyof Data & string> = {
  [Type in T]: Facts & { type: Type; data: Data[Type] };
}[T];
/** Every event of a stream (or of more streams); told apart by `type`. */
export type StreamEvent<S extends EventStream> = {
  [Each in S]: EventOf<Envelope, EventData[Each], keyof EventData[Each] & string>;
}[S];
/** An event that has no place yet. */
export type NewEvent<S extends EventStream> = {
  [Each in S]: EventOf<EventFacts, EventData[Each], keyof EventData[Each] & string>;
}[S];
/** A type and its data, as two arguments. */
export type TypeAndData<S extends EventStream> = {
  [T in keyof EventData[S]]: [type: T, data: EventData[S][T]];
}[keyof EventData[S]];

export type TradingEvent = StreamEvent<'trading'>;
export type NotificationEvent = StreamEvent<'notifications'>;
export type UserEvent = StreamEvent<EventStream>;

/**
 * What came before `id` is not told: read the lists now; every event after `id` follows. First message of a subscription without
 * `lastEventId`, or with one from which there is no way on (older than what is kept, or not of this database). Also told in place of
 * an event that this version of FTrader cannot read.
 */
export const SnapshotNeeded = z
  .object({ id: EventId, type: z.literal('snapshot.needed'), at: Instant, recovered: z.literal(false) })
  .meta({ id: 'SnapshotNeeded' });
export type SnapshotNeeded = z.infer<typeof SnapshotNeeded>;
/** Every 10 s: as of `at` (the server's time) there is no event after `id`, the last one delivered; `head` is the newest there is. */
export const Heartbeat = z
  .object({ id: EventId, type: z.literal('heartbeat'), at: Instant, head: EventId })
  .meta({ id: 'StreamHeartbeat' });
/** What a money stream yields: tell them apart by `type`. */
export type StreamMessage<Event = UserEvent> = Event | SnapshotNeeded | z.infer<typeof Heartbeat>;
export const FollowEvents = z.object({ lastEventId: EventId.nullish() });
