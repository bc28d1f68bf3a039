// The embedded PostgreSQL of a data folder for a command, whether FTrader runs on it or not.
import { fileURLToPath } from 'node:url';
import { findLockHolder, lockDataDir, prepareDataDir } from '../server/data-folder/index.ts';
import { findRunningUrl, startEmbeddedPostgres } from '../server/db/embedded/index.ts';
import { silentLogger } from '../server/lib/logger.ts';

export const checkout = fileURLToPath(new URL('..', import.meta.url));

export interface Borrowed extends AsyncDisposable {
  url: string;
  /** The process that runs it; undefined when it was started for us, and is stopped again. */
  holder: number | undefined;
}

/** The PostgreSQL of a data folder: the one that runs, or else it is started under the folder's lock. `durable: false` for a folder that is thrown away. */
export async function borrowEmbedded(dir: string, { durable = true } = {}): Promise<Borrowed> {
  const holder = findLockHolder(dir);
  if (holder !== undefined) {
    const url = await findRunningUrl(dir);
    if (!url) throw new Error(`FTrader runs (pid ${holder}), its PostgreSQL does not answer yet`);
    return { url, holder, [Symbol.asyncDispose]: async () => undefined };
  }
  const dataDir = prepareDataDir(dir);
  const lock = await lockDataDir(dataDir);
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, logger: silentLogger, durable });
    return {
      url: postgres.url,
      holder,
      async [Symbol.asyncDispose]() {
        await postgres.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
