// Bringing a database's tables up to date, and telling whether they are. The SQL is generated into drizzle/migrations.
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import type { Logger } from '../lib/logger.ts';
import { Session } from './session.ts';

const defaultFolder = fileURLToPath(new URL('../../drizzle/migrations', import.meta.url));
/** Any number of our own; every FTrader process uses the same one. */
const advisoryLock = 7_368_501;
/** Longest wait for another process that migrates. */
const lockTimeoutMs = 300_000;
const connectTimeoutMs = 10_000;
const oldestServer = 150_000;

export interface MigrationStatus {
  /** As the server gives it: `18.4`. */
  serverVersion: string;
  applied: number;
  pending: number;
}

/**
 * Applies what is missing, all of it or nothing, and gives back how many that were. Processes that start together take
 * turns, so each migration runs once. Throws for PostgreSQL before 15 and when a migration fails.
 */
export async function migrate(
  url: string,
  { logger, folder = defaultFolder }: { logger: Logger; folder?: string },
): Promise<number> {
  return withClient(url, async (client) => {
    await requireServer(client);
    // A lock of the session, not of a transaction: Drizzle opens its own. Closing the connection gives it back.
    await client.query(`set lock_timeout = ${lockTimeoutMs}`);
    await client.query('select pg_advisory_lock($1)', [advisoryLock]);
    await client.query('set lock_timeout = 0');
    const before = await countApplied(client);
    await applyMigrations(drizzle(client), { migrationsFolder: folder });
    const count = (await countApplied(client)) - before;
    if (count > 0) logger.info({ count }, 'database migrated');
    return count;
  });
}

/** Reads the state without changing it. Throws as `migrate` does when the server cannot be reached or is too old. */
export async function readMigrationStatus(
  url: string,
  { folder = defaultFolder }: { folder?: string } = {},
): Promise<MigrationStatus> {
  return withClient(url, async (client) => {
    const serverVersion = await requireServer(client);
    const applied = await countApplied(client);
    return {
      serverVersion,
      applied,
      pending: Math.max(0, readMigrationFiles({ migrationsFolder: folder }).length - applied),
    };
  });
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new Session({
    connectionString: url,
    application_name: 'ftrader migrate',
    connectionTimeoutMillis: connectTimeoutMs,
  });
  client.on('error', () => undefined); // told by the query that fails
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function requireServer(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ number: number; text: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`,
  );
  const { number = 0, text = '' } = rows[0] ?? {};
  if (number < oldestServer)
    throw new Error(
      `FTrader needs PostgreSQL 15 or later; DATABASE_URL leads to ${text}. Upgrade that server, or unset DATABASE_URL to use the embedded one.`,
    );
  return text.split(' ')[0] ?? text;
}

async function countApplied(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as there`,
  );
  if (!rows[0]?.there) return 0;
  const applied = await client.query<{ count: number }>(
    'select count(*)::int as count from drizzle.__drizzle_migrations',
  );
  return applied.rows[0]?.count ?? 0;
}
