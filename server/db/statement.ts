// Statements of constant text for what runs often: each connection parses and plans one once. Building SQL for the rest is Drizzle's.
import { getTableColumns } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { types, type Pool, type PoolClient, type QueryArrayConfig, type QueryArrayResult } from 'pg';
import { countedIn, isReadOnly } from './pipeline.ts';
import { together } from './together.ts';
import type { Db, Tx } from './transaction.ts';

/** What goes out as a parameter: nothing that could fail while it is encoded, after the statement was counted as sent. */
export type Parameter = string | number | boolean | null | readonly (string | null)[];

export interface Statement<Row> {
  /** Of this text alone, at most 63 characters: PostgreSQL keeps its plan under it. */
  name: string;
  text: string;
  /** A row of the answer, its columns in the order of the text. */
  read(columns: unknown[]): Row;
  /** Of one that locks what it reads: the same without the lock, for a transaction that only reads. */
  unlocked?: Pick<Statement<Row>, 'name' | 'text'>;
}

const names = new Set<string>();
/** A statement; `read` is left out where its rows are not read. Throws for a name that is taken. */
export function statement(name: string, text: string): Statement<void>;
export function statement<Row>(name: string, text: string, read: Statement<Row>['read']): Statement<Row>;
export function statement<Row>(name: string, text: string, read?: Statement<Row>['read']): Statement<Row> {
  if (names.has(name)) throw new Error(`invariant: two statements are called ${name}`);
  names.add(name);
  return { name, text, read: read ?? (() => undefined as Row) };
}

/** A statement that locks the rows it reads. In a transaction that only reads it is sent without its lock. */
export function lockingStatement<Row>(
  name: string,
  text: string,
  read: Statement<Row>['read'],
): Statement<Row> {
  const unlocked = statement(`${name}_unlocked`, text, read);
  return { ...statement(name, `${text} for update`, read), unlocked };
}

/** Sends a statement, at once, and gives its rows. Rejects with PostgreSQL's error. */
export async function run<Row>(
  { $client }: { $client: Pick<Pool | PoolClient, 'query'> },
  what: Statement<Row>,
  values: readonly Parameter[],
): Promise<Row[]> {
  const { name, text } = what.unlocked && isReadOnly({ $client }) ? what.unlocked : what;
  const query: QueryArrayConfig<unknown[]> = {
    name,
    text,
    rowMode: 'array',
    types: asSent,
    values: [...values],
  };
  const { rows } = await ($client.query(query) as Promise<QueryArrayResult<unknown[]>>);
  return rows.map(what.read);
}

/** As `run`, on the connection that shares this turn (together.ts): for what a request begins with, quick and without a lock. */
export const runTogether = <Row>(
  { $client }: Db,
  what: Statement<Row>,
  values: readonly Parameter[],
): Promise<Row[]> => together($client, (client) => run({ $client: client }, what, values));

/** Sends a statement of a transaction whose answer is waited for only by its COMMIT. The rows, for whoever wants them after all. */
export const leave = <Row>(tx: Tx, what: Statement<Row>, values: readonly Parameter[]): Promise<Row[]> =>
  countedIn(tx, run(tx, what, values));

/** Instants stay text, as Drizzle's columns read them. */
const asSent: NonNullable<QueryArrayConfig['types']> = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === types.builtins.TIMESTAMPTZ
      ? (value: string) => value
      : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/** Columns of a table, in the order given: how a text lists them, and how their values are read and written. */
export interface Columns<Row> {
  /** `"id", "user_id"` */
  list: string;
  /** `$1, $2`; the first is `$from`. */
  placeholders(from?: number): string;
  /** `"id" = $1, "user_id" = $2`; the first is `$from`. */
  assignments(from?: number): string;
  read(columns: unknown[]): Row;
  values(row: Row): Parameter[];
}

/** Some columns of a table, or all of them. */
export function columnsOf<Table extends PgTable>(table: Table): Columns<Table['$inferSelect']>;
export function columnsOf<Table extends PgTable, const Key extends keyof Table['$inferSelect'] & string>(
  table: Table,
  keys: readonly Key[],
): Columns<Pick<Table['$inferSelect'], Key>>;
export function columnsOf(table: PgTable, keys?: readonly string[]): Columns<Record<string, unknown>> {
  const all = getTableColumns(table) as Record<string, AnyPgColumn>;
  const chosen = (keys ?? Object.keys(all)).map((key) => ({ key, column: all[key]! }));
  return {
    list: chosen.map(({ column }) => `"${column.name}"`).join(', '),
    placeholders: (from = 1) => chosen.map((_, index) => `$${from + index}`).join(', '),
    assignments: (from = 1) =>
      chosen.map(({ column }, index) => `"${column.name}" = $${from + index}`).join(', '),
    read: (values) =>
      Object.fromEntries(
        chosen.map(({ key, column }, index) => [
          key,
          values[index] === null ? null : column.mapFromDriverValue(values[index]),
        ]),
      ),
    values: (row) =>
      chosen.map(({ key, column }) => {
        const value = row[key];
        return value === null || value === undefined ? null : (column.mapToDriverValue(value) as Parameter);
      }),
  };
}
