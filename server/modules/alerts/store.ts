// Every query of alerts. What is changed on the grounds of a row is changed only while that row is as it was read.
import { and, eq, gt, gte, inArray, isNotNull, isNull, lt, lte, or, sql } from 'drizzle-orm';
import { alertProgress, alerts, type AlertGap } from '../../../drizzle/schema/index.ts';
import type { AlertState, ListAlerts } from '../../../shared/alerts.ts';
import { deleteSome } from '../../db/delete-some.ts';
import { run, statement } from '../../db/statement.ts';
import type { Db, Tx } from '../../db/transaction.ts';
import { keyset } from '../../lib/keyset.ts';

export type AlertRow = typeof alerts.$inferSelect;
/** What is read often, to find out what has changed. */
export interface AlertVersion {
  id: string;
  revision: number;
}
export interface FeedEpic {
  feed: string;
  epic: string;
}
/** Under which lease it is written: nothing is where a later one has been given. */
export interface Fence {
  feed: string;
  epoch: number;
}
/** A change of a row that is as its reader knows it. */
export interface RowChange extends AlertVersion {
  state: AlertState;
  stateAt: Date;
  /** Of one that was told. */
  fired?: { count: number; at: Date; value: string; late: boolean };
}
export interface Progress {
  epic: string;
  seenAt: Date;
  gaps: readonly AlertGap[];
}

const newest = keyset(alerts, { at: 'createdAt', id: 'id', order: 'newest first' });
const lastChanged = keyset(alerts, { at: 'updatedAt', id: 'id', order: 'newest first' });
const isLive = inArray(alerts.state, ['armed', 'waiting']);
const isInTime = (now: Date) => or(isNull(alerts.expiresAt), gt(alerts.expiresAt, now));
/** Those that `toAlert` shows in this state. */
const isShownAs = (state: AlertState, now: Date) =>
  state === 'expired'
    ? or(eq(alerts.state, state), and(isLive, lte(alerts.expiresAt, now)))
    : and(eq(alerts.state, state), state === 'done' ? undefined : isInTime(now));
/** Those that `toAlert` shows as in force, or as over. */
const isShownLive = (live: boolean, now: Date) =>
  live
    ? and(isLive, isInTime(now))
    : or(inArray(alerts.state, ['done', 'expired']), lte(alerts.expiresAt, now));
const toVersion = ([id, revision]: unknown[]): AlertVersion => ({
  id: id as string,
  revision: revision as number,
});
const ofFeed = statement(
  'alerts_of_feed',
  `select id, revision from alerts where feed = $1 and state in ('armed', 'waiting') order by state_at`,
  toVersion,
);
const ofAccounts = statement(
  'alerts_of_accounts',
  `select id, revision from alerts where account_id is not null and state in ('armed', 'waiting')`,
  toVersion,
);
const change = statement(
  'alerts_change',
  `update alerts set state = $3, state_at = $4, revision = revision + 1, updated_at = $5,
     last_fired_late = coalesce($11, last_fired_late),
     fired_count = coalesce($6, fired_count), last_fired_at = coalesce($7, last_fired_at), last_value = coalesce($8, last_value)
   where id = $1 and revision = $2 and state in ('armed', 'waiting')
     and not exists (select from leases where name = $9 and epoch > $10)
   returning note`,
  ([note]) => ({ note: note as string | null }),
);
const arm = statement(
  'alerts_arm',
  `update alerts set state = 'armed', state_at = t.at, revision = alerts.revision + 1, updated_at = $4
   from unnest($1::text[], $2::integer[], $3::timestamptz[]) as t (id, revision, at)
   where alerts.id = t.id and alerts.revision = t.revision and alerts.state = 'waiting'
     and not exists (select from leases where name = $5 and epoch > $6)
   returning alerts.id`,
  ([id]) => id as string,
);
const writeProgress = statement(
  'alerts_write_progress',
  `insert into alert_progress as had (feed, epic, epoch, seen_at, gaps)
   select $1, epic, $2, seen_at, gaps from unnest($3::text[], $4::timestamptz[], $5::jsonb[]) as t (epic, seen_at, gaps)
   where not exists (select from leases where name = $1 and epoch > $2)
   order by epic
   on conflict (feed, epic) do update set epoch = excluded.epoch, seen_at = excluded.seen_at, gaps = excluded.gaps
   where had.epoch <= excluded.epoch`,
);
const writeSeen = statement(
  'alerts_write_seen',
  `update alerts set seen_at = t.at from unnest($1::text[], $2::timestamptz[]) as t (id, at) where alerts.id = t.id and alerts.seen_at < t.at`,
);
const dropLeft = statement(
  'alerts_drop_left',
  `delete from alerts where id in (
     select alerts.id from broker_accounts join alerts on alerts.account_id = broker_accounts.id
      where broker_accounts.disconnected_at is not null
     union all
     select id from alerts where feed like 'login\\_%' and not exists (select from broker_accounts
       where disconnected_at is null and 'login_' || substring(id from position('_' in id) + 1) = alerts.feed))`,
);

