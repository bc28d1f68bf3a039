// A running PostgreSQL server process: found, asked, waited for, stopped. Makes no cluster and chooses no port.
import { join } from 'node:path';
import { realpathSync } from 'node:fs';
import pg from 'pg';
import { pause } from '../../lib/clock.ts';
import type { Clock } from '../../lib/clock.ts';
import { databaseName } from './cluster.ts';
import { readIfExists } from '../../lib/files.ts';
import { isSameProcess, processIdentity, processesIn, signal } from '../../data-folder/processes.ts';

/** The postmaster of a cluster: its pid, and the identity that tells it from a later process with that pid. */
export interface Server {
  pid: number;
  identity: string;
}

const pollMs = 25;
/** A fast shutdown ends sessions and writes a checkpoint; together with the next two it fits into one step of lifecycle.ts. */
const fastStopMs = 5_000;
const immediateStopMs = 1_500;
const killMs = 1_000;
const connectTimeoutMs = 2_000;
/** The longest of them makes the database: a few files, synced. */
const queryTimeoutMs = 30_000;

/** The process and port that postmaster.pid of `cluster` names, whether or not they are still true. */
export function readPidFile(cluster: string): { pid: number; port: number } | undefined {
  const lines = readIfExists(join(cluster, 'postmaster.pid'))?.split('\n');
  return lines && { pid: Number(lines[0]), port: Number(lines[3]) };
}

/** What lives of this cluster: its server, and (Linux) every process that works in its folder, strays of a dead server included. */
export function findServer(cluster: string): {
  server: Server | undefined;
  port: number | undefined;
  processes: number[] | undefined;
} {
  const file = readPidFile(cluster);
  const processes = processesIn(cluster);
  const identity = file && processIdentity(file.pid);
  // A pid alone proves nothing after a reboot or a container's restart.
  const ours =
    file !== undefined && identity !== undefined && (processes === undefined || processes.includes(file.pid));
  return { server: ours ? { pid: file.pid, identity } : undefined, port: file?.port, processes };
}

export const isAlive = ({ pid, identity }: Server): boolean => isSameProcess(pid, identity);

/** The address of `database` in the cluster at `port`. No encryption: it never leaves this machine. */
export function databaseUrl(port: number, password: string, database = databaseName): string {
  return `postgres://${databaseName}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

export type Answer = 'ready' | 'not yet' | 'wrong password' | 'another cluster';

/** Asks whoever listens at `port` whether it is the server of `cluster`, and makes our database there if it is missing. */
export async function askServer(cluster: string, port: number, password: string): Promise<Answer> {
  // Not a Session: this cluster is our own, and nothing that is read here depends on settings.
  const client = new pg.Client({
    connectionString: databaseUrl(port, password, 'postgres'),
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    application_name: 'ftrader start',
  });
  client.on('error', () => undefined); // told by the query that fails
  try {
    await client.connect();
    const { rows } = await client.query<{ dir: string; exists: boolean }>(
      `select current_setting('data_directory') as dir, exists (select from pg_database where datname = '${databaseName}') as exists`,
    );
    if (!rows[0] || realpathSync(rows[0].dir) !== cluster) return 'another cluster';
    if (!rows[0].exists) await client.query(`create database ${databaseName}`);
    return 'ready';
  } catch (error) {
    return (error as { code?: string }).code === '28P01' ? 'wrong password' : 'not yet';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Waits until the server is gone; false when `ms` pass first. */
export async function waitUntilGone(server: Server, ms: number, clock: Clock): Promise<boolean> {
  const giveUpAt = clock.monotonicMs() + ms;
  while (isAlive(server) && clock.monotonicMs() < giveUpAt) await pause(clock, pollMs);
  return !isAlive(server);
}

/** Fast shutdown, then immediate, then kill, each bounded. Resolves when the process is gone; the data is safe in every case. */
export async function stopServer(server: Server, clock: Clock): Promise<void> {
  const steps = [
    ['SIGINT', fastStopMs],
    ['SIGQUIT', immediateStopMs],
    ['SIGKILL', killMs],
  ] as const;
  for (const [name, ms] of steps) {
    if (!isAlive(server)) return;
    signal(server.pid, name);
    if (await waitUntilGone(server, ms, clock)) return;
  }
  throw new Error(`PostgreSQL (pid ${server.pid}) does not stop; the next start takes it over`);
}
