import { expect, test } from 'vitest';
import { silentLogger } from '../lib/logger.ts';
import { readMigrationStatus } from '../db/migrate.ts';
import { createDatabase } from '../db/client.ts';
import { Session } from '../db/session.ts';
import { testDb } from './test-db.ts';

test('two test databases are migrated and share nothing', async () => {
  await using first = await testDb();
  await using second = await testDb();
  expect((await readMigrationStatus(first.url)).pending).toBe(0);
  await first.database.pool.query('create table only_here (id int)');
  await expect(second.database.pool.query('select * from only_here')).rejects.toMatchObject({
    code: '42P01',
  });
});

test('a disposed test database is gone', async () => {
  const { url, ...db } = await testDb();
  await db[Symbol.asyncDispose]();
  const client = new Session({ connectionString: url });
  await expect(client.connect()).rejects.toMatchObject({ code: '3D000' });
});

test('a connection left open is reported by its name and does not outlive the database', async () => {
  const db = await testDb();
  const forgotten = createDatabase({ url: db.url, logger: silentLogger, name: 'forgotten' });
  await forgotten.pool.query('select 1');
  await expect(db[Symbol.asyncDispose]()).rejects.toThrow('left database connections open: forgotten');
  await forgotten.close();
});