/** Longer than gaps are checked. */
const givenUpAfterMs = 25 * 3_600_000;
/** Nothing is to be found out any more of the time before its end. */
const isLookedAt = or(
  and(isNull(alerts.feed), gte(alerts.seenAt, alerts.expiresAt)),
  sql`exists (select from alert_progress p where p.feed = ${alerts.feed} and p.epic = ${alerts.epic} and p.seen_at >= ${alerts.expiresAt}
    and not exists (select from jsonb_array_elements(p.gaps) as gap
      where to_timestamp((gap->>'fromMs')::numeric / 1000) < ${alerts.expiresAt}))`,
);

export type AlertStore = ReturnType<typeof createAlertStore>;

export function createAlertStore(db: Db) {
  const ofUser = (userId: string) => eq(alerts.userId, userId);
  return {
    /** Newest first; of those that are over, what changed last first. Throws request.invalid for a cursor that is none. */
    list: (userId: string, { state, live, epic, accountId, ...page }: ListAlerts, now: Date) =>
      (live === false ? lastChanged : newest)(page, ({ after, orderBy, limit }) =>
        db
          .select()
          .from(alerts)
          .where(
            and(
              ofUser(userId),
              state && isShownAs(state, now),
              live === undefined ? undefined : isShownLive(live, now),
              epic === undefined ? undefined : eq(alerts.epic, epic),
              accountId === undefined ? undefined : eq(alerts.accountId, accountId),
              after,
            ),
          )
          .orderBy(...orderBy)
          .limit(limit),
      ),
    /** Another user's is none. In a transaction it is held. */
    async find(userId: string, id: string, tx?: Tx): Promise<AlertRow | undefined> {
      const query = (tx ?? db)
        .select()
        .from(alerts)
        .where(and(ofUser(userId), eq(alerts.id, id)));
      return (await (tx ? query.for('update') : query))[0];
    },
    /** Those of a user that are neither done nor expired, one change of their number after the other. */
    async countLive(tx: Tx, userId: string, now: Date): Promise<number> {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`alerts ${userId}`}, 0))`);
      return tx.$count(alerts, and(ofUser(userId), isLive, isInTime(now)));
    },
    insert: async (tx: Tx, row: AlertRow): Promise<void> => void (await tx.insert(alerts).values(row)),
    save: async (tx: Tx, { id, ...row }: AlertRow): Promise<void> =>
      void (await tx.update(alerts).set(row).where(eq(alerts.id, id))),
    async remove(userId: string, id: string, tx?: Tx): Promise<boolean> {
      const { rowCount } = await (tx ?? db).delete(alerts).where(and(ofUser(userId), eq(alerts.id, id)));
      return (rowCount ?? 0) > 0;
    },

    /** Which alerts on a feed's markets are in force, the longest in its state first: since then prices of its market count. */
    ofFeed: (feed: string): Promise<AlertVersion[]> => run(db, ofFeed, [feed]),
    ofAccounts: (): Promise<AlertVersion[]> => run(db, ofAccounts, []),
    rows: async (ids: readonly string[]): Promise<AlertRow[]> =>
      ids.length === 0
        ? []
        : db
            .select()
            .from(alerts)
            .where(inArray(alerts.id, [...ids])),
    /** The markets on which there is one in force. */
    async liveEpics(): Promise<FeedEpic[]> {
      const found = await db
        .selectDistinct({ feed: alerts.feed, epic: alerts.epic })
        .from(alerts)
        .where(and(isLive, isNotNull(alerts.feed)));
      return found.flatMap(({ feed, epic }) => (feed === null || epic === null ? [] : [{ feed, epic }]));
    },

    /** Whose they are that are in force on markets of a feed. */
    /** On whose prices alerts rest now. */
    async feeds(): Promise<string[]> {
      const found = await db.selectDistinct({ feed: alerts.feed }).from(alerts).where(isLive);
      return found.flatMap(({ feed }) => feed ?? []);
    },
    async holdersOn(feed: string): Promise<string[]> {
      const found = await db
        .selectDistinct({ userId: alerts.userId })
        .from(alerts)
        .where(and(isLive, eq(alerts.feed, feed)));
      return found.map(({ userId }) => userId);
    },

    /** Where it is as its reader knew it, and the fence stands: its note as it stands, which may be another one; else undefined, and nothing is changed. */
    async change(tx: Tx, { id, revision, state, stateAt, fired }: RowChange, at: Date, fence?: Fence) {
      const changed = await run(tx, change, [
        id,
        revision,
        state,
        stateAt.toISOString(),
        at.toISOString(),
        fired?.count ?? null,
        fired?.at.toISOString() ?? null,
        fired?.value ?? null,
        fence?.feed ?? null,
        fence?.epoch ?? null,
        fired?.late ?? null,
      ]);
      return changed[0];
    },
    /** Gives the ids of those that were. */
    arm: (
      armed: readonly (AlertVersion & { stateAt: Date })[],
      at: Date,
      fence: Fence | undefined,
    ): Promise<string[]> =>
      run(db, arm, [
        armed.map(({ id }) => id),
        armed.map(({ revision }) => String(revision)),
        armed.map(({ stateAt }) => stateAt.toISOString()),
        at.toISOString(),
        fence?.feed ?? null,
        fence?.epoch ?? null,
      ]),

    progress: (feed: string): Promise<Progress[]> =>
      db
        .select({ epic: alertProgress.epic, seenAt: alertProgress.seenAt, gaps: alertProgress.gaps })
        .from(alertProgress)
        .where(eq(alertProgress.feed, feed)),
    writeProgress: async ({ feed, epoch }: Fence, progress: readonly Progress[]): Promise<void> =>
      void (await run(db, writeProgress, [
        feed,
        epoch,
        progress.map(({ epic }) => epic),
        progress.map(({ seenAt }) => seenAt.toISOString()),
        progress.map(({ gaps }) => JSON.stringify(gaps)),
      ])),

    /** Up to when the values of alerts on accounts were compared. Another worker may have come further. */
    writeSeen: async (seen: readonly { id: string; seenAt: Date }[]): Promise<void> =>
      void (await run(db, writeSeen, [
        seen.map(({ id }) => id),
        seen.map(({ seenAt }) => seenAt.toISOString()),
      ])),

    /**
     * Those whose time is up are expired, but only when prices or values were compared, or checked by candles, up to then: what
     * happened in time is told though nobody looked. What was not within a day never will be.
     */
    expire: async (at: Date): Promise<void> =>
      void (await db
        .update(alerts)
        .set({ state: 'expired', stateAt: at, updatedAt: at, revision: sql`${alerts.revision} + 1` })
        .where(
          and(
            isLive,
            lte(alerts.expiresAt, at),
            or(isLookedAt, lte(alerts.expiresAt, new Date(at.getTime() - givenUpAfterMs))),
          ),
        )),
    /** Some of those that ended before; the ids of what was removed. */
    deleteSomeEndedBefore: (before: Date): Promise<string[]> =>
      deleteSome(
        db,
        alerts.id,
        and(sql`${alerts.state} in ('done', 'expired')`, lt(alerts.stateAt, before))!,
      ),
    /** Those of accounts that were disconnected go, and those on the feed of a login that is none any more. */
    dropLeft: async (): Promise<void> => void (await run(db, dropLeft, [])),
  };
}
