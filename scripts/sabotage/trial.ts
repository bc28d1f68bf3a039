// A copy of the project in which patches are tried: it is broken there, its tests are run, and it is mended again. Which patches is not known here.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Red } from './guarantees.ts';

/** What a run said of one named test. */
export type Finding =
  | { is: 'red'; test: string }
  | { is: 'green' }
  | { is: 'skipped' }
  /** No test of the file bears the title, or the file could not even be loaded. */
  | { is: 'not run'; why: string }
  | { is: 'too slow' };

/** For a run that was told to end, before it is killed. */
const politeMs = 5_000;
/** Characters of what a run printed; its end tells what went wrong. */
const keptOutput = 100_000;

export interface Copy {
  dir: string;
  remove(): void;
}

/** The tree as it stands, with what git does not ignore; `node_modules` and `../shared` are links to the real ones. */
export function copyTree(root: string): Copy {
  const place = mkdtempSync(path.join(realpathSync(tmpdir()), 'ftrader-sabotage-'));
  const dir = path.join(place, 'tree');
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  for (const file of new Set(listed.split('\0')))
    if (file !== '' && existsSync(path.join(root, file)))
      cpSync(path.join(root, file), path.join(dir, file), { verbatimSymlinks: true });
  for (const [target, link] of [
    [path.join(root, 'node_modules'), path.join(dir, 'node_modules')],
    [path.join(root, '../shared'), path.join(place, 'shared')],
  ] as const)
    if (existsSync(target)) symlinkSync(realpathSync(target), link, 'junction');
  return { dir, remove: () => rmSync(place, { recursive: true, force: true, maxRetries: 3 }) };
}

/** Applies a patch in `dir`, or takes it back, or only asks; gives git's reason when it does not apply. */
export function applyPatch(
  dir: string,
  patch: string,
  how: 'apply' | 'take back' | 'ask',
): string | undefined {
  const flags = { apply: [], 'take back': ['-R'], ask: ['--check'] }[how];
  const { status, stderr, error } = spawnSync('git', ['apply', ...flags, patch], {
    cwd: dir,
    encoding: 'utf8',
    // A copy inside somebody's repository is none of that repository's business: git would pass over its files in silence.
    env: { ...process.env, GIT_CEILING_DIRECTORIES: path.dirname(dir) },
  });
  if (error) return error.message;
  return status === 0 ? undefined : stderr.trim().replaceAll(/\s*\n\s*/g, '; ');
}

export interface RunOptions {
  limitMs: number;
  /** Of Vitest, from the root of the copy. */
  config: string;
  /** The first that fails is enough. */
  bail?: boolean;
  /** Ends the run before its time; what it found then means nothing. */
  signal?: AbortSignal;
}

/** Runs these tests of the copy in one go, and gives a finding for each, in their order. */
export async function runReds(
  dir: string,
  reds: readonly Red[],
  { limitMs, config, bail = false, signal }: RunOptions,
): Promise<Finding[]> {
  const report = path.join(dir, '../report.json');
  rmSync(report, { force: true });
  const titles = [...new Set(reds.map(({ title }) => escape(title)))];
  const { inTime, output } = await vitest(dir, { limitMs, signal }, [
    '--config',
    config,
    '--reporter=json',
    ...(bail ? ['--bail=1'] : []),
    `--outputFile=${report}`,
    '-t',
    titles.join('|'),
    ...new Set(reds.map(({ file }) => file)),
  ]);
  if (!inTime) return reds.map(() => ({ is: 'too slow' }));
  const text = existsSync(report) ? readFileSync(report, 'utf8') : '{"testResults":[]}';
  return reds.map((red) => findingOf(red, JSON.parse(text) as Report, dir, output));
}

/** What Vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  testResults: {
    name: string;
    message: string;
    /** `pending`: it began and never ended, since its process did. */
    assertionResults: { fullName: string; status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' }[];
  }[];
}

function findingOf({ file, title }: Red, { testResults }: Report, dir: string, output: string): Finding {
  const result = testResults.find(({ name }) => path.relative(dir, name) === path.normalize(file));
  const tests = (result?.assertionResults ?? []).filter(({ fullName }) => fullName.includes(title));
  const first = (...statuses: string[]) => tests.find(({ status }) => statuses.includes(status));
  const failed = first('failed', 'pending');
  if (failed)
    return {
      is: 'red',
      test: `${failed.fullName}${failed.status === 'pending' ? ' (its process ended)' : ''}`,
    };
  if (first('passed')) return { is: 'green' };
  if (tests.length > 0) return { is: 'skipped' };
  return { is: 'not run', why: result?.message || lastLines(output) || `no test bears the title "${title}"` };
}

const escape = (title: string) => title.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const lastLines = (output: string) => output.trim().split('\n').slice(-5).join(' / ');

/** Runs Vitest in `dir`; past the limit, or when `signal` aborts, it and what it started are ended. */
function vitest(
  dir: string,
  { limitMs, signal }: Pick<RunOptions, 'limitMs' | 'signal'>,
  args: string[],
): Promise<{ inTime: boolean; output: string }> {
  const env = Object.fromEntries(
    // Of a run that this one is part of; and the short and the long form of tests are not asked for here.
    Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|FTRADER_FAST$|FTRADER_DEEP$|NODE_ENV$)/.test(name),
    ),
  );
  const over = AbortSignal.any([AbortSignal.timeout(limitMs), ...(signal ? [signal] : [])]);
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [path.join(dir, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
      // A group of its own: a worker that goes on for ever does not notice that its parent is gone.
      { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' },
    );
    let [output, inTime] = ['', true];
    for (const stream of [child.stdout, child.stderr])
      stream
        .setEncoding('utf8')
        .on('data', (text: string) => void (output = (output + text).slice(-keptOutput)));
    const end = (name: NodeJS.Signals) => {
      try {
        process.kill(process.platform === 'win32' ? child.pid! : -child.pid!, name);
      } catch {
        // it has ended by itself
      }
    };
    let kill: NodeJS.Timeout | undefined;
    const stop = () => {
      inTime = false;
      end('SIGTERM');
      kill = setTimeout(() => end('SIGKILL'), politeMs);
    };
    if (over.aborted) stop();
    else over.addEventListener('abort', stop, { once: true });
    child.once('error', (error) => void (output += error.message));
    child.once('close', () => {
      over.removeEventListener('abort', stop);
      clearTimeout(kill);
      resolve({ inTime, output });
    });
  });
}
