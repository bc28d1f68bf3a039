// Every query of the money plane's event rows: appending, reading on, and deleting what is old. Who is told is not decided here.
import { and, eq, gt, lte, sql } from 'drizzle-orm';
import { z } from 'zod';
import { userEventHeads as heads, userEvents as rows } from '../../../drizzle/schema/index.ts';
import type { EventStream, NewEvent } from '../../../shared/events.ts';
import type { Db, Tx } from '../../db/transaction.ts';
import type { Logger } from '../../lib/logger.ts';
import type { EventOrGap, EventSource, StreamKey } from './ports.ts';
import { readEvent } from './stored.ts';

export type EventStore = ReturnType<typeof createEventStore>;

/** What one transaction may tell one user at once: a reconciliation of 300 positions tells some 900 things. */
export const maxEventsPerAppend = 5_000;
/** Rows deleted per statement, and streams looked at per query. */
const deleteBatch = 5_000;

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

  /** Takes the counter's lock until the transaction ends, moves it by `count`, and returns where it stood before. */
  async function advance(tx: Tx, userId: string, stream: EventStream, count: number): Promise<number> {
    const [row] = await tx
      .insert(heads)
      .values({ userId, stream, head: count })
      .onConflictDoUpdate({
        target: [heads.userId, heads.stream],
        set: { head: sql`${heads.head} + excluded.head` },
      })
      .returning({ head: heads.head });
    return row!.head - count;
  }

  const source: EventSource = {
    async read(key, after, limit) {
      const { userId, stream } = key;
      const found = await db
        .select({ head: heads.head, event: rows })
        .from(heads)
        // Offsets have no gap: a range reads these rows and no other, where a limit alone was seen to sort the whole rest (41 ms of 100,000).
        .leftJoin(
          rows,
          and(
            eq(rows.userId, userId),
            eq(rows.stream, stream),
            gt(rows.offset, after),
            lte(rows.offset, after + limit),
          ),
        )
        .where(and(eq(heads.userId, userId), eq(heads.stream, stream)))
        .orderBy(rows.offset);
      return {
        head: found[0]?.head ?? 0,
        events: found.flatMap(({ event }) => (event ? toReader(key, event) : [])),
      };
    },
    async heads(keys) {
      const { rows: found } = await db.execute<{ head: string | null }>(sql`
        select h.head from unnest(${sql.param(keys.map((key) => key.userId))}::text[], ${sql.param(keys.map((key) => key.stream))}::text[]) with ordinality as k(user_id, stream, place)
        left join ${heads} h using (user_id, stream) order by k.place`);
      return found.map(({ head }) => Number(head ?? 0));
    },
  };

  return {
    ...source,
    lock: async (tx: Tx, userId: string, stream: EventStream): Promise<void> =>
      void (await advance(tx, userId, stream, 0)),
    async append<S extends EventStream>(
      tx: Tx,
      userId: string,
      stream: S,
      events: readonly NewEvent<S>[],
    ): Promise<void> {
      if (events.length === 0) return;
      if (events.length > maxEventsPerAppend)
        throw new RangeError(`${events.length} events at once, above ${maxEventsPerAppend}`);
      const before = await advance(tx, userId, stream, events.length);
      await tx
        .insert(rows)
        .values(events.map((event, index) => ({ ...event, userId, stream, offset: before + index + 1 })));
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
    /** Every stream there is after `last`, in pages. */
    async streamsAfter(last: StreamKey | undefined): Promise<StreamKey[]> {
      const found = await db
        .select({ userId: heads.userId, stream: heads.stream })
        .from(heads)
        .where(last && sql`(${heads.userId}, ${heads.stream}) > (${last.userId}, ${last.stream})`)
        .orderBy(heads.userId, heads.stream)
        .limit(deleteBatch);
      return found;
    },
  };
}
