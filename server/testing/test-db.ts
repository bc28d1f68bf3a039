// A database of one's own for a test: a clone of the migrated template, dropped at the end. The next test's is cloned while this one's is used.
import { Socket } from 'node:net';
import pg from 'pg';
import { inject } from 'vitest';
import { createDatabase } from '../db/client.ts';
import type { Database } from '../db/client.ts';
import { Session } from '../db/session.ts';
import { pause, systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';

export const templateName = 'ftrader_template';

export interface TestDb extends AsyncDisposable {
  url: string;
  database: Database;
}

/** A closed connection lives on in PostgreSQL's list for a moment. */
const leakChecks = 200;
const leakCheckMs = 10;

/** A clone of the template. Disposing closes `database` and drops the clone; it throws when someone else is still connected. `settings` are the database's own, for whoever connects to it. */
export async function testDb({ settings = {} }: { settings?: Record<string, string> } = {}): Promise<TestDb> {
  const server = inject('databaseUrl');
  const name = await takeClone(server);
  for (const [setting, value] of Object.entries(settings))
    await (
      await admins.here(server)
    ).query(`alter database ${name} set ${setting} = ${pg.escapeLiteral(value)}`);
  const url = Object.assign(new URL(server), { pathname: name }).href;
  const database = createDatabase({ url, logger: silentLogger, max: 10 });
  return {
    url,
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      const admin = await admins.here(server);
      const left = await connectionsLeft(admin, name);
      await admin.query(`drop database ${name} with (force)`);
      if (left.length > 0) throw new Error(`the test left database connections open: ${left.join(', ')}`);
    },
  };
}

/** For clones, and for all else: a clone takes some 40 ms, and nobody is to wait behind it. Connecting for each would take half as long again. */
const admins = { cloning: keptConnection(), here: keptConnection() };
let next: Promise<string> | undefined;

/** The name of a clone, and the next one is begun. */
function takeClone(server: string): Promise<string> {
  const taken = next ?? clone(server);
  next = taken.then(() => clone(server));
  next.catch(() => (next = undefined)); // told to who waits for it, if anybody does
  return taken;
}
/** Copying the files of the template takes half of what writing them to the log does. */
async function clone(server: string): Promise<string> {
  const name = createIds(systemClock).next('test');
  const admin = await admins.cloning(server);
  await admin.query(`create database ${name} template ${templateName} strategy file_copy`);
  return name;
}
/** A connection to the server's own database that is kept as long as this process, which it does not keep alive. */
function keptConnection() {
  let kept: Promise<pg.Client> | undefined;
  return (url: string): Promise<pg.Client> => {
    kept ??= connectAdmin(url).then((admin) => {
      const { stream } = admin.connection;
      if (stream instanceof Socket) stream.unref();
      return admin.once('end', () => (kept = undefined));
    });
    kept.catch(() => (kept = undefined));
    return kept;
  };
}

/** Runs `work` on a short connection to the server's own database. */
export async function withAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = await connectAdmin(url);
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function connectAdmin(url: string): Promise<pg.Client> {
  const admin = new Session({ connectionString: url, application_name: 'ftrader test admin' });
  admin.on('error', () => undefined); // told by the query that fails
  await admin.connect();
  return admin;
}

async function connectionsLeft(admin: pg.Client, name: string): Promise<string[]> {
  let left: string[] = [];
  for (let check = 0; check < leakChecks; check++) {
    const { rows } = await admin.query<{ who: string }>(
      `select application_name as who from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [name],
    );
    left = rows.map(({ who }) => who || 'unnamed');
    if (left.length === 0) break;
    await pause(systemClock, leakCheckMs);
  }
  return left;
}
