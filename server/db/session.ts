// A session with PostgreSQL on which all that our code relies on is set, whatever the server, the database or the role says.
import pg from 'pg';

/**
 * What our code and pg's parsers read and write by. Where tables are (`search_path`) and how long a statement may take (`…_timeout`,
 * `default_transaction_read_only`) is for whoever runs the server to say, and stays as it is.
 */
export const sessionSettings = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  array_nulls: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  default_transaction_isolation: 'read committed',
} as const;

/**
 * Set by statement and not in the start-up message: PgBouncer refuses a connection that starts with a setting which it does not keep,
 * but lets a statement pass, and in transaction mode it carries those that it is told of (client_encoding, DateStyle, TimeZone,
 * standard_conforming_strings) to each server connection. Commits are waited for: what was told as done must outlive a loss of power.
 */
const setThem = `select ${Object.entries(sessionSettings)
  .map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', false)`)
  .join(', ')}, case pg_catalog.current_setting('synchronous_commit') when 'off'
  then pg_catalog.set_config('synchronous_commit', 'on', false) end`;
const withinMs = 10_000;

/** pg takes these modes for `verify-full`, each time with a warning of ten lines: the address says so itself. */
const asVerified = (url: string) =>
  url.replace(/([?&]sslmode=)(prefer|require|verify-ca)(?=&|$)/, '$1verify-full');

/** How every connection of ours is made; pools take it as their `Client`. Connected means that the settings are made. */
export class Session extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    const { connectionString: url } = config;
    super({ ...config, ...(url !== undefined && { connectionString: asVerified(url) }) });
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((err: Error) => void) | ((err: null, client: pg.Client) => void)): void;
  override connect(callback?: (err: never, client: never) => void): Promise<pg.Client> | void {
    const ready = this.#connectAndSet();
    if (!callback) return ready;
    const answer = callback as (err: Error | null, client?: pg.Client) => void;
    ready.then(() => answer(null, this), answer);
  }

  async #connectAndSet(): Promise<this> {
    await super.connect();
    const onLost = () => undefined; // told by the statement, which fails
    this.on('error', onLost);
    try {
      await this.query({ text: setThem, query_timeout: withinMs } as pg.QueryConfig);
      return this;
    } catch (error) {
      // Nobody else has this connection yet. One that does not answer does not answer the good-bye either.
      void super.end().catch(() => undefined);
      this.connection.stream.destroy();
      throw error;
    } finally {
      this.off('error', onLost);
    }
  }
}
