// Where a checkout keeps its data: the folder's place and its rights. What lies inside belongs to the other files here.
import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { databaseUser, mayEnter } from './os-user.ts';

/** Where data goes that the database's user could not reach in the wanted place. */
const systemFolder = '/var/lib/ftrader';

export interface DataDir {
  dir: string;
  /** Why it is not where one would look; to be printed. */
  reason?: string;
}

/** The cluster's folder inside a data folder. */
export const clusterFolder = (dataDir: string): string => join(dataDir, 'postgres');

/**
 * The data folder (absolute; not made yet): `configured` (relative to `checkout`) or `.data` in the checkout. As root,
 * when the database's user may not go there, a folder below /var/lib named after the wanted path, and the reason.
 */
export function resolveDataDir({
  configured,
  checkout,
}: {
  configured?: string | undefined;
  checkout: string;
}): DataDir {
  const wanted = resolve(checkout, configured ?? '.data');
  const user = databaseUser(clusterFolder(wanted));
  // An existing data folder may itself be closed and is opened by prepareDataDir; what stands above it is not ours.
  if (!user || mayEnter(user, dirname(wanted))) return { dir: wanted };
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  return {
    dir: join(systemFolder, name),
    reason: `PostgreSQL runs as ${user.name} because it refuses to run as root, and ${user.name} may not enter ${dirname(wanted)}`,
  };
}

/**
 * Makes the folder and gives back its real path. As root others may pass through it (its secrets are 0600, the
 * cluster 0700); else it is ours alone. Throws when we may not write there.
 */
export function prepareDataDir(dir: string): string {
  const asRoot = process.getuid?.() === 0;
  const first = makeFolders(dir, asRoot ? 0o711 : 0o700);
  if (asRoot) {
    const top = first ?? dir;
    // Whatever the umask made of the folders that are new.
    for (let each = dir; each.length >= top.length; each = dirname(each))
      chmodSync(each, statSync(each).mode | 0o111);
  }
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch {
    throw new Error(
      `${dir} belongs to another user (uid ${statSync(dir).uid}). Start FTrader as that user, or choose a folder of your own: DATA_DIR=/another/folder`,
    );
  }
  return realpathSync(dir);
}

/**
 * Makes `dir` and what is missing above it; gives the topmost that is new. Throws in words. Node's own way never ends where the system
 * lets nobody make anything and says that the parent is not there, as below /proc.
 */
function makeFolders(dir: string, mode: number): string | undefined {
  try {
    if (existsSync(dir) && statSync(dir).isDirectory()) return undefined;
    const first = dir === dirname(dir) ? undefined : makeFolders(dirname(dir), mode);
    mkdirSync(dir, { mode });
    return first ?? dir;
  } catch (error) {
    if (error instanceof FolderError) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new FolderError(
      `${dir} cannot be made (${code}). Choose a folder of your own: DATA_DIR=/another/folder`,
    );
  }
}
class FolderError extends Error {}

/** Whether a data folder holds a cluster. */
export const hasCluster = (dataDir: string): boolean =>
  existsSync(join(clusterFolder(dataDir), 'PG_VERSION'));
