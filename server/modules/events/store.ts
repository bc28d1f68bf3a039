// Every query of the money plane's event rows: appending, reading on, and deleting what is old. Who is told is not decided here.
import { and, eq, gt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { userEventHeads as heads, userEvents as rows } from '../../../drizzle/schema/index.ts';
import type { EventStream, NewEvent, StreamEvent } from '../../../shared/events.ts';
import { columnsOf, leave, run, statement, type Parameter, type Statement } from '../../db/statement.ts';
import type { Db, Tx } from '../../db/transaction.ts';
import type { Logger } from '../../lib/logger.ts';
import type { EventOrGap, EventSource, StreamKey } from './ports.ts';
import { readEvent } from './stored.ts';

export type EventStore = ReturnType<typeof createEventStore>;

/** What one transaction may tell one user at once: a reconciliation of 300 positions tells some 900 things. */
export const maxEventsPerAppend = 5_000;
/** Rows deleted per statement, and streams looked at per query. */
const deleteBatch = 5_000;

const eventColumns = columnsOf(rows);
/** Takes the counter's lock until the transaction ends, moves it by $3, and gives where it stands then. */
const advance =
  'insert into user_event_heads (user_id, stream, head) values ($1, $2, $3) on conflict (user_id, stream) do update set head = user_event_heads.head + excluded.head returning head';
const lockHead = statement('events_lock', advance);
const append = statement(
  'events_append',
  `with moved as (${advance}), told as (
     select * from rows from (jsonb_to_recordset($4::jsonb) as (type text, at timestamptz, "accountId" text, environment text, data jsonb)) with ordinality as t (type, at, account_id, environment, data, place))
   , written as (insert into user_events (user_id, stream, "offset", type, at, account_id, environment, data)
     select $1, $2, head - $3 + place, type, at, account_id, environment, data from moved, told)
   select head from moved`,
  ([head]) => Number(head),
);
/** An event without the field that is still to be counted. */
export type Counted<Event, Name extends string> = Event extends { data: object }
  ? Omit<Event, 'data'> & { data: Omit<Event['data'], Name> }
  : never;
/** A number that a statement puts into an event's data as it appends it. */
export interface CountedField<Name extends string> {
  name: Name;
  append: Statement<number>;
}
/** `query` gives the number for a user, `$1`; `name` is its field. For one stream, made once. */
export const countedField = <const Name extends string>(name: Name, query: string): CountedField<Name> => ({
  name,
  append: statement(
    `events_append_${name}`,
    `with moved as (${advance}), written as (insert into user_events (user_id, stream, "offset", type, at, account_id, environment, data)
     select $1, $2, head, $4, $5, $6, $7, $8::jsonb || jsonb_build_object('${name}', (${query})) from moved)
     select head from moved`,
    ([head]) => Number(head),
  ),
});
/** A change that goes out together with the event that tells of it: one statement, which tells nothing where the change was not made. */
export interface ToldChange {
  append: Statement<number>;
}
/** `change` gives a row when it is made; its parameters begin at `$from`. For one stream, made once. */
export const toldChange = (name: string, change: (from: number) => string): ToldChange => ({
  append: statement(
    `events_append_${name}`,
    `with changed as (${change(8)})
   , moved as (insert into user_event_heads (user_id, stream, head) select $1, $2, 1 from changed on conflict (user_id, stream) do update set head = user_event_heads.head + 1 returning head)
   , written as (insert into user_events (user_id, stream, "offset", type, at, account_id, environment, data) select $1, $2, head, $3, $4, $5, $6, $7 from moved)
     select head from moved`,
    ([head]) => Number(head),
  ),
});
// Offsets have no gap: a range reads these rows and no other, where a limit alone was seen to sort the whole rest (41 ms of 100,000).
const read = statement(
  'events_read',
  `select h.head, e.* from user_event_heads h left join lateral (
     select ${eventColumns.list} from user_events where user_id = $1 and stream = $2 and "offset" > $3 and "offset" <= $3 + $4::bigint) e on true
   where h.user_id = $1 and h.stream = $2 order by e."offset"`,
  ([head, ...event]) => ({ head: Number(head), event: event[0] === null ? null : eventColumns.read(event) }),
);
const findNewest = statement(
  'events_find',
  `select ${eventColumns.list} from user_events where user_id = $1 and stream = $2 and type = $3 and data @> $4::jsonb order by "offset" desc limit 1`,
  eventColumns.read,
);
const readHeads = statement(
  'events_heads',
  `select h.head from unnest($1::text[], $2::text[]) with ordinality as k (user_id, stream, place)
   left join user_event_heads h using (user_id, stream) order by k.place`,
  ([head]) => Number(head ?? 0),
);

export function createEventStore(db: Db, logger: Logger) {
  /** What a reader gets for a row. It is never passed over: readers take an offset that is missing for deleted rows. */
  function toReader<S extends EventStream>(
    { userId, stream }: StreamKey<S>,
    row: typeof rows.$inferSelect,
  ): EventOrGap<S> {
    const reading = readEvent(stream, row);
    if ('event' in reading) return reading.event;
    const { offset, type, at } = row;
    logger.error(
      { user: userId, stream, offset, type, problem: z.prettifyError(reading.problem) },
      'an event cannot be read: its reader is told to read the lists',
    );
    return { id: String(offset), type: 'snapshot.needed', at, recovered: false };
  }

  const source: EventSource = {
    async read(key, after, limit) {
      const { userId, stream } = key;
      const found = await run(db, read, [userId, stream, after, limit]);
      return {
        head: found[0]?.head ?? 0,
        events: found.flatMap(({ event }) => (event ? toReader(key, event) : [])),
      };
    },
    heads: (keys) => run(db, readHeads, [keys.map(({ userId }) => userId), keys.map(({ stream }) => stream)]),
  };

  return {
    ...source,
    async find<S extends EventStream, T extends StreamEvent<S>['type']>(
      key: StreamKey<S>,
      type: T,
      holding: object,
    ): Promise<Extract<StreamEvent<S>, { type: T }> | undefined> {
      const { userId, stream } = key;
      const [row] = await run(db, findNewest, [userId, stream, type, JSON.stringify(holding)]);
      const found = row && toReader(key, row);
      return found?.type === type ? (found as Extract<StreamEvent<S>, { type: T }>) : undefined;
    },
    /** Left to the transaction's COMMIT. */
    lock: (tx: Tx, userId: string, stream: EventStream): void =>
      void leave(tx, lockHead, [userId, stream, 0]),
    /** Left to the transaction's COMMIT. Gives the offset of the last one. Throws above the most at once. */
    append<S extends EventStream>(
      tx: Tx,
      userId: string,
      stream: S,
      events: readonly NewEvent<S>[],
    ): Promise<number> {
      if (events.length > maxEventsPerAppend)
        throw new RangeError(`${events.length} events at once, above ${maxEventsPerAppend}`);
      const values = [userId, stream, events.length, JSON.stringify(events)];
      const head = leave(tx, append, values).then(([last]) => last!);
      head.catch(() => undefined); // told by the COMMIT
      return head;
    },
    /** Left to the transaction's COMMIT: one event, whose counted field is worked out under the counter's lock. */
    appendCounted<S extends EventStream, Name extends string>(
      tx: Tx,
      { userId, stream }: StreamKey<S>,
      { type, at, accountId, environment, data }: Counted<NewEvent<S>, Name>,
      { append }: CountedField<Name>,
    ): void {
      void leave(tx, lockHead, [userId, stream, 0]);
      const about = [type, at.toISOString(), accountId, environment, JSON.stringify(data)];
      void leave(tx, append, [userId, stream, 1, ...about]);
    },
    /** Left to the transaction's COMMIT: a change and its event. Gives the event's offset, undefined where the change was not made. */
    async appendChange<S extends EventStream>(
      tx: Tx,
      { userId, stream }: StreamKey<S>,
      { type, at, accountId, environment, data }: NewEvent<S>,
      { append }: ToldChange,
      values: readonly Parameter[],
    ): Promise<number | undefined> {
      const about = [type, at.toISOString(), accountId, environment, JSON.stringify(data)];
      return (await leave(tx, append, [userId, stream, ...about, ...values]))[0];
    },
    /** Deletes one batch of the events before the first one that is not older than `before`; returns how many. */
    async deleteBatchBefore({ userId, stream }: StreamKey, before: Date): Promise<number> {
      const { rowCount } = await db.execute(sql`
        delete from ${rows} where user_id = ${userId} and stream = ${stream} and "offset" in (
          select "offset" from ${rows} where user_id = ${userId} and stream = ${stream} and "offset" < coalesce(
            (select min("offset") from ${rows} where user_id = ${userId} and stream = ${stream} and at >= ${before.toISOString()}), ${Number.MAX_SAFE_INTEGER})
          order by "offset" limit ${deleteBatch})`);
      return rowCount ?? 0;
    },
    /** Those of this name of the users after `last`, in pages. */
    async streamsAfter(stream: EventStream, last: string): Promise<StreamKey[]> {
      const found = await db
        .select({ userId: heads.userId, stream: heads.stream })
        .from(heads)
        .where(and(eq(heads.stream, stream), gt(heads.userId, last)))
        .orderBy(heads.userId)
        .limit(deleteBatch);
      return found;
    },
  };
}
