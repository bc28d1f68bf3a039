// What a role may not do in a database although we need it, as the statements that an owner runs to mend it. Grants nothing itself.
import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import type pg from 'pg';
import * as schema from '../../drizzle/schema/index.ts';
import { Session } from './session.ts';
import { sqlState } from './transaction.ts';

/** Schemas with nothing but what is ours; our tables stand where the search path leads, maybe beside others'. */
const kept = ['drizzle', 'pgboss'];
const tables = Object.values(schema).flatMap((entry) => (is(entry, PgTable) ? getTableName(entry) : []));

interface Found {
  database: string;
  role: string;
  /** Where new tables go; null when the search path leads nowhere. */
  schema: string | null;
  mayCreateSchemas: boolean;
  mayCreateTables: boolean | null;
  /** Of tables that only their owner may change. */
  owners: string[];
  /** Schemas of ours with tables that may not be read and written. */
  closed: string[];
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

async function look(client: pg.Client): Promise<Found> {
  const { rows } = await client.query<Found>(
    `with ours as (
       select n.nspname, c.oid, c.relowner from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and (n.nspname = any($1) 
           or (n.nspname = current_schema() and c.relname = any($2))))
     select current_database() as database, current_user as role, current_schema() as schema,
       has_database_privilege(current_database(), 'CREATE') as "mayCreateSchemas",
       has_schema_privilege(current_schema(), 'CREATE') as "mayCreateTables",
       array(select distinct pg_get_userbyid(relowner)::text from ours where not pg_has_role(relowner, 'USAGE')) as owners,
       array(select distinct nspname::text from ours where not has_schema_privilege(nspname, 'USAGE')
         or not (has_table_privilege(oid, 'SELECT') and has_table_privilege(oid, 'INSERT')
           and has_table_privilege(oid, 'UPDATE') and has_table_privilege(oid, 'DELETE'))) as closed`,
    [kept, tables],
  );
  return rows[0]!;
}

/** What an owner of the database runs so that this role may make and change its tables; empty when it may. */
export async function grantsToMigrate(client: pg.Client): Promise<string[]> {
  const { database, role, schema, mayCreateSchemas, mayCreateTables, owners } = await look(client);
  return [
    ...(mayCreateSchemas ? [] : [`GRANT CREATE ON DATABASE ${quoted(database)} TO ${quoted(role)};`]),
    ...(schema === null || mayCreateTables
      ? []
      : [`GRANT USAGE, CREATE ON SCHEMA ${quoted(schema)} TO ${quoted(role)};`]),
    ...owners.map((owner) => `GRANT ${quoted(owner)} TO ${quoted(role)};`),
  ];
}

/** The same so that this role may read and write the tables that are there. */
export async function grantsToRun(client: pg.Client): Promise<string[]> {
  const { role, closed } = await look(client);
  return closed.flatMap((schema) => [
    `GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${quoted(role)};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${quoted(schema)} TO ${quoted(role)};`,
  ]);
}

/** A right is missing: PostgreSQL's own reason, and what mends it. */
export class MissingRights extends Error {
  readonly grants: readonly string[];
  constructor(reason: string, grants: readonly string[]) {
    super(
      `PostgreSQL refuses it: ${reason}. ${grants.length > 0 ? `An owner of the database runs: ${grants.join(' ')}` : 'Give the user of DATABASE_URL this right, or use the owner of the database.'}`,
    );
    this.name = 'MissingRights';
    this.grants = grants;
  }
}

export const insufficientPrivilege = '42501';

/** The error to throw instead of one that may be for a missing right: with the grants that mend it, or as it came. */
export async function withGrants(url: string, error: unknown): Promise<unknown> {
  if (sqlState(error) !== insufficientPrivilege || error instanceof MissingRights) return error;
  const client = new Session({ connectionString: url, application_name: 'ftrader rights' });
  client.on('error', () => undefined); // told by the query that fails
  try {
    await client.connect();
    const grants = [...(await grantsToMigrate(client)), ...(await grantsToRun(client))];
    return new MissingRights((error as Error).message, grants);
  } catch {
    return error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
