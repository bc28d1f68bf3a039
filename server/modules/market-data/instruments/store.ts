// Every query about stored markets.
import { and, desc, eq, gte, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import { instruments } from '../../../../drizzle/schema/index.ts';
import type { Db } from '../../../db/transaction.ts';
import { fromDetails, toDetails, type Instrument } from './stored.ts';

/** A market that was asked for; `instrument` null: the feed knew none such then. */
export interface InstrumentRow {
  epic: string;
  instrument: Instrument | null;
  checkedAt: Date;
  askedAt: Date;
}
export interface FeedEpic {
  feed: string;
  epic: string;
}
/** What one question to the broker brought. */
export interface Told {
  /** Asked for and not told: the feed knows none such. */
  unknown: readonly string[];
  known: readonly Instrument[];
  checkedAt: Date;
}
export type InstrumentStore = ReturnType<typeof createInstrumentStore>;

/** As Drizzle's `excluded` is not there: what the row would have been. */
const fresh = (column: string) => sql.raw(`excluded.${column}`);

export function createInstrumentStore(db: Db) {
  const among = (feed: string, epics: readonly string[]) =>
    and(eq(instruments.feed, feed), inArray(instruments.epic, [...epics]));
  return {
    /** Those of `epics` that were ever asked for, in no order; one that this release cannot read is left out. */
    async list(feed: string, epics: readonly string[]): Promise<InstrumentRow[]> {
      if (epics.length === 0) return [];
      const rows = await db.select().from(instruments).where(among(feed, epics));
      return rows.flatMap(({ epic, details, readAt, checkedAt, askedAt }) => {
        const instrument = details === null ? null : fromDetails(details, readAt);
        return instrument === undefined ? [] : [{ epic, instrument, checkedAt, askedAt }];
      });
    },
    /** What another process read later stays. `askedAt` is that of a row that is new. */
    async write(feed: string, { known, unknown, checkedAt }: Told, askedAt: Date): Promise<void> {
      const rows = [
        ...known.map((each) => ({
          epic: each.market.epic,
          details: toDetails(each) as object | null,
          readAt: each.readAt,
        })),
        ...unknown.map((epic) => ({ epic, details: null, readAt: checkedAt })),
      ].sort((a, b) => (a.epic < b.epic ? -1 : 1)); // in one order, so that two writers do not wait for each other in a ring
      if (rows.length === 0) return;
      await db
        .insert(instruments)
        .values(rows.map((row) => ({ ...row, feed, checkedAt, askedAt })))
        .onConflictDoUpdate({
          target: [instruments.feed, instruments.epic],
          set: { details: fresh('details'), readAt: fresh('read_at'), checkedAt: fresh('checked_at') },
          setWhere: sql`${instruments.checkedAt} <= excluded.checked_at and ${instruments.readAt} <= excluded.read_at`,
        });
    },
    /** A user asked for these. */
    touch: async (feed: string, epics: readonly string[], askedAt: Date): Promise<void> =>
      void (
        epics.length > 0 &&
        (await db
          .update(instruments)
          .set({ askedAt })
          .where(and(among(feed, epics), lt(instruments.askedAt, askedAt))))
      ),
    /** Known markets that users asked for from `since` on, the latest first, `limit` at most. */
    listAsked: (since: Date, limit: number): Promise<FeedEpic[]> =>
      db
        .select({ feed: instruments.feed, epic: instruments.epic })
        .from(instruments)
        .where(and(gte(instruments.askedAt, since), sql`${instruments.details} is not null`))
        .orderBy(desc(instruments.askedAt))
        .limit(limit),
    /** Known markets whose name or epic holds every word of `query`, by name. */
    async search(feed: string, query: string, limit: number): Promise<Instrument[]> {
      const words = query.toLowerCase().split(/\s+/).filter(Boolean);
      const text = sql`lower((${instruments.details} #>> '{market,name}') || ' ' || ${instruments.epic})`;
      const holds = (word: string) => sql`position(${word} in ${text}) > 0`;
      const rows = await db
        .select()
        .from(instruments)
        .where(and(eq(instruments.feed, feed), sql`${instruments.details} is not null`, ...words.map(holds)))
        .orderBy(sql`${instruments.details} #>> '{market,name}'`, instruments.epic)
        .limit(limit);
      return rows.flatMap(({ details, readAt }) => fromDetails(details, readAt) ?? []);
    },
    /** Forgets what nobody asked for, and nobody needed, from `idleSince` on; what no feed knew, from `unknownSince` on. */
    forget: async ({ idleSince, unknownSince }: { idleSince: Date; unknownSince: Date }): Promise<void> =>
      void (await db
        .delete(instruments)
        .where(
          or(
            and(lt(instruments.askedAt, idleSince), lt(instruments.checkedAt, idleSince)),
            and(isNull(instruments.details), lt(instruments.checkedAt, unknownSince)),
          ),
        )),
  };
}
