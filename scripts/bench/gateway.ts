// A gateway process: what forty streamed prices cost it beside the bare SDK, in one window, and what each connected account does.
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { installationName } from '../../server/compose/ground.ts';
import { prepareDataDir } from '../../server/data-folder/index.ts';
import { createDatabase } from '../../server/db/client.ts';
import { startEmbeddedPostgres } from '../../server/db/embedded/index.ts';
import { migrate } from '../../server/db/migrate.ts';
import { Session } from '../../server/db/session.ts';
import { instruments } from '../../server/ig-simulator/market/instruments.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { createSealer } from '../../server/lib/seal.ts';
import { durableChannels } from '../../server/messaging/channels.ts';
import { accountsWakeup } from '../../server/modules/accounts/index.ts';
import { removeTopology } from '../../server/testing/leftovers.ts';
import { requirement } from '../../server/testing/requires.ts';
import {
  accountCounts,
  extrapolatedTo,
  streamedItems,
  type AccountsReply,
  type AccountsRequest,
  type BrokerReply,
  type BrokerRequest,
  type FeedReply,
  type FeedRequest,
  type FeedSide,
} from './gateway-protocol.ts';
import { atLeast, atMost, isShort, median, none, type BenchOptions, type BenchReport } from './report.ts';
import { ask, canPin, startSide } from './sides.ts';
import { updatesPerSecond, type ServerReply, type ServerRequest } from './simulator-protocol.ts';

const encryptionKey = `k1:${Buffer.alloc(32, 9).toString('base64')}`;
const warmUpSeconds = 2;
/** Connections and leases that begin are no rest. */
const settleMs = 3_000;
const shortSettleMs = 200;
/** A window of accounts is so many of prices: what they do, they do by the minute. */
const accountWindows = 5;
/** Of short runs, as in tests. */
const fewAccounts = [5, 10];
const allUpWithinMs = 80_000;
/** So many are connected at once: the simulator takes its time over each password, and who waits too long for a login tries it again much later. */
const accountsAtOnce = 5;
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

type Feeds = Record<FeedSide, FeedReply[]>;
/** All sides stream at the same time, so that what else the machine does meets them alike. */
async function measureFeeds(
  { rounds, seconds, say }: BenchOptions,
  { folder, databaseUrl, amqpUrl, start }: Stage,
): Promise<Feeds> {
  const seed = process.env['FTRADER_SEED'] ?? String(process.pid);
  const broker = start('./simulator-server.ts', 0, 'ours');
  const { port } = await ask<ServerReply, ServerRequest>(broker, { do: 'listen', folder, seed });
  const epics = instruments.slice(0, streamedItems).map(({ epic }) => epic);
  const prefix = `ftrader-bench-${process.pid}`;
  const names: FeedSide[] = amqpUrl ? ['sdk', 'memory', 'rabbitmq'] : ['sdk', 'memory'];
  const sides = names.map((name) => ({ name, side: start('./gateway-feed.ts', 1, name) }));
  const measured: Feeds = { sdk: [], memory: [], rabbitmq: [] };
  try {
    const connect = { do: 'connect', port, databaseUrl, amqpUrl: amqpUrl ?? '', prefix, epics } as const;
    await Promise.all(sides.map(({ side }) => ask<FeedReply, FeedRequest>(side, connect)));
    say(`seed ${seed}: ${names.join(', ')} stream ${streamedItems} items each`);
    for (let round = 0; round <= rounds; round++) {
      await Promise.all(
        sides.map(async ({ name, side }) => {
          const run = {
            do: 'run',
            seconds: round === 0 ? Math.min(warmUpSeconds, seconds) : seconds,
          } as const;
          const reply = await ask<FeedReply, FeedRequest>(side, run);
          if (round > 0) measured[name].push(reply);
        }),
      );
      say(round === 0 ? 'warmed up' : `round ${round} of ${rounds}`);
    }
    return measured;
  } finally {
    for (const each of [broker, ...sides.map(({ side }) => side)]) await end(each);
    if (amqpUrl) await removeTopology({ amqpUrl, prefix, channels: Object.keys(durableChannels) });
  }
}

