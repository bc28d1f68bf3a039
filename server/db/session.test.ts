// Databases and roles with settings of their own, as others' servers have them.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import pg from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { createJobs } from '../jobs/index.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import * as build from '../testing/build.ts';
import { testAuth } from '../testing/test-auth.ts';
import { testDb, withAdmin } from '../testing/test-db.ts';
import { createDatabase } from './client.ts';
import { migrate } from './migrate.ts';
import { Session, sessionSettings } from './session.ts';

/** As far from what we rely on as PostgreSQL allows. */
const strange = {
  DateStyle: 'German, DMY',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kolkata',
  client_encoding: 'LATIN1',
  extra_float_digits: '-15',
  bytea_output: 'escape',
  array_nulls: 'off',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  synchronous_commit: 'off',
};
const relied = { ...sessionSettings, synchronous_commit: 'on' };
const shown = `select ${Object.keys(relied)
  .map((name) => `current_setting('${name}') as "${name}"`)
  .join(', ')}`;

async function readSettings(url: string): Promise<unknown> {
  const session = new Session({ connectionString: url });
  await session.connect();
  try {
    return (await session.query<Record<string, string>>(shown)).rows[0];
  } finally {
    await session.end();
  }
}

test('what we rely on is set on every connection, whatever the database says', async () => {
  expect(Object.keys(strange).sort()).toEqual(Object.keys(relied).sort());
  await using db = await testDb({ settings: strange });
  expect(await readSettings(db.url)).toEqual(relied);
  const pooled = await Promise.all(
    Array.from({ length: 3 }, async () => (await db.database.pool.query<Record<string, string>>(shown)).rows),
  );
  expect(pooled).toEqual(Array.from({ length: 3 }, () => [relied]));
});

test('what we rely on is set whatever the role says', async () => {
  await using db = await testDb();
  await withAdmin(db.url, async (admin) => {
    for (const [name, value] of Object.entries(strange))
      await admin.query(
        `alter role current_user in database ${admin.database!} set ${name} = ${pg.escapeLiteral(value)}`,
      );
  });
  expect(await readSettings(db.url)).toEqual(relied);
});

test('where tables are and how long a statement may take stays as the database says; commits that are stricter stay so', async () => {
  const settings = {
    search_path: 'elsewhere',
    statement_timeout: '12s',
    lock_timeout: '3s',
    synchronous_commit: 'remote_apply',
  };
  await using db = await testDb({ settings });
  for (const [name, value] of Object.entries(settings))
    expect((await db.database.pool.query(`show ${name}`)).rows).toEqual([{ [name]: value }]);
});

describe.each(['German', 'SQL, DMY', 'Postgres, MDY'])('a database whose DateStyle is %s', (style) => {
  const settings = { DateStyle: style, TimeZone: 'America/St_Johns' };

  test('people register, log in and come back', async () => {
    await using app = await testAuth({ databaseSettings: settings });
    const { email, password } = build.newcomer;
    const registered = await app.signUp();
    expect(registered.user.createdAt).toEqual(app.clock.now());
    const signedIn = await (await app.call()).auth.login({ email, password });
    const again = await (await app.call()).auth.refresh({ refreshToken: signedIn.refreshToken });
    expect(await (await app.call({ bearer: again.accessToken })).users.me()).toMatchObject(registered.user);
  });

  test('an empty one is migrated, and jobs run in it', async () => {
    const server = inject('databaseUrl');
    const name = createIds(systemClock).next('strange');
    await withAdmin(server, async (admin) => {
      await admin.query(`create database ${name}`);
      for (const [setting, value] of Object.entries(settings))
        await admin.query(`alter database ${name} set ${setting} = ${pg.escapeLiteral(value)}`);
    });
    onTestFinished(
      async () =>
        void (await withAdmin(server, (admin) => admin.query(`drop database ${name} with (force)`))),
    );
    const databaseUrl = Object.assign(new URL(server), { pathname: name }).href;
    expect(await migrate(databaseUrl, { logger: silentLogger })).toBeGreaterThan(0);
    const ran = Promise.withResolvers<number>();
    const jobs = createJobs({ databaseUrl, logger: silentLogger });
    const job = jobs.define({
      name: 'test.strange',
      about: 'is tried',
      payload: z.object({ n: z.number() }),
      retryLimit: 0,
      retryDelaySeconds: 0,
      expireInSeconds: 30,
      cron: '0 3 * * *',
      run: async ({ n }) => ran.resolve(n),
    });
    await jobs.start({ work: true });
    const database = createDatabase({ url: databaseUrl, logger: silentLogger });
    await database.db.transaction((tx) => job.enqueue(tx, { n: 1 }));
    expect(await ran.promise).toBe(1);
    await jobs.close();
    await database.close();
  });
});

test('a connection that is lost while it is set up fails whoever asked for it, and ends no process', async () => {
  await using db = await testDb();
  const { port, hostname } = new URL(db.url);
  let cuts = 2;
  const line = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) socket.on('error', () => undefined).on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    near.on('data', (sent) => {
      if (sent[0] === 'Q'.charCodeAt(0) && cuts > 0 && cuts--) near.destroy();
    });
    near.pipe(far).pipe(near);
  });
  await once(line.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(line.address() as AddressInfo).port}`;
  const url = Object.assign(new URL(db.url), { host }).href;
  await expect(readSettings(url)).rejects.toThrow('Connection terminated');
  const database = createDatabase({ url, logger: silentLogger, max: 1 });
  await expect(database.pool.query('select 1')).rejects.toThrow('Connection terminated');
  expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await database.close();
  await new Promise((closed) => line.close(closed));
});
