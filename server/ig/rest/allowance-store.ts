// The buckets of broker allowances in PostgreSQL, where all processes share them. What is decided of them: allowance-rules.ts.
import { inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import { brokerAllowances } from '../../../drizzle/schema/index.ts';
import { AllowanceClass } from '../../../shared/allowance.ts';
import type { Database } from '../../db/client.ts';
import type { Bucket } from './allowance-rules.ts';

export type Buckets = Map<string, Bucket>;
const Spent = z.array(z.object({ atMs: z.number(), by: AllowanceClass }));

const toBucket = (row: typeof brokerAllowances.$inferSelect): Bucket => ({
  perMinute: row.perMinute ?? Infinity,
  spent: Spent.safeParse(row.spent).data ?? [], // of a newer version: it is whole again in a minute
  sinceMs: row.sinceAt.getTime(),
  refusedMs: row.refusedAt?.getTime() ?? null,
  raisedMs: row.raisedAt?.getTime() ?? null,
});
const toRow = (bucket: string, { perMinute, spent, sinceMs, refusedMs, raisedMs }: Bucket) => ({
  bucket,
  perMinute: Number.isFinite(perMinute) ? perMinute : null,
  spent,
  sinceAt: new Date(sinceMs),
  refusedAt: refusedMs === null ? null : new Date(refusedMs),
  raisedAt: raisedMs === null ? null : new Date(raisedMs),
});
const newest = (column: string) => sql.raw(`excluded.${column}`);

export function createAllowanceStore({ db }: Pick<Database, 'db'>) {
  const select = (from: Pick<Database['db'], 'select'>, names: readonly string[]) =>
    from
      .select()
      .from(brokerAllowances)
      .where(inArray(brokerAllowances.bucket, [...names]))
      .orderBy(brokerAllowances.bucket);
  const toBuckets = (rows: (typeof brokerAllowances.$inferSelect)[]): Buckets =>
    new Map(rows.map((row) => [row.bucket, toBucket(row)]));
  return {
    /** Those there are. */
    read: async (names: readonly string[]): Promise<Buckets> => toBuckets(await select(db, names)),
    /** Gives `change` the buckets, a new one for each that is not there, while nobody else can see or change them; keeps what it returns. */
    change(fresh: ReadonlyMap<string, Bucket>, change: (buckets: Buckets) => Buckets): Promise<Buckets> {
      const names = [...fresh.keys()].sort(); // always in this order, or two processes would wait for each other
      return db.transaction(async (tx) => {
        await tx
          .insert(brokerAllowances)
          .values(names.map((name) => toRow(name, fresh.get(name)!)))
          .onConflictDoNothing();
        const changed = change(toBuckets(await select(tx, names).for('update')));
        await tx
          .insert(brokerAllowances)
          .values(names.map((name) => toRow(name, changed.get(name)!)))
          .onConflictDoUpdate({
            target: brokerAllowances.bucket,
            set: {
              perMinute: newest('per_minute'),
              spent: newest('spent'),
              refusedAt: newest('refused_at'),
              raisedAt: newest('raised_at'),
            },
          });
        return changed;
      });
    },
  };
}
export type AllowanceStore = ReturnType<typeof createAllowanceStore>;
