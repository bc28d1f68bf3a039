// The door of the money plane's events: rows before they are messages. Following them live is realtime/follow.ts, behind ports.ts.
import type { EventStream, NewEvent, StreamEvent } from '../../../shared/events.ts';
import type { Database } from '../../db/client.ts';
import type { Parameter } from '../../db/statement.ts';
import type { Tx } from '../../db/transaction.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Bus } from '../../messaging/index.ts';
import { wakeupKey, type EventSource, type StreamKey } from './ports.ts';
import { createEventStore, type Counted, type CountedField, type ToldChange } from './store.ts';

export { countedField, toldChange } from './store.ts';
export { listEvents, listEventsWords } from './list.ts';
export { eventSubscription } from './subscription.ts';

export interface UserEvents extends EventSource {
  /**
   * Writes events, in this order, with `tx`. It locks the user's counter of this stream until the transaction ends: so offsets
   * have no gap and rise in the order of the commits, whatever rolls back, and so it is the last write of a transaction (all of
   * a user's transactions queue from here on). For both streams: `trading` before `notifications`; for several users: by id.
   * It is sent at once, and the transaction's COMMIT waits for it, so nobody else must. Gives the offset of the last one; of the
   * newest there is when `events` is empty.
   */
  append<S extends EventStream>(
    tx: Tx,
    userId: string,
    stream: S,
    events: readonly NewEvent<S>[],
  ): Promise<number>;
  /**
   * One event with a number in its data that depends on what was committed before it: it is counted under the counter's lock, which
   * is taken by a statement of its own. Sent as `append` is.
   */
  appendCounted<S extends EventStream, Name extends string>(
    tx: Tx,
    key: StreamKey<S>,
    event: Counted<NewEvent<S>, Name>,
    field: CountedField<Name>,
  ): void;
  /**
   * A change of a row and the event that tells of it, in one statement; `values` are the change's. Gives the event's offset; undefined
   * where the change was not made, and then nothing is told. Sent as `append` is.
   */
  appendChange<S extends EventStream>(
    tx: Tx,
    key: StreamKey<S>,
    event: NewEvent<S>,
    change: ToldChange,
    values: readonly Parameter[],
  ): Promise<number | undefined>;
  /** Takes the counter's lock before an `append` whose data depends on what was committed before it, such as a count. Sent as `append` is. */
  lock(tx: Tx, userId: string, stream: EventStream): void;
  /**
   * The newest event of a type whose data holds these fields; undefined where none is kept, or it cannot be read. Rows are looked at from
   * the head back: for what has just happened.
   */
  find<S extends EventStream, T extends StreamEvent<S>['type']>(
    key: StreamKey<S>,
    type: T,
    holding: object,
  ): Promise<Extract<StreamEvent<S>, { type: T }> | undefined>;
  /** Tells readers in every process to read; after the commit. When it is lost, they look by themselves within a second. */
  wake(userId: string, stream: EventStream): void;
  /** The id of the newest event; "0" before the first. */
  head(userId: string, stream: EventStream): Promise<string>;
  /**
   * Retention: deletes, of every user's stream of this name, the events before the first one that is not older than `before`: always a beginning,
   * never a hole, though `at` (the venue's time) need not rise. Offsets go on from the head. A reader who was there is told
   * `snapshot.needed`. Returns how many. Those of `trading` are kept, as a record.
   */
  deleteBefore(stream: EventStream, before: Date): Promise<number>;
}

export function createUserEvents({
  database,
  bus,
  logger,
}: {
  database: Database;
  bus: Bus;
  logger: Logger;
}): UserEvents {
  const store = createEventStore(database.db, logger);
  const { read, heads, find, append, appendCounted, appendChange, lock } = store;
  return {
    read,
    heads,
    find,
    append,
    appendCounted,
    appendChange,
    lock,
    wake: (userId, stream) =>
      bus.publish('wakeups', wakeupKey({ userId, stream }), { kind: stream, id: userId }),
    head: async (userId, stream) => String((await heads([{ userId, stream }]))[0] ?? 0),
    async deleteBefore(stream, before) {
      let deleted = 0;
      for (
        let page = await store.streamsAfter(stream, '');
        page.length > 0;
        page = await store.streamsAfter(stream, page.at(-1)!.userId)
      ) {
        for (const key of page) {
          for (
            let count = await store.deleteBatchBefore(key, before);
            count > 0;
            count = await store.deleteBatchBefore(key, before)
          )
            deleted += count;
        }
      }
      return deleted;
    },
  };
}
