// `npm run doctor`: looks at everything FTrader needs, and names the command that mends what is missing. Mends nothing itself. One account: doctor-account.ts.
import { accessSync, constants, existsSync, statSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError, hintsOf, readConfig } from '../server/config.ts';
import type { Config } from '../server/config.ts';
import { findLockHolder, hasCluster, resolveDataDir } from '../server/data-folder/index.ts';
import { readMigrationStatus } from '../server/db/migrate.ts';
import type { MigrationStatus } from '../server/db/migrate.ts';
import { MissingRights } from '../server/db/rights.ts';
import { reachable, requirement } from '../server/testing/requires.ts';
import { isWell, printCheck, type Check } from './checks.ts';
import { runCommand, UsageError } from './command.ts';
import { borrowEmbedded, checkout } from './embedded.ts';

const oldestNode = 24;
const shownPackages = 5;

function node(): Check {
  const ok = Number(process.versions.node.split('.')[0]) >= oldestNode;
  return {
    name: 'Node',
    ok,
    required: true,
    found: process.version,
    ...(!ok && {
      fix: `npm ci (brings Node ${oldestNode} for npm scripts on Linux and Windows), or install Node ${oldestNode} or later`,
    }),
  };
}

/** What the lock file asks for against what npm noted as installed. Optional packages depend on the platform. */
function packages(): Check {
  type Lock = {
    packages: Record<string, { version?: string; optional?: boolean; devOptional?: boolean; dev?: boolean }>;
  };
  const read = (path: string) =>
    existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Lock).packages : {};
  const installed = read(join(checkout, 'node_modules/.package-lock.json'));
  const missing = Object.entries(read(join(checkout, 'package-lock.json'))).filter(
    ([path, wanted]) =>
      path !== '' && !wanted.optional && !wanted.devOptional && installed[path]?.version !== wanted.version,
  );
  const names = missing.slice(0, shownPackages).map(([path]) => path.replace('node_modules/', ''));
  const ok = missing.length === 0;
  return {
    name: 'npm packages',
    ok,
    required: missing.some(([, wanted]) => !wanted.dev),
    found: ok
      ? 'as in package-lock.json'
      : `${missing.length} missing or of another version: ${names.join(', ')}${missing.length > names.length ? ', …' : ''}`,
    ...(!ok && { fix: 'npm ci' }),
  };
}

function page(): Check {
  const ok = existsSync(join(checkout, 'examples/dashboard/dist/index.html'));
  return {
    name: 'page',
    ok,
    required: true,
    found: ok ? 'built' : 'not built',
    ...(!ok && { fix: 'npm ci --include=dev' }),
  };
}

function configuration(checks: Check[]): Config | undefined {
  const name = 'environment';
  try {
    const config = readConfig(process.env);
    const found = [config.production ? 'valid, production' : 'valid', ...hintsOf(process.env)].join('; ');
    checks.push({ name, ok: true, required: true, found });
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    checks.push({
      name,
      ok: false,
      required: true,
      found: [...error.problems, ...error.notes].join('; '),
      fix: 'correct these variables as in .env.example',
    });
    return undefined;
  }
}

function dataFolder(dir: string, reason: string | undefined): Check {
  let existing = dir;
  while (!existsSync(existing)) existing = dirname(existing);
  const fix = 'DATA_DIR="$HOME/ftrader-data" npm start';
  if (!statSync(existing).isDirectory())
    return { name: 'data folder', ok: false, required: true, found: `${existing} is a file`, fix };
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
    return {
      name: 'data folder',
      ok: true,
      required: true,
      found: `${dir}${existing === dir ? '' : ' (made at the first start)'}${reason ? `, because ${reason}` : ''}`,
    };
  } catch {
    return {
      name: 'data folder',
      ok: false,
      required: true,
      found: `no right to write in ${existing}`,
      fix,
    };
  }
}

async function database(config: Config, dir: string): Promise<Check[]> {
  const name = config.databaseUrl ? 'PostgreSQL' : 'embedded PostgreSQL';
  try {
    const { note, ...status } = config.databaseUrl
      ? { note: 'at DATABASE_URL', ...(await readMigrationStatus(config.databaseUrl)) }
      : await embedded(dir);
    const ok = status.pending === 0;
    return [
      { name, ok: true, required: true, found: `${status.serverVersion}, ${note}` },
      {
        // `npm start` migrates by itself; processes of one role wait for someone to do it.
        name: 'migrations',
        ok: ok || status.applied === 0,
        required: config.databaseUrl !== undefined,
        found: ok
          ? `${status.applied} applied`
          : `${status.pending} to apply${status.applied === 0 ? ' at the first start' : ''}`,
        ...(!ok && status.applied > 0 && { fix: 'npm run migrate' }),
      },
      ...rights(status.missingGrants),
    ];
  } catch (error) {
    if (error instanceof MissingRights) return rights(error.grants, error.message);
    const fix = config.databaseUrl
      ? 'correct DATABASE_URL, or unset it to use the embedded one'
      : 'npm ci; if that does not help, DATABASE_URL=postgres://user:password@host/name npm start';
    return [{ name, ok: false, required: true, found: (error as Error).message, fix }];
  }
}

