// Bringing a database's tables up to date, and telling whether they are. The SQL is generated into drizzle/migrations.
import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type pg from 'pg';
import { pause, systemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { grantsToMigrate, grantsToRun, insufficientPrivilege, MissingRights } from './rights.ts';
import { Session } from './session.ts';
import { UnusableDatabase } from './unusable.ts';
import { sqlState } from './transaction.ts';

const defaultFolder = fileURLToPath(new URL('../../drizzle/migrations', import.meta.url));
/** Any number of our own; every FTrader process uses the same one. */
const advisoryLock = 7_368_501;
/** Longest wait for another process that migrates. */
const lockTimeoutMs = 300_000;
const lockLookMs = 200;
/** A lock whose session does nothing for so long was left behind, as by a process before ours behind a pooler in transaction mode. */
const leftBehindMs = 3_000;
const connectTimeoutMs = 10_000;
const oldestServer = 150_000;

export interface MigrationStatus {
  /** As the server gives it: `18.4`. */
  serverVersion: string;
  applied: number;
  pending: number;
  /** What an owner of the database runs first, since the rights to migrate, or to work with the tables, are missing. */
  missingGrants: string[];
}

type Migration = ReturnType<typeof readMigrationFiles>[number];

/**
 * Applies what is missing, all of it or nothing, and gives back how many that were. Processes that start together take
 * turns, so each migration runs once; where there is nothing to apply, nothing is locked and no right to change tables is needed.
 * Throws for PostgreSQL before 15, a database that is not in UTF-8, missing rights, and when a migration fails.
 */
export async function migrate(
  url: string,
  { logger, folder = defaultFolder }: { logger: Logger; folder?: string },
): Promise<number> {
  return withClient(url, async (client) => {
    await requireServer(client);
    const all = readMigrationFiles({ migrationsFolder: folder });
    const count = (await pendingOf(client, all)).length > 0 ? await applyInTurn(client, all, logger) : 0;
    if (count > 0) logger.info({ count }, 'database migrated');
    await requireRights(client);
    await requireTables(client, folder);
    return count;
  });
}

/** Reads the state without changing it. Throws as `migrate` does when the server cannot be reached, is too old, or does not let us look. */
export async function readMigrationStatus(
  url: string,
  { folder = defaultFolder }: { folder?: string } = {},
): Promise<MigrationStatus> {
  return withClient(url, async (client) => {
    const serverVersion = await requireServer(client);
    const all = readMigrationFiles({ migrationsFolder: folder });
    const pending = (await pendingOf(client, all)).length;
    const missingGrants = pending > 0 ? await grantsToMigrate(client) : await grantsToRun(client);
    return { serverVersion, applied: all.length - pending, pending, missingGrants };
  });
}

/** Waits for its turn, then applies what is still missing. */
async function applyInTurn(client: pg.Client, all: readonly Migration[], logger: Logger): Promise<number> {
  let told = false;
  let idleMs = 0;
  for (let waitedMs = 0; ; waitedMs += lockLookMs) {
    const count = await tryToApply(client, all);
    if (count !== undefined) return count;
    const holder = await findHolder(client);
    if (holder && !told) logger.info(holder, 'waiting for another process that migrates the database');
    told ||= holder !== undefined;
    idleMs = holder?.state === 'idle' ? idleMs + lockLookMs : 0;
    if (holder && (idleMs >= leftBehindMs || waitedMs >= lockTimeoutMs))
      throw new Error(
        `The database is not migrated, since a connection holds the lock for it and ${idleMs > 0 ? 'does nothing' : 'is not done'} (pid ${holder.pid}, ${holder.application || 'without a name'}): a pooler in transaction mode keeps what an older FTrader left there. End it with: select pg_terminate_backend(${holder.pid})`,
      );
    await pause(systemClock, lockLookMs);
  }
}

/**
 * In one transaction, its lock included: at its end PostgreSQL gives the lock back, whatever connection a pooler in transaction mode gave
 * us. Drizzle's own migrator opens its transaction itself, so that no lock can be in it. Undefined while another one holds the lock.
 */
async function tryToApply(client: pg.Client, all: readonly Migration[]): Promise<number | undefined> {
  await client.query('begin');
  try {
    await client.query(`set local statement_timeout = 0; set local lock_timeout = ${lockTimeoutMs}`);
    const { rows } = await client.query<{ ours: boolean }>('select pg_try_advisory_xact_lock($1) as ours', [
      advisoryLock,
    ]);
    if (!rows[0]?.ours) {
      await client.query('rollback');
      return undefined;
    }
    const pending = await pendingOf(client, all);
    if (pending.length > 0)
      await client.query(`create schema if not exists drizzle;
        create table if not exists drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`);
    for (const { sql, hash, folderMillis } of pending) {
      for (const statement of sql) await client.query(statement);
      await client.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
        hash,
        folderMillis,
      ]);
    }
    await client.query('commit');
    return pending.length;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    if (sqlState(error) !== insufficientPrivilege) throw error;
    throw new MissingRights((error as Error).message, await grantsToMigrate(client));
  }
}

