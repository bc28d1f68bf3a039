// `npm run check`: every gate in one list. `--fast` for each commit (no slow tests), `--no-tests` after the tests have run.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '..');
const flags = readFlags();
function readFlags() {
  try {
    return parseArgs({
      options: { fast: { type: 'boolean', default: false }, 'no-tests': { type: 'boolean', default: false } },
    }).values;
  } catch (error) {
    console.error(
      `check: ${(error as Error).message.split('. ')[0]} (npm run check -- [--fast] [--no-tests])`,
    );
    process.exit(2);
  }
}

interface Result {
  ok: boolean;
  output: string;
}
function run(command: string, args: string[], env: Record<string, string> = {}): Result {
  const done = spawnSync(path.join(root, 'node_modules/.bin', command), args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  return {
    ok: done.status === 0,
    output: `${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? String(done.error) : ''}`,
  };
}

/** The migrations are up to date when generating once more, in a copy, writes nothing new. */
function migrationsUpToDate(): Result {
  const scratch = mkdtempSync(path.join(root, 'node_modules/.migrations-'));
  try {
    cpSync(path.join(root, 'drizzle/migrations'), scratch, { recursive: true });
    const before = readdirSync(scratch).length;
    const out = path.relative(root, scratch);
    const { ok, output } = run('drizzle-kit', [
      'generate',
      '--dialect',
      'postgresql',
      '--schema',
      './drizzle/schema',
      '--out',
      `./${out}`,
    ]);
    const same = readdirSync(scratch).length === before;
    return {
      ok: ok && same,
      output: same
        ? output
        : `${output}\nThe schema has changes without a migration: npx drizzle-kit generate --name WHAT`,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The lock file must install from any registry: it may hold no address. */
function lockFileHasNoHost(): Result {
  const hosts = readFileSync(path.join(root, 'package-lock.json'), 'utf8')
    .split('\n')
    .filter((line) => /"resolved":\s*"https?:/.test(line));
  return { ok: hosts.length === 0, output: hosts.slice(0, 3).join('\n') };
}

const vitest = ['run', '--config', 'server/testing/vitest.config.ts'];
const gates: [string, () => Result][] = [
  ['format', () => run('prettier', ['--check', '--log-level', 'warn', '.'])],
  ['types', () => run('tsc', ['--noEmit', '-p', '.'])],
  ['lint', () => run('oxlint', ['--deny-warnings'])],
  ['unused code', () => run('knip', ['--no-progress'])],
  ['migrations up to date', migrationsUpToDate],
  ['lock file names no host', lockFileHasNoHost],
  ['API documents', () => run('node', ['scripts/openapi.ts', '--check'])],
  ['simulator documents', () => run('node', ['scripts/simulator-docs.ts', '--check'])],
  ['types of the client kit', () => run('node', ['scripts/client-types.ts'])],
  ['sabotage patches', () => run('node', ['scripts/sabotage.ts', '--check'])],
  ...(flags['no-tests']
    ? [
        ['architecture rules', () => run('vitest', [...vitest, 'server/testing/architecture.test.ts'])] as [
          string,
          () => Result,
        ],
      ]
    : [
        [
          flags.fast ? 'tests (fast)' : 'tests',
          () => run('vitest', vitest, flags.fast ? { FTRADER_FAST: '1' } : {}),
        ] as [string, () => Result],
      ]),
];

let failed = 0;
for (const [name, gate] of gates) {
  const start = performance.now();
  const { ok, output } = gate();
  console.log(
    `${ok ? '✔' : '✘'} ${name.padEnd(26)} ${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s`,
  );
  if (!ok) {
    failed += 1;
    console.log(
      output
        .trim()
        .split('\n')
        .slice(-60)
        .map((line) => `    ${line}`)
        .join('\n'),
    );
  }
}
console.log(failed === 0 ? 'Every gate passed.' : `${failed} of ${gates.length} gates failed.`);
process.exitCode = failed === 0 ? 0 : 1;
