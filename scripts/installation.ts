// The users of this installation for a command, on whichever database it has.
import { composeUserAdministration } from '../server/compose/users.ts';
import { openGround } from '../server/compose/ground.ts';
import { readConfig } from '../server/config.ts';
import { resolveDataDir } from '../server/data-folder/index.ts';
import { migrate, readMigrationStatus } from '../server/db/migrate.ts';
import { createLifecycle } from '../server/lib/lifecycle.ts';
import { createLogger } from '../server/lib/logger.ts';
import { borrowEmbedded, checkout } from './embedded.ts';

/** Runs `work` on the users at DATABASE_URL, of the FTrader that runs, or of the embedded PostgreSQL, started for as long as it takes. What runs meanwhile goes on, and learns what changed. */
export async function withUsers<T>(
  work: (users: ReturnType<typeof composeUserAdministration>) => Promise<T>,
): Promise<T> {
  const config = readConfig(process.env);
  const logger = createLogger({ level: 'warn', pretty: true });
  await using borrowed = config.databaseUrl
    ? undefined
    : await borrowEmbedded(resolveDataDir({ configured: config.dataDir, checkout }).dir);
  const databaseUrl = config.databaseUrl ?? borrowed!.url;
  if (borrowed && borrowed.holder === undefined) await migrate(databaseUrl, { logger });
  else if ((await readMigrationStatus(databaseUrl)).pending > 0)
    throw new Error('the database is not up to date. Run: npm run migrate');
  const lifecycle = createLifecycle(logger);
  try {
    return await work(
      composeUserAdministration(
        await openGround({ databaseUrl, amqpUrl: undefined, lifecycle, logger }),
        config,
      ),
    );
  } finally {
    await lifecycle.close();
  }
}
