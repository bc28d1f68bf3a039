// This installation for a command, on whichever database it has: its users, and all that its servers stand on.
import { composeUserAdministration } from '../server/compose/users.ts';
import { openGround, type Ground } from '../server/compose/ground.ts';
import { readConfig, type Config } from '../server/config.ts';
import { findLockHolder, lockDataDir, prepareDataDir, resolveDataDir } from '../server/data-folder/index.ts';
import { migrate, readMigrationStatus } from '../server/db/migrate.ts';
import { createLifecycle } from '../server/lib/lifecycle.ts';
import { createLogger } from '../server/lib/logger.ts';
import { borrowEmbedded, checkout } from './embedded.ts';

export interface Installation {
  ground: Ground;
  config: Config;
  /** Where it keeps its data, made or not. */
  dataDir: string;
  /** Whether somebody else may be running on the database. */
  mayRun: boolean;
}

/** Runs `work` on the database at DATABASE_URL, of the FTrader that runs, or on the embedded PostgreSQL, started for as long as it takes. What runs meanwhile goes on, and learns what changed. */
/** `alone`: where nobody runs in the data folder it is held, and the database brought up to date, whichever that is: for work that starts parts of a server. `migrates` false: for work that changes nothing. */
export async function withInstallation<T>(
  work: (installation: Installation) => Promise<T>,
  { alone = false, migrates = true }: { alone?: boolean; migrates?: boolean } = {},
): Promise<T> {
  const config = readConfig(process.env);
  const logger = createLogger({ level: 'warn', pretty: true });
  const { dir: dataDir } = resolveDataDir({ configured: config.dataDir, checkout });
  await using borrowed = config.databaseUrl ? undefined : await borrowEmbedded(dataDir);
  const databaseUrl = config.databaseUrl ?? borrowed!.url;
  using held = alone && !borrowed ? await holdUnlessHeld(dataDir) : undefined;
  const mayRun = borrowed ? borrowed.holder !== undefined : !held;
  if (!mayRun && migrates) await migrate(databaseUrl, { logger });
  else if ((await readMigrationStatus(databaseUrl)).pending > 0)
    throw new Error('the database is not up to date. Run: npm run migrate');
  const lifecycle = createLifecycle(logger);
  try {
    const ground = await openGround({ databaseUrl, amqpUrl: undefined, lifecycle, logger });
    return await work({ ground, config, dataDir, mayRun });
  } finally {
    await lifecycle.close();
  }
}

/** The folder's lock; undefined while a FTrader runs in it. */
async function holdUnlessHeld(dir: string): Promise<Disposable | undefined> {
  if (findLockHolder(dir) !== undefined) return undefined;
  const lock = await lockDataDir(prepareDataDir(dir));
  return { [Symbol.dispose]: () => lock.release() };
}

/** The same on the users of the installation. */
export const withUsers = <T>(
  work: (users: ReturnType<typeof composeUserAdministration>) => Promise<T>,
): Promise<T> => withInstallation(({ ground, config }) => work(composeUserAdministration(ground, config)));