async function findHolder(
  client: pg.Client,
): Promise<{ pid: number; application: string; state: string | null } | undefined> {
  const { rows } = await client.query<{ pid: number; application: string; state: string | null }>(
    `select pid, application_name as application, state from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and classid = 0 and objid = $1 and granted
       and pg_locks.database = (select oid from pg_database where datname = current_database())`,
    [advisoryLock],
  );
  return rows[0];
}

/** Those newer than the newest one applied, in order. */
async function pendingOf(client: pg.Client, all: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ there: boolean }>(
    `select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'drizzle' and c.relname = '__drizzle_migrations') as there`,
  );
  if (!rows[0]?.there) return [...all];
  try {
    const applied = await client.query<{ last: string | null }>(
      'select max(created_at) as last from drizzle.__drizzle_migrations',
    );
    const last = applied.rows[0]?.last ?? null;
    return all.filter(({ folderMillis }) => last === null || folderMillis > Number(last));
  } catch (error) {
    if (sqlState(error) !== insufficientPrivilege) throw error;
    throw new MissingRights((error as Error).message, await grantsToRun(client));
  }
}

/** Refused at the start, not at the first request that needs it. */
async function requireRights(client: pg.Client): Promise<void> {
  const grants = await grantsToRun(client);
  if (grants.length > 0) throw new MissingRights('this user may not read and write all tables', grants);
}

/** A search path that leads elsewhere hides the tables that are there. */
async function requireTables(client: pg.Client, folder: string): Promise<void> {
  if (folder !== defaultFolder) return;
  const { rows } = await client.query<{ seen: boolean; path: string }>(
    `select to_regclass('users') is not null as seen, current_setting('search_path') as path`,
  );
  if (!rows[0]?.seen)
    throw new Error(
      `The tables of FTrader are in this database, but not where its user looks (search_path is ${rows[0]?.path}). Set it to the schema they are in: alter role … set search_path = …`,
    );
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new Session({
    connectionString: url,
    application_name: 'ftrader migrate',
    connectionTimeoutMillis: connectTimeoutMs,
  });
  client.on('error', () => undefined); // told by the query that fails
  try {
    await client.connect().catch((error: unknown) => {
      if (sqlState(error) === insufficientPrivilege) throw error;
      throw new UnusableDatabase(url, error);
    });
    return await work(client);
  } catch (error) {
    const isOurs = error instanceof MissingRights;
    if (isOurs || sqlState(error) !== insufficientPrivilege) throw error;
    throw new MissingRights((error as Error).message, []);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function requireServer(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ number: number; text: string; encoding: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as text,
       (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()) as encoding`,
  );
  const { number = 0, text = '', encoding = '' } = rows[0] ?? {};
  if (number < oldestServer)
    throw new Error(
      `FTrader needs PostgreSQL 15 or later; DATABASE_URL leads to ${text}. Upgrade that server, or unset DATABASE_URL to use the embedded one.`,
    );
  if (encoding !== 'UTF8')
    throw new Error(
      `FTrader needs a database in UTF8; this one is in ${encoding} and cannot hold every name. Make another one: create database … encoding 'UTF8' template template0`,
    );
  return text.split(' ')[0] ?? text;
}
