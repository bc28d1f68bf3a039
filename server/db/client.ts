// The connection to PostgreSQL: one pool and Drizzle over it. Holds no query.
import { drizzle } from 'drizzle-orm/node-postgres';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import * as schema from '../../drizzle/schema/index.ts';
import type { Logger } from '../lib/logger.ts';

export type Db = NodePgDatabase<typeof schema>;

export interface Database {
  db: Db;
  pool: pg.Pool;
  /** Waits for queries under way, then closes every connection. Safe to call twice. */
  close(): Promise<void>;
}

const connectTimeoutMs = 10_000;
const defaultConnections = 20;

/** A pool of at most `max` connections to `url`, opened when first needed; `name` is how PostgreSQL's lists show them. */
export function createDatabase({
  url,
  logger,
  max = defaultConnections,
  name = 'ftrader',
}: {
  url: string;
  logger: Logger;
  max?: number;
  name?: string;
}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // Without a listener the process ends when the server restarts (57P01). The pool replaces the connection by itself.
  let closing: Promise<void> | undefined;
  pool.on('error', (err) => {
    if (!closing) logger.warn({ err: { message: err.message } }, 'an idle database connection was lost');
  });
  return { db: drizzle(pool, { schema }), pool, close: () => (closing ??= pool.end()) };
}
