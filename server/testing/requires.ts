// What some tests need that npm does not bring: found, skipped by name, or demanded by FTRADER_REQUIRE.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Reporter, TestModule } from 'vitest/node';

export const requirements = [
  'rabbitmq',
  'chromium',
  'python',
  'scipy',
  'websockets',
  'curl',
  'data',
  'registry',
  'ig-demo',
] as const;
export type Requirement = (typeof requirements)[number];

export interface Found {
  available: boolean;
  /** Address or path to use; where it was looked for when it is not available. */
  where: string;
}

const connectTimeoutMs = 2_000;
const amqpPort = { 'amqp:': 5672, 'amqps:': 5671 };

/** A login of IG's demo environment, and its account of type CFD without positions, for server/ig/accounts/dealing-demo.test.ts. */
export const igDemoVariables = [
  'DEALING_DEMO_API_KEY',
  'DEALING_DEMO_IDENTIFIER',
  'DEALING_DEMO_PASSWORD',
  'DEALING_DEMO_ACCOUNT_ID',
] as const;

/** An npm that answers from its cache where it can, and gives up soon where it cannot. */
const quickly = ['--prefer-offline', '--fetch-retries=0', '--fetch-timeout=10000'];

/** Looks for a requirement now. */
export async function requirement(name: Requirement): Promise<Found> {
  switch (name) {
    case 'rabbitmq': {
      const where = process.env['AMQP_URL'] || 'amqp://guest:guest@127.0.0.1:5672';
      return { available: await reachable(where), where };
    }
    case 'chromium': {
      const where = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium';
      return { available: existsSync(where), where };
    }
    case 'curl':
      return {
        available: spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0,
        where: 'curl',
      };
    case 'python':
      return pythonWith('jsonschema');
    case 'scipy':
      return pythonWith('scipy'); // with python3-numpy, which it needs itself
    case 'websockets':
      return pythonWith('websockets');
    case 'data': {
      const where = fileURLToPath(new URL('../../../shared/data', import.meta.url));
      return { available: existsSync(where), where };
    }
    case 'registry':
      // From npm's cache first: a machine that has once installed them needs no network.
      return {
        available:
          spawnSync('npm', ['view', '@trpc/client', 'version', ...quickly], { stdio: 'ignore' }).status === 0,
        where: 'npm’s cache or registry',
      };
    case 'ig-demo':
      return {
        available: igDemoVariables.every((variable) => process.env[variable]),
        where: igDemoVariables.join(', '),
      };
  }
}

/** A Python with the package Debian calls python3-PACKAGE; the system's own where another is first on the path. */
function pythonWith(module: string): Found {
  const found = ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0,
  );
  return { available: found !== undefined, where: found ?? `python3 (with python3-${module})` };
}

/** Whether a TCP connection to the address opens; port by protocol when the address names none. False for what is no URL. */
export async function reachable(address: string): Promise<boolean> {
  if (!URL.canParse(address)) return false;
  const { hostname, port, protocol } = new URL(address);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || (amqpPort[protocol as keyof typeof amqpPort] ?? 5432),
      timeout: connectTimeoutMs,
    });
    const answer = (open: boolean) => () => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
}

/**
 * `describe` for tests that need something: `describeWith('rabbitmq', 'the bus', (where) => { test(…) })`, awaited at the
 * top of a test file. Missing: the tests are skipped and named at the end of the run, or one fails when FTRADER_REQUIRE lists it.
 */
export async function describeWith(
  name: Requirement,
  title: string,
  body: (where: string) => void,
): Promise<void> {
  // Loaded here, because the configuration imports this file too, outside of any test.
  const { describe, test } = await import('vitest');
  const { available, where } = await requirement(name);
  const demanded = (process.env['FTRADER_REQUIRE'] ?? '')
    .split(',')
    .map((each) => each.trim())
    .includes(name);
  if (available) describe(title, () => body(where));
  else if (!demanded) describe.skip(`${title} ${mark(name)}`, () => body(where));
  else {
    test(`${title}: ${name} is there, as FTRADER_REQUIRE asks`, () => {
      throw new Error(`FTRADER_REQUIRE lists ${name}, and there is none at ${where}`);
    });
  }
}

const mark = (name: Requirement) => `(needs ${name})`;

/** Ends a run with one line for each requirement that was missing: `skipped: needs rabbitmq (4 tests)`. */
export const skippedReporter: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const skipped = modules.flatMap((module) => [...module.children.allTests('skipped')]);
    for (const name of requirements) {
      const count = skipped.filter((test) => test.fullName.includes(mark(name))).length;
      if (count > 0) console.log(`skipped: needs ${name} (${count} ${count === 1 ? 'test' : 'tests'})`);
    }
  },
};
