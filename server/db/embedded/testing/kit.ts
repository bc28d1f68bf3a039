// What the tests of embedded PostgreSQL share: throw-away data folders, servers, and processes that run one.
import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { silentLogger } from '../../../lib/logger.ts';
import { startEmbeddedPostgres } from '../index.ts';
import { processesIn } from '../../../data-folder/processes.ts';

export const asRoot = process.getuid?.() === 0;
/** The project's own folder. */
export const checkout = fileURLToPath(new URL('../../../..', import.meta.url));
/** A plain user that every machine has. */
export const nobody = { name: 'nobody', uid: 65_534, gid: 65_534 };

/** A data folder that is removed at the end, and any server still working in it ended. Not made yet. */
export function folder(name = 'data'): string {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'ftrader-start-')));
  chmodSync(top, 0o755);
  const dir = join(top, name);
  onTestFinished(() => {
    for (const pid of processesIn(join(dir, 'postgres')) ?? []) process.kill(pid, 'SIGKILL');
    rmSync(top, { recursive: true, force: true, maxRetries: 5 });
  });
  return dir;
}

/** Starts PostgreSQL here; stopped at the end of the test. */
export async function start(dataDir: string) {
  const postgres = await startEmbeddedPostgres({ dataDir, logger: silentLogger, durable: false });
  onTestFinished(() => postgres.stop());
  return postgres;
}

/** Starts it in a process of its own; resolves with the process and an iterator over the lines it says. */
export function startChild(
  dataDir: string,
  { root = checkout, ...options }: SpawnOptions & { root?: string } = {},
  ...args: string[]
) {
  const child = spawn(
    process.execPath,
    [join(root, 'server/db/embedded/testing/child.ts'), dataDir, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], ...options },
  ) as ChildProcess & { stdout: NodeJS.ReadableStream };
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    child,
    next: async () =>
      JSON.parse((await lines.next()).value as string) as Record<string, unknown> & { url: string },
  };
}

/** The rows of one statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The pids at work in the cluster of a data folder. */
export const working = (dataDir: string) => processesIn(join(dataDir, 'postgres'));
