// The buckets of broker allowances in PostgreSQL, where all processes share them, and what is kept beside them as a document. What is decided of them: allowance-rules.ts, history-points-rules.ts.
import { createHash } from 'node:crypto';
import { eq, inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import { brokerAllowances } from '../../../drizzle/schema/index.ts';
import { AllowanceClass } from '../../../shared/allowance.ts';
import type { Database } from '../../db/client.ts';
import type { Environment } from '../../../shared/primitives.ts';
import type { Bucket, Scope } from './allowance-rules.ts';

/** The names of the rows of an API key. IG counts some by the key, some by the account, some by both. */
export function allowanceNames(environment: Environment, apiKey: string) {
  const key = createHash('sha256').update(apiKey).digest('hex').slice(0, 32);
  return {
    bucket: (scope: Scope, accountId: string) =>
      `${scope}:${environment}:${scope === 'key' ? key : accountId}`,
    points: (accountId: string) => `points:${environment}:${key}:${accountId}`,
    published: (accountId: string) => `published:${environment}:${key}:${accountId}`,
  };
}

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
    /** What is kept under a name, and since when it has been so; null: nothing. */
    async readDocument(name: string): Promise<{ content: unknown; at: Date } | null> {
      const [row] = await db.select().from(brokerAllowances).where(eq(brokerAllowances.bucket, name));
      return row ? { content: row.spent, at: row.sinceAt } : null;
    },
    /** Gives `change` what is kept under a name (null: nothing) while nobody else can see or change it, and keeps what it makes of it. */
    changeDocument<R>(
      name: string,
      at: Date,
      change: (content: unknown, since: Date | null) => { content: unknown; result: R },
    ): Promise<R> {
      return db.transaction(async (tx) => {
        const [made] = await tx
          .insert(brokerAllowances)
          .values({ bucket: name, spent: [], sinceAt: at })
          .onConflictDoNothing()
          .returning();
        const [row] = await tx
          .select()
          .from(brokerAllowances)
          .where(eq(brokerAllowances.bucket, name))
          .for('update');
        const { content, result } = change(made ? null : row!.spent, made ? null : row!.sinceAt);
        await tx
          .update(brokerAllowances)
          .set({ spent: content, sinceAt: at })
          .where(eq(brokerAllowances.bucket, name));
        return result;
      });
    },
  };
}
export type AllowanceStore = ReturnType<typeof createAllowanceStore>;
