// Every query of deliveries and their attempts; of what is made into deliveries: dispatch-store.ts.
import { and, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import { deliveries, deliveryAttempts } from '../../../../drizzle/schema/index.ts';
import { ChannelName } from '../../../../shared/notification-preferences.ts';
import type { Page } from '../../../../shared/primitives.ts';
import type { DeliveryState } from '../../../../shared/webhooks.ts';
import { columnsOf, run, statement } from '../../../db/statement.ts';
import { deleteSome } from '../../../db/delete-some.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { keyset } from '../../../lib/keyset.ts';
import type { DeliveryRow } from '../channels/channel.ts';

export type AttemptRow = typeof deliveryAttempts.$inferSelect;
export type DeliveryStore = ReturnType<typeof createDeliveryStore>;

const newest = keyset(deliveries, { at: 'createdAt', id: 'id', order: 'newest first' });
const all = columnsOf(deliveries);

/**
 * Of each lane the deliveries due longest, as many as it has room for, of each user as many as they have room for, a lane with fewer under
 * way first, then over all those of users with fewer under way, and of these those due longest. Lanes are found one by one in the index, so that a lane in which thousands wait costs no
 * more than one in which one does. A lane whose webhook fails is tried by one delivery at a time.
 */
const claim = statement(
  'deliveries_claim',
  `with recursive lanes as (
     (select lane from deliveries where channel = $1 and state = 'waiting' order by lane limit 1)
     union all
     select (select next.lane from deliveries next
              where next.channel = $1 and next.state = 'waiting' and next.lane > lanes.lane
              order by next.lane limit 1)
       from lanes where lanes.lane is not null
   ),
   room as (
     select lanes.lane, coalesce(busy.count, 0) as busy,
            greatest(0, case when webhooks.failing_since is null then $2::int else 1 end - coalesce(busy.count, 0)) as free
       from lanes
       left join webhooks on webhooks.id = lanes.lane
       left join unnest($3::text[], $4::int[]) as busy(lane, count) on busy.lane = lanes.lane
      where lanes.lane is not null
   ),
   due as (
     select due.*, room.busy + row_number() over (partition by room.lane order by due.due_at, due.id) as place
       from room cross join lateral (
         select id, user_id, due_at from deliveries
          where channel = $1 and state = 'waiting' and deliveries.lane = room.lane and due_at <= $5
            and (claimed_until is null or claimed_until <= $5)
          order by due_at, id limit room.free
          for update skip locked
       ) due
   ),
   ranked as (
     select due.id, due.due_at, row_number() over (partition by due.user_id order by due.place, due.due_at, due.id) + coalesce(busy.count, 0) as place
       from due left join unnest($9::text[], $10::int[]) as busy(user_id, count) on busy.user_id = due.user_id
   ),
   chosen as (select id from ranked where place <= $11 order by place, due_at, id limit $6)
   update deliveries set claim = $7, claimed_until = $8
    where id in (select id from chosen)
   returning ${all.list}`,
  all.read,
);

export interface Health {
  waiting: number;
  dead: number;
  lastSuccessAt: Date | null;
  lastErrorAt: Date | null;
  lastError: string | null;
}
const instantOf = (value: unknown): Date | null =>
  value === null ? null : (deliveries.endedAt.mapFromDriverValue(value as string) as Date);
/** Of each channel: what is counted are those that did not arrive, of the others the newest is read. */
const health = statement(
  'deliveries_health',
  `select c.channel,
     (select count(*) from deliveries where user_id = $1 and channel = c.channel and state = 'waiting') as waiting,
     (select count(*) from deliveries where user_id = $1 and channel = c.channel and state = 'dead') as dead,
     (select ended_at from deliveries where user_id = $1 and channel = c.channel and state = 'delivered'
       order by coalesce(ended_at, created_at) desc limit 1),
     failed.at, failed.error
   from unnest($2::text[]) as c (channel)
   left join lateral (select id from deliveries where user_id = $1 and channel = c.channel and failed_at is not null
     order by failed_at desc limit 1) as last on true
   left join lateral (select at, error from delivery_attempts where delivery_id = last.id and error is not null
     order by number desc limit 1) as failed on true`,
  ([channel, waiting, dead, success, at, error]) => ({
    channel: channel as ChannelName,
    waiting: Number(waiting),
    dead: Number(dead),
    lastSuccessAt: instantOf(success),
    lastErrorAt: instantOf(at),
    lastError: error as string | null,
  }),
);
export function createDeliveryStore(db: Db) {
  const isWaiting = eq(deliveries.state, 'waiting');
  const isMine = (id: string, claimed: string) => and(eq(deliveries.id, id), eq(deliveries.claim, claimed));
  return {
    insert: (tx: Tx, rows: DeliveryRow[]) => tx.insert(deliveries).values(rows),

    /** Claims what is due, `room` at most, `perLane` of one lane and `perUser` of one user, with those that are `underWay` here already. */
    claim: ({
      channel,
      perLane,
      perUser,
      underWay,
      now,
      room,
      claimed,
      until,
    }: {
      channel: ChannelName;
      perLane: number;
      perUser: number;
      underWay: Record<'lanes' | 'users', ReadonlyMap<string, number>>;
      now: Date;
      room: number;
      claimed: string;
      until: Date;
    }): Promise<DeliveryRow[]> =>
      run(db, claim, [
        channel,
        perLane,
        [...underWay.lanes.keys()],
        [...underWay.lanes.values()].map(String),
        now.toISOString(),
        room,
        claimed,
        until.toISOString(),
        [...underWay.users.keys()],
        [...underWay.users.values()].map(String),
        perUser,
      ]),
    /** Counts an attempt that is about to be made; false when somebody else has the delivery by now. */
    async begin(
      tx: Tx,
      { id, claim: claimed, attempts, triedSince }: DeliveryRow,
      at: Date,
    ): Promise<boolean> {
      const counted = await tx
        .update(deliveries)
        .set({ attempts: attempts + 1, triedSince: triedSince ?? at })
        .where(and(isMine(id, claimed!), isWaiting))
        .returning({ id: deliveries.id });
      if (counted.length === 0) return false;
      await tx
        .insert(deliveryAttempts)
        .values({ deliveryId: id, number: attempts + 1, at, tookMs: null, status: null, error: null });
      return true;
    },
    endAttempt: (tx: Tx, { deliveryId, number, ...set }: Omit<AttemptRow, 'at'>) =>
      tx
        .update(deliveryAttempts)
        .set(set)
        .where(and(eq(deliveryAttempts.deliveryId, deliveryId), eq(deliveryAttempts.number, number))),
    /** Gives it back with what became of it; false when it was somebody else's by now, or is gone, and nothing was changed. */
    async release(
      tx: Db | Tx,
      { id, claim: claimed }: DeliveryRow,
      set: Partial<DeliveryRow>,
    ): Promise<boolean> {
      const given = await tx
        .update(deliveries)
        .set({ claim: null, claimedUntil: null, ...set })
        .where(and(isMine(id, claimed!), isWaiting))
        .returning({ id: deliveries.id });
      return given.length === 1;
    },
    /** What waits for a webhook is not sent any more. */
    cancelFor: (tx: Tx, webhookId: string, { at, why }: { at: Date; why: string }) =>
      tx
        .update(deliveries)
        .set({ state: 'cancelled', lastError: why, endedAt: at, claim: null, claimedUntil: null })
        .where(and(eq(deliveries.channel, 'webhook'), eq(deliveries.lane, webhookId), isWaiting)),
    /** What waits for a webhook is due now. */
    dueNow: (tx: Tx, webhookId: string, now: Date) =>
      tx
        .update(deliveries)
        .set({ dueAt: now })
        .where(
          and(
            eq(deliveries.channel, 'webhook'),
            eq(deliveries.lane, webhookId),
            isWaiting,
            gt(deliveries.dueAt, now),
          ),
        ),
    /** What waits for its first attempt is due now, but for what is due by `soon`: it gathers. */
    hurry: (tx: Tx, userId: string, now: Date, soon: Date) =>
      tx
        .update(deliveries)
        .set({ dueAt: now })
        .where(
          and(
            eq(deliveries.userId, userId),
            isWaiting,
            eq(deliveries.attempts, 0),
            gt(deliveries.dueAt, soon),
          ),
        ),
    /** Whether something of a lane was given up after `since`. */
    async gaveUpSince(tx: Tx, { userId, channel, lane }: DeliveryRow, since: Date): Promise<boolean> {
      const found = and(
        eq(deliveries.userId, userId),
        eq(deliveries.channel, channel),
        eq(deliveries.lane, lane),
        eq(deliveries.state, 'dead'),
        gt(deliveries.endedAt, since),
      );
      return (await tx.$count(deliveries, found)) > 0;
    },

    async find(userId: string, id: string): Promise<DeliveryRow | undefined> {
      return (
        await db
          .select()
          .from(deliveries)
          .where(and(eq(deliveries.userId, userId), eq(deliveries.id, id)))
      )[0];
    },
    async lock(tx: Tx, userId: string, id: string): Promise<DeliveryRow | undefined> {
      const isIt = and(eq(deliveries.userId, userId), eq(deliveries.id, id));
      return (await tx.select().from(deliveries).where(isIt).for('update'))[0];
    },
    /** Due now, as if it had never been tried. */
    makeDue: (tx: Tx, id: string, now: Date) =>
      tx
        .update(deliveries)
        .set({
          state: 'waiting',
          dueAt: now,
          endedAt: null,
          failures: 0,
          triedSince: null,
          claim: null,
          claimedUntil: null,
        })
        .where(eq(deliveries.id, id)),
    /** Newest first. Throws request.invalid for a cursor that is none. */
    list: (
      userId: string,
      {
        webhookId,
        state,
        ...page
      }: Page & { webhookId?: string | undefined; state?: DeliveryState | undefined },
    ) =>
      newest(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(deliveries)
          .where(
            and(
              eq(deliveries.userId, userId),
              webhookId === undefined ? undefined : eq(deliveries.webhookId, webhookId),
              state === undefined ? undefined : eq(deliveries.state, state),
              after,
            ),
          )
          .orderBy(...orderBy)
          .limit(limit),
      ),
    /** Of these deliveries, newest first. */
    attemptsOf: (ids: readonly string[]): Promise<AttemptRow[]> =>
      db
        .select()
        .from(deliveryAttempts)
        .where(inArray(deliveryAttempts.deliveryId, [...ids]))
        .orderBy(desc(deliveryAttempts.number)),
    /** How a user's deliveries went, by channel. */
    async healthOf(userId: string): Promise<Map<ChannelName, Health>> {
      const found = await run(db, health, [userId, [...ChannelName.options]]);
      return new Map(found.map(({ channel, ...rest }) => [channel, rest]));
    },
    /** How many wait, by channel. */
    async countWaiting(): Promise<{ channel: ChannelName; waiting: number }[]> {
      return db
        .select({ channel: deliveries.channel, waiting: sql<number>`count(*)`.mapWith(Number) })
        .from(deliveries)
        .where(isWaiting)
        .groupBy(deliveries.channel);
    },
    /** Some of those that ended before; the ids of what was removed, with their attempts. */
    deleteSomeEndedBefore: (before: Date): Promise<string[]> =>
      deleteSome(db, deliveries.id, lt(deliveries.endedAt, before)),
  };
}