interface Connected {
  accounts: number;
  upMs: number;
  quiet: AccountsReply;
  dealing: AccountsReply & Pick<BrokerReply, 'deals' | 'refused'>;
}
interface Accounts {
  without: AccountsReply;
  connected: Connected[];
  /** A second process that waits for the leases of as many accounts as were connected at last. */
  standby: AccountsReply;
}
async function measureAccounts(
  { seconds, say }: BenchOptions,
  { databaseUrl, amqpUrl, sql, start }: Stage,
): Promise<Accounts> {
  const database = createDatabase({ url: databaseUrl, logger: silentLogger, max: 1 });
  const settle = () => rest(isShort(seconds) ? shortSettleMs : settleMs);
  const prefix = await installationName(database).finally(() => database.close());
  const broker = start('./gateway-broker.ts', 0);
  const gateways: ChildProcess[] = [];
  try {
    const { baseUrl } = await ask<BrokerReply, BrokerRequest>(broker, { do: 'listen' });
    const startGateway = async () => {
      const gateway = start('./gateway-accounts.ts', 1);
      gateways.push(gateway);
      const given = { databaseUrl, amqpUrl: amqpUrl ?? '', brokerUrl: baseUrl, encryptionKey };
      await ask<object, AccountsRequest>(gateway, { do: 'start', ...given });
      return gateway;
    };
    const gateway = await startGateway();
    const measure = (side: ChildProcess) =>
      ask<AccountsReply, AccountsRequest>(side, { do: 'measure', seconds: seconds * accountWindows });
    await settle();
    const without = await measure(gateway);
    const connected: Connected[] = [];
    for (const accounts of isShort(seconds) ? fewAccounts : accountCounts) {
      const from = connected.at(-1)?.accounts ?? 0;
      const { logins } = await ask<BrokerReply, BrokerRequest>(broker, { do: 'logins', from, to: accounts });
      const begun = performance.now();
      for (const [n, login] of logins.entries()) {
        await connect(sql, `bench${from + n}`, login);
        if ((n + 1) % accountsAtOnce !== 0) continue;
        const wakeup = { key: accountsWakeup, message: { kind: 'accounts', id: `acct_bench${from + n}` } };
        await sql.query('select pg_notify($1, $2)', [prefix, JSON.stringify(wakeup)]);
        await allUp(sql, from + n + 1);
      }
      const upMs = performance.now() - begun;
      await settle();
      const quiet = await measure(gateway);
      const [dealing, { deals, refused }] = await Promise.all([
        measure(gateway),
        ask<BrokerReply, BrokerRequest>(broker, { do: 'deal', seconds: seconds * accountWindows }),
      ]);
      connected.push({ accounts, upMs, quiet, dealing: { ...dealing, deals, refused } });
      say(`${accounts} accounts: up after ${(upMs / 1_000).toFixed(1)} s, ${deals} deals`);
    }
    const second = await startGateway();
    await settle();
    return { without, connected, standby: await measure(second) };
  } finally {
    for (const each of [...gateways, broker]) await end(each);
    if (amqpUrl) await removeTopology({ amqpUrl, prefix, channels: Object.keys(durableChannels) });
  }
}

/** A user with a demo account, as the accounts module writes them. */
async function connect(sql: pg.Client, name: string, login: BrokerReply['logins'][0]): Promise<void> {
  const { accountId, ...credentials } = login;
  const id = `acct_${name}`;
  const sealed = createSealer([encryptionKey]).seal(JSON.stringify(credentials), `broker_accounts/${id}`);
  await sql.query(
    `insert into users (id, email, password_hash, name, created_at) values ($1, $1 || '@bench.local', '-', $1, now())`,
    [`user_${name}`],
  );
  await sql.query(
    `insert into broker_accounts (id, user_id, environment, broker_account_id, name, currency, credentials, is_default, created_at)
     values ($1, $2, 'demo', $3, 'Demo', 'GBP', $4, true, now())`,
    [id, `user_${name}`, accountId, sealed],
  );
  await sql.query("insert into account_risk (account_id, environment) values ($1, 'demo')", [id]);
}
/** Resolves once so many accounts are told to be well by the gateway that streams them. */
async function allUp(sql: pg.Client, accounts: number): Promise<void> {
  for (const by = performance.now() + allUpWithinMs; ; await rest(50)) {
    const { rows } = await sql.query<{ up: string }>(
      `select count(*) as up from account_health where state = 'up' and epoch > 0`,
    );
    if (Number(rows[0]!.up) === accounts) return;
    if (performance.now() > by) throw new Error(`only ${rows[0]!.up} of ${accounts} accounts came up`);
  }
}

/** What both measurements stand on. */
interface Stage {
  folder: string;
  databaseUrl: string;
  /** Undefined where no RabbitMQ is found. */
  amqpUrl: string | undefined;
  sql: pg.Client;
  start: typeof startSide;
}
async function end(side: ChildProcess): Promise<void> {
  if (side.exitCode !== null || side.signalCode !== null) return;
  const gone = new Promise((resolve) => side.once('exit', resolve));
  side.kill('SIGKILL');
  await gone;
}

