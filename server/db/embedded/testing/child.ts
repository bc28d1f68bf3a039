// What the tests of start.ts kill and interrupt: a process that starts PostgreSQL in the folder it is given and stays.
// On SIGINT it still asks the database something, as a drain does, then stops it.
import pg from 'pg';
import { silentLogger } from '../../../lib/logger.ts';
import { startEmbeddedPostgres } from '../index.ts';

const [dataDir = '', mode] = process.argv.slice(2);
const postgres = await startEmbeddedPostgres({ dataDir, logger: silentLogger });

async function drain() {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from pg_database where datname = current_database()',
  );
  await client.end();
  await postgres.stop();
  console.log(JSON.stringify({ drained: rows[0]?.count === 1 }));
  process.exit(0);
}
process.on('SIGINT', () => void drain());
console.log(JSON.stringify({ url: postgres.url, adopted: postgres.adopted, uid: process.getuid?.() }));
if (mode === 'once') await drain();
else setInterval(() => undefined, 60_000);
