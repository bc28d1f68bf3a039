// Why a PostgreSQL cannot be used, in words that say what to change. Connects to nothing.
import { whyUnreachable } from '../lib/unreachable.ts';
import { sqlState } from './transaction.ts';

/** Where a connection was to go, as pg read it from the address; the host may be the folder of a Unix socket. */
export interface Target {
  host: string;
  port: number;
  database?: string | undefined;
  user?: string | undefined;
}

/** The settings that name the database are wrong, or nobody answers there. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
}

/** PostgreSQL's refusals, by code. */
const words: Record<string, string | ((target: Target) => string)> = {
  '28P01': ({ user }) => `the password of the user ${user} is wrong`,
  '28000': ({ user }) => `the user ${user} may not log in from here: see pg_hba.conf there`,
  '3D000': ({ database }) => `it has no database "${database}". Make it there: createdb ${database}`,
  '57P03': 'it is starting. Try again in a moment',
  '53300': 'it has no connection left. Raise max_connections there, or end others',
};
const noTls = 'it speaks no TLS. Write sslmode=disable into the address, or switch ssl on there';
const remedy =
  'Add sslrootcert=/path/to/that/authority.pem to the address; sslmode=no-verify takes any certificate';

/** An error of connecting to `target` in words; one that says enough itself comes back as it is. */
export function inWords(target: Target, error: unknown): unknown {
  const why = reasonOf(target, error);
  if (why === undefined) return error;
  const { host, port, database } = target;
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}/${database ?? ''}`;
  return new DatabaseUnreachable(`DATABASE_URL (or DB_HOST and its like): PostgreSQL at ${where}: ${why}.`, {
    cause: error,
  });
}

function reasonOf(target: Target, error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message.includes('does not support SSL')) return noTls;
  // pg gives these no code.
  const late = /timeout expired|connection timeout/i.test(error.message);
  const code = late ? 'ETIMEDOUT' : (sqlState(error) ?? (error as NodeJS.ErrnoException).code ?? '');
  const found = words[code] ?? whyUnreachable(code, { host: target.host, remedy });
  return typeof found === 'function' ? found(target) : found;
}
