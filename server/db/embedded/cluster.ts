// Making a cluster: initdb beside, renamed into place when whole, so a crash leaves either none or a good one. Starts nothing.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Ids } from '../../lib/ids.ts';
import { cleanEnvironment } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { clusterFolder, hasCluster } from '../../data-folder/data-dir.ts';
import { readIfExists, syncFolder, writeFileDurably } from '../../lib/files.ts';
import type { OsUser } from '../../data-folder/os-user.ts';

/** The cluster's superuser and its database. */
export const databaseName = 'ftrader';
const initdbTimeoutMs = 120_000;
const unfinished = 'postgres.unfinished-';

/** Kept in the cluster's own file, where an operator may change them. Modest: prices never touch the database. */
const settings = [
  'shared_buffers=64MB',
  'max_connections=200',
  'max_wal_size=512MB',
  'timezone=UTC',
  'log_timezone=UTC',
  // Failed statements are the application's to report; their text and row values do not belong in a log file.
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
  'log_checkpoints=off',
];

/**
 * Makes the cluster unless it is there, and removes what a crash in an earlier attempt left behind. Throws when the
 * folder holds something else, or a cluster of another major version.
 */
export async function ensureCluster(options: {
  dataDir: string;
  binaries: Binaries;
  user: OsUser | undefined;
  password: string;
  durable: boolean;
}): Promise<void> {
  const { dataDir, binaries, user } = options;
  const cluster = clusterFolder(dataDir);
  for (const name of readdirSync(dataDir))
    if (name.startsWith(unfinished))
      rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 3 });
  if (hasCluster(dataDir)) {
    const major = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
    if (major !== binaries.major)
      throw new Error(
        `${cluster} was made by PostgreSQL ${major}, this FTrader brings ${binaries.major}. Back up with the FTrader that made it and restore with this one, or set DATA_DIR to a new folder.`,
      );
    return;
  }
  if (existsSync(cluster))
    throw new Error(
      `${cluster} exists but is no PostgreSQL cluster. Move it away, or set DATA_DIR to another folder.`,
    );
  const work = mkdtempSync(join(dataDir, unfinished));
  const [fresh, passwordFile] = [join(work, 'cluster'), join(work, 'password')];
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, options.password, { mode: 0o600 });
  if (user) for (const path of [work, fresh, passwordFile]) chownSync(path, user.uid, user.gid);
  try {
    await promisify(execFile)(
      binaries.initdb,
      [
        '--pgdata',
        fresh,
        '--username',
        databaseName,
        '--pwfile',
        passwordFile,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // PostgreSQL's own C.UTF-8: the same order on every system, whatever locales it has.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-instructions',
        ...(options.durable ? [] : ['--no-sync']),
        ...settings.flatMap((setting) => ['--set', setting]),
      ],
      {
        cwd: '/',
        env: cleanEnvironment,
        timeout: initdbTimeoutMs,
        ...(user && { uid: user.uid, gid: user.gid }),
      },
    );
    chmodSync(fresh, 0o700);
    renameSync(fresh, cluster);
    syncFolder(dataDir);
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() ?? '';
    throw new Error(
      `PostgreSQL could not make its data folder in ${dataDir}: ${said || (cause as Error).message}`,
      { cause },
    );
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The cluster's password, made at first use, kept beside the cluster and readable by us only. */
export function loadPassword(dataDir: string, ids: Ids): string {
  const path = join(dataDir, 'postgres.password');
  const found = readIfExists(path)?.trim();
  if (found) return found;
  if (hasCluster(dataDir))
    throw new Error(
      `${path} is missing, and without it the database does not open. Put it back from a backup.`,
    );
  const made = ids.secret();
  writeFileDurably(path, `${made}\n`);
  return made;
}
