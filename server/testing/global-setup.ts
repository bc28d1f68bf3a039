// Before all tests: one embedded PostgreSQL in a folder of its own, and in it the migrated template that testDb clones.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findLockHolder, lockDataDir } from '../data-folder/index.ts';
import { startEmbeddedPostgres } from '../db/embedded/index.ts';
import { findServer, stopServer } from '../db/embedded/server.ts';
import { migrate } from '../db/migrate.ts';
import { createJobs } from '../jobs/index.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { removeLeftovers, takeNotes } from './leftovers.ts';
import { templateName, withAdmin } from './test-db.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the server's own database; testDb clones the template beside it. */
    databaseUrl: string;
  }
}

const prefix = 'ftrader-test-';

/** Starts it; the returned function stops it and removes the folder. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await sweep();
  const dataDir = await mkdtemp(join(tmpdir(), prefix));
  const remove = () => rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
  try {
    await lockDataDir(dataDir);
    const postgres = await startEmbeddedPostgres({ dataDir, logger: silentLogger, durable: false });
    try {
      await withAdmin(postgres.url, (admin) => admin.query(`create database ${templateName}`));
      const databaseUrl = Object.assign(new URL(postgres.url), { pathname: templateName }).href;
      await migrate(databaseUrl, { logger: silentLogger });
      const jobs = createJobs({ databaseUrl, logger: silentLogger }); // its tables are what a start takes longest for
      await jobs.start({ work: false });
      await jobs.close();
      await withAdmin(postgres.url, (admin) =>
        admin.query(`alter database ${templateName} with is_template true allow_connections false`),
      );
    } catch (error) {
      await postgres.stop();
      throw error;
    }
    project.provide('databaseUrl', postgres.url);
    const notes = join(dataDir, 'leftovers');
    takeNotes(notes);
    return async () => {
      const removed = await removeLeftovers(notes);
      if (removed.length > 0) console.log(`a test left behind, and the run removed: ${removed.join(', ')}`);
      await postgres.stop();
      await remove();
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Ends what runs that were killed left behind: their lock names a process that is gone. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const dataDir = join(tmpdir(), name);
    // One that has no lock yet is just being made.
    if (
      !name.startsWith(prefix) ||
      !existsSync(join(dataDir, 'lock')) ||
      findLockHolder(dataDir) !== undefined
    )
      continue;
    try {
      const { server } = findServer(join(realpathSync(dataDir), 'postgres'));
      if (server) await stopServer(server, systemClock);
      await rm(dataDir, { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // another user's, or another run sweeps it at this moment
    }
  }
}
