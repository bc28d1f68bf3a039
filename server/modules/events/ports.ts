// What the parts of the money plane hand each other: rows to read, and who follows them. No code but the key of a wake-up.
import type { EventStream, StreamMessage, UserEvent } from '../../../shared/events.ts';
import type { ClientSocket } from '../../trpc/context.ts';

/** One user's stream. */
export interface StreamKey {
  userId: string;
  stream: EventStream;
}

/** The key, on the bus, of the wake-ups of one stream. */
export const wakeupKey = ({ userId, stream }: StreamKey): string => `${stream}.${userId}`;

/** Events as rows. An offset is a number here and text (`id`) outside; 0 is before the first. */
export interface EventSource {
  /** Those of the `limit` offsets after `after` that are kept, lowest first, and the head: both as of one moment. */
  read(key: StreamKey, after: number, limit: number): Promise<{ head: number; events: UserEvent[] }>;
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
   * `snapshot.needed`. A database that is away delays it and does not end it. Throws server.unavailable when this process closes.
   */
  follow(userId: string, stream: EventStream, options: FollowOptions): AsyncIterable<StreamMessage>;
}