export async function gateway(options: BenchOptions): Promise<BenchReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-bench-'));
  chmodSync(folder, 0o755); // as root the database's user must get through
  const { available, where } = await requirement('rabbitmq');
  if (!available) options.say(`no RabbitMQ at ${where}: in memory only`);
  const postgres = await startEmbeddedPostgres({
    dataDir: prepareDataDir(path.join(folder, 'database')),
    logger: silentLogger,
  });
  const sql = new Session({ connectionString: postgres.url });
  try {
    await migrate(postgres.url, { logger: silentLogger });
    await sql.connect();
    const amqpUrl = available ? where : undefined;
    const stage = { folder, databaseUrl: postgres.url, amqpUrl, sql, start: startSide };
    const feeds = await measureFeeds(options, stage);
    return report(feeds, await measureAccounts(options, stage), options);
  } finally {
    await sql.end();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function report(
  feeds: Feeds,
  { without, connected, standby }: Accounts,
  { rounds, seconds }: BenchOptions,
): BenchReport {
  const rows: BenchReport['rows'] = [];
  const perUpdate = ({ cpuMs, updates }: FeedReply) => cpuMs / updates;
  const ratio = (side: FeedSide) =>
    median(feeds[side].map((reply, i) => perUpdate(reply) / perUpdate(feeds.sdk[i]!)));
  const labels = {
    sdk: 'the SDK, empty listener',
    memory: 'gateway, in memory',
    rabbitmq: 'gateway, RabbitMQ',
  };
  for (const side of Object.keys(labels) as FeedSide[]) {
    if (feeds[side].length === 0) continue;
    rows.push([
      `${labels[side]}: % of a core at ${streamedItems} × ${updatesPerSecond} updates/s`,
      (median(feeds[side].map(({ cpuMs, wallMs }) => cpuMs / wallMs)) * 100).toFixed(1),
      `${ratio(side).toFixed(2)} × floor`,
      ...connected.map(() => ''),
    ]);
  }
  const figures: [string, (of: AccountsReply) => number, digits: number][] = [
    ['% of a core', ({ cpuMs, wallMs }) => (cpuMs / wallMs) * 100, 2],
    ['statements/s', ({ statements, wallMs }) => statements / (wallMs / 1_000), 1],
    ['  of leases', ({ leaseStatements, wallMs }) => leaseStatements / (wallMs / 1_000), 1],
    ['resident MiB', ({ rssKiB }) => rssKiB / 1_024, 1],
    ['TCP connections', (of) => of.sockets, 0],
    ['  to PostgreSQL', (of) => of.databaseConnections, 0],
  ];
  const modes = ['quiet', 'dealing'] as const;
  for (const mode of modes) {
    for (const [name, of, digits] of figures) {
      const values = connected.map((each) => of(each[mode]));
      rows.push([
        `accounts ${mode === 'quiet' ? 'quiet' : 'with a deal a minute each'}: ${name}`,
        of(without).toFixed(digits),
        ...values.map((value) => value.toFixed(digits)),
        extrapolated(connected.map(({ accounts }, i) => [accounts, values[i]!])).toFixed(digits),
      ]);
    }
  }
  for (const [name, of, digits] of figures)
    rows.push([
      `a second gateway that stands by: ${name}`,
      '',
      ...connected.slice(1).map(() => ''),
      of(standby).toFixed(digits),
      '',
    ]);
  rows.push([
    'seconds until all new ones are up, five after five',
    '',
    ...connected.map(({ upMs }) => (upMs / 1_000).toFixed(1)),
    '',
  ]);
  const [first, last] = [connected[0]!, connected.at(-1)!];
  const [cpu, , leases, memory] = figures.map(([, of]) => of) as ((of: AccountsReply) => number)[];
  const added = (of: (reply: AccountsReply) => number) =>
    (of(last.quiet) - of(first.quiet)) / (last.accounts - first.accounts);
  const offered = streamedItems * updatesPerSecond;
  const least = Math.min(
    ...Object.values(feeds)
      .flat()
      .map(({ updates, wallMs }) => updates / (wallMs / 1_000)),
  );
  return {
    name: 'gateway',
    about: `${streamedItems} items × ${updatesPerSecond} updates/s of one process beside the bare SDK (${canPin ? 'all on one core, the broker on another' : 'not pinned'}), and ${connected.map(({ accounts }) => accounts).join(', ')} connected accounts of one process; the last column is a line through the counts, at ${extrapolatedTo}`,
    columns: ['', 'none', ...connected.map(({ accounts }) => String(accounts)), `→ ${extrapolatedTo}`],
    rows,
    targets: [
      atMost('CPU of an update over the in-memory bus, × the SDK alone', ratio('memory'), 2),
      ...(feeds.rabbitmq.length > 0
        ? [atMost('CPU of an update over RabbitMQ, × the SDK alone', ratio('rabbitmq'), 3)]
        : []),
      atLeast('updates a second of the slowest side', least, offered * 0.98),
      atMost(`% of a core with ${last.accounts} quiet accounts`, cpu!(last.quiet), 5),
      atMost(`statements of leases a second with ${last.accounts} accounts`, leases!(last.quiet), 5),
      atMost(
        'KiB resident of an account',
        added((reply) => memory!(reply) * 1_024),
        350,
      ),
      none(
        'deals refused',
        connected.reduce((sum, { dealing }) => sum + dealing.refused, 0),
      ),
    ],
    details: { rounds, seconds, feeds, without, connected, standby },
  };
}
/** By least squares. */
function extrapolated(points: [number, number][]): number {
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [x, y] = [mean(points.map(([at]) => at)), mean(points.map(([, value]) => value))];
  const slope =
    points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) /
    points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return y + slope * (extrapolatedTo - x);
}
