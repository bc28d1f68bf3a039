// Looking at a data folder from outside, for commands that run beside FTrader. Changes and stops nothing.
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { clusterFolder } from '../../data-folder/data-dir.ts';
import { readIfExists } from '../../lib/files.ts';
import { askServer, databaseUrl, findServer } from './server.ts';

/** The address of the PostgreSQL that is running for this data folder, or undefined when none answers. */
export async function findRunningUrl(dataDir: string): Promise<string | undefined> {
  if (!existsSync(clusterFolder(dataDir))) return undefined;
  const dir = realpathSync(dataDir);
  const cluster = clusterFolder(dir);
  const { server, port } = findServer(cluster);
  const password = readIfExists(join(dir, 'postgres.password'))?.trim();
  if (!server || !port || !password) return undefined;
  return (await askServer(cluster, port, password)) === 'ready' ? databaseUrl(port, password) : undefined;
}
