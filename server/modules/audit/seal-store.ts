// Every query of sealed rows and their seals.
import { asc, desc, eq, isNull, sql } from 'drizzle-orm';
import { auditLog, auditSeals } from '../../../drizzle/schema/index.ts';
import { run, statement } from '../../db/statement.ts';
import type { Tx } from '../../db/transaction.ts';
import { chained, type ChainedRow } from './chain.ts';

export type Seal = typeof auditSeals.$inferSelect;
export interface Placed {
  id: string;
  place: number;
  hash: string;
}
/** A sealed row as it is stored; its hash is null where somebody took it away. */
export interface SealedRow {
  place: number;
  hash: string | null;
  row: ChainedRow;
}

/** One process seals at a time. */
const advisoryLock = 7_368_502;
const instants = new Set<string>(['at', 'finished_at']);
const json = new Set<string>(['before', 'after']);
const asText = chained
  .map((name) =>
    instants.has(name)
      ? `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
      : json.has(name)
        ? `"${name}"::text`
        : name,
  )
  .join(', ');
const read = (columns: unknown[]) =>
  Object.fromEntries(chained.map((name, index) => [name, columns[index] as string | null])) as ChainedRow;

const unsealed = statement(
  'audit_unsealed',
  `select ${asText} from audit_log where place is null and (finished_at is not null or at < $1)
   order by at, id limit $2 for update`,
  read,
);
const seal = statement(
  'audit_seal',
  `update audit_log set place = placed.place, hash = placed.hash
   from unnest($1::text[], $2::bigint[], $3::text[]) as placed(id, place, hash) where audit_log.id = placed.id`,
);
const sealed = statement(
  'audit_sealed',
  `select place, hash, ${asText} from audit_log where place > $1 order by place limit $2`,
  ([place, hash, ...columns]): SealedRow => ({
    place: Number(place),
    hash: hash as string | null,
    row: read(columns),
  }),
);

export const sealStore = {
  /** Waits until no other transaction seals. */
  lock: async (tx: Tx): Promise<void> =>
    void (await tx.execute(sql`select pg_advisory_xact_lock(${advisoryLock})`)),
  async last(tx: Tx): Promise<Seal | undefined> {
    return (await tx.select().from(auditSeals).orderBy(desc(auditSeals.lastPlace)).limit(1))[0];
  },
  /** Rows without a place that have their outcome, or began before `startedBefore`; the oldest first, locked. */
  unsealed: (tx: Tx, startedBefore: Date, limit: number): Promise<ChainedRow[]> =>
    run(tx, unsealed, [startedBefore.toISOString(), limit]),
  async insert(tx: Tx, rows: readonly Placed[], stretch: Omit<Seal, 'cutAt'>): Promise<void> {
    const column = <T>(of: (row: Placed) => T) => rows.map((row) => String(of(row)));
    await run(tx, seal, [column(({ id }) => id), column(({ place }) => place), column(({ hash }) => hash)]);
    await tx.insert(auditSeals).values(stretch);
  },

  /** The oldest stretch whose rows are there, locked. */
  async oldest(tx: Tx): Promise<Seal | undefined> {
    const rows = tx.select().from(auditSeals).where(isNull(auditSeals.cutAt));
    return (await rows.orderBy(asc(auditSeals.lastPlace)).limit(1).for('update'))[0];
  },
  /** Removes the rows of a stretch; its seal stays. */
  async cut(tx: Tx, { firstPlace, lastPlace }: Seal, cutAt: Date): Promise<void> {
    await tx.execute(sql`select set_config('ftrader.cutting', 'on', true)`);
    await tx.delete(auditLog).where(sql`${auditLog.place} between ${firstPlace} and ${lastPlace}`);
    await tx.update(auditSeals).set({ cutAt }).where(eq(auditSeals.lastPlace, lastPlace));
  },

  /** Up to `limit` rows behind a place, in order. */
  sealed: (tx: Tx, after: number, limit: number): Promise<SealedRow[]> => run(tx, sealed, [after, limit]),
  /** Up to `limit` seals that end behind a place, in order. */
  seals: (tx: Tx, after: number, limit: number): Promise<Seal[]> =>
    tx
      .select()
      .from(auditSeals)
      .where(sql`${auditSeals.lastPlace} > ${after}`)
      .orderBy(asc(auditSeals.lastPlace))
      .limit(limit),
  /** The last of the stretches that were cut one after the other, from the first on. */
  async lastCut(tx: Tx): Promise<Seal | undefined> {
    const firstKept = sql`(select min(last_place) from audit_seals where cut_at is null)`;
    const [row] = await tx
      .select()
      .from(auditSeals)
      .where(sql`cut_at is not null and (${firstKept} is null or last_place < ${firstKept})`)
      .orderBy(desc(auditSeals.lastPlace))
      .limit(1);
    return row;
  },
  async sealEndingAt(tx: Tx, place: number): Promise<Seal | undefined> {
    return (await tx.select().from(auditSeals).where(eq(auditSeals.lastPlace, place)))[0];
  },
  /** `cut`: places of the stretches up to `upTo`; `left`: rows at such places that are there all the same. */
  async counts(tx: Tx, upTo: number) {
    const { rows } = await tx.execute<{ cut: string; left: string; unsealed: string }>(sql`select
      (select coalesce(sum(last_place - first_place + 1), 0) from audit_seals where last_place <= ${upTo}) as cut,
      (select count(*) from audit_log where place <= ${upTo}) as left,
      (select count(*) from audit_log where place is null) as unsealed`);
    const { cut, left, unsealed } = rows[0]!;
    return { cut: Number(cut), left: Number(left), unsealed: Number(unsealed) };
  },
};
