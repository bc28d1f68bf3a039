import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { userEvents } from '../../drizzle/schema/index.ts';
import { createJobs } from '../jobs/index.ts';
import { createIds } from '../lib/ids.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { readEvent } from '../modules/events/stored.ts';
import { withAdmin } from '../testing/test-db.ts';
import { transactionPooler } from '../testing/transaction-pooler.ts';
import { migrate, readMigrationStatus } from './migrate.ts';

/** An empty database, dropped at the end of the test. */
async function emptyDatabase(): Promise<string> {
  const server = inject('databaseUrl');
  const name = createIds(systemClock).next('empty');
  await withAdmin(server, (admin) => admin.query(`create database ${name}`));
  onTestFinished(
    async () => void (await withAdmin(server, (admin) => admin.query(`drop database ${name} with (force)`))),
  );
  return Object.assign(new URL(server), { pathname: name }).href;
}

/** A folder of migrations as drizzle-kit writes it. */
function migrations(...statements: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'ftrader-migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'meta'));
  const entries = statements.map((_, index) => ({
    idx: index,
    version: '7',
    when: 1_700_000_000_000 + index,
    tag: `000${index}_step`,
    breakpoints: true,
  }));
  writeFileSync(
    join(folder, 'meta/_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  );
  statements.forEach((statement, index) => writeFileSync(join(folder, `000${index}_step.sql`), statement));
  return folder;
}

test('processes that migrate at once apply each migration once, and every one of them succeeds', async () => {
  const url = await emptyDatabase();
  // The pause keeps the first one inside while the others arrive.
  const folder = migrations(
    'create table steps (n int); select pg_sleep(0.3)',
    'insert into steps values (1)',
  );
  const counts = await Promise.all(
    Array.from({ length: 4 }, () => migrate(url, { logger: silentLogger, folder })),
  );
  expect(counts.sort()).toEqual([0, 0, 0, 2]);
  expect(await withAdmin(url, async (admin) => (await admin.query('select n from steps')).rows)).toEqual([
    { n: 1 },
  ]);
});

test('a migration that fails changes nothing, and the corrected one applies', async () => {
  const url = await emptyDatabase();
  await expect(
    migrate(url, { logger: silentLogger, folder: migrations('create table good ()', 'create nonsense') }),
  ).rejects.toThrow();
  expect(await readMigrationStatus(url, { folder: migrations('create table good ()') })).toMatchObject({
    applied: 0,
    pending: 1,
  });
  expect(
    await migrate(url, {
      logger: silentLogger,
      folder: migrations('create table good ()', 'create table better ()'),
    }),
  ).toBe(2);
});

test('the status counts what is applied and what is to come, and changes nothing', async () => {
  const url = await emptyDatabase();
  const one = migrations('create table one ()');
  await migrate(url, { logger: silentLogger, folder: one });
  const both = migrations('create table one ()', 'create table two ()');
  for (let again = 0; again < 2; again++)
    expect(await readMigrationStatus(url, { folder: both })).toEqual({
      serverVersion: expect.stringMatching(/^18\.\d/),
      applied: 1,
      pending: 1,
      missingGrants: [],
    });
});

test('a server that is not there is an error, not a wait', async () => {
  await expect(migrate('postgres://nobody@127.0.0.1:1/none', { logger: silentLogger })).rejects.toMatchObject(
    { name: 'DatabaseUnreachable', cause: { code: 'ECONNREFUSED' } },
  );
});

test('a PostgreSQL before 15 is refused with its version and what to do', async () => {
  const url = await emptyDatabase();
  // A server that gives itself out for an older one: its answer is looked up in our schema first.
  await withAdmin(url, (admin) =>
    admin.query(`create schema older;
    create function older.current_setting(name text) returns text language sql as $$ select case name when 'server_version' then '14.11' else '140011' end $$`),
  );
  const older = `${url}&options=${encodeURIComponent('-c search_path=older,pg_catalog')}`;
  await expect(migrate(older, { logger: silentLogger })).rejects.toThrow(
    'FTrader needs PostgreSQL 15 or later; DATABASE_URL leads to 14.11. Upgrade that server',
  );
});

test('behind a pooler in transaction mode every start migrates or finds nothing to do, and no lock stays behind', async () => {
  const url = await emptyDatabase();
  await using pooler = await transactionPooler(url);
  const folder = migrations('create table one ()', 'create table two ()');
  const starts = await Promise.all([0, 1].map(() => migrate(pooler.url, { logger: silentLogger, folder })));
  expect(starts.sort()).toEqual([0, 2]);
  for (let again = 0; again < 3; again++)
    expect(await migrate(pooler.url, { logger: silentLogger, folder })).toBe(0);
  expect(
    await migrate(pooler.url, {
      logger: silentLogger,
      folder: migrations('create table one ()', 'create table two ()', 'create table three ()'),
    }),
  ).toBe(1);
  const locks = `select count(*)::int as held from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
  expect(await withAdmin(url, async (admin) => (await admin.query(locks)).rows)).toEqual([{ held: 0 }]);
});

test('a lock that an older start left behind at a pooler is named with how to end it, not waited for in silence', async () => {
  const url = await emptyDatabase();
  await withAdmin(url, async (left) => {
    await left.query('select pg_advisory_lock(7368501)');
    const { rows } = await left.query<{ pid: number }>('select pg_backend_pid() as pid');
    await expect(
      migrate(url, { logger: silentLogger, folder: migrations('create table one ()') }),
    ).rejects.toThrow(`End it with: select pg_terminate_backend(${rows[0]!.pid})`);
  });
});

test('a database that is not in UTF-8 is refused with how to make one that is', async () => {
  const server = inject('databaseUrl');
  const name = createIds(systemClock).next('latin');
  await withAdmin(server, (admin) =>
    admin.query(
      `create database ${name} encoding 'SQL_ASCII' locale_provider libc locale 'C' template template0`,
    ),
  );
  onTestFinished(
    async () => void (await withAdmin(server, (admin) => admin.query(`drop database ${name} with (force)`))),
  );
  const url = Object.assign(new URL(server), { pathname: name }).href;
  await expect(migrate(url, { logger: silentLogger })).rejects.toThrow(
    'FTrader needs a database in UTF8; this one is in SQL_ASCII',
  );
});

test('tables that the search path does not lead to are said to be elsewhere, before the first request finds none', async () => {
  const url = await emptyDatabase();
  await migrate(url, { logger: silentLogger });
  await withAdmin(url, async (admin) => {
    await admin.query('create schema elsewhere');
    await admin.query(`alter database ${admin.database!} set search_path = elsewhere`);
  });
  await expect(migrate(url, { logger: silentLogger })).rejects.toThrow('search_path is elsewhere');
});

describe('a user without all rights', () => {
  /** Somebody who may connect to the database and owns nothing in it. */
  async function arrange() {
    const url = await emptyDatabase();
    const role = createIds(systemClock).next('role');
    await withAdmin(url, (admin) => admin.query(`create role ${role} login password 'secret'`));
    onTestFinished(async () => {
      await withAdmin(url, async (admin) => {
        await admin.query(`drop owned by ${role} cascade`);
        await admin.query(`drop role ${role}`);
      });
    });
    return {
      url,
      role,
      limited: Object.assign(new URL(url), { username: role, password: 'secret' }).href,
      /** Runs, as an owner, the statements in a message. */
      grant: (text: string) => withAdmin(url, (admin) => admin.query(/(GRANT .*;)/.exec(text)![1]!)),
    };
  }
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => '',
      (error: unknown) => (error as Error).message,
    );

  test('is told PostgreSQL’s own reason and the grants, and with these it migrates', async () => {
    const { limited, grant, role } = await arrange();
    const message = await failureOf(migrate(limited, { logger: silentLogger }));
    expect(message).toContain('permission denied for database');
    expect(message).toContain(`TO "${role}"`);
    expect((await readMigrationStatus(limited)).missingGrants.join(' ')).toContain(
      'GRANT CREATE ON DATABASE',
    );
    await grant(message);
    expect(await migrate(limited, { logger: silentLogger })).toBeGreaterThan(0);
    expect((await readMigrationStatus(limited)).missingGrants).toEqual([]);
  });

  test('needs none to change tables where there is nothing to migrate, and is told what it needs to work with them', async () => {
    const { url, limited, grant } = await arrange();
    await migrate(url, { logger: silentLogger });
    const startJobs = async (databaseUrl: string) => {
      const jobs = createJobs({ databaseUrl, logger: silentLogger });
      jobs.define({
        name: 'test.rights',
        about: 'is tried',
        payload: z.object({}),
        retryLimit: 0,
        retryDelaySeconds: 0,
        expireInSeconds: 30,
        run: async () => undefined,
      });
      await jobs.start({ work: true }).finally(() => jobs.close());
    };
    expect(await failureOf(startJobs(limited))).toMatch(/permission denied.*GRANT CREATE ON DATABASE/);
    await startJobs(url);
    const refused = await failureOf(migrate(limited, { logger: silentLogger }));
    expect(refused).toContain('permission denied');
    await grant(refused);
    expect(await failureOf(migrate(limited, { logger: silentLogger }))).toBe('');
    expect(await readMigrationStatus(limited)).toMatchObject({ pending: 0, missingGrants: [] });
    await startJobs(limited);
  });

  test('who may work with tables but not change them is told whose they are when there is something to migrate', async () => {
    const { url, limited, role, grant } = await arrange();
    await migrate(url, { logger: silentLogger, folder: firstMigrations(2) });
    await withAdmin(url, async (admin) => {
      await admin.query(`grant usage on schema drizzle to ${role}`);
      await admin.query(`grant select on all tables in schema drizzle to ${role}`);
    });
    const message = await failureOf(migrate(limited, { logger: silentLogger }));
    expect(message).toMatch(/permission denied|must be owner/);
    await grant(message);
    expect(await failureOf(migrate(limited, { logger: silentLogger }))).toBe('');
  });
});

/** The product's own migrations, the first `count` of them. */
function firstMigrations(count: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'ftrader-migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(new URL('../../drizzle/migrations', import.meta.url)), folder, { recursive: true });
  const path = join(folder, 'meta/_journal.json');
  const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: unknown[] };
  expect(journal.entries.length).toBeGreaterThan(count);
  writeFileSync(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
  return folder;
}

test('deals of before their kinds know whose reference they bear, leases keep their epoch, and only a position’s reference is shared', async () => {
  const url = await emptyDatabase();
  await migrate(url, { logger: silentLogger, folder: firstMigrations(2) });
  const deal = (id: string, kind: string, reference: string, more = ['', '']) => `
    insert into deals (id, user_id, account_id, environment, kind, idempotency_key, request_hash, status, deal_reference, epic,
      expiry, name, direction, size, currency, created_at, status_at${more[0]})
    values ('${id}', 'user', 'acct', 'simulated', '${kind}', 'key of ${id}', 'hash', 'accepted', '${reference}', 'EPIC', '-', 'Gold',
      'BUY', 1, 'USD', now(), now()${more[1]})`;
  await withAdmin(url, async (admin) => {
    await admin.query(
      `insert into users (id, email, password_hash, name, created_at) values ('user', 'a@b.test', '-', 'A', now())`,
    );
    await admin.query(`insert into broker_accounts (id, user_id, environment, broker_account_id, name, currency, credentials, is_default, created_at)
      values ('acct', 'user', 'simulated', 'S1', 'Simulated', 'GBP', '-', true, now())`);
    await admin.query(deal('opening', 'open', 'FT-1'));
    await admin.query(deal('closing', 'close', 'IG-1'));
    await admin.query(`insert into feed_leases values ('simulated', 'somebody', 41, now())`);
  });
  await migrate(url, { logger: silentLogger });
  await withAdmin(url, async (admin) => {
    const { rows } = await admin.query('select id, reference_of from deals order by id');
    expect(rows).toEqual([
      { id: 'closing', reference_of: 'brokers' },
      { id: 'opening', reference_of: 'ours' },
    ]);
    expect((await admin.query('select name, epoch from leases')).rows).toEqual([
      { name: 'simulated', epoch: '41' },
    ]);
    const of = (owner: string) => [', reference_of', `, '${owner}'`];
    await admin.query(deal('amend 1', 'amend', 'FT-1', of('positions')));
    await admin.query(deal('amend 2', 'amend', 'FT-1', of('positions')));
    await expect(admin.query(deal('twin', 'open', 'FT-1', of('ours')))).rejects.toMatchObject({
      constraint: 'deals_account_reference_key',
    });
  });
});

test('rows of before they named their environment have that of their account', async () => {
  const url = await emptyDatabase();
  await migrate(url, { logger: silentLogger, folder: firstMigrations(15) });
  await withAdmin(url, async (admin) => {
    await admin.query(
      `insert into users (id, email, password_hash, name, created_at) values ('user', 'a@b.test', '-', 'A', now())`,
    );
    for (const environment of ['simulated', 'demo', 'live']) {
      await admin.query(
        `insert into broker_accounts (id, user_id, environment, broker_account_id, name, currency, credentials, is_default, created_at)
         values ($1, 'user', $1, $1, 'An account', 'GBP', '-', $1 = 'demo', now())`,
        [environment],
      );
      for (const insert of [
        `account_risk (account_id) values ($1)`,
        `account_health (account_id, state, since) values ($1, 'up', now())`,
        `account_inbox (event_id, account_id, at) values ('event of ' || $1, $1, now())`,
        `positions (account_id, deal_id, epic, expiry, name, direction, size, level, currency, source, opened_at, updated_at)
           values ($1, 'DI1', 'EPIC', '-', 'Gold', 'BUY', 1, 1, 'USD', 'external', now(), now())`,
        `working_orders (account_id, deal_id, epic, expiry, name, direction, size, type, level, currency, source, state, placed_at, updated_at)
           values ($1, 'DI2', 'EPIC', '-', 'Gold', 'BUY', 1, 'limit', 1, 'USD', 'external', 'open', now(), now())`,
        `account_history (account_id, kind, since, read_until) values ($1, 'activity', now(), now())`,
        `account_activity (account_id, id, at, deal_id, status, through_api, changes)
           values ($1, 'act_1', now(), 'DI1', 'accepted', true, '[]')`,
        `account_transactions (account_id, id, at, type, broker_type, reference, name, amount)
           values ($1, 'txn_1', now(), 'deposit', 'DEPO', 'R', 'Cash in', 1)`,
        `account_readings (account_id, read_at, differences, unsettled) values ($1, now(), '[]', 0)`,
        `dead_men (account_id, id, action, after_ms, armed_at, fires_at) values ($1, 'dead', 'halt', 1000, now(), now())`,
      ])
        await admin.query(`insert into ${insert.replaceAll('$1', `'${environment}'`)}`);
    }
    // Left by an account that is not there any more: nothing is ever applied to it again.
    await admin.query(
      `insert into account_inbox (event_id, account_id, at) values ('orphan', 'gone', now())`,
    );
  });
  await migrate(url, { logger: silentLogger });
  await withAdmin(url, async (admin) => {
    const { rows: tables } = await admin.query<{ name: string }>(
      `select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'account_id'`,
    );
    const found: Record<string, unknown> = {};
    for (const { name } of tables) {
      const { rows } = await admin.query<{ account_id: string; environment: string }>(
        `select account_id, environment from ${name} order by account_id desc`,
      );
      if (rows.length > 0) found[name] = rows.map((row) => `${row.account_id} ${row.environment}`);
    }
    const each = ['simulated simulated', 'live live', 'demo demo'];
    expect(found).toEqual({
      account_risk: each,
      account_health: each,
      account_inbox: each,
      positions: each,
      working_orders: each,
      account_history: each,
      account_activity: each,
      account_transactions: each,
      account_readings: each,
      dead_men: each,
    });
  });
});

test('notifications and events of before the inbox could be tidied are told as those of today', async () => {
  const url = await emptyDatabase();
  await migrate(url, { logger: silentLogger, folder: firstMigrations(30) });
  const kinds = ['deal.accepted', 'deal.rejected', 'break.opened'];
  await withAdmin(url, async (admin) => {
    for (const [n, kind] of kinds.entries()) {
      await admin.query(
        `insert into notifications (id, user_id, at, kind, title, body) values ($1, 'user', now(), $2, 'T', 'B')`,
        [`ntf_${n}`, kind],
      );
      const notification = {
        id: `ntf_${n}`,
        at: new Date(0),
        kind,
        title: 'T',
        body: 'B',
        accountId: null,
        readAt: null,
      };
      await writeEvent(admin, n + 1, 'notification.created', { notification, unreadCount: n + 1 });
    }
    await writeEvent(admin, 4, 'notification.read', {
      notificationId: 'ntf_1',
      readAt: new Date(0),
      unreadCount: 2,
    });
    await writeEvent(admin, 5, 'notification.read', {
      notificationId: null,
      readAt: new Date(0),
      unreadCount: 0,
    });
  });
  await migrate(url, { logger: silentLogger });
  await withAdmin(url, async (admin) => {
    const { rows } = await admin.query('select severity, archived_at from notifications order by id');
    const severities = ['info', 'warning', 'critical'];
    expect(rows).toEqual(severities.map((severity) => ({ severity, archived_at: null })));
    const { rows: events } = await admin.query<typeof userEvents.$inferSelect>(
      `select user_id as "userId", stream, "offset", type, at, account_id as "accountId", environment, data from user_events order by "offset"`,
    );
    const told = events.map((row) => readEvent('notifications', row));
    expect(told.map((each) => ('event' in each ? each.event.data : each.problem))).toMatchObject([
      ...severities.map((severity, n) => ({
        notification: { id: `ntf_${n}`, severity, archivedAt: null },
        unreadCount: n + 1,
      })),
      { notificationIds: ['ntf_1'], unreadCount: 2 },
      { notificationIds: null, unreadCount: 0 },
    ]);
  });
});
const writeEvent = (admin: Client, offset: number, type: string, data: object) =>
  admin.query(
    `insert into user_events (user_id, stream, "offset", type, at, data) values ('user', 'notifications', $1, $2, now(), $3)`,
    [offset, type, JSON.stringify(data)],
  );
