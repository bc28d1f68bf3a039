// The connection to PostgreSQL: one pool and Drizzle over it, with transactions that are sent ahead. Holds no query.
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import * as schema from '../../drizzle/schema/index.ts';
import { systemClock, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { createPipelinedTransaction } from './pipeline.ts';
import { Session } from './session.ts';
import { gatheringSocket } from './socket.ts';
import type { Db, Tx } from './transaction.ts';
import { watchTrouble } from './trouble.ts';

export type { Db };

export interface Database {
  db: Db;
  pool: pg.Pool;
  /** What keeps it from working as it should, for people; null: nothing that we have met lately. Rejects when it does not answer. */
  trouble(): Promise<string | null>;
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
  clock = systemClock,
}: {
  url: string;
  logger: Logger;
  clock?: Clock;
  max?: number;
  name?: string;
}): Database {
  const pool = new pg.Pool({
    Client: Session,
    connectionString: url,
    max,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    pipeline: true,
    stream: () => gatheringSocket(),
  });
  // Without a listener the process ends when the server restarts (57P01). The pool replaces the connection by itself.
  let closing: Promise<void> | undefined;
  pool.on('error', (err) => {
    if (!closing) logger.warn({ err: { message: err.message } }, 'an idle database connection was lost');
  });
  const on = (client: pg.PoolClient): Tx => drizzle(client, { schema });
  const db: Db = Object.assign(drizzle(pool, { schema }), {
    transaction: createPipelinedTransaction(pool, on),
  });
  return { db, pool, trouble: watchTrouble(pool, clock), close: () => (closing ??= pool.end()) };
}
