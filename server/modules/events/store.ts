// Every query of the money plane's event rows: appending, reading on, and deleting what is old. Who is told is not decided here.
import { and, eq, gt, lte, sql } from 'drizzle-orm';
import { userEventHeads as heads, userEvents as rows } from '../../../drizzle/schema/index.ts';
import type { EventStream, UserEvent } from '../../../shared/events.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { Db, Tx } from '../../db/transaction.ts';
import type { EventSource, StreamKey } from './ports.ts';

export type NewEvent = Omit<UserEvent, 'id'>;
export type EventStore = ReturnType<typeof createEventStore>;

/** What one transaction may tell one user at once: a reconciliation of 300 positions tells some 900 things. */
export const maxEventsPerAppend = 5_000;
/** Rows deleted per statement, and streams looked at per query. */
const deleteBatch = 5_000;

export function createEventStore(db: Db) {
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
    async read({ userId, stream }, after, limit) {
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
        events: found.flatMap(({ event }) => (event ? toUserEvent(event) : [])),
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
    async append(tx: Tx, userId: string, stream: EventStream, events: readonly NewEvent[]): Promise<void> {
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
      return found as StreamKey[];
    },
  };
}

function toUserEvent({
  offset,
  type,
  at,
  accountId,
  environment,
  data,
}: typeof rows.$inferSelect): UserEvent {
  return {
    id: String(offset),
    type: type as UserEvent['type'],
    at,
    accountId,
    environment: environment as Environment | null,
    data: withInstants(data) as UserEvent['data'],
  };
}

const instantText = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** JSON has no instants: a field named `at` or `…At` gets its `Date` back, so that an event's data has the type of the thing itself. */
function withInstants(value: unknown, name = ''): unknown {
  if (typeof value === 'string')
    return (name === 'at' || name.endsWith('At')) && instantText.test(value) ? new Date(value) : value;
  if (Array.isArray(value)) return value.map((each) => withInstants(each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withInstants(each, key)]));
}
