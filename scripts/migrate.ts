// `npm run migrate`: brings the database of DATABASE_URL (or DB_…) up to date; safe to run from several places at once.
import { readConfig } from '../server/config.ts';
import { migrate, readMigrationStatus } from '../server/db/migrate.ts';
import { createJobs } from '../server/jobs/index.ts';
import { createLogger } from '../server/lib/logger.ts';
import { runCommand } from './command.ts';

/** Those of pg-boss, so that the user of a server needs no right to make any. */
async function makeJobTables(databaseUrl: string): Promise<void> {
  const jobs = createJobs({ databaseUrl, logger: createLogger({ level: 'warn', pretty: true }) });
  try {
    await jobs.start({ work: false });
  } finally {
    await jobs.close();
  }
}

await runCommand({
  name: 'migrate',
  about: 'Brings the database of DATABASE_URL up to date. The embedded one is migrated by npm start.',
  flags: { 'dry-run': { type: 'boolean', about: 'only say what would be applied' } },
  async run({ values, json }) {
    const { databaseUrl } = readConfig(process.env);
    if (!databaseUrl)
      throw new Error(
        'Set DATABASE_URL (or DB_NAME, DB_USER, DB_HOST). The embedded database is migrated by npm start.',
      );
    const status = await readMigrationStatus(databaseUrl);
    const applied = values['dry-run']
      ? 0
      : await migrate(databaseUrl, { logger: createLogger({ level: 'warn', pretty: true }) });
    if (!values['dry-run']) await makeJobTables(databaseUrl);
    console.log(
      json
        ? JSON.stringify({ pending: status.pending, applied })
        : values['dry-run']
          ? `${JSON.stringify(status.pending)} to apply`
          : `${applied} migrations applied; the database is up to date`,
    );
  },
});