/** What the database's user may not do: the statements that mend it, for an owner of the database. */
const rights = (missing: readonly string[], found = 'its user may not do all that is needed'): Check[] =>
  missing.length === 0
    ? []
    : [
        {
          name: 'rights in the database',
          ok: false,
          required: true,
          found,
          fix: missing.join(' '),
        },
      ];

/** Asks the one that runs; else starts and stops the cluster of the data folder, or before the first start one that is thrown away. */
async function embedded(dir: string): Promise<MigrationStatus & { note: string }> {
  const isFirst = findLockHolder(dir) === undefined && !hasCluster(dir);
  const trial = isFirst ? await mkdtemp(join(tmpdir(), 'ftrader-doctor-')) : undefined;
  try {
    await using borrowed = await borrowEmbedded(trial ?? dir, { durable: !isFirst });
    const note = trial
      ? 'starts (tried in a temporary folder)'
      : borrowed.holder === undefined
        ? 'starts'
        : `running for FTrader (pid ${borrowed.holder})`;
    return { note, ...(await readMigrationStatus(borrowed.url)) };
  } finally {
    if (trial) await rm(trial, { recursive: true, force: true });
  }
}

async function broker(url: string): Promise<Check> {
  const ok = await reachable(url);
  return {
    name: 'RabbitMQ',
    ok,
    required: true,
    found: `${new URL(url).host} ${ok ? 'answers' : 'does not answer'}`,
    ...(!ok && { fix: 'start RabbitMQ or correct AMQP_URL; for one process without it: unset AMQP_URL' }),
  };
}

async function port(config: Config, holder: number | undefined): Promise<Check> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(config.port, config.host, () => probe.close(() => resolve(true)));
  });
  const ok = free || holder !== undefined;
  const found = `${config.host}:${config.port} ${free ? 'is free' : holder !== undefined ? `is taken, FTrader runs (pid ${holder})` : `is taken${config.production ? '' : ': the next free one will be used'}`}`;
  return {
    name: 'port',
    ok,
    required: config.production,
    found,
    ...(!ok && { fix: `PORT=${config.port + 1} npm start` }),
  };
}

async function forTests(): Promise<Check[]> {
  const wanted = [
    ['rabbitmq', 'RabbitMQ for tests', 'sudo apt-get install -y rabbitmq-server'],
    ['chromium', 'Chromium for tests', 'sudo apt-get install -y chromium'],
    ['python', 'Python for tests', 'sudo apt-get install -y python3-jsonschema'],
    ['scipy', 'Python’s numpy and scipy for tests', 'sudo apt-get install -y python3-numpy python3-scipy'],
    ['websockets', 'Python’s websockets for tests', 'sudo apt-get install -y python3-websockets'],
  ] as const;
  return Promise.all(
    wanted.map(async ([need, name, fix]) => {
      const { available, where } = await requirement(need);
      const shown = need !== 'rabbitmq' ? where : URL.canParse(where) ? new URL(where).host : 'AMQP_URL'; // an address may hold a password
      return {
        name,
        ok: available,
        required: false,
        found: available ? shown : `none at ${shown}; the tests that need it are skipped`,
        ...(!available && { fix }),
      };
    }),
  );
}

await runCommand({
  name: 'doctor',
  about: `Checks what FTrader needs on this machine and prints the command that mends each failure. With --account it looks at one
connected account at its broker instead: login, clock, permissions, allowance, stream. Exit code 1 when a required check fails.`,
  flags: {
    account: {
      type: 'string',
      hint: 'ID',
      about: 'look at this account at its broker; its id here, or the broker’s',
    },
    contract: {
      type: 'boolean',
      about: 'demo only: walk all that is used of IG, with one smallest deal, and write what differs',
    },
    epic: { type: 'string', hint: 'EPIC', about: 'the market that --contract deals in; EUR/USD' },
    report: { type: 'string', hint: 'NAME', about: 'writes NAME.json and NAME.md; ig-contract-DATE' },
    yes: { type: 'boolean', about: 'do not ask before --contract deals' },
  },
  async run({ values: { account, contract = false, yes = false, epic, report }, json }) {
    if (account === undefined && (contract || yes || epic !== undefined || report !== undefined))
      throw new UsageError('--contract and what goes with it need --account ID');
    if (account !== undefined) {
      // Most of a server, which the other checks do without.
      const { checkAccount, checkContract, endProcess } = await import('./doctor-account.ts');
      if (contract)
        return endProcess((await checkContract(account, { epic, yes, name: report, json })) ? 0 : 1);
      const found = await checkAccount(account, { quiet: json });
      const ok = isWell(found);
      if (json) console.log(JSON.stringify({ ok, checks: found }));
      return endProcess(ok ? 0 : 1);
    }
    const checks: Check[] = [node(), packages(), page()];
    const config = configuration(checks);
    if (config) {
      const { dir, reason } = resolveDataDir({ configured: config.dataDir, checkout });
      checks.push(dataFolder(dir, reason), ...(await database(config, dir)));
      if (config.amqpUrl) checks.push(await broker(config.amqpUrl));
      checks.push(await port(config, findLockHolder(dir)));
    }
    checks.push(...(await forTests()));
    const ok = isWell(checks);
    if (json) console.log(JSON.stringify({ ok, checks }));
    else checks.forEach(printCheck);
    return ok ? 0 : 1;
  },
});
