// Transactions: the types that stores take, and repeating one that PostgreSQL asked to repeat. Holds no query.
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool, PoolClient } from 'pg';
import type * as schema from '../../drizzle/schema/index.ts';

type Drizzle = Omit<NodePgDatabase<typeof schema>, 'transaction'>;
/** The database outside any transaction. */
export type Db = Drizzle & {
  $client: Pool;
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
};
/** A transaction under way; whatever joins one takes it first. */
export type Tx = Drizzle & { $client: PoolClient };
/** Runs work in one transaction, again when PostgreSQL asks for it. */
export type Transaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

export type IsolationLevel = 'read committed' | 'repeatable read' | 'serializable';
export interface TransactionOptions {
  isolationLevel?: IsolationLevel;
  /** PostgreSQL refuses whatever would write or lock; a `lockingStatement` reads without its lock. */
  readOnly?: boolean;
}

/** Lost races (serialization failure, deadlock) are repeated at once: the winner has committed by the time the loser gets its error. */
const maxAttempts = 5;
const repeatable = ['40001', '40P01'];

/**
 * Runs `work` in one transaction and gives back its result. `work` may run up to five times, so it must have no effect
 * outside `tx`. Any other error, and the last of these, is thrown as it came.
 */
export async function inTransaction<T>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
  { isolation = 'read committed' }: { isolation?: IsolationLevel } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(work, { isolationLevel: isolation });
    } catch (error) {
      if (attempt === maxAttempts || !repeatable.includes(sqlState(error) ?? '')) throw error;
    }
  }
}

/** PostgreSQL's five-character code of an error, looked for below Drizzle's wrapping; undefined when it is not PostgreSQL's. */
export const sqlState = (error: unknown): string | undefined => postgresErrorIn(error)?.code;

/** Whether an error says that a row with the same key is there already: `index` is the name of the unique index. */
export function isTaken(error: unknown, index: string): boolean {
  const found = postgresErrorIn(error);
  return found?.code === uniqueViolation && found.constraint === index;
}
const uniqueViolation = '23505';

/** Whether an error says that a row lacks what this column must hold. */
export function isLacking(error: unknown, column: string): boolean {
  const found = postgresErrorIn(error);
  return found?.code === notNullViolation && found.column === column;
}
const notNullViolation = '23502';

function postgresErrorIn(
  error: unknown,
): { code: string; constraint?: unknown; column?: unknown } | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    if ('code' in each && typeof each.code === 'string' && /^[0-9A-Z]{5}$/.test(each.code))
      return each as Error & { code: string };
  }
  return undefined;
}
