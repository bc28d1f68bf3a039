// Where a checkout keeps its data: the folder's place and its rights. What lies inside belongs to the other files here.
import { createHash } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../lib/files.ts';
import { databaseUser, existingPart, mayEnter } from './os-user.ts';

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
 * when the database's user may not go there, a folder below /var/lib named after the wanted path, and the reason;
 * not for one that is no folder and cannot become one: prepareDataDir says what is wrong with that.
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
  if (!user || !isPossible(wanted, configured !== undefined) || mayEnter(user, dirname(wanted)))
    return { dir: wanted };
  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  return {
    dir: join(systemFolder, name),
    reason: `PostgreSQL runs as ${user.name} because it refuses to run as root, and ${user.name} may not enter ${dirname(wanted)}`,
  };
}

/** Whether `dir` is a folder or looks as if it could be made; `written` asks for the right to write as well, which read-only media give nobody. */
function isPossible(dir: string, written: boolean): boolean {
  try {
    const existing = existingPart(dir);
    lstatSync(dir, { throwIfNoEntry: false }); // throws for a name that is too long, and below what is no folder
    if (written) accessSync(existing, constants.W_OK);
    return statSync(existing).isDirectory();
  } catch {
    return false;
  }
}

/** How to choose another data folder, for messages; a program that is told of it by a flag gives its own. */
export const byVariable = 'DATA_DIR=/another/folder';

/**
 * Makes the folder and gives back its real path. As root others may pass through it (its secrets are 0600, the
 * cluster 0700); else it is ours alone. Throws, in words, when it cannot be made or we may not write there.
 */
export function prepareDataDir(dir: string): string {
  const asRoot = process.getuid?.() === 0;
  const first = makeUsable(dir, asRoot ? 0o711 : 0o700, byVariable);
  if (asRoot) {
    const top = first ?? dir;
    // Whatever the umask made of the folders that are new.
    for (let each = dir; each.length >= top.length; each = dirname(each))
      chmodSync(each, statSync(each).mode | 0o111);
  }
  return realpathSync(dir);
}

const reasons: Record<string, string> = {
  EACCES: 'there is no right to',
  EPERM: 'there is no right to',
  ENOTDIR: 'a file is in its way',
  EROFS: 'that is read-only',
  ENOENT: 'the system takes no folder there',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'its name is too long',
};

/** Makes a folder that we can write to, and gives the topmost one that is new. Throws in words that end with `another` one to choose. */
export function makeUsable(dir: string, mode: number, another: string): string | undefined {
  let first: string | undefined;
  try {
    first = makeFolder(dir, mode);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new Error(`${dir} cannot be made: ${reasons[code] ?? message}. Choose another folder: ${another}`, {
      cause,
    });
  }
  const found = statSync(dir);
  if (!found.isDirectory())
    throw new Error(`${dir} is a file. Move it away, or choose another folder: ${another}`);
  try {
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch {
    throw new Error(
      `${dir} belongs to another user (uid ${found.uid}). Start FTrader as that user, or choose a folder of your own: ${another}`,
    );
  }
  return first;
}

/** Whether a data folder holds a cluster. */
export const hasCluster = (dataDir: string): boolean =>
  existsSync(join(clusterFolder(dataDir), 'PG_VERSION'));
