// What the parts of the money plane hand each other: rows to read, and who follows them. No code but the key of a wake-up and what a hole is.
import type { EventStream, SnapshotNeeded, StreamEvent, StreamMessage } from '../../../shared/events.ts';
import type { ClientSocket } from '../../trpc/context.ts';

/** One user's stream. */
export interface StreamKey<S extends EventStream = EventStream> {
  userId: string;
  stream: S;
}

/** The key, on the bus, of the wake-ups of one stream. */
export const wakeupKey = ({ userId, stream }: StreamKey): string => `${stream}.${userId}`;

/**
 * A row as its readers get it. One that cannot be read (its type or data is not of this version) comes as `snapshot.needed` in its
 * place: its readers learn that something happened and where to look, and go on behind it.
 */
export type EventOrGap<S extends EventStream> = StreamEvent<S> | SnapshotNeeded;

/** Some rows, lowest offset first, and the head as of the same moment. */
export interface EventPage<S extends EventStream> {
  head: number;
  events: EventOrGap<S>[];
}
/** Whether there is no way on from `after` by this page. Offsets have no gap, so one means deleted rows; a head before it means another database. */
export const hasHole = (
  { head, events }: { head: number; events: readonly { id: string }[] },
  after: number,
): boolean =>
  head < after ||
  (events.length === 0 && head > after) ||
  events.some(({ id }, index) => Number(id) !== after + index + 1);
/** Events as rows. An offset is a number here and text (`id`) outside; 0 is before the first. */
export interface EventSource {
  /** Those of the `limit` offsets after `after` that are kept. */
  read<S extends EventStream>(key: StreamKey<S>, after: number, limit: number): Promise<EventPage<S>>;
  /** The offset of the newest event of each, in the order asked; 0 where there is none yet. */
  heads(keys: readonly StreamKey[]): Promise<number[]>;
}

export interface FollowOptions {
  /** The id of the last event seen. Left out: from the head. */
  after?: string | null | undefined;
  signal?: AbortSignal | undefined;
  /** The WebSocket it runs on, when it does: what it leaves unread bounds what is sent. */
  socket?: ClientSocket | undefined;
}

export interface EventFollower {
  /**
   * Every event after `after`, each once and in order, those already there and those to come alike, until the signal aborts.
   * Listens from the moment it is iterated. Where there is no way on from `after`, and without one, it begins with
   * `snapshot.needed`; an event that cannot be read is `snapshot.needed` too. A database that is away delays it and does not end it.
   * Throws server.unavailable when this process closes.
   */
  follow<S extends EventStream>(
    userId: string,
    stream: S,
    options: FollowOptions,
  ): AsyncIterable<StreamMessage<StreamEvent<S>>>;
}
